#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-storm with 200 UEs: each has the key that the BM-SC sent, whatever was lost on the way, and every datagram is
accounted for. What it does when one has no key, and when it is interrupted."""
import csv
import json
import math
import os
import signal
import subprocess
import xml.etree.ElementTree

from harness import BIN, TMP, check, wait_until

UES, LOSS, SPREAD = 200, 0.02, 0.5
PHASES = ["register", "push", "push-no-ack", "pull", "pull-spread"]
STORM = BIN / "vuicc-storm"
FOLDERS = TMP / "folders"
ENVIRONMENT = dict(os.environ, TMPDIR=str(FOLDERS))


def storm(*options):
    command = [STORM, *map(str, options), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    return done.returncode, json.loads(done.stdout), done.stderr


def about(n, share, sigmas=5):
    """Whether n of so many that each happen with this probability."""
    return lambda seen: abs(seen - n * share) <= sigmas * math.sqrt(n * share * (1 - share))


def keys(result):
    check("all phases are told", [p["phase"] for p in result["phases"]] == PHASES)
    for p in result["phases"]:
        check(f"{p['phase']}: every UE has the MSK", p["with_key"] == UES, p["with_key"])
        check(f"{p['phase']}: and has opened an MTK under it that the BM-SC sent", p["proven"] == UES, p["proven"])
        check(f"{p['phase']}: no refusal, and no error", p["refusals"] == p["errors"] == 0)


def datagrams(result, total):
    sent = total["msk_messages"] + total["pulls"] + total["mtk_datagrams"]
    came = total["datagrams"] + total["datagrams_overflow"]
    check("every datagram of the BM-SC reaches the UEs' side", came == sent, f"{came} of {sent}")
    check("the share that was asked for is lost", about(total["datagrams"], LOSS)(total["datagrams_lost"]),
          f"{total['datagrams_lost']} of {total['datagrams']}")
    arrived, taken = total["acks_sent"] - total["acks_lost"], total["acks"] + total["acks_unmatched"]
    check("every ACK that is not lost reaches the BM-SC", arrived == taken, f"{arrived}, {taken}")


def deliveries(phases):
    """A try fails when the message or its ACK is lost; after the fourth the BM-SC gives up."""
    failed = 1 - (1 - LOSS) ** 2
    expected = sum(failed ** n for n in (1, 2, 3))
    for name in ("register", "push"):
        p = phases[name]
        check(f"{name}: each MSK is verified or given up", p["acks"] + p["given_up"] == UES)
        check(f"{name}: as many are sent again as the loss lets expect", about(UES, expected)(p["msk_repeated"]),
              f"{p['msk_repeated']}, expected {UES * expected:.1f}")
    p = phases["push-no-ack"]
    check("push-no-ack: who has lost the push asks", 0 < p["bmsc_requests"] and about(UES, LOSS)(p["bmsc_requests"]),
          p["bmsc_requests"])
    check("push-no-ack: and nobody else is sent it again", p["msk_repeated"] >= p["bmsc_requests"])
    for name in ("pull", "pull-spread"):
        check(f"{name}: all are pulled, and ask", phases[name]["pulls"] == UES <= phases[name]["bmsc_requests"],
              phases[name]["bmsc_requests"])
    check("the spread puts them off", phases["pull-spread"]["half_s"] > SPREAD / 4 + phases["pull"]["half_s"] / 2,
          f"half of them after {phases['pull-spread']['half_s']} s, without it {phases['pull']['half_s']} s")


def files(result, total):
    with open(TMP / "storm.csv") as f:
        rows = list(csv.DictReader(f))
    for column in ("bmsc_requests", "bsf_requests", "msk_messages"):
        seen = sum(int(row[column]) for row in rows)
        check(f"the CSV file has all {column}", seen == total[column], f"{seen}, {total[column]}")
    check("and every phase", list(dict.fromkeys(row["phase"] for row in rows)) == PHASES)
    check("all UEs have the key at the end", int(rows[-1]["ues_with_key"]) == UES)
    svg = xml.etree.ElementTree.parse(TMP / "storm.svg").getroot()
    text = "".join(svg.itertext())
    check("the picture is sound, and names the phases", all(name in text for name in PHASES))
    curves = [e.get("d") for e in svg.iter("{http://www.w3.org/2000/svg}path") if e.get("fill") == "none"]
    check("it has six curves", len(curves) == 6 and all(d.count("L") > 20 for d in curves), len(curves))


def whole():
    status, result, said = storm("--ues", UES, "--seed", 5, "--loss", LOSS * 100, "--spread", SPREAD,
                                 "--csv", TMP / "storm.csv", "--svg", TMP / "storm.svg")
    check("vuicc-storm ends well", status == 0 and result["ok"], said)
    total = {key: sum(p[key] for p in result["phases"]) for key in result["phases"][0] if key != "phase"}
    keys(result)
    datagrams(result, total)
    deliveries({p["phase"]: p for p in result["phases"]})
    files(result, total)


def without_key():
    status, result, said = storm("--ues", 40, "--loss", 50, "--limit", 1)
    check("a UE without a key is exit status 1", status == 1 and not result["ok"], status)
    check("and it is said which", said.startswith("vuicc-storm: UE ") and "has not got the MSK" in said, said.strip())


def interrupted():
    with subprocess.Popen([STORM, "--ues", "20", "--loss", "50"], env=ENVIRONMENT, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: any(FOLDERS.iterdir()), "it begins")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    check("interrupted, it says so", process.returncode == 4 and "interrupted" in said, f"{process.returncode}: {said}")
    check("and leaves nothing behind", not any(FOLDERS.iterdir()))


def main():
    FOLDERS.mkdir()
    for options in ([], ["--ues", "0"], ["--ues", "5x"], ["--ues", "5", "--loss", "51"], ["--ues", "5", "more"]):
        done = subprocess.run([STORM, *options], capture_output=True, text=True)
        check(f"vuicc-storm {' '.join(options)} is wrong usage", done.returncode == 2 and "expected" in done.stderr)
    whole()
    without_key()
    interrupted()


main()
