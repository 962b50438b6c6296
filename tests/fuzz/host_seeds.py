# SPDX-License-Identifier: Apache-2.0
"""Seeds for the fuzz targets of what comes from the network, made of tests/vectors/gba-mikey.json."""
import base64
import json
import pathlib
import re
import urllib.parse

TESTNET = pathlib.Path(__file__).resolve().parent.parent.parent / "host" / "testnet"
FAULTS = TESTNET / "fault_table.c"
VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors/gba-mikey.json"
MBMS = "urn:3GPP:metadata:2005:MBMS:"
DOMAIN, GROUP = bytes.fromhex("00f110"), b"\0\1"

# What the test network's first run gives: fuzz_testnet.c counts its randomness from 00.
IMPI = "001010123456789@ims.mnc001.mcc001.3gppnetwork.org"
BSF = "bsf.mnc001.mcc001.pub.3gppnetwork.org"
BTID = base64.b64encode(bytes(range(16))).decode() + "@" + BSF
NONCE, CSB_ID = "\1", b"\1\1\1\1"  # there: those given last


def lv(octets):
    return len(octets).to_bytes(2, "big") + octets


def messages(vectors):
    """MIKEY messages by name, the octets of the ACK among them."""
    for name, vector in vectors.items():
        if isinstance(vector, dict) and isinstance(vector.get("message"), str):
            yield name, bytes.fromhex(vector["message"])
    for vector in vectors["msk_verification_for_it"].values():
        if isinstance(vector, dict):
            yield "ack", bytes.fromhex(vector["message"])


def mikey_rx(vectors):
    seeds = dict(messages(vectors))
    yield from (b"\1" + lv(m) for m in seeds.values())
    msk, mtk = seeds["msk_message_download_V1"], seeds["mtk_message_streaming"]
    yield b"".join(b"\1" + lv(m) for m in (msk, mtk, mtk, seeds["mtk_message_download"], msk, mtk))
    yield b"".join(b"\0" + lv(m) for m in (mtk, mtk))


def challenge(d, algorithm, extra=""):
    return f'Digest realm="{d["realm"]}", nonce="{d["nonce"]}", algorithm={algorithm}, qop="{d["qop"]}"{extra}'


def authorization(username, realm, nonce, uri, response, nc="00000001", extra=""):
    return (
        f'Digest username="{username}", realm="{realm}", nonce="{nonce}", uri="{uri}", qop=auth-int, nc={nc}, '
        f'cnonce="6629fae49393a05397450978507c4ef1", response="{response}", opaque="5ccc", algorithm=MD5{extra}'
    )


def digests(vectors):
    ub, ua = vectors["ub_digest"], vectors["ua_digest"]
    username, info = ua["username"], f'cnonce="{ua["cnonce"]}", nc=00000001'
    yield challenge(ub, "AKAv1-MD5")
    yield challenge(ua, "MD5", ', opaque="a\\"b\\\\c", stale=true, domain="/x, y"')
    yield challenge(ua, "SHA-256", ', qop="auth"')
    yield 'realm="a", nonce=b,qop="AUTH , auth-int, x" , stale=TRUE,'
    yield authorization(IMPI, BSF, "", "/", "", nc="1")
    yield authorization(IMPI, ub["realm"], ub["nonce"], "/", ub["response"], extra=f', auts="{ub["auts_b64"]}"')
    yield authorization(username, ua["realm"], ua["nonce"], ua["uri"], ua["response"])
    yield f'rspauth="{ub["rspauth"]}", qop=auth-int, {info}, nextnonce="n2"'
    yield f'qop=auth-int, rspauth="{ub["rspauth"]}", {info}'


def responses(vectors):
    ub = vectors["ub_digest"]
    header = f"WWW-Authenticate: {challenge(ub, 'AKAv1-MD5')}\r\n"
    info = f'Authentication-Info: rspauth="{ub["rspauth"]}", qop=auth-int\r\n'
    gba = "Content-Type: application/vnd.3gpp.bsf+xml; charset=utf-8\r\n"
    yield f"HTTP/1.1 401 Unauthorized\r\nServer: x\r\nContent-Length: 0\r\n{header}\r\n"
    yield f'HTTP/1.1 401 No\r\nwww-authenticate: Basic realm="b"\r\n{header}{header}\r\nauthenticate with AKA\n'
    yield f"HTTP/1.1 200 OK\r\n{gba}{info}\r\n{ub['ok_body']}"
    yield f"HTTP/1.1 100 Continue\r\n{info}\r\nHTTP/1.1 200 OK\nContent-Type: a/b\n\nbody"
    yield f"HTTP/2 200 \r\n{gba}{gba}\r\n"
    yield "HTTP/1.1 20x OK\n: nameless\nno colon\n\n"
    yield f"HTTP/1.1 200 OK\nContent-Type: A{'0' * 127}\n\n"


