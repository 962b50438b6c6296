#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Stories of MBMS keys: MUK, MSK, MTK, and the blocks their messages come in. See story.py."""
import sys

from story import (
    BTID,
    BTID_2,
    FREE_MSK,
    FREE_RECORD,
    KEY_DOMAIN,
    LIFETIME,
    MSK_1,
    MSK_2,
    MSK_3,
    MTK,
    NAF_ID,
    SALT,
    RECORD,
    Story,
    UA_MBMS,
    USIM,
    ack,
    ef_gbanl,
    ef_msk,
    ef_muk,
    forged,
    gbabp,
    len2,
    msk_message,
    mtk_message,
    muk_id,
    policy,
    rand,
    record,
    sqn,
    stream_map,
    tlv,
    write,
)


def mbms_stories():
    s = Story("mbms-every-file-every-step", "TS 31.102 4.2.79 to 4.2.83: the files after each step of a key's life",
              "tells the terminal other keys than it has")

    def files(gbabp_is, gbanl, muk, msk):
        s.read_binary("6fd6", gbabp_is)
        s.read("6fda", gbanl)
        s.read("6fd8", muk)
        s.read("6fd7", msk)

    s.says("a new card")
    s.select()
    files(record(bytes(3)), FREE_RECORD, FREE_RECORD, FREE_MSK)
    s.says("bootstrapped")
    s.bootstrap(1, sqn(1))
    files(gbabp(rand(1)), FREE_RECORD, FREE_RECORD, FREE_MSK)
    s.says("B-TID and lifetime written")
    s.write_btid()
    full = gbabp(rand(1), BTID, LIFETIME)
    files(full, FREE_RECORD, FREE_RECORD, FREE_MSK)
    s.says("a NAF key derived")
    muk = s.derive(1)
    files(full, ef_gbanl(), FREE_RECORD, FREE_MSK)
    s.says("a first MSK, verified")
    s.msk(msk_message(muk, 1, v=True), answer=ack(muk, 1))
    files(full, ef_gbanl(), ef_muk(1), ef_msk(("00010001", 0)))
    s.says("an MTK")
    s.mtk(mtk_message(MSK_1, 7, 5))
    files(full, ef_gbanl(), ef_muk(1), ef_msk(("00010001", 7)))
    s.says("a second MSK")
    s.msk(msk_message(muk, 2, "00010002", MSK_2))
    files(full, ef_gbanl(), ef_muk(2), ef_msk(("00010001", 7), ("00010002", 0)))
    s.says("a pull")
    s.msk(msk_message(muk, 9, "00010000", None))
    files(full, ef_gbanl(), ef_muk(9), ef_msk(("00010001", 7), ("00010002", 0)))
    s.says("bootstrapped again, key derived, not yet proved")
    s.bootstrap(2, sqn(2))
    s.write_btid(BTID_2)
    newer = s.derive(2)
    full = gbabp(rand(2), BTID_2, LIFETIME)
    files(full, ef_gbanl(btid=BTID_2), ef_muk(9), ef_msk(("00010001", 7), ("00010002", 0)))
    s.says("proved: the third MSK pushes out the first")
    s.msk(msk_message(newer, 1, "00010003", MSK_3, btid=BTID_2))
    files(full, ef_gbanl(btid=BTID_2), ef_muk(1, BTID_2), ef_msk(("00010002", 0), ("00010003", 0)))
    s.says("the MSKs deleted, the MUK deleted, and all of it after a reset")
    s.delete_msks()
    files(full, ef_gbanl(btid=BTID_2), ef_muk(1, BTID_2), FREE_MSK)
    s.delete_muk(idr=BTID_2)
    s.reset()
    s.select()
    files(full, ef_gbanl(btid=BTID_2), FREE_RECORD, FREE_MSK)
    yield s

    s = Story("mbms-msk-replay", "TS 33.246 6.4.3: a counter that is not above the MUK's is 9865, before the MAC",
              "lets an old key be brought back")
    muk = s.provision()
    s.says("counters begin at 0, so the first message carries 1 or more")
    s.msk(msk_message(muk, 0), "9865")
    s.msk(msk_message(muk, 5))
    for counter in (5, 4, 0):
        s.msk(msk_message(muk, counter), "9865")
    s.msk(forged(msk_message(muk, 5)), "9865")
    s.reset()
    s.select()
    s.msk(msk_message(muk, 5), "9865")
    s.msk(msk_message(muk, 0xFFFFFFFF))
    s.says("the last counter there is: this MUK is at its end")
    s.msk(msk_message(muk, 0xFFFFFFFF), "9865")
    s.read("6fd8", ef_muk(0xFFFFFFFF))
    yield s

    s = Story("mbms-msk-forged", "TS 33.246 6.4.3: a wrong MAC is 9862, and changes neither counter nor key nor file",
              "takes keys from anybody, or loses its counter to them")
    muk = s.provision()
    s.msk(forged(msk_message(muk, 1)), "9862")
    s.read("6fd8", FREE_RECORD)
    s.msk(msk_message(muk, 3))
    message = msk_message(muk, 9, "00010002", MSK_2)
    s.says("an octet of the key data, of the Key Number, the counter raised: each is under the MAC")
    s.msk(message[:-25] + bytes([message[-25] ^ 0x80]) + message[-24:], "9862")
    at = message.index(bytes.fromhex("00010002"))
    s.msk(message[:at] + bytes.fromhex("00010003") + message[at + 4 :], "9862")
    s.msk(message.replace(b"\x0b\x02\x00\x00\x00\x09", b"\x0b\x02\x00\x00\x00\x0a"), "9862")
    s.msk(msk_message(bytes(32), 9), "9862")
    s.read("6fd8", ef_muk(3))
    s.read("6fd7", ef_msk(("00010001", 0)))
    s.msk(msk_message(muk, 4))
    yield s

    s = Story("mbms-muk-unknown", "TS 31.102 7.1.1.6: no MUK for IDi and IDr is 6A88",
              "takes any key for the MUK")
    muk = s.provision()
    s.msk(msk_message(muk, 1, btid=BTID_2), "6a88")
    s.msk(msk_message(muk, 1, idi=b"other.home1.net" + UA_MBMS), "6a88")
    s.says("the FQDN with another Ua protocol is another NAF")
    s.msk(msk_message(muk, 1, idi=b"bmsc.home1.net" + bytes.fromhex("0100000002")), "6a88")
    s.msk(msk_message(muk, 1))
    yield s

    s = Story("mbms-idi-forms", "TS 31.102 4.2.81, TS 33.246 6.3.2: IDi is NAF_ID or FQDN; EF_MUK keeps the first",
              "does not know its MUK by both names that the specification gives it")
    muk = s.provision()
    s.msk(msk_message(muk, 1, idi=b"bmsc.home1.net"))
    s.read("6fd8", ef_muk(1, idi=b"bmsc.home1.net"))
    s.msk(msk_message(muk, 2))
    s.read("6fd8", ef_muk(2, idi=b"bmsc.home1.net"))
    s.read("6fd8", FREE_RECORD, 2)
    s.says("either form deletes it")
    s.delete_muk()
    s.read("6fd8", FREE_RECORD)
    s.msk(msk_message(muk, 3))
    s.read("6fd8", ef_muk(3))
    yield s

    s = Story("mbms-muk-switch-over", "TS 33.246 6.1 and 6.4: the MUK in use stands until the new one has verified",
              "locks its user out between two bootstrappings, or lives on under the old key")
    old = s.provision()
    s.msk(msk_message(old, 5))
    s.bootstrap(2, sqn(2))
    s.write_btid(BTID_2)
    new = s.derive(2)
    s.says("a delivery under the old one: superseded, whatever its counter and MAC")
    s.msk(msk_message(old, 6), "6985")
    s.msk(msk_message(old, 1), "6985")
    s.msk(forged(msk_message(old, 6)), "6985")
    s.says("a solicited pull under it is taken, once")
    s.msk(msk_message(old, 6, "00010000", None))
    s.msk(msk_message(old, 6, "00010000", None), "9865")
    s.read("6fd8", ef_muk(6))
    s.says("a forged message under the new one proves nothing")
    s.msk(forged(msk_message(new, 1, btid=BTID_2)), "9862")
    s.read("6fd8", ef_muk(6))
    s.says("the new one proves itself: same record, counter from 0; the old one is gone")
    s.msk(msk_message(new, 1, "00010002", MSK_2, btid=BTID_2))
    s.read("6fd8", ef_muk(1, BTID_2))
    s.read("6fd8", FREE_RECORD, 2)
    s.msk(msk_message(old, 7, "00010000", None), "6a88")
    s.says("the MSK it brought is still there")
    s.mtk(mtk_message(MSK_1, 1, 5))
    yield s

    s = Story("mbms-muk-survives-eviction", "TS 33.220 G.2: overwriting a Ks_int_NAF does no harm to the MUK in use",
              "loses the service when another NAF derives a key")
    muk = s.provision()
    s.msk(msk_message(muk, 1))
    for i in range(8):
        s.derive(1, b"naf%d.home1.net" % i + UA_MBMS)
    s.read("6fda", ef_gbanl(b"naf7.home1.net" + UA_MBMS))
    s.msk(msk_message(muk, 2))
    s.says("deleted it is gone for good; derived again its counter goes on")
    s.delete_muk()
    s.msk(msk_message(muk, 3), "6a88")
    s.derive(1)
    s.msk(msk_message(muk, 2), "9865")
    s.msk(msk_message(muk, 3))
    yield s

    s = Story("mbms-two-msks-and-the-third", "TS 33.246 6.3: two MSKs a Key Group; the third pushes out the older",
              "has no key at the moment when they change")
    muk = s.provision()
    s.msk(msk_message(muk, 1, "00010001", MSK_1))
    s.msk(msk_message(muk, 2, "00010002", MSK_2))
    s.read("6fd7", ef_msk(("00010001", 0), ("00010002", 0)))
    s.mtk(mtk_message(MSK_1, 1, 5))
    s.mtk(mtk_message(MSK_2, 3, 5, "00010002"))
    s.msk(msk_message(muk, 3, "00010003", MSK_3))
    s.read("6fd7", ef_msk(("00010002", 3), ("00010003", 0)))
    s.mtk(mtk_message(MSK_1, 2, 6), "6a88")
    s.says("delivered again, 00010002 is the newest, so 00010003 goes next")
    s.msk(msk_message(muk, 4, "00010002", MSK_2, seq=(0, 200)))
    s.msk(msk_message(muk, 5, "00010001", MSK_1))
    s.read("6fd7", ef_msk(("00010002", 3), ("00010001", 0)))
    s.mtk(mtk_message(MSK_3, 1, 5, "00010003"), "6a88")
    yield s

    s = Story("mbms-key-domains", "TS 33.246 6.3.2.1: a Key Group of another Key Domain is another group",
              "pushes out the keys of another operator")
    muk = s.provision()
    other = bytes.fromhex("00f120")
    s.msk(msk_message(muk, 1))
    s.msk(msk_message(muk, 2, msk=MSK_2, domain=other))
    s.msk(msk_message(muk, 3, "00020001", MSK_3))
    s.read("6fd7", ef_msk(("00010001", 0)))
    s.read("6fd7", ef_msk(("00010001", 0), domain=other), 2)
    s.read("6fd7", ef_msk(("00020001", 0)), 3)
    s.mtk(mtk_message(MSK_2, 1, 5), "9862")
    s.mtk(mtk_message(MSK_2, 1, 5, domain=other))
    s.delete_msks()
    s.mtk(mtk_message(MSK_1, 1, 5), "6a88")
    s.mtk(mtk_message(MSK_2, 2, 6, domain=other))
    s.read("6fd7", FREE_MSK)
    s.says("the next group takes the free record")
    s.msk(msk_message(muk, 4, "00030001"))
    s.read("6fd7", ef_msk(("00030001", 0)))
    yield s

    s = Story("mbms-interval", "TS 33.246 6.3.2.2: a new interval for an MSK, and SEQl > SEQu, which withdraws it",
              "makes used MTK IDs valid again, or keeps an MSK that was withdrawn")
    muk = s.provision()
    s.msk(msk_message(muk, 1, seq=(0, 10)))
    s.mtk(mtk_message(MSK_1, 3, 10))
    s.mtk(mtk_message(MSK_1, 4, 11), "6985")
    s.says("the same key with room again: the counter is kept, used MTK IDs stay used")
    s.msk(msk_message(muk, 2, seq=(0, 20)))
    s.read("6fd7", ef_msk(("00010001", 3)))
    s.mtk(mtk_message(MSK_1, 4, 10), "9865")
    s.mtk(mtk_message(MSK_1, 3, 11), "9865")
    s.mtk(mtk_message(MSK_1, 4, 11))
    s.says("another key under the same ID: all anew")
    s.msk(msk_message(muk, 3, msk=MSK_2, seq=(0, 20)))
    s.read("6fd7", ef_msk(("00010001", 0)))
    s.mtk(mtk_message(MSK_2, 1, 1))
    s.says("withdrawn; of one that is not there, a success, too")
    s.msk(msk_message(muk, 4, msk=MSK_2, seq=(2, 1)))
    s.read("6fd7", FREE_MSK)
    s.mtk(mtk_message(MSK_2, 2, 2), "6a88")
    s.msk(msk_message(muk, 5, seq=(1, 0)))
    s.says("SEQl = SEQu: there, and exhausted from the start")
    s.msk(msk_message(muk, 6, seq=(9, 9)))
    s.mtk(mtk_message(MSK_1, 1, 9), "6985")
    yield s

    s = Story("mbms-mtk-window", "TS 33.246 6.5.4: SEQl < SEQp <= SEQu, a counter above the MSK's, then the MAC",
              "opens what was not subscribed to, or plays recorded traffic again")
    muk = s.provision()
    s.mtk(mtk_message(MSK_1, 1, 5), "6a88")
    s.msk(msk_message(muk, 1, seq=(4, 8)))
    for mtk_id, counter in ((4, 1), (9, 1), (5, 0)):
        s.mtk(mtk_message(MSK_1, counter, mtk_id), "9865")
        s.mtk(forged(mtk_message(MSK_1, counter, mtk_id)), "9865")
    s.mtk(forged(mtk_message(MSK_1, 1, 5)), "9862")
    s.mtk(mtk_message(MSK_1, 1, 5))
    s.mtk(mtk_message(MSK_1, 1, 5), "9865")
    s.says("one left out: it does not come back")
    s.mtk(mtk_message(MSK_1, 2, 7))
    s.mtk(mtk_message(MSK_1, 3, 6), "9865")
    s.reset()
    s.select()
    s.mtk(mtk_message(MSK_1, 2, 7), "9865")
    s.mtk(mtk_message(MSK_1, 3, 8))
    s.mtk(mtk_message(MSK_1, 4, 8), "6985")
    s.read("6fd7", ef_msk(("00010001", 3)))
    yield s

    s = Story("mbms-pull", "TS 33.246 6.3.3.2: a solicited pull moves the counter, nothing else",
              "stores a key where it was only asked to ask for one")
    muk = s.provision()
    s.msk(msk_message(muk, 1, "00010000", None))
    s.read("6fd8", ef_muk(1))
    s.read("6fd7", FREE_MSK)
    s.msk(msk_message(muk, 1, "00010000", None), "9865")
    s.msk(forged(msk_message(muk, 2, "00010000", None)), "9862")
    s.says("with the V bit; with key data; no key data under another Key Number")
    s.msk(msk_message(muk, 2, "00010000", None, v=True), "6a80")
    s.msk(msk_message(muk, 2, "00010000"), "6a80")
    s.msk(msk_message(muk, 2, "00010001", None), "6a80")
    s.read("6fd8", ef_muk(1))
    yield s

    s = Story("mbms-key-data", "RFC 3830 6.13: the forms of key data that are taken, and those that are not",
              "stores a key that is none, or one with an interval that it misread")
    muk = s.provision()
    key, salt = len2(MSK_1), len2(SALT)
    counter = 0
    for text, plain, sw in (
        ("TGK, limits of two octets", b"\x00\x02" + key + bytes.fromhex("0200000200 64"), None),
        ("TGK with salt, limits of one", b"\x00\x12" + key + salt + bytes.fromhex("01000164"), None),
        ("TEK, limits of three", b"\x00\x22" + key + bytes.fromhex("0300000003000064"), None),
        ("TEK with salt, limits of four", b"\x00\x32" + key + salt + bytes.fromhex("04000000000400000064"), None),
        ("a limit above 16 bits", b"\x00\x02" + key + bytes.fromhex("0300000003010000"), "6a80"),
        ("no interval", b"\x00\x00" + key, "6a80"),
        ("a key of 24 octets", b"\x00\x02" + len2(bytes(24)) + bytes.fromhex("0200000200 64"), "6a80"),
        ("an unknown type", b"\x00\x42" + key + bytes.fromhex("0200000200 64"), "6a80"),
        ("an octet too many", b"\x00\x02" + key + bytes.fromhex("0200000200 6400"), "6a80"),
    ):
        counter += 1
        s.says(text)
        s.msk(msk_message(muk, counter, plain=plain), sw)
    s.says("what was refused behind a right MAC has not moved the counter")
    s.read("6fd8", ef_muk(4))
    yield s

    s = Story("mbms-malformed", "TS 31.102 7.1.1.6 to 7.1.1.9: what is none of the four messages is 6A80",
              "guesses what a broken message may have meant")
    muk = s.provision()
    good = msk_message(muk, 1)
    s.msk(b"\x02" + good[1:], "6a80")
    s.msk(good[:3] + b"\x02" + good[4:], "6a80")
    s.msk(good[:-30], "6a80")
    s.msk(good + b"\x00", "6a80")
    s.says("an MTK as an MSK, an MSK as an MTK, an ACK")
    s.msk(mtk_message(MSK_1, 1, 5), "6a80")
    s.mtk(good, "6a80")
    s.msk(ack(muk, 1), "6a80")
    s.says("deletions cut short, too long; modes there are none of; no mode at all; another tag")
    s.mbms(3, KEY_DOMAIN + b"\x00", "6a80")
    s.mbms(3, KEY_DOMAIN + b"\x00\x01\x00", "6a80")
    s.mbms(4, muk_id()[:-1], "6a80")
    s.mbms(4, muk_id() + b"\x00", "6a80")
    for mode in (0x00, 0x05, 0xFF):
        s.mbms(mode, b"\x00", "6a80")
    s.send("0089808502 5300", "6a80")
    s.send("0089808508 7306 03 00f110 0001", "6a80")
    s.says("and the message itself is still good")
    s.msk(good)
    yield s

    s = Story("mbms-unknown-extension", "RFC 3830 6.15: an unknown extension is skipped and stays under the MAC",
              "refuses what a later release adds, or takes it out of the MAC")
    muk = s.provision()
    ext = b"\x15\xc8" + len2(b"whoever wants to know")
    # next payload of the header is EXT either way; the unknown one points to the one we know
    message = msk_message(muk, 1, ext=ext)
    s.msk(message.replace(b"whoever", b"whyever"), "9862")
    s.msk(message)
    s.says("the same payload where it cannot be: a CERT (7) in front")
    s.msk(message[:2] + b"\x07" + message[3:], "6a80")
    yield s

    s = Story("mbms-memory-full-msk", "TS 31.102 7.3: EF_MSK full is 9866; a deletion makes room",
              "overwrites a key in use, or does not say that it is full")
    muk = s.provision()
    for i in range(10):
        s.msk(msk_message(muk, i + 1, f"{i + 1:04x}0001"))
    s.msk(msk_message(muk, 11, "000b0001"), "9866")
    s.says("nothing has happened; a second MSK of a group that is there has room")
    s.read("6fd8", ef_muk(10))
    s.msk(msk_message(muk, 11, "000a0002", MSK_2))
    s.delete_msks("0004")
    s.msk(msk_message(muk, 12, "000b0001"))
    s.read("6fd7", ef_msk(("000b0001", 0)), 4)
    s.msk(msk_message(muk, 13, "000c0001"), "9866")
    s.says("a withdrawal makes room, too")
    s.msk(msk_message(muk, 13, "00050001", seq=(1, 0)))
    s.msk(msk_message(muk, 14, "000c0001"))
    s.read("6fd7", ef_msk(("000c0001", 0)), 5)
    yield s

    s = Story("mbms-memory-full-muk", "TS 31.102 7.3: EF_MUK full is 9867; a MUK deletion makes room",
              "overwrites a MUK in use, or does not say that it is full")
    s.select()
    s.bootstrap(1, sqn(1))
    s.write_btid()
    naf = [b"bmsc%d.home1.net" % i + UA_MBMS for i in range(5)]
    muks = [s.derive(1, n) for n in naf]
    for i in range(4):
        s.msk(msk_message(muks[i], 1, idi=naf[i]))
    s.msk(msk_message(muks[4], 1, idi=naf[4]), "9867")
    s.says("a MUK that has its record is not troubled")
    s.msk(msk_message(muks[3], 2, idi=naf[3]))
    s.delete_muk(idi=naf[1])
    s.read("6fd8", FREE_RECORD, 2)
    s.msk(msk_message(muks[4], 1, idi=naf[4]))
    s.read("6fd8", ef_muk(1, idi=naf[4]), 2)
    s.msk(msk_message(muks[1], 2, idi=naf[1]), "9867")
    yield s

    s = Story("mbms-deletions", "TS 31.102 7.1.1.8 and 7.1.1.9: MSK and MUK deletion; what is not there is 6A88",
              "keeps what it was told to forget, or forgets more")
    muk = s.provision()
    s.delete_msks(sw="6a88")
    s.delete_muk(sw="6a88")
    s.msk(msk_message(muk, 1))
    s.msk(msk_message(muk, 2, "00010002", MSK_2))
    s.delete_msks("0002", "6a88")
    s.delete_msks(domain=bytes.fromhex("00f120"), sw="6a88")
    s.delete_msks()
    s.read("6fd7", FREE_MSK)
    s.mtk(mtk_message(MSK_1, 1, 5), "6a88")
    s.mtk(mtk_message(MSK_2, 1, 5, "00010002"), "6a88")
    s.delete_muk(sw="6a88", idr=BTID_2)
    s.delete_muk(sw="6a88", idi=b"other.home1.net" + UA_MBMS)
    s.delete_muk()
    s.read("6fd8", FREE_RECORD)
    s.says("the Ks_int_NAF is still there, and so is its counter")
    s.read("6fda", ef_gbanl())
    s.msk(msk_message(muk, 2), "9865")
    s.msk(msk_message(muk, 3))
    s.read("6fd8", ef_muk(3))
    yield s

    s = Story("mbms-resize", "TS 102 222 6.10, TS 31.102 4.2.80 to 4.2.83: records that are cut off take their keys along",
              "has keys that no file names any more")
    other = b"other.home1.net" + UA_MBMS

    def resize(fid, size):
        s.send(f"80d400000a 6208 8302{fid} 8002{size:04x}", "9000")

    muk = s.provision()
    other_muk = s.derive(1, other)
    s.msk(msk_message(muk, 1))
    s.msk(msk_message(other_muk, 5, "00020001", MSK_2, idi=other))
    s.read("6fd7", ef_msk(("00020001", 0)), 2)
    s.says("ADM1; EF_MSK to one record, and back to ten")
    s.send("0020000a08 3838383838383838", "9000")
    resize("6fd7", 20)
    s.mtk(mtk_message(MSK_2, 1, 5, "00020001"), "6a88")
    s.mtk(mtk_message(MSK_1, 1, 5))
    resize("6fd7", 200)
    s.read("6fd7", FREE_MSK, 2)
    s.mtk(mtk_message(MSK_2, 1, 5, "00020001"), "6a88")
    s.says("EF_MUK to one record: the Ks_int_NAF remembers its counter, and has no room to prove itself again")
    resize("6fd8", RECORD)
    s.msk(msk_message(other_muk, 6, "00020001", MSK_2, idi=other), "9867")
    resize("6fd8", 2 * RECORD)
    s.msk(msk_message(other_muk, 5, "00020001", MSK_2, idi=other), "9865")
    s.msk(msk_message(other_muk, 6, "00020001", MSK_2, idi=other))
    s.says("both files: the key is gone, and so is Ks, from which it could be derived with a counter of 0")
    resize("6fd8", RECORD)
    resize("6fda", RECORD)
    s.msk(msk_message(other_muk, 7, "00020001", MSK_2, idi=other), "6a88")
    s.derive(1, other, expected=["6985"])
    resize("6fda", 8 * RECORD)
    s.read("6fda", FREE_RECORD, 2)
    s.msk(msk_message(other_muk, 7, "00020001", MSK_2, idi=other), "6a88")
    s.says("the first of each is as it was")
    s.msk(msk_message(muk, 2))
    yield s

    s = Story("mbms-service-off", "TS 31.102 4.2.8 and 7.1.2: with service 68 and without 69 there is GBA, and MBMS is 9864",
              "does what its service table denies",
              profile="usim-gba-only")
    s.select()
    s.says("EF_UST: byte 9 has service 68 alone")
    s.send("00b0840009", "030a04042300000008 9000")
    muk = s.provision()
    s.read("6fda", ef_gbanl())
    s.says("a message that an MBMS card would take; the three other modes; the files of service 69")
    s.msk(msk_message(muk, 1), "9864")
    s.mtk(mtk_message(MSK_1, 1, 5), "9864")
    s.delete_msks(sw="9864")
    s.delete_muk(sw="9864")
    for fid in ("6fd7", "6fd8"):
        s.file_missing(fid)
    s.says("the key is as good as before")
    s.derive(1)
    yield s


