#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an operator of vuicc-testnet makes it send, opened by UEs in Python: intervals, withdrawal, rekeying, Key Groups.

And nonces as the BM-SC gives them out, used by these UEs.
"""
import select
import sys

import net_modes
from harness import check
from net_ue import KM, Mikey, Ue, codes, fields
from network import Network

DEMO, SAME, OTHER = "urn:3gpp:mbms:demo", "urn:same", "urn:other"
GROUP, SECOND = "00f110:0001", "62f220:0002"
CURRENT = bytes.fromhex("00010000")
CONFIG = f"""services:
- {{ id: '{DEMO}', key_domain: 00f110, key_group: '0001', streaming: true, mtk_window: 10 }}
- {{ id: '{SAME}', key_domain: 00f110, key_group: '0001', streaming: true, mtk_window: 10 }}
- {{ id: '{OTHER}', key_domain: 62f220, key_group: '0002', streaming: false }}
subscribers:
"""


class Delivery:
    """An MSK message for a UE, opened."""

    def __init__(self, ue):
        octets, self.sender = ue.receive()
        self.message = Mikey(octets)
        self.plain = self.message.open(ue.muk)
        self.msk_id = self.message.msk_id.hex()
        if self.plain:
            assert self.plain[:4].hex() == "00020010" and len(self.plain) == 26
            self.msk = self.plain[4:20]
            self.interval = int.from_bytes(self.plain[21:23], "big"), int.from_bytes(self.plain[24:26], "big")

    def verify(self, ue):
        ue.udp.sendto(self.message.ack(ue.muk), self.sender)


def nothing_comes(ue):
    return not select.select([ue.udp], [], [], 0.2)[0]


def begin():
    subscribers = ("001010123456789", True, "uicc"), ("001010123456780", True, "me"), ("001010123456781", False, "me")
    network = Network(more=CONFIG + "".join(net_modes.subscriber(*s) for s in subscribers))
    ues = []
    for i, (imsi, gba_u, mbms) in enumerate(subscribers):
        ue = Ue(f"127.0.0.{i + 2}", network.ue_port, imsi, gba_u=gba_u, mbms=mbms)
        ue.imsi = imsi
        ue.bootstrap(network.bsf)
        assert codes(ue.register(network.bmsc, DEMO, OTHER if i == 0 else SAME)) == [200, 200]
        ues.append(ue)
    return network, ues


def intervals(network, ue):
    check("asks for the MSK", codes(ue.ask(network.bmsc, CURRENT)) == [200])
    first = Delivery(ue)
    first.verify(ue)
    check("it has the configured interval", first.interval == (0, 10), first.interval)
    network.tell("push", ue.imsi, GROUP, "--interval", "7:500")
    again = Delivery(ue)
    again.verify(ue)
    check("the same MSK comes again", (again.msk_id, again.msk) == (first.msk_id, first.msk))
    same = again.message.rand == first.message.rand and again.message.csb_id == first.message.csb_id
    check("under the same RAND and CSB ID, for the MTKs' sake", same)
    check("with the new interval", again.interval == (7, 500), again.interval)
    network.tell("mtk", GROUP)
    check("the next MTK ID is in it", Mikey(ue.receive()[0]).mtk_id.hex() == "0008")
    return again


def withdrawal(network, ue, before):
    network.tell("withdraw", ue.imsi, DEMO)
    gone = Delivery(ue)
    gone.verify(ue)
    check("withdraw names the MSK", gone.msk_id == before.msk_id)
    check("with SEQl above SEQu", gone.interval[0] > gone.interval[1], gone.interval)
    network.events.wait("ack", msk_id=gone.msk_id, ts=int.from_bytes(gone.message.ts, "big"))


def announced_by_pull(network, ue):
    network.tell("pull", ue.imsi, GROUP, "--new")
    pull = Delivery(ue)
    check("a pull says nothing but the group", (pull.plain, pull.msk_id) == (b"", CURRENT.hex()))
    check("asks for what it was told of", codes(ue.ask(network.bmsc, pull.message.msk_id)) == [200])
    newer = Delivery(ue)
    newer.verify(ue)
    check("it is a new MSK", newer.msk_id == "00010002", newer.msk_id)
    return newer


def groups(network, first, others):
    network.tell("push", first.imsi, SECOND)
    other = Delivery(first)
    other.verify(first)
    check("another Key Group has MSKs of its own", (other.message.domain.hex(), other.msk_id) == ("62f220", "00020001"))
    check("a download's have no CS map, nor a policy", other.message.cs_map[0] == 0 and other.message.sp == b"")
    network.tell("push", others[0].imsi, SECOND, status=1)
    check("they are not for UEs of other services", codes(others[0].ask(network.bmsc, bytes(4), b"\x62\xf2\x20")) == [404])
    asked = codes(others[0].ask(network.bmsc, bytes.fromhex("00020000"), b"\x62\xf2\x20"))
    check("nor when they ask", asked == [403], asked)


def rekeying(network, ues, before):
    network.tell("expire", ues[2].imsi)
    network.tell("rekey", SAME, "--rate=20")
    got = [Delivery(ue) for ue in ues]
    check("rekey reaches all UEs of the group", [d.msk_id for d in got] == ["00010003", "00010003", "00010000"])
    network.events.wait("rekeyed", msk_id="00010003")
    check("with one new MSK", got[0].msk == got[1].msk != before.msk)
    for ue, delivery in zip(ues, got):
        if delivery.plain:
            delivery.verify(ue)
            network.events.wait("ack", ue=ue.impi)
    check("whose MUK is too old is pulled, and sent away", ues[2].ask(network.bmsc, CURRENT).status == 401)
    ues[2].bootstrap(network.bsf)
    check("until it comes with a new one", codes(ues[2].ask(network.bmsc, CURRENT)) == [200])
    late = Delivery(ues[2])
    late.verify(ues[2])
    check("it has what all have then", (late.msk_id, late.msk) == ("00010003", got[0].msk))
    check("who has verified gets no more", all(nothing_comes(ue) for ue in ues))


def nonces(network, ue):
    network.tell("fault", "next-nonce:1")
    answer = ue.register(network.bmsc, DEMO)
    offered = fields(answer.headers["Authentication-Info"])["nextnonce"]
    check("nextnonce is another nonce", offered not in ("", ue.nonce))
    ue.nonce, ue.nc = offered, 0
    refused = len([e for e in network.events.all() if e["event"] == "unauthorized"])
    check("it is good for the next request", ue.register(network.bmsc, DEMO).status == 200)
    check("at once", len([e for e in network.events.all() if e["event"] == "unauthorized"]) == refused)
    network.tell("fault", "two-realms:1")
    answer = ue.http(network.bmsc, "POST", f"{KM}?requesttype=register")
    realm = fields(answer.headers["WWW-Authenticate"])["realm"]
    check("two names can stand in one realm", realm.split(";")[1] == "3GPP-bootstrapping@bmsc.home1.net", realm)
    check("which a UE may answer whole", codes(ue.register(network.bmsc, DEMO, realm=realm)) == [200])
    network.tell("fault", "two-challenges:1")
    answer = ue.http(network.bmsc, "POST", f"{KM}?requesttype=register")
    realms = [fields(c)["realm"].split("@")[0] for c in answer.headers.get_all("WWW-Authenticate")]
    check("or in two challenges", realms == ["3GPP-bootstrapping-uicc", "3GPP-bootstrapping"], realms)


def main():
    network, ues = begin()
    before = intervals(network, ues[0])
    for ue in ues[1:]:
        ue.receive()  # their copy of the MTK
    withdrawal(network, ues[0], before)
    newer = announced_by_pull(network, ues[0])
    groups(network, ues[0], ues[1:])
    rekeying(network, ues, newer)
    nonces(network, ues[0])


if __name__ == "__main__":
    sys.exit(main())
