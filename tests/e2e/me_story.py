#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me with its card in process against vuicc-testnet: the life of the keys from bootstrapping to another card."""
import json
import pathlib
import signal
import socket

from harness import TMP, check, personalise, run, wait_until
from network import BMSC, GROUP, IMSI, SERVICE, Me, Network, ends_cleanly, mode

VECTORS = json.loads((pathlib.Path(__file__).resolve().parent.parent / "vectors" / "gba-mikey.json").read_text())


def one_shots(me):
    events = me.do("bootstrap")
    check("the bootstrapping has a B-TID", events["bootstrap"]["btid"].endswith("@bsf.mnc001.mcc001.pub.3gppnetwork.org"))
    btid = events["bootstrap"]["btid"]
    events = me.do("register", SERVICE)
    check("registered without another bootstrapping", "registered" in events and "bootstrap" not in events)
    events = me.do("register", "urn:nobody:knows:this", status=1)
    check("an unknown service is refused with its code", events["rejected"]["code"] == 404, events["rejected"])
    check("status knows the B-TID", me.do("status")["bootstrap"]["btid"] == btid)
    return btid


def keys_arrive(me, network, mtk_file):
    process, events = me.run("--request", GROUP, "--mtk-out", mtk_file)
    events.wait("msk-request", key_domain="00f110")
    first = events.wait("msk", v=True)
    events.wait("ack-sent", msk_id=first["msk_id"])
    network.events.wait("ack", msk_id=first["msk_id"])
    network.tell("mtk", GROUP)
    mtk = events.wait("mtk", msk_id=first["msk_id"])
    check("both ends have the same MTK", network.events.wait("mtk-sent")["mtk_tag"] == mtk["tag"], mtk["tag"])

    network.tell("push", IMSI, GROUP)
    second = events.wait("msk")
    check("a push brings the next Key Number", second["msk_id"] != first["msk_id"], second["msk_id"])
    network.events.wait("ack", msk_id=second["msk_id"])
    network.tell("mtk", GROUP)
    mtk = events.wait("mtk", msk_id=second["msk_id"])
    check("both ends have the same MTK again", network.events.wait("mtk-sent")["mtk_tag"] == mtk["tag"], mtk["tag"])
    return process, events


def renegotiation(network, events, btid):
    network.tell("expire", IMSI)
    network.tell("pull", IMSI, GROUP)
    events.wait("pull")
    network.events.wait("renegotiation")
    newer = events.wait("bootstrap")["btid"]
    check("there is another B-TID", newer != btid)
    events.wait("msk-request")
    msk = events.wait("msk")
    check("the new MUK's counter begins anew", msk["ts"] == 1, msk["ts"])
    network.events.wait("ack", btid=newer)
    network.tell("mtk", GROUP)
    events.wait("mtk")


def bad_datagrams(me, events):
    host, port = me.listen.split(":")
    message = bytes.fromhex(VECTORS["msk_message_streaming_with_SP"]["message"])
    cuts = [message[:n] for n in range(len(message))]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"\xff" * 60000, (host, int(port)))
        events.wait("rejected", reason="longer than any message that a card takes")
        for cut in cuts:
            s.sendto(cut, (host, int(port)))
        s.sendto(message, (host, int(port)))
    # Whole, but for a B-TID of another time: only the card can tell.
    refused = events.wait("rejected", message="msk")
    check("a message for another MUK is the card's to refuse", refused["sw"] == "6A88", refused)

    def seen():
        """What stands in a line of its own, and what was folded."""
        return sum(e.get("more", "octets" in e) for e in events.all() if e["event"] == "rejected")

    wait_until(lambda: seen() == len(cuts) + 1, "every truncation of a datagram was thrown away with a reason")


def mtk_lines(path, count):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    check("the file of MTKs has a line for each", len(lines) == count, len(lines))
    check("it is its owner's alone", mode(path) == 0o600, oct(mode(path)))
    one = lines[0]
    check("MKI is MSK ID and MTK ID", one["mki"] == one["msk_id"] + one["mtk_id"], one["mki"])
    check("MTK and salt have their lengths", (len(one["mtk"]), len(one["salt"])) == (32, 28))
    return lines