def chain_stories():
    s = Story("mbms-chain-both-ways", "TS 102 221 annex M: message with SP and answer, both above 255 octets",
              "loses what does not fit one block")
    muk = s.provision()
    streams = stream_map(20)
    message = msk_message(muk, 1, v=True, cs_map=streams, sp=policy(8))
    answer = tlv(0x53, b"\xdb" + ack(muk, 1, cs_map=streams))
    commands = list(s.blocks(1, message))
    assert len(commands) == 4 and len(answer) > 256
    for command in commands[:-1]:
        s.send(command, "63f1")
    s.send(commands[-1], "62f3")
    s.says("the first block as large as can be, then the rest; P2 00 and the context's own")
    s.send("0089a00000", answer[:256].hex(), "62f1")
    s.send("0089208500", answer[256:].hex(), "9000")
    s.send("0089208500", "6985")
    s.read("6fd8", ef_muk(1))
    s.says("again in blocks of 100 octets; what is left does not come twice")
    s.msk(msk_message(muk, 2), answer=b"")
    message = msk_message(muk, 3, v=True, cs_map=streams, sp=policy(8))
    answer = tlv(0x53, b"\xdb" + ack(muk, 3, cs_map=streams))
    for command in s.blocks(1, message):
        s.send(command, "62f3" if command == list(s.blocks(1, message))[-1] else "63f1")
    for i, at in enumerate(range(0, len(answer), 100)):
        last = at + 100 >= len(answer)
        s.send(f"0089{'a0' if i == 0 else '20'}0064", answer[at : at + 100].hex(), "9000" if last else "62f1")
    yield s

    s = Story("mbms-chain-cut-by-reset", "TS 102 221 annex M: a reset between blocks leaves nothing behind",
              "goes on with half a message after a reset")
    muk = s.provision()
    message = msk_message(muk, 1, v=True, cs_map=stream_map(20), sp=policy(8))
    commands = list(s.blocks(1, message))
    s.send(commands[0], "63f1")
    s.send(commands[1], "63f1")
    s.reset()
    s.select()
    s.send(commands[2], "6985")
    s.send(commands[3], "6985")
    s.read("6fd8", FREE_RECORD)
    s.says("before the answer is fetched: the update stands, the answer is lost")
    for command in commands:
        s.send(command, "62f3" if command == commands[-1] else "63f1")
    s.reset()
    s.select()
    s.send("0089a00000", "6985")
    s.read("6fd8", ef_muk(1))
    s.read("6fd7", ef_msk(("00010001", 0)))
    s.msk(message, "9865")
    yield s

    s = Story("mbms-chain-aborted", "TS 102 221 annex M: another command, another context, a new beginning end a chain",
              "puts together blocks that do not belong together")
    muk = s.provision()
    message = msk_message(muk, 1, cs_map=stream_map(1), sp=policy(3))
    commands = list(s.blocks(1, message))
    assert len(commands) == 2
    s.says("another command")
    s.send(commands[0], "63f1")
    s.send("80f2000c", "9000")
    s.send(commands[1], "6985")
    s.says("fetching before there is anything")
    s.send(commands[0], "63f1")
    s.send("0089a00000", "6985")
    s.send(commands[1], "6985")
    s.says("a new beginning: only the second one counts")
    s.send(commands[0], "63f1")
    s.send(commands[0], "63f1")
    s.send(commands[1], "62f3")
    s.says("the answer is there until another command comes")
    s.send("00b0870001", "08 9000")
    s.send("0089a00000", "6985")
    s.read("6fd8", ef_muk(1))
    yield s

    s = Story("mbms-chain-on-two-channels", "TS 102 221 annex M, 8.7: two MSK messages at once, on two channels",
              "mixes the messages of two channels")
    muk = s.provision()
    s.send("0070000001", "01 9000")
    s.send(f"01a40404 07 {USIM}", "62 * 9000")
    streams = stream_map(20)
    first = list(s.blocks(1, msk_message(muk, 1, v=True, cs_map=streams, sp=policy(8)), "00"))
    second = list(s.blocks(1, msk_message(muk, 2, "00010002", MSK_2, v=True, cs_map=streams, sp=policy(4)), "01"))
    s.says("block by block in turn; a command on one channel does not trouble the other")
    s.send(first[0], "63f1")
    s.send(second[0], "63f1")
    s.send(first[1], "63f1")
    s.send(first[2], "63f1")
    s.send(second[1], "63f1")
    s.send(first[3], "62f3")
    s.send(second[2], "62f3" if len(second) == 3 else "63f1")
    for command in second[3:]:
        s.send(command, "62f3")
    one, two = (tlv(0x53, b"\xdb" + ack(muk, n, cs_map=streams)) for n in (1, 2))
    s.says("and the answers, in turn: each channel has its own")
    s.send("0189a00000", two[:256].hex(), "62f1")
    s.send("0089a00000", one[:256].hex(), "62f1")
    s.send("0189200000", two[256:].hex(), "9000")
    s.send("0089200000", one[256:].hex(), "9000")
    s.read("6fd8", ef_muk(2))
    s.read("6fd7", ef_msk(("00010001", 0), ("00010002", 0)))
    s.says("the same message on both channels: the first to be whole wins")
    same = list(s.blocks(1, msk_message(muk, 3, cs_map=stream_map(1), sp=policy(3)), "00"))
    s.send(same[0], "63f1")
    s.send("01" + same[0][2:], "63f1")
    s.send("01" + same[1][2:], "62f3")
    s.send(same[1], "9865")
    s.says("a channel that is closed takes its chain with it")
    s.send("01" + same[0][2:], "63f1")
    s.send("00708001", "9000")
    s.send("0070000001", "01 9000")
    s.send(f"01a40404 07 {USIM}", "62 * 9000")
    s.send("01" + same[1][2:], "6985")
    yield s


if __name__ == "__main__":
    sys.exit(write((mbms_stories, chain_stories)))
