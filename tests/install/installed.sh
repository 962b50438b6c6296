#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# installed.sh PACKAGE.deb: inside a copy of a Debian system that may be spoiled (with-copy.sh, ./run package test), as
# root. Installs the package, plays the card's part of the demo with the files that it brought, and takes it away again.
set -eu
package=$1
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
work=$(mktemp -d)
cd "$work"

check() { # WHAT COMMAND...: one line per statement; the first that does not hold ends it
	if "${@:2}" > check.log 2>&1; then
		echo "ok      $1"
	else
		echo "FAILED  $1"
		tail -n 20 ./*.log
		exit 1
	fi
}

wait_for() { # WHAT COMMAND...: within ten seconds
	for _ in $(seq 100); do
		! "${@:2}" > /dev/null 2>&1 || break
		sleep 0.1
	done
	check "$@"
}

start_pcscd() {
	mkdir -p /run/pcscd
	polkit=
	! pcscd --help 2>&1 | grep -q -e --disable-polkit || polkit=--disable-polkit
	pcscd --foreground $polkit > pcscd.log 2>&1 &
	pcscd=$!
	wait_for "pcscd runs" test -S /run/pcscd/pcscd.comm
}

stop_pcscd() {
	kill $pcscd
	wait $pcscd || true
	rm -f /run/pcscd/pcscd.comm
}

no_reader() { ! opensc-tool --list-readers | grep -q vUICC; }
has_line() { grep -q "$1" "$2"; }
all_gone() { # the files of a list; folders may be others', too
	local path left=0
	while read -r path; do
		if [ -e "$path" ] && [ ! -d "$path" ]; then
			echo "left: $path"
			left=1
		fi
	done < "$1"
	return $left
}

check "the package installs" dpkg --install "$package"
dpkg --listfiles vuicc | sed 's|/\.$||' > files
check "and nothing is amiss" dpkg --audit
check "its reader is asleep" bash -c '! grep -q ^LIBPATH /etc/reader.conf.d/vuicc'
check "the folder of cards is root's alone" test "$(stat -c %a /var/lib/vuicc/cards)" = 700
check "the linker finds the libraries" bash -c 'ldconfig -p | grep -q libvuicc-me.so.0'
for program in $(sed -n 's|^/usr/bin/||p' files); do
	check "$program starts" "$program" --help
done

if command -v systemd-analyze > /dev/null; then
	cp -r /usr/share/doc/vuicc/examples/pcscd.service.d /etc/systemd/system/
	for unit in vuicc-card@35963 vuicc-testnet pcscd; do
		check "systemd takes $unit.service" systemd-analyze verify $unit.service
	done
	rm -r /etc/systemd/system/pcscd.service.d
fi

start_pcscd
check "pcscd knows no reader of ours" no_reader
stop_pcscd

sed -i 's/^#\([A-Z]\)/\1/' /etc/reader.conf.d/vuicc
check "vuicc-perso makes a card" vuicc-perso --profile /usr/share/vuicc/profiles/usim-gba.yaml \
	/var/lib/vuicc/cards/first.card
start_pcscd
wait_for "the reader has it" bash -c "vuicc-reader list | grep -q 'slot 0 .*first.card'"
wait_for "and its ATR reads vuicc" bash -c "opensc-tool --atr | tail -1 | grep -q 76:75:69:63:63"

vuicc-testnet run --socket "$work/net.sock" --json > network.log &
network=$!
wait_for "the network serves" has_line '"event":"ready"' network.log
vuicc-me --json --store me.sqlite --connect-to bsf.mnc001.mcc001.pub.3gppnetwork.org=127.0.0.1:8080 \
	--connect-to bmsc.home1.net=127.0.0.1:8081 --mtk-out mtk.json run --register urn:3gpp:mbms:demo \
	--request 00f110:0001 > phone.log &
phone=$!
wait_for "the phone has bootstrapped with the card in the reader" has_line '"event":"bootstrap".*btid' phone.log
wait_for "the card has taken an MSK" has_line '"event":"ack-sent"' phone.log
check "the network sends an MTK" vuicc-testnet ctl mtk --socket "$work/net.sock" 00f110:0001
wait_for "and the phone hands it out" has_line '"mki":"000100010001"' mtk.json
check "vuicc-perso has another card" vuicc-perso --set iccid=8900101000000000027 other.card
check "which comes into the reader" vuicc-reader swap 0 "$work/other.card"
wait_for "and makes the phone forget" has_line '"event":"wipe"' phone.log
kill $phone $network
wait $phone $network
stop_pcscd

rm /var/lib/vuicc/cards/first.card
# The triggers are other packages': man-db looks through all manuals of the system for ten seconds.
check "the package goes" dpkg --no-triggers --remove vuicc
start_pcscd
check "pcscd starts without it" no_reader
stop_pcscd
check "it comes again" dpkg --no-triggers --install "$package"
check "with what was configured" has_line ^LIBPATH /etc/reader.conf.d/vuicc
check "and stays until it is purged" dpkg --no-triggers --purge vuicc
check "then no file of it is left" all_gone files
check "nor what was configured" bash -c '! ls -A /etc/reader.conf.d | grep vuicc'
check "and its folder is gone" bash -c "! ls -laR /var/lib/vuicc"
