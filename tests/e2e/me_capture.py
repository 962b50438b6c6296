#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me --capture, read by tshark: HTTP, MIKEY, and the APDUs that a MIKEY message became. No PIN; keys on demand.
me_capture.py [--reader]: the card in process, or in a reader (in with-pcscd.sh)."""
import json

from harness import TMP, check, personalise, run
from network import GROUP, SERVICE, SLOT, Me, Network, ends_cleanly, mode

PIN = "90417852"
ROOT_WARNING = "Running as user"


class Capture:
    def __init__(self, path, network):
        self.path = path
        http = [f"tcp.port=={port},http" for port in (network.bsf, network.bmsc)]
        self.decode = [f"udp.port=={network.ue_port},mikey", *http]

    def fields(self, display_filter, *names):
        """One list of values per packet."""
        checks = [f"-o{p}.check_checksum:TRUE" for p in ("ip", "udp", "tcp")]
        decode = [a for d in self.decode for a in ("-d", d)]
        columns = ["-T", "fields", *(a for n in names for a in ("-e", n))]
        status, output = run("tshark", "-n", *checks, *decode, "-r", self.path, "-Y", display_filter, *columns)
        check(f"tshark reads {self.path.name}", status == 0, output if status != 0 else "")
        lines = output.splitlines()
        return [line.split("\t") for line in lines if line and not line.startswith(ROOT_WARNING)]

    def well_formed(self):
        bad = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0"
        check("no packet is malformed, no checksum wrong", self.fields(bad, "frame.number") == [])
        check("TCP is without a gap", self.fields("tcp.analysis.flags", "frame.number") == [])
        others = self.fields("!gsm_sim && !tcp && !mikey", "frame.number", "_ws.col.Protocol")
        check("there is nothing but HTTP, MIKEY and APDUs", others == [], others)


def life(me, network, capture, mtk_file, *options):
    files = ["--capture", capture, "--mtk-out", mtk_file]
    process, events = me.run("--register", SERVICE, "--request", GROUP, *files, *options)
    events.wait("msk", v=True)
    events.wait("ack-sent")
    network.events.wait("ack")
    network.tell("mtk", GROUP)
    events.wait("mtk")
    ends_cleanly(process)
    check("the capture is its owner's alone", mode(capture) == 0o600, oct(mode(capture)))
    line = json.loads(mtk_file.read_text().splitlines()[-1])
    return bytes.fromhex(line["mtk"]), bytes.fromhex(line["salt"])


def http(capture):
    requests = capture.fields("http.request", "http.request.method", "http.request.uri", "http.authorization")
    uris = [uri for _, uri, _ in requests]
    check("the bootstrapping is there", uris[:2] == ["/", "/"] and requests[0][0] == "GET", uris)
    for kind in ("register", "msk-request"):
        check(f"so is the {kind}", f"/keymanagement?requesttype={kind}" in uris, uris)
    check("with its digest", all('username="' in a for _, uri, a in requests if uri == "/"), "")
    answers = capture.fields("http.response", "http.response.code", "http.content_type", "http.www_authenticate")
    check("each request has its answer", len(answers) == len(requests), (len(requests), len(answers)))
    check("the challenge can be read", "AKAv1-MD5" in answers[0][2], answers[0])
    check("and the B-TID's format", answers[1][:2] == ["200", "application/vnd.3gpp.bsf+xml"], answers[1])


def blocks(tpdus):
    """The data object that AUTHENTICATE brings to the card in blocks, out of TPDUs."""
    of_card = [bytes.fromhex(t)[16:] for t in tpdus]
    return b"".join(t[5:-2] for t in of_card if t[1] == 0x89 and t[2] in (0x80, 0x00))


def msk_message_and_its_apdus(capture):
    rows = capture.fields("mikey || gsm_sim", "frame.protocols", "mikey.type", "udp.payload")
    mikey = [i for i, (protocols, _, _) in enumerate(rows) if protocols.endswith(":mikey")]
    first, ack, mtk = mikey[:3]
    check("an MSK message, its ACK and an MTK message", [rows[i][1] for i in mikey] == ["0", "1", "0"], mikey)
    for what, at, mode_octet in (("MSK", first, 1), ("MTK", mtk, 2)):
        message = bytes.fromhex(rows[at][2])
        end = ack if at == first else len(rows)
        brought = blocks(row[2] for row in rows[at + 1 : end])
        check(f"behind the {what} message stand the APDUs that bring it to the card",
              brought.endswith(bytes([mode_octet]) + message) and brought[0] == 0x53, len(brought))  # fmt: skip
    names = {ins for (ins,) in capture.fields("gsm_sim", "gsm_sim.apdu.ins")}
    check("SELECT, READ, VERIFY, AUTHENTICATE and GET RESPONSE are told by name",
          {"0xa4", "0xb0", "0x20", "0x88", "0x89", "0xc0"} <= {i.lower() for i in names}, names)  # fmt: skip
    aids = capture.fields("gsm_sim.aid", "gsm_sim.aid")
    check("the USIM is selected by its AID", any("a0000000871002" in a.replace(":", "") for (a,) in aids), aids[:1])
    imsi = capture.fields("gsm_sim.file_id == 0x6f07", "frame.number")
    check("EF_IMSI is selected", imsi != [])
    words = {sw for (sw,) in capture.fields("gsm_sim.apdu.sw", "gsm_sim.apdu.sw")}
    check("status words are read", "0x9000" in words and any(w.startswith("0x61") for w in words), words)


def main():
    card = personalise("capture.card", "--set", "pins.pin1.enabled=true", "--set", f"pins.pin1.code={PIN}")
    network = Network()
    me = Me(network, "capture.sqlite", *SLOT.put(card), "--pin", PIN)
    path = TMP / "capture.pcap"
    path.write_bytes(b"old" * 1000)
    keys = life(me, network, path, TMP / "capture.mtk")
    capture = Capture(path, network)
    capture.well_formed()
    http(capture)
    msk_message_and_its_apdus(capture)
    octets = path.read_bytes()
    check("the PIN is not in it", PIN.encode() not in octets)
    check("nor is an MTK or its salt", not any(k in octets for k in keys))

    shown = TMP / "keys.pcap"
    keys = life(me, network, shown, TMP / "keys.mtk", "--capture-keys")
    octets = shown.read_bytes()
    check("with --capture-keys MTK and salt are there", all(k in octets for k in keys))
    check("and the PIN still is not", PIN.encode() not in octets)

    one_shot = TMP / "bootstrap.pcap"
    me.do("--capture", one_shot, "bootstrap")
    rows = Capture(one_shot, network).fields("http.response", "http.response.code")
    check("a command that ends is captured, too", rows == [["401"], ["200"]], rows)
    for bad in (["--capture-keys", "run"], ["--capture", path, "status"]):
        me.do(*bad, status=2)
    me.do("--capture", TMP / "no.such.folder" / "x.pcap", "bootstrap", status=4)


if __name__ == "__main__":
    main()
