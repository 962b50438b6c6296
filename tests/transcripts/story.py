# SPDX-License-Identifier: Apache-2.0
"""What the stories of keys are made of: messages of the network, files as they should read, commands, answers.

Each value comes from tests/e2e/oracle.py or from here, none from the card's code. make_aka.py and make_mbms.py write
the stories beside themselves; with --check they say whether the files are what they would write.
"""
import hashlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import oracle  # noqa: E402
from oracle import IMPI, IMSI, KEY_DOMAIN, NAF_ID, Milenage, ks_ext_naf, ks_int_naf, xor  # noqa: E402

USIM, ISIM = "a0000000871002", "a0000000871004"
BTID = b"I1U8vpY3qJ0hiuZNrke/NQ==@bsf.mnc001.mcc001.pub.3gppnetwork.org"
BTID_2 = b"kLm5x0a1Qe2Rrf8t6yPq7w==@bsf.mnc001.mcc001.pub.3gppnetwork.org"
LIFETIME = b"2030-01-01T00:00:00Z"
CSB_ID, CSB_RAND = bytes.fromhex("11223344"), bytes(range(16))
MSK_1, MSK_2, MSK_3 = (bytes([octet]) * 16 for octet in (0xA1, 0xA2, 0xA3))
GBABP_SIZE = RECORD = 192
MTK, SALT = bytes([0xB0]) * 16, bytes([0xC0]) * 14
UA_MBMS = bytes.fromhex("0100000001")
DOMAIN_NAME = b"ims.mnc001.mcc001.3gppnetwork.org"
milenage = Milenage()


def rand(n):
    """The n-th challenge of a story."""
    return hashlib.sha256(b"challenge %d" % n).digest()[:16]


def sqn(seq, ind=0):
    return (seq << 5 | ind).to_bytes(6, "big")


def auts(r, sqn_ms):
    return xor(sqn_ms, milenage.ak_star(r)) + milenage.mac(r, sqn_ms, bytes(2))[1]


def lv(data):
    return bytes([len(data)]) + data


def tlv(tag, data):
    if len(data) < 0x80:
        head = bytes([len(data)])
    elif len(data) < 0x100:
        head = bytes([0x81, len(data)])
    else:
        head = b"\x82" + len(data).to_bytes(2, "big")
    return bytes([tag]) + head + data


def record(data, size=RECORD):
    return data.ljust(size, b"\xff").hex()


def muk_id(idr=BTID, idi=NAF_ID):
    return tlv(0xA0, tlv(0x80, idr) + tlv(0x82, idi))


def ef_muk(counter, idr=BTID, idi=NAF_ID):
    return record(muk_id(idr, idi) + tlv(0x81, counter.to_bytes(4, "big")))


def ef_msk(*entries, domain=KEY_DOMAIN):
    """Entries: (MSK ID in hexadecimal, counter)."""
    slots = b"".join(bytes.fromhex(i) + n.to_bytes(4, "big") for i, n in entries)
    return record(domain + bytes([len(entries)]) + slots, 20)


def ef_gbanl(naf_id=NAF_ID, btid=BTID):
    return record(tlv(0x80, naf_id) + tlv(0x81, btid))


FREE_RECORD, FREE_MSK = record(b""), record(b"", 20)


def msk_message(muk, counter, msk_id="00010001", msk=MSK_1, seq=(0, 100), *, v=False, btid=BTID, idi=NAF_ID,
                domain=KEY_DOMAIN, cs_map=b"\x00\x01", sp=b"", ext=b"", plain=None):
    """As oracle.msk_message, with everything that can stand in it. cs_map: #CS, type, map. msk None: a pull."""
    head = b"\x01\x00\x15" + (b"\x80" if v else b"\x00") + CSB_ID + cs_map + ext
    head += b"\x05\x03" + len2(b"\x00\x03" + domain + b"\x01\x04" + bytes.fromhex(msk_id))
    head += b"\x0b\x02" + counter.to_bytes(4, "big") + b"\x06" + lv(CSB_RAND)
    head += b"\x06\x01" + len2(idi) + (b"\x0a" if sp else b"\x01") + b"\x00" + len2(btid) + sp
    if plain is None and msk is None:
        plain = b""
    elif plain is None:
        plain = b"\x00\x02" + len2(msk) + b"\x02" + seq[0].to_bytes(2, "big") + b"\x02" + seq[1].to_bytes(2, "big")
    return oracle._kemac(muk, CSB_ID, CSB_RAND, counter, head, plain)


