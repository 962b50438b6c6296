# SPDX-License-Identifier: Apache-2.0
"""Draws who says what to whom, one line per message, as it happens."""
import sys

LANES = ("card", "ME", "BSF", "BM-SC")
GAP = 11  # columns between two lanes
COLOURS = {"head": "\x1b[1m", "good": "\x1b[32m", "bad": "\x1b[31m", "faint": "\x1b[2m"}


def coloured(text, colour):
    return f"{COLOURS[colour]}{text}\x1b[0m" if sys.stdout.isatty() else text


def _row(marks):
    """A line of lanes; marks: {column: character} on top of them."""
    width = GAP * (len(LANES) - 1) + 1
    row = ["│" if c % GAP == 0 else " " for c in range(width)]
    for column, mark in marks.items():
        row[column] = mark
    return "".join(row)


def heading(text):
    print(f"\n{coloured(text, 'head')}\n")
    names = [" "] * (GAP * (len(LANES) - 1) + 8)
    for i, name in enumerate(LANES):
        at = max(0, i * GAP + 3 - len(name) // 2)
        names[at : at + len(name)] = name
    print("".join(names).rstrip(), flush=True)


def arrow(sender, receiver, text):
    a, b = LANES.index(sender) * GAP, LANES.index(receiver) * GAP
    low, high = min(a, b), max(a, b)
    marks = dict.fromkeys(range(low + 1, high), "─")
    marks[b - 1 if a < b else b + 1] = ">" if a < b else "<"
    print(f"   {_row(marks)}   {text}", flush=True)


def note(lane, text):
    print(f"   {_row({LANES.index(lane) * GAP: '●'})}   {text}", flush=True)


def remark(text):
    print(f"   {coloured(text, 'faint')}", flush=True)


def verdict(good, text):
    print(f"  {coloured('ok    ', 'good') if good else coloured('FAILED', 'bad')}  {text}", flush=True)
