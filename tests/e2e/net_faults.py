#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each fault of `vuicc-testnet --faults` against vuicc-me: it has to react as is written beside the fault.

net_faults.py ub|ua|octets|uicc|me|patience [--reader]: the faults on Ub, on Ua, of messages that are none, of messages that
a UICC, or an ME with the keys, has to refuse, and the one that takes its time. The card is in process, or in a reader (in with-pcscd.sh).
"""
import json
import socket
import sys
import time

import net_modes
from harness import BIN, SOURCE, check, personalise, run, wait_until
from network import GROUP, IMSI, SERVICE, SLOT, Me, Network, ends_cleanly

PROFILES = SOURCE / "card" / "profiles"
IN_ME_OF_A_GBA_U_UICC = "subscribers:\n" + net_modes.subscriber(IMSI, True, "me")
IN_ME_OF_A_PLAIN_USIM = "subscribers:\n" + net_modes.subscriber(IMSI, False, "me")

# Ub: `vuicc-me bootstrap` ends with this event, whose text holds that.
UB = {
    "plain-autn": ("rejected", "9862"),
    "foreign-autn": ("rejected", "9862"),
    "old-sqn": ("error", "one challenge after the other"),
    "ub-wrong-realm": ("error", "bsf.somebody.else"),
    "ub-wrong-algorithm": ("error", "expected algorithm AKAv1-MD5"),
    "ub-no-auth-int": ("error", "expected qop auth-int"),
    "ub-short-nonce": ("error", "RAND and AUTN"),
    "ub-no-challenge": ("error", "without a Digest challenge"),
    "expired-lifetime": ("error", "is over already"),
    "ub-no-lifetime": ("error", "element lifetimes: "),
    "ub-wrong-namespace": ("error", "element BootstrappingInfo: "),
    "ub-doctype": ("error", "DOCTYPE"),
    "ub-wrong-rspauth": ("error", "rspauth is wrong"),
    "ub-no-info": ("error", "no Authentication-Info"),
    "ub-wrong-type": ("bootstrap", ""),
    "ub-500": ("error", "got 500"),
    "ub-403": ("error", "got 403"),
    "ub-huge": ("error", "too long"),
}

# Ua: `vuicc-me register` ends with this event.
UA = {
    "wrong-realm": ("error", "got 3GPP-bootstrapping@bmsc.somebody.else"),
    "two-realms": ("registered", ""),
    "two-challenges": ("registered", ""),
    "wrong-algorithm": ("error", "algorithm MD5"),
    "no-auth-int": ("error", "qop auth-int"),
    "no-challenge": ("error", "without a Digest challenge"),
    "same-nonce": ("registered", ""),
    "stale-nonce": ("error", "again and again"),
    "401-for-ever": ("error", "again and again"),
    "next-nonce": ("registered", ""),
    "wrong-rspauth": ("error", "rspauth is wrong"),
    "wrong-cnonce": ("error", "does not speak of this request"),
    "wrong-count": ("error", "does not speak of this request"),
    "no-info": ("error", "no Authentication-Info"),
    "wrong-namespace": ("error", "element mbmsSecurityRegisterResponse: "),
    "wrong-element": ("error", "element ResponseCodes: "),
    "doctype": ("error", "DOCTYPE"),
    "base64-lines": ("registered", ""),
    "no-base64": ("error", "neither XML nor Base64"),
    "empty-body": ("error", "empty body"),
    "huge-body": ("error", "too long"),
    "foreign-item": ("error", "not to the 1 asked for"),
    "item-500": ("rejected", '"code":500'),
    "wrong-type": ("error", "got text/html"),
    "chunked": ("registered", ""),
    "no-content-length": ("registered", ""),
    "cut-off": ("error", "transfer closed"),
    "no-answer": ("error", ""),
    "http-503": ("error", "got 503"),
    "redirect": ("error", "got 302"),
}

MSK, PULL, MTK = "push", "pull", "mtk"
ALL = (MSK, PULL, MTK)
CUT = "a length runs past the end of the message"
STRANGE = "a payload is unknown, stands twice or does not belong into this message"

# Messages that are thrown away with this reason before the UICC is asked.
THROWN_AWAY = {
    "mtk-with-v": ((MTK,), "V bit set"),
    "wrong-version": (ALL, "MIKEY version is not 1"),
    "wrong-data-type": (ALL, "data type is neither"),
    "wrong-prf": (ALL, "PRF function is not MIKEY-1"),
    "wrong-cs-map": (ALL, "CS ID map is neither"),
    "null-encryption": ((MSK, MTK), "encryption algorithm is not AES-CM-128"),
    "null-mac": (ALL, "MAC algorithm is not HMAC-SHA-1-160"),
    "wrong-ts-type": (ALL, "time stamp is not a 32-bit counter"),
    "unknown-payload": (ALL, STRANGE),
    "no-rand": ((MSK, PULL), "mandatory payload is missing"),
    "no-ids": ((MSK, PULL), "mandatory payload is missing"),
    "no-ext": (ALL, "mandatory payload is missing"),
    "double-t": (ALL, STRANGE),
    "trailing": (ALL, "octets behind the last payload"),
    "oversize": (ALL, "longer than any message"),
    "halves": (ALL, "MIKEY version is not 1"),
    "truncated-header": (ALL, CUT),
    "truncated-ext": (ALL, CUT),
    "truncated-t": (ALL, CUT),
    "truncated-rand": ((MSK, PULL), CUT),
    "truncated-idi": ((MSK, PULL), CUT),
    "truncated-idr": ((MSK, PULL), CUT),
    "truncated-sp": ((MSK,), CUT),
    "truncated-kemac": (ALL, CUT),
}

# Reasons, with keys on the UICC and in the ME alike: 9862, 9865 (or the ME knows it without asking), 6A88, 6A80.
FORGED, REPLAY, NO_KEY, CONTENT = "the MAC is wrong", "not fresh", "no key for it", "content"

# Messages that are refused for this reason.
REFUSED = {
    "wrong-mac": (ALL, FORGED),
    "replayed-counter": (ALL, REPLAY),
    "unknown-muk": ((MSK, PULL), NO_KEY),
    "unknown-naf": ((MSK, PULL), NO_KEY),
    "key-number-0": ((MSK,), CONTENT),
    "short-msk": ((MSK,), CONTENT),
    "no-interval": ((MSK,), CONTENT),
    "wide-interval": ((MSK,), CONTENT),
    "pull-with-v": ((PULL,), CONTENT),
    "old-mtk": ((MTK,), REPLAY),
    "mtk-beyond": ((MTK,), REPLAY),
    "short-mtk": ((MTK,), CONTENT),
    "short-salt": ((MTK,), CONTENT),
}

# Messages that are no fault for an ME.
TAKEN = {
    "counter-jump": (MSK,),
    "unknown-ext": ALL,
    "delayed": ALL,
}

# Those with a test of their own below.
BY_HAND = {
    "star-autn", "foreign-btid", "missing-item", "wrong-key-domain", "withdrawn", "unknown-msk", "duplicate", "lost",
    "no-mikey", "reordered", "mikey-before-200", "slow",
}  # fmt: skip


def faults():
    """name -> (what it does, what the ME must do)"""
    lines = run(BIN / "vuicc-testnet", "--faults")[1].splitlines()
    return {lines[i]: (lines[i + 1].strip(), lines[i + 2].strip()) for i in range(0, len(lines), 3)}


def every_fault_has_a_test(known):
    tested = set(UB) | set(UA) | set(THROWN_AWAY) | set(REFUSED) | set(TAKEN) | BY_HAND
    check("every fault has a test", tested == set(known), tested ^ set(known) or len(known))
    check("and a sentence on what the ME must do", all(me.startswith("ME: ") and does for does, me in known.values()))


class Story:
    """A network that misbehaves on demand, and an ME."""

    def __init__(self, name, profile=(), **network):
        self.network = Network(name, **network)
        self.me = Me(self.network, f"{name}.sqlite", *SLOT.put(personalise(f"{name}.card", *profile)))
        self.known = faults()

    def control(self, line):
        """A control line without the cost of a process."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.network.socket))
            s.sendall(line.encode() + b"\n")
            answer = s.makefile().read().splitlines()
        if answer[-1] != "ok":
            check(line, False, answer[-1])

    def fired(self, since):
        return [e["name"] for e in self.network.events.all()[since:] if e["event"] == "fault"]

    def fault(self, name, times=""):
        """Switches one on, the others off; where the network's events are."""
        self.control("fault off")
        self.control(f"fault {name}{times}")
        return len(self.network.events.all())

    def judge(self, name, good, seen):
        """What the ME does is what is written beside the fault, or it is told what it did."""
        what = f"{name}: {self.known[name][1]}" if good else f"{name}: expected {self.known[name][1]}"
        check(what, good, "" if good else seen)

    def one_shot(self, name, expected, *command):
        """A command under a fault: how it ends; and once more without."""
        event, text = expected
        since = self.fault(name)
        status, output = run(*self.me.command, *command)
        last = [line for line in output.splitlines() if line.startswith("{")][-1]
        good = json.loads(last)["event"] == event and text in last and (status == 0) == (event not in ("error", "rejected"))
        check(f"{name} happens", name in self.fired(since))
        self.judge(name, good, f"{status}: {output}")

    def after(self, *command):
        self.control("fault off")
        self.me.do(*command)


