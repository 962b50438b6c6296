# SPDX-License-Identifier: Apache-2.0
"""vuicc-testnet, from outside: curl, a UE in Python that shares nothing with the C code, and rude peers."""
import base64
import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import stat
import sys

import oracle
from harness import BIN, SOURCE, TMP, Process, check, run, wait_until
from net_ue import KM, Mikey, Ue, codes, fields

TESTNET = BIN / "vuicc-testnet"
SERVICE = "urn:3gpp:mbms:demo"
SCHEMA = SOURCE / "host" / "schema" / "security-description.xsd"


class Net:
    """A test network on free ports that sends MIKEY to a UE's port."""

    def __init__(self, ue_port, name="net", more=""):
        self.config = TMP / f"{name}.yaml"
        self.config.write_text(
            "bsf: { port: 0, fqdn: bsf.mnc001.mcc001.pub.3gppnetwork.org, lifetime: 3600 }\n"
            "bmsc: { port: 0, fqdn: bmsc.home1.net, path: /keymanagement, muk_lifetime: 3600 }\n"
            f"mikey: {{ port: 0, ue_port: {ue_port} }}\n" + more
        )
        self.socket = TMP / f"{name}.sock"
        self.process = Process(TESTNET, "run", "--config", self.config, "--socket", self.socket, "--json")
        self.process.wait_for('"ready"')
        ready = self.events("ready")[0]
        self.bsf, self.bmsc, self.mikey = ready["bsf_port"], ready["bmsc_port"], ready["mikey_port"]

    def events(self, name):
        lines = [json.loads(line) for line in self.process.output().splitlines()]
        return [e for e in lines if e["event"] == name]

    def wait_for(self, name, **like):
        def found():
            return [e for e in self.events(name) if like.items() <= e.items()]

        wait_until(found, f"event {name} {like}")
        return found()[-1]

    def tell(self, command, *arguments):
        return run(TESTNET, "ctl", command, "--socket", self.socket, *arguments)


def curl(*arguments):
    """Status, headers and body of the last answer: --digest gets a 401 first."""
    _, output = run("curl", "-s", "-i", "--max-time", "5", *arguments)
    head, body = "", output.replace("\r\n", "\n")
    while body.startswith("HTTP/"):
        head, _, body = body.partition("\n\n")
    return (int(head.split()[1]) if head else 0), head, body


def test_curl(net, ue):
    status, head, _ = curl(f"http://127.0.0.1:{net.bsf}/")
    check("curl without Authorization gets 400 on Ub", status == 400 and "WWW-Authenticate" not in head)
    hello = f'Authorization: Digest username="{ue.impi}", realm="", nonce="", uri="/", response=""'
    status, head, _ = curl("-H", hello, f"http://127.0.0.1:{net.bsf}/")
    f = fields(re.search("WWW-Authenticate: Digest (.*)", head)[1])
    check("curl with the IMPI gets 401 on Ub", status == 401)
    check("its realm is the BSF's name", f["realm"] == oracle.BSF.decode(), f["realm"])
    check("its algorithm is AKAv1-MD5 with auth-int", (f["algorithm"], f["qop"]) == ("AKAv1-MD5", "auth-int"))
    check("its nonce is RAND and AUTN", len(base64.b64decode(f["nonce"])) == 32)
    status, head, _ = curl(f"http://127.0.0.1:{net.bmsc}{KM}")
    f = fields(re.search("WWW-Authenticate: Digest (.*)", head)[1])
    check("curl without credentials gets 401 on Ua", status == 401)
    check("its realm asks for bootstrapping", f["realm"] == "3GPP-bootstrapping@bmsc.home1.net", f["realm"])
    check("its algorithm is MD5 with auth and auth-int", (f["algorithm"], f["qop"]) == ("MD5", "auth,auth-int"))
    status, _, _ = curl("-u", "nobody:secret", "--digest", f"http://127.0.0.1:{net.bmsc}{KM}")
    check("curl with credentials of nobody gets 401 again", status == 401)


