#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-apdu as its users meet it: packs against cards with and without the services, in process and as vpcd; a card that is
wrong; what is printed and what is withheld; scriptor's files."""
import json
import re
import socket
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree

from harness import BIN, SOURCE, TMP, Process, check, personalise, run, wait_until
from packs import ALL, EVERY_CASE, FOLDER, KEYS, PACKS, STORIES, TOTAL, all_packs, counts

APDU = BIN / "vuicc-apdu"


def listed():
    status, output = run(APDU, "--packs")
    rows = re.findall(r"^([\w-]+) +(\d+) cases  (.+)$", output, re.M)
    names = sorted([p.stem for p in PACKS] + ["stories"])
    check("--packs lists every pack", [r[0] for r in rows] == names, output if status else "")
    check("at least 150 cases for any card", sum(int(r[1]) for r in rows) == TOTAL + len(STORIES) >= 250, TOTAL)
    check("and what each of them changes", len(re.findall(r"^ +changes: ", output, re.M)) == len(PACKS), output)
    for pack in PACKS:
        for case in pack.read_text().split("\n! case ")[1:]:
            if re.search(r"^# clause: (TS|RFC) .+\n# wrong card: .+", case, re.M) is None:
                check(f"{pack.stem}: {case.splitlines()[0]} names its clause and what a wrong card would do", False)


def the_manual_is_true():
    """The specification of the format: its example runs, and it names every function."""
    manual = (SOURCE / "docs" / "apdu-script.md").read_text()
    script = TMP / "manual.apdu"
    script.write_text(manual.split("```")[1])
    status, output = run(APDU, "--card", personalise("manual.card"), *KEYS, script)
    check("the specification's example runs", status == 0 and output.startswith("ok "), output.strip())
    _, output = run(APDU, "--functions")
    names = re.findall(r"^([a-z0-9-]+)\(", output, re.M)
    missing = [n for n in names if re.search(rf"`{n}(\(|`)", manual) is None]
    check("and names every function", len(names) > 25 and not missing, missing)


