# SPDX-License-Identifier: Apache-2.0
"""The events of card, phone and network, in the order in which they happen, as lines of the ladder."""
import heapq
import json
import re
import subprocess
import threading
import time

import ladder


def tag(event, name):
    """A key's tag: the first four octets of its SHA-256."""
    return f"[{event[name]}]" if name in event else ""


def short(b_tid):
    """A B-TID is long: what is in front of the @, cut."""
    return b_tid.split("@")[0][:10] + "…"


def draw_network(e):
    """An event of vuicc-testnet."""
    kind = e["event"]
    if kind == "bootstrap-challenge":
        ladder.arrow("ME", "BSF", f"GET /  IMPI {e['ue']}")
        ladder.arrow("BSF", "ME", "401  RAND, " + ("AUTN*" if e["gba_u"] else "AUTN"))
    elif kind == "resynchronised":
        ladder.arrow("ME", "BSF", "GET /  AUTS")
    elif kind == "bootstrapped":
        ladder.arrow("ME", "BSF", "GET /  digest with RES")
        ladder.arrow("BSF", "ME", f"200  B-TID {short(e['btid'])}, {e['lifetime']} s;  Ks {tag(e, 'ks_tag')}")
    elif kind in ("unauthorized", "renegotiation"):
        ladder.arrow("ME", "BM-SC", f"POST  B-TID {short(e['btid'])}" if "btid" in e else "POST  no Authorization yet")
        ladder.arrow("BM-SC", "ME", f"401  {e['reason']}")
    elif kind == "keys":
        ladder.note("BM-SC", f"keys for B-TID {short(e['btid'])} from the BSF:  MUK {tag(e, 'muk_tag')}")
    elif kind in ("registered", "deregistered"):
        ladder.arrow("ME", "BM-SC", f"POST {e['request']}  {e['service']}")
        ladder.arrow("BM-SC", "ME", f"200  {kind}")
    elif kind == "msk-request":
        ladder.arrow("ME", "BM-SC", f"POST msk-request  MSK {e['msk_id']}")
        ladder.arrow("BM-SC", "ME", "200  granted" if e["code"] == 200 else f"200  refused: {e['code']}")
    elif kind == "msk-sent":
        ladder.arrow("BM-SC", "ME", f"MIKEY  MSK {e['msk_id']} {tag(e, 'msk_tag')}, counter {e['ts']}")
    elif kind == "pull-sent":
        ladder.arrow("BM-SC", "ME", f"MIKEY  solicited pull {e['msk_id']}, counter {e['ts']}")
    elif kind == "mtk-sent":
        ladder.arrow("BM-SC", "ME", f"MIKEY  MTK {e['mtk_id']} under MSK {e['msk_id']};  MTK {tag(e, 'mtk_tag')}")
    elif kind == "ack":
        ladder.note("BM-SC", f"verification message for MSK {e['msk_id']}, counter {e['ts']}: right")
    elif kind != "ready":
        ladder.note("BM-SC", f"{kind}: {e.get('reason', '')}")


def draw_phone(e):
    """An event of vuicc-me; what the network or the card shows already is left out."""
    kind = e["event"]
    if kind == "uicc":
        ladder.note("ME", f"UICC with ICCID {e['iccid']}, IMSI {e['imsi']}")
    elif kind in ("uicc-gone", "uicc-missing"):
        ladder.note("ME", f"the UICC has gone: {e.get('reason', e['iccid'])}")
    elif kind == "bootstrap":
        ladder.note("ME", f"B-TID {short(e['btid'])} until {e['lifetime']}")
    elif kind == "msk":
        ladder.note("card", f"MSK {e['msk_id']} is in the card")
    elif kind == "ack-sent":
        ladder.arrow("ME", "BM-SC", f"MIKEY  verification message for MSK {e['msk_id']}, counter {e['ts']}")
    elif kind == "pull":
        ladder.note("ME", "the BM-SC wants to be asked for its MSKs")
    elif kind == "mtk":
        ladder.note("ME", f"SRTP key out: MKI {e['msk_id']}{e['mtk_id']}, master key {tag(e, 'tag')}")
    elif kind == "wipe":
        ladder.note("ME", f"every MBMS key is wiped: {e['reason']}")
    elif kind in ("rejected", "error"):
        ladder.note("ME", f"{kind}: {e.get('reason') or e.get('what')} {e.get('sw', '')}")


MODES = {"01": "MSK update", "02": "MTK generation", "03": "MSK deletion", "04": "MUK deletion"}