def ub(story):
    for name, expected in UB.items():
        story.one_shot(name, expected, "bootstrap")
        if expected[0] != "bootstrap":
            check(f"{name}: no B-TID is kept of it", "bootstrap" not in story.me.do("status"))
        story.after("wipe")
    story.after("bootstrap")

    # The BM-SC does not know the B-TID: twice more, then an end.
    since = story.fault("foreign-btid")
    status, output = run(*story.me.command, "--store", story.me.command[3].with_name("foreign"), "register", SERVICE)
    runs = output.count('"event":"bootstrap"')
    check("foreign-btid happens", "foreign-btid" in story.fired(since))
    story.judge("foreign-btid", status == 1 and "again and again" in output and runs <= 3, f"{runs} runs, {output}")
    story.after("bootstrap")
    plain_usim()


def plain_usim():
    """GBA_ME: a USIM that does no GBA, in whose ME the keys are."""
    story = Story("plain", ["--profile", PROFILES / "usim-plain.yaml"], more=IN_ME_OF_A_PLAIN_USIM)
    story.one_shot("star-autn", ("rejected", "9862"), "bootstrap")
    story.after("bootstrap")


def ua(story):
    story.me.do("register", SERVICE)
    for name, expected in UA.items():
        story.one_shot(name, expected, "register", SERVICE)
    story.after("register", SERVICE)
    story.one_shot("missing-item", ("error", "not to the 2 asked for"), "request", GROUP, GROUP + ":0001")
    since = story.fault("stale-nonce", ":1")
    story.me.do("register", SERVICE)
    check("one stale nonce costs one more request", story.fired(since) == ["stale-nonce"])
    since = story.fault("401-for-ever", ":1")
    events = story.me.do("register", SERVICE)
    check("one 401 costs one bootstrapping", "bootstrap" in events and story.fired(since) == ["401-for-ever"])
    story.after("register", SERVICE)


