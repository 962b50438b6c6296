#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long commands take: through pcscd and vpcd, and in process. The same commands for both, made by the oracle.

Run inside with-pcscd.sh; `./run bench` does.
"""
import base64
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import oracle
from harness import BIN, check, insert, personalise
from pcsc import Pcsc

ROUNDS = 2000
SELECT = [("9000", "00a4040c07a0000000871002")]


def commands():
    """[(name, [(expected status word in process, command)])]: rounds on a new card."""
    aka, seq = oracle.Milenage(), 0
    rounds = [("SELECT-USIM", SELECT), ("SELECT-EF", [("9000", "00a4000c026f07")])]
    for name in ("warm-up", "READ-BINARY"):
        rounds += [(name, [("9000", "00b0000009")])] * ROUNDS

    def challenge():
        nonlocal seq
        seq += 1
        return seq.to_bytes(16, "big"), (seq << 5 | seq % 32).to_bytes(6, "big")

    for _ in range(ROUNDS):
        rand, sqn = challenge()
        rounds.append(("AUTHENTICATE-3G", [("9000", f"008800812210{rand.hex()}10{aka.autn(rand, sqn).hex()}")]))

    rand, sqn = challenge()
    rounds.append(("GBA-bootstrap", [("9000", f"0088008423dd10{rand.hex()}10{aka.autn_star(rand, sqn).hex()}")]))
    b_tid = base64.b64encode(rand) + b"@" + oracle.BSF
    ids = bytes([len(b_tid)]) + b_tid + b"\x00"
    naf = b"\xde" + bytes([len(oracle.NAF_ID)]) + oracle.NAF_ID + bytes([len(oracle.IMPI)]) + oracle.IMPI
    rounds.append(("GBABP", [("9000", "00a4000c026fd6"), ("9000", f"00d60011{len(ids):02x}{ids.hex()}")]))
    rounds.append(("NAF-derivation", [("9000", f"00880084{len(naf):02x}{naf.hex()}")]))
    muk = oracle.ks_int_naf(aka.ck(rand) + aka.ik(rand), rand)

    def mikey(name, mode, message):
        data = b"\x53\x81" + bytes([len(message) + 1]) + bytes([mode]) + message
        rounds.append((name, [("62f3", f"00898085{len(data):02x}{data.hex()}"), ("9000", "0089a08500")]))

    for counter in range(1, ROUNDS + 2):
        about = {"csb_id": b"\x11\x22\x33\x44", "rand": counter.to_bytes(16, "big")}
        msk_id = b"\x00\x01" + (counter % 0xFFFF + 1).to_bytes(2, "big")
        msk = bytes(15) + b"\x01"
        message = oracle.msk_message(muk, b_tid, counter, msk_id, msk, seq=(0, 0xFFFF), **about)
        mikey("MSK-update" if counter <= ROUNDS else "last-MSK", 1, message)
    for mtk_id in range(1, ROUNDS + 1):
        mikey("MTK", 2, oracle.mtk_message(msk, mtk_id, msk_id, mtk_id, mtk_id.to_bytes(16, "big"), **about))
    return rounds


def new_card():
    """On the disk of the build, not in the namespace's memory."""
    return personalise(BIN.parent / "bench.card")


def through_pcscd(rounds):
    card = insert(new_card(), trace=False)
    pcsc, times = Pcsc(), {}
    for name, steps in rounds:
        apdus = [(sw, bytes.fromhex(text)) for sw, text in steps]
        start = time.perf_counter()
        answers = [(sw, pcsc.apdu(a)[-2:].hex()) for sw, a in apdus]
        times.setdefault(name, []).append((time.perf_counter() - start) * 1e6)
        assert all(expected == got for expected, got in answers), (name, answers)
    card.stop()
    return {name: statistics.median(t) for name, t in times.items() if len(t) == ROUNDS}


def in_process(rounds):
    lines = "".join("".join(f"{name} {sw} {text}\n" for sw, text in steps) + "\n" for name, steps in rounds)
    done = subprocess.run([BIN / "apdu_bench", new_card()], input=lines, capture_output=True, text=True)
    check("the same commands run in process", done.returncode == 0, done.stderr)
    return {line.split()[0]: float(line.split()[2]) for line in done.stdout.splitlines()}


def main():
    rounds = commands()
    pcscd, local = through_pcscd(rounds), in_process(rounds)
    print(f"\nmedian of {ROUNDS} rounds, microseconds; every change is in the card file before the answer")
    print(f"{'':18}{'pcscd + vpcd':>14}{'in process':>14}")
    for name, us in pcscd.items():
        if name == "warm-up":
            continue
        print(f"{name:18}{us:14.1f}{local[name]:14.1f}")
    for leftover in BIN.parent.glob("bench.card*"):
        leftover.unlink()


if __name__ == "__main__":
    main()
