#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`vuicc-testnet ctl list` of twenty thousand UEs: whole, and the network does its other work while nobody reads it."""
import contextlib
import json
import re
import signal
import socket
import sqlite3
import sys
import time

import oracle
from harness import TMP, check
from net_ue import Ue, codes
from network import SERVICE, Network

UES = 20000
STATE = TMP / "list.state"


def imsi(i):
    return f"00101{i:010}"


def subscribers():
    keys = f"k: {oracle.K.hex()}, opc: {oracle.OPC.hex()}"
    return f"subscribers:\n- {{ imsi: '{imsi(0)}', count: {UES}, mnc_length: 2, {keys}, sqn: '000000000020', gba_u: true }}\n"


def fill_state(network):
    """As if all but one of them had come: rows like that one's."""
    network.process.process.send_signal(signal.SIGTERM)
    network.process.process.wait(10)
    with contextlib.closing(sqlite3.connect(STATE, isolation_level=None)) as db:
        db.execute("BEGIN")
        one = db.execute("SELECT host, port, mrk, muk, expires, counter FROM ue").fetchone()
        for i in range(1, UES):
            impi = oracle.IMPI.decode().replace(oracle.IMSI, imsi(i))
            db.execute(
                "INSERT INTO ue(impi, btid, host, port, mrk, muk, expires, counter) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                (impi, f"{i}@{oracle.BSF.decode()}", *one),
            )
        db.execute("COMMIT")
    network.start()


def connect(network, line):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(str(network.socket))
    s.sendall(line.encode() + b"\n")
    return s


def read_all(s):
    with s, s.makefile() as f:
        return [json.loads(line) for line in f]


def main():
    network = Network(more=subscribers(), options=["--state", STATE])
    ue = Ue("127.0.0.2", network.ue_port, imsi(0))
    ue.bootstrap(network.bsf)
    check("one UE registers", codes(ue.register(network.bmsc, SERVICE)) == [200])
    fill_state(network)

    sleepers = [connect(network, "list --json") for _ in range(3)]
    start = time.monotonic()
    check("a UE is served while nobody reads", codes(ue.register(network.bmsc, SERVICE)) == [200])
    one = network.tell("list", imsi(17), "--json")
    took = time.monotonic() - start
    check("and other commands are, at once", took < 1 and re.search(f'"ue":"{imsi(17)}@', one), f"{took * 1e3:.0f} ms")
    for sleeper in sleepers:
        *lines, end = read_all(sleeper)
        ues = {e["ue"] for e in lines if e["event"] == "ue"}
        check("a list has all UEs once, and its end", (len(ues), len(lines), end["result"]) == (UES, UES + 1, "ok"))
    impatient = connect(network, "list")
    impatient.recv(10)
    impatient.close()
    filtered = network.tell("list", "--unverified", "--json").splitlines()
    check("what is asked for is all that comes", len(filtered) == 2 and "key-group" in filtered[0])
    check("it still ends in order", network.process.stop() == 0)


if __name__ == "__main__":
    sys.exit(main())
