# SPDX-License-Identifier: Apache-2.0
"""A second opinion: MILENAGE, GBA and MIKEY once more, in Python, sharing nothing with the C code.

The end-to-end tests play the network with it. Run as a program, it proves itself against tests/vectors.
"""
import hashlib
import hmac
import json
import pathlib
import re
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors"

# The default profile, card/profiles/usim-gba.yaml.
K = bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc")
OPC = bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf")
IMSI = "001010123456789"
IMPI = b"001010123456789@ims.mnc001.mcc001.3gppnetwork.org"
NAF_ID = b"bmsc.home1.net" + bytes.fromhex("0100000001")
KEY_DOMAIN = b"\x00\xf1\x10"  # 001/01, TS 24.008
BSF = b"bsf.mnc001.mcc001.pub.3gppnetwork.org"


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def aes(key, block):
    e = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return e.update(block) + e.finalize()


# --- MILENAGE, TS 35.206 ---------------------------------------------------------------------------------------------


class Milenage:
    def __init__(self, k=K, opc=OPC):
        self.k, self.opc = k, opc

    def _last(self, block, constant):
        """What all the functions end in: the constant is added, the block encrypted, OPc added."""
        return xor(aes(self.k, xor(block, bytes(15) + bytes([constant]))), self.opc)

    def _out(self, rand, constant, rotation):
        block = xor(aes(self.k, xor(rand, self.opc)), self.opc)
        return self._last(block[rotation // 8 :] + block[: rotation // 8], constant)

    def mac(self, rand, sqn, amf):
        """(f1, f1*)"""
        block = xor((sqn + amf) * 2, self.opc)
        out = self._last(xor(aes(self.k, xor(rand, self.opc)), block[8:] + block[:8]), 0)
        return out[:8], out[8:]

    def res_ak(self, rand):
        """(f2, f5)"""
        out = self._out(rand, 1, 0)
        return out[8:], out[:6]

    def ck(self, rand):
        return self._out(rand, 2, 32)

    def ik(self, rand):
        return self._out(rand, 4, 64)

    def ak_star(self, rand):
        return self._out(rand, 8, 96)[:6]

    def autn(self, rand, sqn, amf=bytes(2)):
        _, ak = self.res_ak(rand)
        return xor(sqn, ak) + amf + self.mac(rand, sqn, amf)[0]

    def autn_star(self, rand, sqn, amf=bytes(2)):
        """AUTN with the MAC* of GBA_U, TS 33.220 5.3.2."""
        autn = self.autn(rand, sqn, amf)
        return autn[:8] + xor(autn[8:], hashlib.sha1(self.ik(rand)).digest()[:8])

    def sqn_of_auts(self, rand, auts):
        """SQN_MS, or None when MAC-S is wrong."""
        sqn = xor(auts[:6], self.ak_star(rand))
        return sqn if self.mac(rand, sqn, bytes(2))[1] == auts[6:] else None


# --- GBA, TS 33.220 annex B ------------------------------------------------------------------------------------------


def gba_key(p0, ks, rand, impi=IMPI, naf_id=NAF_ID):
    s = b"\x01"
    for p in (p0, rand, impi, naf_id):
        s += p + len(p).to_bytes(2, "big")
    return hmac.digest(ks, s, "sha256")


def ks_ext_naf(ks, rand, impi=IMPI, naf_id=NAF_ID):
    return gba_key(b"gba-me", ks, rand, impi, naf_id)


def ks_int_naf(ks, rand, impi=IMPI, naf_id=NAF_ID):
    return gba_key(b"gba-u", ks, rand, impi, naf_id)


def mrk(ks_naf):
    """The MRK of keys in the ME."""
    return hmac.digest(ks_naf, b"\x01mbms-mrk\x00\x08", "sha256")


# --- MIKEY, RFC 3830 and RFC 4563 ------------------------------------------------------------------------------------


def mikey_prf(key, label, bits):
    rounds = -(-bits // 160)
    out = bytes(20 * rounds)
    for i in range(0, len(key), 32):
        part, a, p = key[i : i + 32], label, b""
        for _ in range(rounds):
            a = hmac.digest(part, a, "sha1")
            p += hmac.digest(part, a + label, "sha1")
        out = xor(out, p)
    return out[: bits // 8]


def mikey_keys(psk, csb_id, rand):
    """(encryption key, authentication key, salt key)"""
    tail = b"\xff" + csb_id + rand
    return (
        mikey_prf(psk, bytes.fromhex("150533e1") + tail, 128),
        mikey_prf(psk, bytes.fromhex("2d22ac75") + tail, 160),
        mikey_prf(psk, bytes.fromhex("29b88916") + tail, 112),
    )


def _kemac(psk, csb_id, rand, counter, head, plain):
    encr, auth, salt = mikey_keys(psk, csb_id, rand)
    iv = xor(salt, bytes(2) + csb_id + counter.to_bytes(8, "big")) + bytes(2)
    e = Cipher(algorithms.AES(encr), modes.CTR(iv)).encryptor()
    message = head + b"\x00\x01" + len(plain).to_bytes(2, "big") + e.update(plain) + e.finalize() + b"\x01"
    return message + hmac.digest(auth, message, "sha1")


def _lv16(data):
    return len(data).to_bytes(2, "big") + data


def msk_message(muk, idr, counter, msk_id, msk, seq=(0, 100), v=True, *, csb_id, rand, domain=KEY_DOMAIN, idi=NAF_ID):
    """An MSK delivery; msk None: a solicited pull."""
    head = b"\x01\x00\x15" + (b"\x80" if v else b"\x00") + csb_id + b"\x00\x01"
    head += b"\x05\x03" + _lv16(b"\x00\x03" + domain + b"\x01\x04" + msk_id)
    head += b"\x0b\x02" + counter.to_bytes(4, "big") + b"\x06" + bytes([len(rand)]) + rand
    head += b"\x06\x01" + _lv16(idi) + b"\x01\x00" + _lv16(idr)
    plain = b""
    if msk is not None:
        plain = b"\x00\x02" + _lv16(msk) + b"\x02" + seq[0].to_bytes(2, "big") + b"\x02" + seq[1].to_bytes(2, "big")
    return _kemac(muk, csb_id, rand, counter, head, plain)


def msk_of(muk, message):
    """The MSK of a message that msk_message() could have made with this MUK; None when it is another."""
    head = 10 + 9 * message[8]
    t = head + 4 + int.from_bytes(message[head + 2 : head + 4], "big")  # behind EXT
    if message[1:3] != b"\x00\x15" or message[t] != 0x0B:
        return None
    csb_id, counter = message[4:8], int.from_bytes(message[t + 2 : t + 6], "big")
    encr, auth, salt = mikey_keys(muk, csb_id, message[t + 8 : t + 8 + message[t + 7]])
    if hmac.digest(auth, message[:-20], "sha1") != message[-20:]:
        return None
    length = next(n for n in range(256) if message[-23 - n : -21 - n] == n.to_bytes(2, "big"))
    iv = xor(salt, bytes(2) + csb_id + counter.to_bytes(8, "big")) + bytes(2)
    plain = Cipher(algorithms.AES(encr), modes.CTR(iv)).decryptor().update(message[-21 - length : -21])
    return plain[4:20] or None


def mtk_message(msk, counter, msk_id, mtk_id, mtk, *, csb_id, rand, domain=KEY_DOMAIN):
    """An MTK for a download (no salt, empty map)."""
    head = b"\x01\x00\x15\x00" + csb_id + b"\x00\x01"
    head += b"\x05\x03" + _lv16(b"\x00\x03" + domain + b"\x01\x04" + msk_id + b"\x02\x02" + mtk_id.to_bytes(2, "big"))
    head += b"\x01\x02" + counter.to_bytes(4, "big")
    return _kemac(msk, csb_id, rand, counter, head, b"\x00\x20" + _lv16(mtk))


def verification(muk, idr, counter, *, csb_id, rand, idi=NAF_ID):
    """The ACK that answers an MSK message with an empty map."""
    head = b"\x01\x01\x05\x00" + csb_id + b"\x00\x01" + b"\x06\x02" + counter.to_bytes(4, "big")
    head += b"\x09\x00" + _lv16(idr) + b"\x00\x01"
    auth = mikey_keys(muk, csb_id, rand)[1]
    return head + hmac.digest(auth, head + idi + idr + counter.to_bytes(4, "big"), "sha1")


# --- proof -----------------------------------------------------------------------------------------------------------


def _prove_milenage(sets):
    for s in sets:
        b = _octets(s)
        m = Milenage(b["k"], b["opc"])
        assert m.mac(b["rand"], b["sqn"], b["amf"]) == (b["f1_mac_a"], b["f1star_mac_s"]), s
        assert m.res_ak(b["rand"]) == (b["f2_res"], b["f5_ak"]), s
        assert (m.ck(b["rand"]), m.ik(b["rand"]), m.ak_star(b["rand"])) == (b["f3_ck"], b["f4_ik"], b["f5star_ak"]), s
        assert m.autn_star(b["rand"], b["sqn"], b["amf"]).hex() == s["derived"]["gba_u_autn_star"], s
        auts = bytes.fromhex(s["derived"]["auts_if_sqn_ms_equals_sqn"])
        assert m.sqn_of_auts(b["rand"], auts) == b["sqn"], s
    return len(sets)


def _octets(texts):
    """The values that are hexadecimal, as octets."""
    return {k: bytes.fromhex(v) for k, v in texts.items() if isinstance(v, str) and re.fullmatch("([0-9a-f]{2})+", v)}


def _prove_mikey(d):
    g = _octets(d["gba"])
    m = Milenage()
    assert m.autn_star(g["rand"], g["sqn"], g["amf"]) == g["autn_star"]
    ks = m.ck(g["rand"]) + m.ik(g["rand"])
    assert (ks_ext_naf(ks, g["rand"]), ks_int_naf(ks, g["rand"])) == (g["ks_ext_naf"], g["ks_int_naf"])

    x = _octets(d["msk_message_download_V1"])
    about = {"csb_id": x["csb_id"], "rand": x["rand"]}
    msk = bytes.fromhex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf")
    assert msk_message(x["muk"], x["idr"], 1, x["msk_id"], msk, **about) == x["message"]
    ack = d["msk_verification_for_it"]["ts_as_sent_4_octets"]["message"]
    assert verification(x["muk"], x["idr"], 1, **about).hex() == ack
    pull = msk_message(x["muk"], x["idr"], 4, bytes.fromhex("00010000"), None, v=False, **about)
    assert pull.hex() == d["solicited_pull"]["message"]
    mtk = bytes.fromhex(d["mtk_message_download"]["mtk"])
    assert mtk_message(msk, 2, x["msk_id"], 6, mtk, **about).hex() == d["mtk_message_download"]["message"]


def main():
    milenage = json.loads((VECTORS / "milenage.json").read_text())
    n = _prove_milenage(milenage["milenage"])
    _prove_mikey(json.loads((VECTORS / "gba-mikey.json").read_text()))
    print(f"oracle: {n} MILENAGE sets, GBA keys, MSK, pull, MTK and ACK agree with the vectors")


if __name__ == "__main__":
    sys.exit(main())
