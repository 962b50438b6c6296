#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Installs the build into a folder and uses it from outside the tree: the README's program, found by CMake and by
pkg-config, runs against the test network, and so does that of vuicc_me(3); the libraries show their headers' names and no
others."""
import os
import pathlib
import re
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from harness import BIN, SOURCE, TMP, Process, check, personalise, run
from network import BMSC, BSF, GROUP, Events, Network

BUILD = BIN.parent
PREFIX = TMP / "usr"
VERSION = re.search(r"project\(vuicc VERSION (\S+)", (SOURCE / "CMakeLists.txt").read_text())[1]


def must(what, *command, **options):
    status, output = run(*command, **options)
    check(what, status == 0, "" if status == 0 else output)
    return output


def install():
    must("it installs", "cmake", "--install", BUILD, "--prefix", PREFIX)
    here = {p.name: p for p in PREFIX.rglob("*") if p.name in ("vuiccConfig.cmake", "vuicc-me.pc", "libvuicc-me.so")}
    check("with what CMake, pkg-config and the linker look for", len(here) == 3, sorted(here))
    return here["libvuicc-me.so"].parent, here["vuicc-me.pc"].parent


def of_header(headers, prefixes):
    """What they promise."""
    text = re.sub(r"/\*.*?\*/", "", "".join((PREFIX / "include" / "vuicc" / h).read_text() for h in headers), flags=re.S)
    return set(re.findall(rf"\b((?:{prefixes})\w+)\(", text)) | set(re.findall(r"extern .*\b(\w+);", text))


def names(lib, name, header, prefixes):
    """The functions of the header, exactly, are in the library's symbol table."""
    promised = of_header(header, prefixes)
    output = must(f"nm reads {name}", "nm", "-D", "--defined-only", "--without-symbol-versions", lib / name)
    shown = {line.split()[2] for line in output.splitlines() if line.split()[1] != "A"}
    check(f"{name} shows its headers' names and no others", shown == promised and len(shown) >= 9, sorted(shown ^ promised))
    soname = must(f"readelf reads {name}", "readelf", "-d", lib / name)
    check("its SONAME has the major version", f"[{name}.{VERSION.split('.')[0]}]" in soname)


def example():
    """The C program of the README."""
    code = re.search(r"```c\n(.*?)```", (SOURCE / "README.md").read_text(), re.S)[1]
    check("the README's program has at most 60 lines", len(code.splitlines()) <= 60, len(code.splitlines()))
    path = TMP / "example.c"
    path.write_text(code)
    return path


def build_with_cmake(source):
    build = TMP / "cmake"
    must("find_package(vuicc) finds it", "cmake", "-S", HERE, "-B", build, f"-DEXAMPLE={source}",
         f"-DCMAKE_PREFIX_PATH={PREFIX}", "-DCMAKE_C_FLAGS=-Wall -Wextra -Wpedantic -Werror")  # fmt: skip
    must("the programs build", "cmake", "--build", build)
    return build


def page():
    """The program of vuicc_me(3), which names what the header does."""
    text = next(PREFIX.rglob("vuicc_me.3")).read_text()
    listed = set(re.findall(r"^\.F[no] (vuicc_me_\w+)", re.search(r"\.Sh SYNOPSIS(.*?)\.Sh", text, re.S)[1], re.M))
    named = set(re.findall(r"^\.Nm (vuicc_me_\w+)", text, re.M))
    promised = of_header(["me.h"], "vuicc_me_")
    check("vuicc_me(3) has each function of the header", listed == named == promised, sorted(listed ^ promised))
    source = TMP / "page.c"
    source.write_text(re.search(r"\.Bd -literal\n(.*?)\.Ed", text, re.S)[1].replace("\\e", "\\"))
    return source


def bootstraps(program, network, card):
    status, output = run(program, card, TMP / "page.sqlite", f"{BSF}=127.0.0.1:{network.bsf}", timeout=20)
    check("the program of vuicc_me(3) bootstraps", status == 0 and '"event":"bootstrap"' in output, output)


def build_with_pkg_config(source, lib, pc):
    environment = dict(os.environ, PKG_CONFIG_PATH=str(pc))
    flags = must("pkg-config finds it", "pkg-config", "--cflags", "--libs", "vuicc-me", env=environment).split()
    version = must("and its version", "pkg-config", "--modversion", "vuicc-me", env=environment).strip()
    check("which is the project's", version == VERSION, version)
    program = TMP / f"{source.stem}_with_pkg_config"
    must(f"{source.name} builds with it, as C11 and nothing else", "cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic",
         "-Werror", source, "-o", program, *flags, f"-Wl,-rpath,{lib}")  # fmt: skip
    if shutil.which("c++"):
        must("the header is C++, too", "c++", "-fsyntax-only", "-x", "c++", PREFIX / "include/vuicc/me.h")
    return program


def runs(program, network, card):
    """One MSK and one MTK for the README's program."""
    process = Process("stdbuf", "-oL", program, card, TMP / f"{program.name}.sqlite", f"127.0.0.2:{network.ue_port}",
                      f"{BSF}=127.0.0.1:{network.bsf}", f"{BMSC}=127.0.0.1:{network.bmsc}")  # fmt: skip
    events = Events(process)
    events.wait("registered")
    msk = events.wait("msk")
    network.events.wait("ack", msk_id=msk["msk_id"])
    process.wait_for("request 1: done")
    process.wait_for("request 2: done")
    network.tell("mtk", GROUP)
    status = process.process.wait(10)
    check(f"{program.name} got its MTK and ended by itself", status == 0, status)
    check("with the policy of the stream", "set up SRTP with tags of 10 octets" in process.output())


def main():
    lib, pc = install()
    names(lib, "libvuicc-me.so", ["me.h"], "vuicc_me_")
    names(lib, "libvuicc-card.so", ["uicc.h", "nv_sqlite.h"], "uicc_|t0_|nv_sqlite_")
    source = example()
    build = build_with_cmake(source)
    card = personalise("my.card")
    output = must("the card's library opens a card", build / "with_card", card)
    check("and its ATR says what it is", "76756963" in output and "select 9000" in output, output)
    network = Network()
    runs(build / "with_me", network, card)
    runs(build_with_pkg_config(source, lib, pc), network, card)
    bootstraps(build_with_pkg_config(page(), lib, pc), network, card)


main()
