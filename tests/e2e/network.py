# SPDX-License-Identifier: Apache-2.0
"""vuicc-testnet and vuicc-me as a test runs them: ports that are free, events as dictionaries."""
import json
import os
import signal
import socket
import stat
import sys

from harness import BIN, SOURCE, TMP, Process, check, insert, run, wait_until

sys.path.insert(0, str(SOURCE / "tests"))
from check_events import documented  # noqa: E402

IMSI = "001010123456789"
BSF = "bsf.mnc001.mcc001.pub.3gppnetwork.org"
BMSC = "bmsc.home1.net"
SERVICE = "urn:3gpp:mbms:demo"
GROUP = "00f110:0001"
PROMISED = documented()


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def keeps_promises(event):
    """An event of vuicc-me with a name and members that docs/events.md has."""
    name = event["event"]
    more = set(event) - {"time", "event", "cut"} - PROMISED.get(name, set())
    if name not in PROMISED or more:
        check(f"docs/events.md has the event {name} with its members", False, event)


class Events:
    """JSON lines of a program in the background; wait() goes on behind the event that it found last."""

    def __init__(self, process):
        self.process = process
        self.at = 0

    def all(self):
        lines = self.process.output().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def wait(self, event, seconds=10.0, **fields):
        found = None

        def there():
            nonlocal found
            for i, e in enumerate(self.all()[self.at :], self.at):
                if e["event"] == event and all(e.get(k) == v for k, v in fields.items()):
                    found, self.at = e, i + 1
                    return True
            if self.process.process.poll() is not None:
                check(f"{self.process.name} runs", False, self.process.output()[-2000:])
            return False

        wait_until(there, f"{self.process.name}: event {event} {fields or ''} in\n{self.process.output()[-3000:]}", seconds)
        return found


class Network:
    """The test network on free ports. options: of `vuicc-testnet run`."""

    def __init__(self, name="net", more="", bmsc="", options=(), lifetime=3600):
        """more: lines of configuration, such as a list of subscribers; bmsc: more keys of that section; lifetime: of a
        bootstrapping run, in seconds."""
        self.ue_port = free_udp_port()
        self.socket = TMP / f"{name}.sock"
        self.config = TMP / f"{name}.yaml"
        self.more, self.more_bmsc, self.options, self.lifetime = more, bmsc, options, lifetime
        self.bsf = self.bmsc = self.mikey = 0
        self.start()

    def start(self):
        """Also again, at the same ports, when it was stopped."""
        self.config.write_text(
            f"bsf: {{ port: {self.bsf}, fqdn: {BSF}, lifetime: {self.lifetime} }}\n"
            f"bmsc: {{ port: {self.bmsc}, fqdn: {BMSC}, path: /keymanagement, muk_lifetime: 3600{self.more_bmsc} }}\n"
            f"mikey: {{ port: {self.mikey}, ue_port: {self.ue_port} }}\n"
            f"{self.more}"
        )
        command = [BIN / "vuicc-testnet", "run", "--config", self.config, "--socket", self.socket, "--json"]
        self.process = Process(*command, *self.options)
        self.events = Events(self.process)
        ready = self.events.wait("ready")
        self.bsf, self.bmsc, self.mikey = ready["bsf_port"], ready["bmsc_port"], ready["mikey_port"]

    def tell(self, *arguments, status=0):
        got, output = run(BIN / "vuicc-testnet", "ctl", arguments[0], "--socket", self.socket, *arguments[1:])
        check(f"vuicc-testnet ctl {' '.join(arguments)}", got == status, output.strip())
        return output


class Slot:
    """Where vuicc-me finds its card: in its own process or, with --reader among a test's arguments, in pcscd's reader."""

    in_reader = "--reader" in sys.argv

    def __init__(self):
        self.card = None

    def put(self, card):
        """This card instead of the last one; the options that tell vuicc-me."""
        if not self.in_reader:
            return ["--card", card]
        if self.card:
            self.card.stop()
        self.card = insert(card, trace=False)
        return []


SLOT = Slot()


class Me:
    """vuicc-me with a network, a key store and where its card is; each with a loopback address of its own."""

    def __init__(self, network, store, *card, address="127.0.0.2"):
        self.listen = f"{address}:{network.ue_port}"
        self.command = [
            BIN / "vuicc-me", "--json", "--store", TMP / store, "--listen", self.listen, "--back-off", "0,0", *card,
            "--connect-to", f"{BSF}=127.0.0.1:{network.bsf}", "--connect-to", f"{BMSC}=127.0.0.1:{network.bmsc}",
        ]  # fmt: skip

    def do(self, *arguments, status=0):
        """A command to its end; its events by name, the last of each."""
        got, output = run(*self.command, *arguments)
        check(f"vuicc-me {' '.join(str(a) for a in arguments)}: exit status {status}", got == status, f"{got}")
        if got != status:
            print(output)
        found = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        for event in found:
            keeps_promises(event)
        if status != 2:
            check("the first event is the format's", found[0]["event"] == "format" and found[0]["format"] == 1)
        return {e["event"]: e for e in found[1:]}

    def run(self, *arguments):
        process = Process(*self.command, *arguments, "run", name="vuicc-me")
        events = Events(process)
        events.wait("listening", address=self.listen)
        return process, events


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def ends_cleanly(process, number=signal.SIGTERM):
    process.process.send_signal(number)
    status = process.process.wait(10)
    check(f"{process.name} ends with status 0 on {number.name}", status == 0, status)
    if process.name == "vuicc-me":
        for event in Events(process).all():
            keeps_promises(event)
