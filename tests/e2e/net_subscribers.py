#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-testnet imports subscribers, and begins with 100,000 of them and of UEs in a time and a memory that are told."""
import os
import sqlite3
import sys
import time

import oracle
from harness import BIN, TMP, check, run
from net_ue import Mikey, Ue, codes
from network import GROUP, SERVICE, Network, mode

MANY, ENTRIES = 100000, 20000
# A tester waits for the one, and has other programs beside the other. Of the processor: a test has others beside it, too.
START_SECONDS, RSS_MIB = 1.5, 200
STATE = TMP / "subscribers.state"
CURRENT = bytes.fromhex("00010000")

UERANSIM = f"""supi: 'imsi-999700000000001'
mcc: '999'
mnc: '70'
key: '{oracle.K.hex().upper()}'
op: '{oracle.OPC.hex().upper()}'
opType: 'OPC'
amf: '8000'
gnbSearchList:
  - 127.0.0.1
"""
OPEN5GS = f"""- imsi: '001010000000001'
  slice: [ {{ sst: 1 }} ]
  security: {{ k: {oracle.K.hex()}, op: null, opc: {oracle.OPC.hex()}, amf: '8000', sqn: 1184 }}
"""
COUNTED = f"""subscribers:
- {{ imsi: '001011000000000', mnc_length: 2, k: '{oracle.K.hex()}', k_step: 1, opc: '{oracle.OPC.hex()}',
    sqn: '000000000020', gba_u: true, count: {MANY} }}
"""


def imported(name, text, *options, status=0):
    path = TMP / name
    path.write_text(text)
    got, output = run(BIN / "vuicc-testnet", "import", path, "--state", STATE, *options)
    check(f"import {name}: exit status {status}", got == status, output.strip())
    return output


def ues_of_others():
    check("a UE of UERANSIM", "1 subscriber imported" in imported("ueransim.yaml", UERANSIM))
    check("the state is its owner's alone", mode(STATE) == 0o600)
    imported("open5gs.yaml", OPEN5GS, "--gba-u")
    output = imported("bad.yaml", UERANSIM.replace("opType: 'OPC'", "opType: 'XOR'"), status=3)
    check("a mistake has its place", "bad.yaml:6:9: opType: expected OP or OPC" in output)
    status, output = run(BIN / "vuicc-testnet", "import", TMP / "ueransim.yaml")
    check("without a state there is no import", status == 2 and "--state" in output, output.strip())

    network = Network("others", options=["--state", STATE])
    ue = Ue("127.0.0.7", network.ue_port, imsi="999700000000001", gba_u=False, mbms="me")
    ue.impi = "999700000000001@ims.mnc070.mcc999.3gppnetwork.org"
    sqn = int.from_bytes(ue.sqn(*ue.challenge(network.bsf)[:2]), "big")
    check("UERANSIM's begins with SQN 0", sqn < 64, hex(sqn))
    other = Ue("127.0.0.8", network.ue_port, imsi="001010000000001")
    sqn = int.from_bytes(other.sqn(*other.challenge(network.bsf)[:2]), "big")
    check("that of Open5GS where it was there", 1184 < sqn < 1184 + 64, sqn)
    other.bootstrap(network.bsf)
    check("it registers", codes(other.register(network.bmsc, SERVICE)) == [200])
    stranger = f'Digest username="{oracle.IMPI.decode()}", realm="", nonce="", uri="/", response=""'
    status = other.http(network.bsf, "GET", "/", {"Authorization": stranger}).status
    check("the built-in subscriber is not served beside them", status == 403, status)
    output = imported("ueransim.yaml", UERANSIM, status=4)
    check("nothing is imported under a running network", f"{STATE} is in use by process {network.process.process.pid}" in output)
    network.process.stop()


def as_many_entries():
    """Without count:, as another program would write them; too long for a configuration."""
    path = TMP / "entries.yaml"
    with open(path, "w") as out:
        out.write("subscribers:\n")
        for i in range(ENTRIES):
            out.write(f"- imsi: '{1011000000000 + i:015d}'\n  security:\n    k: {oracle.K.hex()}\n    opc: {oracle.OPC.hex()}\n")
    before = time.monotonic()
    status, output = run(BIN / "vuicc-testnet", "import", path, "--state", STATE, "--gba-u")
    check("20,000 entries are imported", status == 0 and f"{ENTRIES} subscribers" in output, output.strip())
    print(f"import: {path.stat().st_size / 2**20:.0f} MiB in {time.monotonic() - before:.2f} s")
    status, output = run(BIN / "vuicc-testnet", "run", "--config", path, "--socket", TMP / "s")
    check("a configuration has an end", status == 4 and "vuicc-testnet import" in output, output.strip())


