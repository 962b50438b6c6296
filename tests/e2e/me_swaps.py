#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me while its card is swapped faster than anybody could by hand, falls silent, and while other readers are busy.
In with-pcscd.sh with READER_SLOTS=2."""
import pathlib

from harness import BIN, TMP, check, run
from network import GROUP, SERVICE, Me, Network, ends_cleanly

FOLDER = pathlib.Path("/run/cards")
ICCIDS = {"first": "8900101000000000019", "second": "8900101000000000027"}
SWAPS = 10


def reader(*arguments):
    status, output = run(BIN / "vuicc-reader", "--dir", FOLDER, *arguments)
    check(f"vuicc-reader {' '.join(str(a) for a in arguments[:2])}", status == 0, output.strip())


def card(name):
    path = TMP / f"{name}.card"
    if not path.exists():
        status, output = run(BIN / "vuicc-perso", "--set", f"iccid={ICCIDS[name]}", path)
        check(f"vuicc-perso makes {name}.card", status == 0, output.strip())
    return path


def swaps(events):
    names = ["second", "first"] * (SWAPS // 2)
    last = "first"
    for name in names:
        reader("swap", 0, card(name))
        events.wait("wipe", last_iccid=ICCIDS[last], iccid=ICCIDS[name])
        events.wait("uicc", iccid=ICCIDS[name])
        last = name
    wipes = sum(e["event"] == "wipe" for e in events.all())
    check(f"{SWAPS} swaps are {SWAPS} wipes", wipes == SWAPS, wipes)


def silent(network, events):
    reader("fault", 0, "mute", 1)
    network.tell("mtk", GROUP)
    events.wait("uicc-gone", iccid=ICCIDS["first"])
    # Neither pcscd nor the reader says that anything happened: it looks again by itself.
    events.wait("uicc", iccid=ICCIDS["first"])
    network.tell("mtk", GROUP)
    events.wait("mtk")


def elsewhere():
    reader("insert", 1, card("second"))
    reader("eject", 1)


def main():
    network = Network()
    reader("insert", 0, card("first"))
    process, events = Me(network, "me.sqlite").run("--register", SERVICE, "--request", GROUP)
    msk = events.wait("msk")
    network.events.wait("ack", msk_id=msk["msk_id"])
    elsewhere()
    silent(network, events)
    card("second")
    swaps(events)
    ends_cleanly(process)
    # At the start, after the silence, and for each swap; but not for what happened in the other reader.
    seen = sum(e["event"] == "uicc" for e in events.all())
    check("it looked at its own reader alone", seen == 2 + SWAPS, seen)


main()