def len2(data):
    return len(data).to_bytes(2, "big") + data


def mtk_message(msk, counter, mtk_id, msk_id="00010001", domain=KEY_DOMAIN):
    head = b"\x01\x00\x15\x00" + CSB_ID + b"\x00\x01"
    ids = b"\x00\x03" + domain + b"\x01\x04" + bytes.fromhex(msk_id) + b"\x02\x02" + mtk_id.to_bytes(2, "big")
    head += b"\x05\x03" + len2(ids)
    head += b"\x01\x02" + counter.to_bytes(4, "big")
    return oracle._kemac(msk, CSB_ID, CSB_RAND, counter, head, b"\x00\x30" + len2(MTK) + len2(SALT))


def ack(muk, counter, btid=BTID, cs_map=b"\x00\x01"):
    head = b"\x01\x01\x05\x00" + CSB_ID + cs_map + b"\x06\x02" + counter.to_bytes(4, "big")
    head += b"\x09\x00" + len2(btid) + b"\x00\x01"
    auth = oracle.mikey_keys(muk, CSB_ID, CSB_RAND)[1]
    return head + oracle.hmac.digest(auth, head + NAF_ID + btid + counter.to_bytes(4, "big"), "sha1")


def stream_map(n):
    """CS map of n SRTP streams, RFC 3830 6.1.1: policy, SSRC, ROC."""
    return bytes([n, 0]) + b"".join(b"\x00" + (0xDEADBEEF + i).to_bytes(4, "big") + bytes(4) for i in range(n))


def policy(n):
    """SP payloads, RFC 3830 6.10, each with one parameter of 60 octets; behind the last comes KEMAC."""
    following = [b"\x0a"] * (n - 1) + [b"\x01"]
    return b"".join(f + bytes([i, 0]) + len2(b"\x00\x3c" + bytes([i]) * 60) for i, f in enumerate(following))


def forged(message):
    return message[:-1] + bytes([message[-1] ^ 1])


