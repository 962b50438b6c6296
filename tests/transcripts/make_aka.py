#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Stories of AKA, GBA_U and the ISIM. See story.py."""
import sys

from story import (
    BTID,
    BTID_2,
    DOMAIN_NAME,
    FREE_MSK,
    FREE_RECORD,
    IMPI,
    IMSI,
    ISIM,
    LIFETIME,
    MSK_1,
    MTK,
    NAF_ID,
    Story,
    UA_MBMS,
    USIM,
    auts,
    ef_gbanl,
    ef_msk,
    forged,
    gbabp,
    kc_of,
    lv,
    milenage,
    msk_message,
    mtk_message,
    rand,
    record,
    sqn,
    tlv,
    xor,
    write,
)


def aka_stories():
    s = Story("aka-sqn-array", "TS 33.102 C.2: SQN = SEQ and IND; 32 entries, delta, AUTS with the highest",
              "refuses challenges that were overtaken by later ones, or takes one of them twice")
    s.select()
    s.aka(1, sqn(10, 3))
    s.says("an older SEQ in another entry is fresh")
    s.aka(2, sqn(9, 4))
    s.says("the same SEQ in the same entry is not: SQN_MS is the highest, SEQ 10 IND 3")
    s.aka(3, sqn(10, 3), ["dc", lv(auts(rand(3), sqn(10, 3))).hex(), "9000"])
    s.says("two entries with one SEQ: the one accepted last")
    s.aka(4, sqn(10, 7))
    s.aka(5, sqn(1, 3), ["dc", lv(auts(rand(5), sqn(10, 7))).hex(), "9000"])
    s.aka(9, sqn(10, 5))
    s.aka(10, sqn(1, 3), ["dc", lv(auts(rand(10), sqn(10, 5))).hex(), "9000"])
    s.says("2^28 ahead is taken, one more is not")
    s.aka(6, sqn(10 + 2**28 + 1), ["dc", lv(auts(rand(6), sqn(10, 5))).hex(), "9000"])
    s.aka(7, sqn(10 + 2**28))
    s.says("all of it is kept")
    s.reset()
    s.select()
    s.aka(8, sqn(10, 7), ["dc", lv(auts(rand(8), sqn(10 + 2**28))).hex(), "9000"])
    yield s

    s = Story("aka-mac-first", "TS 33.102 6.3.3: a wrong MAC is 9862 whatever the SQN, and spends nothing",
              "tells its SQN to whoever sends noise, or moves it by that")
    s.select()
    s.aka(1, sqn(5))
    r, stale = rand(2), milenage.autn(rand(2), sqn(5))
    s.challenge(0x81, lv(r) + lv(forged(stale)), "9862")
    s.challenge(0x81, lv(r) + lv(stale), "dc", lv(auts(r, sqn(5))).hex(), "9000")
    fresh = milenage.autn(rand(3), sqn(6))
    s.challenge(0x81, lv(rand(3)) + lv(forged(fresh)), "9862")
    s.says("the AMF is under the MAC, too")
    s.challenge(0x81, lv(rand(3)) + lv(fresh[:6] + b"\x80\x00" + fresh[8:]), "9862")
    s.aka(3, sqn(6))
    yield s

    s = Story("aka-gsm-context", "TS 31.102 7.1.1.2, GSM context: SRES by c2 and Kc by c3, no SQN is spent",
              "computes other values than c2 and c3, or spends an SQN on a challenge that has none")
    s.select()
    r = rand(1)
    res = milenage.res_ak(r)[0]
    s.challenge(0x80, lv(r), lv(xor(res[:4], res[4:])).hex(), lv(kc_of(r)).hex(), "9000")
    s.challenge(0x80, lv(r), lv(xor(res[:4], res[4:])).hex(), lv(kc_of(r)).hex(), "9000")
    s.says("without its length, too short, too long")
    s.challenge(0x80, r, "6a80")
    s.challenge(0x80, lv(r[:15]), "6a80")
    s.challenge(0x80, lv(r) + b"\x00", "6a80")
    s.aka(1, sqn(1))
    yield s

    s = Story("aka-malformed", "TS 31.102 7.1.2: data that are no challenge are 6A80, P1 and P2 that are none 6A86",
              "makes up what is missing, or reads behind what was sent")
    s.select()
    r, autn = rand(1), milenage.autn(rand(1), sqn(1))
    for body in (lv(r), lv(r) + lv(autn[:15]), lv(r[:15]) + lv(autn), lv(r) + lv(autn) + b"\x00", r + autn):
        s.challenge(0x81, body, "6a80")
    s.send(f"00880181 22 {(lv(r) + lv(autn)).hex()} 00", "6a86")
    s.send("00880081", "6700")
    for p2 in (0x00, 0x01, 0x83, 0x85, 0x86, 0x87, 0xC1):
        s.challenge(p2, lv(r) + lv(autn), "6a86")
    s.says("VGCS/VBS, which this card does not have")
    s.challenge(0x82, bytes.fromhex("04000000010101"), "9864")
    s.aka(1, sqn(1))
    yield s

    s = Story("aka-where", "TS 31.102 7.1.1: in the application, behind its PIN, or 6982",
              "authenticates without its application, or without its PIN", "pins.pin1.enabled=true")
    s.aka(1, sqn(1), ["6982"])
    s.select()
    s.aka(1, sqn(1), ["6982"])
    s.bootstrap(1, sqn(1), ["6982"])
    s.send("0089808508 5306 03 00f110 0001", "6982")
    s.send("0020000108 31323334ffffffff", "9000")
    s.aka(1, sqn(1))
    s.says("a directory of the application will do")
    s.send("00a4000402 5f3b", "62 * 9000")
    s.aka(2, sqn(2))
    s.says("the MF will not")
    s.send("00a4000c02 3f00", "9000")
    s.aka(3, sqn(3), ["6982"])
    yield s


