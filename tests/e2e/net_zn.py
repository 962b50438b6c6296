#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""BSF and BM-SC in two processes with Zn over HTTP between them; and the BSF's end of it, seen by curl."""
import base64
import concurrent.futures
import json
import signal
import socket
import struct
import sys
import time
import urllib.parse

import oracle
from harness import BIN, TMP, check, personalise, run, wait_until
from net_testnet import curl
from net_ue import KM, Mikey, Ue, codes
from network import GROUP, IMSI, SERVICE, Me, Network, ends_cleanly, mode

TOKEN = TMP / "zn.token"
CURRENT = bytes.fromhex("00010000")


class Both:
    """What a phone sees of two processes: one's BSF, the other's BM-SC."""

    def __init__(self, bsf, bmsc):
        self.bsf, self.bmsc, self.ue_port = bsf.bsf, bmsc.bmsc, bmsc.ue_port


def ask_zn(port, *arguments, token=None):
    token = TOKEN.read_text().strip() if token is None else token
    status, head, body = curl("-H", f"Authorization: Bearer {token}", *arguments, f"http://127.0.0.1:{port}/")
    return status, json.loads(body) if status == 200 else body


def seen_by_curl(bsf, port):
    ue = Ue("127.0.0.3", 0)
    answer = ue.bootstrap(bsf.bsf)
    rand = base64.b64decode(ue.btid.split("@")[0])
    ks = ue.milenage.ck(rand) + ue.milenage.ik(rand)
    expected = {
        "impi": ue.impi,
        "meKeyMaterial": oracle.ks_ext_naf(ks, rand).hex(),
        "uiccKeyMaterial": oracle.ks_int_naf(ks, rand).hex(),
        "keyExpiryTime": answer.body.split(b"<lifetime>")[1].split(b"<")[0].decode(),
        "uss": {"gbaU": True, "mbmsKeys": "uicc"},
    }
    query = {"btId": ue.btid, "nafId": oracle.NAF_ID.hex(), "gbaUAware": True}
    status, got = ask_zn(port, "-H", "Content-Type: application/json", "-d", json.dumps(query))
    check("curl gets the keys that the oracle derives", (status, got) == (200, expected), status)
    del query["nafId"]
    status, got = ask_zn(port, "-d", json.dumps(query | {"nafFqdn": "bmsc.home1.net", "uaId": "0100000001"}))
    check("the NAF_ID may come in its parts", (status, got) == (200, expected))
    uri = urllib.parse.urlencode({"btId": ue.btid, "nafFqdn": "bmsc.home1.net", "uaId": "0100000001"})
    status, got = ask_zn(f"{port}/zn?{uri}#")
    del expected["uiccKeyMaterial"]
    check("and in the URI; who is not aware of GBA_U gets no key of the UICC", (status, got) == (200, expected))
    other = {"btId": ue.btid, "nafFqdn": "other.home1.net", "uaId": "0100000001"}
    check("another NAF gets another key", ask_zn(port, "-d", json.dumps(other))[1]["meKeyMaterial"] != expected["meKeyMaterial"])
    for what, status, body in (
        ("a B-TID of nobody", 404, {"btId": "x@y", "nafId": oracle.NAF_ID.hex()}),
        ("no B-TID", 400, {"nafId": oracle.NAF_ID.hex()}),
        ("no NAF", 400, {"btId": ue.btid}),
        ("a NAF_ID of one digit", 400, {"btId": ue.btid, "nafId": "0"}),
        ("no object", 400, []),
    ):
        got = ask_zn(port, "-d", json.dumps(body))
        check(f"{what}: {status}", got[0] == status, got[1].strip())
    check("another method: 405", ask_zn(port, "-X", "PUT", "-d", "{}")[0] == 405)
    for token in ("", "x" * 64, TOKEN.read_text().strip()[:-1]):
        check("without the token: 401", ask_zn(port, "-d", json.dumps(query), token=token)[0] == 401)
    check("and without any", curl("-d", "{}", f"http://127.0.0.1:{port}/")[0] == 401)
    return expected["meKeyMaterial"], ue.mrk, ue.muk.hex()


def a_ue_in_python(bsf, bmsc):
    ue = Ue("127.0.0.4", bmsc.ue_port)
    ue.bootstrap(bsf.bsf)
    check("a UE registers at the BM-SC, which asks the BSF", codes(ue.register(bmsc.bmsc, SERVICE)) == [200])
    check("and asks for an MSK", codes(ue.ask(bmsc.bmsc, CURRENT)) == [200])
    message = Mikey(ue.receive()[0])
    check("which opens under Ks_int_NAF", message.open(ue.muk)[:4] == bytes.fromhex("00020010"))
    asked = [e for e in bsf.events.all() if e["event"] == "zn" and e["btid"] == ue.btid]
    check("the BSF was asked, until the UE had a nonce", 1 <= len(asked) <= 2, len(asked))
    stranger = Ue("127.0.0.5", 0)
    stranger.btid, stranger.mrk = "x@" + oracle.BSF.decode(), ue.mrk
    check("a B-TID that the BSF does not know gets 401", stranger.register(bmsc.bmsc, SERVICE).status == 401)
    return ue


