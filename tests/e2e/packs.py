# SPDX-License-Identifier: Apache-2.0
"""The conformance packs against a card of the default profile, wherever it is."""
import json

import oracle
from harness import BIN, SOURCE, run

FOLDER = SOURCE / "tests" / "transcripts" / "packs"
PACKS = sorted(FOLDER.glob("*.apdu"))
KEYS = ("--k", oracle.K.hex(), "--opc", oracle.OPC.hex())
STORIES = sorted(FOLDER.parent.glob("*.apdu"))
ALL = ("--pack", "all")
FOR_ANY_CARD = [word for pack in PACKS for word in ("--pack", pack.stem)]
TOTAL = sum(pack.read_text().count("\n! case ") for pack in PACKS)
# A story wants a card that was made for it.
EVERY_CASE = (TOTAL + len(STORIES), TOTAL, 0, len(STORIES))


def counts(output):
    """(cases, passed, failed, not applicable), by the last line of --json."""
    last = json.loads(output.strip().splitlines()[-1])
    return tuple(last[name] for name in ("cases", "passed", "failed", "not_applicable"))


def all_packs(*where, packs=ALL):
    """What the card there makes of them."""
    _, output = run(BIN / "vuicc-apdu", *where, *KEYS, "--json", *packs, timeout=100)
    return counts(output)
