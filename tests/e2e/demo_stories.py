#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo tells the same story through vpcd and through our own driver: each message, each note, each statement."""
import collections
import re

from harness import SKIPPED, SOURCE, check, run, skip

# What is random: times, B-TIDs and tags of keys. What differs: how a card is put into the reader, and where it was missed.
RANDOM = (r"\d{4}-\d\d-\d\dT[\d:]+Z", r"B-TID \S+…", r"\[[0-9a-f]{8}\]", r"(?<=the UICC has gone: ).*")


def story(option):
    status, output = run(SOURCE / "demo" / "demo.py", option, timeout=60)
    if status == SKIPPED:
        skip(output)
    check(f"demo.py {option} holds", status == 0, output if status != 0 else "")
    for pattern in RANDOM:
        output = re.sub(pattern, "…", output)
    lines = output.splitlines()
    # Two programs tell of what happened at the same time in either order.
    drawn = collections.Counter(line for line in lines if "│" in line)
    statements = [line for line in lines if line.startswith("  ok ")]
    check("it has something to tell", drawn.total() > 50 and len(statements) > 20, (drawn.total(), len(statements)))
    return drawn, statements


def main():
    vpcd, driver = story("--only-with-pcscd"), story("--driver")
    only = {name: list((a - b).elements()) for name, a, b in (("vpcd", vpcd[0], driver[0]), ("driver", driver[0], vpcd[0]))}
    check("every message and note is the same", not any(only.values()), only if any(only.values()) else "")
    check("and every statement of the summary", vpcd[1] == driver[1], len(vpcd[1]))


main()
