# SPDX-License-Identifier: Apache-2.0
"""A run of ME and test network as vuicc-report shows it, for the tests of the page."""
import pathlib
import shutil

from harness import BIN, TMP, check, personalise, run
from network import GROUP, IMSI, SERVICE, Me, Network

PIN = "90417852"
CARD = ("--set", "pins.pin1.enabled=true", "--set", f"pins.pin1.code={PIN}")


def logs():
    """A life of keys, with a refusal at its end; the event logs of both ends."""
    network = Network(options=["--messages"])
    me = Me(network, "me.sqlite", "--card", personalise("report.card", *CARD))
    process, events = me.run("--apdus", "--messages", "--pin", PIN, "--register", SERVICE, "--request", GROUP)
    events.wait("ack-sent")
    network.events.wait("ack")
    network.tell("mtk", GROUP)
    events.wait("mtk")
    network.tell("expire", IMSI)
    network.tell("pull", IMSI, GROUP)
    events.wait("bootstrap")
    network.events.wait("ack")
    process.stop()
    refused = Me(network, "me.sqlite", "--card", TMP / "report.card")
    status, output = run(*refused.command, "--apdus", "--messages", "--pin", PIN, "register", "urn:nobody:knows:this")
    check("an unknown service is refused", status == 1, status)
    network.process.stop()
    me_log, network_log = TMP / "me.jsonl", TMP / "network.jsonl"
    me_log.write_text(process.output() + output)
    shutil.copy(network.process.log, network_log)
    return me_log, network_log


def page(*files, status=0):
    """The page of these logs, and where it is."""
    path = pathlib.Path(TMP / "page.html")
    got, output = run(BIN / "vuicc-report", "--output", path, *files)
    check(f"vuicc-report: exit status {status}", got == status, output.strip())
    return path
