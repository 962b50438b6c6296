#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Requests a second at the BM-SC, each with a digest of its own, beside a libmicrohttpd that says hello.

The server has one core, the client (http_load) the other. `./run bench bmsc` does it. The requests are made in Python
before the clock runs, with B-TIDs and MRKs of UEs that have bootstrapped (net_ue.py): nonce counts that go on, auth-int
over the body. The BM-SC does all that it does for a UE: it logs each request (--json, to a file), counts
each peer's share, and keeps its state. All UEs of a service send the same body, which it then knows; the last line is for
bodies that are all different, and has no bar.

usage: bench_bmsc.py [REQUESTS]
"""
import base64
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import oracle
from harness import BIN, TMP, Process, check
from net_ue import KM, Ue, codes, digest, fields
from network import SERVICE, Network

REQUESTS = int(sys.argv[1]) if len(sys.argv) > 1 else 20000  # of one measurement
REPEATS = 7
CONNECTIONS = (1, 64)
BAR = 0.4
SERVER_CORE, CLIENT_CORE = sorted(os.sched_getaffinity(0))[:2] if len(os.sched_getaffinity(0)) > 1 else (0, 0)
REALM = "3GPP-bootstrapping@bmsc.home1.net"
REGISTER = f'<mbmsSecurityRegister xmlns="urn:3GPP:metadata:2005:MBMS:register"><serviceID>{SERVICE}</serviceID></mbmsSecurityRegister>'


def imsi(i):
    return f"00101{i:010}"


def config(n):
    """Subscribers for every connection; all the limits, that of requests beyond reach."""
    one = "  - {{ imsi: \"{}\", mnc_length: 2, k: {}, opc: {}, sqn: \"000000000020\", gba_u: true }}\n"
    limits = "{ connections: 1024, connections_per_peer: 64, requests_per_second: 1000000, datagrams_per_second: 100, request_seconds: 10 }"
    return f"limits: {limits}\nsubscribers:\n" + "".join(one.format(imsi(i), oracle.K.hex(), oracle.OPC.hex()) for i in range(n))


def pinned(core, *command):
    return ["taskset", "-c", core, *command]


def hello(connections):
    request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    return b"".join(b"%d %d\n%s" % (i % connections, len(request), request) for i in range(REQUESTS))


class Client:
    """A UE that registers again and again."""

    def __init__(self, i, network):
        self.port = network.bmsc
        self.ue = Ue("127.0.0.2", 0, imsi(i))
        self.ue.bootstrap(network.bsf)
        check_quietly(codes(self.ue.register(network.bmsc, SERVICE)) == [200], "a UE registers")
        self.target = f"{KM}?requesttype=register"

    def renew(self):
        answer = self.ue.http(self.port, "POST", self.target)
        self.nonce, self.nc = fields(answer.headers["WWW-Authenticate"])["nonce"], 0

    def request(self, remark=""):
        self.nc += 1
        body = base64.b64encode((REGISTER + remark).encode())
        response = digest(self.ue.btid, REALM, self.ue.mrk, self.nonce, self.target, "POST", body, self.nc, "cafe")
        return (
            f"POST {self.target} HTTP/1.1\r\nHost: bmsc.home1.net\r\nUser-Agent: bench 3gpp-gba\r\n"
            f'Authorization: Digest username="{self.ue.btid}", realm="{REALM}", nonce="{self.nonce}", '
            f'uri="{self.target}", qop=auth-int, nc={self.nc:08x}, cnonce="cafe", response="{response}", algorithm=MD5\r\n'
            f"Content-Type: application/mbms-register+xml\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body


def check_quietly(condition, what):
    if not condition:
        check(what, False)


def registrations(clients, different=False):
    for c in clients:
        c.renew()
    parts = []
    for i in range(REQUESTS):
        request = clients[i % len(clients)].request(f"<!-- {i} -->" if different else "")
        parts.append(b"%d %d\n%s" % (i % len(clients), len(request), request))
    return b"".join(parts)


def cpu_seconds(pid):
    """That all threads of the process have used."""
    tasks = pathlib.Path(f"/proc/{pid}/task")
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9


def load(server, port, requests):
    """Requests a second; median, 99th percentile and the server's time on its core for one, in microseconds."""
    before = cpu_seconds(server.pid)
    command = [str(c) for c in pinned(CLIENT_CORE, BIN / "http_load", port)]
    done = subprocess.run(command, input=requests, capture_output=True)
    check_quietly(done.returncode == 0, f"http_load: {done.stderr.decode()}")
    n, seconds, median, p99 = done.stdout.split()
    used = (cpu_seconds(server.pid) - before) / int(n)
    return int(n) / float(seconds), float(median), float(p99), used * 1e6


def cell(row):
    return f"{row[0]:9.0f} {row[1]:6.0f} ({row[2]:5.0f}) {row[3]:7.1f}"


def main():
    network = Network(more=config(max(CONNECTIONS)), options=["--state", TMP / "bench.state"])
    ours = network.process.process
    subprocess.run(["taskset", "-a", "-p", "-c", str(SERVER_CORE), str(ours.pid)], check=True, stdout=subprocess.DEVNULL)
    server = Process(*pinned(SERVER_CORE, BIN / "mhd_hello"), name="mhd_hello")
    server.wait_for("\n")
    hello_port = server.output().strip()
    clients = [Client(i, network) for i in range(max(CONNECTIONS))]
    print(f"\nbest of {REPEATS} times {REQUESTS} requests; the server on core {SERVER_CORE}, its client on core {CLIENT_CORE}")
    head = f"{'1/s':>9} {'us':>6} {'(p99)':>7} {'CPU us':>7}"
    print(f"{'':11}{'hello with libmicrohttpd':>36}{'BM-SC':>36}\n{'connections':>11}{head:>36}{head:>36}{'ratio':>8}{'bar':>6}")
    held = True
    for n, different in (*((n, False) for n in CONNECTIONS), (max(CONNECTIONS), True)):
        theirs, answered = [], []
        for _ in range(REPEATS):
            theirs.append(load(server.process, hello_port, hello(n)))
            answered.append(load(ours, network.bmsc, registrations(clients[:n], different)))
        a, b = max(theirs), max(answered)  # what else the machine does takes away from either
        held = held and (different or b[0] / a[0] >= BAR)
        print(f"{n:>11}{cell(a):>36}{cell(b):>36}{b[0] / a[0]:>8.2f}{'-' if different else BAR:>6}", flush=True)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
