#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How soon a client sees a card come and go: in vpcd's reader, and in a slot of our own driver.

Without arguments: both, each with a pcscd of its own (with-pcscd.sh), which runs this file again with the way to take.
"""
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from harness import BIN, SOURCE, check, personalise
from pcsc import Pcsc, SlotControl, hot_plug_ms

ROUNDS = 100
BAR_MS = 5  # for our driver


class CardProgram:
    """vuicc-card into vpcd and out of it: what counts is when it has connected, and when it has ended."""

    def __init__(self, card):
        self.card = card

    def insert(self):
        self.process = subprocess.Popen([BIN / "vuicc-card", self.card], stderr=subprocess.PIPE, text=True)
        assert "is in the reader" in self.process.stderr.readline()
        return time.monotonic()

    def remove(self):
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()
        return time.monotonic()


def vpcd(card):
    program = CardProgram(card)
    return hot_plug_ms("Virtual PCD 00 00", ROUNDS, program.insert, program.remove)


def driver(card):
    """From the command on, the opening and the closing of the card file included."""
    control = SlotControl()
    return hot_plug_ms("vUICC 00 00", ROUNDS, lambda: control.tell(f"insert 0 {card}"), lambda: control.tell("eject 0"))


def used(card):
    """The same with a client that uses each card: behind it the slot stays empty until nothing is under way any more."""
    control = SlotControl()

    def remove():
        client = Pcsc("vUICC 00 00")
        assert client.command("80f2000c00")[1] == "9000"
        client.close()
        return control.tell("eject 0")

    return hot_plug_ms("vUICC 00 00", ROUNDS, lambda: control.tell(f"insert 0 {card}"), remove)


OURS = {"READER_SLOTS": "1", "READER_DRIVER": str(BIN.parent / "lib" / "libifdvuicc.so")}
WAYS = {"vpcd": (vpcd, {}), "our driver": (driver, OURS), "our driver, used cards": (used, OURS)}


def measure(way):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("READER_")}
    environment |= {"VUICC_BIN": str(BIN), **WAYS[way][1]}
    command = [SOURCE / "tests/e2e/with-pcscd.sh", "/usr/bin/python3", __file__, way]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    check(f"{way} is measured", done.returncode == 0, done.stdout + done.stderr if done.returncode else "")
    return json.loads(done.stdout.splitlines()[-1])


def main():
    seen = {way: measure(way) for way in WAYS}
    print(f"\n{'seen by a client after':24}{'insertion':>12}{'removal':>12}  medians of {ROUNDS}, in ms")
    for way, medians in seen.items():
        print(f"{way:24}{medians[0]:12.2f}{medians[1]:12.2f}" + (f"  bar {BAR_MS}" if WAYS[way][1] is OURS else ""))
    if max(median for way, medians in seen.items() if WAYS[way][1] is OURS for median in medians) > BAR_MS:
        sys.exit("BELOW THE BAR  a card in our driver is seen too late")


if len(sys.argv) == 2:
    print(json.dumps(WAYS[sys.argv[1]][0](personalise("hot.card"))))
else:
    main()
