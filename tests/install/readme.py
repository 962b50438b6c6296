#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The terminal session at the beginning of the README, played again beside a real pcscd: each line that it shows comes. In
with-pcscd.sh.

readme.py --record prints what came, for the next README.
"""
import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from harness import BIN, SOURCE, TMP, check

LIMIT = 15  # seconds for what a command shows
TIME = r"\d\d:\d\d:\d\d"
# What is another one each time, and what may stand there. "…" is where the README cuts a line; dates are left out of it.
CHANGES = {
    rf"^{TIME}\.\d{{3}}Z": rf"[-\d]{{10}}T{TIME}\.\d{{3}}Z",
    rf"T{TIME}Z": rf"T{TIME}Z",
    r"(?<=btid=)[^@]+": r"[^@]+",
    r"(?<=127\.0\.0\.1:)\d{5}": r"\d+",
    r"(?<=tag=)[0-9a-f]{8}": r"[0-9a-f]{8}",
    r"root root \d+ \w{3} +\d+ \d\d:\d\d": r"\S+ +\S+ +\d+ \w{3} +\d+ \d\d:\d\d",
    "…": ".*",
}


def session():
    """(command, the lines that it shows) each."""
    block = re.search(r"## A session\n.*?```\n(.*?)```", (SOURCE / "README.md").read_text(), re.S)[1]
    parts = []
    for line in block.replace("\\\n", "").splitlines():
        if line.startswith("$ "):
            parts.append((line[2:], []))
        elif line != "":
            parts[-1][1].append(line)
    return parts


def pattern(line):
    text, at = "", 0
    for found in re.finditer("|".join(f"({what})" for what in CHANGES), line):
        text += re.escape(line[at : found.start()]) + list(CHANGES.values())[found.lastindex - 1]
        at = found.end()
    return text + re.escape(line[at:])


class Terminal:
    def __init__(self):
        environment = dict(os.environ, PATH=f"{BIN}:{os.environ['PATH']}", XDG_RUNTIME_DIR=str(TMP), XDG_STATE_HOME=str(TMP))
        self.log = TMP / "terminal.log"
        with open(self.log, "w") as out:
            self.bash = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=out, stderr=out, text=True, cwd=TMP,
                                         env=environment)
        self.seen = 0

    def type(self, command):
        # opensc-tool says what is in the reader when it is asked, and pcscd looks every 0.4 s only.
        if command.startswith("opensc-tool"):
            command = f"until {command} > atr 2>&1; do sleep 0.1; done; cat atr"
        # Who types looks whether the network serves.
        to_file = re.search(r"> (\S+) &$", command)
        if to_file is not None:
            command += f"\nuntil test -s {to_file[1]}; do sleep 0.1; done"
        self.bash.stdin.write(command + "\n")
        self.bash.stdin.flush()

    def shows(self, line):
        """Behind what was seen already."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            found = re.search(rf"^{pattern(line)}$", self.log.read_text()[self.seen :], re.M)
            if found is not None:
                self.seen += found.end()
                return True
            time.sleep(0.02)
        return False

    def close(self):
        self.bash.stdin.write("kill $(jobs -p); wait\n")
        self.bash.stdin.close()
        self.bash.wait(LIMIT)


def main():
    terminal = Terminal()
    for command, lines in session():
        if command.startswith("./run build"):
            continue
        if sys.argv[1:] == ["--record"]:
            time.sleep(1)
        terminal.type(command)
        for line in lines:
            seen = terminal.shows(line)
            check(f"README: {line[:60]}", seen, "" if seen else f"behind '{command}':\n{terminal.log.read_text()}")
    terminal.close()
    if sys.argv[1:] == ["--record"]:
        print(terminal.log.read_text())


main()
