# SPDX-License-Identifier: Apache-2.0
"""Where the card of the story is: in vpcd's reader, in a slot of our own driver, or inside the phone's process."""
import pathlib
import socket
import subprocess

import ladder
from harness import BIN, READER, card_in_reader, wait_until


def say_and_run(*command):
    """A command that ends at once, shown as a person would type it."""
    text = " ".join(pathlib.Path(c).name if str(c).startswith("/") else str(c) for c in command)
    ladder.remark(f"$ {text}")
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        print(f"   {done.stdout.strip()} (exit status {done.returncode})")
    return done


class Vpcd:
    """A vuicc-card for each card, which shows what its card is asked."""

    page = "demo.html"
    ue_port = 2269
    has_reader = True
    phone = ("--reader", READER)

    def __init__(self, story, folder):
        self.story, self.folder = story, folder
        self.card = None

    def insert(self, name):
        ladder.remark(f"$ vuicc-card --trace {name} &")
        self.card = self.story.start("card", BIN / "vuicc-card", "--trace", self.folder / name)
        self.story.wait_for("card", "shown")
        wait_until(card_in_reader, "pcscd sees the card")

    def eject(self):
        self.card.stop()


class Driver:
    """The cards come into a slot of pcscd's own process, and go, by command."""

    page = "demo-driver.html"
    ue_port = 2269
    has_reader = True
    phone = ("--reader", "vUICC 00 00")
    tell = (BIN / "vuicc-reader", "--dir", "/run/cards")

    def __init__(self, story, folder):
        self.story, self.folder = story, folder

    def insert(self, name):
        if "card" not in self.story.printed:
            ladder.remark("$ vuicc-reader trace 0 &")
            self.story.start("card", *self.tell, "trace", "0")
            self.story.wait_for("card", "shown")
        say_and_run(*self.tell, "insert", "0", self.folder / name)

    def eject(self):
        say_and_run(*self.tell, "eject", "0")


class InProcess:
    """No reader: the phone opens the card file, and another card is another start of it."""

    page = "demo-in-process.html"
    has_reader = False

    def __init__(self, _story, folder):
        self.folder = folder
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            self.ue_port = s.getsockname()[1]

    def insert(self, name):
        self.phone = ("--card", self.folder / name)
