#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me asks a BM-SC over https: whom it trusts, whom it does not, and what a capture shows of it."""
import contextlib
import socket
import ssl
import threading

from harness import TMP, check, personalise, run
from network import BMSC, SERVICE, Me, Network

URL = f"https://{BMSC}/keymanagement"


def certificate(name, host):
    """A certificate that signs itself, and its key."""
    cert, key = TMP / f"{name}.pem", TMP / f"{name}.key"
    subject = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    status, output = run(*command, *subject, "-keyout", key, "-out", cert)
    check(f"openssl makes a certificate for {host}", status == 0, output if status != 0 else "")
    return cert, key


class Front:
    """TLS in front of the test network's BM-SC, which speaks HTTP alone."""

    def __init__(self, cert, key, port):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert, key)
        self.behind = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.requests = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.connection, args=(client,), daemon=True).start()

    def connection(self, client):
        with contextlib.suppress(OSError), self.context.wrap_socket(client, server_side=True) as tls:
            with socket.create_connection(("127.0.0.1", self.behind)) as plain:
                threading.Thread(target=self.copy, args=(plain, tls), daemon=True).start()
                self.copy(tls, plain, self.requests)

    @staticmethod
    def copy(source, target, keep=None):
        with contextlib.suppress(OSError):
            while octets := source.recv(65536):
                if keep is not None:
                    keep.append(octets)
                target.sendall(octets)


def main():
    network = Network()
    card = personalise("tls.card")
    right, other = certificate("right", BMSC), certificate("other", "bmsc.example.org")

    def ask(front, store, *options, status):
        me = Me(network, store, "--card", card)
        me.command[-1] = f"{BMSC}=127.0.0.1:{front.port}"
        return me.do("--bmsc", URL, *options, "register", SERVICE, status=status)

    front = Front(*right, network.bmsc)
    capture = TMP / "tls.pcap"
    events = ask(front, "tls.sqlite", "--ca-file", right[0], "--capture", capture, status=0)
    check("registered over TLS", events["registered"]["service"] == SERVICE, events)
    check("the request went through it", any(b"requesttype=register" in r for r in front.requests), len(front.requests))
    decode = f"tcp.port=={front.port},http"
    requests = f"http.request && tcp.dstport == {front.port}"
    status, output = run("tshark", "-n", "-d", decode, "-r", capture, "-Y", requests)
    check("a capture shows the requests without TLS", "POST /keymanagement?requesttype=register" in output, output)

    for what, front, options in (
        ("a certificate that nobody vouches for", Front(*right, network.bmsc), []),
        ("another's certificate", Front(*other, network.bmsc), ["--ca-file", other[0]]),
    ):
        events = ask(front, "distrust.sqlite", *options, status=1)
        check(f"{what}: an error that says so", "certificate" in events["error"]["what"], events["error"])
        check(f"{what}: no request gets out", front.requests == [])
    events = ask(front, "distrust.sqlite", "--ca-file", TMP / "no.such.file", status=1)
    what = events["error"]["what"]
    check("a file of certificates that is not there is told", "no.such.file" in what, what)


if __name__ == "__main__":
    main()
