#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the soak (soak.c) and reads the events of ME and network: each has to have what must have come before it.

usage: soak.py [--seed N] [--part N] [--keys-in-me]

Afterwards violations are planted in what was read, one at a time, and each has to be found.
"""
import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

BIN = pathlib.Path(os.environ.get("VUICC_BIN", pathlib.Path(__file__).resolve().parents[2] / "build/bin"))
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
KEY = re.compile(r"[0-9a-fA-F]{32}")
OF_A_UICC = ["msk", "ack-sent", "mtk", "pull", "bootstrap", "registered", "msk-request"]
OUTAGE = "the network is down"


class Wrong(Exception):
    pass


def want(condition, event, sentence):
    if not condition:
        raise Wrong(f"{sentence}: {json.dumps(event)}")


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def check_form(events):
    """The form of a log by itself."""
    before = ""
    for e in events:
        want(TIME.fullmatch(e.get("time", "")) and e.get("event"), e, "an event without time or name")
        want(e["time"] >= before, e, "time goes back")
        want(not any(KEY.search(str(v)) for k, v in e.items() if k != "rand"), e, "what looks like a key")
        before = e["time"]


class Network:
    """What the network said and when, to be asked for by the ME's events."""

    def __init__(self, events):
        self.said = {}
        for e in events:
            imsi = e.get("ue", "").partition("@")[0]
            for key in self.keys(e, imsi):
                self.said.setdefault(key, e)
        self.acks = [e for e in events if e["event"] == "ack"]

    @staticmethod
    def keys(e, imsi):
        name = e["event"]
        if name == "msk-sent" or name == "pull-sent":
            yield name, imsi, e["msk_id"], e["ts"]
        elif name == "mtk-sent":
            yield name, e["msk_id"], e["mtk_id"], e["mtk_tag"], e["ts"]
        elif name == "bootstrapped":
            yield name, imsi, e["btid"]
        elif name == "registered":
            yield name, imsi, e["service"]

    def want(self, e, *key):
        want(key in self.said and self.said[key]["time"] <= e["time"], e, f"the network never said {key}")


class Me:
    """Goes through the ME's events with what it knows of the UICC that is in it."""

    def __init__(self, network):
        self.network = network
        self.uicc = None  # the event that it came with
        self.last = None  # ICCID of the one before
        self.wiped = None
        self.msks, self.mtks, self.acks, self.asked = set(), set(), {}, []

    def event(self, e):
        name = e["event"]
        want(self.uicc or name not in OF_A_UICC, e, "without a UICC")
        handler = getattr(self, "on_" + name.replace("-", "_"), None)
        if handler:
            handler(e)
        self.asked = self.asked[-1:] + [e]

    def on_uicc(self, e):
        want(not self.uicc, e, "a UICC on top of another")
        want(self.last in (None, e["iccid"]) or self.wiped == (self.last, e["iccid"]), e, "another UICC without a wipe")
        self.uicc, self.last, self.wiped = e, e["iccid"], None

    def on_uicc_gone(self, e):
        want(self.uicc and e["iccid"] == self.uicc["iccid"], e, "another UICC has gone")
        self.uicc = None

    def on_wipe(self, e):
        want(not self.uicc, e, "a wipe while the UICC is in")
        self.wiped = (e["last_iccid"], e["iccid"])

    def on_msk(self, e):
        self.network.want(e, "msk-sent", self.uicc["imsi"], e["msk_id"], e["ts"])
        self.msks.add((self.uicc["iccid"], e["msk_id"]))

    def on_pull(self, e):
        self.network.want(e, "pull-sent", self.uicc["imsi"], e["msk_id"], e["ts"])

    def on_ack_sent(self, e):
        msk = self.asked[-1]
        same = msk["event"] == "msk" and msk["v"] and (msk["msk_id"], msk["ts"]) == (e["msk_id"], e["ts"])
        want(same, e, "an ACK without its MSK message in front")
        self.acks.setdefault((self.uicc["imsi"], e["msk_id"], e["ts"]), e["time"])

    def on_mtk(self, e):
        key = (self.uicc["iccid"], e["msk_id"], e["mtk_id"])
        want(key[:2] in self.msks, e, "an MTK under an MSK that never came")
        want(key not in self.mtks, e, "an MTK twice")
        self.mtks.add(key)
        self.network.want(e, "mtk-sent", e["msk_id"], e["mtk_id"], e["tag"], e["ts"])

    def on_bootstrap(self, e):
        want(e["impi"].partition("@")[0] == self.uicc["imsi"], e, "a bootstrapping of another UICC")
        self.network.want(e, "bootstrapped", self.uicc["imsi"], e["btid"])

    def on_registered(self, e):
        self.network.want(e, "registered", self.uicc["imsi"], e["service"])

    def on_rejected(self, e):
        want(e.get("reason"), e, "a rejection without a reason")
        by_card = "message" in e and self.uicc["mode"] == "uicc"
        want(not by_card or (e.get("sw") and e.get("sw_text")), e, "a card's rejection without a status word")
        want(by_card or "sw" not in e, e, "a status word that no card has given")

    def on_error(self, e):
        want(e["what"] == OUTAGE, e, "an error")


