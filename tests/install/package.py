#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The Debian package: it is made, comes into a copy of this system, works there, and leaves nothing behind."""
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from harness import BIN, SKIPPED, TMP, check, run, skip

if shutil.which("dpkg-deb") is None or shutil.which("dpkg-shlibdeps") is None:
    skip("no dpkg here")
status, output = run("cpack", "--config", BIN.parent / "CPackConfig.cmake", "-B", TMP)
check("cpack makes a package", status == 0, "" if status == 0 else output)
package = next(TMP.glob("vuicc_*.deb"))
fields = dict(line.split(": ", 1) for line in run("dpkg-deb", "--field", package)[1].splitlines() if ": " in line)
check("it depends on what its programs are linked with", all(f"{library} " in fields["Depends"] for library in
      ("libc6", "libcurl4", "libpcsclite1", "libsqlite3-0", "libssl3", "libxml2")), fields["Depends"])  # fmt: skip
contents = [line.split() for line in run("dpkg-deb", "--contents", package)[1].splitlines()]
owners = {line[1] for line in contents}
check("all of it is root's", owners == {"root/root"}, owners)
# A small system may leave manuals out when it installs, so they are looked for here.
programs = {pathlib.Path(line[5]).name for line in contents if line[5].startswith("./usr/bin/vuicc-")}
pages = {pathlib.Path(line[5]).name for line in contents if line[5].startswith("./usr/share/man/man1/v")}
completed = {pathlib.Path(line[5]).name for line in contents if "/completions/vuicc-" in line[5]}
check("bash completes every program", completed == programs, sorted(completed ^ programs))
check("every program has its manual page", pages == {f"{p}.1.gz" for p in programs} and len(programs) >= 6, sorted(pages))
if shutil.which("lintian") is None:
    print("no lintian here: ./run package test has it")
else:  # of a build for /usr there would be nothing: this one is for /usr/local, where folders have no triplet
    status, output = run(HERE / "lint.sh", package, "pkg-config-unavailable-for-cross-compilation")
    check("lintian finds nothing that has no reason", status == 0, output.strip())
script = shutil.copy(HERE / "installed.sh", TMP)  # the copy has a /tmp of its own
status, output = run(HERE / "with-copy.sh", TMP, script, package, timeout=200)
if status == SKIPPED:
    skip(output)
print(output)
check("it installs, works and goes", status == 0, status)
