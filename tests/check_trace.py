#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds tests/TRACE.md to the tree: every function, transcript and test that it names is there, and each row names
both. And every decision about the card has a test that bears its number.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CARD_DECISIONS = range(1, 34)  # each has a test of its own
COMMENT = re.compile(r"/\*.*?\*/", re.S)


def function_exists(path, name):
    """Defined there: a line of a declaration without a semicolon at its end."""
    file = ROOT / path
    if not file.is_file():
        return False
    text = COMMENT.sub("", file.read_text())
    return re.search(rf"^[a-z][^;\n]*\b{name}\([^;]*?\)\n\{{", text, re.M) is not None


def test_exists(program, name):
    """By the beginning of its name: a text, or a function's, whose words stand apart on the page."""
    file = next(iter(ROOT.glob(f"tests/*/{program}.c")), None)
    a_text, a_function = rf'\{{\s*"{re.escape(name)}', rf"\b[TS]\({re.escape(name.replace(' ', '_'))}\w*\)"
    return file is not None and re.search(f"{a_text}|{a_function}", file.read_text()) is not None


def check_row(row):
    """What is wrong with a row of a table, as sentences."""
    functions = re.findall(r"`([\w/]+\.c):(\w+)`", row)
    transcripts = re.findall(r"`([\w-]+)\.apdu`", row)
    tests = re.findall(r"`(test_\w+): ([^`]*)`", row)
    if not functions:
        yield "no function"
    if not transcripts and not tests:
        yield "no test"
    yield from (f"no function {name} in {path}" for path, name in functions if not function_exists(path, name))
    yield from (f"no transcript {t}" for t in transcripts if not (ROOT / f"tests/transcripts/{t}.apdu").is_file())
    yield from (f"no test \"{name}\" in {program}" for program, name in tests if not test_exists(program, name))
    if row.count("`") != 2 * (len(functions) + len(transcripts) + len(tests)):
        yield "a name that is neither function nor test"


def main():
    rows = wrong = 0
    for number, line in enumerate((ROOT / "tests/TRACE.md").read_text().splitlines(), 1):
        if not line.startswith("| ") or line.startswith("| clause"):
            continue
        rows += 1
        for fault in check_row(line):
            print(f"tests/TRACE.md:{number}: {fault}")
            wrong += 1
    tests = "".join(file.read_text() for file in (ROOT / "tests/unit").glob("test_card_*.c"))
    for decision in CARD_DECISIONS:
        if f'{{ "decision {decision}: ' not in tests:
            print(f"no test of the card is named after decision {decision}")
            wrong += 1
    print(f"tests/TRACE.md: {rows} rows, {wrong} faults")
    return wrong != 0 or rows == 0


if __name__ == "__main__":
    sys.exit(main())
