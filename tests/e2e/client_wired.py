#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Wired 802.1X: wpa_supplicant with the card on one end of a veth pair, hostapd as authenticator on the other. Six
authentications in one session of the supplicant, each with a vector of its own from osmo-auc-gen (aaa.py).

Run inside with-pcscd.sh, whose network namespace is where the pair lives.
"""
import re

import aaa
import oracle
from harness import READER, TMP, Process, check, insert, personalise, run, skip, wait_until

NETWORK, PHONE = "vuicc-net", "vuicc-ue"  # the two ends
AUTHENTICATIONS = 6


def make_cable():
    status, output = run("ip", "link", "add", NETWORK, "type", "veth", "peer", "name", PHONE)
    if status != 0:
        skip(f"no veth pair here: {output.strip()}")
    for end in (NETWORK, PHONE):
        status, output = run("ip", "link", "set", end, "up")
        check(f"{end} is up", status == 0, output.strip())


def start_supplicant():
    control = TMP / "control"
    (TMP / "supplicant.conf").write_text(
        f"ctrl_interface={control}\n"
        "ap_scan=0\n"
        "fast_reauth=0\n"  # every authentication asks the card
        f"pcsc_reader={READER}\n"
        'network={\n\tkey_mgmt=IEEE8021X\n\teap=AKA\n\tpcsc=""\n\teapol_flags=0\n}\n'
    )
    supplicant = Process("wpa_supplicant", "-D", "wired", "-i", PHONE, "-c", TMP / "supplicant.conf")
    return supplicant, ["wpa_cli", "-p", control, "-i", PHONE]


def main():
    make_cable()
    hlr = aaa.Hlr()
    hlr.subscriber(seq=0)
    hostapd = aaa.start_hostapd(hlr, "driver=wired", f"interface={NETWORK}", "ieee8021x=1", "logger_stdout=-1")
    card = insert(personalise("wired.card"))
    supplicant, control = start_supplicant()

    for n in range(1, AUTHENTICATIONS + 1):
        said = "CTRL-EVENT-EAP-SUCCESS"
        wait_until(lambda: supplicant.output().count(said) == n, f"wpa_supplicant says '{said}' {n} times")
        check(f"authentication {n} used vector {n}", hlr.requests == ["AKA-REQ-AUTH"] * n, len(hlr.requests))
        if n < AUTHENTICATIONS:
            status, output = run(*control, "reauthenticate")
            check("wpa_supplicant is asked for the next", status == 0 and output.strip() == "OK", output.strip())

    _, output = run(*control, "status")
    check("the port is authorised", "suppPortStatus=Authorized" in output and "EAP state=SUCCESS" in output)
    granted = "IEEE 802.1X: authenticated"
    wait_until(lambda: hostapd.output().count(granted) == AUTHENTICATIONS, "hostapd grants access as many times")
    check("no failure on either side", "FAILURE" not in supplicant.output() + hostapd.output())
    supplicant.stop()
    selected, asked = (len(re.findall(what, card.output(), re.M)) for what in ("^SELECT .*> a00000", "^AUTHENTICATE "))
    check("the card: one application session, six challenges", (selected, asked) == (1, AUTHENTICATIONS))
    check("vuicc-card ends cleanly", card.stop() == 0)
    check("its trace holds no K", oracle.K.hex() not in card.output().lower())


if __name__ == "__main__":
    main()
