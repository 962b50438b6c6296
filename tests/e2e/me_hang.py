#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me and a card that says nothing any more in the middle of a command: pcscd waits for ever, vuicc-me does not, and
has the card again when it wakes up. In with-pcscd.sh."""
import signal
import socket

from harness import check, insert, personalise
from network import GROUP, SERVICE, Me, Network, ends_cleanly


def main():
    network = Network()
    me = Me(network, "me.sqlite")
    card = insert(personalise("hang.card"))
    process, events = me.run("--register", SERVICE, "--request", GROUP)
    msk = events.wait("ack-sent")

    card.process.send_signal(signal.SIGSTOP)
    network.tell("mtk", GROUP)
    gone = events.wait("uicc-gone")
    check("the card is given up", "no answer for" in gone["reason"], gone["reason"])
    host, port = me.listen.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"\xff" * 60, (host, int(port)))
    check("the loop goes on", events.wait("rejected", octets=60))

    card.process.send_signal(signal.SIGCONT)
    events.wait("uicc")
    check("nothing is lost", not [e for e in events.all() if e["event"] == "wipe"])
    network.tell("mtk", GROUP)
    events.wait("mtk", msk_id=msk["msk_id"])
    ends_cleanly(process)
    card.stop()


main()
