#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What one peer of vuicc-testnet gets, and that the others get theirs meanwhile."""
import http.client
import ipaddress
import socket
import sys
import time

import oracle
from harness import TMP, check, run, wait_until
from net_ue import KM, Ue, codes
from network import SERVICE, Network

CONNECTIONS, PER_PEER, RATE, DATAGRAMS, SECONDS = 12, 4, 5, 5, 1
LIMITS = (
    f"limits: {{ connections: {CONNECTIONS}, connections_per_peer: {PER_PEER}, requests_per_second: {RATE}, "
    f"datagrams_per_second: {DATAGRAMS}, request_seconds: {SECONDS} }}\n"
)


def limited(network, peer, interface):
    return [e for e in network.events.all() if e["event"] == "limited" and (e["peer"], e["interface"]) == (peer, interface)]


def connect(port, peer):
    return socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(peer, 0))


def ended(connection):
    """Whether the server ends it, sooner or later."""
    connection.settimeout(5)
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def listens_on_loopback(network):
    """Every socket of the process: the addresses that are bound."""
    _, output = run("ss", "-H", "-tulnp")
    mine = [line.split() for line in output.splitlines() if f"pid={network.process.process.pid}," in line]
    addresses = {fields[4].rsplit(":", 1)[0] for fields in mine}
    ports = {int(fields[4].rsplit(":", 1)[1]) for fields in mine}
    check("BSF, BM-SC and MIKEY listen", ports == {network.bsf, network.bmsc, network.mikey}, ports)
    check("on loopback alone", all(ipaddress.ip_address(a).is_loopback for a in addresses), addresses)


def a_peer_has_so_many_connections(network):
    mine = [connect(network.bsf, "127.0.0.9") for _ in range(PER_PEER)]
    check("one connection more than a peer may have is ended", ended(connect(network.bsf, "127.0.0.9")))
    wait_until(lambda: limited(network, "127.0.0.9", "Ub"), "and told of")
    check("another peer is let in", status_of(network.bsf, "127.0.0.10") == 400)
    for c in mine:
        c.close()
    wait_until(lambda: not ended_at_once(network.bsf, "127.0.0.9"), "when they are closed, there is room again")


def ended_at_once(port, peer):
    with connect(port, peer) as c:
        c.settimeout(0.2)
        try:
            return c.recv(1) == b""
        except TimeoutError:
            return False


def status_of(port, peer):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5, source_address=(peer, 0))
    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def all_have_so_many(network):
    """The one that is too many waits, until somebody else's is over."""
    mine = [connect(network.bsf, f"127.0.1.{i}") for i in range(CONNECTIONS)]
    start = time.monotonic()
    check("a peer gets its answer when there is room", status_of(network.bsf, "127.0.0.10") == 400)
    check("which is when idle ones have had their time", time.monotonic() - start > SECONDS / 2, time.monotonic() - start)
    for c in mine:
        c.close()


def slow_ones_are_ended(network):
    """Octet by octet: the head of a request, a body, and an answer that nobody takes."""
    head = b"GET / HTTP/1.1\r\nHost: a\r\nX: "
    post = f"POST {KM} HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n".encode()
    for what, octets in (("a request line", b""), ("a head", head), ("a body", post)):
        start = time.monotonic()
        with connect(network.bmsc, "127.0.0.11") as c:
            try:
                c.sendall(octets)
                while time.monotonic() - start < 10:
                    c.sendall(b"x")
                    time.sleep(0.05)
            except OSError:
                pass
        took = time.monotonic() - start
        check(f"{what} that comes octet by octet is ended", SECONDS * 0.9 < took < SECONDS * 4, f"{took:.2f} s")
    wait_until(lambda: limited(network, "127.0.0.11", "Ua"), "and told of")


def a_peer_makes_so_many_requests(network):
    statuses = [status_of(network.bmsc, "127.0.0.12") for _ in range(4 * RATE)]
    check("more requests than a peer may make get 429", statuses[: 2 * RATE] == [404] * (2 * RATE) and statuses[-1] == 429, statuses)
    check("which is told once a second", 1 <= len(limited(network, "127.0.0.12", "Ua")) <= 2)
    connection = http.client.HTTPConnection("127.0.0.1", network.bmsc, timeout=5, source_address=("127.0.0.12", 0))
    connection.request("POST", KM, body=b"x" * 10000)
    answer = connection.getresponse()
    check("also a request with a body, which says when to come again", (answer.status, answer.headers["Retry-After"]) == (429, "1"))
    connection.close()
    check("another peer gets its answer", status_of(network.bmsc, "127.0.0.13") == 404)
    wait_until(lambda: status_of(network.bmsc, "127.0.0.12") == 404, "and the same later, too")


def a_peer_sends_so_many_datagrams(network):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.14", 0))
        for _ in range(50):
            s.sendto(b"x", ("127.0.0.1", network.mikey))
        network.events.wait("limited", interface="MIKEY", peer="127.0.0.14")
        seen = [e for e in network.events.all() if e["event"] == "rejected" and e.get("peer") == "127.0.0.14"]
        check("more datagrams than a peer may send are not looked at", len(seen) <= 2 * DATAGRAMS + 1, len(seen))


def a_ue_is_served(network):
    """With a flood from somebody else."""
    ue = Ue("127.0.0.15", network.ue_port)
    ue.bootstrap(network.bsf)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
        for _ in range(2000):
            flood.sendto(b"x", ("127.0.0.1", network.mikey))
    check("a UE registers", codes(ue.register(network.bmsc, SERVICE)) == [200])
    check("and asks", codes(ue.ask(network.bmsc, bytes.fromhex("00010000"))) == [200])
    check("and gets", len(ue.receive()[0]) > 100)
    output = network.process.output()
    check("no key was shown", not any(s in output for s in (oracle.K.hex(), ue.muk.hex(), ue.mrk)))


def main():
    network = Network(more=LIMITS, options=["--state", TMP / "bounds.state"])
    listens_on_loopback(network)
    a_peer_has_so_many_connections(network)
    all_have_so_many(network)
    slow_ones_are_ended(network)
    a_peer_makes_so_many_requests(network)
    a_peer_sends_so_many_datagrams(network)
    a_ue_is_served(network)
    check("it ends in order", network.process.stop() == 0)


if __name__ == "__main__":
    sys.exit(main())