class Messages(Story):
    """An ME that runs, has an MSK, and has shown it. in_me: its card does no MBMS, the keys are in the ME."""

    def __init__(self, in_me):
        if in_me:
            super().__init__("mikey", ["--profile", PROFILES / "usim-gba-only.yaml"], more=IN_ME_OF_A_GBA_U_UICC)
        else:
            super().__init__("mikey")
        self.me.do("register", SERVICE)
        self.process, self.events = self.me.run("--request", GROUP)
        self.events.wait("msk")
        self.network.events.wait("ack")

    def trigger(self, what):
        self.control(f"mtk {GROUP}" if what == MTK else f"{what} {IMSI} {GROUP}" + (" --no-ack" if what == MSK else ""))

    def seen(self):
        return self.events.all()[self.events.at :]

    def good(self, what):
        """Without a fault the message is taken; a pull has brought the MSK that it asks for."""
        self.control("fault off")
        self.trigger(what)
        self.events.wait(what if what != MSK else "msk")
        if what == PULL:
            self.events.wait("msk")
            self.events.wait("ack-sent")

    def answer_and_msk(self):
        """Which of the two is seen first is a matter of luck."""
        both = {"msk", "msk-request", "ack-sent"}
        wait_until(lambda: both <= {e["event"] for e in self.seen()}, "MSK and answer are taken")
        self.events.at = len(self.events.all())

    def settle(self):
        """Both ends have the same MSK, and nothing is on its way."""
        self.good(MSK)
        self.good(MTK)

    def refused(self, name, what, text):
        """The message leads to a rejection with this text, and to nothing else."""
        since = self.fault(name, ":1")
        self.trigger(what)
        if what == MTK and text == REPLAY:
            return self.dropped(name, since)
        wait_until(lambda: any(text in e.get("reason", "") for e in self.seen()), f"{name}, {what}: {text}")
        bad = [e for e in self.seen() if e["event"] in ("msk", "mtk", "pull", "ack-sent", "msk-request", "uicc", "error")]
        check(f"{name} ({what}): {text}", self.fired(since) == [name] and not bad, bad or "")
        self.events.at = len(self.events.all())
        if what != MTK:
            self.good(MSK)  # the next message is taken; and an MTK below has its MSK
        self.good(MTK)

    def dropped(self, name, since):
        """An MTK that is old: the ME may know that without the UICC, and says nothing then. The next one is taken."""
        sent = next(e for e in self.network.events.all()[since:] if e["event"] == "mtk-sent")
        self.good(MTK)
        taken = [e["tag"] for e in self.events.all() if e["event"] == "mtk"]
        check(f"{name} (mtk): not taken", self.fired(since) == [name] and sent["mtk_tag"] not in taken)

    def taken(self, name, what):
        since = self.fault(name, ":1")
        self.trigger(what)
        self.events.wait(what if what != MSK else "msk")
        if what == PULL:
            self.events.wait("ack-sent")
        check(f"{name} ({what}): it is taken", self.fired(since) == [name])


