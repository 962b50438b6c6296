#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The packs as anyone would run them: a card in vpcd's reader, in pcscd, beside a program that wants the same card all the time.

Run inside with-pcscd.sh.
"""
import ctypes
import subprocess
import sys
import threading
import time

from harness import BIN, READERS, TMP, check, insert, personalise, run
from packs import EVERY_CASE, FOR_ANY_CARD, KEYS, TOTAL, all_packs
from pcsc import Pcsc, Refused

RESET_CARD, SHARING_VIOLATION = "80100068", "8010000b"


class Neighbour(threading.Thread):
    """Selects EF_ICCID and reads it in transactions, one after the other; and in between sends SELECT without asking."""

    def __init__(self, reader):
        super().__init__(daemon=True)
        self.card = Pcsc(reader)
        self.stop, self.turns, self.refusals, self.waited = threading.Event(), 0, 0, 0.0

    def begin(self):
        while True:
            code = self.card.lib.SCardBeginTransaction(self.card.card) & 0xFFFFFFFF
            if code == 0:
                return
            assert f"{code:08x}" == RESET_CARD, f"{code:08x}"
            protocol = ctypes.c_ulong()
            self.card.lib.SCardReconnect(self.card.card, ctypes.c_ulong(2), ctypes.c_ulong(3), ctypes.c_ulong(0),
                                         ctypes.byref(protocol))

    def run(self):
        while not self.stop.is_set():
            try:
                self.card.transmit(bytes.fromhex("00a4000c022f05"))
            except Refused as e:
                assert str(e) in (RESET_CARD, SHARING_VIOLATION), e
                self.refusals += 1
            before = time.monotonic()
            self.begin()
            self.waited = max(self.waited, time.monotonic() - before)
            assert self.card.command("00a4000c023f00")[1] == "9000"
            assert self.card.command("00a4000c022fe2")[1] == "9000"
            assert self.card.command("00b0000000")[1] == "9000"
            self.card.end()
            self.turns += 1
            time.sleep(0.02)


def beside_a_neighbour(reader):
    neighbour = Neighbour(reader)
    neighbour.start()
    seen = all_packs("--reader", reader, packs=FOR_ANY_CARD * 15)
    neighbour.stop.set()
    neighbour.join(10)
    check("every case passes beside another program", seen == (15 * TOTAL, 15 * TOTAL, 0, 0), seen)
    check("which is refused what it sends into a case", neighbour.refusals >= 1, neighbour.refusals)
    check("and has it again and again", neighbour.turns >= 3 and neighbour.waited < 4,
          f"{neighbour.turns} times, after {neighbour.waited:.1f} s at most")
    neighbour.card.close()


def a_neighbour_that_keeps_it(reader):
    """vuicc-apdu waits, and says for what."""
    script = TMP / "short.apdu"
    script.write_text("> 00a4000c (3f00)\n< 9000\n")
    card = Pcsc(reader)
    card.begin()
    begin = time.monotonic()
    process = subprocess.Popen([BIN / "vuicc-apdu", "--reader", reader, script], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    told = process.stderr.readline()
    check("it says that it waits for another program", "waiting up to 30 s for another program" in told, told.strip())
    card.end()
    output, _ = process.communicate(timeout=10)
    check("and goes on when the card is free", process.returncode == 0 and time.monotonic() - begin < 8, output.strip())
    card.close()


def a_prompt_keeps_nobody_waiting(reader):
    """Whoever thinks about the next line does not hold the card."""
    shell = subprocess.Popen([BIN / "vuicc-apdu", "--reader", reader, "--shell"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True, bufsize=1)
    for line in ("select MF", "select EF.ICCID"):
        shell.stdin.write(line + "\n")
        while "90 00" not in shell.stdout.readline():
            pass
    card = Pcsc(reader)
    begin = time.monotonic()
    card.begin()
    waited = time.monotonic() - begin
    check("beside a prompt the card is free", waited < 1, f"{waited:.2f} s")
    card.end()
    card.close()
    output, _ = shell.communicate("read\nquit\n", timeout=10)
    check("and what was selected there still is", "READ BINARY EF.ICCID" in output and "90 00" in output, output)


def main():
    card = insert(personalise("packs.card"), trace=False)
    seen = all_packs("--reader", READERS[0])
    check("the same counts through vpcd as anywhere", seen == EVERY_CASE, seen)
    beside_a_neighbour(READERS[0])
    a_neighbour_that_keeps_it(READERS[0])
    a_prompt_keeps_nobody_waiting(READERS[0])
    status, output = run(BIN / "vuicc-apdu", "--reader", "No such reader", *KEYS, "--pack", "isim")
    check("a reader that is not there is told, and those that are", status == 4 and READERS[0] in output, output.strip())
    check("the card leaves as it came", card.stop() == 0)


if __name__ == "__main__":
    sys.exit(main())
