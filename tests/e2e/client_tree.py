#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The whole file tree over PC/SC, against the tables of TS 102 221 13, TS 31.102 4 and TS 31.103 4: every file that is
mandatory, or that EF_UST and EF_IST promise, has content; every other one answers 6A82; and behind no other identifier
that a file may have stands anything. For each profile that is here.

Run inside with-pcscd.sh.
"""
from collections import namedtuple

from harness import SOURCE, check, insert, personalise
from pcsc import Pcsc

ALWAYS, MAYBE = "always", "maybe"  # what is there in any case, and what the card is free to have

# Name and condition of each file: ALWAYS, MAYBE or the numbers of the services of which one brings it.
MF = {
    0x2F00: ("EF_DIR", ALWAYS),
    0x2F05: ("EF_PL", ALWAYS),
    0x2F06: ("EF_ARR", ALWAYS),
    0x2F08: ("EF_UMPC", MAYBE),
    0x2FE2: ("EF_ICCID", ALWAYS),
    0x7F10: ("DF_TELECOM", MAYBE),
    0x7F20: ("DF_GSM", MAYBE),
}

USIM = {
    0x6F05: ("EF_LI", ALWAYS),
    0x6F06: ("EF_ARR", ALWAYS),
    0x6F07: ("EF_IMSI", ALWAYS),
    0x6F08: ("EF_Keys", ALWAYS),
    0x6F09: ("EF_KeysPS", ALWAYS),
    0x6F0A: ("EF_GBAUAPI", [68]),
    0x6F31: ("EF_HPPLMN", ALWAYS),
    0x6F37: ("EF_ACMmax", [13]),
    0x6F38: ("EF_UST", ALWAYS),
    0x6F39: ("EF_ACM", [13]),
    0x6F3B: ("EF_FDN", [2]),
    0x6F3C: ("EF_SMS", [10]),
    0x6F3E: ("EF_GID1", [17]),
    0x6F3F: ("EF_GID2", [18]),
    0x6F40: ("EF_MSISDN", [21]),
    0x6F41: ("EF_PUCT", [13]),
    0x6F42: ("EF_SMSP", [12]),
    0x6F43: ("EF_SMSS", [10]),
    0x6F45: ("EF_CBMI", [15]),
    0x6F46: ("EF_SPN", [19]),
    0x6F47: ("EF_SMSR", [11]),
    0x6F48: ("EF_CBMID", [29]),
    0x6F49: ("EF_SDN", [4]),
    0x6F4B: ("EF_EXT2", [3]),
    0x6F4C: ("EF_EXT3", [5]),
    0x6F4D: ("EF_BDN", [6]),
    0x6F4E: ("EF_EXT5", [44]),
    0x6F4F: ("EF_CCP2", [14]),
    0x6F50: ("EF_CBMIR", [16]),
    0x6F55: ("EF_EXT4", [7]),
    0x6F56: ("EF_EST", [34]),
    0x6F57: ("EF_ACL", [35]),
    0x6F58: ("EF_CMI", [6]),
    0x6F5B: ("EF_START-HFN", ALWAYS),
    0x6F5C: ("EF_THRESHOLD", ALWAYS),
    0x6F60: ("EF_PLMNwAcT", [20]),
    0x6F61: ("EF_OPLMNwAcT", [42]),
    0x6F62: ("EF_HPLMNwAcT", [43]),
    0x6F73: ("EF_PSLOCI", ALWAYS),
    0x6F78: ("EF_ACC", ALWAYS),
    0x6F7B: ("EF_FPLMN", ALWAYS),
    0x6F7E: ("EF_LOCI", ALWAYS),
    0x6F80: ("EF_ICI", [9]),
    0x6F81: ("EF_OCI", [8]),
    0x6F82: ("EF_ICT", [9]),
    0x6F83: ("EF_OCT", [8]),
    0x6FAD: ("EF_AD", ALWAYS),
    0x6FB1: ("EF_VGCS", [57]),
    0x6FB3: ("EF_VBS", [58]),
    0x6FB5: ("EF_eMLPP", [24]),
    0x6FB6: ("EF_AAeM", [25]),
    0x6FB7: ("EF_ECC", ALWAYS),
    0x6FC4: ("EF_NETPAR", ALWAYS),
    0x6FC5: ("EF_PNN", [45]),
    0x6FC6: ("EF_OPL", [46]),
    0x6FC7: ("EF_MBDN", [47]),
    0x6FC9: ("EF_MBI", [47]),
    0x6FCA: ("EF_MWIS", [48]),
    0x6FCB: ("EF_CFIS", [49]),
    0x6FCD: ("EF_SPDI", [51]),
    0x6FCE: ("EF_MMSN", [52]),
    0x6FCF: ("EF_EXT8", [53]),
    0x6FD0: ("EF_MMSICP", [52]),
    0x6FD1: ("EF_MMSUP", [52]),
    0x6FD2: ("EF_MMSUCP", [55]),
    0x6FD3: ("EF_NIA", [56]),
    0x6FD4: ("EF_VGCSCA", [64]),
    0x6FD5: ("EF_VBSCA", [65]),
    0x6FD6: ("EF_GBABP", [68]),
    0x6FD7: ("EF_MSK", [69]),
    0x6FD8: ("EF_MUK", [69]),
    0x6FD9: ("EF_EHPLMN", [71]),
    0x6FDA: ("EF_GBANL", [68]),
    0x6FDB: ("EF_EHPLMNPI", [73]),
    0x6FDC: ("EF_LRPLMNSI", [74]),
    0x6FDD: ("EF_NAFKCA", [76]),
    0x6FDE: ("EF_SPNI", [78]),
    0x6FDF: ("EF_PNNI", [79]),
    0x6FE2: ("EF_NCP-IP", [80]),
    0x6FE3: ("EF_EPSLOCI", [85]),
    0x6FE4: ("EF_EPSNSC", [85]),
    0x6FE7: ("EF_UICCIARI", [95]),
    0x6FEC: ("EF_PWS", [97]),
    0x5F3A: ("DF_PHONEBOOK", [1]),
    0x5F3B: ("DF_GSM-ACCESS", [27, 39, 40]),
    0x5F3C: ("DF_MExE", [41]),
    0x5F40: ("DF_WLAN", [59, 60, 61, 62, 63, 66, 81, 82, 83, 84, 88]),
    0x5F50: ("DF_HNB", [86, 90]),
    0x5FC0: ("DF_5GS", [122, 123, 124, 126, 129, 130, 132]),
}

PHONEBOOK = {0x4F30: ("EF_PBR", ALWAYS)}

GSM_ACCESS = {
    0x4F20: ("EF_Kc", [27]),
    0x4F52: ("EF_KcGPRS", [27]),
    0x4F63: ("EF_CPBCCH", [39]),
    0x4F64: ("EF_InvScan", [40]),
}

FIVE_GS = {
    0x4F01: ("EF_5GS3GPPLOCI", [122]),
    0x4F02: ("EF_5GSN3GPPLOCI", [122]),
    0x4F03: ("EF_5GS3GPPNSC", [122]),
    0x4F04: ("EF_5GSN3GPPNSC", [122]),
    0x4F05: ("EF_5GAUTHKEYS", [123]),
    0x4F06: ("EF_UAC_AIC", [126]),
    0x4F07: ("EF_SUCI_Calc_Info", [124]),
    0x4F08: ("EF_OPL5G", [129]),
    0x4F09: ("EF_SUPI_NAI", [130]),
    0x4F0A: ("EF_Routing_Indicator", [124]),
    0x4F0B: ("EF_URSP", [132]),
}

ISIM = {
    0x6F02: ("EF_IMPI", ALWAYS),
    0x6F03: ("EF_DOMAIN", ALWAYS),
    0x6F04: ("EF_IMPU", ALWAYS),
    0x6F06: ("EF_ARR", ALWAYS),
    0x6F07: ("EF_IST", ALWAYS),
    0x6F09: ("EF_P-CSCF", [1, 5]),
    0x6F3C: ("EF_SMS", [6]),
    0x6F42: ("EF_SMSP", [8]),
    0x6F43: ("EF_SMSS", [6]),
    0x6F47: ("EF_SMSR", [7]),
    0x6FAD: ("EF_AD", ALWAYS),
    0x6FD5: ("EF_GBABP", [2]),
    0x6FD7: ("EF_GBANL", [2]),
    0x6FDD: ("EF_NAFKCA", [4]),
    0x6FE7: ("EF_UICCIARI", [10]),
}

# A directory: its name, the way to it from the MF, what may be in it, by FID.
Directory = namedtuple("Directory", "name way table services")
SUBDIRECTORIES = {0x5F3A: PHONEBOOK, 0x5F3B: GSM_ACCESS, 0x5FC0: FIVE_GS}
APPLICATIONS = {  # by the PIX's first octets: name, table, EF with the services
    "a0000000871002": ("ADF USIM", USIM, "6f38"),
    "a0000000871004": ("ADF ISIM", ISIM, "6f07"),
}

FID_RANGES = (0x2F, 0x3F, 0x4F, 0x5F, 0x6F, 0x7F)  # first octets, TS 102 221 8.6

DF, TRANSPARENT, LINEAR, CYCLIC, BER_TLV = 0x78, 0x41, 0x42, 0x46, 0x79


class Fcp:
    """TS 102 221 11.1.1.3, as much as a dump wants to know."""

    def __init__(self, octets):
        self.objects = dict(tlv(dict(tlv(octets))[0x62]))
        descriptor = self.objects[0x82]
        self.type = descriptor[0]
        self.record_size, self.records = (descriptor[3], descriptor[4]) if len(descriptor) == 5 else (0, 0)
        self.size = int.from_bytes(self.objects.get(0x80, b""), "big")

    @property
    def sfi(self):
        """TS 102 221 11.1.1.4.8: an empty object says that there is none."""
        if 0x88 in self.objects:
            return self.objects[0x88][0] >> 3 if self.objects[0x88] else 0
        return self.objects[0x83][1] & 0x1F


def tlv(octets):
    """[(tag, value)] of single octet tags and lengths below 128."""
    while octets:
        yield octets[0], octets[2 : 2 + octets[1]]
        octets = octets[2 + octets[1] :]


class Tree:
    def __init__(self, pcsc):
        self.pcsc = pcsc
        self.files = 0

    def good(self, what, text):
        data, sw = self.pcsc.command(text)
        if sw != "9000":
            check(what, False, f"{text}: {sw}")
        return data

    def enter(self, directory):
        for step in directory.way:
            self.good(f"{directory.name} is there", step)

    def read(self, name, fcp):
        """The whole content of the current EF."""
        if fcp.type == TRANSPARENT:
            content = b""
            while len(content) < fcp.size:
                n = min(fcp.size - len(content), 255)
                content += self.good(f"{name} can be read", f"00b0{len(content):04x}{n:02x}")
            return content
        if fcp.type == BER_TLV:
            tags = dict(tlv(self.good(f"{name} tells its tags", "80cb0080015c00")))[0x5C]
            return b"".join(self.good(f"{name} can be read", f"80cb008001{tag:02x}00") for tag in tags)
        count = range(1, fcp.records + 1)
        return b"".join(self.good(f"{name} can be read", f"00b2{i:02x}04{fcp.record_size:02x}") for i in count)

    def read_by_sfi(self, name, fcp):
        """The beginning of it, or the first record."""
        if fcp.type == TRANSPARENT:
            return self.good(f"{name} can be read by its SFI", f"00b0{0x80 | fcp.sfi:02x}00{min(fcp.size, 255):02x}")
        return self.good(f"{name} can be read by its SFI", f"00b201{fcp.sfi << 3 | 4:02x}{fcp.record_size:02x}")

    def file(self, directory, fid, name):
        """One that is promised. An EF's content is all there, and the same by its SFI."""
        name = f"{name} ({fid:04X}) in {directory.name}"
        fcp = Fcp(self.good(f"{name} is there", f"00a4090402{fid:04x}"))
        self.files += 1
        if fcp.objects[0x83] != fid.to_bytes(2, "big"):
            check(f"{name}: its FCP has its FID", False, fcp.objects[0x83].hex())
        if fcp.type == DF:
            return
        content = self.read(name, fcp)
        if fcp.size == 0 or len(content) != fcp.size:
            check(f"{name} has as much content as its FCP says", False, f"{len(content)} of {fcp.size}")
        if fcp.sfi and not content.startswith(self.read_by_sfi(name, fcp)):
            check(f"{name} is the same by its SFI", False)

    def promised(self, directory, condition):
        return condition == ALWAYS or (condition != MAYBE and bool(directory.services & set(condition)))

    def dump(self, directory):
        """Every row of the table; returns the FIDs of what is there."""
        present = set()
        for fid, (name, condition) in directory.table.items():
            self.enter(directory)
            _, sw = self.pcsc.command(f"00a4090c02{fid:04x}")
            if self.promised(directory, condition) or (condition == MAYBE and sw == "9000"):
                self.enter(directory)
                self.file(directory, fid, name)
                present.add(fid)
            elif sw != "6a82":
                check(f"{name} ({fid:04X}) in {directory.name}, which no service promises, answers 6A82", False, sw)
        check(f"{directory.name}: {len(present)} promised files have content, {len(directory.table) - len(present)} "
              "others answer 6A82", present)
        return present

    def scan(self, directory, present):
        """Every identifier in the ranges for EFs and DFs. An application is nobody's child by FID."""
        self.enter(directory)
        found = set()
        for fid in (first << 8 | second for first in FID_RANGES for second in range(0x100)):
            _, sw = self.pcsc.command(f"00a4090c02{fid:04x}")
            if sw == "9000":
                found.add(fid)
                self.enter(directory)
            elif sw != "6a82":
                check(f"{fid:04X} in {directory.name} answers 6A82", False, sw)
        extra = ", ".join(f"{fid:04X}" for fid in sorted(found - present))
        check(f"{directory.name}: nothing answers behind any other identifier", not extra, extra)


