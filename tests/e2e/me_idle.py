#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me that has nothing to do makes no system call, with a card in the reader and without one: no thread of it is
given a processor. What happens in the reader wakes it all the same. In with-pcscd.sh."""
import pathlib
import re
import time

from harness import check, insert, personalise, wait_until
from network import Me, Network, ends_cleanly

QUIET = 1.5  # seconds; a look every 300 ms would show


def switches(pid):
    """{thread: how often it has given up a processor}. A thread that makes a system call was given one, and gives it up."""
    counts = {}
    for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        counts[status.parent.name] = sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", status.read_text()))
    return counts


def is_idle(what, pid):
    before = switches(pid)

    # What follows an event is not idleness yet: pcscd tells that a card is powered when it looks next, 400 ms later.
    def settled():
        nonlocal before
        time.sleep(0.6)
        now = switches(pid)
        same, before = now == before, now
        return same

    wait_until(settled, f"{what}: it comes to rest")
    time.sleep(QUIET)
    after = switches(pid)
    check(f"{what}: {len(after)} threads make no system call in {QUIET} s", after == before and len(after) > 1,
          f"{before} {after}")  # fmt: skip


def main():
    me = Me(Network(), "me.sqlite")
    card = personalise("idle.card")
    process, events = me.run()
    pid = process.process.pid
    events.wait("uicc-missing")
    is_idle("without a card", pid)
    reader = insert(card)
    events.wait("uicc", iccid="8900101000000000019")
    is_idle("with a card", pid)
    start = time.monotonic()
    reader.stop()
    events.wait("uicc-gone")
    # pcscd looks at vpcd every 400 ms, and that is all there is to wait for.
    check("a removal is seen when pcscd sees it", time.monotonic() - start < 1.5, f"{time.monotonic() - start:.2f} s")
    is_idle("after the removal", pid)
    start = time.monotonic()
    ends_cleanly(process)
    check("it ends at once", time.monotonic() - start < 1, f"{time.monotonic() - start:.2f} s")


main()
