#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me with a BSF that is none: slow, half closed, huge, or no HTTP at all; and with a security description."""
import socket
import threading
import time

from harness import check, personalise, run
from network import BMSC, BSF, SERVICE, Me, Network, ends_cleanly


class Server:
    """Takes connections on a loopback port; each is one call of serve(connection, address), in a thread."""

    def __init__(self, serve):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.serve = serve
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, address = self.listener.accept()
            threading.Thread(target=self._one, args=(connection, address), daemon=True).start()

    def _one(self, connection, address):
        try:
            with connection:
                self.serve(connection, address)
        except OSError:
            pass  # the ME has had enough


def nonsense(network, card):
    """What a BSF never says. The ME ends with an error that tells what came, within its time."""
    def says(octets, then=lambda c: None):
        def serve(connection, _):
            connection.recv(65536)
            connection.sendall(octets)
            then(connection)
        return serve

    def drip(connection):
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.1)

    hang = threading.Event().wait
    cases = {
        "closes without a word": (says(b""), 4, "mpty reply"),
        "says no HTTP": (says(b"SSH-2.0-x\r\n\r\n"), 1, "HTTP"),
        "closes in the head": (says(b"HTTP/1.1 401 x\r\nWWW-Auth"), 1, "401 from the BSF without a Digest challenge"),
        "closes in the body": (says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), 4, "bytes remaining"),
        "never answers": (says(b"", lambda c: hang(5)), 4, "imed out"),
        "drips": (says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", drip), 4, "imed out"),
        "has a header of 100,000 octets": (says(b"HTTP/1.1 401 x\r\nX: " + b"x" * 100000 + b"\r\n\r\n"), None, ""),
        "has a challenge of 3,000 octets": (says(b"HTTP/1.1 401 x\r\nWWW-Authenticate: Digest realm=\"" + b"x" * 3000
                                                + b"\"\r\nContent-Length: 0\r\n\r\n"), 1, "too long"),
        "sends 70,000 octets": (says(b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70000), 1, "too long"),
        "sends a body without an end": (says(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 70000, drip), 1, "too long"),
    }  # fmt: skip
    for name, (serve, status, what) in cases.items():
        me = Me(network, "none.sqlite", "--card", card, "--http-timeout", "1")
        me.command[me.command.index("--connect-to") + 1] = f"{BSF}=127.0.0.1:{Server(serve).port}"
        began = time.monotonic()
        got, output = run(*me.command, "bootstrap")
        check(f"a BSF that {name}", status in (None, got) and got in (1, 4) and what in output and '"error"' in output,
              "" if what in output and status in (None, got) else f"{got}: {output}")  # fmt: skip
        check("within its time", time.monotonic() - began < 3, f"{time.monotonic() - began:.1f} s")


def description(network, card):
    """The test network announces its services; the ME takes the BM-SC and the Key Groups from there."""
    url = f"http://{BMSC}/securitydescription"
    process, events = Me(network, "described.sqlite", "--card", card, "--description", url).run("--register", SERVICE)
    events.wait("registered", service=SERVICE)
    ends_cleanly(process)
    for where, what in ((url + "/not/there", "expected 200, got 404"), ("/no/such/file", "No such file"),
                        (card, "description")):  # fmt: skip
        status, output = run(*Me(network, "described.sqlite", "--card", card, "--description", where).command, "bootstrap")
        check(f"a description that is none: {what}", status == 4 and what in output, output)


def main():
    network, card = Network(), personalise("http.card")
    nonsense(network, card)
    description(network, card)


main()