def gba_stories():
    s = Story("gba-mask", "TS 33.220 5.3.2: AUTN* in the 3G context and AUTN in the GBA context are 9862",
              "gives CK and IK of a bootstrapping to the terminal, which makes GBA_U no better than GBA_ME")
    s.select()
    r = rand(1)
    s.challenge(0x81, lv(r) + lv(milenage.autn_star(r, sqn(1))), "9862")
    s.challenge(0x84, b"\xdd" + lv(r) + lv(milenage.autn(r, sqn(1))), "9862")
    s.says("neither has spent the SQN, and neither has left a RAND")
    s.read_binary("6fd6", record(bytes(3)))
    s.bootstrap(1, sqn(1))
    yield s

    s = Story("gba-bootstrap-stale", "TS 31.102 7.1.1.4: a stale SQN gets AUTS; Ks and EF_GBABP stay as they were",
              "gives up its Ks for a recorded challenge")
    s.select()
    s.bootstrap(1, sqn(5))
    s.write_btid()
    s.derive(1)
    s.bootstrap(2, sqn(5), ["dc", lv(auts(rand(2), sqn(5))).hex(), "9000"])
    s.challenge(0x84, b"\xdd" + lv(rand(3)) + lv(forged(milenage.autn_star(rand(3), sqn(6)))), "9862")
    s.read_binary("6fd6", gbabp(rand(1), BTID, LIFETIME))
    s.derive(1)
    s.says("one SQN array for both contexts")
    s.aka(4, sqn(5), ["dc", lv(auts(rand(4), sqn(5))).hex(), "9000"])
    yield s

    s = Story("gba-bootstrap-again", "TS 31.102 4.2.79 and 7.1.1.4: a new Ks empties B-TID and lifetime in EF_GBABP",
              "pairs a new Ks with the B-TID of the old one")
    s.select()
    s.bootstrap(1, sqn(1))
    s.read_binary("6fd6", gbabp(rand(1)))
    s.derive(1, expected=["6985"])
    s.write_btid()
    s.read_binary("6fd6", gbabp(rand(1), BTID, LIFETIME))
    s.derive(1)
    s.bootstrap(2, sqn(2))
    s.read_binary("6fd6", gbabp(rand(2)))
    s.derive(2, expected=["6985"])
    s.write_btid(BTID_2)
    s.derive(2)
    s.says("the same NAF has the same record, with the new B-TID")
    s.read("6fda", ef_gbanl(btid=BTID_2))
    s.read("6fda", FREE_RECORD, 2)
    yield s

    s = Story("gba-without-ks", "TS 31.102 7.1.1.5: NAF derivation needs Ks and a B-TID, or 6985",
              "derives from a Ks that it does not have, or that no BSF knows")
    s.select()
    s.derive(1, expected=["6985"])
    s.says("a B-TID alone is none")
    s.write_btid()
    s.derive(1, expected=["6985"])
    s.bootstrap(1, sqn(1))
    s.derive(1, expected=["6985"])
    s.write_btid()
    s.derive(1)
    s.says("Ks outlives a reset")
    s.reset()
    s.select()
    s.derive(1)
    yield s

    s = Story("gba-least-recently-used", "TS 33.220 G.2: EF_GBANL full, the key used least recently makes room",
              "throws away the key that was used last")
    s.select()
    s.bootstrap(1, sqn(1))
    s.write_btid()
    naf = [b"naf%d.home1.net" % i + UA_MBMS for i in range(10)]
    for i in range(8):
        s.derive(1, naf[i])
    for i in range(8):
        s.read("6fda", ef_gbanl(naf[i]), i + 1)
    s.says("naf0 again: its own record, and now the latest; so naf1 has to go")
    s.derive(1, naf[0])
    s.read("6fda", ef_gbanl(naf[0]))
    s.derive(1, naf[8])
    s.read("6fda", ef_gbanl(naf[8]), 2)
    s.derive(1, naf[9])
    s.read("6fda", ef_gbanl(naf[9]), 3)
    s.read("6fda", ef_gbanl(naf[0]))
    yield s

    s = Story("gba-malformed", "TS 31.102 7.1.1.4 and 7.1.1.5: data that fit neither mode are 6A80",
              "derives a key from half of its input")
    s.select()
    s.bootstrap(1, sqn(1))
    s.write_btid()
    r, autn = rand(2), milenage.autn_star(rand(2), sqn(2))
    for body in (b"\xdc" + lv(r) + lv(autn), b"\xdd" + lv(r), b"\xdd" + lv(r) + lv(autn) + b"\x00", b"\xdd",
                 b"\xde" + lv(NAF_ID), b"\xde" + lv(NAF_ID) + lv(IMPI)[:-1], b"\xde" + lv(NAF_ID) + lv(IMPI) + b"\x00",
                 b"\xde" + lv(b"") + lv(IMPI), b"\xde" + lv(NAF_ID) + lv(b"")):
        s.challenge(0x84, body, "6a80")
    s.derive(1)
    yield s

    s = Story("gba-of-two-identities", "TS 33.220 B.3: another IMPI is another key, and takes the record of its NAF",
              "gives one identity the key of the other")
    s.select()
    s.bootstrap(1, sqn(1))
    s.write_btid()
    s.derive(1)
    s.derive(1, impi=b"somebody.else@home1.net")
    s.read("6fda", ef_gbanl())
    s.read("6fda", FREE_RECORD, 2)
    yield s

    s = Story("gba-service-off", "TS 31.102 4.2.8 and 7.1.2: without service 68 the GBA and MBMS contexts are 9864",
              "does what its service table denies",
              profile="usim-plain")
    s.select()
    s.says("EF_UST: byte 9 has neither service 68 nor 69; and the files of both are not there")
    s.send("00b0840009", "020a04042300000000 9000")
    for fid in ("6f0a", "6fd6", "6fd7", "6fd8", "6fda"):
        s.file_missing(fid)
    s.bootstrap(1, sqn(1), ["9864"])
    s.derive(1, expected=["9864"])
    s.says("whatever the data are")
    s.challenge(0x84, b"\xdd", "9864")
    s.says("MSK update, MTK generation, MSK deletion, MUK deletion")
    for mode in range(1, 5):
        s.mbms(mode, b"\x00", "9864")
    s.says("the context is unknown before its service is off; nothing waits to be fetched")
    s.challenge(0x85, b"\x00", "6a86")
    s.send("0089a08500", "6985")
    s.says("the SQN is not spent, and the 3G context is what it is on any card")
    s.aka(1, sqn(1))
    s.says("there is no ISIM either")
    s.send(f"00a40404 07 {ISIM}", "6a82")
    yield s


