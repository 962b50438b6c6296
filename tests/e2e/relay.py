# SPDX-License-Identifier: Apache-2.0
"""A man between vpcd and vuicc-card: to vpcd he is the card, to vuicc-card he is vpcd. At a command that he was told of he
waits, resets the card without anybody knowing, tears the card out, or puts another in its place."""
import socket
import threading
import time

from harness import READER, VPCD_PORT, Reader, card_in_reader, check, wait_until

AUTHENTICATE_BLOCKS, FIRST_BLOCK, FETCH = 0x89, 0x80, 0xA0


class Relay:
    def __init__(self, card):
        self.plan = []  # [(what a command must look like, what to do before it)], the first one counts
        self.done = []  # what has been done
        self.insert(card)

    def insert(self, card):
        """Puts a card in, and has pcscd see it."""
        wait_until(lambda: not card_in_reader(), "the reader is empty")
        self.begin(card)
        wait_until(card_in_reader, f"pcscd sees the card in {READER}")

    def begin(self, card):
        self.behind = Reader()
        self.behind.insert(card)
        self.line = socket.create_connection(("127.0.0.1", VPCD_PORT))
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.thread = threading.Thread(target=self.serve, args=(self.line, self.behind), daemon=True)
        self.thread.start()

    def remove(self):
        # The thread that reads from it has to notice.
        self.line.shutdown(socket.SHUT_RDWR)
        self.line.close()
        self.behind.remove()

    def at(self, ins, p1, act, *arguments):
        """Before the next command with this INS and P1. act: one of the functions below."""
        self.plan.append(((ins, p1), act, arguments))

    def wait_done(self, what):
        wait_until(lambda: what in self.done, f"the relay does: {what}")
        self.done.remove(what)

    # --- what can be done; True when the command is to go on to the card that is in then ---

    def slow(self, seconds):
        time.sleep(seconds)
        return True

    def reset(self):
        self.behind.send(b"\x02")
        return True

    def tear_out(self):
        self.remove()
        return False

    def exchange_for(self, card):
        """Faster than pcscd looks: it learns of nothing but an exchange that failed."""
        self.remove()
        self.begin(card)
        return False

    # --- frames ---

    @staticmethod
    def exactly(line, n):
        got = b""
        while len(got) < n:
            part = line.recv(n - len(got))
            if part == b"":
                raise ConnectionError
            got += part
        return got

    def planned(self, frame):
        if len(frame) < 4 or not self.plan or self.plan[0][0] != (frame[1], frame[2]):
            return True
        _, act, arguments = self.plan.pop(0)
        goes_on = act(*arguments)
        self.done.append(act.__name__)
        return goes_on

    def serve(self, line, behind):
        try:
            while True:
                # vpcd sends length and frame apart: without this it waits 40 ms for an acknowledgement between them.
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                frame = self.exactly(line, int.from_bytes(self.exactly(line, 2), "big"))
                if not self.planned(frame):
                    return
                behind.send(frame)
                if len(frame) > 1 or frame == b"\x04":
                    answer = behind.receive()
                    line.sendall(len(answer).to_bytes(2, "big") + answer)
        except (ConnectionError, OSError):
            pass  # pcscd or the test has ended it
