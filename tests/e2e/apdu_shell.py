#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The prompt of vuicc-apdu on a terminal of its own: words, completion, history; and what --record keeps of a session."""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time

import oracle
from harness import BIN, TMP, check, personalise, run, wait_until

APDU = BIN / "vuicc-apdu"


class Terminal:
    def __init__(self, *arguments):
        self.ours, theirs = pty.openpty()
        self.before = termios.tcgetattr(self.ours)
        environment = dict(os.environ, TERM="xterm", LC_ALL="C")
        command = [str(a) for a in (APDU, *arguments)]
        self.process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
                                        start_new_session=True)
        os.close(theirs)
        self.seen = ""

    def until(self, pattern, seconds=10):
        """What has come up to the first match, which is taken."""
        end = time.monotonic() + seconds
        while (found := re.search(pattern, self.seen)) is None:
            ready, _, _ = select.select([self.ours], [], [], max(0, end - time.monotonic()))
            if not ready:
                check(f"the terminal shows {pattern}", False, repr(self.seen))
            try:
                shown = self.seen + os.read(self.ours, 4096).decode(errors="replace")
                self.seen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r", "", shown)  # where the cursor goes
            except OSError:
                check(f"the terminal shows {pattern}", False, repr(self.seen))
        text, self.seen = self.seen[: found.end()], self.seen[found.end() :]
        return text

    def type(self, text):
        os.write(self.ours, text.encode())

    def end(self):
        self.type("quit\r")
        return self.process.wait(10)


def on_a_terminal(card, record):
    t = Terminal("--card", card, "--shell", "--record", record, "--k", oracle.K.hex(), "--opc", oracle.OPC.hex())
    t.until("apdu> ")
    t.type("sel\tADF.U\t")
    t.until("ADF.USIM ")
    t.type("\b/EF.M\t")
    seen = t.until(r"(?s)EF\.MSK.*EF\.MUK")
    check("a second tab lists what is possible", True)
    t.type("SK\r")
    seen = t.until(r"SELECT EF\.MSK(?s:.)*apdu> ")
    check("the FCP is decoded", "83 file identifier: 6fd7" in seen, "")
    t.type("read\r")
    seen = t.until(r"READ RECORD EF\.MSK 11(?s:.)*apdu> ")
    check("read finds the records, all ten", seen.count("READ RECORD EF.MSK") == 11 and "record not found" in seen)
    t.type("verify 0a 88888888\r")
    seen = t.until(r"VERIFY PIN(?s:.)*apdu> ")
    check("what is sent is not shown", "38 38" not in seen and "90 00" in seen)
    t.type("let RAND = 00112233445566778899aabbccddeeff\r")
    t.until("apdu> ")
    t.type("let AUTN* = gba-u(K, OPC, sqn(1, 0), RAND)\r")
    t.until("apdu> ")
    t.type("authenticate gba RAND AUTN*\r")
    seen = t.until(r"bootstrapping(?s:.)*apdu> ")
    check("RES is not shown", re.search(r"< db 08 (\*\* ){8}90 00", seen) is not None)
    t.type("\x1b[A")
    t.until(r"authenticate gba RAND AUTN\*")
    t.type("\r")
    seen = t.until(r"bootstrapping(?s:.)*apdu> ")
    check("the line before comes back, and has another end", "< dc 0e" in seen)
    t.type("< dc 0e ck(K, OPC, RAND) * 9000\r")
    seen = t.until(r"octet (?s:.)*apdu> ")
    check("what differs is told, and a computed key is not", re.search(r"octet [34] of the answer differs\n", seen), seen)
    t.type("select adf.usim/ef.imsi\r")
    t.until(r"SELECT EF\.IMSI(?s:.)*SFI 07(?s:.)*apdu> ")
    t.type("00b0\r")
    seen = t.until("expected an APDU(?s:.)*apdu> ")
    check("a fault on the line that one sees has no place", "-:" not in seen, seen)
    t.type("frobnicate\r")
    t.until("a word of the prompt(?s:.)*apdu> ")
    check("quit ends it well", t.end() == 0)


def the_terminal_is_given_back(card):
    for number in (signal.SIGINT, signal.SIGTERM):
        t = Terminal("--card", card, "--shell")
        t.until("apdu> ")
        wait_until(lambda: termios.tcgetattr(t.ours) != t.before, "the prompt has the terminal for itself")
        t.process.send_signal(number)
        t.process.wait(10)
        check(f"after {number.name} it is given back as it was", termios.tcgetattr(t.ours) == t.before)


