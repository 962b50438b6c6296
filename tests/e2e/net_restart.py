#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vuicc-testnet is stopped, or killed, and started again with its state: no UE notices more than a stale nonce."""
import json
import shutil
import signal
import sqlite3
import sys

import oracle
from harness import BIN, TMP, check, personalise, run
from net_ue import Mikey, Ue, codes
from network import GROUP, IMSI, SERVICE, Me, Network, ends_cleanly, mode

STATE = TMP / "net.state"
CURRENT = bytes.fromhex("00010000")
SECOND = "001010123456780"
TWO = "subscribers:\n" + "".join(
    f"- {{ imsi: '{imsi}', mnc_length: 2, k: {oracle.K.hex()}, opc: {oracle.Milenage(oracle.K).opc.hex()},"
    " sqn: '000000000020', gba_u: true }\n"
    for imsi in (IMSI, SECOND)
)


def restart(network, number=signal.SIGTERM):
    network.process.process.send_signal(number)
    network.process.process.wait(10)
    network.process.stop()
    network.start()
    check(f"after {number.name} it knows its UEs again", network.events.all()[0]["ues"] == 1)


def who_has_what(network):
    """MSKs that the one UE has verified, and those that it has not."""
    listed = json.loads(network.tell("list", "--json").splitlines()[0])
    return listed["msks"], listed["unverified"]


def a_ue_in_python(network):
    ue = Ue("127.0.0.3", network.ue_port)
    before = ue.sqn(*ue.challenge(network.bsf)[:2])
    ue.bootstrap(network.bsf)
    check("the UE registers", codes(ue.register(network.bmsc, SERVICE)) == [200])
    check("and asks for the MSK", codes(ue.ask(network.bmsc, CURRENT)) == [200])
    octets, sender = ue.receive()
    message = Mikey(octets)
    msk = message.open(ue.muk)
    check("it has verified nothing yet", who_has_what(network) == ("", "00f110:00010001"))
    ue.udp.sendto(message.ack(ue.muk), sender)
    network.events.wait("ack")
    restart(network, signal.SIGKILL)

    check("it is known what it has verified", who_has_what(network) == ("00f110:00010001", ""))
    check("its B-TID is good, and its registration", codes(ue.ask(network.bmsc, CURRENT)) == [200])
    again = Mikey(ue.receive()[0])
    check("the MSK is the same", (again.msk_id, again.open(ue.muk)) == (message.msk_id, msk))
    check("the counter of the MUK goes on", again.ts > message.ts, again.ts.hex())
    sqn = ue.sqn(*ue.challenge(network.bsf)[:2])
    check("and so does the SQN", int.from_bytes(sqn, "big") > int.from_bytes(before, "big") + 32, sqn.hex())
    network.tell("mtk", GROUP, "--roc=7")
    first = Mikey(ue.receive()[0])
    restart(network)
    network.tell("mtk", GROUP)
    second = Mikey(ue.receive()[0])
    second.open(msk[4:20], again.rand)
    check("the roll-over counter is that of the stream", first.cs_map[7:] == second.cs_map[7:] == bytes([0, 0, 0, 7]))
    check("MTK IDs and their counter go on", (second.mtk_id, second.ts) > (first.mtk_id, first.ts), second.mtk_id.hex())
    network.tell("revoke", IMSI)
    gone = Mikey(ue.receive()[0]).open(ue.muk)
    check("its MSK is taken away: SEQl above SEQu", gone[21:23] > gone[24:26], gone[20:].hex())
    restart(network, signal.SIGKILL)
    check("who is no member asks for nothing", codes(ue.ask(network.bmsc, CURRENT)) == [403])
    check("nor registers, also after a new start", codes(ue.register(network.bmsc, SERVICE)) == [403])
    network.tell("admit", IMSI)
    restart(network)
    check("until it is admitted", codes(ue.register(network.bmsc, SERVICE)) == [200])
    network.tell("expire", IMSI)
    restart(network)
    check("an expired MUK stays expired", ue.ask(network.bmsc, CURRENT).status == 401)
    network.events.wait("renegotiation", btid=ue.btid)


def what_waits(network):
    """A push that nobody has verified is sent again by the next network, and an answer to any of its tries counts."""
    ue = Ue("127.0.0.3", network.ue_port)
    ue.bootstrap(network.bsf)
    check("the UE asks for the MSK", codes(ue.ask(network.bmsc, CURRENT)) == [200])
    octets, sender = ue.receive()
    first = Mikey(octets)
    restart(network, signal.SIGKILL)
    check("it is known that it is unverified", who_has_what(network)[1] == "00f110:00010001")
    second = Mikey(ue.receive()[0])
    check("the next try comes", (second.msk_id, second.open(ue.muk)) == (first.msk_id, first.open(ue.muk)))
    check("under a new counter", second.ts > first.ts, second.ts.hex())
    restart(network)
    ue.udp.sendto(first.ack(ue.muk), sender)
    network.events.wait("ack", msk_id=first.msk_id.hex())
    check("an answer to the first one counts", who_has_what(network) == ("00f110:00010001", ""))
    restart(network)
    check("nothing waits any more", who_has_what(network) == ("00f110:00010001", ""))


