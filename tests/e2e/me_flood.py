#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A flood of datagrams beside the BM-SC's messages: those are taken, and the card hardly notices the flood.
me_flood.py [--reader]: the card in process, or in a reader (in with-pcscd.sh)."""
import json
import pathlib
import subprocess
import sys
import time

from harness import check, personalise, wait_until
from network import GROUP, IMSI, SERVICE, SLOT, Me, Network, ends_cleanly

VECTORS = json.loads((pathlib.Path(__file__).resolve().parent.parent / "vectors" / "gba-mikey.json").read_text())
SECONDS = 3

# A process of its own, so that it is as fast as one core allows: garbage, cut messages and forged ones.
SENDER = """
import itertools, socket, sys, time
host, port, seconds, *messages = sys.argv[1:]
to, messages = (host, int(port)), [bytes.fromhex(m) for m in messages]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.9", 0))
end, sent = time.monotonic() + float(seconds), 0
for i in itertools.count():
    for m in (b"garbage", messages[0][: i % 60], messages[i % len(messages)][:-4] + i.to_bytes(4, "big")):
        s.sendto(m, to)
        sent += 1
    if sent % 300 == 0 and time.monotonic() > end:
        break
print(sent)
"""


def flood(me, seconds):
    host, port = me.listen.split(":")
    messages = [VECTORS[m]["message"] for m in ("mtk_message_streaming", "msk_message_download_V1", "solicited_pull")]
    return subprocess.Popen([sys.executable, "-c", SENDER, host, port, str(seconds), *messages], stdout=subprocess.PIPE)


def main():
    network = Network()
    me = Me(network, "me.sqlite", *SLOT.put(personalise("first.card")))
    process, events = me.run("--register", SERVICE, "--request", GROUP)
    first = events.wait("ack-sent")
    before = len(events.all())
    sender = flood(me, SECONDS)
    events.wait("rejected")
    began = time.monotonic()
    network.tell("push", IMSI, GROUP)
    second = events.wait("msk")
    check("an MSK comes through the flood", second["msk_id"] != first["msk_id"])
    network.events.wait("ack", msk_id=second["msk_id"])
    for _ in range(5):
        network.tell("mtk", GROUP)
        events.wait("mtk", msk_id=second["msk_id"])
    check("MTKs come through it, while it lasts", sender.poll() is None and time.monotonic() - began < SECONDS)
    sent = int(sender.communicate(timeout=30)[0])
    check("the flood was one", sent / SECONDS >= 50000, f"{sent / SECONDS:.0f} datagrams a second")
    wait_until(lambda: any(e.get("more") for e in events.all()), "what was rejected is folded")
    ends_cleanly(process)
    after = events.all()[before:]
    cards = [e for e in after if e["event"] == "rejected" and "sw" in e]
    check("the card was asked for few of them", len(cards) <= 16 + 4 * (SECONDS + 2) + 16, len(cards))
    check("the log stays readable", len(after) < 80 * (SECONDS + 2), len(after))


main()