def services(table):
    return {8 * i + bit + 1 for i, octet in enumerate(table) for bit in range(8) if octet >> bit & 1}


def applications(tree):
    """The directories of each application that EF_DIR names."""
    tree.good("EF_DIR is there", "00a40804022f00")
    fcp = Fcp(tree.good("EF_DIR has an FCP", "00a40804022f00"))
    content = tree.read("EF_DIR", fcp)
    records = [content[i : i + fcp.record_size] for i in range(0, len(content), fcp.record_size)]
    for record in (r for r in records if r[0] == 0x61):
        aid = dict(tlv(dict(tlv(record))[0x61]))[0x4F].hex()
        name, table, service_table = APPLICATIONS[aid[:14]]
        way = [f"00a4040c{len(aid) // 2:02x}{aid}"]
        tree.good(f"{name} of EF_DIR is there", way[0])
        fcp = Fcp(tree.good("its table of services is there", f"00a4000402{service_table}"))
        on = services(tree.read("its table of services", fcp))
        check(f"{name} and its services", on, sorted(on))
        yield Directory(name, way, table, on)


def walk(tree, directory):
    present = tree.dump(directory)
    tree.scan(directory, present)
    for fid in present & SUBDIRECTORIES.keys():
        name = directory.table[fid][0]
        walk(tree, Directory(name, directory.way + [f"00a4010c02{fid:04x}"], SUBDIRECTORIES[fid], directory.services))


def dump(profile):
    card = insert(personalise(f"{profile.stem}.card", "--profile", profile), trace=False)
    tree = Tree(Pcsc())
    walk(tree, Directory("MF", ["00a4000c023f00"], MF, set()))
    for application in list(applications(tree)):
        walk(tree, application)
    check(f"{profile.name} is a whole card", tree.files > 20, f"{tree.files} files")
    card.stop()


def main():
    for profile in sorted((SOURCE / "card" / "profiles").glob("*.yaml")):
        dump(profile)


if __name__ == "__main__":
    main()