def fill_with_ues():
    """What a network has of 100,000 UEs: a run, keys, a registration, an MSK that it has verified, and 1,000 that wait."""
    subscribers = [f"{1011000000000 + i:015d}" for i in range(MANY)]
    impis = [f"{imsi}@ims.mnc001.mcc001.3gppnetwork.org" for imsi in subscribers]
    btids = [f"{i:022d}==@bsf.mnc001.mcc001.pub.3gppnetwork.org" for i in range(MANY)]
    end = int(time.time() + 3600) * 1000
    domain, key = bytes.fromhex("00f110"), bytes(32)
    with sqlite3.connect(STATE) as db:
        db.executemany("INSERT INTO run VALUES(?, ?, ?, ?, ?)", ((i, b, key, key[:16], end) for i, b in zip(impis, btids)))
        db.executemany(
            "INSERT INTO ue(impi, host, port, btid, mrk, muk, expires, counter) VALUES(?, '127.0.0.9', 9, ?, ?, ?, ?, 1)",
            ((i, b, key, key, end) for i, b in zip(impis, btids)),
        )
        db.executemany("INSERT INTO registration VALUES(?, ?)", ((i, SERVICE) for i in impis))
        db.executemany("INSERT INTO held VALUES(?, ?, 1, 1)", ((i, domain) for i in impis))
        db.executemany(
            "INSERT INTO sent VALUES(?, ?, 1, 1, ?, 1, ?, 0, 100, ?, ?)",
            ((i, domain, key[:16], key[:16], bytes([0, 0, 0, 1]), end) for i in impis[:1000]),
        )
    db.close()


def processor_seconds(process):
    user, system = open(f"/proc/{process.process.pid}/stat").read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def rss_mib(process):
    for line in open(f"/proc/{process.process.pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def many():
    as_many_entries()
    before = time.monotonic()
    check("100,000 subscribers from one entry", f"{MANY} subscribers" in imported("counted.yaml", COUNTED))
    print(f"import: {time.monotonic() - before:.2f} s, {STATE.stat().st_size / 2**20:.0f} MiB")
    fill_with_ues()
    before = time.monotonic()
    network = Network("many", options=["--state", STATE])
    seconds = time.monotonic() - before
    busy, rss = processor_seconds(network.process), rss_mib(network.process)
    print(f"start with {MANY} subscribers and UEs: {seconds:.2f} s, {busy:.2f} s of them busy")
    print(f"{rss:.0f} MiB resident, {rss * 2**20 / MANY:.0f} octets each")
    known = network.events.all()[0]["ues"]
    check("all UEs are known again", known == MANY + 1, known)
    check(f"within {START_SECONDS} s of the processor", busy < START_SECONDS, f"{busy:.2f} s")
    check(f"in {RSS_MIB} MiB", rss < RSS_MIB, f"{rss:.0f} MiB")

    k = (int.from_bytes(oracle.K, "big") + MANY - 1).to_bytes(16, "big")
    ue = Ue("127.0.0.10", network.ue_port, imsi=f"{1011000000000 + MANY - 1:015d}", k=k)
    before = time.monotonic()
    ue.bootstrap(network.bsf)
    check("the last of them registers", codes(ue.register(network.bmsc, SERVICE)) == [200])
    check("and gets the MSK", codes(ue.ask(network.bmsc, CURRENT)) == [200])
    message = Mikey(ue.receive()[0])
    check("in no time", time.monotonic() - before < 1, f"{(time.monotonic() - before) * 1000:.1f} ms")
    check("which it can open", message.open(ue.muk))
    network.tell("rekey", GROUP, "--no-ack", "--rate=1000000")
    before = time.monotonic()
    check("a request has its turn", codes(ue.register(network.bmsc, SERVICE)) == [200])
    seconds = time.monotonic() - before
    check("while 100,000 UEs are rekeyed", seconds < 1 and not any(e["event"] == "rekeyed" for e in network.events.all()),
          f"{seconds * 1000:.1f} ms")
    network.process.stop()


if __name__ == "__main__":
    ues_of_others()
    many()
    sys.exit(0)
