#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The packs, and every transcript once more, through pcscd: each on a card of its own, put into a slot of vpcd by vuicc-card, its
commands sent by vuicc-apdu. Two at a time, for pcscd takes its time to see a card come and go.

Run inside with-pcscd.sh.
"""
import queue
import re
import sys
from concurrent.futures import ThreadPoolExecutor

from harness import BIN, READERS, SOURCE, check, insert, personalise, run
from packs import EVERY_CASE, all_packs

slots = queue.SimpleQueue()


def options(script):
    """What vuicc-perso is to be told for this script's card."""
    text = script.read_text()
    for name in re.findall(r"^! profile (.*)$", text, re.M):
        yield from ("--profile", SOURCE / "card" / "profiles" / f"{name}.yaml")
    for change in re.findall(r"^! card (.*)$", text, re.M):
        yield from ("--set", change)


def replay(script):
    """(the script's name, its end, what vuicc-apdu said)"""
    file = personalise(f"{script.stem}.card", *options(script))
    slot = slots.get()
    card = insert(file, trace=False, slot=slot)
    status, output = run(BIN / "vuicc-apdu", "--reader", READERS[slot], script, timeout=60)
    ended = card.stop()
    slots.put(slot)
    return script.stem, (status, ended) == (0, 0), output.strip()


def packs():
    """The conformance packs against one card, as anyone would run them."""
    card = insert(personalise("packs.card"), trace=False)
    seen = all_packs("--reader", READERS[0])
    check("every case of the packs passes in a reader", (card.stop(), seen) == (0, EVERY_CASE), seen)


def main():
    packs()
    scripts = sorted((SOURCE / "tests" / "transcripts").glob("*.apdu"))
    check("there are transcripts", scripts)
    for slot in range(len(READERS)):
        slots.put(slot)
    with ThreadPoolExecutor(len(READERS)) as pool:
        failed = []
        for name, ok, output in pool.map(replay, scripts):
            print(f"{'ok    ' if ok else 'FAILED'}  {name}: {output}", flush=True)
            failed += [] if ok else [name]
    if failed:
        sys.exit(f"{len(failed)} of {len(scripts)} transcripts failed: {' '.join(failed)}")
    print(f"ok      all {len(scripts)} transcripts")


if __name__ == "__main__":
    main()