def rekeying(network):
    """Two UEs, one after the other; the network is killed between them."""
    ues = [Ue("127.0.0.5", network.ue_port), Ue("127.0.0.6", network.ue_port, imsi=SECOND)]
    for ue in ues:
        ue.bootstrap(network.bsf)
        check("a UE registers", codes(ue.register(network.bmsc, SERVICE)) == [200])
    network.tell("rekey", GROUP, "--rate=1", "--no-ack")
    Mikey(ues[0].receive()[0])
    network.process.process.send_signal(signal.SIGKILL)
    network.process.process.wait(10)
    network.process.stop()
    network.start()
    check("the next network knows both", network.events.all()[0]["ues"] == 2)
    check("it has not begun anew", not any(e.get("ue") == ues[0].impi for e in network.events.all()))
    network.events.wait("msk-sent", ue=ues[1].impi)
    network.events.wait("rekeyed")
    check("rekeying goes on with the second UE", Mikey(ues[1].receive()[0]).msk_id)


def our_me(network):
    """The agent's whole way once more, with a restart between any two steps."""
    card = personalise("restart.card")
    me = Me(network, "restart.sqlite", "--card", card)
    me.do("register", SERVICE)
    restart(network, signal.SIGKILL)
    process, events = me.run("--request", GROUP)
    msk = events.wait("msk")
    network.events.wait("ack", msk_id=msk["msk_id"])
    check("the ME was not made to bootstrap", not any(e["event"] == "bootstrap" for e in events.all()))
    restart(network)
    network.tell("mtk", GROUP)
    mtk = events.wait("mtk", msk_id=msk["msk_id"])
    check("both ends have the same MTK", network.events.wait("mtk-sent")["mtk_tag"] == mtk["tag"], mtk["tag"])
    restart(network, signal.SIGKILL)
    network.tell("push", IMSI, GROUP)
    newer = events.wait("msk")
    check("a push after it is the next MSK", newer["msk_id"] > msk["msk_id"], newer["msk_id"])
    network.events.wait("ack", msk_id=newer["msk_id"])
    ends_cleanly(process)


def the_file(network):
    check("the file is its owner's alone", mode(STATE) == 0o600)
    status, output = run(BIN / "vuicc-testnet", "run", "--config", network.config, "--state", STATE, "--socket", TMP / "s")
    check("a second network does not get it", status == 4 and f"{STATE} is in use by process {network.process.process.pid} (vuicc-testnet)" in output, output.strip())
    network.process.stop()
    highest = (1 << 48) - (1 << 10)
    with sqlite3.connect(STATE) as db:
        db.execute("UPDATE sqn SET sqn = ?", (highest,))
    db.close()
    network.start()
    ue = Ue("127.0.0.4")
    sqn = int.from_bytes(ue.sqn(*ue.challenge(network.bsf)[:2]), "big")
    check("the SQN of the file counts when it is the greater", sqn > highest)
    network.process.stop()
    with sqlite3.connect(STATE) as db:
        db.execute("UPDATE sqn SET sqn = 0")
    db.close()
    network.start()
    sqn = int.from_bytes(ue.sqn(*ue.challenge(network.bsf)[:2]), "big")
    check("else the configuration's", 0x20 < sqn < 0x100, hex(sqn))
    network.process.stop()
    other = TMP / "other.sqlite"
    sqlite3.connect(other).execute("CREATE TABLE x(y)").connection.close()
    for path in (other, BIN / "vuicc-testnet"):
        copy = TMP / "somebodys"
        shutil.copyfile(path, copy)
        copy.chmod(0o644)
        status, output = run(BIN / "vuicc-testnet", "run", "--config", network.config, "--state", copy, "--socket", TMP / "s")
        check(f"{path.name} is not taken for a state", status == 4, output.strip())
        check("nor changed", path.read_bytes() == copy.read_bytes())
        check("nor closed to others", mode(copy) == 0o644)
    status, output = run(BIN / "vuicc-testnet", "run", "--state", TMP / "no/such/folder", "--socket", TMP / "s")
    check("a file that cannot be made is an error", status == 4 and "No such file" in output, output.strip())


def main():
    network = Network(options=["--state", STATE])
    a_ue_in_python(network)
    what_waits(network)
    our_me(network)
    shown = network.process.output()
    check("no key was ever shown", oracle.K.hex() not in shown)
    the_file(network)
    two = Network("two", more=TWO, options=["--state", TMP / "two.state"])
    rekeying(two)
    two.process.stop()


if __name__ == "__main__":
    sys.exit(main())