def octets(story):
    story.settle()
    for name, (whats, text) in THROWN_AWAY.items():
        for what in whats:
            story.refused(name, what, text)
    ends_cleanly(story.process)


def mikey(story):
    story.settle()
    for name, (whats, text) in REFUSED.items():
        for what in whats:
            story.refused(name, what, text)
    for name, whats in TAKEN.items():
        for what in whats:
            story.taken(name, what)
        story.settle()
    by_hand = (wrong_key_domain, withdrawn, unknown_msk, duplicate, lost, reordered, mikey_before_200, slow)
    for test in by_hand:
        test(story)
        story.settle()
    ends_cleanly(story.process)


def wrong_key_domain(story):
    since = story.fault("wrong-key-domain", ":1")
    story.trigger(MSK)
    msk = story.events.wait("msk")
    good = msk["key_domain"] != GROUP[:6] and story.fired(since) == ["wrong-key-domain"]
    story.trigger(MTK)
    missing = story.events.wait("rejected", message="mtk")
    story.judge("wrong-key-domain", good and NO_KEY in missing["reason"], (msk, missing))
    story.events.wait("ack-sent")  # it has asked for the MSK that it lacks


def withdrawn(story):
    since = story.fault("withdrawn", ":1")
    story.control(f"push {IMSI} {GROUP}")
    msk = story.events.wait("ack-sent")
    story.network.events.wait("ack", msk_id=msk["msk_id"])
    story.trigger(MTK)
    missing = story.events.wait("rejected", message="mtk", msk_id=msk["msk_id"])
    story.judge("withdrawn", story.fired(since) == ["withdrawn"] and NO_KEY in missing["reason"], missing)
    story.events.wait("ack-sent")