def check(me_events, net_events):
    check_form(me_events)
    check_form(net_events)
    network = Network(net_events)
    me = Me(network)
    for e in me_events:
        me.event(e)
    for e in network.acks:
        sent = me.acks.get((e["ue"].partition("@")[0], e["msk_id"], e["ts"]))
        want(sent and sent <= e["time"], e, "the network has an ACK that the ME did not send")


def planted(me, net, chance):
    """Name, and the logs with one thing wrong."""

    def some(events, name):
        return chance.choice([i for i, e in enumerate(events) if e["event"] == name])

    def without(events, i):
        return events[:i] + events[i + 1 :]

    def changed(events, i, **members):
        return events[:i] + [events[i] | members] + events[i + 1 :]

    i = some(me, "mtk")
    yield "an MTK handed out twice", me[: i + 1] + me[i:], net
    yield "an MTK of another key", changed(me, i, tag="00000000"), net
    yield "an MTK before time", changed(me, i, time="2000-01-01T00:00:00.000Z"), net
    yield "a key in an event", changed(me, i, mtk="0123456789abcdef" * 2), net
    first = [e["event"] for e in me].index("uicc")
    yield "keys without a UICC", without(me, first), net
    i = some(me, "msk")
    yield "an MSK that nobody sent", changed(me, i, ts=me[i]["ts"] + 100000), net
    yield "an ACK for nothing", without(me, i), net
    i = some(net, "ack")
    yield "an ACK that nobody sent", me, changed(net, i, ts=net[i]["ts"] + 100000)
    i = some(net, "bootstrapped")
    yield "a bootstrapping that the network does not know", me, without(net, i)
    wipes = [i for i, e in enumerate(me) if e["event"] == "wipe"]
    if wipes:
        yield "another UICC without a wipe", without(me, chance.choice(wipes)), net


def main():
    parser = argparse.ArgumentParser(description="Two simulated hours of an ME.")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--part", default="1")
    parser.add_argument("--keys-in-me", action="store_true")
    args = parser.parse_args()
    # Nothing here is about disks: where there is memory to put files in, nobody has to wait for one.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        command = [BIN / "soak", "--out", folder, "--seed", args.seed, "--part", args.part]
        status = subprocess.run(command + ["--keys-in-me"] * args.keys_in_me).returncode
        logs = [read(pathlib.Path(folder) / name) for name in ("me.jsonl", "net.jsonl")] if status == 0 else []
    if status != 0:
        return status
    try:
        check(*logs)
    except Wrong as e:
        print(f"soak: {e}", file=sys.stderr)
        return 1
    missed = 0
    for name, me, net in planted(*logs, random.Random(args.seed)):
        try:
            check(me, net)
            print(f"soak: not found: {name}", file=sys.stderr)
            missed = 1
        except Wrong:
            pass
    print(f"{len(logs[0]):6} events of the ME and {len(logs[1])} of the network go together")
    return missed


if __name__ == "__main__":
    sys.exit(main())
