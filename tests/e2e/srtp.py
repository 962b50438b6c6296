# SPDX-License-Identifier: Apache-2.0
"""The sender of an MBMS stream: RTP in, SRTP of RFC 3711 out under one MTK after the other. AES and HMAC are Python's, so
that libsrtp2, which receives, has no part in it."""
import hashlib
import hmac
import json
import socket
import subprocess
import threading

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HEADER = 12
TAG = 10


def aes_ctr(key, iv, data):
    return Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor().update(data)


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


class Mtk:
    """A line of --mtk-out as master key and salt; session keys by RFC 3711 4.3."""

    def __init__(self, line):
        record = json.loads(line)
        self.mki = bytes.fromhex(record["mki"])
        self.master, self.salt = bytes.fromhex(record["mtk"]), bytes.fromhex(record["salt"])
        self.ssrc, self.policy = record["ssrc"], record["policy"]
        self.encryption = self.derive(0, 16)
        self.authentication = self.derive(1, 20)
        self.session_salt = self.derive(2, 14)

    def derive(self, label, n):
        return aes_ctr(self.master, xor(self.salt, bytes([0] * 7 + [label] + [0] * 6)) + bytes(2), bytes(n))

    def protect(self, rtp, roc):
        """4.1.1 and 4.2; the MKI stands in front of the tag and is not authenticated."""
        index = roc.to_bytes(4, "big") + rtp[2:4]
        iv = xor(self.session_salt + bytes(2), bytes(4) + rtp[8:12] + index + bytes(2))
        packet = rtp[:HEADER] + aes_ctr(self.encryption, iv, rtp[HEADER:])
        tag = hmac.new(self.authentication, packet + roc.to_bytes(4, "big"), hashlib.sha1).digest()[:TAG]
        return packet + self.mki + tag


class Sender:
    """ffmpeg's RTP at one end, SRTP to `to` at the other. `mtk` may be changed at any time; sent holds the RTP packets."""

    def __init__(self, mtk, to):
        self.mtk, self.to = mtk, to
        self.sent = []
        self.under = []  # the MKI of each
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.ffmpeg = None
        self.idle = threading.Event()

    def start(self, ssrc):
        """A sine, 50 packets a second of it, eight times as fast as a clock goes; for a minute unless stop() ends it."""
        port = self.socket.getsockname()[1]
        self.ffmpeg = subprocess.Popen(
            ["ffmpeg", "-nostdin", "-loglevel", "error", "-readrate", "8", "-f", "lavfi",
             "-i", "sine=frequency=440:sample_rate=8000:duration=480", "-c:a", "pcm_mulaw", "-flush_packets", "1",
             "-f", "rtp", "-ssrc", str(ssrc), "-seq", "65400", f"rtp://127.0.0.1:{port}?pkt_size=172&rtcpport={port + 1}"],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        roc, last = 0, None
        while True:
            try:
                rtp = self.socket.recv(2048)
            except socket.timeout:
                if self.ended():
                    self.idle.set()
                    return
                continue
            seq = int.from_bytes(rtp[2:4], "big")
            roc += last is not None and seq < last
            last, mtk = seq, self.mtk
            self.sent.append(rtp)
            self.under.append(mtk.mki.hex())
            self.socket.sendto(mtk.protect(rtp, roc), self.to)

    def sent_under(self, mtk):
        return self.under.count(mtk.mki.hex())

    def stop(self):
        """The stream ends; what ffmpeg has sent is sent on."""
        self.ffmpeg.terminate()
        self.ffmpeg.wait(5)
        self.idle.wait(5)

    def ended(self):
        return self.ffmpeg.poll() is not None