def curl_with_keys(net, ue, kind, media, xml):
    """curl's own digest with a B-TID, and the MRK that the oracle has derived from K: none of our code is in it."""
    url = f"http://127.0.0.1:{net.bmsc}{KM}?requesttype={kind}"
    return curl(
        "--digest", "-u", f"{ue.btid}:{ue.mrk}", "-H", f"Content-Type: application/{media}+xml", "--data", xml,
        "--interface", ue.host, url,
    )  # fmt: skip


def test_curl_with_keys(net, ue):
    """A third implementation of the Ua digest (qop=auth) registers and asks for an MSK."""
    xml = f'<mbmsSecurityRegister xmlns="urn:3GPP:metadata:2005:MBMS:register"><serviceID>{SERVICE}</serviceID></mbmsSecurityRegister>'
    status, head, body = curl_with_keys(net, ue, "register", "mbms-register", xml)
    check("curl --digest registers with B-TID and MRK", status == 200 and "<ResponseCode>200<" in body, body[-80:])
    check("with qop=auth, as it says", "qop=auth," in head + ",", re.findall("qop=[a-z-]+", head))
    xml = (
        '<mbmsMSK xmlns="urn:3GPP:metadata:2005:MBMS:msk"><MSK><keyDomainID>APEQ</keyDomainID><MSKID>AAEAAA==</MSKID>'
        "</MSK></mbmsMSK>"
    )
    status, _, body = curl_with_keys(net, ue, "msk-request", "mbms-msk", xml)
    check("and asks for the current MSK", status == 200 and "<ResponseCode>200<" in body, body[-60:])
    octets, sender = ue.receive()
    message = Mikey(octets)
    plain = message.open(ue.muk)
    check("which comes by MIKEY, and opens under the oracle's Ks_int_NAF", plain[:4] == bytes.fromhex("00020010"))
    ue.udp.sendto(message.ack(ue.muk), sender)
    net.wait_for("ack", msk_id=message.msk_id.hex(), ts=1)
    return plain[4:20]


def test_challenge_by_osmo_auc_gen(net, ue):
    rand, autn, _ = ue.challenge(net.bsf)
    sqn = ue.sqn(rand, autn)
    check("AUTN* is Milenage's and SHA-1(IK)'s, by the oracle", True, f"SQN {sqn.hex()}")
    if shutil.which("osmo-auc-gen") is None:
        print("        osmo-auc-gen is not there: not asked")
        return
    _, output = run(
        "osmo-auc-gen", "-3", "-a", "MILENAGE", "-k", oracle.K.hex(), "-o", oracle.OPC.hex(), "-f", autn[6:8].hex(),
        "-s", str(int.from_bytes(sqn, "big")), "-r", rand.hex(),
    )
    told = dict(re.findall(r"^(\w+):\s+([0-9a-f]+)$", output, re.M))
    ik = bytes.fromhex(told["IK"])
    star = oracle.xor(autn[8:], hashlib.sha1(ik).digest()[:8])
    check("AUTN* is osmo-auc-gen's AUTN under the mask of GBA_U", told["AUTN"] == (autn[:8] + star).hex())


def test_resynchronisation(net, ue):
    ahead = bytes.fromhex("000000500000")
    rand, _, f = ue.challenge(net.bsf)
    auts = oracle.xor(ahead, ue.milenage.ak_star(rand)) + ue.milenage.mac(rand, ahead, bytes(2))[1]
    answer = ue.respond(net.bsf, f, "", auts)
    f = fields(answer.headers["WWW-Authenticate"])
    token = base64.b64decode(f["nonce"])
    sqn = ue.sqn(token[:16], token[16:])
    check("auts moves the SQN to the card's", answer.status == 401 and sqn > ahead, sqn.hex())


