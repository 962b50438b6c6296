#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-me with a plain USIM in a reader, so that all keys are in the ME (GBA_ME): what the removal of the card and another
card leave of them in the program's memory and in the files of its key store. In with-pcscd.sh."""
import json
import sqlite3

from harness import SOURCE, TMP, check, insert, memory, personalise
from network import GROUP, IMSI, SERVICE, Me, Network, ends_cleanly

PROFILE = SOURCE / "card" / "profiles" / "usim-plain.yaml"
MTKS = TMP / "mtk.jsonl"


def keys_of_the_store():
    with sqlite3.connect(f"file:{TMP}/me.sqlite?mode=ro", uri=True) as db:
        columns = {"Ks": "ks FROM gba", "MRK": "mrk FROM naf", "MUK": "muk FROM muk", "MSK": "key FROM msk"}
        keys = {name: [row[0] for row in db.execute(f"SELECT {what}")] for name, what in columns.items()}
    db.close()
    check("the store has keys of every kind", all(keys.values()) and all(k for v in keys.values() for k in v))
    return keys


def keys_handed_out():
    lines = [json.loads(line) for line in MTKS.read_text().splitlines()]
    octets = {"MTK": [bytes.fromhex(line["mtk"]) for line in lines], "salt": [bytes.fromhex(line["salt"]) for line in lines]}
    digits = {"MTK in digits": [line["mtk"].encode() for line in lines]}
    return octets | digits


def files():
    return b"".join(path.read_bytes() for path in TMP.glob("me.sqlite*"))


def found(keys, octets):
    """Half a key is enough."""
    return sorted(name for name, values in keys.items() for v in values if v[:16] in octets or v[-14:] in octets)


def only(keys, *names):
    return {name: keys[name] for name in names}


def main():
    network = Network(
        more=f"subscribers:\n- {{ imsi: '{IMSI}', mnc_length: 2, k: 465b5ce8b199b49faa5f0a2ee238a6bc,\n"
        "    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: false }\n"
    )
    card = personalise("plain.card", "--profile", PROFILE)
    reader = insert(card)
    process, events = Me(network, "me.sqlite").run("--register", SERVICE, "--request", GROUP, "--mtk-out", MTKS)
    pid = process.process.pid
    check("the keys are in the ME", events.wait("uicc")["mode"] == "me")
    msk = events.wait("msk", v=True)
    network.events.wait("ack", msk_id=msk["msk_id"])
    network.tell("mtk", GROUP)
    events.wait("mtk")
    keys = keys_of_the_store() | keys_handed_out()
    check("looking finds", found(keys, memory(pid)) and "Ks" in found(keys, files()))

    reader.stop()
    events.wait("uicc-gone")
    gone = only(keys, "Ks", "MRK")
    check("the removal leaves no GBA key in a file", not found(gone, files()), found(gone, files()))
    check("nor in memory", not found(gone, memory(pid)), found(gone, memory(pid)))
    reader = insert(card)
    events.wait("uicc", iccid="8900101000000000019")
    network.tell("mtk", GROUP)
    events.wait("mtk", msk_id=msk["msk_id"])
    check("the same card is back: its MSK opens the next MTK", not any(e["event"] == "wipe" for e in events.all()))
    keys |= keys_handed_out()

    reader.stop()
    reader = insert(personalise("other.card", "--profile", PROFILE, "--set", "iccid=8900101000000000027"))
    events.wait("wipe", iccid="8900101000000000027")
    events.wait("uicc", iccid="8900101000000000027")
    check("another card leaves no key in a file", not found(keys, files()), found(keys, files()))
    check("nor in memory", not found(keys, memory(pid)), found(keys, memory(pid)))
    ends_cleanly(process)
    reader.stop()


main()
