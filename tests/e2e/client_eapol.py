#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""wpa_supplicant's EAP-AKA, EAP-AKA' and EAP-SIM with the card, through pcscd, against hostapd's RADIUS and EAP server
and the vectors of osmo-auc-gen (aaa.py).

Run inside with-pcscd.sh.
"""
import re
from collections import namedtuple

import aaa
import oracle
from harness import READER, TMP, check, insert, personalise, run

RADIUS_PORT = 18120
SECRET = "testing"

# The digit before the IMSI is RFC 4186's, RFC 4187's and RFC 5448's mark of a permanent identity.
Method = namedtuple("Method", "name digit request amf")
AKA = Method("AKA", "0", "AKA-REQ-AUTH", aaa.AMF)
AKA_PRIME = Method("AKA'", "6", "AKA-REQ-AUTH", aaa.AMF_SEPARATED)
SIM = Method("SIM", "1", "SIM-REQ-AUTH", aaa.AMF)


def start_hostapd(hlr):
    (TMP / "clients").write_text(f"127.0.0.1/32 {SECRET}\n")
    radius = [f"radius_server_clients={TMP}/clients", f"radius_server_auth_port={RADIUS_PORT}"]
    return aaa.start_hostapd(hlr, "driver=none", *radius)


def eapol_test(method, pin=""):
    """(output, "SUCCESS" or "FAILURE")"""
    conf = TMP / "eapol.conf"
    lines = ["key_mgmt=IEEE8021X", f"eap={method.name}", 'pcsc=""'] + ([f'pin="{pin}"'] if pin else [])
    conf.write_text("network={\n" + "".join(f"\t{line}\n" for line in lines) + "}\n")
    status, output = run(
        *f"eapol_test -t 5 -c {conf} -a 127.0.0.1 -p {RADIUS_PORT} -s {SECRET} -R".split(), READER, timeout=60
    )
    last = output.rstrip().rsplit("\n", 1)[-1]
    if (status == 0) != (last == "SUCCESS"):
        check("eapol_test's exit status says the same as its last line", False, f"{status}, {last}")
    return output, last


def fresh(method, hlr, seq, pin=""):
    hlr.subscriber(seq=seq, amf=method.amf)
    output, end = eapol_test(method, pin)
    check(f"EAP-{method.name} with the card through PC/SC ends in SUCCESS", end == "SUCCESS", end)
    identity = f"{method.digit}{oracle.IMSI}@{aaa.REALM}"
    check("the identity came from EF_IMSI and EF_AD", identity in output, identity)
    check("one request for vectors was enough", hlr.requests == [method.request], hlr.requests)


def resynchronisation(method, hlr, card_seq):
    hlr.subscriber(seq=10, amf=method.amf)
    _, end = eapol_test(method)
    check(f"EAP-{method.name} with a network whose SQN is behind ends in SUCCESS", end == "SUCCESS", end)
    expected = ["AKA-REQ-AUTH", "AKA-AUTS right", "AKA-REQ-AUTH"]
    check("after an AUTS that osmo-auc-gen has verified", hlr.requests == expected, hlr.requests)
    check("which holds the SQN accepted last", hlr.sqn == (card_seq + 1) << 5, hlr.sqn >> 5)


def another_k(method, hlr, card):
    """An AUTN is refused by the card itself. In EAP-SIM it is the supplicant who finds AT_MAC wrong."""
    before = card.output().count("9862")
    hlr.subscriber(seq=5000, k=bytes(16), amf=method.amf)
    _, end = eapol_test(method)
    check(f"EAP-{method.name} with a network that has another K ends in FAILURE", end == "FAILURE", end)
    check("no AUTS went out", hlr.requests == [method.request], hlr.requests)
    refused = card.output().count("9862") != before
    check("the card has nothing to object" if method == SIM else "the card said 9862", refused == (method != SIM))


def with_pin(hlr):
    card = insert(personalise("pin.card", "--set", "pins.pin1.enabled=true"))
    for seq, method in enumerate((AKA, AKA_PRIME, SIM)):
        fresh(method, hlr, seq=10 * seq, pin="1234")
    for left, method in zip((2, 1), (AKA, SIM)):
        hlr.subscriber(seq=100, amf=method.amf)
        _, end = eapol_test(method, "4321")
        check(f"EAP-{method.name} with a wrong PIN ends in FAILURE", end == "FAILURE", end)
        _, output = run("opensc-tool", "--reader", READER, "-s", "00:20:00:01")
        tries = re.search(r"SW1=0x63, SW2=0xC(\d)", output)
        check("and has cost one try of three", tries and int(tries[1]) == left, tries[0] if tries else output)
    check("the trace holds no PIN", "31323334" not in card.output() and "34333231" not in card.output())
    card.stop()


def main():
    hlr = aaa.Hlr()
    start_hostapd(hlr)

    card = insert(personalise("eap.card"))
    for seq, method in zip((1000, 2000), (AKA, AKA_PRIME)):
        fresh(method, hlr, seq)
        another_k(method, hlr, card)
        resynchronisation(method, hlr, card_seq=seq + 1)
    fresh(SIM, hlr, seq=0)
    another_k(SIM, hlr, card)
    check("vuicc-card ends cleanly", card.stop() == 0)
    check("its trace holds no K", oracle.K.hex() not in card.output().lower())

    with_pin(hlr)


if __name__ == "__main__":
    main()