def test_story(net, ue):
    answer = ue.bootstrap(net.bsf)
    check("the UE bootstraps", answer.headers["Content-Type"] == "application/vnd.3gpp.bsf+xml", ue.btid)
    by_curl = test_curl_with_keys(net, ue)
    ue.bootstrap(net.bsf)  # a new MUK: counters begin anew
    check("registers", codes(ue.register(net.bmsc, SERVICE, "urn:none")) == [200, 404])
    check("asks for the current MSK", codes(ue.ask(net.bmsc, bytes.fromhex("00010000"))) == [200])
    octets, sender = ue.receive()
    check("and the MSK message comes from the BM-SC's MIKEY port", sender == ("127.0.0.1", net.mikey), sender)
    m = Mikey(octets)
    plain = m.open(ue.muk)
    check("its MAC is right under Ks_int_NAF", plain[:4] == bytes.fromhex("00020010"), f"{len(octets)} octets")
    check("the MSK is the one that curl was given", plain[4:20] == by_curl)
    check("it names MSK and NAF", (m.msk_id.hex(), m.ids[0]) == ("00010001", oracle.NAF_ID))
    check("its IDr is the B-TID", m.ids[1].decode() == ue.btid)
    check("it wants a verification message", m.v and m.ts == bytes(3) + b"\x01")
    check("a stream's has a CS map and a security policy", m.cs_map[:2] == b"\x01\x00" and len(m.sp) == 38)
    ue.udp.sendto(m.ack(ue.muk)[:-1] + b"\x00", sender)
    net.wait_for("rejected", interface="MIKEY")
    ue.udp.sendto(m.ack(ue.muk), sender)
    net.wait_for("ack", msk_id="00010001", ts=1)
    check("which the BM-SC takes, after a wrong one", True)
    return plain[4:20], m


def test_mtk(net, ue, msk, m):
    status, output = net.tell("mtk", "00f110:0001")
    check("vuicc-testnet ctl mtk", status == 0, output)
    octets, _ = ue.receive()
    mtk = Mikey(octets)
    plain = mtk.open(msk, m.rand)
    check("the MTK opens under the MSK", (mtk.mtk_id.hex(), plain[:4].hex()) == ("0001", "00300010"))
    tag = hashlib.sha256(plain[4:20]).hexdigest()[:8]
    check("it is the one that the event's tag is of", net.wait_for("mtk-sent")["mtk_tag"] == tag, tag)


def test_renegotiation(net, ue):
    check("vuicc-testnet ctl push", net.tell("push", oracle.IMSI, SERVICE)[0] == 0)
    octets, sender = ue.receive()
    pushed = Mikey(octets)
    pushed.open(ue.muk)
    check("the pushed MSK is the next one", (pushed.msk_id.hex(), pushed.ts) == ("00010002", bytes(3) + b"\x02"))
    octets, _ = ue.receive()
    again = Mikey(octets)
    check("without a verification message it comes again", (again.msk_id, again.ts) == (pushed.msk_id, bytes(3) + b"\x03"))
    ue.udp.sendto(pushed.ack(ue.muk), sender)
    net.wait_for("ack", msk_id="00010002", ts=2)
    check("vuicc-testnet ctl expire", net.tell("expire", oracle.IMSI)[0] == 0)
    status, output = net.tell("push", oracle.IMSI, SERVICE)
    check("then a push is refused", status == 1 and "only a pull" in output, output.strip())
    check("vuicc-testnet ctl pull", net.tell("pull", ue.impi, "00f110:0001")[0] == 0)
    octets, _ = ue.receive()
    pull = Mikey(octets)
    check("the pull is empty, and right under the old MUK", (pull.open(ue.muk), pull.msk_id.hex(), pull.v) == (b"", "00010000", False))
    check("the request that follows gets 401", ue.ask(net.bmsc, pull.msk_id).status == 401)
    net.wait_for("renegotiation", btid=ue.btid)
    ue.bootstrap(net.bsf)
    check("after a new run it gets 200", codes(ue.ask(net.bmsc, pull.msk_id)) == [200])
    octets, _ = ue.receive()
    fresh = Mikey(octets)
    fresh.open(ue.muk)
    check("the MSK comes under the new MUK, from counter 1", (fresh.msk_id.hex(), fresh.ts[3]) == ("00010002", 1))
    ue.udp.sendto(fresh.ack(ue.muk), sender)
    net.wait_for("ack", msk_id="00010002", ts=1)


