#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A card with TUAK and a network that knows it so (TS 35.231): from bootstrapping to an MTK, for each length of K and RES."""
from harness import check, personalise
from network import GROUP, IMSI, SERVICE, Me, Network, ends_cleanly

# TS 35.233: K, TOP and TOPc of sets 1 and 6, with the iterations that TOPc is made with.
SUBSCRIBERS = (
    {
        "k": "abababababababababababababababab",
        "top": "5555555555555555555555555555555555555555555555555555555555555555",
        "topc": "bd04d9530e87513c5d837ac2ad954623a8e2330c115305a73eb45d1f40cccbff",
        "iterations": 1,
        "res": 32,
    },
    {
        "k": "1574ca56881d05c189c82880f789c9cd4244955f4426aa2b69c29f15770e5aa5",
        "top": "e59f6eb10ea406813f4991b0b9e02f181edf4c7e17b480f66d34da35ee88c95e",
        "topc": "b04a66f26c62fcd6c82de22a179ab65506ecf47f56245cd149966cfa9cec7a51",
        "iterations": 2,
        "res": 128,
    },
)


def network_for(name, s):
    return Network(
        name,
        f"subscribers:\n- {{ imsi: '{IMSI}', mnc_length: 2, algorithm: tuak, k: {s['k']}, topc: {s['topc']},\n"
        f"    tuak: {{ res_length: {s['res']}, keccak_iterations: {s['iterations']} }},\n"
        f"    sqn: '000000000020', gba_u: true }}\n",
    )


def card_for(name, s, *more):
    """The card is told TOP: its TOPc has to be the network's."""
    settings = ["algorithm=tuak", f"k={s['k']}", f"top={s['top']}", f"tuak.res_length={s['res']}",
                f"tuak.keccak_iterations={s['iterations']}", *more]  # fmt: skip
    return personalise(name, *(word for setting in settings for word in ("--set", setting)))


def story(number, s):
    network = network_for(f"tuak{number}", s)
    me = Me(network, f"tuak{number}.sqlite", "--card", card_for(f"tuak{number}.card", s))
    check("bootstrapped", "bootstrap" in me.do("bootstrap"))
    check("registered", "registered" in me.do("register", SERVICE))
    process, events = me.run("--request", GROUP)
    msk = events.wait("msk", v=True)
    network.events.wait("ack", msk_id=msk["msk_id"])
    network.tell("mtk", GROUP)
    mtk = events.wait("mtk", msk_id=msk["msk_id"])
    check("both ends have the same MTK", network.events.wait("mtk-sent")["mtk_tag"] == mtk["tag"], mtk["tag"])
    ends_cleanly(process)

    ahead = card_for(f"ahead{number}.card", s, "sqn.start=000012345680", "iccid=8900101000000000027")
    check("a card that is ahead bootstraps", "bootstrap" in Me(network, "ahead.sqlite", "--card", ahead).do("bootstrap"))
    network.events.wait("resynchronised")

    other = card_for(f"other{number}.card", s | {"k": s["k"][::-1]}, "iccid=8900101000000000035")
    refused = Me(network, "other.sqlite", "--card", other).do("bootstrap", status=1)
    check("a card with another K finds the MAC wrong", "bootstrap" not in refused, refused)


for number, subscriber in enumerate(SUBSCRIBERS):
    story(number, subscriber)
