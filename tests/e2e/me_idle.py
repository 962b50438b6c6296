#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me that has nothing to do makes no system call, with a card in the reader, without one, and without pcscd: no
thread of it is given a processor. What happens wakes it all the same. In with-pcscd.sh."""
import os
import pathlib
import re
import signal
import time

from harness import Process, check, insert, personalise, wait_until
from network import Me, Network, ends_cleanly

QUIET = 1.5  # seconds; a look every 300 ms would show


def switches(pid):
    """{thread: how often it has given up a processor}. A thread that makes a system call was given one, and gives it up."""
    counts = {}
    for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        counts[status.parent.name] = sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", status.read_text()))
    return counts


def is_idle(what, pid):
    """What follows an event is not idleness yet: pcscd tells 400 ms later that a card is powered, for one."""
    seen, since = switches(pid), time.monotonic()

    def quiet():
        nonlocal seen, since
        now = switches(pid)
        if now != seen:
            seen, since = now, time.monotonic()
        return time.monotonic() - since > QUIET

    wait_until(quiet, f"{what}: {QUIET} s without a system call")
    check(f"{what}: {len(seen)} threads make no system call in {QUIET} s", len(seen) > 1)


def pcscd_pids():
    """Of this namespace: the one of with-pcscd.sh, and who came after it."""
    found = (int(p.parent.name) for p in pathlib.Path("/proc").glob("[0-9]*/comm") if p.read_text().strip() == "pcscd")
    return list(found)


def without_pcscd(pid, events, card):
    for one in pcscd_pids():
        os.kill(one, signal.SIGTERM)
    wait_until(lambda: not pcscd_pids(), "pcscd has ended")
    is_idle("without pcscd", pid)
    path = os.environ["PATH"] + ":/usr/sbin"
    Process("pcscd", "--foreground", "-c", "/run/reader.conf.d", env=dict(os.environ, PATH=path))
    wait_until(lambda: os.path.exists("/run/pcscd/pcscd.comm"), "pcscd is back")
    start = time.monotonic()
    insert(card)
    events.wait("uicc", iccid="8900101000000000019")
    check("pcscd is found again, and a card in it", True, f"{time.monotonic() - start:.2f} s")


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
    without_pcscd(pid, events, card)
    start = time.monotonic()
    ends_cleanly(process)
    check("it ends at once", time.monotonic() - start < 1, f"{time.monotonic() - start:.2f} s")


main()