def draw_card(e):
    """A line of vuicc-card --trace or vuicc-reader trace: only AUTHENTICATE belongs to the story."""
    what = {"0081": "3G", "0084": "GBA"}.get(e["p1p2"])
    if what == "GBA":
        what = "GBA bootstrapping" if e["data"].startswith("dd") else "GBA NAF derivation"
    elif e["p1p2"] == "8085":
        mode = 6 if e["data"].startswith("5381") else 4  # behind the tag and a length of one or two octets
        what = "MBMS, " + MODES.get(e["data"][mode : mode + 2], "next block")
    ladder.arrow("ME", "card", f"AUTHENTICATE {what}: {e['sw']}")


HOLD = 0.02  # seconds an event waits for others that belong in front of it
# Who tells what followed is sometimes quicker than who tells what was before: a card's commands come through pcscd and a
# program that shows them, and of an ACK the BM-SC tells when it has it, the phone of all that led to it only after sending.
LATER = {"msk": 0.002, "mtk": 0.002, "pull": 0.002, "ack-sent": 0.003, "ack": 0.006}


class Program:
    """One program of the story: its lines become events that the story takes."""

    def __init__(self, story, source, command, parse, errors):
        self.source = source
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": errors}
        self.process = subprocess.Popen([str(c) for c in command], text=True, **pipes)
        self.thread = threading.Thread(target=self._read, args=(self.process.stdout, story, parse), daemon=True)
        self.thread.start()

    def _read(self, lines, story, parse):
        for line in lines:
            story.printed.setdefault(self.source, []).append(line)
            event = parse(line)
            if event is not None:
                story.add(self.source, event)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.thread.join(5)
        return self.process.wait()


def parse_trace(line):
    m = re.match(r"AUTHENTICATE(?: \(odd\))?\s+00(88|89)([0-9a-f]{4})(?:  > (\S+))?.*  ([0-9a-f]{4}) ", line)
    if m and m[2][:2] not in ("a0", "20"):  # fetching a response is not shown
        return {"event": "authenticate", "p1p2": m[2], "data": m[3] or "", "sw": m[4]}
    return {"event": "shown"} if "is in the reader" in line or "every command" in line else None


class Story:
    """Collects the events and draws each when its turn comes."""

    draw = {"network": draw_network, "ME": draw_phone, "card": draw_card}

    def __init__(self, folder):
        self.folder = folder
        self.waiting = []  # heap of (moment, number, source, event)
        self.arrived = threading.Condition()
        self.count = 0
        self.seen = []  # every event drawn so far: (source, event)
        self.since = 0  # those of this chapter
        self.printed = {}  # every line of the programs, as it came, by source
        self.programs = []

    def start(self, source, *command):
        if source == "card":  # what it shows is meant for people
            program = Program(self, source, command, parse_trace, subprocess.STDOUT)
        else:
            with open(self.folder / f"{source}-{len(self.programs)}.log", "w") as errors:
                program = Program(self, source, command, json.loads, errors)
        self.programs.append(program)
        return program

    def stop_all(self):
        for program in reversed(self.programs):
            program.stop()

    def add(self, source, event):
        with self.arrived:
            moment = time.time() + LATER.get(event["event"], 0)
            self.count += 1
            heapq.heappush(self.waiting, (moment, self.count, source, event))
            self.arrived.notify()

    def _take(self, end):
        """The earliest event, once it has waited for its elders. None at `end`."""
        with self.arrived:
            while (now := time.time()) < end:
                if self.waiting and self.waiting[0][0] + HOLD <= now:
                    _, _, source, event = heapq.heappop(self.waiting)
                    return source, event
                ready = self.waiting[0][0] + HOLD if self.waiting else end
                self.arrived.wait(max(0.001, min(ready, end) - now))
        return None

    def chapter(self, title):
        ladder.heading(title)
        self.since = len(self.seen)

    def wait_for(self, wanted, kind, seconds=15, **fields):
        """Draws events until this chapter has one of that source and kind with those fields. None: it does not come.
        What two programs do at the same time may be told in either order, so events already drawn count, too."""

        def fits(source, event):
            return (source, event["event"]) == (wanted, kind) and all(event.get(k) == v for k, v in fields.items())

        for source, event in self.seen[self.since :]:
            if fits(source, event):
                return event
        end = time.time() + seconds
        while (taken := self._take(end)) is not None:
            source, event = taken
            self.seen.append(taken)
            if event["event"] not in ("shown", "format", "message"):
                self.draw[source](event)
            if fits(source, event):
                return event
        return None

    def drain(self, seconds=0.3):
        """Draws what still comes within that time."""
        self.wait_for("nobody", "nothing", seconds)

    def last(self, source, kind):
        """The newest event of that kind; empty when there was none."""
        return next((e for s, e in reversed(self.seen) if (s, e["event"]) == (source, kind)), {})
