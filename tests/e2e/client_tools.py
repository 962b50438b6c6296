#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""pcsc_scan, opensc-tool and scriptor see the card and talk to it, through pcscd. Run inside with-pcscd.sh."""
import json
import re
import subprocess

import oracle
from harness import READER, READERS, check, insert, personalise, run
from pcsc import Pcsc

MIKEY = json.loads((oracle.VECTORS / "gba-mikey.json").read_text())
TRACE = json.loads((oracle.VECTORS / "gba-trace.json").read_text())
SELECT_USIM = "00A4040C07A0000000871002"


def scriptor(commands):
    """[(command, answer in hex)] of one session."""
    spaced = [" ".join(re.findall("..", c)) for c in commands]
    done = subprocess.run(
        ["scriptor", "-r", READER], input="\n".join(spaced) + "\n", capture_output=True, text=True, timeout=60
    )
    answers = re.findall(r"^< ([0-9A-F\s]+?) :", done.stdout, re.M)
    seen = f"{len(answers)} of {len(commands)}"
    check("scriptor has an answer to every command", len(answers) == len(commands), seen)
    return [re.sub(r"\s", "", a).lower() for a in answers]


def replay(title, script):
    """script: (what, command, expected answer as a regular expression)."""
    print(title)
    answers = scriptor([c for _, c, _ in script])
    for (what, _, expected), answer in zip(script, answers, strict=True):
        seen = answer if len(answer) <= 4 else "… " + answer[-4:]
        check(what, re.fullmatch(expected, answer), seen)


def t0(what, command, data, sw="9000"):
    """A command whose answer is fetched with GET RESPONSE, Le left out as T=0 has it."""
    n = len(data) // 2
    return [(what, command, f"61{n:02x}"), ("  its answer", f"00c00000{n:02x}", data + sw)]


def valid_atr(text):
    """ISO 7816-3: TS, the historical octets that T0 announces, and a TCK that makes the exclusive or 0."""
    atr = bytes.fromhex(text.replace(":", ""))
    check_sum = 0
    for octet in atr[1:]:
        check_sum ^= octet
    return atr[0] in (0x3B, 0x3F) and check_sum == 0


def see_the_card():
    status, output = run("pcsc_scan", "-r")
    check("pcsc_scan sees the reader", status == 0 and READER in output)
    _, output = run("pcsc_scan", "-n", "-c", "-t", "3")
    scanned = re.search(r"ATR:\x1b?\S*\s*((?:[0-9A-F]{2} ?)+)", output)
    check("pcsc_scan sees the card", scanned, output.strip()[-200:] if not scanned else "")
    status, output = run("opensc-tool", "--reader", READER, "--atr")
    atr = output.strip().rsplit("\n", 1)[-1]
    check("opensc-tool reads the same ATR", atr.replace(":", "").upper() == scanned[1].replace(" ", ""), atr)
    check("the ATR has the right TCK", valid_atr(atr))