def urls():
    yield "http://bmsc.home1.net/keymanagement?requesttype=msk-request"
    yield "https://127.0.0.1:8081"
    yield "HTTP://bmsc.home1.net?a=b:c@d"
    yield "http://user@bmsc.home1.net/"
    yield "http://[::1]:80/#fragment"
    yield "http:///path"


def msk(number, code=None):
    response = f"<ResponseCode>{code}</ResponseCode>" if code else ""
    key = base64.b64encode(GROUP + number.to_bytes(2, "big")).decode()
    domain = base64.b64encode(DOMAIN).decode()
    return f"<MSK><keyDomainID>{domain}</keyDomainID><MSKID>{key}</MSKID>{response}</MSK>"


def service(name, code=None):
    item = f"<serviceID>{name}</serviceID>"
    return f"<Response>{item}<ResponseCode>{code}</ResponseCode></Response>" if code else item


def document(root, namespace, *items):
    """root: its name, and attributes behind a blank."""
    body = "".join(items)
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{MBMS}{namespace}">{body}</{root.split()[0]}>'


def documents():
    """By the first octet that fuzz_xml.c wants: kind and whether it is a response."""
    demo, other = "urn:3gpp:mbms:demo", "urn:a&amp;b&lt;c&gt;"
    for kind, name in enumerate(("Register", "Deregister")):
        root, namespace = f"mbmsSecurity{name}", name.lower()
        yield 2 * kind, document(root, namespace, service(demo), service(other))
        yield 2 * kind + 1, document(f"{root}Response", f"{namespace}Response", service(demo, 200), service(other, 404))
    yield 4, document("mbmsMSK", "msk", msk(0), msk(1))
    yield 5, document("mbmsMSKResponse", "mskResponse", msk(0, 200), msk(0xFFFF, 403))


def xml(vectors):
    for what, text in documents():
        yield bytes([what]) + text.encode()
        yield bytes([what]) + base64.b64encode(text.encode())
        yield bytes([what]) + text.replace("><", ">\n<!-- a comment --> <").encode()
    yield b"\4<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>" + document("mbmsMSK", "msk", "&b;").encode()
    info = vectors["ub_digest"]["ok_body"]
    yield b"\6" + info.encode()
    for lifetime in ("2026-11-21T04:31:58.25+01:30", "9999-12-31T24:00:00Z", "-0001-01-01T00:00:00-14:00"):
        yield b"\6" + f'<BootstrappingInfo xmlns="uri:3gpp-gba"><btid>a@b</btid><lifetime>{lifetime}</lifetime>'.encode() + (
            b'<x:y xmlns:x="z"/><Extension/></BootstrappingInfo>'
        )


def descriptions():
    key = msk(0)
    server = "<keyManagement><serverURI>http://a/b</serverURI></keyManagement>"
    yield document("mbmsSecurityDescription", "securityDescription", server)
    yield document(
        'mbmsSecurityDescription confidentialityProtection="0" integrityProtection="true"',
        "securityDescription",
        '<keyManagement offsetTime="5" randomTimePeriod="604800" uiccKeyManagement="1">',
        "<serverURI>http://bmsc.home1.net/keymanagement</serverURI><serverURI>https://[::1]/km?a=1</serverURI>",
        "</keyManagement>",
        f'<keyId serviceID="urn:a&amp;b">{key}<mediaFlow flowID="FEDC::/1234">{key}{key}</mediaFlow></keyId>',
        f"<keyId>{key}</keyId><fecProtection>x<y/></fecProtection>",
    )


