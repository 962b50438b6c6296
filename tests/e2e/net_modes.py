#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Where MBMS keys live, by the subscriber: on a GBA_U UICC, in the ME of a GBA_U UICC, in the ME of a plain USIM."""
import sys

import oracle
from harness import check
from net_ue import Mikey, Ue, codes
from network import SERVICE, Network

CURRENT = bytes.fromhex("00010000")
MODES = (
    # IMSI, GBA_U, mbms, what it is
    ("001010123456789", True, "uicc", "MBMS on a GBA_U UICC"),
    ("001010123456780", True, "me", "MBMS in the ME of a GBA_U UICC"),
    ("001010123456781", False, "me", "MBMS in the ME of a plain USIM"),
)


def subscriber(imsi, gba_u, mbms):
    return (
        f"- {{ imsi: '{imsi}', mnc_length: 2, k: {oracle.K.hex()}, opc: {oracle.OPC.hex()}, sqn: '000000000020',\n"
        f"    gba_u: {str(gba_u).lower()}, mbms: {mbms} }}\n"
    )


def opens(message, key):
    try:
        return message.open(key)
    except AssertionError:
        return None


def key_of(network, ue, what):
    """From bootstrapping to the verification message."""
    ue.bootstrap(network.bsf)
    check(f"{what}: registers under its MRK", codes(ue.register(network.bmsc, SERVICE)) == [200])
    check(f"{what}: asks for the MSK", codes(ue.ask(network.bmsc, CURRENT)) == [200])
    octets, sender = ue.receive()
    message = Mikey(octets)
    check(f"{what}: the other key does not open it", opens(message, ue.not_muk) is None)
    plain = opens(message, ue.muk)
    check(f"{what}: its MUK does", plain is not None)
    ue.udp.sendto(message.ack(ue.muk), sender)
    network.events.wait("ack", ue=ue.impi)
    return plain[4:20]


def main():
    network = Network(more="subscribers:\n" + "".join(subscriber(*mode[:3]) for mode in MODES))
    keys = set()
    for i, (imsi, gba_u, mbms, what) in enumerate(MODES):
        ue = Ue(f"127.0.0.{i + 2}", network.ue_port, imsi, gba_u=gba_u, mbms=mbms)
        keys.add(key_of(network, ue, what))
    check("all three have the same MSK", len(keys) == 1)


if __name__ == "__main__":
    sys.exit(main())
