#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me on a disk that is full, and on one that is read-only: it says so, loses nothing, and hands out nothing that it
could not store. The disk is a small tmpfs in a mount namespace of this test."""
import atexit
import os
import subprocess
import sys

from harness import SKIPPED, SOURCE, TMP, check, personalise, run
from network import GROUP, IMSI, SERVICE, Me, Network, ends_cleanly

DISK = TMP / "disk"
FILLER = DISK / "filler"
MTKS = TMP / "mtk.jsonl"


def in_namespace():
    """Starts this program once more where it may mount."""
    unshare = ["unshare", "--mount", "--propagation", "private"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    if subprocess.run([*unshare, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("skipped: no mount namespace here")
        sys.exit(SKIPPED)
    os.environ["VUICC_IN_NAMESPACE"] = "1"
    os.execvp("unshare", [*unshare, sys.executable, __file__])


def mount(*options):
    status, output = run("mount", *options)
    check(f"mount {' '.join(str(o) for o in options)}", status == 0, output.strip())


def fill():
    with open(FILLER, "wb", buffering=0) as f:
        try:
            while f.write(bytes(4096)):
                pass
        except OSError:
            pass
    check("the disk is full", os.statvfs(DISK).f_bavail == 0)


def keys_in_the_me():
    network = Network(
        more=f"subscribers:\n- {{ imsi: '{IMSI}', mnc_length: 2, k: 465b5ce8b199b49faa5f0a2ee238a6bc,\n"
        "    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: false }\n",
    )
    card = personalise("plain.card", "--profile", SOURCE / "card" / "profiles" / "usim-plain.yaml")
    me = Me(network, "disk/me.sqlite", "--card", card)
    process, events = me.run("--register", SERVICE, "--request", GROUP, "--mtk-out", MTKS)
    msk = events.wait("msk", v=True)
    network.events.wait("ack", msk_id=msk["msk_id"])
    network.tell("mtk", GROUP)
    events.wait("mtk")
    return network, me, process, events, msk


def nothing_is_handed_out_on_a_full_disk(network, events):
    lines, before = len(MTKS.read_text().splitlines()), events.at
    fill()
    network.tell("mtk", GROUP)
    said = events.wait("error")
    check("a full disk is said", "key store: " in said["what"] and "full" in said["what"], said["what"])
    network.tell("push", IMSI, GROUP)
    events.wait("error")
    new = [e["event"] for e in events.all()[before:]]
    check("no key has gone out, and no verification message", not {"mtk", "msk", "ack-sent"} & set(new), new)
    check("nor stands in the file of MTKs", len(MTKS.read_text().splitlines()) == lines)
    FILLER.unlink()


def goes_on(network, events, msk):
    """Nothing was lost: the MSK that was there opens what comes, the one that was refused comes again."""
    network.tell("push", IMSI, GROUP)
    newer = events.wait("ack-sent")["msk_id"]
    check("another MSK is taken", newer != msk["msk_id"], newer)
    network.tell("mtk", GROUP)
    events.wait("mtk", msk_id=newer)


def read_only(me):
    mount("-o", "remount,ro", DISK)
    for command in (["run"], ["status"]):
        status, output = run(*me.command, *command)
        check(f"{command[0]} with a key store that is read-only ends", status == 4 and "Read-only file system" in output,
              output.strip())  # fmt: skip
    mount("-o", "remount,rw", DISK)
    check("and has lost nothing", {"bootstrap", "msk"} <= set(me.do("status")))


def keys_on_the_uicc():
    """The card takes an MSK that the key store cannot be told of: it is when there is room again."""
    network = Network("uicc")
    me = Me(network, "disk/uicc.sqlite", "--card", personalise("uicc.card"))
    process, events = me.run("--register", SERVICE, "--request", GROUP, "--mtk-out", TMP / "uicc.mtk")
    events.wait("ack-sent")
    fill()
    network.tell("push", IMSI, GROUP)
    newer = events.wait("ack-sent")["msk_id"]
    check("a full disk is said", "full" in events.wait("error")["what"])
    network.tell("mtk", GROUP)
    events.wait("mtk", msk_id=newer)
    FILLER.unlink()
    ends_cleanly(process)
    check("status knows it when there is room again", me.do("status")["msk"]["msk_id"] == newer, newer)


def main():
    DISK.mkdir()
    mount("-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs", DISK)
    atexit.register(run, "umount", "--lazy", DISK)
    network, me, process, events, msk = keys_in_the_me()
    nothing_is_handed_out_on_a_full_disk(network, events)
    goes_on(network, events, msk)
    ends_cleanly(process)
    read_only(me)
    keys_on_the_uicc()


if "VUICC_IN_NAMESPACE" not in os.environ:
    in_namespace()
main()
