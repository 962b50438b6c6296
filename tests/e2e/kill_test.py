#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-card is killed with SIGKILL at random moments of a mixed session. After each restart: no SQN and no MIKEY
counter that was answered is accepted again, no PIN try has come back, no key that was acknowledged is lost.

A command that was sent but not answered may have happened or not; everything else must be as it was answered.

usage: kill_test.py [KILLS [SEED]]
"""
import base64
import random
import sys
import threading
import time
from dataclasses import dataclass, field

import oracle
from harness import Gone, Reader, check, personalise

LONGEST_SESSION = 0.030  # seconds until the kill, at most
ADM1 = b"88888888"
TRIES = 3


@dataclass
class Msk:
    """An MSK the card has acknowledged."""

    id: bytes
    key: bytes
    csb_id: bytes
    rand: bytes
    counter: int = 0
    mtk_id: int = 0
    doubts: int = 0  # deliveries to its group since, sent and not answered: two of them would have displaced it


@dataclass
class Promises:
    """What the card has answered."""

    sqns: list = field(default_factory=list)  # (SQN, the APDU)
    msk_messages: list = field(default_factory=list)  # (index of its MUK, the message)
    mtk_messages: list = field(default_factory=list)  # (its Msk, the message)
    msks: dict = field(default_factory=dict)  # by Key Group
    tries: set = field(default_factory=lambda: {TRIES})  # all the values that are possible
    gbabp: list = field(default_factory=lambda: [None])  # all the beginnings of EF_GBABP that are possible


def tries_left(sw):
    if sw == "6983":
        return 0
    return int(sw[3], 16) if sw.startswith("63c") else None


class Session:
    def __init__(self, reader, rng):
        self.reader, self.rng = reader, rng
        self.aka = oracle.Milenage()
        self.kept = Promises()
        self.seq = 1
        self.muk = self.idr = None
        self.muks = 0  # how many there have been; the newest has this number
        self.renewal_in_doubt = False  # a bootstrapping was begun and its end not seen
        self.counter = 0  # of the MUK
        self.number = 0  # Key Number
        self.commands = 0

    # --- commands ---

    def apdu(self, octets):
        data, sw = self.reader.apdu(octets)
        self.commands += 1
        return data, sw

    def select_usim(self):
        _, sw = self.apdu("00A4040407A0000000871002")
        assert sw == "9000", sw

    def challenge(self, gba):
        rand = self.rng.randbytes(16)
        sqn = (self.seq << 5 | self.seq % 32).to_bytes(6, "big")
        self.seq += 1
        if gba:
            apdu = bytes.fromhex("0088008423dd10") + rand + b"\x10" + self.aka.autn_star(rand, sqn)
        else:
            apdu = bytes.fromhex("008800812210") + rand + b"\x10" + self.aka.autn(rand, sqn)
        data, sw = self.apdu(apdu)
        assert (sw, data[:2]) == ("9000", b"\xdb\x08"), (sw, data.hex())
        self.kept.sqns.append((sqn, apdu))
        assert data[2:10] == self.aka.res_ak(rand)[0], "RES is wrong"
        return rand

    def authenticate(self):
        self.challenge(gba=False)

    def renew_muk(self):
        """Bootstrapping, B-TID into EF_GBABP, NAF derivation: a new Ks_int_NAF."""
        self.renewal_in_doubt = True
        self.kept.gbabp.append(None)
        rand = self.challenge(gba=True)
        self.kept.gbabp = [b"\x10" + rand + bytes(2)]
        idr = base64.b64encode(rand) + b"@" + oracle.BSF
        update = bytes([len(idr)]) + idr + b"\x142030-01-01T00:00:00Z"
        self.kept.gbabp.append(b"\x10" + rand + update)
        _, sw = self.apdu("00A40004026FD6")
        assert sw == "9000", sw
        _, sw = self.apdu(bytes.fromhex("00D60011") + bytes([len(update)]) + update)
        assert sw == "9000", sw
        del self.kept.gbabp[0]
        naf = b"\xde" + bytes([len(oracle.NAF_ID)]) + oracle.NAF_ID + bytes([len(oracle.IMPI)]) + oracle.IMPI
        data, sw = self.apdu(bytes.fromhex("00880084") + bytes([len(naf)]) + naf)
        ks = self.aka.ck(rand) + self.aka.ik(rand)
        assert (sw, data) == ("9000", b"\xdb\x20" + oracle.ks_ext_naf(ks, rand)), (sw, data.hex())
        self.muk, self.idr, self.counter = oracle.ks_int_naf(ks, rand), idr, 0
        self.muks += 1
        self.renewal_in_doubt = False

    def mbms(self, mode, message):
        """AUTHENTICATE 89 in blocks, up to the status word of the last one."""
        n = len(message) + 1
        data = b"\x53" + (b"\x81" + bytes([n]) if n < 256 else b"\x82" + n.to_bytes(2, "big")) + bytes([mode]) + message
        p1, sw = 0x80, ""
        for i in range(0, len(data), 255):
            block = data[i : i + 255]
            _, sw = self.apdu(bytes([0x00, 0x89, p1, 0x85, len(block)]) + block)
            p1 = 0x00
            if sw != "63f1":
                break
        return sw

    def mbms_answer(self):
        data, sw = self.apdu("0089A08500")
        assert sw == "9000" and data[0] == 0x53 and b"\xdb" in data[:4], (sw, data.hex())
        return data[data.index(b"\xdb") + 1 :]

    def deliver_msk(self):
        if self.muk is None or self.renewal_in_doubt:
            return self.renew_muk()
        self.counter += 1
        self.number += 1
        group = self.rng.randint(1, 3)
        msk = Msk(
            group.to_bytes(2, "big") + self.number.to_bytes(2, "big"),
            self.rng.randbytes(16),
            self.rng.randbytes(4),
            self.rng.randbytes(16),
        )
        about = {"csb_id": msk.csb_id, "rand": msk.rand}
        message = oracle.msk_message(self.muk, self.idr, self.counter, msk.id, msk.key, (0, 0xFFFF), **about)
        if group in self.kept.msks:
            self.kept.msks[group].doubts += 1
        sw = self.mbms(1, message)
        assert sw == "62f3", sw
        self.kept.msk_messages.append((self.muks, message))
        self.kept.msks[group] = msk
        assert self.mbms_answer() == oracle.verification(self.muk, self.idr, self.counter, **about), "the ACK is wrong"
        return None

    def deliver_mtk(self, group=None):
        known = [g for g, m in self.kept.msks.items() if m.doubts < 2]
        if not known:
            return
        msk = self.kept.msks[group or self.rng.choice(known)]
        msk.counter += 1
        msk.mtk_id += 1
        mtk = self.rng.randbytes(16)
        message = oracle.mtk_message(
            msk.key, msk.counter, msk.id, msk.mtk_id, mtk, csb_id=msk.csb_id, rand=msk.rand
        )
        sw = self.mbms(2, message)
        assert sw == "62f3", sw
        self.kept.mtk_messages.append((msk, message))
        assert self.mbms_answer() == mtk, "the MTK is wrong"

    def wrong_pin(self):
        before = self.kept.tries
        if max(before) < 2:
            return self.right_pin()
        self.kept.tries = before | {max(0, t - 1) for t in before}
        _, sw = self.apdu("0020000A083030303030303030")
        assert tries_left(sw) in {t - 1 for t in before}, (sw, before)
        self.kept.tries = {tries_left(sw)}
        return None

    def right_pin(self):
        """A try is spent before the comparison and given back after it: a kill in between costs one."""
        before = self.kept.tries
        if before == {0}:
            return
        self.kept.tries = before | {max(0, t - 1) for t in before} | {TRIES}
        _, sw = self.apdu(bytes.fromhex("0020000A08") + ADM1)
        assert sw == "9000", sw
        self.kept.tries = {TRIES}

    def mixed(self):
        """Commands without end: the kill ends it."""
        steps = [self.authenticate, self.deliver_msk, self.deliver_mtk, self.wrong_pin, self.right_pin, self.renew_muk]
        while True:
            self.rng.choices(steps, [4, 5, 5, 4, 1, 1])[0]()

    # --- what must hold after a restart ---

    def recent(self, items):
        """The last ten, and three of the older ones."""
        return items[-10:] + self.rng.sample(items[:-10], min(3, len(items[:-10])))

    def examine(self):
        self.select_usim()
        _, sw = self.apdu("0020000A00")
        assert tries_left(sw) in self.kept.tries, f"tries {sw}, possible {self.kept.tries}"
        self.kept.tries = {tries_left(sw)}
        self.examine_sqns()
        self.examine_counters()
        self.examine_gbabp()
        for group, msk in self.kept.msks.items():
            if msk.doubts < 2:
                self.deliver_mtk(group)

    def examine_sqns(self):
        for sqn, apdu in self.recent(self.kept.sqns):
            data, sw = self.apdu(apdu)
            assert (sw, data[:2]) == ("9000", b"\xdc\x0e"), f"SQN {sqn.hex()} again: {data.hex()} {sw}"
            at = apdu.index(b"\x10")
            sqn_ms = self.aka.sqn_of_auts(apdu[at + 1 : at + 17], data[2:])
            assert sqn_ms is not None and sqn_ms >= max(s for s, _ in self.kept.sqns), f"AUTS holds {sqn_ms}"

    def examine_counters(self):
        for muk, message in self.recent(self.kept.msk_messages):
            sw = self.mbms(1, message)
            allowed = {"9865"} if muk == self.muks else {"9865", "6985", "6a88"}
            if self.renewal_in_doubt:
                allowed.add("6985")  # a newer Ks_int_NAF may be there
            assert sw in allowed, f"an MSK message again: {sw}, expected {allowed}"
        for msk, message in self.recent(self.kept.mtk_messages):
            sw = self.mbms(2, message)
            there = self.kept.msks[int.from_bytes(msk.id[:2], "big")] is msk and msk.doubts < 2
            assert sw in ({"9865"} if there else {"9865", "6a88"}), f"an MTK message again: {sw}"

    def examine_gbabp(self):
        _, sw = self.apdu("00A40004026FD6")
        assert sw == "9000", sw
        data, sw = self.apdu("00B0000080")
        assert sw == "9000", sw
        possible = self.kept.gbabp
        seen = [g for g in possible if g is not None and data.startswith(g[:128])]
        assert seen or None in possible, f"EF_GBABP {data.hex()}, possible {possible}"
        self.kept.gbabp = seen or [None]


def kill_after(process, seconds):
    time.sleep(seconds)
    process.kill()


def forgets(session, card):
    """The same checks on a card that does forget: it is killed, and an older copy of its file takes its place."""
    reader = session.reader
    copies = [(path, path.read_bytes()) for path in card.parent.glob(card.name + "*")]
    reader.insert(card)
    session.select_usim()
    session.authenticate()
    session.wrong_pin()
    reader.card.process.kill()
    reader.remove()
    for path in card.parent.glob(card.name + "*"):
        path.unlink()
    for path, octets in copies:
        path.write_bytes(octets)
    reader.insert(card)
    try:
        session.examine()
    except AssertionError as e:
        return str(e)
    finally:
        reader.remove()
    return None


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    card = personalise("kill.card", "--set", f"k={oracle.K.hex()}", "--set", f"opc={oracle.OPC.hex()}")
    reader = Reader()
    session = Session(reader, rng)
    for kill in range(kills):
        reader.insert(card)
        try:
            session.examine()
            killer = threading.Thread(target=kill_after, args=(reader.card.process, rng.uniform(0, LONGEST_SESSION)))
            killer.start()
            session.mixed()
        except Gone:
            killer.join()
            reader.remove()
        except AssertionError as e:
            check(f"kill {kill}, seed {seed}", False, e)
    reader.insert(card)
    session.examine()
    check("vuicc-card ends cleanly on SIGTERM", reader.remove() == 0)

    why = forgets(session, card)
    check("a card that forgets is found out", why is not None, why)

    kept = session.kept
    print(
        f"{kills} kills, {session.commands} commands: {len(kept.sqns)} SQNs, {len(kept.msk_messages)} MSK and "
        f"{len(kept.mtk_messages)} MTK messages answered, {session.muks} MUKs"
    )
    rarest = min(len(kept.sqns), len(kept.msk_messages), len(kept.mtk_messages))
    check("the session was a mixed one", rarest > kills / 10)


if __name__ == "__main__":
    main()