def session_with_bootstrap():
    rand, ks_ext = TRACE["RAND"], TRACE["rsp_naf"].split()[0]
    b_tid = "I1U8vpY3qJ0hiuZNrke/NQ==@bsf.mnc001.mcc001.pub.3gppnetwork.org".encode()
    life = b"2030-01-01T00:00:00Z"
    ids = bytes([len(b_tid)]) + b_tid + bytes([len(life)]) + life
    bootstrap = TRACE["apdu_bootstrap"][:-2]
    replay(
        "a GBA_U session, as computed by another program",
        [
            ("SELECT MF without data", "00a4000c023f00", "9000"),
            ("SELECT MF with its FCP", "00a40004023f00", "61.."),
            ("SELECT EF_ICCID", "00a4000c022fe2", "9000"),
            ("READ BINARY EF_ICCID", "00b000000a", "[0-9a-f]{20}9000"),
            ("READ BINARY with Le 0", "00b0000000", "6c0a"),
            ("SELECT a file that is not there", "00a4000c021234", "6a82"),
            ("an unknown instruction", "00ee000000", "6d00"),
            ("GET RESPONSE with nothing pending", "00c0000010", "6985"),
            ("AUTHENTICATE without a USIM selected", TRACE["apdu_3g"][:-2], "6982"),
            ("SELECT USIM by a right-truncated AID", SELECT_USIM, "9000"),
            ("NAF derivation before any bootstrapping", TRACE["apdu_naf"][:-2], "6985"),
            *t0("bootstrapping", bootstrap, TRACE["rsp_bootstrap"].split()[0]),
            *t0("the same again: AUTS", bootstrap, TRACE["rsp_replay"].split()[0]),
            ("NAF derivation without a B-TID", TRACE["apdu_naf"][:-2], "6985"),
            ("SELECT EF_GBABP", "00a4000c026fd6", "9000"),
            ("READ BINARY: RAND is there, the rest empty", "00b0000013", "10" + rand + "00009000"),
            ("UPDATE BINARY: B-TID and lifetime", f"00d60011{len(ids):02x}{ids.hex()}", "9000"),
            *t0("NAF derivation", TRACE["apdu_naf"][:-2], ks_ext),
            ("a plain AUTN in the GBA context", "0088008423dd10" + rand + "10" + TRACE["AUTN"], "9862"),
            ("AUTN* in the 3G context", "008800812210" + rand + "10" + TRACE["AUTN_star"], "9862"),
        ],
    )


def session_in_the_3g_context():
    replay(
        "the 3G context, on a new card",
        [
            ("SELECT USIM", SELECT_USIM, "9000"),
            *t0("AUTHENTICATE", TRACE["apdu_3g"][:-2], TRACE["rsp_3g"].split()[0]),
        ],
    )


BLOCK = 0x60  # octets of a block where a chain is wanted
FETCH = "0089a00000"


def mbms_data(mode, payload):
    """The data object 53 of the MBMS context, TS 31.102 7.1.2.6."""
    contents = mode + payload
    n = len(contents) // 2
    return ("53" + (f"81{n:02x}" if n > 127 else f"{n:02x}") + contents).lower()


def mbms(what, mode, payload, sw="62f3", chained=False):
    """The commands that bring a data object to the card, in one block or in several."""
    data, size = mbms_data(mode, payload), 2 * (BLOCK if chained else 255)
    blocks = [data[i : i + size] for i in range(0, len(data), size)]
    steps = []
    for i, block in enumerate(blocks):
        p1, answer = ("00" if i else "80"), (sw if i == len(blocks) - 1 else "63f1")
        steps.append((f"{what}, block {i + 1} of {len(blocks)}", f"0089{p1}85{len(block) // 2:02x}{block}", answer))
    return steps


def fetched(what, answer):
    """What A0 brings, once it is asked for by its length: the object 53 with DB and the answer."""
    data = mbms_data("db", answer)
    length = f"{len(data) // 2:02x}"
    return [("  the answer's length", FETCH, "6c" + length), (f"  {what}", FETCH[:-2] + length, data + "9000")]


