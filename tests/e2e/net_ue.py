# SPDX-License-Identifier: Apache-2.0
"""A UE for the test network, in Python alone: HTTP digests with hashlib, AKA and MIKEY of the oracle, XML of ElementTree."""
import base64
import hashlib
import hmac
import http.client
import re
import socket
import xml.etree.ElementTree as ET

import oracle

KM = "/keymanagement"
TYPES = {kind: f"application/mbms-{name}+xml"
         for kind, name in {"register": "register", "deregister": "deregister", "msk-request": "msk"}.items()}  # fmt: skip


def md5(*parts):
    return hashlib.md5(b":".join(p if isinstance(p, bytes) else p.encode() for p in parts)).hexdigest()


def fields(header):
    """name=value of a WWW-Authenticate or Authentication-Info."""
    return {k: q or p for k, q, p in re.findall(r'([a-z]+)=(?:"([^"]*)"|([^",\s]+))', header)}


def digest(username, realm, password, nonce, uri, method, body, nc, cnonce, qop="auth-int"):
    """RFC 2617 3.2.2; method "" is rspauth's."""
    a2 = f"{method}:{uri}" + (":" + md5(body) if qop == "auth-int" else "")
    return md5(md5(username, realm, password), nonce, f"{nc:08x}", cnonce, qop, md5(a2))


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


class Ue:
    """host: the loopback address it comes from; its MIKEY socket is there, at any free port when it is 0.

    gba_u: its AUTN is an AUTN*. mbms: "uicc" or "me", where MUK and MSKs are.
    """

    def __init__(self, host="127.0.0.2", port=0, imsi=oracle.IMSI, k=oracle.K, gba_u=True, mbms="uicc"):
        self.host, self.gba_u, self.mbms = host, gba_u, mbms
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((host, port))
        self.udp.settimeout(5)
        self.port = self.udp.getsockname()[1]
        self.milenage = oracle.Milenage(k)
        self.impi = oracle.IMPI.decode().replace(oracle.IMSI, imsi)
        self.nonce, self.nc = "", 0

    def http(self, port, method, target, headers=None, body=b""):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5, source_address=(self.host, 0))
        connection.request(method, target, body=body or None, headers=headers or {})
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    # --- Ub ---

    def challenge(self, port):
        """RAND and AUTN* of a 401, and its fields."""
        header = f'Digest username="{self.impi}", realm="{oracle.BSF.decode()}", nonce="", uri="/", response=""'
        answer = self.http(port, "GET", "/", {"Authorization": header})
        assert answer.status == 401, answer.status
        f = fields(answer.headers["WWW-Authenticate"])
        token = base64.b64decode(f["nonce"])
        assert len(token) == 32
        return token[:16], token[16:], f

    def sqn(self, rand, autn):
        """The SQN of an AUTN or AUTN*, its MAC checked."""
        sqn = oracle.xor(autn[:6], self.milenage.res_ak(rand)[1])
        expected = (self.milenage.autn_star if self.gba_u else self.milenage.autn)(rand, sqn, autn[6:8])
        assert expected == autn, "a wrong MAC"
        return sqn

    def respond(self, port, f, password, auts=None):
        response = digest(self.impi, f["realm"], password, f["nonce"], "/", "GET", b"", 1, "c0ffee")
        header = (
            f'Digest username="{self.impi}", realm="{f["realm"]}", nonce="{f["nonce"]}", uri="/", qop=auth-int, '
            f'nc=00000001, cnonce="c0ffee", response="{response}", algorithm=AKAv1-MD5'
        )
        if auts is not None:
            header += f', auts="{base64.b64encode(auts).decode()}"'
        return self.http(port, "GET", "/", {"Authorization": header})

    def bootstrap(self, port):
        rand, autn, f = self.challenge(port)
        self.sqn(rand, autn)
        res = self.milenage.res_ak(rand)[0]
        answer = self.respond(port, f, res)
        assert answer.status == 200, answer.status
        signed = fields(answer.headers["Authentication-Info"])["rspauth"]
        assert signed == digest(self.impi, f["realm"], res, f["nonce"], "/", "", answer.body, 1, "c0ffee")
        self.btid = ET.fromstring(answer.body).find("{uri:3gpp-gba}btid").text
        assert self.btid == base64.b64encode(rand).decode() + "@" + oracle.BSF.decode()
        ks = self.milenage.ck(rand) + self.milenage.ik(rand)
        in_me, on_uicc = (f(ks, rand, self.impi.encode()) for f in (oracle.ks_ext_naf, oracle.ks_int_naf))
        self.muk, self.not_muk = (on_uicc, in_me) if self.mbms == "uicc" else (in_me, on_uicc)
        mrk = in_me if self.mbms == "uicc" else oracle.mrk(in_me)
        self.mrk = base64.b64encode(mrk).decode()
        return answer

    # --- Ua ---

    def post(self, port, kind, xml, realm="3GPP-bootstrapping@bmsc.home1.net"):
        """A request with the nonce there is; one more with the next nonce when that was stale."""
        target = f"{KM}?requesttype={kind}"
        body = base64.b64encode(xml.encode())
        for _ in range(2):
            self.nc += 1
            response = digest(self.btid, realm, self.mrk, self.nonce, target, "POST", body, self.nc, "cafe")
            header = (
                f'Digest username="{self.btid}", realm="{realm}", nonce="{self.nonce}", uri="{target}", qop=auth-int, '
                f'nc={self.nc:08x}, cnonce="cafe", response="{response}", algorithm=MD5'
            )
            headers = {"Authorization": header, "Content-Type": TYPES[kind]}
            answer = self.http(port, "POST", target, headers, body)
            if answer.status != 401:
                break
            f = fields(answer.headers["WWW-Authenticate"])
            self.nonce, self.nc = f["nonce"], 0
            if f.get("stale") != "true":
                break
        if answer.status == 200:
            signed = fields(answer.headers["Authentication-Info"])["rspauth"]
            assert signed == digest(self.btid, realm, self.mrk, self.nonce, target, "", answer.body, self.nc, "cafe")
        return answer

    def register(self, port, *services, **post):
        inside = "".join(f"<serviceID>{s}</serviceID>" for s in services)
        return self.post(
            port,
            "register",
            f'<mbmsSecurityRegister xmlns="urn:3GPP:metadata:2005:MBMS:register">{inside}</mbmsSecurityRegister>',
            **post,
        )

    def ask(self, port, msk_id, domain=b"\x00\xf1\x10"):
        d, m = base64.b64encode(domain).decode(), base64.b64encode(msk_id).decode()
        return self.post(
            port,
            "msk-request",
            '<mbmsMSK xmlns="urn:3GPP:metadata:2005:MBMS:msk">'
            f"<MSK><keyDomainID>{d}</keyDomainID><MSKID>{m}</MSKID></MSK></mbmsMSK>",
        )

    # --- MIKEY ---

    def receive(self):
        """The next datagram, and where it came from."""
        return self.udp.recvfrom(4096)


