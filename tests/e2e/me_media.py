#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me srtp: ffmpeg's stream arrives whole while its keys change, and their MIKEY messages come early, late, or only
after the UE has asked for a lost MSK. me_media.py [--reader]: the card in process, or in a reader (in with-pcscd.sh)."""
import os
import shutil
import signal
import socket
import sys
import threading

import oracle
import srtp
from harness import Process, check, insert, memory, personalise, skip, wait_until
from network import GROUP, IMSI, SERVICE, Events, Me, Network, ends_cleanly, free_udp_port, mode

SSRC = 0x1234
OTHER_IMSI = "001010123456788"
SUBSCRIBER = (
    "- {{ imsi: '{}', mnc_length: 2, k: {}, opc: {}, sqn: '000000000020', amf: '0000', gba_u: true }}\n"
)
CONFIG = (
    "subscribers:\n"
    + "".join(SUBSCRIBER.format(imsi, oracle.K.hex(), oracle.OPC.hex()) for imsi in (IMSI, OTHER_IMSI))
    + f"services:\n- {{ id: '{SERVICE}', key_domain: 00f110, key_group: '0001', streaming: true, ssrc: '{SSRC:08x}' }}\n"
)


class Air:
    """Between the BM-SC and a UE: MIKEY datagrams pass, wait until they are let go, or get lost. Answers pass."""

    def __init__(self, network, address, ue):
        self.bmsc, self.ue = ("127.0.0.1", network.mikey), ue
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, network.ue_port))
        self.holding, self.held = False, []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            octets, source = self.socket.recvfrom(4096)
            if source == self.ue:
                self.socket.sendto(octets, self.bmsc)
            elif self.holding:
                self.held.append(octets)
            else:
                self.socket.sendto(octets, self.ue)

    def hold(self):
        self.holding, self.held = True, []

    def has(self, n):
        wait_until(lambda: len(self.held) >= n, f"{n} MIKEY datagrams are on their way")

    def lose(self):
        self.holding, self.held = False, []

    def let_go(self):
        self.holding = False
        for octets in self.held:
            self.socket.sendto(octets, self.ue)


class Studio:
    """Another UE, whose MTKs the sender of the stream uses: it gets each at once, over a Unix socket."""

    def __init__(self, network, folder):
        self.path = folder / "mtk.sock"
        card = personalise("studio.card", "--set", f"imsi={OTHER_IMSI}", "--set", "iccid=8900101000000000035")
        me = Me(network, "studio.sqlite", "--card", card, address="127.0.0.3")
        self.process, self.events = me.run("--register", SERVICE, "--request", GROUP, "--mtk-out", f"unix:{self.path}")
        self.events.wait("msk")
        check("the socket for MTKs is its owner's alone", mode(self.path) == 0o600, oct(mode(self.path)))
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(self.path))
        self.socket.settimeout(10)
        self.lines = self.socket.makefile()
        self.events.wait("mtk-receiver", state="connected")

    def next_mtk(self, network):
        network.tell("mtk", GROUP)
        return srtp.Mtk(self.lines.readline())


class Player:
    """Where the RTP goes."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.packets = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            self.packets.append(self.socket.recv(2048))


def start_me(network, card):
    """The UE under test, behind the air; card None: in a reader. Its MTKs also come out of a descriptor."""
    listen = f"127.0.0.2:{free_udp_port()}"
    srtp_port, player = free_udp_port(), Player()
    me = Me(network, "me.sqlite", *(["--card", card] if card else []))
    me.command[me.command.index(me.listen)] = listen
    air = Air(network, "127.0.0.2", ("127.0.0.2", int(listen.rsplit(":", 1)[1])))
    out, into = os.pipe()
    process = Process(*me.command, "--register", SERVICE, "--request", GROUP, "--mtk-out", f"fd:{into}",
                      "srtp", f"127.0.0.1:{srtp_port}", player.address, name="vuicc-me", pass_fds=[into])  # fmt: skip
    os.close(into)
    events = Events(process)
    listening = events.wait("srtp-listening")
    check("it says where packets go", listening["forward"] == player.address, listening)
    events.wait("listening", address=listen)
    return process, events, air, player, ("127.0.0.1", srtp_port), os.fdopen(out)


def sent(sender, mtk, n):
    """So many packets under this MTK."""
    wait_until(lambda: sender.sent_under(mtk) >= n or sender.ended(), f"{n} packets under MTK {mtk.mki.hex()}")
    check(f"the stream goes on under MTK {mtk.mki.hex()}", not sender.ended(), sender.sent_under(mtk))


def early(network, studio, events, sender):
    mtk = studio.next_mtk(network)
    events.wait("mtk", mtk_id=mtk.mki.hex()[8:])
    sender.mtk = mtk
    sent(sender, mtk, 150)
    return mtk


def late(network, studio, air, events, sender, player):
    air.hold()
    sender.mtk = mtk = studio.next_mtk(network)
    air.has(1)
    missing = events.wait("srtp-key-missing", ssrc=f"{SSRC:08x}")
    check("the missing MTK is named", missing["msk_id"] + missing["mtk_id"] == mtk.mki.hex(), missing)
    sent(sender, mtk, 100)
    before = len(player.packets)
    check("nothing under it went out", before <= len(sender.sent) - sender.sent_under(mtk), before)
    air.let_go()
    events.wait("srtp-key", mtk_id=mtk.mki.hex()[8:])
    sent(sender, mtk, 200)


