#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""wpa_supplicant's EAP-AKA with the card, through pcscd, against hostapd's RADIUS and EAP server. The authentication
centre behind hostapd is osmo-auc-gen: not a line of ours computes a vector here or judges one.

Run inside with-pcscd.sh.
"""
import glob
import os
import re
import secrets
import socket
import threading

import oracle
from harness import READER, TMP, Process, check, insert, personalise, run

RADIUS_PORT = 18120
SECRET = "testing"


class Hlr(threading.Thread):
    """hostapd's eap_sim_db: text in datagrams over a Unix socket."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.k, self.sqn, self.requests = oracle.K, 0, []
        self.start()

    def subscriber(self, seq, k=oracle.K):
        """The next vector has SEQ seq + 1."""
        self.k, self.sqn, self.requests = k, seq << 5, []

    def auc(self, *more):
        status, output = run(
            *"osmo-auc-gen -3 -a MILENAGE -f 0000".split(), "-k", self.k.hex(), "-o", oracle.OPC.hex(), *more
        )
        return dict(re.findall(r"^([A-Z. ]+):\t(\S+)$", output, re.M)) if status == 0 else None

    def run(self):
        while True:
            request, sender = self.socket.recvfrom(2048)
            answer = self.answer(request.decode().split())
            if answer is not None:
                self.socket.sendto(answer.encode(), sender)

    def answer(self, words):
        self.requests.append(words[0])
        if words[0] == "AKA-REQ-AUTH":
            self.sqn += 1 << 5
            v = self.auc("-s", str(self.sqn), "-r", secrets.token_hex(16))
            return " ".join(["AKA-RESP-AUTH", words[1], v["RAND"], v["AUTN"], v["IK"], v["CK"], v["RES"]])
        if words[0] == "AKA-AUTS":
            v = self.auc("-A", words[2], "-r", words[3])
            self.requests[-1] += " right" if v else " wrong"
            if v:
                self.sqn = int(v["SQN.MS"])
        return None


def remove_stale_sockets():
    """hostapd names its socket by its process number, which repeats from one namespace to the next."""
    for path in glob.glob("/tmp/eap_sim_db_*"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                os.unlink(path)
            except PermissionError:
                pass  # in use: connected to somebody's HLR


def start_hostapd(hlr_path):
    (TMP / "clients").write_text(f"127.0.0.1/32 {SECRET}\n")
    (TMP / "users").write_text('"0"* AKA\n')
    (TMP / "hostapd.conf").write_text(
        "driver=none\n"
        f"radius_server_clients={TMP}/clients\n"
        f"radius_server_auth_port={RADIUS_PORT}\n"
        "eap_server=1\n"
        f"eap_user_file={TMP}/users\n"
        f"eap_sim_db=unix:{hlr_path}\n"
    )
    remove_stale_sockets()
    hostapd = Process("hostapd", TMP / "hostapd.conf")
    hostapd.wait_for("AP-ENABLED")
    return hostapd


def eapol_test(pin=""):
    conf = TMP / "eapol.conf"
    lines = ["key_mgmt=IEEE8021X", "eap=AKA", 'pcsc=""'] + ([f'pin="{pin}"'] if pin else [])
    conf.write_text("network={\n" + "".join(f"\t{line}\n" for line in lines) + "}\n")
    status, output = run(
        *f"eapol_test -t 10 -c {conf} -a 127.0.0.1 -p {RADIUS_PORT} -s {SECRET} -R".split(), READER, timeout=60
    )
    return output, (status == 0, output.rstrip().rsplit("\n", 1)[-1])


def main():
    hlr = Hlr(TMP / "hlr")
    start_hostapd(TMP / "hlr")

    card = insert(personalise("aka.card"))
    hlr.subscriber(seq=1000)
    output, (ok, last) = eapol_test()
    check("EAP-AKA with the card through PC/SC ends in SUCCESS", ok and last == "SUCCESS", last)
    check("the identity came from EF_IMSI and EF_AD", f"0{oracle.IMSI}@wlan.mnc001.mcc001.3gppnetwork.org" in output)
    check("one vector was enough", hlr.requests == ["AKA-REQ-AUTH"], hlr.requests)

    hlr.subscriber(seq=1000, k=bytes(16))
    _, (ok, last) = eapol_test()
    check("a network with another K ends in FAILURE", not ok and last == "FAILURE", last)
    check("the card said 9862, and no AUTS went out", hlr.requests == ["AKA-REQ-AUTH"], hlr.requests)
    check("and traced it", "9862" in card.output())

    hlr.subscriber(seq=10)
    _, (ok, last) = eapol_test()
    check("a network whose SQN is behind ends in SUCCESS", ok and last == "SUCCESS", last)
    expected = ["AKA-REQ-AUTH", "AKA-AUTS right", "AKA-REQ-AUTH"]
    check("after an AUTS that osmo-auc-gen has verified", hlr.requests == expected, hlr.requests)
    check("which holds the SQN of the first case", hlr.sqn == 1002 << 5, hlr.sqn >> 5)

    check("vuicc-card ends cleanly", card.stop() == 0)
    check("its trace holds no K", oracle.K.hex() not in card.output().lower())

    card = insert(personalise("pin.card", "--set", "pins.pin1.enabled=true"))
    hlr.subscriber(seq=1)
    _, (ok, last) = eapol_test("1234")
    check("a card with PIN1 enabled and the right PIN ends in SUCCESS", ok and last == "SUCCESS", last)
    card.stop()


if __name__ == "__main__":
    main()
