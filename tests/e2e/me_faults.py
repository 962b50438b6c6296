#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me and a card that is slow, reset in the middle of a chain of blocks, torn out there, or changed for another one
there, and while no vuicc-me runs. In with-pcscd.sh."""
import time

from harness import check, personalise, wait_until
from network import GROUP, IMSI, SERVICE, Me, Network, ends_cleanly
from relay import AUTHENTICATE_BLOCKS as BLOCKS
from relay import FETCH, FIRST_BLOCK, Relay

ICCID, OTHER = "8900101000000000019", "8900101000000000027"


def mtk_arrives(network, events, what):
    network.tell("mtk", GROUP)
    mtk = events.wait("mtk")
    check(f"{what}: both ends have the same MTK", network.events.wait("mtk-sent")["mtk_tag"] == mtk["tag"], mtk["tag"])


def slow(network, events, relay):
    relay.at(BLOCKS, FIRST_BLOCK, relay.slow, 0.7)  # the BM-SC sends again after a second
    start = time.monotonic()
    network.tell("push", IMSI, GROUP)
    msk = events.wait("msk")
    events.wait("ack-sent", msk_id=msk["msk_id"])
    check("a slow card is waited for", time.monotonic() - start > 0.65)
    network.events.wait("ack", msk_id=msk["msk_id"])


def reset_before_the_block(network, events, relay):
    relay.at(BLOCKS, FIRST_BLOCK, relay.reset)
    network.tell("push", IMSI, GROUP)
    msk = events.wait("msk")
    events.wait("ack-sent", msk_id=msk["msk_id"])
    network.events.wait("ack", msk_id=msk["msk_id"])
    relay.wait_done("reset")
    relay.at(BLOCKS, FIRST_BLOCK, relay.reset)
    mtk_arrives(network, events, "reset before the block")
    relay.wait_done("reset")


def reset_before_the_answer(network, events, relay):
    relay.at(BLOCKS, FETCH, relay.reset)
    network.tell("push", IMSI, GROUP)
    msk = events.wait("msk")
    relay.wait_done("reset")
    mtk_arrives(network, events, f"reset before the answer: MSK {msk['msk_id']} is on the card")
    # The card has forgotten the verification message, so the BM-SC sends another.
    ack = events.wait("ack-sent", msk_id=msk["msk_id"])
    check("the ACK is for the message that was sent again", ack["ts"] > msk["ts"], f"{msk['ts']}, then {ack['ts']}")
    network.events.wait("ack", msk_id=msk["msk_id"])


def torn_out(network, events, relay, card):
    seen = len(events.all())
    relay.at(BLOCKS, FETCH, relay.tear_out)
    network.tell("push", IMSI, GROUP)
    events.wait("uicc-gone", iccid=ICCID)
    relay.wait_done("tear_out")
    relay.insert(card)
    events.wait("uicc", iccid=ICCID)
    happened = [e["event"] for e in events.all()[seen:]]
    check("nothing of a card that is gone is used", not {"msk", "ack-sent"} & set(happened), happened)
    check("the same card wipes nothing", "wipe" not in happened)
    mtk_arrives(network, events, "after it is back")


def changed(network, events, relay, other):
    seen = len(events.all())
    relay.at(BLOCKS, FIRST_BLOCK, relay.exchange_for, other)
    network.tell("push", IMSI, GROUP)
    events.wait("wipe", last_iccid=ICCID, iccid=OTHER)
    events.wait("uicc", iccid=OTHER)
    relay.wait_done("exchange_for")
    happened = [e["event"] for e in events.all()[seen:]]
    check("nothing went to the other card", not {"msk", "ack-sent"} & set(happened), happened)


def stored(me):
    return {name: {k: v for k, v in e.items() if k != "time"} for name, e in me.do("status").items()}


def while_it_was_off(network, relay, card, other):
    me = Me(network, "me.sqlite")
    me.do("register", SERVICE)
    before = stored(me)
    relay.remove()
    relay.insert(other)
    process, events = me.run()
    events.wait("uicc", iccid=OTHER)
    ends_cleanly(process)
    check("the same card back: nothing is lost", stored(me) == before, sorted(before))
    relay.remove()
    relay.insert(card)
    process, events = me.run()
    events.wait("wipe", last_iccid=OTHER, iccid=ICCID)
    events.wait("uicc", iccid=ICCID)
    ends_cleanly(process)
    check("another card: nothing is left", set(stored(me)) == {"uicc"}, sorted(stored(me)))


def main():
    network = Network()
    card, other = personalise("first.card"), personalise("other.card", "--set", f"iccid={OTHER}")
    relay = Relay(card)
    process, events = Me(network, "me.sqlite").run("--register", SERVICE, "--request", GROUP)
    events.wait("uicc", iccid=ICCID)
    msk = events.wait("msk")
    network.events.wait("ack", msk_id=msk["msk_id"])
    slow(network, events, relay)
    reset_before_the_block(network, events, relay)
    reset_before_the_answer(network, events, relay)
    torn_out(network, events, relay, card)
    changed(network, events, relay, other)
    ends_cleanly(process)
    while_it_was_off(network, relay, card, other)
    wait_until(lambda: not relay.plan, "everything that was planned has happened")
    relay.remove()


main()
