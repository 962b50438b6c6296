#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-report with the two logs of a real run: every event is in the page, whole, and the page is sound HTML."""
import html.parser
import json

from harness import BIN, TMP, check, run
from report_page import PIN, logs, page

VOID = {"meta", "br"}  # elements without an end


class Page(html.parser.HTMLParser):
    """Elements as they open and close; the rows of each event's table."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.events, self.attributes, self.arrows, self.cell = [], [], [], 0, None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value) for name, value in attrs]
        attrs = dict(attrs)
        if tag == "details":
            self.events.append({"class": attrs["class"], "rows": []})
        if tag == "tr":
            self.events[-1]["rows"].append([])
        if tag in ("th", "td"):
            self.events[-1]["rows"][-1].append("")
        self.arrows += attrs.get("class") == "arrow"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.arrows += dict(attrs).get("class") == "arrow"

    def handle_endtag(self, tag):
        check("elements are nested", self.open[-1] == tag, (tag, self.open)) if self.open[-1] != tag else None
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] in ("th", "td"):
            self.events[-1]["rows"][-1][-1] += data


def text_of(value):
    return value if isinstance(value, str) else json.dumps(value)


DECODED = {"CLA", "INS", "P1", "P2", "Lc", "Le", "objects"}  # rows of an APDU that are no members


def members(event):
    """Those that the page shows of an event."""
    return {row[0]: row[1] for row in event["rows"] if row[0] != "log" and row[0] not in DECODED}


def every_event_is_there(shown, events):
    def in_order(all_of_them):
        return sorted(all_of_them, key=lambda e: sorted(e.items()))

    check("each event of the logs is in the page", len(shown.events) == len(events), (len(shown.events), len(events)))
    wanted = in_order([{k: text_of(v) for k, v in e.items()} for e in events])
    seen = in_order([members(e) for e in shown.events])
    different = [pair for pair in zip(wanted, seen) if pair[0] != pair[1]]
    check("with all its members, and no other", different == [], different[:1])


def in_words(text):
    ways = ("ME to BSF: </span><b>GET / with the IMPI", "BSF to ME: </span><b>401 with RAND and AUTN",
            "BSF to BM-SC: </span><b>Zn", "ME to BM-SC: </span><b>POST register", "BM-SC to ME: </span><b>MIKEY: MSK",
            "ME to BM-SC: </span><b>MIKEY: verification message", "BM-SC to ME: </span><b>MIKEY: MTK",
            "BM-SC to ME: </span><b>401: bootstrap anew",
            "ME to UICC: </span><b>AUTHENTICATE", "UICC to ME: </span><b>9000")  # fmt: skip
    for way in ways:
        check(f"the ladder has {way.replace('</span><b>', '')}", way in text)
    at = [text.find(f"<b>{name}</b>") for name in ("GET / with the IMPI", "POST register", "MIKEY: MSK", "MIKEY: MTK")]
    check("in this order", at == sorted(at), at)


def apdus(shown, me_log):
    """Commands are taken apart and named; their secrets are not there."""
    events = [json.loads(line) for line in me_log.read_text().splitlines()]
    sent = [e for e in events if e["event"] == "apdu"]
    verify = [e["command"] for e in sent if e["command"].startswith("0020")]
    check("the PIN is withheld", set(verify) == {"00200001", "0020000108" + 8 * "**"}, set(verify))
    gba = [e for e in sent if e["command"][:8] in ("00880084", "01880084") and e.get("answer", "").startswith("db")]
    check("and so is RES", gba and all(set(e["answer"][4:]) == {"*"} for e in gba), gba[:1])
    text = me_log.read_text()
    check("in every form", PIN not in text and PIN.encode().hex() not in text)
    rows = [{row[0] for row in e["rows"]} for e in shown.events if members(e)["event"] == "apdu"]
    whole = all({"CLA", "INS", "P1", "P2"} <= names for names in rows)
    check("APDUs are taken apart", len(rows) == len(sent) and whole, len(rows))


def statuses(me_log):
    program = BIN / "vuicc-report"
    check("without a log: usage", run(program)[0] == 2)
    check("a log that is not there", run(program, TMP / "none.jsonl")[0] == 4)
    check("a page that cannot be written", run(program, "--output", TMP / "no" / "page", me_log)[0] == 4)
    check("a full disk", run(program, "--output", "/dev/full", me_log)[0] == 4)
    words = TMP / "words.log"
    words.write_text("05:24:50.722Z listening address=127.0.0.1:2269\n")
    status, output = run(program, words)
    check("a log for people is none", status == 3 and "words.log:1: " in output and "--json" in output, output)
    cut = TMP / "cut.jsonl"
    cut.write_text(me_log.read_text()[:-20])
    status, output = run(program, "--output", TMP / "cut.html", cut)
    last = len(cut.read_text().splitlines())
    told = f"cut.jsonl:{last}: " in output
    check("of a log that was cut off, the last line is skipped", status == 1 and told, output)
    with open(me_log) as log:
        status, output = run(program, "-", stdin=log)
    check("standard input is a log, too", status == 0 and output.startswith("<!DOCTYPE html>"))


def main():
    me_log, network_log = logs()
    text = page(me_log, network_log).read_text()
    shown = Page(text)
    check("every element is closed", shown.open == [], shown.open)
    lines = (me_log.read_text() + network_log.read_text()).splitlines()
    every_event_is_there(shown, [json.loads(line) for line in lines])
    check("messages are arrows", shown.arrows > 20, shown.arrows)
    in_words(text)
    apdus(shown, me_log)
    bad = [members(e) for e in shown.events if "bad" in e["class"] and members(e)["event"] != "apdu"]
    check("what was refused is marked, at both ends", len(bad) == 2, len(bad))
    check("with why", all(e["code"] == "404" for e in bad))
    outside = [a for a in shown.attributes if a[1] in ("src", "href") and not a[2].startswith("#")]
    check("nothing comes from elsewhere, nothing is run", outside == [] and "<script" not in text, outside)
    merged = TMP / "merged.jsonl"
    merged.write_text(me_log.read_text() + network_log.read_text())
    again = Page(page(merged).read_text())
    check("one file with both is as good", len(again.events) == len(shown.events) and again.arrows == shown.arrows)
    statuses(me_log)


main()
