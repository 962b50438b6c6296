#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tshark's MIKEY dissector reads the messages of the vectors, without one malformed field.

usage: client_tshark.py [CAPTURE.pcap]: reads that capture instead.
"""
import json
import pathlib
import struct
import sys

from harness import TMP, check, run
from oracle import VECTORS

MIKEY_PORT = 2269
EXT, T, RAND, ID, SP, KEMAC, V, LAST = "21", "5", "11", "6", "10", "1", "9", "0"


def udp_packet(payload):
    """IPv4 and UDP from 127.0.0.1 to itself, checksums left out (0 and not verified)."""
    udp = struct.pack("!HHHH", MIKEY_PORT, MIKEY_PORT, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1")
    return ip + udp


def write_capture(path, payloads):
    raw_ip = 101
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, raw_ip))
        for i, payload in enumerate(payloads):
            packet = udp_packet(payload)
            f.write(struct.pack("<IIII", i, 0, len(packet), len(packet)) + packet)


def fields(capture, display_filter, *names):
    """One list of values per packet."""
    columns = [a for n in names for a in ("-e", n)]
    status, output = run("tshark", "-n", "-r", capture, "-Y", display_filter, "-T", "fields", *columns)
    check("tshark reads the capture", status == 0, "" if status == 0 else output)
    root_warning = "Running as user"
    return [line.split("\t") for line in output.splitlines() if line and not line.startswith(root_warning)]


def examine(capture, packets):
    """Every packet of the capture is MIKEY and well-formed. Returns (data type, payload types) of each."""
    seen = fields(capture, "mikey", "mikey.type", "mikey.next_payload")
    check("every packet is MIKEY to tshark", len(seen) == packets, len(seen))
    malformed = fields(capture, "_ws.malformed || _ws.expert.severity == error", "frame.number", "_ws.expert.message")
    check("no field is malformed", malformed == [], malformed)
    # A NAF_ID ends in 01 00 00 00 01, and tshark shows an ID payload as a string, which ends for it at the 00.
    of_naf_id = "Trailing stray characters"
    warnings = {message for _, message in fields(capture, "mikey && _ws.expert", "frame.number", "_ws.expert.message")}
    check("nor is anything else complained about", warnings <= {of_naf_id}, warnings)
    return seen


def main():
    vectors = json.loads((VECTORS / "gba-mikey.json").read_text())
    with_sp = vectors["msk_message_streaming_with_SP"]["message"]
    messages = {
        "MSK message": (vectors["msk_message_download_V1"]["message"], "0", [EXT, T, RAND, ID, ID, KEMAC, LAST]),
        "MSK message with SP": (with_sp, "0", [EXT, T, RAND, ID, ID, SP, KEMAC, LAST]),
        "pull": (vectors["solicited_pull"]["message"], "0", [EXT, T, RAND, ID, ID, KEMAC, LAST]),
        "ACK": (vectors["msk_verification_for_it"]["ts_as_sent_4_octets"]["message"], "1", [T, ID, V, LAST]),
        "MTK message": (vectors["mtk_message_streaming"]["message"], "0", [EXT, T, KEMAC, LAST]),
        "MTK message for a download": (vectors["mtk_message_download"]["message"], "0", [EXT, T, KEMAC, LAST]),
    }
    capture = TMP / "mikey.pcap"
    write_capture(capture, [bytes.fromhex(m[0]) for m in messages.values()])
    kinds = examine(capture, len(messages))
    for (name, (_, data_type, payloads)), seen in zip(messages.items(), kinds, strict=True):
        check(f"tshark finds the payloads of the {name}", seen == [data_type, ",".join(payloads)], seen)

    broken = bytearray.fromhex(messages["MSK message"][0])
    del broken[-1]
    write_capture(TMP / "broken.pcap", [bytes(broken)])
    malformed = fields(TMP / "broken.pcap", "_ws.malformed", "frame.number")
    check("tshark does complain about a message that is cut short", malformed == [["1"]], malformed)


if __name__ == "__main__":
    main() if len(sys.argv) == 1 else examine(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
