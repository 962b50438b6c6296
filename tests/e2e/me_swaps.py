#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me while its card is swapped faster than anybody could by hand, falls silent, and while other readers are busy.
In with-pcscd.sh with READER_SLOTS=2."""
import pathlib
import signal

from harness import BIN, TMP, check, run, wait_until
from network import GROUP, SERVICE, Me, Network, ends_cleanly
from pcsc import SlotControl, Watch

FOLDER = pathlib.Path("/run/cards")
ICCIDS = {"first": "8900101000000000019", "second": "8900101000000000027"}
SWAPS = 10
TIMES = 5


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


def back_unseen(network, process, events):
    """The same card out and in again while the ME cannot look: its stay is another, so GBA keys of the ME are gone."""
    control, watch = SlotControl(), Watch("vUICC 00 00")
    for _ in range(TIMES):
        before = watch.events()
        process.process.send_signal(signal.SIGSTOP)
        control.tell("eject 0")
        control.tell(f"insert 0 {card('first')}")
        wait_until(lambda: watch.look(100) and watch.events() == before + 2, "pcscd has seen both")
        process.process.send_signal(signal.SIGCONT)
        events.wait("uicc-gone", iccid=ICCIDS["first"])
        events.wait("uicc", iccid=ICCIDS["first"])
    check("the same card wipes nothing", not any(e["event"] == "wipe" for e in events.all()))
    network.tell("mtk", GROUP)
    events.wait("mtk")


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
    back_unseen(network, process, events)
    silent(network, events)
    card("second")
    swaps(events)
    ends_cleanly(process)
    # At the start, for each time it was out, after the silence, and for each swap; but not for what happened in the other reader.
    seen = sum(e["event"] == "uicc" for e in events.all())
    check("it looked at its own reader alone", seen == 2 + TIMES + SWAPS, seen)


main()
