#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The rekey storm with 1,000 and with 10,000 UEs: whether every UE gets every key in the time and memory that there is, and
whether a UE costs the same in both. Exit status 1 when a bar is missed. The picture stays in build/."""
import os
import pathlib
import re
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("VUICC_BIN", SOURCE / "build" / "bin"))
FEW, MANY = 1000, 10000
SECONDS, MEMORY_MIB = 180, 2048  # for MANY UEs, on two cores
FLAT = 1.5  # what a UE among MANY may cost of one among FEW: half as much again, for caches that are too small


def number(pattern, text):
    return float(re.search(pattern, text)[1])


def storm(ues, *options):
    """What the program prints, and what a UE costs: {side: figure}, seconds and MiB."""
    begun = time.monotonic()
    done = subprocess.run([BIN / "vuicc-storm", "--ues", str(ues), *options], stdout=subprocess.PIPE, text=True)
    seconds = time.monotonic() - begun
    print(done.stdout, flush=True)
    if done.returncode != 0:
        sys.exit(f"vuicc-storm ended with {done.returncode}")
    cost = {
        "processor, card and ME (us)": number(r"costs (\d+) us", done.stdout),
        "processor, BSF and BM-SC (us)": number(r"ME, (\d+) us", done.stdout),
        "memory, both (KiB)": number(r"and (\d+) KiB of memory", done.stdout),
    }
    return cost, seconds, number(r"(\d+) MiB of memory at most", done.stdout)


def bar(what, seen, most, unit):
    print(f"{'ok    ' if seen <= most else 'MISSED'}  {what}: {seen:.2f}{unit}, at most {most}{unit}")
    return seen <= most


def main():
    few, _, _ = storm(FEW, *sys.argv[1:])
    many, seconds, memory = storm(MANY, "--svg", str(BIN.parent / "storm.svg"), "--csv", str(BIN.parent / "storm.csv"),
                                  *sys.argv[1:])
    print(f"{'what a UE costs':34} {'of ' + str(FEW):>10} {'of ' + str(MANY):>10} {'ratio':>7}")
    for side, cost in many.items():
        print(f"{side:34} {few[side]:10.0f} {cost:10.0f} {cost / few[side]:7.2f}")
    print()
    kept = [bar(f"{MANY} UEs, from beginning to end", seconds, SECONDS, " s"),
            bar("memory of the process", memory, MEMORY_MIB, " MiB")]
    kept += [bar(f"{side}: {MANY} UEs beside {FEW}", many[side] / few[side], FLAT, "") for side in many]
    print(f"the picture: {BIN.parent / 'storm.svg'}")
    return 0 if all(kept) else 1


sys.exit(main())
