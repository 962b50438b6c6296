#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""pcsc_scan, opensc-tool and scriptor see the card and talk to it, through pcscd. Run inside with-pcscd.sh."""
import json
import re
import subprocess

import oracle
from harness import READER, check, insert, personalise, run

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


if __name__ == "__main__":
    main()
