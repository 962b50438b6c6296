# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: processes that end with the test, a card in pcscd, and a reader without pcscd."""
import atexit
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("VUICC_BIN", SOURCE / "build" / "bin")).resolve()
SKIPPED = 77  # what ctest takes for "not run here"

_temporary = tempfile.TemporaryDirectory(prefix="vuicc-test-")
TMP = pathlib.Path(_temporary.name)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def check(what, condition, seen=""):
    """One line per statement that the test makes; the first that does not hold ends it."""
    print(f"{'ok    ' if condition else 'FAILED'}  {what}" + (f": {seen}" if seen != "" else ""), flush=True)
    if not condition:
        sys.exit(1)


def wait_until(condition, what, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            check(what, False, f"not within {seconds:g} s")
        time.sleep(0.02)


class Process:
    """A program in the background, its output in a file; stopped when the test ends, however it ends."""

    def __init__(self, *command, name=None, **popen):
        self.name = name or pathlib.Path(command[0]).name
        self.log = TMP / f"{self.name}-{id(self)}.log"
        with open(self.log, "w") as out:
            self.process = subprocess.Popen(
                [str(c) for c in command], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, **popen
            )
        atexit.register(self.stop)

    def output(self):
        return self.log.read_text(errors="replace")

    def wait_for(self, text, seconds=10.0):
        def there():
            if self.process.poll() is not None and text not in self.output():
                check(f"{self.name} runs", False, f"it ended with {self.process.returncode}:\n{self.output()}")
            return text in self.output()

        wait_until(there, f"{self.name} says '{text}'", seconds)

    def stop(self):
        """SIGTERM, and SIGKILL after five seconds. Returns the exit status."""
        atexit.unregister(self.stop)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()


def run(*command, **options):
    """A program to its end; (exit status, standard output and error)."""
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    done = subprocess.run([str(c) for c in command], **both, **options)
    return done.returncode, done.stdout


def memory(pid):
    """What the process can write: heap, what it mapped for itself, and its stack."""
    parts = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in maps:
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw.. \S+ \S+ \S+\s*(\S*)", line)
            if m is None or m[3] not in ("", "[heap]", "[stack]"):
                continue
            begin, end = int(m[1], 16), int(m[2], 16)
            mem.seek(begin)
            try:
                parts.append(mem.read(end - begin))
            except OSError:
                pass  # a guard page
    return b"".join(parts)


def personalise(name, *arguments):
    """A new card file, from the default profile when the arguments say nothing else."""
    card = TMP / name
    status, output = run(BIN / "vuicc-perso", "--force", *arguments, card)
    check(f"vuicc-perso makes {name}", status == 0, "" if status == 0 else output.strip())
    return card


READERS = ("Virtual PCD 00 00", "Virtual PCD 00 01")  # vpcd's two slots, in pcscd
READER = READERS[0]
VPCD_PORT = 35963  # the first slot's


def card_in_reader(slot=0):
    """What pcscd thinks. It looks every 400 ms, so a card that was pulled is seen as present for a while."""
    _, output = run("opensc-tool", "--list-readers")
    return re.search(rf"^{slot}\s+Yes\s.*{READERS[slot]}", output, re.M) is not None


def insert(card, trace=True, slot=0):
    """vuicc-card with a card file in pcscd's reader, and pcscd knows it. (opensc-tool --wait may miss the moment.)"""
    wait_until(lambda: not card_in_reader(slot), "the reader is empty")
    options = ["--vpcd", f"127.0.0.1:{VPCD_PORT + slot}"] + (["--trace"] if trace else [])
    process = Process(BIN / "vuicc-card", *options, card)
    process.wait_for("is in the reader")
    wait_until(lambda: card_in_reader(slot), "pcscd sees the card")
    return process


class Gone(Exception):
    """The card has left the reader."""


class Reader:
    """vpcd's side of the wire on a loopback port, for tests that need speed or sudden ends rather than pcscd."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(10)
        self.port = self.listener.getsockname()[1]
        self.line = None
        self.card = None

    def insert(self, card, *options):
        """Starts vuicc-card for a card file, and powers the card up as pcscd does."""
        self.card = Process(BIN / "vuicc-card", "--vpcd", f"127.0.0.1:{self.port}", *options, card)
        self.line, _ = self.listener.accept()
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.line.settimeout(10)
        for control in b"\x01\x00\x01":
            self.send(bytes([control]))

    def remove(self):
        self.line.close()
        return self.card.stop()

    def send(self, payload):
        try:
            self.line.sendall(len(payload).to_bytes(2, "big") + payload)
        except OSError as e:
            raise Gone from e

    def receive(self):
        return self._exactly(int.from_bytes(self._exactly(2), "big"))

    def _exactly(self, n):
        got = b""
        while len(got) < n:
            try:
                part = self.line.recv(n - len(got))
            except ConnectionError as e:
                raise Gone from e
            if part == b"":
                raise Gone
            got += part
        return got

    def atr(self):
        self.send(b"\x04")
        return self.receive()

    def exchange(self, apdu):
        self.send(apdu)
        answer = self.receive()
        return answer[:-2], answer[-2:].hex()

    def apdu(self, text_or_octets):
        """One command as a T=0 reader sends it, GET RESPONSE included. (data, status word)"""
        apdu = bytes.fromhex(text_or_octets) if isinstance(text_or_octets, str) else text_or_octets
        data, sw = self.exchange(apdu)
        if sw.startswith("6c"):
            data, sw = self.exchange(apdu[:4] + bytes.fromhex(sw[2:]))
        while sw.startswith("61"):
            more, sw = self.exchange(bytes([apdu[0], 0xC0, 0, 0]) + bytes.fromhex(sw[2:]))
            data += more
        return data, sw
