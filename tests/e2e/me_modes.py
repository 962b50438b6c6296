#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Where the keys are (TS 33.246 6.1): the same life with a UICC that does GBA_U and MBMS, one that does GBA_U alone, and a
plain USIM, against a network that knows; and what comes of it when the network takes a card for another kind.
me_modes.py [--reader]: cards in process, or in a reader (in with-pcscd.sh)."""
import copy
import json
import signal
import sqlite3

from harness import SOURCE, TMP, check, personalise
from network import BMSC, GROUP, IMSI, SERVICE, SLOT, Me, Network, ends_cleanly

# profile, where the ME keeps MUK and MSKs, what the network believes
KINDS = (
    ("usim-gba", "uicc", "gba_u: true"),
    ("usim-gba-only", "me", "gba_u: true, mbms: me"),
    ("usim-plain", "me", "gba_u: false"),
)


def network_of(name, belief):
    return Network(
        name,
        f"subscribers:\n- {{ imsi: '{IMSI}', mnc_length: 2, k: 465b5ce8b199b49faa5f0a2ee238a6bc,\n"
        f"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', {belief} }}\n",
    )


def card_of(name, profile, *more):
    return personalise(name, "--profile", SOURCE / "card" / "profiles" / f"{profile}.yaml", *more)


def same_mtk(network, events, group=GROUP):
    network.tell("mtk", group)
    mtk = events.wait("mtk")
    check("both ends have the same MTK", network.events.wait("mtk-sent")["mtk_tag"] == mtk["tag"], mtk["tag"])
    return mtk


def rows(store, table):
    with sqlite3.connect(f"file:{TMP / store}?mode=ro", uri=True) as db:
        return db.execute(f"SELECT * FROM {table}").fetchall()


def lives_of_an_msk(network, events, msk_id):
    """Another interval, the third of its group, withdrawn."""
    network.tell("push", IMSI, GROUP, "--interval=0:7")
    check("an interval comes under the same name", events.wait("msk")["msk_id"] == msk_id)
    same_mtk(network, events)
    network.tell("rekey", GROUP)
    third = events.wait("msk")["msk_id"]
    network.events.wait("ack", msk_id=third)
    same_mtk(network, events)
    network.tell("withdraw", IMSI, GROUP)
    events.wait("msk-withdrawn" if told_by_me(events) else "msk", msk_id=third)
    network.tell("mtk", GROUP)
    network.events.wait("mtk-sent")
    check("an MTK under a withdrawn MSK is refused", events.wait("rejected", message="mtk")["msk_id"] == third)
    # The missed update: the MSK is asked for, and comes.
    events.wait("msk-request")
    check("and its MSK asked for", events.wait("msk")["msk_id"] != "")
    same_mtk(network, events)


def told_by_me(events):
    """A UICC does not say that an MSK was withdrawn."""
    return next(e for e in events.all() if e["event"] == "uicc")["mode"] == "me"


def muks(network, events, btid):
    """Pulls under the MUK in use, and under one that has expired."""
    network.tell("pull", IMSI, GROUP, "--new")
    events.wait("pull")
    before = len([e for e in events.all() if e["event"] == "bootstrap"])
    events.wait("msk")
    check("a pull under a good MUK bootstraps nothing",
          before == len([e for e in events.all() if e["event"] == "bootstrap"]))  # fmt: skip
    same_mtk(network, events)
    network.tell("expire", IMSI)
    network.tell("pull", IMSI, GROUP)
    events.wait("pull")
    newer = events.wait("bootstrap")["btid"]
    check("a pull under an expired MUK leads to another B-TID", newer != btid)
    msk = events.wait("msk")
    check("the new MUK's counter begins anew", msk["ts"] == 1, msk["ts"])
    network.events.wait("ack", btid=newer)
    same_mtk(network, events)


def off_without_keys(network, me, store, mode):
    """Keys that may go are gone when the ME is on again; a pull is taken all the same, under the MUK in use."""
    process, events = me.run("--forget-keys")
    events.wait("uicc")
    ends_cleanly(process, signal.SIGHUP)  # its terminal was closed
    kept = rows(store, "muk")
    check("the MUK in use alone is kept", len(rows(store, "naf")) == 0 and len(kept) == (mode == "me"))
    process, events = me.run()
    network.tell("pull", IMSI, GROUP)
    events.wait("pull")
    events.wait("msk")
    same_mtk(network, events)
    ends_cleanly(process)


def superseded(network, me):
    """The ME has a newer key of the BM-SC than the BM-SC knows (decision 14)."""
    newer = me.do("bootstrap")["bootstrap"]["btid"]
    unheard = copy.copy(me)
    unheard.command = [*me.command[:-1], f"{BMSC}=127.0.0.1:1"]
    unheard.do("register", SERVICE, status=4)
    process, events = me.run()
    network.tell("push", IMSI, GROUP)
    refused = events.wait("rejected", message="msk")
    check("an MSK under a superseded MUK is refused", refused["reason"] == "the key for it is not to be used any more",
          refused)  # fmt: skip
    network.tell("pull", IMSI, GROUP)
    events.wait("pull")
    events.wait("msk")
    network.events.wait("ack", btid=newer)
    same_mtk(network, events)
    ends_cleanly(process)


def life(profile, mode, belief):
    print(f"-- {profile}: keys in {mode}")
    network = network_of(f"net.{profile}", belief)
    store = f"{profile}.sqlite"
    me = Me(network, store, *SLOT.put(card_of(f"{profile}.card", profile)))
    btid = me.do("bootstrap")["bootstrap"]["btid"]
    check("registered without another bootstrapping", "bootstrap" not in me.do("register", SERVICE))

    process, events = me.run("--request", GROUP, "--mtk-out", TMP / f"{profile}.mtk")
    check("the mode is told", events.wait("uicc")["mode"] == mode)
    first = events.wait("msk", v=True)
    network.events.wait("ack", msk_id=first["msk_id"])
    same_mtk(network, events)
    network.tell("push", IMSI, GROUP)
    second = events.wait("msk")
    network.events.wait("ack", msk_id=second["msk_id"])
    same_mtk(network, events)
    ends_cleanly(process)

    # The ME was off; what it keeps is good still, and nothing is bootstrapped again.
    process, events = me.run()
    same_mtk(network, events)
    lives_of_an_msk(network, events, second["msk_id"])
    muks(network, events, btid)
    ends_cleanly(process)
    check("MUKs are where they belong", (len(rows(store, "muk")) != 0) == (mode == "me"))
    line = json.loads((TMP / f"{profile}.mtk").read_text().splitlines()[0])
    check("MTKs are handed out whole", (len(line["mtk"]), len(line["salt"])) == (32, 28))
    off_without_keys(network, me, store, mode)
    superseded(network, me)
    return network, me


def another_card_takes_everything_along(network, profile):
    store = f"{profile}.sqlite"
    other = SLOT.put(card_of("other.card", profile, "--set", "iccid=8900101000000000027"))
    process, events = Me(network, store, *other).run()
    events.wait("wipe")
    ends_cleanly(process)
    left = {t: len(rows(store, t)) for t in ("identity", "gba", "naf", "muk", "service", "msk", "job")}
    check("only the new identity is left", left == {**dict.fromkeys(left, 0), "identity": 1}, left)


def misbelief(number, profile, belief, what):
    """The network takes the card for another kind."""
    network = network_of(f"misbelief{number}", belief)
    me = Me(network, f"misbelief{number}.sqlite", *SLOT.put(card_of(f"misbelief{number}.card", profile)))
    events = me.do("register", SERVICE, status=1)
    said = events.get("rejected", {}).get("reason", "") + events.get("error", {}).get("what", "")
    check(f"{profile} with {belief}: refused, and why", what in said, said)
    check("nothing was registered", "registered" not in events)


def main():
    for kind in KINDS:
        network, me = life(*kind)
        if kind[1] == "me":
            another_card_takes_everything_along(network, kind[0])
    misbelief(1, "usim-gba", "gba_u: false", "plain AUTN")
    misbelief(2, "usim-plain", "gba_u: true", "AUTN*")
    misbelief(3, "usim-gba-only", "gba_u: true, mbms: uicc", "it takes keys in the ME for keys on the UICC")


main()