def in_process():
    card = personalise("whole.card")
    seen = all_packs("--card", card)
    check("our card passes every case but the stories, which want cards of their own", seen == EVERY_CASE, seen)
    seen = all_packs("--new-card")
    check("cards that are made for each pack and story pass every one", seen == (EVERY_CASE[0], EVERY_CASE[0], 0, 0), seen)
    status, output = run(APDU, "--card", card, "--fresh", *ALL)
    check("a card is fresh once", status == 2 and "--fresh is for one script" in output, output.strip())
    status, output = run(APDU, "--card", card, STORIES[0])
    check("a story does not touch somebody's card", status == 0 and output.startswith("not applicable"), output.strip())
    status, output = run(APDU, "--card", card, "--json", *ALL)
    seen = counts(output)
    check("without keys, what needs them does not apply", status == 0 and seen[2] == 0 < seen[3], seen)

    card = personalise("plain.card", "--profile", SOURCE / "card" / "profiles" / "usim-plain.yaml")
    status, output = run(APDU, "--card", card, *KEYS, "--pack", "gba-mbms", "--json")
    seen = counts(output)
    check("without service 68 no case of GBA applies, and none fails", status == 0 and seen[3] == seen[0] > 0, seen)
    card = personalise("gba-only.card", "--profile", SOURCE / "card" / "profiles" / "usim-gba-only.yaml")
    status, output = run(APDU, "--card", card, *KEYS, "--pack", "gba-mbms", "--tap")
    skipped = re.findall(r"^ok .* # SKIP the card has no service 69 in EF_UST$", output, re.M)
    check("without service 69 the MBMS cases do not apply", status == 0 and len(skipped) >= 30, len(skipped))
    check("and no case fails", "not ok" not in output)

    topc = "b04a66f26c62fcd6c82de22a179ab65506ecf47f56245cd149966cfa9cec7a51"
    settings = (f"topc={topc}", "algorithm=tuak", "tuak.res_length=128", "tuak.keccak_iterations=2")
    card = personalise("tuak.card", *(word for s in settings for word in ("--set", s)))
    status, output = run(APDU, "--card", card, "--k", KEYS[1], "--opc", f"{topc}1002", "--json", *ALL)
    check("a card with TUAK passes every case", (status, counts(output)) == (0, EVERY_CASE), counts(output))

    card = personalise("pin.card", "--set", "pins.pin1.enabled=true")
    status, output = run(APDU, "--card", card, *KEYS, "--pin", "1234", "--json", *ALL)
    check("with PIN1 on and given, every case passes", (status, counts(output)) == (0, EVERY_CASE), counts(output))
    isim_pins = ("isim_pin1.enabled=true", "isim_pin1.code=2222", "isim_pin1.tries=3",
                 "isim_pin2.enabled=true", "isim_pin2.code=8282", "isim_pin2.tries=3")
    ims = personalise("isim-pin.card", *(word for p in isim_pins for word in ("--set", f"pins.{p}")))
    status, output = run(APDU, "--card", ims, *KEYS, "--pin", "1234", "--pack", "isim")
    check("an ISIM with a PIN of its own is not tried with PIN1", status == 0 and
          "15 not applicable: PIN-02 of the card is on, and was not given (--pin 02=DIGITS)" in output, output[-200:])
    status, output = run(APDU, "--card", ims, *KEYS, "--pin", "02=2222", "--json", *ALL)
    check("and passes every case with it", (status, counts(output)) == (0, EVERY_CASE), counts(output))
    status, output = run(APDU, "--card", card, *KEYS, "--pin", "9999", "--json", "--pack", "usim")
    check("a wrong PIN ends the run", status == 4 and counts(output)[0] == 1, counts(output))
    script = TMP / "tries.apdu"
    script.write_text("> 00a40404 (a0000000871002) 00\n> 00200001\n< 63c2\n")
    status, output = run(APDU, "--card", card, script)
    check("after one try", status == 0, output.strip())
    status, output = run(APDU, "--card", card, *KEYS, "--pin", "9999", "--json", "--pack", "usim")
    status, output = run(APDU, "--card", card, *KEYS, "--pin", "9999", "--json", "--pack", "usim")
    check("the last try is never made", status == 4 and "might be the last" in output)


class Wrong(threading.Thread):
    """A card that comes to vpcd and is wrong: another card's answers, changed by a function. It stands between."""

    def __init__(self, card, port, change):
        super().__init__(daemon=True)
        inner = socket.create_server(("127.0.0.1", 0))
        self.process = Process(BIN / "vuicc-card", "--vpcd", f"127.0.0.1:{inner.getsockname()[1]}", card)
        self.card, _ = inner.accept()
        self.reader = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.change = change

    @staticmethod
    def message(line):
        head = line.recv(2, socket.MSG_WAITALL)
        n = int.from_bytes(head, "big")
        return line.recv(n, socket.MSG_WAITALL) if len(head) == 2 else b""

    def run(self):
        try:
            while sent := self.message(self.reader):
                self.card.sendall(len(sent).to_bytes(2, "big") + sent)
                if len(sent) > 1 or sent == b"\4":
                    answer = self.change(sent, self.message(self.card))
                    self.reader.sendall(len(answer).to_bytes(2, "big") + answer)
        except OSError:
            pass
        finally:
            self.process.stop()


