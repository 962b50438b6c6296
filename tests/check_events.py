#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every event that the ME's sources write stands in docs/events.md with its members, and the other way round; so does every
cause of a rejection, and none is without."""
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(os.environ.get("VUICC_SOURCE", pathlib.Path(__file__).resolve().parent.parent))
CALL = re.compile(r"\bLOG\(|\bAGENT_LOG\(|\blog_event\(")
# Events whose name is computed: the function that does it has them as literals.
COMPUTED = {"srtp_relay.c", "agent_ua.c"}


def calls(text):
    """The arguments of each LOG() and AGENT_LOG(), as one string."""
    for m in CALL.finditer(text):
        depth, at = 1, m.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at += 1
        yield text[m.end() : at - 1]


def written():
    """event: members, and the members of calls whose event is computed."""
    events, loose, literals = {}, set(), set()
    paths = [ROOT / "host" / "message_log.c"]
    for folder in ("me", "media", "capture"):
        paths += sorted((ROOT / "host" / folder).glob("*.c"))
    for path in paths:
        text = path.read_text()
        literals |= set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', text)) if path.name in COMPUTED else set()
        for call in calls(text):
            head = call.split("LOG_", 1)[0]
            members = set(re.findall(r'LOG_(?:TEXT|SPAN|NUMBER|BOOL|HEX)\(\s*"([a-z_]+)"', call))
            names = re.findall(r'"([a-z-]+)"', head)
            for name in names:
                events.setdefault(name, set()).update(members)
            if not names:
                loose |= members
    return events, loose, literals


def document():
    """Events, rejections."""
    return (ROOT / "docs" / "events.md").read_text().split("## Rejections")


def documented():
    """event: members, as docs/events.md has them; also for the tests that see events of the running program."""
    table, rejections = document()
    events = {}
    for line in table.splitlines():
        cells = line.split("|")
        if len(cells) == 5 and "`" in cells[1]:
            for name in re.findall(r"`([a-z-]+)`", cells[1]):
                events[name] = set(re.findall(r"`([a-z_]+)`", cells[2]))
    events["rejected"] = set(re.findall(r"`([a-z_]+)`", rejections))
    return events


def causes(text):
    """What can become the cause of a rejection: literals of that name, and what cause_of() returns."""
    found = set(re.findall(r'(?:\bcause(?:\[\])? = |"cause", |\brejected\(a, &r, )"([a-z-]+)"', text))
    for body in re.findall(r"\bcause_of\(int rc\)\n\{(.*?)\n\}", text, re.S):
        found |= set(re.findall(r'return "([a-z-]+)"', body))
    return found


def wrong_causes(rejections):
    text = "".join(path.read_text() for path in sorted((ROOT / "host" / "me").glob("*.c")))
    table = set(re.findall(r"^\| `([a-z-]+)` \|", rejections, re.M))
    bad = [f"rejected without a cause: {' '.join(c.split())}" for c in calls(text)
           if '"rejected"' in c and '"cause"' not in c]  # fmt: skip
    bad += [f"cause {c} is not in docs/events.md" for c in sorted(causes(text) - table)]
    return bad + [f"nothing has the cause {c}" for c in sorted(table - causes(text))]


def main():
    events, loose, literals = written()
    table = documented()
    bad = [f"{e} is not in docs/events.md" for e in sorted(set(events) - set(table))]
    bad += [f"nothing writes the event {e}" for e in sorted(set(table) - set(events) - literals)]
    for event in sorted(set(events) & set(table)):
        bad += [f"{event}: {m} is not in docs/events.md" for m in sorted(events[event] - table[event])]
    for event in sorted(set(events) & set(table) - {"rejected"}):
        bad += [f"{event}: nothing writes {m}" for m in sorted(table[event] - events[event] - loose)]
    bad += wrong_causes(document()[1])
    for line in bad:
        print("FAILED ", line)
    print(f"{len(events)} events")
    sys.exit(bool(bad) or len(events) < 20)


if __name__ == "__main__":
    main()
