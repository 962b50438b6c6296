#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me with its card in a reader: removed, put back, replaced, and pcscd itself gone and back. In with-pcscd.sh."""
import os
import pathlib
import signal
import time

from harness import READER, Process, check, insert, personalise, run, wait_until
from network import GROUP, IMSI, SERVICE, Me, Network, ends_cleanly


def pcscd_pids():
    pids = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/comm"):
        try:
            if entry.read_text().strip() == "pcscd":
                pids.append(int(entry.parent.name))
        except OSError:
            pass  # ended meanwhile
    return pids


def keys_through_the_reader(network, events):
    events.wait("uicc", iccid="8900101000000000019", reader=READER)
    events.wait("bootstrap")
    events.wait("registered", service=SERVICE)
    msk = events.wait("msk", v=True)
    network.events.wait("ack", msk_id=msk["msk_id"])
    network.tell("mtk", GROUP)
    events.wait("mtk", msk_id=msk["msk_id"])


def out_and_in(network, events, reader, card):
    reader.stop()
    events.wait("uicc-gone", iccid="8900101000000000019")
    reader = insert(card)
    events.wait("uicc", iccid="8900101000000000019")
    check("the same card wipes nothing", not any(e["event"] == "wipe" for e in events.all()))
    network.tell("mtk", GROUP)
    events.wait("mtk")
    return reader


def pcscd_restarts(network, events):
    for pid in pcscd_pids():  # of this namespace: the one of with-pcscd.sh
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not pcscd_pids(), "pcscd has ended")
    events.wait("uicc-gone")
    time.sleep(0.5)
    Process("pcscd", "--foreground", "-c", "/run/reader.conf.d", env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin"))
    # vuicc-card finds vpcd again, and vuicc-me finds the card.
    events.wait("uicc", iccid="8900101000000000019", seconds=20)
    network.tell("mtk", GROUP)
    events.wait("mtk")


def swapped(events, reader):
    reader.stop()
    events.wait("uicc-gone")
    reader = insert(personalise("other.card", "--set", "iccid=8900101000000000027"))
    events.wait("wipe", last_iccid="8900101000000000019")
    events.wait("uicc", iccid="8900101000000000027")
    return reader


def main():
    network = Network()
    card = personalise("first.card")
    me = Me(network, "me.sqlite")
    process, events = me.run("--register", SERVICE, "--request", GROUP)
    check("without a card it waits and says so", events.wait("uicc-missing")["reason"])
    reader = insert(card)
    keys_through_the_reader(network, events)
    reader = out_and_in(network, events, reader, card)
    pcscd_restarts(network, events)
    network.tell("push", IMSI, GROUP)
    events.wait("ack-sent")
    reader = swapped(events, reader)
    ends_cleanly(process)
    check("a one-shot command finds the reader, too", "uicc" in Me(network, "other.sqlite").do("register", "urn:x", status=1))
    lost = Me(network, "other.sqlite", "--reader", "no such reader")
    status, output = run(*lost.command, "bootstrap")
    expected = f"vuicc-me: no reader named no such reader; there are: {READER}"
    check("a reader that is not there is an error that names those that are", status == 4 and expected in output, output)
    reader.stop()


main()
