#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me and another PC/SC client of its card: exclusive use, transactions, resets. In with-pcscd.sh."""
import signal
import socket
import time

from harness import check, insert, personalise
from network import GROUP, IMSI, SERVICE, Me, Network, ends_cleanly
from pcsc import Pcsc


def begun_while_another_has_the_card_alone(me):
    alone = Pcsc(share=Pcsc.EXCLUSIVE)
    process, events = me.run("--register", SERVICE, "--request", GROUP)
    seen = events.wait("error")
    check("it says that the card is in use", "Sharing violation" in seen["what"], seen["what"])
    start = time.monotonic()
    alone.close()
    events.wait("uicc")
    check("it has the card as soon as the other one is done", time.monotonic() - start < 2)
    events.wait("ack-sent")
    return process, events


def begun_while_another_is_at_it(me):
    other = Pcsc()
    other.begin()
    process, events = me.run()
    seen = events.wait("error")
    check("it says that the card is held", "another program holds the card" in seen["what"], seen["what"])
    other.end()
    events.wait("uicc")
    other.close()
    ends_cleanly(process)


def held_in_a_transaction(network, me, events):
    other = Pcsc()
    other.begin()
    start = time.monotonic()
    network.tell("push", IMSI, GROUP)
    host, port = me.listen.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"\xff" * 60, (host, int(port)))
    events.wait("rejected", octets=60)
    waited = time.monotonic() - start
    check("the loop goes on while another program holds the card", waited < 2, f"{waited:.1f} s")
    check("and no message has got to the card", not [e for e in events.all()[events.at :] if e["event"] == "msk"])
    other.end()
    msk = events.wait("msk")
    network.events.wait("ack", msk_id=msk["msk_id"])
    other.close()


def reset_by_another(network, events):
    for how in ("reset", "end of a transaction with reset"):
        other = Pcsc()
        if how == "reset":
            other.reset()
        else:
            other.begin()
            other.end(Pcsc.RESET)
        network.tell("mtk", GROUP)
        mtk = events.wait("mtk")
        check(f"{how} by another program: the MTK arrives", mtk["tag"] == network.events.wait("mtk-sent")["mtk_tag"])
        other.close()
    other = Pcsc()
    other.command("00a40004023f00")
    network.tell("push", IMSI, GROUP)
    msk = events.wait("msk")
    check("what another program has selected does not matter", network.events.wait("ack", msk_id=msk["msk_id"]))
    other.close()


def ended_while_another_holds_the_card(network, process):
    other = Pcsc()
    other.begin()
    network.tell("push", IMSI, GROUP)
    time.sleep(0.2)  # it is on its way to the card; and if it is not, the next line holds all the more
    start = time.monotonic()
    ends_cleanly(process, signal.SIGTERM)
    check("it ends, too", time.monotonic() - start < 3, f"{time.monotonic() - start:.1f} s")
    other.end()
    other.close()


def main():
    network = Network()
    me = Me(network, "me.sqlite")
    card = insert(personalise("shared.card"))
    begun_while_another_is_at_it(me)
    process, events = begun_while_another_has_the_card_alone(me)
    held_in_a_transaction(network, me, events)
    reset_by_another(network, events)
    ended_while_another_holds_the_card(network, process)
    card.stop()


main()
