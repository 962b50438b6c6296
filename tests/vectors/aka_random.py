# SPDX-License-Identifier: Apache-2.0
"""aka_random.py milenage|tuak [SEED]: random subscribers and challenges through our AKA functions and somebody else's.

MILENAGE is held against osmo-auc-gen of libosmocore: RES, CK, IK, AUTN, SRES, Kc, and AUTS, which it has to accept with
the SQN_MS that is in it. TUAK is held against oracle_tuak.py: the osmo-auc-gen of Debian 12 has none.
"""
import concurrent.futures
import hashlib
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

import oracle_tuak

MILENAGE_SETS, TUAK_SETS = 1000, 1000


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def ours(lines):
    """One run of aka_values for all of them; a dict of octets per line."""
    program = pathlib.Path(os.environ["VUICC_BIN"]) / "aka_values"
    done = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    return [{k: bytes.fromhex(v) for k, v in (w.split("=") for w in line.split())} for line in done.stdout.splitlines()]


def challenge(r):
    return {"rand": r.randbytes(16), "sqn": r.randbytes(6), "amf": r.randbytes(2)}


def fail(what, asked, got, expected):
    sys.exit(f"{what}: expected {expected}, got {got}, for {asked}")


# --- MILENAGE --------------------------------------------------------------------------------------------------------


def milenage_set(r):
    return {"k": r.randbytes(16), "kind": r.choice(("op", "opc")), "op": r.randbytes(16)} | challenge(r)


def auc_gen(s, *more):
    """What osmo-auc-gen says, as a dict of texts; None when it fails."""
    command = ["osmo-auc-gen", "-3", "-a", "MILENAGE", "-k", s["k"].hex(), "-O" if s["kind"] == "op" else "-o"]
    command += [s["op"].hex(), "-f", s["amf"].hex(), "-r", s["rand"].hex(), *more]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        return None
    return dict(re.findall(r"^(.+):\t(.+)$", done.stdout, re.MULTILINE))


def check_milenage(pair):
    s, our = pair
    sqn = str(int.from_bytes(s["sqn"], "big"))
    their = auc_gen(s, "-s", sqn)
    for name in ("RES", "CK", "IK", "AUTN", "SRES", "Kc"):
        if their is None or their[name] != our[name.lower()].hex():
            fail(name, s, our[name.lower()].hex(), their and their[name])
    resync = auc_gen(s, "-s", "0", "-A", our["auts"].hex())
    if resync is None or resync["SQN.MS"] != sqn:
        fail("AUTS", s, our["auts"].hex(), f"one that osmo-auc-gen takes, with SQN {sqn}")
    mac = xor(our["autn"][8:], hashlib.sha1(our["ik"]).digest()[:8])
    if our["autn_gba_u"] != our["autn"][:8] + mac:
        fail("AUTN*", s, our["autn_gba_u"].hex(), mac.hex())


def milenage(r):
    if shutil.which("osmo-auc-gen") is None:
        print("osmo-auc-gen is not there (Debian: libosmocore-utils)")
        sys.exit(77)
    sets = [milenage_set(r) for _ in range(MILENAGE_SETS)]
    lines = [f"milenage {s['k'].hex()} {s['kind']} {s['op'].hex()} {s['rand'].hex()} {s['sqn'].hex()} {s['amf'].hex()}"
             for s in sets]
    answers = ours(lines)
    # It does refuse an AUTS that is not right: else its word would be worth nothing.
    wrong = xor(answers[0]["auts"], bytes(13) + b"\x01")
    assert auc_gen(sets[0], "-s", "0", "-A", wrong.hex()) is None, "osmo-auc-gen takes a wrong AUTS"
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        checked = len(list(pool.map(check_milenage, zip(sets, answers, strict=True))))
    print(f"{checked} random MILENAGE sets: RES, CK, IK, AUTN, SRES, Kc and AUTS agree with osmo-auc-gen")


# --- TUAK ------------------------------------------------------------------------------------------------------------


def tuak_set(r):
    # Mostly one iteration: that is what TS 35.231 starts from, and each costs Python time.
    own = {"k": r.randbytes(r.choice((16, 32))), "kind": r.choice(("top", "topc")), "top": r.randbytes(32)}
    return own | {"res": r.choice((32, 64, 128)), "iterations": r.choice((1, 1, 1, 2, 5))} | challenge(r)


def check_tuak(s, our):
    t = oracle_tuak.Tuak(s["k"], **{s["kind"]: s["top"]}, iterations=s["iterations"], res=s["res"])
    rand, sqn, amf = s["rand"], s["sqn"], s["amf"]
    res, ck, ik, ak = t.keys(rand)
    mac = t.mac(rand, sqn, amf)[0]
    head = xor(sqn, ak) + amf
    auts = xor(sqn, t.ak_star(rand)) + t.mac(rand, sqn, bytes(2))[1]
    folded = [res.ljust(16, b"\0")[i : i + 4] for i in (0, 4, 8, 12)]
    expected = {
        "opc": t.topc,
        "res": res,
        "ck": ck,
        "ik": ik,
        "autn": head + mac,
        "autn_gba_u": head + xor(mac, hashlib.sha1(ik).digest()[:8]),
        "auts": auts,
        "sres": xor(xor(folded[0], folded[1]), xor(folded[2], folded[3])),
        "kc": xor(xor(ck[:8], ck[8:]), xor(ik[:8], ik[8:])),
    }
    for name, value in expected.items():
        if our[name] != value:
            fail(name, s, our[name].hex(), value.hex())


def tuak(r):
    oracle_tuak.prove()
    sets = [tuak_set(r) for _ in range(TUAK_SETS)]
    lines = [f"tuak {s['k'].hex()} {s['kind']} {s['top'].hex()} {s['res']} {s['iterations']} {s['rand'].hex()} "
             f"{s['sqn'].hex()} {s['amf'].hex()}" for s in sets]
    for s, our in zip(sets, ours(lines), strict=True):
        check_tuak(s, our)
    print(f"{len(sets)} random TUAK sets agree with Python")


def main():
    seed = sys.argv[2] if len(sys.argv) > 2 else os.urandom(8).hex()
    print(f"seed {seed}", flush=True)
    {"milenage": milenage, "tuak": tuak}[sys.argv[1]](random.Random(seed))


if __name__ == "__main__":
    main()
