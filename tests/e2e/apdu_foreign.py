#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The packs against cards that are no UICC, or no card at all: they end, they say why, and nobody's PIN is blocked."""
import random
import re
import socket
import subprocess
import sys
import threading
import time

from harness import BIN, TMP, check, wait_until
from packs import ALL, EVERY_CASE, KEYS, counts

TOTAL = EVERY_CASE[0]


class Card(threading.Thread):
    """Comes to vpcd, and answers commands by a function."""

    def __init__(self, port, answer):
        super().__init__(daemon=True)
        self.line, self.answer = socket.create_connection(("127.0.0.1", port), timeout=10), answer

    def run(self):
        try:
            while len(head := self.line.recv(2, socket.MSG_WAITALL)) == 2:
                sent = self.line.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)
                if len(sent) == 1 and sent != b"\4":
                    continue
                said = b"\x3b\x00" if sent == b"\4" else self.answer(sent)
                if said is not None:
                    self.line.sendall(len(said).to_bytes(2, "big") + said)
        except OSError:
            pass


def against(answer, *options, scripts=ALL, seconds=30):
    """(exit status, its last line of JSON or what it said, seconds)"""
    log = TMP / "foreign.log"
    with open(log, "w") as errors:
        command = [str(a) for a in (BIN / "vuicc-apdu", "--vpcd", "127.0.0.1:0", *KEYS, *options, *scripts)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, errors="replace")
    wait_until(lambda: "waiting for a card on" in log.read_text(), "it listens")
    begin = time.monotonic()
    Card(int(re.search(r"on 127\.0\.0\.1:(\d+)", log.read_text())[1]), answer).start()
    output, _ = process.communicate(timeout=seconds)
    return process.returncode, output, time.monotonic() - begin


def always(text):
    return lambda sent: bytes.fromhex(text)


def noise(seed):
    dice = random.Random(seed)
    return lambda sent: dice.randbytes(dice.choice((2, 2, 3, 16, 100, 258)))


class OtherCard:
    """ISO 7816-4 and no UICC: an MF with FCI, an application of its own, and a PIN that the packs have no business with."""

    def __init__(self):
        self.verified = []

    def __call__(self, sent):
        if sent[1] == 0x20:
            self.verified.append(sent)
            return b"\x63\xc3"
        if sent[1:3] == b"\xa4\x00" and sent[5:7] == b"\x3f\x00":
            return bytes.fromhex("6f0a 8302 3f00 8201 38 8a01 05 9000")
        return b"\x6a\x82" if sent[1] == 0xA4 else b"\x6d\x00"


class Spender:
    """A USIM that asks for PIN1, and spends a try on each VERIFY, also on those that are none (against TS 102 221)."""

    def __init__(self, tries):
        self.tries = tries

    def __call__(self, sent):
        if sent[1] == 0x20 and sent[3] == 1:
            self.tries = max(self.tries - 1, 0)
            return bytes([0x63, 0xC0 | self.tries]) if self.tries else b"\x69\x83"
        return b"\x90\x00" if sent[1] == 0xA4 else b"\x69\x82"


def no_uicc():
    card = OtherCard()
    status, output, _ = against(card, "--pin", "1234", "--json")
    check("to a card that is no UICC nothing applies", (status, counts(output)) == (0, (TOTAL, 0, 0, TOTAL)), counts(output))
    check("and its PIN is let be", card.verified == [], card.verified)
    _, output, _ = against(OtherCard())
    reasons = re.findall(r"^ +(\d+) not applicable: ", output[output.rindex(" cases: ") :], re.M)
    check("why is said at the end, each reason once", sum(map(int, reasons)) == TOTAL and len(reasons) < 8, reasons)
    for what, text in (("6D00", "6d00"), ("6E00", "6e00"), ("6A82", "6a82")):
        status, output, _ = against(always(text), "--json")
        check(f"nor to one that says {what} to everything", (status, counts(output)[3]) == (0, TOTAL), counts(output))


    status, output, _ = against(always("6f00"), "--json")
    check("but 6F00 is no answer to SELECT of an application", (status, counts(output)[1]) == (1, 0), counts(output))


def nonsense():
    for what, answer in (("9000 to everything", always("9000")), ("255 zeros", always("00" * 255 + "9000")),
                         ("noise", noise(1)), ("other noise", noise(2)), ("an FCP that never ends", always("62ff829000")),
                         ("half a template", always("62820000" + "62" * 200 + "9000"))):
        status, output, seconds = against(answer, "--json")
        seen = counts(output)
        check(f"{what}: the run ends, and next to nothing of it is good", status in (0, 1, 4) and seen[1] <= 8 and seconds < 20,
              f"status {status}, {seen}, {seconds:.1f} s")
    for what, text in (("61FF without an end", "61ff"), ("6C10 without an end", "6c10"), ("no status word", "90")):
        status, output, seconds = against(always(text))
        check(f"{what}: the run ends and tells", status in (0, 1, 4) and seconds < 20, output.strip().splitlines()[-1])


def a_pin_is_safe():
    """The last try is never spent, whatever the card does with the others."""
    for tries in (3, 2):
        card = Spender(tries)
        status, output, _ = against(card, "--pin", "1234", scripts=("--pack", "usim"))
        check(f"of {tries} tries one is left", status == 4 and card.tries >= 1, f"{card.tries}: {output.strip()}")
    card = Spender(3)
    against(card, scripts=("--pack", "platform"))
    check("also by the case about VERIFY without a PIN", card.tries >= 1, card.tries)


def main():
    no_uicc()
    nonsense()
    a_pin_is_safe()


if __name__ == "__main__":
    sys.exit(main())