def test_list(net, ue):
    status, output = net.tell("list", "--json")
    *lines, last = map(json.loads, output.splitlines())
    listed = {e["event"]: e for e in lines}
    check("vuicc-testnet ctl --json ends in an object", last == {"result": "ok", "command": "list"}, last)
    status, output = net.tell("expire", "nobody", "--json")
    last = json.loads(output.splitlines()[-1])
    check("a refusal is one, too", (status, last["result"], last["command"]) == (1, "error", "expire"), last["reason"])
    status, output = run(TESTNET, "ctl", "list", "--json", "--socket", TMP / "none.sock")
    check("and so is that there is no network", (status, json.loads(output.splitlines()[-1])["result"]) == (4, "error"))
    check("it shows UE and Key Group", listed["ue"]["btid"] == ue.btid)
    check("with numbers, not keys", listed["key-group"]["msk_id"] == "00010002" and "k" not in listed["ue"])
    shown = net.process.output() + output
    secrets = (oracle.K.hex(), oracle.OPC.hex(), ue.muk.hex(), ue.mrk, base64.b64decode(ue.mrk).hex())
    check("no key was ever shown", not any(s in shown for s in secrets))


def raw(port, octets, patience=5.0):
    """Sends octets and ends its half of the connection; whatever comes back in time.

    Each comes from another address: half a request is open until its time is over, and one peer has only so many.
    """
    answer = b""
    source = (f"127.3.{random.randrange(256)}.{random.randrange(1, 255)}", 0)
    with socket.create_connection(("127.0.0.1", port), timeout=patience, source_address=source) as s:
        try:
            s.sendall(octets)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server has had enough of it before it was sent; an answer may be there all the same
        try:
            while chunk := s.recv(65536):
                answer += chunk
        except (TimeoutError, ConnectionResetError):
            pass
    return answer


def test_ambiguous_requests(net):
    """What two servers could read in two ways is refused: RFC 7230 3.3.3, 5.4."""
    start = f"POST {KM}?requesttype=register HTTP/1.1\r\nHost: b\r\n"
    length, chunked, name = "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", 'Authorization: Digest username="x"\r\n'
    for what, head in (
        ("two lengths", start + length + "Content-Length: 4\r\n"),
        ("a length beside chunks", start + length + chunked),
        ("two names", start + length + name + name),
        ("two types", start + length + "Content-Type: a/b\r\nContent-Type: c/d\r\n"),
        ("no host", start.replace("Host: b\r\n", "") + length),
    ):
        answer = raw(net.bmsc, f"{head}\r\n<a/>\n".encode(), 1)
        check(f"a request with {what} gets 400", answer.startswith(b"HTTP/1.1 400 "), answer[:80])
    answer = raw(net.bmsc, f"{start}{length}{name}\r\n<a/>\n".encode(), 1)
    check("with one of each it is challenged", answer.startswith(b"HTTP/1.1 401 "), answer[:80])


def test_rude_peers(net, ue):
    header = f'GET / HTTP/1.1\r\nHost: bsf\r\nAuthorization: Digest username="{ue.impi}", nonce="", uri="/", response=""\r\n\r\n'
    post = f"POST {KM}?requesttype=register HTTP/1.1\r\nHost: b\r\nAuthorization: Digest username=\"x\"\r\nContent-Length: 5\r\n\r\n<a/>\n"
    for port, whole in ((net.bsf, header.encode()), (net.bmsc, post.encode())):
        for n in range(len(whole) + 1):
            raw(port, whole[:n], 0.02)
    check("every truncation of a request is survived", net.process.process.poll() is None)
    status, _, _ = curl("--data-binary", "x" * 100_000, f"http://127.0.0.1:{net.bmsc}{KM}")
    check("a body that is announced too large gets 413", status == 413, status)
    status, _, _ = curl(
        "-H", "Transfer-Encoding: chunked", "--data-binary", "x" * 100_000, f"http://127.0.0.1:{net.bmsc}{KM}"
    )
    check("and one that is not announced, too", status == 413)
    check("headers without end get no answer but an error", b" 200 " not in raw(net.bsf, b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20000))
    for n in range(0, 300, 7):
        ue.udp.sendto(os.urandom(n), ("127.0.0.1", net.mikey))
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(net.socket))
        s.sendall(b"x" * 10_000)
        check("a control line without end is refused", s.recv(100).startswith(b"error: "))
    check("and still it serves", net.tell("list")[0] == 0 and curl(f"http://127.0.0.1:{net.bsf}/")[0] == 400)


