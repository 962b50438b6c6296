#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-report with the two logs of a real run: every event is in the page, whole, and the page is sound HTML."""
import base64
import html.parser
import json

import oracle
from harness import BIN, TMP, check, run
from report_page import PIN, logs, page

VOID = {"meta", "br"}  # elements without an end


class Page(html.parser.HTMLParser):
    """Elements as they open and close; the rows of each event's table."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.events, self.attributes, self.arrows, self.below = [], [], [], 0, False
        self.feed(text)
        self.close()

    def row(self):
        event = self.events[-1]
        return event["decoded" if self.below else "rows"][-1]

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value) for name, value in attrs]
        attrs = dict(attrs)
        if tag == "details":
            self.events.append({"class": attrs["class"], "rows": [], "decoded": []})
        if tag == "tr":
            # What a message or an APDU holds stands below the first title.
            event = self.events[-1]
            self.below = self.below and bool(event["rows"]) or attrs.get("class") == "part"
            event["decoded" if self.below else "rows"].append([])
        if tag in ("th", "td"):
            self.row().append("")
        self.arrows += attrs.get("class") == "arrow"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.arrows += dict(attrs).get("class") == "arrow"

    def handle_endtag(self, tag):
        check("elements are nested", self.open[-1] == tag, (tag, self.open)) if self.open[-1] != tag else None
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] in ("th", "td", "pre"):
            self.row()[-1] += data


def text_of(value):
    return value if isinstance(value, str) else json.dumps(value)


OURS = {"log", "received", "log of the other end"}  # rows that are no members


def members(event):
    """Those that the page shows of an event."""
    return {row[0]: row[1] for row in event["rows"] if row[0] not in OURS}


def every_event_is_there(shown, events):
    def in_order(all_of_them):
        return sorted(all_of_them, key=lambda e: sorted(e.items()))

    events = [e for e in events if e["event"] != "message"]
    seen = in_order([members(e) for e in shown.events if "message" not in e["class"].split()])
    check("each event of the logs is in the page", len(seen) == len(events), (len(seen), len(events)))
    wanted = in_order([{k: text_of(v) for k, v in e.items()} for e in events])
    different = [pair for pair in zip(wanted, seen) if pair[0] != pair[1]]
    check("with all its members, and no other", different == [], different[:1])


def every_message_is_there_once(shown, me, network):
    """Both ends tell of each message; the page has it once, with its octets."""
    logs = [[e for e in log if e["event"] == "message"] for log in (me, network)]
    numbers = [{e["number"] for e in log} for log in logs]
    seen = [e for e in shown.events if "message" in e["class"].split()]
    check("each message is in the page, once", len(seen) == len(numbers[1]) >= 20, (len(seen), len(numbers[1])))
    both = [e for e in seen if any(row[0] == "log of the other end" for row in e["rows"])]
    check("and both ends have told of it", len(both) == len(seen), (len(both), len(seen)))
    digits = {e["hex"] for e in logs[1] if "hex" in e}
    texts = {row[1] for e in seen for row in e["decoded"] if row[0] == "hex"}
    check("datagrams have their octets", texts == digits, len(digits))
    ways = [e["decoded"] for e in seen]
    for title in ("WWW-Authenticate", "Authorization", "Authentication-Info", "HDR: common header",
                  "EXT: general extension", "T: timestamp", "KEMAC: key data transport", "V: verification"):  # fmt: skip
        check(f"they are taken apart: {title}", any([title] in rows for rows in ways))
    for name in ("RAND", "AUTN: MAC", "response", "rspauth", "btid", "service", "ResponseCode", "XML"):
        check(f"down to {name}", any(row[0] == name and row[1] for rows in ways for row in rows))


def in_words(text):
    ways = ("ME to BSF: </span><b>GET /", "BSF to ME: </span><b>401 Unauthorized", "BSF to ME: </span><b>200 OK",
            "BSF to BM-SC: </span><b>Zn", "ME to BM-SC: </span><b>POST /keymanagement?requesttype=register",
            "BM-SC to ME: </span><b>MIKEY: MSK", "ME to BM-SC: </span><b>MIKEY: verification message",
            "BM-SC to ME: </span><b>MIKEY: MTK", "BM-SC to ME: </span><b>MIKEY: solicited pull",
            "ME to UICC: </span><b>AUTHENTICATE", "UICC to ME: </span><b>9000")  # fmt: skip
    for way in ways:
        check(f"the ladder has {way.replace('</span><b>', '')}", way in text)
    names = ("GET /", "bootstrap-challenge", "401 Unauthorized", "AUTHENTICATE GBA bootstrapping", "bootstrapped", "200 OK",
             "POST /keymanagement?requesttype=register", "MIKEY: MSK", "MIKEY: verification message", "ack",
             "MIKEY: MTK", "mtk")  # fmt: skip
    at = 0
    for name in names:
        at = text.find(f"<b>{name}", at + 1)
        check(f"in this order: {name}", at >= 0)


def without_messages(me, network):
    """Logs that only name what happened."""
    paths = []
    for name, log in (("me-short", me), ("network-short", network)):
        paths.append(TMP / f"{name}.jsonl")
        paths[-1].write_text("".join(json.dumps(e) + "\n" for e in log if e["event"] != "message"))
    text = page(*paths).read_text()
    names = ("GET / with the IMPI", "POST register", "MIKEY: MSK", "MIKEY: MTK")
    at = [text.find(f"<b>{name}</b>") for name in names]
    check("without messages the ladder has what is known of them, in order", -1 not in at and at == sorted(at), at)


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
    rows = [{row[0] for row in e["decoded"]} for e in shown.events if members(e)["event"] == "apdu"]
    whole = all({"CLA", "INS", "P1", "P2"} <= names for names in rows)
    check("APDUs are taken apart", len(rows) == len(sent) and whole, len(rows))
    for name in ("RAND", "NAF_ID", "mode", "KEMAC: key data transport"):
        check(f"down to {name}", any(name in names for names in rows))


def secrets(network):
    """Of each bootstrapping what nobody but UICC and home network knows, and what follows of it."""
    m = oracle.Milenage()
    yield from (("K", oracle.K), ("OPc", oracle.OPC))
    for rand in (bytes.fromhex(e["rand"]) for e in network if e["event"] == "bootstrap-challenge"):
        ks = m.ck(rand) + m.ik(rand)
        muk = oracle.ks_int_naf(ks, rand)
        yield from (("RES", m.res_ak(rand)[0]), ("CK", m.ck(rand)), ("IK", m.ik(rand)), ("Ks_int_NAF", muk))
        yield "Ks_ext_NAF", oracle.ks_ext_naf(ks, rand)
        for message in (bytes.fromhex(e["hex"]) for e in network if "hex" in e):
            msk = oracle.msk_of(muk, message)
            yield from [("MSK", msk)] if msk else []


def no_key_is_there(network, texts):
    found = list(secrets(network))
    names = {name for name, _ in found}
    check("the secrets of the run are known", {"RES", "Ks_ext_NAF", "MSK"} <= names, sorted(names))
    for name, key in found:
        forms = (key.hex(), key.hex().upper(), base64.b64encode(key).decode().rstrip("="), key.decode("latin-1"))
        check(f"{name} is in no log and not in the page", not any(f in text for f in forms for text in texts))


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
    me, network = ([json.loads(line) for line in log.read_text().splitlines()] for log in (me_log, network_log))
    every_event_is_there(shown, me + network)
    every_message_is_there_once(shown, me, network)
    check("messages are arrows", shown.arrows > 20, shown.arrows)
    in_words(text)
    without_messages(me, network)
    apdus(shown, me_log)
    no_key_is_there(network, [text, me_log.read_text(), network_log.read_text()])
    bad = [members(e) for e in shown.events if "bad" in e["class"] and members(e)["event"] != "apdu"]
    messages = [e["decoded"] for e in shown.events if "bad" in e["class"] and "message" in e["class"]]
    check("what was refused is marked, at both ends and between them", len(bad) == 3 and len(messages) == 1, bad)
    check("with why", [e.get("code") for e in bad if e["event"] != "message"] == ["404", "404"])
    check("and what it says", any(row[:2] == ["ResponseCode", "404"] for row in messages[0]))
    outside = [a for a in shown.attributes if a[1] in ("src", "href") and not a[2].startswith("#")]
    check("nothing comes from elsewhere, nothing is run", outside == [] and "<script" not in text, outside)
    merged = TMP / "merged.jsonl"
    merged.write_text(me_log.read_text() + network_log.read_text())
    again = Page(page(merged).read_text())
    check("one file with both is as good", len(again.events) == len(shown.events) and again.arrows == shown.arrows)
    statuses(me_log)


main()