class Story:
    """wrong: what a card does, or what can be done to one, that fails here; options: of the card."""

    def __init__(self, name, clause, wrong, *options, profile=None):
        self.name, self.lines = name, [f"# {clause}", f"# wrong card: {wrong}"]
        self.lines += [f"! profile {profile}"] if profile else []
        self.lines += [f"! card {o}" for o in options] + ["! needs fresh"]
        self.cla = "00"

    def says(self, text):
        self.lines.append(f"# {text}")

    def send(self, command, *expected):
        """A command; its answer as octets in hexadecimal, the status word last."""
        self.lines += [f"> {command}", f"< {' '.join(expected)}"]

    def reset(self):
        self.lines.append("! reset")

    def select(self, app=USIM):
        self.send(f"{self.cla}a40404 07 {app}", "62 * 9000")

    def read(self, fid, expected, number=1):
        self.send(f"{self.cla}a4000c02 {fid}", "9000")
        self.send(f"{self.cla}b2{number:02x}0400", expected, "9000")

    def read_binary(self, fid, expected):
        self.send(f"{self.cla}a4000c02 {fid}", "9000")
        self.send(f"{self.cla}b0000000", expected, "9000")

    def file_missing(self, fid):
        self.send(f"{self.cla}a4000c02 {fid}", "6a82")

    # AKA and GBA_U

    def challenge(self, p2, body, *expected):
        self.send(f"{self.cla}8800{p2:02x}{len(body):02x} {body.hex()} 00", *expected)

    def aka(self, n, number, expected=None, kc=True):
        r = rand(n)
        res, ck, ik = milenage.res_ak(r)[0], milenage.ck(r), milenage.ik(r)
        ok = b"\xdb" + lv(res) + lv(ck) + lv(ik) + (lv(kc_of(r)) if kc else b"")
        self.challenge(0x81, lv(r) + lv(milenage.autn(r, number)), *(expected or [ok.hex(), "9000"]))

    def bootstrap(self, n, number, expected=None):
        r = rand(n)
        ok = b"\xdb" + lv(milenage.res_ak(r)[0])
        self.challenge(0x84, b"\xdd" + lv(r) + lv(milenage.autn_star(r, number)), *(expected or [ok.hex(), "9000"]))

    def write_btid(self, btid=BTID, fid="6fd6"):
        body = lv(btid) + lv(LIFETIME)
        self.send(f"{self.cla}a4000c02 {fid}", "9000")
        self.send(f"{self.cla}d60011{len(body):02x} {body.hex()}", "9000")

    def derive(self, n, naf_id=NAF_ID, impi=IMPI, expected=None):
        """NAF derivation from the n-th challenge's Ks; the Ks_int_NAF, which only the network and the card know."""
        r = rand(n)
        ks = milenage.ck(r) + milenage.ik(r)
        ok = b"\xdb" + lv(ks_ext_naf(ks, r, impi, naf_id))
        self.challenge(0x84, b"\xde" + lv(naf_id) + lv(impi), *(expected or [ok.hex(), "9000"]))
        return ks_int_naf(ks, r, impi, naf_id)

    def provision(self, n=1, number=None, btid=BTID):
        self.select()
        self.bootstrap(n, number or sqn(n))
        self.write_btid(btid)
        return self.derive(n)

    # MBMS

    def blocks(self, mode, payload, cla=None):
        """The commands that carry a data object; all but the last are answered 63F1."""
        cla = cla or self.cla
        data = tlv(0x53, bytes([mode]) + payload)
        parts = [data[i : i + 255] for i in range(0, len(data), 255)]
        for i, part in enumerate(parts):
            yield f"{cla}89{'80' if i == 0 else '00'}85{len(part):02x} {part.hex()}"

    def mbms(self, mode, payload, sw=None, answer=b""):
        """A whole command; sw: it is refused with that."""
        commands = list(self.blocks(mode, payload))
        for command in commands[:-1]:
            self.send(command, "63f1")
        self.send(commands[-1], sw or "62f3")
        if sw is None:
            self.send(f"{self.cla}89a00000", tlv(0x53, b"\xdb" + answer).hex(), "9000")

    def msk(self, message, sw=None, answer=b""):
        self.mbms(1, message, sw, answer)

    def mtk(self, message, sw=None):
        self.mbms(2, message, sw, MTK + SALT)

    def delete_msks(self, group="0001", sw=None, domain=KEY_DOMAIN):
        self.mbms(3, domain + bytes.fromhex(group), sw)

    def delete_muk(self, sw=None, idr=BTID, idi=NAF_ID):
        self.mbms(4, muk_id(idr, idi), sw)


def kc_of(r):
    ck, ik = milenage.ck(r), milenage.ik(r)
    return xor(xor(ck[:8], ck[8:]), xor(ik[:8], ik[8:]))


def gbabp(r, btid=b"", lifetime=b""):
    return record(lv(r) + lv(btid) + lv(lifetime), GBABP_SIZE)


def write(families):
    """Writes the stories or, with --check, compares them; the exit status."""
    wrong = 0
    for s in (story for family in families for story in family()):
        path, text = HERE / f"{s.name}.apdu", "\n".join(s.lines) + "\n"
        if sys.argv[1:] != ["--check"]:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            print(f"{path.name}: not what {pathlib.Path(sys.argv[0]).name} computes")
            wrong += 1
    return wrong != 0