def test_command_line(net):
    check("the control socket is its owner's alone", stat.S_IMODE(os.stat(net.socket).st_mode) == 0o600)
    check("usage errors are 2", run(TESTNET)[0] == run(TESTNET, "fly")[0] == run(TESTNET, "ctl", "push", "a")[0] == run(TESTNET, "ctl")[0] == run(TESTNET, "ctl", "fly")[0] == 2)
    status, output = run(TESTNET, "push", oracle.IMSI, SERVICE)
    check("who forgets ctl is told", status == 2 and "vuicc-testnet ctl push" in output, output.strip())
    check("a refusal is 1", net.tell("expire", "nobody")[0] == 1)
    check("no network is 4", run(TESTNET, "ctl", "list", "--socket", TMP / "none.sock")[0] == 4)
    status, output = run(TESTNET, "run", "--config", net.config, "--socket", net.socket)
    check("a second one on the same control socket is 4", status == 4 and "control socket" in output, output.strip())
    bad = TMP / "bad.yaml"
    bad.write_text("bsf:\n  port: 8080\n  fqdn: x\n  lifetime: soon\n")
    status, output = run(TESTNET, "run", "--config", bad)
    check("a bad configuration is 3, with its place", status == 3 and f"{bad}:4:13: " in output, output.strip())
    status, output = run(TESTNET, "run", "extra")
    check("what stands behind run is named", status == 2 and "got extra" in output, output.strip())
    status, output = run(TESTNET, "config")
    check("the built-in configuration can be seen", status == 0 and "subscribers:" in output)
    for fault in ("no-such-fault", "lost:0", "lost:x"):
        status, output = run(TESTNET, "run", "--fault", fault)
        check(f"--fault {fault} is a usage error", status == 2, output.strip())
    check("a fault can be switched on and off", net.tell("fault", "lost:1")[0] == net.tell("fault", "off")[0] == 0)
    check("but not one that there is not", net.tell("fault", "no-such")[0] == 1)
    status, output = run(TESTNET, "description", "--config", net.config)
    status_http, head, body = curl(f"http://127.0.0.1:{net.bmsc}/securitydescription")
    check("the security description is printed, and served", status == 0 and status_http == 200 and body == output[:-1])
    check("as its media type", "Content-Type: application/mbms-protection-description+xml" in head)
    if shutil.which("xmllint"):
        status, output = run("xmllint", "--noout", "--schema", SCHEMA, "-", input=body)
        check("and xmllint finds that it follows its schema", status == 0, output.strip())
    check("and --help", run(TESTNET, "--help")[0] == 0)


def main():
    ue = Ue()
    net = Net(ue.port)
    test_curl(net, ue)
    test_challenge_by_osmo_auc_gen(net, ue)
    test_resynchronisation(net, ue)
    msk, m = test_story(net, ue)
    test_mtk(net, ue, msk, m)
    test_renegotiation(net, ue)
    test_list(net, ue)
    test_ambiguous_requests(net)
    test_rude_peers(net, ue)
    test_command_line(net)
    check("SIGTERM ends it cleanly", net.process.stop() == 0 and not net.socket.exists())
    other = Net(ue.port, "interrupted")
    other.process.process.send_signal(signal.SIGINT)
    check("and so does SIGINT", other.process.process.wait(5) == 0)


if __name__ == "__main__":
    sys.exit(main())
