#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Asked for 17 slots, the driver gives a real pcscd the 16 that it can have, and says so. In with-pcscd.sh with
READER_SLOTS=17."""
import pathlib

from harness import BIN, check, personalise, run, wait_until
from pcsc import Pcsc

VERSION = 0x42000000 + 2900  # SCARD_CTL_CODE(2900)


def reader(*arguments):
    return run(BIN / "vuicc-reader", "--dir", "/run/cards", *arguments)


def main():
    _, output = run("opensc-tool", "--list-readers")
    names = [line.split("vUICC")[1].strip() for line in output.splitlines() if "vUICC" in line]
    check("pcscd has 16 readers", names == [f"00 {i:02X}" for i in range(16)], names)
    log = pathlib.Path("/run/pcscd.log").read_text()
    lines = [line for line in log.splitlines() if "vuicc:" in line]
    check("a line of its log says why", len(lines) == 1 and "expected 1 to 16 slots, got /run/cards:17" in lines[0], lines)
    status, output = reader("insert", 15, personalise("last.card"))
    check("the last slot takes a card", status == 0, output.strip())
    status, output = reader("eject", 16)
    check("there is none behind it", status == 1 and "expected a slot from 0 to 15" in output, output.strip())
    wait_until(lambda: "Yes" in run("opensc-tool", "--list-readers")[1], "pcscd sees the card")
    card = Pcsc("vUICC 00 0F")
    check("which answers", card.command("80f2000c00")[1] == "9000")
    version = card.control(VERSION).decode()
    check("a client can ask for the driver's version", version.startswith("vuicc "), version)
    card.close()


main()
