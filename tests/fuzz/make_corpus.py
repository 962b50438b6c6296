#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the corpus of the fuzz targets from tests/transcripts and tests/vectors: what real sessions say is where a fuzzer
begins.

usage: make_corpus.py [--fuzzers FOLDER] [--also FOLDER] [--bin FOLDER] [TARGET...]

--bin      where vuicc-perso is (default: build/bin): a card's stored objects are the seeds of fuzz_image and fuzz_acl
--fuzzers  where the libFuzzer programs are: the seeds are then minimised (-merge=1)
--also     what a fuzzer has found, one folder a target, to be kept where it adds coverage

Writes tests/fuzz/corpus/TARGET/. A file's name is the beginning of its SHA-1, as libFuzzer names them.
"""
import argparse
import hashlib
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile

import host_seeds

FUZZ = pathlib.Path(__file__).resolve().parent
TRANSCRIPTS = FUZZ.parent / "transcripts"
CORPUS = FUZZ / "corpus"
TARGETS = ["apdu", "auth", "mikey", "image", "acl", "t0", "card"]
TARGETS += ["mikey_rx", "http", "url", "digest", "base64", "xml", "secdesc", "mtk_record", "srtp"]
TARGETS += ["script", "session", "testnet", "control", "zn", "net_config", "import", "report"]
LARGEST = 4096  # octets of a seed
BUDGET = 64 * 1024  # octets a target: what comes from the transcripts before what was found, the short before the long
BODY, ARR_FILE = 3, 0x2F06


def steps(story):
    """The commands of a transcript, and None for a reset."""
    for line in story.read_text().splitlines():
        line = line.strip()
        if line.startswith(">"):
            yield bytes.fromhex(line[1:])
        elif line.startswith("!") and line[1:].strip() == "reset":
            yield None


def sequence(commands, flags=0, commits=0):
    """The form of sequence.h."""
    out = bytes([flags, commits])
    for c in commands:
        if c is None:
            out += b"\0"
        elif len(c) < 0xFF:
            out += bytes([len(c)]) + c
        else:
            out += bytes([0xFF, len(c) - 0xFF]) + c
    return out


def ber(octets):
    """Tag, value and what is behind a BER-TLV with a tag of one octet."""
    n, at = octets[1], 2
    if n & 0x80:
        width = n & 0x7F
        n, at = int.from_bytes(octets[2 : 2 + width], "big"), 2 + width
    return octets[0], octets[at : at + n], octets[at + n :]


def auth_data(commands):
    """The data of every AUTHENTICATE: of INS 88 as they are, of INS 89 joined."""
    joined = b""
    for c in commands:
        if c is None or len(c) < 6 or c[1] not in (0x88, 0x89):
            continue
        data = c[5 : 5 + c[4]]
        if c[1] == 0x88:
            yield data
        elif c[2] == 0x80:
            joined = data
        elif c[2] == 0x00:
            joined += data
        if c[1] == 0x89 and c[2] in (0x80, 0x00):
            yield joined


def answers(story):
    """Complete answers of a transcript, without the status word."""
    for line in story.read_text().splitlines():
        text = line.strip()
        if text.startswith("<") and "." not in text and "*" not in text:
            data = bytes.fromhex(text[1:])[:-2]
            if data:
                yield data


def from_transcripts(seeds):
    for story in sorted(TRANSCRIPTS.glob("*.apdu")):
        commands = list(steps(story))
        pin1 = 2 if "! card pins.pin1.enabled=true" in story.read_text() else 0
        # Sessions that are as long as a whole chapter make a slow fuzzer: in parts, each with the story's first SELECT.
        for at in range(0, len(commands), 24):
            part = commands[at : at + 24] if at == 0 else commands[:1] + commands[at : at + 24]
            for target in ("card", "t0"):
                seeds[target] += [sequence(part, pin1), sequence(part, pin1 | 1), sequence(part, pin1, commits=3)]
        seeds["apdu"] += [c for c in commands if c]
        seeds["script"].append("\n".join(story.read_text().splitlines()[:12]).encode())
        for data in list(auth_data(commands)) + list(answers(story)):
            seeds["auth"].append(data)
            if len(data) < 4 or data[0] != 0x53:
                continue
            try:
                _, value, _ = ber(data)
            except IndexError:
                continue
            seeds["mikey"].append(value[1:])
    # Key data, decrypted: TGK with an interval, TEK with and without a salt (RFC 3830 6.13).
    seeds["mikey"] += [
        bytes.fromhex("0002 0010") + bytes(16) + bytes.fromhex("02 0001 02 00ff"),
        bytes.fromhex("0030 0010") + bytes(16) + bytes.fromhex("000e") + bytes(14),
        bytes.fromhex("0020 0010") + bytes(16),
    ]


def answered(lines):
    """The answers that a part of a script expects, as a card would give them: each behind its length."""
    for line in lines:
        text = line.strip().split("|")[0]
        if text.startswith("<"):
            octets = "".join(re.findall(r"\b(?:[0-9a-f]{2})+\b", text[1:].replace("..", "00")))
            yield bytes([len(octets) // 2 % 256]) + bytes.fromhex(octets)[: len(octets) // 2 % 256]


def from_sessions(seeds):
    """Cases with the answers that they want, and what an application's PIN, services and FCP may look like."""
    for pack in sorted((TRANSCRIPTS / "packs").glob("*.apdu")):
        parts = pack.read_text().split("\n\n")
        for case in parts[1:20]:
            script = "\n".join(line for line in (parts[0] + "\n" + case).splitlines() if "include" not in line)
            seeds["session"].append(script.encode() + b"\0" + b"".join(answered(script.splitlines())))
    for story in sorted(TRANSCRIPTS.glob("*.apdu")):
        lines = [line for line in story.read_text().splitlines() if not line.startswith("! needs")][:24]
        seeds["session"].append("\n".join(lines).encode() + b"\0" + b"".join(answered(lines)))
    fcp = bytes.fromhex("6218c60c90014083010183018183010aa506830400020000820278219000")
    refused, spare, good = bytes.fromhex("026982"), bytes.fromhex("0263c3"), bytes.fromhex("029000")
    pin = refused + bytes([len(fcp)]) + fcp + spare + good
    seeds["session"].append(b"! needs pin1\n> 00b0000001\0" + pin)
    seeds["session"].append(b"! needs uicc\n! needs service 2\n! case a\n> 00b0000001\0" + good * 2 + b"\3\xff\x90\0")
    seeds["session"].append(b"! must be\n> 00b0000001\n< <X:1> 9000\n! case a\n! needs X: no\n! case b\0" + spare)