def unknown_msk(story):
    since = story.fault("unknown-msk", ":1")
    story.trigger(MTK)
    missing = story.events.wait("rejected", message="mtk")
    unknown = story.events.wait("rejected", code=404)
    good = NO_KEY in missing["reason"] and missing["msk_id"] == unknown["msk_id"]
    story.judge("unknown-msk", good and story.fired(since) == ["unknown-msk"], (missing, unknown))


def duplicate(story):
    since = story.fault("duplicate", ":2")
    story.trigger(MSK)
    msk = story.events.wait("msk")
    story.trigger(MTK)
    story.events.wait("mtk")
    story.good(MTK)  # whatever came twice has come by now
    once = [e for e in story.events.all() if e["event"] == "msk" and e["msk_id"] == msk["msk_id"]]
    tags = [e["tag"] for e in story.events.all() if e["event"] == "mtk"]
    good = len(once) == 1 and len(tags) == len(set(tags))
    story.judge("duplicate", good and len(story.fired(since)) == 2, (once, tags))


def lost(story):
    since = story.fault("lost", ":1")
    story.control(f"push {IMSI} {GROUP}")
    ack = story.events.wait("ack-sent")
    sent = story.network.events.wait("ack", msk_id=ack["msk_id"])
    story.judge("lost", story.fired(since) == ["lost"] and sent["ts"] == ack["ts"], ack)


def reordered(story):
    since = story.fault("reordered", ":1")
    story.trigger(MSK)
    check("reordered: the first waits", story.fired(since) == ["reordered"] and not story.seen())
    story.trigger(MSK)
    newer = story.events.wait("msk")
    late = story.events.wait("rejected")
    only = [e["msk_id"] for e in story.seen() if e["event"] == "msk"]
    story.judge("reordered", REPLAY in late["reason"] and not only, (newer, late))


def mikey_before_200(story):
    since = story.fault("mikey-before-200", ":1")
    story.control(f"pull {IMSI} {GROUP} --new")
    story.events.wait("pull")
    story.answer_and_msk()
    story.judge("mikey-before-200", story.fired(since) == ["mikey-before-200"], story.seen())


def slow(story):
    since = story.fault("slow", ":1")
    story.control(f"pull {IMSI} {GROUP}")
    story.events.wait("pull")
    wait_until(lambda: story.fired(since) == ["slow"], "the request has come")
    story.trigger(MTK)
    story.events.wait("mtk")
    answered = any(e["event"] == "msk-request" for e in story.events.all()[-2:])
    story.answer_and_msk()
    story.judge("slow", not answered, story.events.all()[-6:])


def patience(story):
    """An MSK that was granted and does not come is asked for again, after ten seconds and some more."""
    since = story.fault("no-mikey")
    story.control(f"pull {IMSI} {GROUP} --new")
    first = story.events.wait("msk-request")
    check("no-mikey happens", "no-mikey" in story.fired(since))
    before = time.monotonic()
    again = story.events.wait("msk-request", seconds=20)
    took = time.monotonic() - before
    came = [e for e in story.events.all() if e["event"] == "msk"][1:]
    story.judge("no-mikey", again["msk_id"] == first["msk_id"] and took > 8 and not came, (took, came))
    story.control("fault off")
    story.events.wait("msk")
    check("no-mikey: and then it comes", True)
    ends_cleanly(story.process)


def main():
    which = {
        "ub": (ub, lambda: Story("ub")),
        "ua": (ua, lambda: Story("ua")),
        "octets": (octets, lambda: Messages(in_me=False)),
        "uicc": (mikey, lambda: Messages(in_me=False)),
        "me": (mikey, lambda: Messages(in_me=True)),
        "patience": (patience, lambda: Messages(in_me=False)),
    }
    run_tests, story = which[sys.argv[1]]
    every_fault_has_a_test(faults())
    run_tests(story())


if __name__ == "__main__":
    sys.exit(main())
