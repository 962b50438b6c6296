#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The control socket of libifdvuicc.so when there are too many who want it, and vuicc-reader when nobody answers.

Run inside with-pcscd.sh with READER_SLOTS=1.
"""
import os
import pathlib
import resource
import socket
import subprocess
import time

from harness import BIN, TMP, Process, check, personalise, run, wait_until

FOLDER = pathlib.Path("/run/cards")
CONNECTIONS_MAX = 16


def reader(*arguments, folder=FOLDER, **options):
    return run(BIN / "vuicc-reader", "--dir", folder, *arguments, **options)


def connect():
    control = socket.socket(socket.AF_UNIX)
    control.connect(str(FOLDER / "control"))
    control.settimeout(5)
    return control


def hear(control):
    """All of an answer."""
    answer = b""
    while not answer.endswith(b"ok\n"):
        answer += control.recv(4096)
    return answer


def who_comes_too_late_is_told():
    early = [connect() for _ in range(CONNECTIONS_MAX)]
    for control in early:  # each has been let in when it is answered
        control.sendall(b"list\n")
        hear(control)
    status, output = reader("list")
    check("the seventeenth is told why it is not let in", status == 1 and "16 connections are open" in output, output)
    early.pop().close()
    wait_until(lambda: reader("list")[0] == 0, "it is, as soon as another has gone")
    for control in early:
        control.close()


def ticks(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def a_shortage_of_descriptors_costs_no_time():
    pid = int(run("pgrep", "-x", "pcscd")[1].split()[0])
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    names = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    free = [n for n in range(max(names) + 3) if n not in names]
    # Two descriptors are left; but poll() wants a limit that is no smaller than the number of its descriptors.
    least = 2 + CONNECTIONS_MAX
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (max(least, free[1] + 1), limits[1]))
    waiting = []
    for _ in range(CONNECTIONS_MAX):
        control = connect()
        waiting.append(control)
        control.sendall(b"list\n")
        control.settimeout(0.3)
        try:
            hear(control)
        except TimeoutError:
            break
    else:
        check("pcscd runs out of descriptors", False)
    before = ticks(pid)
    time.sleep(1)
    check("pcscd does not spin when it has no descriptor left", ticks(pid) - before <= 5, f"{ticks(pid) - before} ticks")
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    waiting[-1].settimeout(5)
    check("and goes on when it has one again", b"some.card" in hear(waiting[-1]))
    for control in waiting:
        control.close()


def a_name_is_no_request():
    name = TMP / "a.card\neject 0"
    name.write_bytes(b"")
    (TMP / "link.card").symlink_to(name)
    for path in (name, TMP / "link.card"):
        status, output = reader("insert", "0", path)
        check("attack: a file's name holds a second request", status == 2 and "ends of lines" in output, output.strip())
    status, _ = reader("eject", "0")
    check("the card is still in the slot", status == 0)


def others_are_told():
    status, output = run("setpriv", "--reuid", "nobody", "--clear-groups", BIN / "vuicc-reader", "--dir", FOLDER, "list")
    check("who may not is told who may", status == 4 and "mostly is root" in output and "is pcscd" not in output,
          output.strip())
    status, output = reader("list", folder=TMP)
    check("where no driver is, that is told", status == 4 and "is pcscd running" in output, output.strip())
    with open("/dev/full", "w") as full:
        done = subprocess.run([BIN / "vuicc-reader", "--dir", FOLDER, "list"], stdout=full, stderr=subprocess.PIPE)
    check("a list that nobody gets is no success", done.returncode == 4, done.stderr)


def main():
    silent = socket.socket(socket.AF_UNIX)
    silent.bind(str(TMP / "control"))
    silent.listen(1)
    unheard = Process(BIN / "vuicc-reader", "--dir", TMP, "list")
    status, output = reader("insert", "0", personalise("some.card"))
    check("a card is in the slot", status == 0, output.strip())
    who_comes_too_late_is_told()
    a_shortage_of_descriptors_costs_no_time()
    a_name_is_no_request()
    unheard.wait_for("no answer from the driver")
    check("a driver that says nothing is not waited for", unheard.stop() == 4)
    silent.close()
    others_are_told()


main()