def as_vpcd(*arguments):
    """vuicc-apdu as the reader; its process and its port."""
    log = open(TMP / "vpcd.log", "w+")
    command = [str(a) for a in (APDU, "--vpcd", "127.0.0.1:0", *arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    text = lambda: (TMP / "vpcd.log").read_text()
    wait_until(lambda: "waiting for a card on" in text() or process.poll() is not None, "it listens")
    return process, int(re.search(r"on 127\.0\.0\.1:(\d+)", text())[1])


def over_vpcd():
    process, port = as_vpcd(*KEYS, "--json", *ALL)
    card = Process(BIN / "vuicc-card", "--vpcd", f"127.0.0.1:{port}", personalise("vpcd.card"))
    output, _ = process.communicate(timeout=60)
    check("the same counts as vpcd's side, without pcscd", counts(output) == EVERY_CASE, counts(output))
    card.stop()


class Drip(threading.Thread):
    """A card whose ATR comes an octet now and then; it would be whole after a quarter of a minute."""

    def __init__(self):
        super().__init__(daemon=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        script = TMP / "drip.apdu"
        script.write_text("> 80f2000c00\n< 9000\n")
        self.began = time.monotonic()
        self.reader = Process(APDU, "--vpcd", f"127.0.0.1:{self.port}", script)
        self.start()

    def run(self):
        self.reader.wait_for("waiting for a card")
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            try:
                for octet in b"\0\x21" + bytes(33):
                    line.sendall(bytes([octet]))
                    time.sleep(0.5)
            except OSError:
                pass

    def is_given_up(self):
        wait_until(lambda: self.reader.process.poll() is not None, "the reader gives up", 14 - time.monotonic() + self.began)
        check("a card whose answer does not come to its end is given up", self.reader.process.returncode == 4
              and "no answer from the card" in self.reader.output(), self.reader.output())


def another_sw(sent, answer):
    """MACs are not checked: 9862 becomes success."""
    return b"\x90\x00" if answer == b"\x98\x62" else answer


def forgets(sent, answer):
    """Replays are not noticed: 9865 becomes success."""
    return b"\x90\x00" if answer == b"\x98\x65" else answer


def other_keys(sent, answer):
    """RES, Ks_ext_NAF, MTK: one bit of every answer DB L … is another."""
    return answer[:2] + bytes([answer[2] ^ 1]) + answer[3:] if answer[:1] == b"\xdb" and len(answer) > 4 else answer


def no_channels(sent, answer):
    """It has channel 0 alone, as a UICC may (TS 102 221 8.7)."""
    return b"\x68\x81" if sent[1:2] == b"\x70" else answer


def a_card_without_channels():
    process, port = as_vpcd("--json", "--pack", "platform")
    card = Wrong(personalise("no-channels.card"), port, no_channels)
    card.start()
    output, _ = process.communicate(timeout=60)
    card.join(10)
    seen = counts(output)
    cases = len(re.findall(r"^! (?:include open-channel\.inc|needs CHANNEL:)", (FOLDER / "platform.apdu").read_text(), re.M))
    check("without logical channels their cases do not apply", process.returncode == 0 and seen[2:] == (0, cases), seen)
    check("and why is said", output.count("the card has no logical channel besides 0") == cases >= 4)


def wrong_cards():
    for change, least in ((another_sw, 4), (forgets, 8), (other_keys, 20)):
        process, port = as_vpcd(*KEYS, "--json", "--pack", "gba-mbms")
        wrong = Wrong(personalise(f"{change.__name__}.card"), port, change)
        wrong.start()
        output, _ = process.communicate(timeout=60)
        wrong.join(10)
        check(f"a wrong card fails: {change.__doc__}", process.returncode == 1 and counts(output)[2] >= least, counts(output))


def output_formats():
    card = personalise("formats.card")
    script = TMP / "formats.apdu"
    script.write_text(
        "! include sync.inc\n! let RAND = random 16\n! let AUTN = autn(K, OPC, SQN, RAND)\n"
        "! case good\n# clause: TS 1 <2> & \"3\"\n> 00a40004 (3f00) 00\n< 62 * 9000\n"
        "! case bad\n# wrong card: finds everything\n> 00a4000c (3f00)\n< 6a82\n"
        "! case secret\n> 00880081 ((RAND) (AUTN)) 00\n< db 08 0000000000000000 * 9000\n"
        "! case not here\n! needs ADM1\n"
    )
    for name in ("sync.inc", "select-usim.inc"):
        (TMP / name).write_text((FOLDER / name).read_text())
    status, text = run(APDU, "--card", card, *KEYS, script, "--junit", TMP / "junit.xml")
    check("an answer that differs is status 1", status == 1, text if status != 1 else "")
    check("the first wrong octet is shown", "got       [90] 00 (normal ending)" in text and "SELECT MF" in text)
    check("and what may be wrong with the card", "  suspect   a card that finds everything\n" in text)
    check("keys are withheld", re.search(r"got       db 08 (\[\*\*\] )?(\*\* ?)+", text) is not None and "withheld" in text)
    computed = TMP / "computed.apdu"
    computed.write_text("> 00a4000c (3f00)\n< ck(K, OPC, 000102030405060708090a0b0c0d0e0f) 9000\n")
    status, hidden = run(APDU, "--card", card, *KEYS, computed)
    status, shown = run(APDU, "--card", card, *KEYS, "--verbose", computed)
    check("also what was computed", "octet 1 of the answer differs" in hidden and "answer: expected" in shown, hidden)
    status, shown = run(APDU, "--card", card, *KEYS, "--verbose", script)
    check("unless --verbose", status == 1 and "**" not in shown and "withheld" not in shown)
    cases = xml.etree.ElementTree.parse(TMP / "junit.xml").getroot().findall("testcase")
    kinds = [c[0].tag if len(c) else "passed" for c in cases]
    check("JUnit's XML", kinds == ["passed", "failure", "failure", "skipped"], kinds)
    status, text = run(APDU, "--card", card, *KEYS, "--json", script)
    rows = [json.loads(line) for line in text.splitlines()]
    results = [r.get("result") for r in rows]
    check("a JSON object a line", results == ["passed", "failed", "failed", "not applicable", None], results)
    check("with the clause", rows[0]["clause"] == 'TS 1 <2> & "3"')
    status, text = run(APDU, "--card", card, *KEYS, "--tap", script)
    check("TAP has its plan", text.startswith("TAP version 13\n") and text.endswith("1..4\n"))
    verdicts = re.findall(r"^((?:not )?ok \d+) - .*?( # SKIP ADM1 was not given)?$", text, re.M)
    expected = [("ok 1", ""), ("not ok 2", ""), ("not ok 3", ""), ("ok 4", " # SKIP ADM1 was not given")]
    check("and a verdict for each case", verdicts == expected, verdicts)
    script.write_text("# a comment\n> 00b0\n")
    status, text = run(APDU, "--card", card, script)
    check("a fault says file, line and column", status == 3 and f"{script}:2:3: expected" in text, text.strip())


def scripts_do_not_speak_to_the_terminal(card):
    """Nor do they break the formats: what a script says need not even be UTF-8."""
    script, report = TMP / "escape.apdu", TMP / "escape.xml"
    script.write_bytes(b"! case \x1b[31mred\n# clause: \x1b]0;title\x07 \xc2\x9b5m \xe9\n# \x1b[2J\n> 80f2000c00\n"
                       b"< \"\x1b[5m\" 9000\n! case caf\xe9 \xc3\xa9\n> 80f2000c00\n< 6a82\n")
    for form in (["--trace"], ["--tap"], ["--json"]):
        done = subprocess.run([APDU, "--card", card, *form, "--junit", report, script], capture_output=True)
        shown = done.stdout.decode()  # UTF-8 all of it
        check(f"a script does not speak to the terminal ({form[0]})", done.returncode == 1 and "[31mred" in shown
              and "\x1b" not in shown and "\x07" not in shown and "\x9b" not in shown and "caf? \xe9" in shown, shown)
        if form == ["--json"]:
            check("its JSON is JSON", len([json.loads(line) for line in shown.splitlines()]) == 3)
    names = [case.get("name") for case in xml.etree.ElementTree.parse(report).getroot().findall("testcase")]
    check("its XML is XML", names == ["?[31mred", "caf? \xe9"], names)


def slips_are_told():
    for arguments, words in (
        (["--k", "00112233445566778899001122334"], "--k: expected octets of two hexadecimal digits each"),
        (["--k", "001122334455667788990011223344"], "--k: expected 16 octets"),
        (["--opc", "@" + str(TMP / "nothing")], "--opc: @" + str(TMP / "nothing") + ": No such file"),
        (["--opc", "@" + str(TMP)], "Is a directory"),
        (["--opc", "@/etc/passwd"], "--opc: @/etc/passwd: expected octets"),
        (["--pin", "123"], "--pin: expected 4 to 8 digits"),
        (["--set", "X"], "--set: expected NAME=HEX"),
        (["--set", "a b=00"], "--set: expected NAME=HEX"),
        (["--set", "AB=00"], "--set: expected NAME=HEX"),
        (["--set", "x=0"], "--set: expected octets"),
    ):
        status, text = run(APDU, *arguments, "--packs")
        check(f"a slip in {arguments[0]} is told", status == 2 and words in text and "0011" not in text, text.strip())


def a_damaged_card_is_told():
    card = personalise("damaged.card")
    octets = bytearray(card.read_bytes())
    octets[1024 : 5 * 1024] = bytes(4 * 1024)  # some pages behind the first
    card.write_bytes(octets)
    status, text = run(APDU, "--card", card, STORIES[0])
    check("what is wrong with a damaged card is told", status == 4 and "damaged.card" in text and "malformed" in text,
          text.strip())


def outputs_are_kept():
    card, script, report = personalise("kept.card"), TMP / "kept.apdu", TMP / "kept.xml"
    script.write_text("> 80f2000c00\n< 9000\n")
    before = script.read_text()
    for option in ("--record", "--junit"):
        for victim in (script, card):
            status, text = run(APDU, "--card", card, option, victim, script)
            check(f"attack: {option} over {victim.name} is refused", status == 2 and f"{option}: expected" in text, text.strip())
    check("which stay what they were", script.read_text() == before and run(APDU, "--card", card, script)[0] == 0)
    report.write_text("the last one")
    status, text = run(APDU, "--card", card, "--junit", report, "--record", report, script)
    check("two outputs in one file are refused", status == 2 and "--record: expected" in text, text.strip())
    report.write_text("the last one")
    status, text = run(APDU, "--card", TMP / "none.card", "--junit", report, script)
    check("without a card the report before it stays", status == 4 and report.read_text() == "the last one")
    for form in ([], ["--tap"], ["--json"], ["--help"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([APDU, "--card", card, *form, script], stdout=full, stderr=subprocess.PIPE, text=True)
        check(f"a full disk is told ({' '.join(form)})", done.returncode == 4 and "No space" in done.stderr, done.stderr.strip())
    status, text = run(APDU, "--card", card, "--junit", "/dev/full", script)
    check("also where it is a report's", status == 4 and "/dev/full: not all" in text, text.strip())
    script.write_text("! case one\n> 80f2000c00\n< 9000\n! case two\n! repeat 100000\n! repeat 100000\n> 80f2000c00\n"
                      "< 9000\n! end\n! end\n")
    p = Process(APDU, "--card", card, "--junit", report, script)
    wait_until(lambda: 'name="one"' in report.read_text(), "a report has each case as soon as it is over")
    p.stop()


def scriptor():
    script = TMP / "scriptor.txt"
    script.write_text("# Select MF, as pcsc-tools' manual has it\nreset\nA0 A4 00 00 02 3F 00\n00 A4 0 C 2 \\\n2F E2\n00B0000000\nexit\nnonsense\n")
    status, output = run(APDU, "--card", personalise("scriptor.card"), "--trace", script)
    check("scriptor's files are read as they are", status == 0 and "READ BINARY EF.ICCID" in output and "(class not supported)" in output, output if status else "")


def main():
    slow = Drip()
    listed()
    the_manual_is_true()
    in_process()
    over_vpcd()
    wrong_cards()
    a_card_without_channels()
    output_formats()
    scripts_do_not_speak_to_the_terminal(personalise("escape.card"))
    slips_are_told()
    a_damaged_card_is_told()
    outputs_are_kept()
    scriptor()
    slow.is_given_up()


if __name__ == "__main__":
    sys.exit(main())
