#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Cards are put into the slots of our driver, taken out and swapped, thousands of times, while four PC/SC clients use them
without a rest. No client may get another card's answer, no call may hang, and pcscd may not grow.

usage: reader.py [--cycles N] [--seed N]        started by reader.sh

A cycle is a swap, or an ejection and an insertion.
"""
import argparse
import os
import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from harness import BIN, check, personalise, run
from pcsc import SlotControl

SLOTS = int(os.environ["READER_SLOTS"])
HEAP_IN_USE = pathlib.Path(os.environ["HEAP_IN_USE"])  # heap_in_use.c writes it
READERS = [f"vUICC 00 {i:02X}" for i in range(SLOTS)]
CLIENTS, CARDS = 4, 8
PAUSE_MS = 10  # at most, after a cycle; every fourth has none
GROWTH_KB = 64  # of the heap in use: what caches keep


def luhn(digits):
    total = sum(sum(divmod(int(d) * (2 if i % 2 == 0 else 1), 10)) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def swapped(digits):
    """As a card holds digits: the first one of a pair in the lower half."""
    return "".join(b + a for a, b in zip(digits[::2], digits[1::2]))


class Card:
    def __init__(self, i):
        iccid = luhn(f"89001010000000{i:04d}")
        self.path = personalise(f"{i}.card", "--set", f"iccid={iccid}")
        content = bytes((0x61 + i, 0x62)).hex()
        self.line = f"{swapped(iccid + 'f')} {content}\n"


class Client:
    def __init__(self, i, cards):
        command = [BIN / "pcsc_client", str(i % SLOTS), *READERS]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write("".join(card.line for card in cards) + "\n")
        self.process.stdin.flush()

    def still_content(self):
        if self.process.poll() is not None:
            check("a client finds nothing wrong", False, self.process.stdout.read().strip())

    def stop(self):
        output, _ = self.process.communicate(timeout=30)
        check("a client found nothing wrong", self.process.returncode == 0, output.splitlines()[0])
        return {name: int(n) for name, n in (line.split() for line in output.splitlines())}


class Pcscd:
    """What it holds."""

    def __init__(self):
        self.proc = pathlib.Path("/proc") / run("pgrep", "-x", "pcscd")[1].split()[0]

    def numbers(self, like=None):
        """It ends the threads of its clients when it gets to it: a moment is given, or a long one for being like before."""
        for _ in range(100 if like is not None else 10):
            time.sleep(0.05)
            status = dict(line.split(":", 1) for line in (self.proc / "status").read_text().splitlines())
            now = {
                "heap_kb": int(HEAP_IN_USE.read_text()) // 1024,
                "rss_kb": int(status["VmRSS"].split()[0]),
                "threads": int(status["Threads"]),
                "fds": len(list((self.proc / "fd").iterdir())),
            }
            if like is not None and not differences(like, now):
                break
        return now


def differences(before, after):
    grown = [name for name in ("fds", "threads") if before[name] != after[name]]
    return grown + (["heap_kb"] if after["heap_kb"] - before["heap_kb"] > GROWTH_KB else [])


def cycles(n, cards, driver, dice):
    """With all slots empty before and behind; the clients' counts."""
    clients = [Client(i, cards) for i in range(CLIENTS)]
    slots, free = [None] * SLOTS, list(cards)
    for i in range(n):
        slot = dice.randrange(SLOTS)
        card = free.pop(dice.randrange(len(free)))
        if slots[slot] is not None:
            free.append(slots[slot])
        if slots[slot] is None:
            driver.tell(f"insert {slot} {card.path}")
        elif dice.random() < 0.5:
            driver.tell(f"swap {slot} {card.path}")
        else:
            driver.tell(f"eject {slot}")
            time.sleep(dice.choice((0, 0.001)))
            driver.tell(f"insert {slot} {card.path}")
        slots[slot] = card
        if i % 4 != 0:
            time.sleep(dice.random() * PAUSE_MS / 1000)
        for client in clients:
            client.still_content()
    for slot in range(SLOTS):
        if slots[slot] is not None:
            driver.tell(f"eject {slot}")
    return [client.stop() for client in clients]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cycles", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print(f"{options.cycles} cycles, --seed {options.seed}")
    dice = random.Random(options.seed)
    cards, driver, pcscd = [Card(i) for i in range(CARDS)], SlotControl(), Pcscd()
    cycles(max(options.cycles // 10, 100), cards, driver, dice)  # until what grows once has grown
    before, begin = pcscd.numbers(), time.monotonic()
    counts = cycles(options.cycles, cards, driver, dice)
    seconds = time.monotonic() - begin
    after = pcscd.numbers(like=before)
    print(f"{options.cycles} cycles in {seconds:.0f} s")
    for i, c in enumerate(counts):
        check(f"client {i} was busy", c["commands"] > options.cycles and c["identified"] > options.cycles / 20, c)
    check(f"pcscd has as many descriptors and threads as before, and no more heap in use but for {GROWTH_KB} KB",
          not differences(before, after), f"{before}, {after}")


main()
