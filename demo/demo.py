#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The whole story in one minute: a card is made, bootstraps, gets an MSK and an MTK, renews its MUK, and is swapped.

With the real pcscd in a private network and mount namespace, its reader vpcd's or, with --driver, our own; where
namespaces are not allowed, with the card inside the phone's process. Exit status 0: every statement of the summary holds.

usage: demo.py [--driver | --only-with-pcscd | --in-process]
"""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent / "tests" / "e2e"
sys.path.insert(0, str(TESTS))

import ladder
from harness import BIN
from places import Driver, InProcess, Vpcd, say_and_run
from story import Story

NO_NAMESPACES = 77  # with-pcscd.sh

IMSI = "001010123456789"
OTHER = ["--set", "imsi=001010123456797", "--set", "iccid=8900101000000000027"]
BSF, BMSC = "bsf.mnc001.mcc001.pub.3gppnetwork.org", "bmsc.home1.net"
SERVICE, GROUP = "urn:3gpp:mbms:demo", "00f110:0001"
K = "465b5ce8b199b49faa5f0a2ee238a6bc"


class TheEnd(Exception):
    """A statement does not hold."""


class Demo:
    def __init__(self, folder, place):
        self.folder = folder
        self.story = Story(folder)
        self.place = place(self.story, folder)
        self.verdicts = []
        self.page = BIN.parent / self.place.page
        self.phone = self.capture = None
        self.control = folder / "net.sock"

    # --- the three parties ---

    def make_card(self, name, *options):
        done = say_and_run(BIN / "vuicc-perso", *options, self.folder / name)
        self.check(f"{name} is made", done.returncode == 0)

    def start_network(self):
        config = self.folder / "net.yaml"
        default = subprocess.run([BIN / "vuicc-testnet", "config"], capture_output=True, text=True, check=True).stdout
        for port in ("port: 8080", "port: 8081"):
            default = default.replace(port, "port: 0")
        config.write_text(default.replace("ue_port: 2269", f"ue_port: {self.place.ue_port}"))
        ladder.remark("$ vuicc-testnet run --config net.yaml &")
        network = [BIN / "vuicc-testnet", "run", "--config", config, "--socket", self.control, "--json", "--messages"]
        self.story.start("network", *network)
        self.ports = self.story.wait_for("network", "ready")

    def start_phone(self, *command):
        connect = [
            *("--connect-to", f"{BSF}=127.0.0.1:{self.ports['bsf_port']}"),
            *("--connect-to", f"{BMSC}=127.0.0.1:{self.ports['bmsc_port']}"),
        ]
        ladder.remark("$ vuicc-me " + " ".join(command) + (" &" if command[0] == "run" else ""))
        self.phone = self.story.start(
            "ME",
            *(BIN / "vuicc-me", *self.place.phone, *connect, "--store", self.folder / "me.sqlite", "--json"),
            *(["--apdus", "--messages"] if command[0] == "run" else []),
            *("--listen", f"127.0.0.1:{self.place.ue_port}", "--mtk-out", self.folder / "mtk.json", "--back-off", "0,0", *command),
        )

    def network(self, *words):
        done = say_and_run(BIN / "vuicc-testnet", "ctl", *words, "--socket", self.control)
        if done.returncode != 0:
            self.check("the network does as it is told", False)

    # --- the summary ---

    def check(self, text, holds):
        """A statement of the summary. Without one of them the rest of the story makes no sense."""
        self.verdicts.append((bool(holds), text))
        if not holds:
            raise TheEnd

    def start_capture(self):
        dumpcap = shutil.which("dumpcap")
        if not self.place.has_reader or dumpcap is None or not os.access(dumpcap, os.X_OK):
            return
        file = self.folder / "mikey.pcap"
        self.capture = subprocess.Popen(
            [dumpcap, "-q", "-i", "lo", "-f", "udp port 2269", "-w", file], stderr=subprocess.PIPE, text=True
        )
        for line in self.capture.stderr:  # "File: …" once it captures
            if line.startswith("File:"):
                break

    def check_capture(self):
        if self.capture is None:
            ladder.remark("the MIKEY messages were not captured here")
            return
        self.capture.send_signal(signal.SIGINT)
        self.capture.communicate()
        sent = sum(e["event"] in ("msk-sent", "pull-sent", "mtk-sent", "ack") for _, e in self.story.seen)
        command = ["/usr/bin/python3", TESTS / "client_tshark.py", self.folder / "mikey.pcap", str(sent)]
        done = subprocess.run(command, capture_output=True, text=True)
        self.check(f"tshark reads all {sent} MIKEY messages, none of them malformed", done.returncode == 0)
        if done.returncode != 0:
            print(done.stdout)

    def check_no_keys(self):
        text = "".join("".join(lines) for lines in self.story.printed.values()).lower()
        mtk = [json.loads(line) for line in (self.folder / "mtk.json").read_text().splitlines()]
        self.check("no event and no trace holds K or an MTK", all(k not in text for k in [K, *(m["mtk"] for m in mtk)]))

    def draw_page(self):
        """The story as a page that outlives it."""
        logs = [self.folder / "me.jsonl", self.folder / "network.jsonl"]
        for log, source in zip(logs, ("ME", "network")):
            log.write_text("".join(self.story.printed.get(source, [])))
        done = subprocess.run([BIN / "vuicc-report", "--output", self.page, *logs], stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            print(done.stderr)
        return done.returncode == 0

    # --- the story ---

    def tell(self):
        self.begin()
        old = self.bootstrap_and_msk()
        self.traffic_key(number=1)
        self.new_muk(old)
        self.traffic_key(number=2)
        self.swap()
        self.check_capture()
        self.check_no_keys()

    def begin(self):
        self.story.chapter("1. A card is made and put into the reader; the network opens")
        self.make_card("alice.card")
        self.place.insert("alice.card")
        self.start_network()
        self.start_capture()

    def bootstrap_and_msk(self):
        self.story.chapter("2. Bootstrapping (GBA_U), registration, and the first MSK")
        self.start_phone("run", "--register", SERVICE, "--request", f"{GROUP}:0000")
        self.check("the phone has found the card", self.story.wait_for("ME", "uicc", imsi=IMSI))
        bootstrap = self.story.wait_for("ME", "bootstrap") or {}
        ack = self.story.wait_for("network", "ack") or {}
        self.story.drain()
        at_bsf = self.story.last("network", "bootstrapped")
        self.check("phone and BSF have the same B-TID", bootstrap.get("btid") == at_bsf.get("btid", ""))
        sent = self.story.last("network", "msk-sent")
        self.check("the MSK is acknowledged by the card, end to end", ack.get("msk_id") == sent.get("msk_id", ""))
        return self.story.last("network", "keys")

    def traffic_key(self, number):
        self.story.chapter(f"{3 if number == 1 else 5}. A traffic key under MSK 0001{number:04x}: SRTP's master key")
        self.network("mtk", GROUP)
        at_phone = self.story.wait_for("ME", "mtk") or {}
        self.story.drain(0.1)
        at_network = self.story.last("network", "mtk-sent")
        self.check(
            f"the MTK under MSK 0001{number:04x} has the same tag at phone and network",
            at_phone.get("tag") == at_network.get("mtk_tag", "") and at_phone.get("msk_id") == f"0001{number:04x}",
        )
        out = json.loads((self.folder / "mtk.json").read_text().splitlines()[-1])
        key_tag = hashlib.sha256(bytes.fromhex(out["mtk"])).hexdigest()[:8]
        whole = (len(out["mtk"]), len(out["salt"]), out["mki"]) == (32, 28, at_phone.get("msk_id", "") + out["mtk_id"])
        self.check("and is handed out with salt and MKI as an SRTP key", key_tag == at_phone.get("tag") and whole)

    def new_muk(self, old):
        self.story.chapter("4. The MUK's life is over: pull under the old MUK, bootstrapping anew, a new MSK")
        self.network("expire", IMSI)
        self.network("pull", IMSI, GROUP)
        self.check("the pull under the old MUK is taken", self.story.wait_for("ME", "pull"))
        self.check("the BM-SC asks for a renegotiation", self.story.wait_for("network", "renegotiation"))
        new = self.story.wait_for("network", "keys") or {}
        self.check("there is a new B-TID and a new MUK", old and new and old["muk_tag"] != new.get("muk_tag"))
        self.check("the current MSK comes again under the new MUK", self.story.wait_for("network", "ack", ts=1))
        self.network("push", IMSI, GROUP)
        ack = self.story.wait_for("network", "ack", msk_id="00010002")
        self.check("a new MSK is pushed and acknowledged", ack and ack["btid"] == new.get("btid"))
        self.story.drain()

    def swap(self):
        self.story.chapter("6. Another card is put into the phone")
        self.make_card("bob.card", *OTHER)
        if self.place.has_reader:
            self.place.eject()
            self.check("the phone misses its card", self.story.wait_for("ME", "uicc-gone", seconds=5))
        else:
            self.phone.stop()
        self.place.insert("bob.card")
        if not self.place.has_reader:
            self.start_phone("run")
        self.check("the phone has wiped its keys", self.story.wait_for("ME", "wipe"))
        self.story.drain()
        self.check("the phone ends cleanly", self.phone.stop() == 0)
        before = len(self.story.seen)
        self.start_phone("status")
        status = self.phone.process.wait(10)
        self.story.drain()
        held = {event["event"] for _, event in self.story.seen[before:]}
        self.check("and holds nothing of the first card", status == 0 and held == {"format", "uicc"})


PLACES = {"--with-vpcd": Vpcd, "--with-driver": Driver, "--in-process": InProcess}


def beside_pcscd(way, **environment):
    """This program again, where a pcscd of its own is; its exit status."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("READER_")}  # with-pcscd.sh
    environment = {**ours, **environment}
    return subprocess.run([TESTS / "with-pcscd.sh", __file__, way], env=environment).returncode


def main():
    how = sys.argv[1] if len(sys.argv) == 2 else "" if len(sys.argv) == 1 else None
    if how == "--driver":
        return beside_pcscd("--with-driver", READER_SLOTS="1", READER_DRIVER=str(BIN.parent / "lib" / "libifdvuicc.so"))
    if how in ("", "--only-with-pcscd"):
        status = beside_pcscd("--with-vpcd")
        if status != NO_NAMESPACES or how != "":
            return status
        print("demo: no private namespaces here, so no pcscd: the card runs inside the phone's process")
        how = "--in-process"
    if how not in PLACES:
        print("usage: ./run demo [--driver]", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="vuicc-demo-") as folder:
        demo = Demo(pathlib.Path(folder), PLACES[how])
        try:
            demo.tell()
        except TheEnd:
            pass
        finally:
            demo.story.stop_all()
        drawn = demo.draw_page()
        demo.verdicts.append((drawn, "every message and event of it is on one page"))
    print()
    for holds, text in demo.verdicts:
        ladder.verdict(holds, text)
    good = all(holds for holds, _ in demo.verdicts)
    print("\nthe whole story holds" if good else "\nthe story stops at the statement that does not hold")
    if drawn:
        print(f"every message, with its fields, for a browser: {demo.page}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
