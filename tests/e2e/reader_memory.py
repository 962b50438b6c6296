#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a card leaves in pcscd's memory when it is taken out of our driver: no key and no PIN. In with-pcscd.sh with
READER_SLOTS=2."""
import secrets

from harness import check, memory, personalise, run
from pcsc import Pcsc, SlotControl, Watch

READER = "vUICC 00 00"
K, OPC = secrets.token_bytes(16), secrets.token_bytes(16)
PIN, ADM1 = b"40917362", b"83650194"
SECRETS = {"K": K, "OPc": OPC, "PIN1": PIN, "ADM1": ADM1}


def found():
    octets = memory(int(run("pgrep", "-x", "pcscd")[1].split()[0]))
    return sorted(name for name, secret in SECRETS.items() if secret[:8] in octets or secret[-8:] in octets)


def use(reader):
    """What makes the card read its keys, and write its file."""
    card = Pcsc(reader)
    card.command("00a4040c07a0000000871002")
    check("the PIN is right", card.command("0020000108" + PIN.hex())[1] == "9000")
    for p2, length in (("81", "22"), ("84", "23")):
        tag = "dd" if p2 == "84" else ""
        _, sw = card.command(f"008800{p2}{length}{tag}10{secrets.token_hex(16)}10{secrets.token_hex(16)}")
        check(f"AUTHENTICATE with P2={p2} computes a MAC", sw == "9862", sw)
    check("EF_LI is selected", card.command("00a4000c026f05")[1] == "9000")
    update = [card.command(f"00d6000002{0x6162 + i % 16:04x}")[1] for i in range(300)]
    check("it is written again and again, and the database's log into the database", set(update) == {"9000"}, len(update))
    card.close()


def main():
    sets = {"k": K.hex(), "opc": OPC.hex(), "pins.pin1.code": PIN.decode(), "pins.pin1.enabled": "true",
            "pins.adm1.code": ADM1.decode()}
    arguments = [word for name, value in sets.items() for word in ("--set", f"{name}={value}")]
    card = personalise("mine.card", *arguments)
    other = personalise("other.card")
    control = SlotControl()
    watch = Watch(READER)
    check("they are not there from the beginning", found() == [], found())
    for takes_out in (f"swap 0 {other}", "eject 0"):
        control.tell(f"insert 0 {card}")
        watch.wait_for(True)
        use(READER)
        check("looking finds", found() == sorted(SECRETS), found())
        control.tell(takes_out)
        check(f"{takes_out.split()[0]} leaves none of them", found() == [], found())
        if takes_out != "eject 0":
            control.tell("eject 0")
        watch.wait_for(False)


main()
