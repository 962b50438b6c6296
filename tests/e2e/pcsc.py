# SPDX-License-Identifier: Apache-2.0
"""A card in pcscd's reader, for tests that want more commands than a program per command can send."""
import ctypes

from harness import READER


class Pcsc:
    """The three functions of winscard.h that it takes."""

    class IoRequest(ctypes.Structure):
        _fields_ = [("protocol", ctypes.c_ulong), ("length", ctypes.c_ulong)]

    def __init__(self, reader=READER):
        self.lib = ctypes.CDLL("libpcsclite.so.1")
        context, self.card, protocol = ctypes.c_long(), ctypes.c_long(), ctypes.c_ulong()
        assert self.lib.SCardEstablishContext(2, None, None, ctypes.byref(context)) == 0
        arguments = (context, reader.encode(), ctypes.c_ulong(2), ctypes.c_ulong(3))
        assert self.lib.SCardConnect(*arguments, ctypes.byref(self.card), ctypes.byref(protocol)) == 0
        self.request = self.IoRequest(protocol.value, ctypes.sizeof(self.IoRequest))

    def transmit(self, octets):
        answer, n = ctypes.create_string_buffer(300), ctypes.c_ulong(300)
        arguments = (self.card, ctypes.byref(self.request), octets, ctypes.c_ulong(len(octets)), None)
        assert self.lib.SCardTransmit(*arguments, answer, ctypes.byref(n)) == 0
        return answer.raw[: n.value]

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