def session_with_mbms():
    def message(name):
        return MIKEY[name]["message"]

    g, first = MIKEY["gba"], MIKEY["msk_message_download_V1"]
    muk_id = f"80{len(first['idr']) // 2:02x}{first['idr']}82{len(first['idi']) // 2:02x}{first['idi']}"
    ids = f"{len(first['idr']) // 2:02x}{first['idr']}00"
    naf = f"de{len(g['naf_id']) // 2:02x}{g['naf_id']}{len(g['impi']):02x}{g['impi'].encode().hex()}"
    ack = MIKEY["msk_verification_for_it"]["ts_as_sent_4_octets"]["message"]
    with_salt, without = MIKEY["mtk_message_streaming"], MIKEY["mtk_message_download"]
    replay(
        "an MBMS session of MSKs, MTKs, a pull and deletions, as computed by another program",
        [
            ("SELECT USIM", SELECT_USIM, "9000"),
            ("an MSK before there is any MUK", *mbms("", "01", message("msk_message_download_V1"), "6a88")[0][1:]),
            *t0("bootstrapping", f"0088008423dd10{g['rand']}10{g['autn_star']}", f"db08{g['res']}"),
            ("SELECT EF_GBABP", "00a4000c026fd6", "9000"),
            ("UPDATE BINARY: B-TID, no lifetime", f"00d60011{len(ids) // 2:02x}{ids}", "9000"),
            *t0("NAF derivation", f"00880084{len(naf) // 2:02x}{naf}", f"db20{g['ks_ext_naf']}"),
            *mbms("an MSK with a wrong MAC", "01", message("msk_message_bad_mac"), "9862"),
            ("  nothing to fetch after it", FETCH, "6985"),
            *mbms("an MSK that wants an answer", "01", message("msk_message_download_V1"), chained=True),
            *fetched("the verification message", ack),
            ("  once only", FETCH, "6985"),
            *mbms("the same MSK message again", "01", message("msk_message_download_V1"), "9865"),
            *mbms("the same key with a new interval", "01", message("msk_message_same_key_new_interval")),
            *fetched("done", ""),
            *mbms("an MTK with salt", "02", message("mtk_message_streaming")),
            *fetched("MTK and salt", with_salt["mtk"] + with_salt["salt"]),
            *mbms("the same MTK again", "02", message("mtk_message_streaming"), "9865"),
            *mbms("an MTK without salt", "02", message("mtk_message_download")),
            *fetched("the MTK", without["mtk"]),
            *mbms("a solicited pull", "01", message("solicited_pull")),
            *fetched("done", ""),
            ("a chain that is begun", f"0089808510{mbms_data('01', message('solicited_pull'))[:32]}", "63f1"),
            ("  and left for another command", "00b0000001", "109000"),
            ("  is gone", "008900850100", "6985"),
            *mbms("MSK deletion", "03", "00f1100001"),
            *fetched("done", ""),
            *mbms("an MTK after it", "02", message("mtk_message_download"), "6a88"),
            *mbms("MUK deletion", "04", f"a0{len(muk_id) // 2:02x}{muk_id}"),
            *fetched("done", ""),
            *mbms("the same deletion again", "04", f"a0{len(muk_id) // 2:02x}{muk_id}", "6a88"),
        ],
    )
    return [g["ks_int_naf"], g["ks_ext_naf"], with_salt["msk"], with_salt["mtk"], with_salt["salt"]]


def two_cards_at_once():
    """One in each of vpcd's slots; their clients take turns."""
    iccids = ("8900101000000000019", "8900101000000000027")
    cards = [insert(personalise(f"slot-{i}.card", "--set", f"iccid={n}"), slot=i) for i, n in enumerate(iccids)]
    clients = [Pcsc(reader) for reader in READERS]
    steps = [[client.command(text) for client in clients] for text in ("00a4000c022fe2", "00b000000a")]
    read = ["".join(f"{octet & 15:x}{octet >> 4:x}" for octet in data) for data, _ in steps[-1]]
    check("each of vpcd's two slots has its card", read == [f"{n}f" for n in iccids], read)
    for client, card in zip(clients, cards):
        client.close()
        card.stop()


def main():
    card = insert(personalise("tools.card"))
    see_the_card()
    session_with_bootstrap()
    for secret in ("K", "RES", "Ks_ext_NAF", "CK"):
        check(f"the trace does not hold {secret}", TRACE[secret] not in card.output().lower())
    check("vuicc-card ends cleanly", card.stop() == 0)

    card = insert(personalise("tools-3g.card"))
    session_in_the_3g_context()
    card.stop()

    # The vectors have an SQN of their own (TS 35.208 set 1): the card's array starts just below it.
    card = insert(personalise("tools-mbms.card", "--set", "sqn.start=ff9bb4d0b5e7"))
    secrets = session_with_mbms()
    withheld = all(s not in card.output().lower() for s in secrets)
    check("the trace holds none of MUK, MRK, MSK, MTK and salt", withheld)
    card.stop()
    two_cards_at_once()


if __name__ == "__main__":
    main()
