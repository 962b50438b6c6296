#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The manual pages: they name the options and commands that --help names, which bash completes and programs take; with
--examples, what they show works."""
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from harness import BIN, SKIPPED, SOURCE, TMP, check, run, skip

PROGRAMS = sorted(path.name for path in BIN.glob("vuicc-*"))
COMPLETION = SOURCE / "contrib" / "bash-completion" / "vuicc"
WITH_PCSCD = HERE.parent / "e2e" / "with-pcscd.sh"


def page(program):
    return (SOURCE / "man" / f"{program}.1").read_text()


def section(program, title):
    return re.search(rf"^\.Sh {title}\n(.*?)(?=^\.Sh |\Z)", page(program), re.S | re.M)[1]


def completed(program, *words):
    """What bash would offer for the last of these words."""
    line = " ".join(f"'{w}'" for w in (BIN / program, *words))
    script = f'source "{COMPLETION}"; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _vuicc "{BIN / program}"; '
    status, output = run("bash", "-c", script + 'printf "%s\\n" "${COMPREPLY[@]}"', cwd=TMP)
    check(f"bash completes {program} {' '.join(words)}", status == 0, "" if status == 0 else output)
    return {word for word in output.split("\n") if word}


def options_and_commands(program):
    items = re.findall(r"^\.It (.*)$", section(program, "DESCRIPTION"), re.M)
    described = {f"--{o}" for item in items for o in re.findall(r"Fl -([a-z-]+)", item)}
    commands = {item.split()[1] for item in items if item.startswith("Cm ")}
    synopsis = section(program, "SYNOPSIS")
    listed = {f"--{o}" for o in re.findall(r"Fl -([a-z-]+)", synopsis)}
    commands |= set(re.findall(r"^\.Cm ([a-z]+)", synopsis, re.M))
    check(f"{program}: every option of the synopsis is described", listed <= described, sorted(listed - described))
    offered = completed(program, "--")
    check(f"{program}: the page has the options of --help", described == offered, sorted(described ^ offered))
    offered = completed(program, "")
    check(f"{program}: and its commands", commands == offered, sorted(commands ^ offered))
    for option in sorted(o for item in items if item.startswith("Fl ") for o in re.findall(r"Fl -([a-z-]+)", item)):
        _, output = run(BIN / program, f"--{option}", stdin=subprocess.DEVNULL, timeout=10, cwd=TMP)
        check(f"{program} knows --{option}", "unrecognized" not in output and "unknown option" not in output, "")


def completion():
    listed = re.search(r"^complete .* -F _vuicc (.*)$", COMPLETION.read_text(), re.M)[1].split()
    check("bash completes every program", sorted(listed) == PROGRAMS and len(listed) >= 3, sorted(set(listed) ^ set(PROGRAMS)))
    words = completed("vuicc-testnet", "ctl", "--json", "")
    described = set(re.findall(r"^\.It Cm ctl ([a-z]+)", page("vuicc-testnet"), re.M))
    check("behind ctl there are its commands, which the page describes", words == described and "push" in words, words ^ described)
    words = completed("vuicc-me", "--card", "x", "re")
    check("the beginning of a word is completed", words == {"register", "request"}, sorted(words))
    words = completed("vuicc-apdu", "--pack", "")
    check("behind --pack there are packs", {"all", "gba-mbms", "stories"} < words and len(words) == 7, sorted(words))
    (TMP / "run.card").touch()
    words = completed("vuicc-me", "run", "r")
    check("behind a command there are files, and no command any more", words == {"run.card"}, sorted(words))


def example(program):
    """The lines behind the dollar signs."""
    block = re.search(r"^\.Bd -literal.*?\n(.*?)^\.Ed", section(program, "EXAMPLES"), re.S | re.M)[1]
    plain = block.replace("\\e", "\\").replace("\\(aq", "'").replace("\\-", "-")
    check(f"{program}: the example is nothing but commands", all(line[0] in "$ " for line in plain.splitlines()))
    return "".join(line[2:] + "\n" if line[0] == "$" else line + "\n" for line in plain.splitlines())


def run_example(program):
    folder = TMP / program
    folder.mkdir()
    environment = dict(os.environ, PATH=f"{BIN}:{os.environ['PATH']}", XDG_RUNTIME_DIR=str(folder))
    start = "set -eu\n"
    if program == "vuicc-reader":
        environment.update(READER_SLOTS="4", READER_DRIVER=str(BIN.parent / "lib" / "libifdvuicc.so"))
        start += 'vuicc-reader() { command vuicc-reader --dir /run/cards "$@"; }\n'
    status, output = run(WITH_PCSCD, "bash", "-c", start + example(program), env=environment, cwd=folder, timeout=60)
    if status == SKIPPED:
        skip(output)
    check(f"the example of {program}(1) works", status == 0, "" if status == 0 else f"{status}\n{output}")


if sys.argv[1:] == ["--examples"]:
    for name in PROGRAMS:
        run_example(name)
else:
    for name in PROGRAMS:
        options_and_commands(name)
        status, output = run("mandoc", "-Tlint", "-Wwarning", SOURCE / "man" / f"{name}.1")
        check(f"{name}(1) is good mdoc", status == 0, output)
    status, output = run("mandoc", "-Tlint", "-Wwarning", SOURCE / "man" / "vuicc_me.3")
    check("vuicc_me(3) is good mdoc", status == 0, output)
    completion()