def isim_stories():
    impi = IMSI.encode() + b"@" + DOMAIN_NAME
    s = Story("isim-files", "TS 31.103 4.2: the files of the ISIM, and EF_DIR with both applications",
              "has not what IMS looks for, or somewhere else")
    s.send("00a4000c02 2f00", "9000")
    for number, aid, label in ((1, USIM, b"vuicc USIM"), (2, ISIM, b"vuicc ISIM")):
        entry = tlv(0x61, tlv(0x4F, bytes.fromhex(aid + "ffffffff8907090000")) + tlv(0x50, label))
        s.send(f"00b2{number:02x}0400", record(entry, 48), "9000")
    s.select(ISIM)
    s.says("EF_IMPI, EF_DOMAIN, EF_IMPU; EF_AD, EF_IST: services 1 and 2; EF_P-CSCF: no address")
    s.read_binary("6f02", record(tlv(0x80, impi), 96))
    s.read_binary("6f03", record(tlv(0x80, DOMAIN_NAME), 64))
    s.read("6f04", record(tlv(0x80, b"sip:" + impi), 96))
    s.read_binary("6fad", "000000")
    s.read_binary("6f07", "030000")
    s.read("6f09", record(b"", 64))
    s.says("EF_GBABP and EF_GBANL under identifiers of the ISIM's own; no EF_NAFKCA, and none of the USIM's files")
    s.read_binary("6fd5", record(bytes(3)))
    s.read("6fd7", FREE_RECORD, 4)
    for fid in ("6fdd", "6fd6", "6fd8", "6fda", "6f38"):
        s.file_missing(fid)
    s.says("by SFI")
    s.send("00b0820002", "8031 9000")
    s.send("00b0870003", "030000 9000")
    yield s

    s = Story("isim-aka", "TS 31.103 7.1.2.1: IMS AKA gives RES, CK and IK, no Kc; one SQN array with the USIM",
              "computes other keys than the network, or has an SQN of its own beside the USIM's")
    s.select(ISIM)
    s.aka(1, sqn(1), kc=False)
    s.aka(2, sqn(1), ["dc", lv(auts(rand(2), sqn(1))).hex(), "9000"])
    s.challenge(0x81, lv(rand(2)) + lv(forged(milenage.autn(rand(2), sqn(2)))), "9862")
    s.select()
    s.aka(3, sqn(1), ["dc", lv(auts(rand(3), sqn(1))).hex(), "9000"])
    s.aka(3, sqn(2))
    yield s

    s = Story("isim-contexts", "TS 31.103 7.1.2: the USIM's contexts are 6A86 in the ISIM, services it lacks 9864",
              "does the USIM's work in the ISIM")
    s.select(ISIM)
    s.challenge(0x80, lv(rand(1)), "6a86")
    s.send("0089808508 5306 03 00f110 0001", "6a86")
    s.challenge(0x82, b"\x00", "9864")
    s.send("0089808603 530100", "9864")
    s.challenge(0x87, b"\x00", "6a86")
    s.aka(1, sqn(1), kc=False)
    yield s

    s = Story("isim-gba", "TS 31.103 4.2.9, 4.2.10, 7.1.2.2: GBA_U in the ISIM writes the ISIM's files and no other",
              "mixes the bootstrappings of USIM and ISIM")
    s.select(ISIM)
    s.derive(1, expected=["6985"])
    s.bootstrap(1, sqn(1))
    s.read_binary("6fd5", gbabp(rand(1)))
    s.write_btid(fid="6fd5")
    s.derive(1)
    s.read_binary("6fd5", gbabp(rand(1), BTID, LIFETIME))
    s.read("6fd7", ef_gbanl())
    s.says("6FD7 in the USIM is EF_MSK, and free; its EF_GBABP and EF_GBANL are as they were")
    s.select()
    s.read("6fd7", FREE_MSK)
    s.read("6fda", FREE_RECORD)
    s.read_binary("6fd6", record(bytes(3)))
    s.says("the ISIM's Ks is not the USIM's")
    s.derive(1, expected=["6985"])
    yield s

    s = Story("isim-beside-mbms", "TS 31.102 4.2.80, TS 31.103 4.2.10: an MSK goes to 6FD7 of the USIM alone",
              "writes into the file of another application that has the same number")
    muk = s.provision()
    s.msk(msk_message(muk, 1))
    s.read("6fd7", ef_msk(("00010001", 0)))
    s.select(ISIM)
    s.read("6fd7", FREE_RECORD)
    s.bootstrap(2, sqn(2))
    s.write_btid(BTID_2, "6fd5")
    s.derive(2)
    s.read("6fd7", ef_gbanl(btid=BTID_2))
    s.says("the USIM's keys are as before: the MSK opens an MTK, the MUK verifies")
    s.select()
    s.mtk(mtk_message(MSK_1, 1, 5))
    s.msk(msk_message(muk, 2))
    s.read("6fda", ef_gbanl())
    yield s


if __name__ == "__main__":
    sys.exit(write((aka_stories, gba_stories, isim_stories)))