def records(vectors):
    seeds = dict(messages(vectors))
    for mtk in ("mtk_message_streaming", "mtk_message_download"):
        for name in ("msk_message_streaming_with_SP", "msk_message_download_V1"):
            yield b"\0" + lv(seeds[name]) + seeds[mtk]
    policy = {"encryption": 1, "encryption_key_length": 16, "authentication": 1, "authentication_tag_length": 10}
    session = {"ssrc": "deadbeef", "roc": "00000000", "policy": policy}
    record = {"key_domain": "00f110", "msk_id": "00010001", "mtk_id": "0005", "mki": "000100010005", "mtk": "b0" * 16}
    record |= {"ssrc": "", "roc": "", "policy": policy}
    yield b"\1" + json.dumps(record | {"salt": "c0" * 14, "crypto_sessions": [session, session]}).encode()
    yield b"\1" + json.dumps(record | {"salt": "", "crypto_sessions": [], "new": [{"a": None}]}).encode() + b"\n"


RIGHT = "0" * 32  # a response that flag 1 makes right


def ub(response=RIGHT, extra=""):
    header = authorization(IMPI, BSF, NONCE, "/", response, extra=extra).replace("=MD5", "=AKAv1-MD5")
    return b"\0" + lv(header.encode())


def ua(kind, body, nc=1, btid=BTID, response=RIGHT):
    kinds = ("register", "deregister", "msk-request")
    realm, target = "3GPP-bootstrapping@bmsc.home1.net", f"/keymanagement?requesttype={kinds[kind]}"
    header = authorization(btid, realm, NONCE, target, response, nc=f"{nc:08x}")
    return b"\1" + bytes([kind]) + lv(header.encode()) + lv(base64.b64encode(body.encode()))


def ack(vectors, ts):
    """The vectors' ACK, from this network's UE: its MAC is right under flag 1 only."""
    octets = vectors["msk_verification_for_it"]["ts_as_sent_4_octets"]["message"]
    username = vectors["ua_digest"]["username"]
    octets = bytes.fromhex(octets).replace(username.encode(), BTID.encode())
    octets = octets[:4] + CSB_ID + octets[8:]
    return b"\2" + lv(octets.replace(b"\2\0\0\0\1", b"\2" + ts.to_bytes(4, "big"), 1))


def testnet(vectors):
    docs = dict(documents())
    first = b"\0" + lv(authorization(IMPI, BSF, "", "/", "", nc="1").encode())
    bootstrap = ub(response="") + ub()
    resync = ub(response="") + ub(extra=f', auts="{vectors["ub_digest"]["auts_b64"]}"')
    session = bootstrap + ua(0, docs[0]) + ua(0, docs[0]) + ua(2, docs[4], nc=2)
    yield b"\0" + first + first
    for flags in (b"\0", b"\1"):
        yield flags + bootstrap
        yield flags + resync + bootstrap
        yield flags + session + ack(vectors, 1) + ack(vectors, 2)
        yield flags + session + b"\4\5" * 6
        yield flags + session + b"\3\0" + ack(vectors, 3) + b"\3\1\3\2\3\3" + ua(2, docs[4], nc=3)
        yield flags + session + ua(1, docs[2], nc=3)
    for _, message in messages(vectors):
        yield b"\0" + b"\2" + lv(message)


def srtp_key(key, tag=10):
    return bytes([1, key, tag])


def srtp_packets(key, first, last, stream=1, change=0):
    return b"".join(bytes([2, key, stream]) + i.to_bytes(4, "big") + bytes([i % 256, change]) for i in range(first, last + 1))


def srtp_time(ms):
    return b"\3" + ms.to_bytes(2, "big")


def srtp():
    """Sessions of fuzz_srtp.c: keys early, late, lost, of two domains; a sequence number that rolls over; what is forged."""
    one, two = srtp_packets(1, 0, 9), srtp_packets(2, 10, 19)
    yield srtp_key(1) + one + srtp_key(2) + two + one + two
    yield one + two + srtp_key(2) + srtp_key(1) + srtp_time(1) + srtp_packets(2, 20, 29) + srtp_time(2)
    yield srtp_key(1) + one + two + srtp_time(900) + srtp_packets(3, 20, 29) + srtp_key(3) + srtp_time(200) + srtp_time(2000)
    yield srtp_key(1) + srtp_packets(1, 65530, 65545) + srtp_key(2) + srtp_packets(2, 65546, 65550)
    yield srtp_key(1) + srtp_packets(1, 1 << 16, (1 << 16) + 3) + srtp_key(2) + srtp_packets(2, 5, 8)
    yield srtp_key(1) + srtp_key(129) + srtp_packets(1, 0, 3) + srtp_packets(129, 0, 3, stream=2) + b"\4" + one
    yield srtp_key(1) + srtp_packets(1, 0, 60, change=1) + srtp_time(1000) + one
    yield b"".join(srtp_key(i) for i in range(20)) + b"".join(srtp_packets(i, i, i, stream=i) for i in range(20))
    yield b"".join(srtp_packets(9, 0, 0, stream=i) for i in range(100)) + srtp_key(9) + srtp_time(1)
    yield srtp_key(1, 0) + srtp_key(1, 4) + srtp_key(1, 200) + one + b"\0" + lv(bytes(40)) + b"\0" + lv(b"\x80" * 11)


