# SPDX-License-Identifier: Apache-2.0
"""A card in pcscd's reader, for tests that want more commands than a program per command can send."""
import ctypes
import socket
import statistics
import time

from harness import READER


class Refused(Exception):
    """winscard said no; the code is its own."""


class Pcsc:
    """The few functions of winscard.h that it takes."""

    SHARED, EXCLUSIVE = 2, 1
    LEAVE, RESET = 0, 1

    class IoRequest(ctypes.Structure):
        _fields_ = [("protocol", ctypes.c_ulong), ("length", ctypes.c_ulong)]

    def __init__(self, reader=READER, share=SHARED):
        self.lib = ctypes.CDLL("libpcsclite.so.1")
        context, self.card, protocol = ctypes.c_long(), ctypes.c_long(), ctypes.c_ulong()
        assert self.lib.SCardEstablishContext(2, None, None, ctypes.byref(context)) == 0
        arguments = (context, reader.encode(), ctypes.c_ulong(share), ctypes.c_ulong(3))
        assert self.lib.SCardConnect(*arguments, ctypes.byref(self.card), ctypes.byref(protocol)) == 0
        self.request = self.IoRequest(protocol.value, ctypes.sizeof(self.IoRequest))

    def transmit(self, octets):
        answer, n = ctypes.create_string_buffer(300), ctypes.c_ulong(300)
        arguments = (self.card, ctypes.byref(self.request), octets, ctypes.c_ulong(len(octets)), None)
        code = self.lib.SCardTransmit(*arguments, answer, ctypes.byref(n))
        if code != 0:
            raise Refused(f"{code & 0xFFFFFFFF:08x}")
        return answer.raw[: n.value]

    def reset(self):
        protocol = ctypes.c_ulong()
        code = self.lib.SCardReconnect(self.card, ctypes.c_ulong(2), ctypes.c_ulong(3), ctypes.c_ulong(1),
                                       ctypes.byref(protocol))
        if code != 0:
            raise Refused(f"{code & 0xFFFFFFFF:08x}")

    def atr(self):
        atr, n = ctypes.create_string_buffer(40), ctypes.c_ulong(40)
        assert self.lib.SCardStatus(self.card, None, None, None, None, atr, ctypes.byref(n)) == 0
        return atr.raw[: n.value]

    def control(self, code, octets=b""):
        """What the driver answers to a request that is not for the card."""
        answer, n = ctypes.create_string_buffer(300), ctypes.c_ulong()
        arguments = (self.card, ctypes.c_ulong(code), octets, ctypes.c_ulong(len(octets)), answer, ctypes.c_ulong(300))
        code = self.lib.SCardControl(*arguments, ctypes.byref(n))
        if code != 0:
            raise Refused(f"{code & 0xFFFFFFFF:08x}")
        return answer.raw[: n.value]

    def begin(self):
        assert self.lib.SCardBeginTransaction(self.card) == 0

    def end(self, disposition=LEAVE):
        assert self.lib.SCardEndTransaction(self.card, ctypes.c_ulong(disposition)) == 0

    def close(self):
        self.lib.SCardDisconnect(self.card, ctypes.c_ulong(0))

    def apdu(self, octets):
        """One command with what T=0 has behind it; data and status word in a row."""
        answer = self.transmit(octets)
        if answer[-2] == 0x6C:
            answer = self.transmit(octets[:4] + answer[-1:])
        while answer[-2] == 0x61:
            answer = self.transmit(b"\x00\xc0\x00\x00" + answer[-1:])
        return answer

    def command(self, text):
        """The same in hexadecimal: (data, status word)."""
        answer = self.apdu(bytes.fromhex(text))
        return answer[:-2], answer[-2:].hex()


class Watch:
    """SCardGetStatusChange for one reader: when a card comes and when it goes."""

    PRESENT = 0x20

    class State(ctypes.Structure):
        _fields_ = [
            ("reader", ctypes.c_char_p),
            ("user", ctypes.c_void_p),
            ("current", ctypes.c_ulong),
            ("event", ctypes.c_ulong),
            ("n_atr", ctypes.c_ulong),
            ("atr", ctypes.c_ubyte * 33),
        ]

    def __init__(self, reader):
        self.lib = ctypes.CDLL("libpcsclite.so.1")
        self.context = ctypes.c_long()
        assert self.lib.SCardEstablishContext(2, None, None, ctypes.byref(self.context)) == 0
        self.state = self.State(reader=reader.encode())
        self.look(0)

    def look(self, timeout_ms):
        """Waits for a change; whether a card is there now."""
        code = self.lib.SCardGetStatusChange(
            self.context, ctypes.c_ulong(timeout_ms), ctypes.byref(self.state), ctypes.c_ulong(1)
        )
        assert code & 0xFFFFFFFF in (0, 0x8010000A), f"{code & 0xFFFFFFFF:08x}"
        self.state.current = self.state.event & ~0x2
        return self.state.event & self.PRESENT != 0

    def events(self):
        """How many insertions and removals pcscd has counted."""
        return self.state.event >> 16

    def wait_for(self, present, seconds=10.0):
        """Also other things are changes: who uses the card, for one."""
        end = time.monotonic() + seconds
        while self.look(1000) != present:
            assert time.monotonic() < end, f"the card is {'not ' if present else ''}there after {seconds} s"


def hot_plug_ms(reader, rounds, insert, remove):
    """How long a client takes to see an insertion and a removal: medians in ms. insert() and remove() return the moment from
    which on it counts, by time.monotonic()."""
    watch, seen = Watch(reader), {insert: [], remove: []}
    for _ in range(rounds):
        for act, present in ((insert, True), (remove, False)):
            begin = act()
            watch.wait_for(present)
            seen[act].append((time.monotonic() - begin) * 1000)
    return statistics.median(seen[insert]), statistics.median(seen[remove])


class SlotControl:
    """The driver's control socket, without a program between."""

    def __init__(self, path="/run/cards/control", seconds=5):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(seconds)
        self.socket.connect(path)

    def tell(self, text):
        """Returns when the driver began to act on it."""
        begin = time.monotonic()
        self.socket.sendall(text.encode() + b"\n")
        answer = self.socket.recv(1000)
        assert answer == b"ok\n", (text, answer)
        return begin
