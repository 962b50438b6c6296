#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes README.md: the stories by subject, each with its first line; with --check says whether it is up to date."""
import pathlib
import re
import sys

HEADED = re.compile(r"# (?:TS|RFC|ISO) .*\n# wrong card: .+\n(?:[#!].*\n)*! needs fresh\n")
HERE = pathlib.Path(__file__).resolve().parent

SUBJECTS = (
    ("Files and commands", ("platform", "application", "status", "terminal", "file", "fcp", "card", "challenge", "suspend")),
    ("PINs", ("pin", "pin2")),
    ("Logical channels", ("channel",)),
    ("Toolkit", ("toolkit",)),
    ("Class A0", ("legacy",)),
    ("AKA", ("aka", "tuak")),
    ("GBA", ("gba",)),
    ("ISIM", ("isim",)),
    ("MBMS", ("mbms",)),
    ("More", ()),
)

HEAD = """# The card, told in commands, each story with a card that was made for it

Each file is one story: what is sent, what must come back. Its first line names the clause it is about, its second what a
wrong card does. Read in this order they are the card's specification; run, they are its proof. They spend PINs, end files
and know every octet of the card, so each of them wants one of its own (`! needs fresh`): never somebody's.

```
vuicc-apdu --new-card gba-u.apdu                                     # in process
vuicc-apdu --new-card --pack stories                                 # all of them
vuicc-perso my.card && vuicc-card my.card &                          # over PC/SC, with a card that no one has used
vuicc-apdu --reader "Virtual PCD 00 00" --fresh gba-u.apdu
```

`# …` is a comment, `> …` a command, `< …` the answer with its status word (`..` any octet, `*` any number of them),
`! reset` a reset. `! profile NAME` and `! card KEY=VALUE` say how the card is made: `vuicc-perso --profile
card/profiles/NAME.yaml --set KEY=VALUE`; without, it is the default one. The stories of AKA, GBA, ISIM and MBMS that
`make_aka.py` and `make_mbms.py` write are computed in Python, without the card's code.
docs/apdu-script.md is the whole format; the other packs are cases for any card (`vuicc-apdu --packs`). This page is
written by `make_index.py`.
"""


def subject_of(name):
    word = name.split("-")[0]
    return next((title for title, words in SUBJECTS if word in words), "More")


def index():
    stories = sorted(HERE.glob("*.apdu"))
    text = HEAD + f"\n{len(stories)} stories.\n"
    for title, _ in SUBJECTS:
        rows = [s for s in stories if subject_of(s.stem) == title]
        if rows:
            text += f"\n## {title}\n\n| story | what it tells |\n|---|---|\n"
        for s in rows:
            first = s.read_text().split("\n", 1)[0].removeprefix("#").strip()
            text += f"| [{s.stem}]({s.name}) | {first} |\n"
    return text


def main():
    readme = HERE / "README.md"
    if sys.argv[1:] != ["--check"]:
        readme.write_text(index())
    elif not readme.exists() or readme.read_text() != index():
        print("README.md: not the stories that are here; make_index.py writes it")
        return 1
    bare = [s.name for s in HERE.glob("*.apdu") if not HEADED.match(s.read_text())]
    if bare:
        print(f"no clause, wrong card and '! needs fresh' before the first command: {', '.join(bare)}")
    return bool(bare)


if __name__ == "__main__":
    sys.exit(main())