def lost_msk(network, studio, air, events, sender):
    """A new MSK and the MTK under it do not reach the UE. A packet makes it ask, and MTKs are repeated."""
    air.hold()
    network.tell("push", OTHER_IMSI, GROUP)
    new = studio.events.wait("msk", v=True)
    studio.events.wait("ack-sent", msk_id=new["msk_id"])
    mtk = studio.next_mtk(network)
    check("the MTK is under another MSK", mtk.mki.hex()[:8] == new["msk_id"], new["msk_id"])
    air.has(1)
    repeated = air.held[0]
    air.lose()
    sender.mtk = mtk
    events.wait("srtp-key-missing", msk_id=new["msk_id"])
    events.wait("msk-request", msk_id=new["msk_id"])
    events.wait("msk", msk_id=new["msk_id"])
    air.socket.sendto(repeated, air.ue)
    events.wait("srtp-key", msk_id=new["msk_id"])
    sent(sender, mtk, 100)


def whole(sender, player):
    """Everything that was sent, in its order, each once."""
    sender.stop()
    wait_until(lambda: len(player.packets) >= len(sender.sent), f"all packets are there: {len(player.packets)}")
    check("each packet went out once, in order, as it was", player.packets == sender.sent,
          f"{len(sender.sent)} packets, {len(set(sender.under))} MTKs")  # fmt: skip


def none_lost(process, events, n):
    ends_cleanly(process)
    end = events.wait("srtp-end")
    check("none was lost", (end["forwarded"], end["lost"], end["forged"]) == (n, 0, 0), end)


def nothing_goes_out(sender, mtk, player, why):
    """What was on its way has arrived when the sender is fifty packets further."""
    sent(sender, mtk, len(sender.sent) + 50)
    at = len(player.packets)
    sent(sender, mtk, len(sender.sent) + 100)
    check(why, len(player.packets) == at, at)


def keys_in_memory(process, mtk):
    """Which of the MTK, its salt and the session keys stand somewhere in the process, freed memory included."""
    keys = {"MTK": mtk.master, "salt": mtk.salt, "k_e": mtk.encryption, "k_a": mtk.authentication, "k_s": mtk.session_salt}
    octets = memory(process.process.pid)
    return sorted(name for name, key in keys.items() if key in octets)


def without_its_card(process, events, mtk, to, player, card, reader):
    """Nothing is played without the UICC; with it again the stream goes on, with another one it does not."""
    sender = srtp.Sender(mtk, to)
    before = len(player.packets)
    sender.start(SSRC + 1)
    wait_until(lambda: len(player.packets) > before, "another stream under the same MTK goes out")
    check("the MTK can be found in the memory of vuicc-me", len(keys_in_memory(process, mtk)) == 5)
    reader.stop()
    events.wait("uicc-gone")
    nothing_goes_out(sender, mtk, player, "without the UICC nothing goes out")
    at = len(player.packets)
    reader = insert(card)
    events.wait("uicc", iccid="8900101000000000019")
    wait_until(lambda: len(player.packets) > at + 100, "with it again the stream goes on")
    reader.stop()
    events.wait("uicc-gone")
    reader = insert(personalise("other.card", "--set", "iccid=8900101000000000027"))
    events.wait("wipe")
    events.wait("srtp-key-missing", ssrc=f"{SSRC + 1:08x}")
    nothing_goes_out(sender, mtk, player, "another UICC makes MTKs forgotten")
    check("and no octets of it are left there", not keys_in_memory(process, mtk), keys_in_memory(process, mtk))
    sender.stop()
    reader.stop()


def wrong_usage(network):
    me = Me(network, "none.sqlite", "--card", personalise("other.card"))
    for bad in (["srtp"], ["srtp", "127.0.0.1:1"], ["srtp", "127.0.0.1:1", "nowhere"], ["srtp", "127.0.0.1", "127.0.0.1:1"],
                ["srtp", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"], ["--mtk-out", "fd:999", "run"],
                ["--mtk-out", "unix:", "run"], ["--srtp-mki", "1", "run"], ["--srtp-hold", "-1", "run"]):  # fmt: skip
        me.do(*bad, status=2)
    me.do("srtp", "192.0.2.1:1", "127.0.0.1:2", status=4)
    me.do("--mtk-out", "unix:/dev/null", "run", status=4)


def main():
    if shutil.which("ffmpeg") is None:
        skip("there is no ffmpeg")
    network = Network(more=CONFIG)
    in_reader, card = "--reader" in sys.argv, personalise("me.card")
    process, events, air, player, to, lines = start_me(network, None if in_reader else card)
    reader = insert(card) if in_reader else None
    events.wait("msk")
    studio = Studio(network, process.log.parent)
    first = studio.next_mtk(network)
    events.wait("mtk")
    check("both UEs have the same MTK", srtp.Mtk(lines.readline()).master == first.master)
    check("and the stream's SSRC and policy", (int(first.ssrc, 16), first.policy["tag_len"]) == (SSRC, srtp.TAG))
    sender = srtp.Sender(first, to)
    sender.start(SSRC)
    sent(sender, first, 150)
    early(network, studio, events, sender)
    late(network, studio, air, events, sender, player)
    lost_msk(network, studio, air, events, sender)
    whole(sender, player)
    if reader:
        without_its_card(process, events, sender.mtk, to, player, card, reader)
        ends_cleanly(process)
    else:
        none_lost(process, events, len(sender.sent))
    ends_cleanly(studio.process, signal.SIGINT)
    check("the socket for MTKs is gone", not studio.path.exists())
    if not reader:
        wrong_usage(network)


main()