def control():
    """Commands as they are meant, and each fault once on the messages that it is for."""
    ue, group = "001010123456789", "00f110:0001"
    push, pull, mtk = f"push {ue} {group} --no-ack", f"pull {ue} urn:3gpp:mbms:demo", f"mtk {group}"
    yield f"{push}\n{pull} --new\n{mtk}\n{mtk} --download\nlist --json\nlist\nexpire {ue}\n{push}\n{pull}\n"
    yield f"push {ue} {group} --interval=5:500\nwithdraw {ue} {group}\nrekey {group} --rate=10 --spread=5\nrekey {group}\nrevoke {ue} {group}\nlist {ue} --keys={group} --unverified\nadmit {ue}\nexpire x\n"
    names = re.findall(r'^\t\{ "([a-z0-9-]+)", FAULT_(?:COUNTER|MESSAGE|OCTETS|SEND)', FAULTS.read_text(), re.M)
    for i in range(0, len(names), 8):
        lines = (f"fault {name}:1\n{push}\nfault off\nfault {name}\n{pull}\n{mtk}\nfault off\n" for name in names[i : i + 8])
        yield "".join(lines)
    yield f"fault truncated-header\nfault null-mac\n{pull}\n{mtk}\n"
    yield f"fault delayed\nfault trailing:3\nfault duplicate:2\n{mtk}\n{mtk}\n{mtk}\nfault lost:x\nfault no-such\n"


def zn():
    """Questions as a BM-SC asks them, each wrong in one way, too; and answers."""
    naf, ua = b"bmsc.home1.net", "0100000001"
    whole = {"btId": BTID, "nafId": naf.hex() + ua, "gbaUAware": True}
    parts = {"btId": BTID, "nafFqdn": naf.decode(), "uaId": ua}
    for question in (whole, parts, whole | parts, {"btId": ""}, whole | {"nafId": "0"}, parts | {"uaId": "01"}, [], {}):
        yield b"\0" + json.dumps(question).encode()
        if question:
            yield b"\1/?" + urllib.parse.urlencode(question).encode()
    yield b"\1/zn?nafFqdn=a&uaId=0100000001&btId=%41%4&btId=x"
    yield from (b"\2" + a for a in (b"Bearer x", b"bearer 0123456789abcde", b"Digest username=x", b""))
    answer = {
        "impi": IMPI, "meKeyMaterial": "00" * 32, "uiccKeyMaterial": "11" * 32, "keyExpiryTime": "2026-11-21T04:31:58Z",
        "uss": {"gbaU": True, "mbmsKeys": "uicc"},
    }  # fmt: skip
    yield b"\3" + json.dumps(answer).encode()
    for member in answer:
        yield b"\3" + json.dumps({k: v for k, v in answer.items() if k != member}).encode()
        yield b"\3" + json.dumps(answer | {member: "x"}).encode()


def configurations():
    yield (TESTNET / "default.yaml").read_text()
    yield "services: []\nlisten: '::1'\nbmsc: { port: 0, fqdn: a, path: /k, muk_lifetime: 1, description: /d, offset_time: 3 }\n"
    subscriber = "imsi: '001010123456780', mnc_length: 3, sqn: '000000000020'"
    tuak = f"algorithm: tuak, k: {'00' * 32}, topc: {'11' * 32}, tuak: {{ res_length: 128, keccak_iterations: 3 }}"
    milenage = f"k: {'22' * 16}, opc: {'33' * 16}, amf: b9b9"
    yield f"subscribers:\n- {{ {subscriber}, {tuak}, gba_u: true, mbms: me }}\n"
    yield (
        f"subscribers: [ {{ {subscriber}, {milenage}, gba_u: false }} ]\nmikey: {{ port: 0, ue_port: 1 }}\n"
        "services: [ { id: a, key_domain: 00f110, key_group: 'ffff', streaming: false, mtk_window: 7, ssrc: deadbeef,\n"
        "  members: [ '001010123456780' ] } ]\n"
    )


