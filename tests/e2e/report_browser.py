#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The page of vuicc-report in headless Chromium, by file://: a picture of the ladder, and a message that a click opens,
or a key. Chromium is steered over WebDriver. With an argument: the folder where the picture and the print stay."""
import atexit
import base64
import json
import pathlib
import shutil
import sys
import urllib.request

from harness import TMP, Process, check, skip, wait_until
from network import free_udp_port
from report_page import logs, page

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # W3C WebDriver 12.1
ENTER = "\ue007"
REFUSED = "main > .bad:last-child"  # the last event: the service that nobody knows


class Browser:
    def __init__(self):
        self.port = free_udp_port()
        self.driver = Process("chromedriver", f"--port={self.port}")
        self.driver.wait_for("started successfully")
        options = {"args": ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,1000",
                            f"--user-data-dir={TMP}/chromium"]}  # fmt: skip
        self.session = ""
        always = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        self.session = "/" + self.call("POST", "", capabilities={"alwaysMatch": always})["sessionId"]
        atexit.register(self.stop)  # Chromium outlives its driver

    def call(self, method, what, **body):
        url = f"http://127.0.0.1:{self.port}/session{self.session}{what}"
        data = json.dumps(body).encode() if method == "POST" else None
        with urllib.request.urlopen(urllib.request.Request(url, data, method=method), timeout=60) as answer:
            return json.load(answer)["value"]

    def find(self, selector):
        return self.call("POST", "/element", using="css selector", value=selector)[ELEMENT]

    def js(self, script):
        return self.call("POST", "/execute/sync", script=f"return {script}", args=[])

    def stop(self):
        atexit.unregister(self.stop)
        self.call("DELETE", "")
        self.driver.stop()


def looks_like_a_ladder(browser):
    arrow = browser.js("JSON.stringify(document.querySelector('.arrow').getBoundingClientRect())")
    check("an arrow has a place on the screen", json.loads(arrow)["width"] > 50, arrow)
    heads = browser.js("[...document.querySelectorAll('.lanes span')].map(s => { const r = s.getBoundingClientRect();"
                       " return (r.left + r.right) / 2; })")  # fmt: skip
    lanes = browser.js("[...document.querySelectorAll('svg')[0].querySelectorAll('.lane')]"
                       ".map(l => l.getBoundingClientRect().left)")  # fmt: skip
    check("each lane stands below its name", all(abs(h - l) < 3 for h, l in zip(heads, lanes)), (heads, lanes))
    red = browser.js("getComputedStyle(document.querySelector('.bad .arrow')).stroke")
    check("a rejection is red", red == "rgb(176, 0, 32)", red)


def opens(browser, how, act):
    shown = f"document.querySelector('{REFUSED} table').checkVisibility()"
    check("a message is closed", browser.js(shown) is False)
    act()
    wait_until(lambda: browser.js(shown), f"{how} opens it")
    check(f"{how} opens it", "404" in browser.js(f"document.querySelector('{REFUSED} table').innerText"))
    act()
    wait_until(lambda: not browser.js(shown), f"{how} closes it")


MESSAGES = (
    # a message by its arrow's name, the first or the last, and rows that a click brings to light
    ("401 Unauthorized", 0, "WWW-Authenticate", {"RAND": 32, "AUTN: MAC": 16, "algorithm": 9}),
    ("GET /", -1, "Authorization", {"username": 20, "uri": 1, "response": 32}),
    ("200 OK", 0, "Authentication-Info", {"rspauth": 32, "btid": 20}),
    ("POST /keymanagement?requesttype=register", 0, "request", {"method": 4, "service": 10, "XML": 60}),
    ("MIKEY: MSK", 0, "EXT: general extension", {"Key Domain ID": 6, "MSK ID": 8, "encr data length": 2, "MAC": 40}),
    ("MIKEY: verification message", -1, "V: verification", {"TS value": 1, "MAC": 40}),
    ("AUTHENTICATE GBA", 0, "AUTHENTICATE GBA bootstrapping", {"CLA": 2, "INS": 2, "command": 70}),
)


def click_opens(browser, name, which, title, rows):
    found = ("[...document.querySelectorAll('details')].filter(d => [...d.querySelectorAll('summary b')]"
             f".some(b => b.textContent.startsWith({json.dumps(name)}))).at({which})")  # fmt: skip
    number = browser.js(found + ".id")
    table = f"document.querySelector('#{number} table')"
    check(f"{name} is closed", browser.js(f"{table}.checkVisibility()") is False)
    summary = browser.find(f"#{number} summary")
    browser.js(f"document.querySelector('#{number}').scrollIntoView({{block: 'center'}})")
    browser.call("POST", f"/element/{summary}/click")
    wait_until(lambda: browser.js(f"{table}.checkVisibility()"), f"a click opens {name}")
    shown = dict(browser.js(f"[...{table}.rows].map(r => [r.cells[0].innerText, (r.cells[1] || r.cells[0]).innerText])"))
    check(f"a click on {name} shows {title}", title in shown, list(shown))
    for row, length in rows.items():
        check(f"with {row}", len(shown.get(row, "")) >= length, shown.get(row))
    return summary


def messages_open(browser, folder):
    for name, which, title, rows in MESSAGES:
        summary = click_opens(browser, name, which, title, rows)
        if name == "MIKEY: MSK":
            picture = base64.b64decode(browser.call("GET", "/screenshot"))
            (folder / "report-message.png").write_bytes(picture)
        browser.call("POST", f"/element/{summary}/click")


def main():
    if not (shutil.which("chromedriver") and shutil.which("chromium")):
        skip("chromium and chromium-driver are not installed; ./run report-test does that")
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TMP)
    me_log, network_log = logs()
    harmful = TMP / "harmful.jsonl"
    text = "</td></script></style><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
    event = {"time": "2026-11-21T00:00:00.000Z", "event": "error", text: text, "reason": text}
    harmful.write_text(json.dumps(event) + "\n")
    path = page(me_log, network_log)
    browser = Browser()
    browser.call("POST", "/url", url=path.as_uri())
    check("the page opens from its file", browser.js("document.querySelectorAll('details').length") > 30)
    looks_like_a_ladder(browser)
    bad = browser.find(f"{REFUSED} summary")
    opens(browser, "a click", lambda: browser.call("POST", f"/element/{bad}/click"))
    opens(browser, "Enter", lambda: browser.call("POST", f"/element/{bad}/value", text=ENTER))
    browser.call("POST", f"/element/{bad}/click")
    picture = base64.b64decode(browser.call("GET", "/screenshot"))
    (folder / "report.png").write_bytes(picture)
    check("there is a picture", picture.startswith(b"\x89PNG") and len(picture) > 20000, len(picture))
    messages_open(browser, folder)
    closed = "document.querySelector('details:not([open]) table')"
    browser.call("POST", "/goog/cdp/execute", cmd="Emulation.setEmulatedMedia", params={"media": "print"})
    height = browser.js(f"{closed}.checkVisibility() ? {closed}.getBoundingClientRect().height : 0")
    check("on paper every message is open", height > 50, height)
    browser.call("POST", "/goog/cdp/execute", cmd="Emulation.setEmulatedMedia", params={"media": ""})
    printed = base64.b64decode(browser.call("POST", "/print"))
    (folder / "report.pdf").write_bytes(printed)
    check("and a print", printed.startswith(b"%PDF"), len(printed))
    complaints = [e for e in browser.call("POST", "/se/log", type="browser") if e["level"] == "SEVERE"]
    check("the browser has nothing to complain about", complaints == [], complaints)
    browser.call("POST", "/url", url=page(me_log, harmful).as_uri())
    check("markup in a log is text", text in browser.js("document.querySelector('.bad table').textContent"))
    check("and nothing of it runs", browser.js("document.title").startswith("vuicc-report: "))
    check("nor makes an element", browser.js("document.querySelectorAll('script, img').length") == 0)
    browser.stop()


main()