def codes(answer):
    """The response codes of a 200."""
    return [int(e.text) for e in ET.fromstring(base64.b64decode(answer.body)).iter() if e.tag.endswith("}ResponseCode")]


class Mikey:
    """One message of the BM-SC, taken apart by hand."""

    def __init__(self, octets):
        self.octets = octets
        self.v = octets[3] & 0x80 != 0
        self.csb_id = octets[4:8]
        self.cs_map = octets[8 : 10 + 9 * octets[8]]
        at = 10 + 9 * octets[8]
        self.rand, self.ids, self.sp = b"", [], b""
        payload = octets[2]
        while payload not in (0, 1):
            start, following = at, octets[at]
            if payload == 21:  # EXT: Key IDs
                n = int.from_bytes(octets[at + 2 : at + 4], "big")
                key_ids, at = octets[at + 4 : at + 4 + n], at + 4 + n
                self.domain, self.msk_id, self.mtk_id = key_ids[2:5], key_ids[7:11], key_ids[13:15]
            elif payload == 5:  # T
                self.ts, at = octets[at + 2 : at + 6], at + 6
            elif payload == 11:  # RAND
                n = octets[at + 1]
                self.rand, at = octets[at + 2 : at + 2 + n], at + 2 + n
            elif payload == 6:  # ID
                n = int.from_bytes(octets[at + 2 : at + 4], "big")
                self.ids.append(octets[at + 4 : at + 4 + n])
                at += 4 + n
            elif payload == 10:  # SP
                at += 5 + int.from_bytes(octets[at + 3 : at + 5], "big")
                self.sp = octets[start:at]
            else:
                raise AssertionError(f"payload {payload}")
            payload = following
        assert payload == 1 and octets[at] == 0 and octets[at + 1] == 1, "no KEMAC at the end"
        n = int.from_bytes(octets[at + 2 : at + 4], "big")
        self.encrypted = octets[at + 4 : at + 4 + n]
        assert octets[at + 4 + n] == 1 and len(octets) == at + 5 + n + 20
        self.mac = octets[-20:]

    def open(self, psk, rand=None):
        """The key data, after the MAC was right."""
        encr, auth, salt = oracle.mikey_keys(psk, self.csb_id, rand or self.rand)
        assert hmac.digest(auth, self.octets[:-20], "sha1") == self.mac, "a wrong MAC"
        iv = oracle.xor(salt, bytes(2) + self.csb_id + bytes(4) + self.ts) + bytes(2)
        e = oracle.Cipher(oracle.algorithms.AES(encr), oracle.modes.CTR(iv)).encryptor()
        return e.update(self.encrypted) + e.finalize()

    def ack(self, muk):
        """The verification message: CS map and CSB ID as in the message."""
        idi, idr = self.ids
        head = b"\x01\x01\x05\x00" + self.csb_id + self.cs_map + b"\x06\x02" + self.ts
        head += b"\x09\x00" + len(idr).to_bytes(2, "big") + idr + b"\x00\x01"
        auth = oracle.mikey_keys(muk, self.csb_id, self.rand)[1]
        return head + hmac.digest(auth, head + idi + idr + self.ts, "sha1")
