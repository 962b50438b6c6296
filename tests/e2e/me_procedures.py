#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The procedures of key management and GBA, one by one, with a UICC that holds the keys and with a plain USIM: me_modes.py
has pulls, net_faults.py what a network does wrong, me_media.py the packet that names a missing MSK.
me_procedures.py [--reader]: cards in process, or in a reader (in with-pcscd.sh)."""
import sqlite3

from harness import SOURCE, TMP, check, personalise
from network import GROUP, IMSI, SERVICE, SLOT, Me, Network, ends_cleanly

OTHER_SERVICE, OTHER_GROUP = "urn:3gpp:mbms:other", "00f110:0002"
SERVICES = "services:\n" + "".join(
    f"- {{ id: '{name}', key_domain: 00f110, key_group: '{group[7:]}', streaming: true }}\n"
    for name, group in ((SERVICE, GROUP), (OTHER_SERVICE, OTHER_GROUP))
)


class Story:
    """A network, and an ME with a new card of this profile. lifetime: seconds of a bootstrapping run."""

    def __init__(self, profile, gba_u, lifetime=3600):
        self.profile = profile
        subscriber = (
            f"subscribers:\n- {{ imsi: '{IMSI}', mnc_length: 2, k: 465b5ce8b199b49faa5f0a2ee238a6bc,\n"
            f"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: {str(gba_u).lower()} }}\n"
        )
        self.network = Network(f"net.{profile}.{lifetime}", subscriber + SERVICES, lifetime=lifetime)
        self.card = personalise(f"{profile}.{lifetime}.card", "--profile", SOURCE / "card" / "profiles" / f"{profile}.yaml")
        self.where = SLOT.put(self.card)
        self.me = Me(self.network, f"{profile}.{lifetime}.sqlite", *self.where)

    def run(self, *options):
        process, events = self.me.run(*options)
        events.wait("uicc")
        return process, events

    def same_mtk(self, events, group=GROUP):
        self.network.events.at = len(self.network.events.all())
        self.network.tell("mtk", group)
        tag = self.network.events.wait("mtk-sent")["mtk_tag"]
        check("both ends have the same MTK", events.wait("mtk", tag=tag)["tag"] == tag, tag)


def happened(events, name):
    return sum(e["event"] == name for e in events.all())


def registration_and_deregistration(story):
    story.me.do("register", SERVICE, OTHER_SERVICE)
    story.me.do("deregister", OTHER_SERVICE)
    check("status knows the one that is left", story.me.do("status")["registered"]["service"] == SERVICE)
    refused = story.me.do("request", OTHER_GROUP, status=1)["rejected"]
    check("the MSK of the other is refused by name",
          (refused["cause"], refused["key_domain"], refused["msk_id"]) == ("bm-sc", "00f110", "00020000"), refused)  # fmt: skip
    story.me.do("register", OTHER_SERVICE)


def several_msks_in_one_request(story):
    process, events = story.run("--request", GROUP, "--request", OTHER_GROUP)
    for group in (GROUP, OTHER_GROUP):
        events.wait("msk-request", msk_id=group[7:] + "0000")
    came = set()
    while len(came) < 2:
        came.add(events.wait("msk", v=True)["msk_id"])
    check("Key Number 0 brings the current MSK of each group", came == {"00010001", "00020001"}, came)
    story.same_mtk(events, GROUP)
    story.same_mtk(events, OTHER_GROUP)
    ends_cleanly(process)


def one_of_several_is_refused(story):
    events = story.me.do("request", GROUP, "00f110:0009", status=1)
    check("the one is granted", events["msk-request"]["msk_id"] == "00010000")
    check("the other refused by name", (events["rejected"]["msk_id"], events["rejected"]["code"]) == ("00090000", 404),
          events["rejected"])  # fmt: skip


def push_with_and_without_ack(story):
    process, events = story.run()
    for more, v in ((), True), (("--no-ack",), False):
        acks = happened(events, "ack-sent")
        story.network.tell("push", IMSI, GROUP, *more)
        msk = events.wait("msk", v=v)
        if v:
            events.wait("ack-sent", msk_id=msk["msk_id"])
            story.network.events.wait("ack", msk_id=msk["msk_id"])
        story.same_mtk(events)
        check(f"{int(v)} verification message for it", happened(events, "ack-sent") - acks == v)
    ends_cleanly(process)


def an_mtk_tells_of_a_missed_msk(story):
    process, events = story.run()
    story.network.tell("fault", "lost:1")
    story.network.tell("push", IMSI, GROUP, "--no-ack")
    story.network.events.wait("fault", name="lost")
    story.network.tell("mtk", GROUP)
    missed = events.wait("rejected", message="mtk", cause="no-key")["msk_id"]
    events.wait("msk-request", msk_id=missed)
    events.wait("msk", msk_id=missed)
    story.same_mtk(events)
    ends_cleanly(process)


def renegotiation_by_401(story):
    story.network.tell("expire", IMSI)
    events = story.me.do("register", SERVICE)
    story.network.events.wait("renegotiation")
    check("a 401 leads to another bootstrapping, and it is registered", {"bootstrap", "registered"} <= set(events))


def leaving_a_service_without_a_key(story):
    """Refused, it stays while an older MSK is valid; with that withdrawn it goes."""
    network, service = story.network, ("--service", f"{SERVICE}={GROUP}")
    process, events = story.run(*service, "--request", GROUP)
    events.wait("msk")
    network.tell("fault", "item-500")
    network.tell("pull", IMSI, GROUP, "--new")
    events.wait("rejected", code=500)
    network.tell("fault", "off")
    story.network.tell("push", IMSI, GROUP)
    events.wait("ack-sent")
    check("with an older MSK it stays", happened(events, "left") == 0)
    ends_cleanly(process)
    story.me.do("wipe")
    story.me.do("register", SERVICE, OTHER_SERVICE)
    network.tell("fault", "item-500:1")
    process, events = story.run(*service, "--request", GROUP)
    check("without one it leaves", events.wait("left", service=SERVICE)["msk_id"] == "00010000")
    events.wait("deregistered", service=SERVICE)
    ends_cleanly(process)
    refused = story.me.do("request", GROUP, status=1)["rejected"]
    check("the BM-SC knows", refused["code"] == 403, refused)
    story.me.do("register", SERVICE)


def a_bootstrapping_outlives_the_programs(story):
    """And goes with EF_GBABP, where another ME has written another one."""
    btid = story.me.do("status")["bootstrap"]["btid"]
    check("a new process takes the one that is stored", "bootstrap" not in story.me.do("register", SERVICE))
    if story.profile == "usim-gba":
        other = Me(story.network, f"other.{story.profile}.sqlite", *story.where).do("bootstrap")["bootstrap"]["btid"]
        again = story.me.do("register", SERVICE)
        check("another B-TID in EF_GBABP means another bootstrapping",
              again["bootstrap"]["btid"] not in (btid, other), again["bootstrap"]["btid"])  # fmt: skip


def a_network_that_has_forgotten(story):
    """It knows no B-TID any more, and counts SQN from the beginning: 401, and resynchronisation."""
    btid = story.me.do("status")["bootstrap"]["btid"]
    story.network.process.stop()
    story.network.start()
    events = story.me.do("register", SERVICE, OTHER_SERVICE)
    story.network.events.wait("resynchronised")
    check("the B-TID is another one", events["bootstrap"]["btid"] != btid)
    check("and it is registered", "registered" in events)
    process, events = story.run("--request", GROUP)
    events.wait("msk")
    story.same_mtk(events)
    ends_cleanly(process)


def a_network_that_is_down_at_first(story):
    """What waits for it is asked for in its order: who is not registered is refused for good."""
    story.network.process.stop()
    process, events = story.run("--register", SERVICE, "--request", GROUP)
    events.wait("error")
    story.network.start()
    events.wait("registered", service=SERVICE)
    events.wait("msk")
    check("nothing was refused", happened(events, "rejected") == 0)
    story.same_mtk(events)
    ends_cleanly(process)


def an_ended_lifetime(profile, gba_u):
    story = Story(profile, gba_u, lifetime=2)
    btid = story.me.do("register", SERVICE)["bootstrap"]["btid"]
    process, events = story.run()
    events.wait("bootstrap-over")
    with sqlite3.connect(f"file:{TMP / f'{profile}.2.sqlite'}?mode=ro", uri=True) as db:
        check("no bootstrapping is kept", db.execute("SELECT count(*) FROM gba").fetchone() == (0,))
    ends_cleanly(process)
    newer = story.me.do("register", SERVICE)["bootstrap"]["btid"]
    check("what comes next bootstraps", newer != btid)


PROCEDURES = (
    registration_and_deregistration,
    several_msks_in_one_request,
    one_of_several_is_refused,
    push_with_and_without_ack,
    an_mtk_tells_of_a_missed_msk,
    renegotiation_by_401,
    leaving_a_service_without_a_key,
    a_bootstrapping_outlives_the_programs,
    a_network_that_has_forgotten,
    a_network_that_is_down_at_first,
)


def main():
    for profile, gba_u in (("usim-gba", True), ("usim-plain", False)):
        story = Story(profile, gba_u)
        for procedure in PROCEDURES:
            print(f"-- {profile}: {procedure.__name__.replace('_', ' ')}", flush=True)
            procedure(story)
        story.network.process.stop()
        print(f"-- {profile}: an ended lifetime", flush=True)
        an_ended_lifetime(profile, gba_u)


main()