def from_manual(seeds):
    """The example of the format's specification, a line for each thing that its tables name, and the cases of the packs."""
    for pack in (TRANSCRIPTS / "packs").iterdir():
        seeds["script"] += [case.encode() for case in pack.read_text().split("\n\n")]
    manual = (FUZZ.parent.parent / "docs" / "apdu-script.md").read_text()
    seeds["script"].append(manual.split("```")[1].encode())
    for code in re.findall(r"^\| (`[^|]*`)", manual, re.M):
        word = code.replace("`", "").replace("\\", "")
        seeds["script"].append((word if word.startswith("!") else f"< {word} 9000\n! let X = {word}").encode())


def from_card(seeds, programs):
    with tempfile.TemporaryDirectory() as folder:
        card = pathlib.Path(folder) / "card"
        subprocess.run([programs / "vuicc-perso", card], check=True, stdout=subprocess.DEVNULL)
        rows = sqlite3.connect(card).execute("SELECT key, value FROM nv").fetchall()
    kinds = {}
    for key, value in rows:
        kinds.setdefault(key >> 24, []).append((key, value))
    for kind, objects in kinds.items():
        for key, value in objects[:: max(1, len(objects) // 6)]:
            seeds["image"].append(key.to_bytes(4, "big") + len(value).to_bytes(2, "big") + value)
    descriptors = {key & 0xFFFFFF: value for key, value in kinds[2]}
    for key, value in kinds[BODY]:
        descriptor = descriptors[key & 0xFFFFFF]
        if int.from_bytes(descriptor[3:5], "big") != ARR_FILE:
            continue
        length = descriptor[12]
        seeds["acl"] += [value[i : i + length].rstrip(b"\xff") for i in range(0, len(value), length)]
    seeds["acl"] += [
        bytes.fromhex("800101 9000"),
        bytes.fromhex("8001ff a0 10 a406 830101 950108 a406 83010a 950108"),
        bytes.fromhex("800101 af 10 a406 830101 950108 a406 83010a 950108 800102 9700"),
    ]


def name_of(octets):
    return hashlib.sha1(octets).hexdigest()[:12]


def within_budget(octets, first):
    """Those that fit, the names in `first` before the others."""
    kept, left = [], BUDGET
    for o in sorted(octets, key=lambda o: (name_of(o) not in first, len(o))):
        if len(o) <= left:
            kept.append(o)
            left -= len(o)
    return kept


def write(folder, seeds):
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        if seed and len(seed) <= LARGEST:
            (folder / name_of(seed)).write_bytes(seed)


def main():
    parser = argparse.ArgumentParser(description="Makes the corpus of the fuzz targets.")
    parser.add_argument("--bin", type=pathlib.Path, default=FUZZ.parent.parent / "build/bin")
    parser.add_argument("--fuzzers", type=pathlib.Path)
    parser.add_argument("--also", type=pathlib.Path)
    parser.add_argument("target", nargs="*", metavar="TARGET", help="all by default")
    args = parser.parse_args()

    seeds = {target: [] for target in TARGETS}
    from_transcripts(seeds)
    from_sessions(seeds)
    from_manual(seeds)
    from_card(seeds, args.bin)
    host_seeds.add(seeds)
    for target in args.target or TARGETS:
        found = args.also / target if args.also else None
        with tempfile.TemporaryDirectory() as folder:
            raw, merged = pathlib.Path(folder) / "raw", pathlib.Path(folder) / "merged"
            merged.mkdir()
            write(raw, seeds[target])
            inputs = [raw] + ([found] if found and found.is_dir() else [])
            if args.fuzzers:
                subprocess.run(
                    [args.fuzzers / f"fuzz_{target}", "-merge=1", f"-max_len={LARGEST}", merged, *inputs],
                    check=True,
                    stderr=subprocess.DEVNULL,
                )
            octets = [f.read_bytes() for f in (merged if args.fuzzers else raw).iterdir()]
        shutil.rmtree(CORPUS / target, ignore_errors=True)
        write(CORPUS / target, within_budget(octets, {name_of(o) for o in seeds[target]}))
        files = list((CORPUS / target).iterdir())
        print(f"{target}: {len(files)} files, {sum(f.stat().st_size for f in files)} octets")


if __name__ == "__main__":
    main()
