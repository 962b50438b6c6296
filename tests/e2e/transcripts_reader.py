#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every story once more, through pcscd: each with a card of its own, put into a slot of our driver, its commands sent by
vuicc-apdu as T=0 has them.

Run inside with-pcscd.sh with READER_SLOTS=2.
"""
import pathlib
import queue
import re
import sys
from concurrent.futures import ThreadPoolExecutor

from harness import BIN, SOURCE, TMP, check, run
from pcsc import Watch

FOLDER = pathlib.Path("/run/cards")
SLOTS = 2
slots = queue.SimpleQueue()


def options(script):
    """What vuicc-perso is to be told for this script's card."""
    text = script.read_text()
    for name in re.findall(r"^! profile (.*)$", text, re.M):
        yield from ("--profile", SOURCE / "card" / "profiles" / f"{name}.yaml")
    for change in re.findall(r"^! card (.*)$", text, re.M):
        yield from ("--set", change)


def step(*command):
    status, output = run(*command, timeout=60)
    return status == 0, output.strip()


def replay(script):
    """(the script's name, whether it went well, what the last program said)"""
    card, slot = TMP / f"{script.stem}.card", slots.get()
    reader, watch = (BIN / "vuicc-reader", "--dir", FOLDER), Watch(f"vUICC 00 {slot:02X}")
    good, output = step(BIN / "vuicc-perso", *options(script), card)
    if good:
        good, output = step(*reader, "insert", slot, card)
        watch.wait_for(True)
        good, output = step(BIN / "vuicc-apdu", "--reader", f"vUICC 00 {slot:02X}", "--fresh", script) if good else (good, output)
        ejected, said = step(*reader, "eject", slot)
        watch.wait_for(False)
        good, output = good and ejected, output + said
    slots.put(slot)
    return script.stem, good, output


def main():
    scripts = sorted((SOURCE / "tests" / "transcripts").glob("*.apdu"))
    check("there are transcripts", scripts)
    for slot in range(SLOTS):
        slots.put(slot)
    with ThreadPoolExecutor(SLOTS) as pool:
        failed = []
        for name, ok, output in pool.map(replay, scripts):
            print(f"{'ok    ' if ok else 'FAILED'}  {name}: {output}", flush=True)
            failed += [] if ok else [name]
    if failed:
        sys.exit(f"{len(failed)} of {len(scripts)} transcripts failed: {' '.join(failed)}")
    print(f"ok      all {len(scripts)} transcripts")


if __name__ == "__main__":
    main()
