#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long the ME takes, against the test network, with its card in pcscd (through vpcd) and in process:

- from the start of vuicc-me, with an empty key store, to its first MSK: bootstrapping, registration, MSK request, MIKEY;
- from a MIKEY datagram with an MSK to the verification message for it.

Run inside with-pcscd.sh; `./run bench me` does. usage: bench_me.py [ROUNDS]
"""
import json
import pathlib
import select
import socket
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from harness import BIN, TMP, check, insert, personalise
from network import GROUP, IMSI, SERVICE, Me, Network, free_udp_port

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
SECONDS = 10  # for anything that is waited for
PLACES = {"on disk": BIN.parent, "in memory": TMP}  # of card file and key store; TMP is with-pcscd.sh's tmpfs


def remove(folder, name):
    for path in folder.glob(f"{name}*"):
        path.unlink()


def spawn(command, stdout):
    return subprocess.Popen([str(c) for c in command], stdout=stdout, stdin=subprocess.DEVNULL)


def wait_event(process, name):
    for line in process.stdout:
        if json.loads(line)["event"] == name:
            return
    check(f"vuicc-me says {name}", False, "it ended")


def end(process):
    process.terminate()
    if process.stdout is not None:
        process.stdout.close()
    if process.wait(SECONDS) != 0:
        check("vuicc-me ends with status 0", False, process.returncode)


def to_first_msk(me, folder):
    """Seconds, one start each; the BM-SC has the ACK when the next start begins."""
    times = []
    for _ in range(ROUNDS):
        remove(folder, "bench-me.sqlite")
        start = time.perf_counter()
        process = spawn([*me.command, "--register", SERVICE, "--request", GROUP, "run"], subprocess.PIPE)
        wait_event(process, "msk")
        times.append(time.perf_counter() - start)
        wait_event(process, "ack-sent")
        end(process)
    return times


class Between:
    """Stands where the BM-SC sends MIKEY to, hands everything on, and takes the time between a datagram and its answer."""

    def __init__(self, network, address):
        self.outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.outside.bind((address, network.ue_port))
        self.inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.inside.bind(("127.0.0.1", 0))
        self.inside_port = free_udp_port()
        self.agent = (address, self.inside_port)

    def one(self):
        message, bmsc = self.outside.recvfrom(4096)
        start = time.perf_counter()
        self.inside.sendto(message, self.agent)
        answer = self.inside.recv(4096)
        took = time.perf_counter() - start
        self.outside.sendto(answer, bmsc)
        return took


def tell(network, *arguments):
    """As network.tell(), without a line for each of a thousand times."""
    subprocess.run([BIN / "vuicc-testnet", "ctl", arguments[0], "--socket", network.socket, *arguments[1:]], check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip


def datagram_to_ack(network, me):
    between = Between(network, "127.0.0.2")
    between.outside.settimeout(SECONDS)
    between.inside.settimeout(SECONDS)
    command = [*me.command]
    command[command.index("--listen") + 1] = f"127.0.0.2:{between.inside_port}"
    process = spawn([*command, "--register", SERVICE, "--request", GROUP, "run"], subprocess.DEVNULL)
    between.one()
    times = []
    for _ in range(ROUNDS):
        tell(network, "push", IMSI, GROUP)
        times.append(between.one())
    end(process)
    between.outside.close()
    between.inside.close()
    return times


def measure(network, place, folder):
    """[(what, seconds to the first MSK, seconds to the ACK)] with card file and key store in that folder."""
    file = personalise(folder / "bench-me.card")
    rows = []
    reader = insert(file, trace=False)
    for way, card in (("pcscd + vpcd", []), ("in process", ["--card", file])):
        me = Me(network, folder / "bench-me.sqlite", *card)
        rows.append((f"{way}, {place}", to_first_msk(me, folder), datagram_to_ack(network, me)))
        if not card:
            reader.stop()
    remove(folder, "bench-me.")
    return rows


def cell(times):
    return f"{statistics.median(times) * 1e3:.2f} ({statistics.quantiles(times, n=100)[98] * 1e3:.2f})"


def main():
    network = Network()
    rows = [row for place, folder in PLACES.items() for row in measure(network, place, folder)]
    print(f"\nmedian of {ROUNDS}, milliseconds; in brackets what 99 of 100 took less than")
    print(f"{'':24}{'start to first MSK':>22}{'MSK datagram to ACK':>22}")
    for name, starts, acks in rows:
        print(f"{name:24}{cell(starts):>22}{cell(acks):>22}")


if __name__ == "__main__":
    main()
