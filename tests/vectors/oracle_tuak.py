# SPDX-License-Identifier: Apache-2.0
"""A second opinion on TUAK (TS 35.231), in Python, sharing nothing with the C code.

The state is one number of 1600 bits here, as the specification numbers them. Run as a program, it proves its Keccak
against hashlib's SHA-3 and itself against the sets of TS 35.233.
"""
import hashlib
import json
import pathlib

VECTORS = pathlib.Path(__file__).resolve().parent
LANE = (1 << 64) - 1


def _tables():
    """FIPS 202: the offsets of rho (3.2.2, where pi takes each lane) and the constants of iota (3.2.5)."""
    moves, (x, y) = [(0, 0, 0)], (1, 0)
    for t in range(24):
        to = (y, (2 * x + 3 * y) % 5)
        moves.append((x + 5 * y, to[0] + 5 * to[1], (t + 1) * (t + 2) // 2 % 64))
        x, y = to
    constants, lfsr = [], 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            constant |= (lfsr & 1) << (2**j - 1)
            lfsr <<= 1
            lfsr ^= 0x171 if lfsr & 0x100 else 0
        constants.append(constant)
    return moves, constants


MOVES, CONSTANTS = _tables()


def keccak_f1600(state):
    a = [state >> 64 * i & LANE for i in range(25)]
    for constant in CONSTANTS:
        c = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
        d = [c[x - 1] ^ (c[(x + 1) % 5] << 1 & LANE | c[(x + 1) % 5] >> 63) for x in range(5)]
        b = [0] * 25
        for source, to, turn in MOVES:
            lane = a[source] ^ d[source % 5]
            b[to] = lane << turn & LANE | lane >> 64 - turn
        for y in range(0, 25, 5):
            r = b[y : y + 5]
            for x in range(5):
                a[x + y] = r[x] ^ (r[(x + 1) % 5] ^ LANE) & r[(x + 2) % 5]
        a[0] ^= constant
    return sum(lane << 64 * i for i, lane in enumerate(a))


class Tuak:
    """Lengths in bits. topc, or top, from which it is made."""

    def __init__(self, k, *, topc=None, top=None, iterations=1, mac=64, res=64, ck=128, ik=128):
        self.k, self.iterations = k, iterations
        self.mac_bits, self.res_bits, self.ck_bits, self.ik_bits = mac, res, ck, ik
        self.topc = topc or self._take(self._run(top, 0), 0, 256)

    def _run(self, top, instance, rand=bytes(16), amf=bytes(2), sqn=bytes(6)):
        instance |= len(self.k) == 32
        # Bit 0 of the state is bit 255 of TOPc: as numbers of most significant bit first, the fields simply add up.
        number, at = 0, 0
        for field in (top, bytes([instance]), b"TUAK1.0", rand, amf, sqn, self.k):
            number |= int.from_bytes(field, "big") << at
            at += 8 * len(field)
        number |= 0b11111 << 768 | 1 << 1087
        for _ in range(self.iterations):
            number = keccak_f1600(number)
        return number

    @staticmethod
    def _take(state, bit, bits):
        return (state >> bit & (1 << bits) - 1).to_bytes(bits // 8, "big")

    def mac(self, rand, sqn, amf):
        """(f1, f1*)"""
        length = self.mac_bits // 64 << 3
        return tuple(
            self._take(self._run(self.topc, f | length, rand, amf, sqn), 0, self.mac_bits) for f in (0x00, 0x80)
        )

    def keys(self, rand):
        """(f2, f3, f4, f5)"""
        instance = 0x40 | self.res_bits // 64 << 3 | (self.ck_bits == 256) << 2 | (self.ik_bits == 256) << 1
        out = self._run(self.topc, instance, rand)
        lengths = ((0, self.res_bits), (256, self.ck_bits), (512, self.ik_bits), (768, 48))
        return tuple(self._take(out, bit, bits) for bit, bits in lengths)

    def ak_star(self, rand):
        return self._take(self._run(self.topc, 0xC0, rand), 768, 48)


def prove():
    for n in range(136):
        message = bytes(range(n))
        state = int.from_bytes(message, "little") ^ 0x06 << 8 * n ^ 1 << 1087
        digest = (keccak_f1600(state) & (1 << 256) - 1).to_bytes(32, "little")
        assert digest == hashlib.sha3_256(message).digest(), n
    sets = json.loads((VECTORS / "milenage.json").read_text())["tuak"]
    for s in sets:
        i = {k: v if k == "keccak_iterations" else bytes.fromhex(v) for k, v in s["in"].items()}
        o = {k: bytes.fromhex(v) for k, v in s["out"].items()}
        lengths = {name: 8 * len(o[f]) for name, f in (("mac", "f1"), ("res", "f2"), ("ck", "f3"), ("ik", "f4"))}
        t = Tuak(i["k"], top=i["top"], iterations=int(i["keccak_iterations"]), **lengths)
        assert t.topc == o["topc"], s
        assert t.mac(i["rand"], i["sqn"], i["amf"]) == (o["f1"], o["f1star"]), s
        assert t.keys(i["rand"]) == (o["f2"], o["f3"], o["f4"], o["f5"]), s
        assert t.ak_star(i["rand"]) == o["f5star"], s
    return len(sets)


if __name__ == "__main__":
    print(f"oracle: Keccak agrees with SHA-3, {prove()} TUAK sets agree with the vectors")