def no_key_in_events(lines, *outputs):
    for output in outputs:
        leaked = [line["mtk"] for line in lines if line["mtk"] in output or line["salt"] in output]
        check("no MTK stands in the events", not leaked)


def another_card(network, mtk_key):
    other = personalise("other.card", "--set", "iccid=8900101000000000027")
    me = Me(network, "me.sqlite", "--card", other)
    process, events = me.run()
    wiped = events.wait("wipe")
    check("another card wipes", wiped["iccid"] == "8900101000000000027", wiped["last_iccid"])
    events.wait("uicc", iccid="8900101000000000027")
    ends_cleanly(process, signal.SIGINT)
    events = me.do("status")
    check("nothing is left but the new identity", set(events) == {"uicc"}, sorted(events))
    for name in ("me.sqlite", "me.sqlite-wal"):
        path = TMP / name
        check(f"no B-TID is left in {name}", not path.exists() or b"@bsf." not in path.read_bytes())


def errors(network, card):
    nobody = Me(network, "none.sqlite", "--card", card)
    nobody.command[-1] = f"{BMSC}=127.0.0.1:1"
    nobody.command[-3] = "bsf.mnc001.mcc001.pub.3gppnetwork.org=127.0.0.1:1"
    check("a network that is not there is an error", "error" in nobody.do("bootstrap", status=4))
    Me(network, "none.sqlite", "--card", TMP / "no.such.card").do("bootstrap", status=4)
    Me(network, "folder.that/is/made/me.sqlite", "--card", card).do("bootstrap")
    mistyped = Me(network, "no.such.folder/me.sqlite")
    for command in ("status", "wipe"):
        status, output = run(*mistyped.command, command)
        check(f"{command} of a store that is not there is an error",
              status == 4 and "expected a key store" in output, output)  # fmt: skip
    check("and makes nothing", not (TMP / "no.such.folder").exists())
    program, home = mistyped.command[0], str(TMP / "empty.home")
    status, output = run("env", "-u", "XDG_STATE_HOME", f"HOME={home}", program, "status")
    check("without any store status says so", status == 0 and "nothing is stored yet" in output, output)
    check("and makes none", not (TMP / "empty.home").exists())
    no_service = ("env", f"PCSCLITE_CSOCK_NAME={TMP}/no.such.socket")
    status, output = run(*no_service, *Me(network, "none.sqlite").command, "bootstrap")
    check("without PC/SC a command ends with an error", status == 4 and "vuicc-me: no PC/SC service: is pcscd" in output,
          output)  # fmt: skip
    for bad in (["frobnicate"], [], ["register"], ["run", "x"], ["request", "00f110"], ["request", "00f110:1"],
                ["--listen", "x", "run"], ["--connect-to", "x", "run"], ["--bsf", "x", "run"], ["--pin", "1", "bootstrap"],
                ["--register", "x", "status"], ["--no-such-option"]):  # fmt: skip
        Me(network, "none.sqlite", "--card", card).do(*bad, status=2)
    status, output = run(Me(network, "x").command[0], "--help")
    check("--help names every command", status == 0 and all(f"\n  {c} " in output for c in
          ("bootstrap", "register", "deregister", "request", "run", "status", "wipe")))  # fmt: skip


def main():
    network = Network()
    card = personalise("first.card")
    me = Me(network, "me.sqlite", "--card", card)
    mtk_file = TMP / "mtk.jsonl"
    btid = one_shots(me)
    process, events = keys_arrive(me, network, mtk_file)
    renegotiation(network, events, btid)
    bad_datagrams(me, events)
    ends_cleanly(process)
    lines = mtk_lines(mtk_file, 3)
    no_key_in_events(lines, process.output(), network.process.output())
    check("the key store is its owner's alone", mode(TMP / "me.sqlite") == 0o600)
    events = me.do("deregister", SERVICE)
    check("deregistered", events["deregistered"]["service"] == SERVICE)
    errors(network, card)
    another_card(network, lines[0]["mtk"])
    me.do("wipe")
    check("nothing is left after wipe", set(me.do("status")) == {"status"})


main()
