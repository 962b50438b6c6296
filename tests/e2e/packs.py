# SPDX-License-Identifier: Apache-2.0
"""The conformance packs against a card of the default profile, wherever it is."""
import json

import oracle
from harness import BIN, SOURCE, run

FOLDER = SOURCE / "tests" / "transcripts" / "packs"
PACKS = sorted(FOLDER.glob("*.apdu"))
KEYS = ("--k", oracle.K.hex(), "--opc", oracle.OPC.hex())
ALL = [word for pack in PACKS for word in ("--pack", pack.stem)]
TOTAL = sum(pack.read_text().count("\n! case ") for pack in PACKS)
EVERY_CASE = (TOTAL, TOTAL, 0, 0)


def counts(output):
    """(cases, passed, failed, not applicable), by the last line of --json."""
    last = json.loads(output.strip().splitlines()[-1])
    return tuple(last[name] for name in ("cases", "passed", "failed", "not_applicable"))


def all_packs(*where, times=1):
    """What the card there makes of all of them, one time after the other."""
    _, output = run(BIN / "vuicc-apdu", *where, *KEYS, "--json", *ALL * times, timeout=100)
    return counts(output)
