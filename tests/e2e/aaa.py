# SPDX-License-Identifier: Apache-2.0
"""The network that EAP authenticates against: hostapd as EAP server, and behind it osmo-auc-gen as authentication
centre. Not a line of ours computes a vector here or judges one.
"""
import glob
import os
import re
import secrets
import socket
import threading

import oracle
from harness import TMP, Process, run

REALM = "wlan.mnc001.mcc001.3gppnetwork.org"
AMF, AMF_SEPARATED = "0000", "8000"  # the separation bit belongs to EAP-AKA', TS 33.402 6.2


class Hlr(threading.Thread):
    """hostapd's eap_sim_db: text in datagrams over a Unix socket."""

    def __init__(self):
        super().__init__(daemon=True)
        self.path = TMP / "hlr"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.k, self.sqn, self.amf, self.requests = oracle.K, 0, AMF, []
        self.start()

    def subscriber(self, seq, k=oracle.K, amf=AMF):
        """The next vector has SEQ seq + 1."""
        self.k, self.sqn, self.amf, self.requests = k, seq << 5, amf, []

    def auc(self, *more):
        status, output = run(
            *f"osmo-auc-gen -3 -a MILENAGE -f {self.amf} -k {self.k.hex()} -o {oracle.OPC.hex()}".split(), *more
        )
        return dict(re.findall(r"^([A-Za-z. ]+):\t(\S+)$", output, re.M)) if status == 0 else None

    def vector(self):
        self.sqn += 1 << 5
        return self.auc("-s", str(self.sqn), "-r", secrets.token_hex(16))

    def run(self):
        while True:
            request, sender = self.socket.recvfrom(2048)
            answer = self.answer(request.decode().split())
            if answer is not None:
                self.socket.sendto(answer.encode(), sender)

    def answer(self, words):
        self.requests.append(words[0])
        if words[0] == "SIM-REQ-AUTH":
            triplets = [f"{v['Kc']}:{v['SRES']}:{v['RAND']}" for v in (self.vector() for _ in range(int(words[2])))]
            return " ".join(["SIM-RESP-AUTH", words[1], *triplets])
        if words[0] == "AKA-REQ-AUTH":
            v = self.vector()
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


def start_hostapd(hlr, *settings):
    """hostapd as EAP server for the three methods. An identity's first digit names the method, TS 23.003 14.3: those of
    a permanent identity, a pseudonym and a fast reauthentication."""
    methods = (("AKA", "024"), ("SIM", "135"), ("AKA'", "678"))
    (TMP / "users").write_text("".join(f'"{d}"* {name}\n' for name, digits in methods for d in digits))
    common = ["eap_server=1", f"eap_user_file={TMP}/users", f"eap_sim_db=unix:{hlr.path}"]
    (TMP / "hostapd.conf").write_text("\n".join([*settings, *common, ""]))
    remove_stale_sockets()
    hostapd = Process("hostapd", TMP / "hostapd.conf")
    hostapd.wait_for("AP-ENABLED")
    return hostapd