def reports(vectors):
    """Logs; messages of Ub and Ua, and datagrams, as one end tells of them."""
    time = '{"time":"2026-11-21T04:31:58.123Z","event":'
    me, net = ('"side":"%s","interface":"%s","way":"%s","from":"a:1","to":"b:2","number":%d,"part":%d,' % parts for parts in (
        ("me", "Ub", "sent", 1, 1), ("network", "Ub", "received", 7, 1)))  # fmt: skip
    lines = (
        f'{time}"format","format":1}}', f'{time}"message",{me}"text":"GET / HTTP/1.1\\u000d\\u000a"}}',
        f'{time}"message",{me[:-2]}2,"text":"Host: x\\u00e4\\u000d\\u000a"}}',
        f'{time}"message",{net}"text":"GET / HTTP/1.1\\u000d\\u000aHost: x\\u00e4\\u000d\\u000a"}}',
        f'{time}"apdu","command":"00a40004022fe2","answer":"620483022fe2","sw":"9000","sw_text":"normal ending"}}',
        f'{time}"rejected","cause":"mac","sw":"9862","reason":"<b>"}}', "words",
        f'{time}"registered","ue":"u","service":"s","code":200}}', f'{time}"ack","ue":"u","ts":1}}',
    )  # fmt: skip
    yield b"\0" + "\n".join(lines).encode()
    yield from (b"\0" + line.encode() for line in lines)
    yield from (b"\1" + r.encode() for r in responses(vectors))
    for d in digests(vectors):
        yield b"\1" + f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: {d}\r\n\r\n".encode()
        yield b"\2" + f"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {d}\r\n\r\nagain".encode()
    for body in xml(vectors):
        yield b"\2HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n" + body[1:]
        yield b"\2POST /k HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%s\r\n0\r\n" % (len(body) - 1, body[1:])
    yield from (b"\3" + m for _, m in messages(vectors))


def imports():
    k, opc = "465B5CE8B199B49FAA5F0A2EE238A6BC", "E8ED289DEBA952E4283B54E88E6183CA"
    yield from configurations()
    yield (
        f"supi: 'imsi-999700000000001'\nmcc: '999'\nmnc: '70'\nkey: '{k}'\nop: '{opc}'\nopType: 'OPC'\namf: '8000'\n"
        "gnbSearchList:\n  - 127.0.0.1\nsessions:\n  - type: 'IPv4'\n    slice: { sst: 1 }\n---\n"
        f"{{ supi: imsi-001010000000001, mcc: '001', mnc: '010', key: {k}, op: {opc}, opType: OP }}\n"
    )
    yield (
        f"- imsi: '999700000000002'\n  slice: [ {{ sst: 1 }} ]\n  security: {{ k: '{k[:8]} {k[8:]}', op: null, opc: {opc},"
        f" amf: 8000, sqn: 97 }}\n- {{ imsi: '999700000000003', mnc_length: 3, security: {{ k: {k}, op: {opc} }} }}\n"
    )
    subscriber = f"imsi: '001010123456780', mnc_length: 2, sqn: '000000000020', k: {k}, opc: {opc}, gba_u: true"
    yield f"- {{ {subscriber}, count: 1000, k_step: 255 }}\n- {{ {subscriber}, colour: red }}\n"
    yield "? [a]\n: &b { c: *b }\na: b\na: c\n"


def add(seeds):
    vectors = json.loads(VECTORS.read_text())
    seeds["mikey_rx"] += mikey_rx(vectors)
    seeds["digest"] += (d.encode() for d in digests(vectors))
    seeds["http"] += (r.encode() for r in responses(vectors))
    seeds["url"] += (u.encode() for u in urls())
    seeds["base64"] += (base64.b64encode(octets) for _, octets in messages(vectors))
    seeds["base64"] += [b"", b"QQ==", b"QUI=", b" Q\tU\r\nJD ", b"QR==", b"QQ=", b"QQ==Q", b"QQ-_"]
    seeds["xml"] += xml(vectors)
    seeds["secdesc"] += (d.encode() for d in descriptions())
    seeds["mtk_record"] += records(vectors)
    seeds["srtp"] += srtp()
    seeds["testnet"] += testnet(vectors)
    seeds["control"] += (c.encode() for c in control())
    seeds["zn"] += zn()
    seeds["net_config"] += (c.encode() for c in configurations())
    seeds["import"] += (c.encode() for c in imports())
    seeds["report"] += reports(vectors)
