#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Where the keys are (TS 33.246 6.1): the same life with a UICC that does GBA_U and MBMS, one that does GBA_U alone, and a
plain USIM, against a network that knows; and what comes of it when the network takes a card for another kind."""
import json
import sqlite3

from harness import SOURCE, TMP, check, personalise
from network import GROUP, IMSI, SERVICE, Me, Network, ends_cleanly

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


def life(profile, mode, belief):
    print(f"-- {profile}: keys in {mode}")
    network = network_of(f"net.{profile}", belief)
    store = f"{profile}.sqlite"
    me = Me(network, store, "--card", card_of(f"{profile}.card", profile))
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
    network.tell("expire", IMSI)
    network.tell("pull", IMSI, GROUP)
    events.wait("pull")
    newer = events.wait("bootstrap")["btid"]
    check("a pull under an expired MUK leads to another B-TID", newer != btid)
    msk = events.wait("msk")
    check("the new MUK's counter begins anew", msk["ts"] == 1, msk["ts"])
    network.events.wait("ack", btid=newer)
    same_mtk(network, events)
    ends_cleanly(process)

    check("MUKs are where they belong", (len(rows(store, "muk")) != 0) == (mode == "me"))
    line = json.loads((TMP / f"{profile}.mtk").read_text().splitlines()[0])
    check("MTKs are handed out whole", (len(line["mtk"]), len(line["salt"])) == (32, 28))
    return network, me


def another_card_takes_everything_along(network, profile):
    store = f"{profile}.sqlite"
    process, events = Me(
        network, store, "--card", card_of("other.card", profile, "--set", "iccid=8900101000000000027")
    ).run()
    events.wait("wipe")
    ends_cleanly(process)
    left = {t: len(rows(store, t)) for t in ("identity", "gba", "naf", "muk", "service", "msk", "job")}
    check("only the new identity is left", left == {**dict.fromkeys(left, 0), "identity": 1}, left)


def misbelief(number, profile, belief, what):
    """The network takes the card for another kind."""
    network = network_of(f"misbelief{number}", belief)
    me = Me(network, f"misbelief{number}.sqlite", "--card", card_of(f"misbelief{number}.card", profile))
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
    misbelief(3, "usim-gba-only", "gba_u: true, mbms: uicc", "bootstrap")


main()
