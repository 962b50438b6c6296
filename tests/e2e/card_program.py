#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-card as a program and as a peer of vpcd: what it says, how it ends, and what it does with every way in which
TCP may bring a command."""
import signal
import socket
import time

import oracle
from harness import BIN, TMP, Process, Reader, check, personalise, run, wait_until

SELECT_MF = bytes.fromhex("00a40004023f00")
SELECT_USIM = bytes.fromhex("00a4040c07a0000000871002")
AUTHENTICATE = bytes.fromhex("008800812210") + bytes(16) + b"\x10" + bytes(16)  # 9862 when a USIM is selected


def refusals(card):
    cases = [
        ("no argument", [], 2, "one card file expected, got 0"),
        ("an unknown option", ["--nonsense", card], 2, "--help"),
        ("a port that is none", ["--vpcd", "localhost:vpcd", card], 2, "HOST:PORT with a port up to 65535 expected"),
        ("a port that is too large", ["--vpcd", "localhost:65536", card], 2, "HOST:PORT"),
        ("a host that is none", ["--vpcd", "no-such-host.invalid:1", card], 4, "no-such-host.invalid"),
        ("no such file", [TMP / "nothing.card"], 4, "nothing.card"),
        ("a file that is no card", [__file__], 4, "not a card file"),
    ]
    for what, arguments, expected, words in cases:
        status, output = run(BIN / "vuicc-card", *arguments, timeout=20)
        check(f"{what}: exit status {expected} and a reason", status == expected and words in output, output.strip())
    status, output = run(BIN / "vuicc-card", "--help")
    check("--help: exit status 0", status == 0 and "usage:" in output)


def waiting_and_signals(card):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = Process(BIN / "vuicc-card", "--vpcd", f"127.0.0.1:{port}", card)
    process.wait_for("waiting for it")
    status, output = run(BIN / "vuicc-card", card)
    check("a card file has one user at a time", status == 4 and "in use" in output, output.strip())
    time.sleep(0.5)
    check("it says once that it waits", process.output().count("waiting for it") == 1)
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(5)
        line, _ = listener.accept()
        check("it connects once vpcd is there", True)
        line.close()
        line, _ = listener.accept()
        check("and again when vpcd has dropped the connection", True)
        process.process.send_signal(signal.SIGSTOP)
        process.process.send_signal(signal.SIGCONT)
        line.sendall(b"\x00\x01\x04")
        check("stopping and continuing it does no harm", line.recv(100)[2:3] == b"\x3b")
        process.process.send_signal(signal.SIGINT)
        check("SIGINT ends it with exit status 0", process.process.wait(5) == 0)
        line.close()
    process = Process(BIN / "vuicc-card", "--vpcd", f"127.0.0.1:{port}", card)
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(2)
        end, taken = time.monotonic() + 1.2, 0
        while time.monotonic() < end:
            listener.accept()[0].close()
            taken += 1
    check("who drops the card without a word is asked less and less often", 2 <= taken <= 8, taken)
    process.stop()
    process = Process(BIN / "vuicc-card", "--vpcd", f"127.0.0.1:{port}", card)
    process.wait_for("waiting for it")
    check("SIGTERM while it waits ends it with exit status 0", process.stop() == 0)


def ways_of_a_frame(reader):
    frame = len(SELECT_MF).to_bytes(2, "big") + SELECT_MF
    reader.line.sendall(frame)
    at_once = reader.line.recv(100)
    check("an answer is one segment", at_once[:3] == b"\x00\x02\x61" and len(at_once) == 4, at_once.hex())
    for octet in frame:
        reader.line.sendall(bytes([octet]))
        time.sleep(0.002)
    check("a command octet by octet", reader.receive()[:1] == b"\x61")
    reader.line.sendall(frame * 3)
    check("three commands in one segment", [reader.receive()[:1] for _ in range(3)] == [b"\x61"] * 3)
    data, sw = reader.exchange(bytes(65535))
    check("a command of 65,535 octets: 6700", (data, sw) == (b"", "6700"), sw)
    check("a command of no octets: 6700", reader.exchange(b"")[1] == "6700")
    reader.send(b"\x03")
    reader.send(b"\xff")
    check("undefined controls are not answered", reader.exchange(SELECT_MF)[1].startswith("61"))


def power_and_reset(reader):
    _, sw = reader.exchange(SELECT_MF)
    atr = reader.atr()
    check("the ATR question between a command and its GET RESPONSE", atr[:1] == b"\x3b", atr.hex())
    data, sw_response = reader.exchange(bytes.fromhex("00c00000" + sw[2:]))
    check("does not lose the answer", sw_response == "9000" and data[:1] == b"\x62", sw_response)
    for control, what in ((b"\x02", "a reset"), (b"\x00\x01", "power off and on")):
        reader.exchange(SELECT_USIM)
        check("AUTHENTICATE with the USIM selected: 9862", reader.exchange(AUTHENTICATE)[1] == "9862")
        for octet in control:
            reader.send(bytes([octet]))
        check(f"{what} ends the selection: 6982", reader.exchange(AUTHENTICATE)[1] == "6982")
    reader.exchange(SELECT_USIM)
    reader.line.close()
    reader.line, _ = reader.listener.accept()
    check("so does another connection", reader.exchange(AUTHENTICATE)[1] == "6982")


def speed_with_nagle(reader):
    """Debian's vpcd sends length and payload apart, with Nagle's algorithm on: 40 ms a command without TCP_QUICKACK."""
    reader.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
    start = time.monotonic()
    for _ in range(100):
        reader.line.sendall(len(SELECT_USIM).to_bytes(2, "big"))
        reader.line.sendall(SELECT_USIM)
        reader.receive()
    seconds = time.monotonic() - start
    what = "100 commands of a reader that sends each in two segments take less than a second"
    check(what, seconds < 1, f"{seconds:.3f} s")


def trace(reader, card):
    reader.insert(card, "--trace")
    reader.exchange(bytes.fromhex("0020000a08") + b"88888888")
    aka, rand, sqn = oracle.Milenage(), bytes(range(16)), (5 << 5).to_bytes(6, "big")
    reader.apdu(SELECT_USIM)
    reader.apdu(bytes.fromhex("008800812210") + rand + b"\x10" + aka.autn(rand, sqn))
    wait_until(lambda: reader.card.output().count("AUTHENTICATE") == 1, "the trace shows AUTHENTICATE once")
    text = reader.card.output().lower()
    check("the trace names command and status word", "verify pin" in text and "9000" in text)
    secrets = {"PIN": b"88888888", "RES": aka.res_ak(rand)[0], "CK": aka.ck(rand), "IK": aka.ik(rand), "K": oracle.K}
    for name, secret in secrets.items():
        check(f"the trace does not hold the {name}", secret.hex() not in text)
    reader.remove()


def main():
    card = personalise("program.card")
    refusals(card)
    waiting_and_signals(card)
    reader = Reader()
    reader.insert(card)
    ways_of_a_frame(reader)
    power_and_reset(reader)
    speed_with_nagle(reader)
    check("vuicc-card ends cleanly", reader.remove() == 0)
    trace(reader, card)


if __name__ == "__main__":
    main()