def our_me(bsf, bmsc):
    me = Me(Both(bsf, bmsc), "zn.sqlite", "--card", personalise("zn.card"), address="127.0.0.6")
    me.do("register", SERVICE)
    process, events = me.run("--request", GROUP)
    msk = events.wait("msk")
    bmsc.events.wait("ack", msk_id=msk["msk_id"])
    bmsc.tell("mtk", GROUP)
    mtk = events.wait("mtk", msk_id=msk["msk_id"])
    check("both ends have the same MTK", bmsc.events.wait("mtk-sent")["mtk_tag"] == mtk["tag"], mtk["tag"])
    ends_cleanly(process)


def strangers_who_do_not_wait(bsf, bmsc):
    """They make up B-TIDs and hang up before the BSF has said that it does not know them."""
    reset = struct.pack("ii", 1, 0)
    target = f"{KM}?requesttype=register"
    strangers = []
    bsf.process.process.send_signal(signal.SIGSTOP)
    for i in range(64):
        who = f'username="made-up-{i}", realm="3GPP-bootstrapping@bmsc.home1.net", nonce="n", uri="{target}", qop=auth'
        digest = f'{who}, nc=00000001, cnonce="c", response="{"0" * 32}", algorithm=MD5'
        head = f"POST {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Digest {digest}\r\nContent-Length: 0\r\n\r\n"
        stranger = socket.create_connection(("127.0.0.1", bmsc.bmsc), 5, ("127.0.0.8", 0))
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        stranger.sendall(head.encode())
        strangers.append(stranger)
    bmsc.tell("list")  # a turn of the BM-SC is over: it has taken what was sent
    for stranger in strangers:
        stranger.close()
    bsf.process.process.send_signal(signal.SIGCONT)
    wait_until(lambda: sum(e["event"] == "rejected" and e.get("interface") == "Zn" for e in bsf.events.all()) >= 64,
               "the BSF is asked for each of them")
    ue = Ue("127.0.0.9", 0)
    ue.bootstrap(bsf.bsf)
    check("strangers who do not wait for their answers keep no UE out", codes(ue.register(bmsc.bmsc, SERVICE)) == [200])


def a_bsf_that_says_nothing(bsf, bmsc, known):
    """It stands still; then it is gone."""
    stranger = Ue("127.0.0.7", 0)
    stranger.btid, stranger.mrk = "z@" + oracle.BSF.decode(), known.mrk
    bsf.process.process.send_signal(signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        start = time.monotonic()
        waiting = pool.submit(stranger.register, bmsc.bmsc, SERVICE)
        bmsc.tell("list")
        check("while the BSF says nothing others are served", codes(known.register(bmsc.bmsc, SERVICE)) == [200])
        took = time.monotonic() - start
        check("at once", took < 1 and not waiting.done(), f"{took * 1e3:.0f} ms")
        status = waiting.result().status
    check("who needs it gets 503, not a 401", status == 503 and time.monotonic() - start < 5, status)
    bmsc.events.wait("error", what="asking the BSF on Zn")
    bsf.process.process.send_signal(signal.SIGCONT)
    check("when it is back, it is asked again", stranger.register(bmsc.bmsc, SERVICE).status == 401)
    bsf.process.stop()
    stranger.btid = "gone@" + oracle.BSF.decode()
    check("one that is not there: 503, too", stranger.register(bmsc.bmsc, SERVICE).status == 503)


def configurations():
    for what, text, place in (
        ("a token that others can read", f"zn: {{ port: 0, token: {TMP / 'open.token'} }}\n", "mode 0600"),
        ("a URL without a token", "bmsc: { port: 0, fqdn: a, path: /a, muk_lifetime: 1, zn: 'http://a/' }\n", "zn_token"),
        ("no URL", f"bmsc: {{ port: 0, fqdn: a, path: /a, muk_lifetime: 1, zn: ftp, zn_token: {TOKEN} }}\n", "bmsc.zn"),
    ):
        (TMP / "open.token").write_text("x" * 64 + "\n")
        (TMP / "open.token").chmod(0o644)
        (TMP / "bad.yaml").write_text(text)
        status, output = run(BIN / "vuicc-testnet", "run", "--config", TMP / "bad.yaml", "--socket", TMP / "bad.sock", timeout=5)
        check(f"{what} is refused", status in (3, 4) and place in output, output.strip())


def main():
    bsf = Network("zn-bsf", more=f"zn: {{ port: 0, token: {TOKEN} }}\n", options=["--messages"])
    port = bsf.events.all()[0]["zn_port"]
    bmsc = Network("zn-bmsc", bmsc=f", zn: 'http://127.0.0.1:{port}/', zn_token: {TOKEN}", options=["--messages"])
    check("the token is its owner's alone", mode(TOKEN) == 0o600)
    check("the BM-SC's process has no BSF", bmsc.bsf == 0)
    keys = seen_by_curl(bsf, port)
    our_me(bsf, bmsc)
    strangers_who_do_not_wait(bsf, bmsc)
    ue = a_ue_in_python(bsf, bmsc)
    a_bsf_that_says_nothing(bsf, bmsc, ue)
    shown = bsf.process.output() + bmsc.process.output()
    secrets = (*keys, ue.mrk, base64.b64decode(ue.mrk).hex(), ue.muk.hex(), TOKEN.read_text().strip(), oracle.K.hex())
    check("no key, and not the token, was ever shown", not any(s in shown for s in secrets) and IMSI in shown)
    configurations()


if __name__ == "__main__":
    sys.exit(main())