def record_is_a_script(card, record):
    text = record.read_text()
    check("the PIN is a variable in what was recorded", "> 0020000a (PIN-0A)\n< 9000" in text)
    check("RES stands there as dots", re.search(r"^< db08\.{16} 9000$", text, re.M) is not None, "")
    check("its file is its owner's", record.stat().st_mode & 0o777 == 0o600)
    fresh = personalise("again.card")
    status, output = run(APDU, "--card", fresh, "--set", "PIN-0A=3838383838383838", record)
    check("it runs, against another card of that kind", status == 0, output.strip())
    status, output = run(APDU, "--card", fresh, "--set", "PIN-0A=3838383838383838", record)
    check("and differs where the card does", status == 1 and "AUTHENTICATE GBA bootstrapping" in output)


def pins_and_keys_are_variables(card, record):
    script = TMP / "secrets.apdu"
    old, new, puk = "31323334ffffffff", "35363738ffffffff", "3132333435363738"
    script.write_text(f"""0028 0001 08 {old}
0020 0001 08 {old}
> 0024000110 {old} {new}
> 002c000110 {puk} {old}
> 00a4040c07a0000000871002
> 00a4000c026f08
> 00d6000004 07010203
""")
    status, output = run(APDU, "--card", card, "--record", record, script)
    check("PINs and keys are sent", status == 0, output.strip())
    text = record.read_text()
    check("none of them was recorded", not re.search(f"{old}|{new}|{puk}|010203", text), text)
    check("a PIN, its change and its unblocking have their variables", "\n> 00200001 (PIN1)\n" in text
          and "\n> 00240001 (PIN1 PIN1-NEW)\n" in text and "\n> 002c0001 (PUK1 PIN1-NEW)\n" in text, text)
    check("and so has what is written to EF_Keys", "\n> 00d60000 (KEYS)\n" in text)
    given = [f"--set={name}" for name in (f"PIN1={old}", f"PIN1-NEW={new}", f"PUK1={puk}", "KEYS=07010203")]
    status, output = run(APDU, "--card", personalise("fresh.card"), *given, record)
    check("so it is a script again, also where it came from scriptor", status == 0, output.strip())


def without_a_terminal(card):
    commands = "select MF\nread\n\nnothing\nreset\n"
    done = subprocess.run([APDU, "--card", card, "--shell"], input=commands, capture_output=True, text=True, timeout=10)
    check("the prompt reads a pipe, too", done.returncode == 0 and "SELECT MF" in done.stdout, done.stderr)


def a_card_goes_with_its_session():
    """--new-card makes it in TMPDIR; whatever ends the session takes it away."""
    folder = TMP / "new-cards"
    folder.mkdir()
    for end in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, None):
        process = subprocess.Popen([APDU, "--new-card", "--shell"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   env=dict(os.environ, TMPDIR=str(folder)))
        wait_until(lambda: list(folder.glob("*/card")), "there is a card")
        if end is None:
            process.stdin.close()
        else:
            process.send_signal(end)
        process.wait(10)
        left = list(folder.iterdir())
        check(f"nothing of a new card is left after {end.name if end else 'the end'}", not left, left)


def behind_a_script_that_fails(card):
    """The prompt comes where the case has ended, and the exit status stays."""
    script = TMP / "fails.apdu"
    script.write_text("> 00a4000c (3f00)\n< 9000\n> 00a4000c (2fe2)\n< 6a82\n")
    done = subprocess.run([APDU, "--card", card, "--shell", script], input="read\n", capture_output=True, text=True, timeout=10)
    check("behind a failure the prompt is where it happened", "READ BINARY EF.ICCID" in done.stdout and
          done.returncode == 1, done.stdout)


def main():
    a_card_goes_with_its_session()
    card, record = personalise("shell.card"), TMP / "session.apdu"
    on_a_terminal(card, record)
    the_terminal_is_given_back(card)
    record_is_a_script(card, record)
    pins_and_keys_are_variables(personalise("pins.card"), record)
    without_a_terminal(card)
    behind_a_script_that_fails(card)


if __name__ == "__main__":
    sys.exit(main())
