#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# with-pcscd.sh COMMAND…: runs COMMAND beside a real pcscd whose only reader is vpcd's, cut off from the rest of the
# machine: own network (vpcd listens on every address, unauthenticated), own /run (so that a pcscd of the machine is
# neither seen nor disturbed), own processes (whatever COMMAND starts ends with it).
#
# Ends with COMMAND's exit status; 77 when this machine does not allow namespaces.
#
# With READER_SLOTS=N in the environment pcscd has our own driver instead of vpcd: N slots, all empty, with /run/cards as
# their folder. READER_DRIVER names the library.
set -u
PATH=$PATH:/usr/sbin:/sbin

outside() {
	local unshare=(unshare --net --mount --propagation private --pid --fork --kill-child --mount-proc)
	[ "$(id -u)" = 0 ] || unshare+=(--map-root-user)
	local why
	if ! why=$("${unshare[@]}" ip link set lo up 2>&1); then
		echo "with-pcscd: no network and mount namespace here: $why" >&2
		exit 77
	fi
	# unshare itself is deaf to SIGTERM and SIGINT. Killed, it takes everything inside with it.
	"${unshare[@]}" "$0" --inside "$@" <&0 &
	local child=$!
	trap 'kill -KILL $child' TERM INT HUP
	wait $child
}

start_pcscd() {
	mkdir -p /run/pcscd /run/reader.conf.d
	if [ -n "${READER_SLOTS-}" ]; then
		mkdir /run/cards
		cat > /run/reader.conf.d/vuicc <<-END
			FRIENDLYNAME "vUICC"
			DEVICENAME   /run/cards:$READER_SLOTS
			LIBPATH      $READER_DRIVER
		END
	else
		cat > /run/reader.conf.d/vpcd <<-'END'
			FRIENDLYNAME "Virtual PCD"
			DEVICENAME   /dev/null:0x8C7B
			LIBPATH      /usr/lib/pcsc/drivers/serial/libifdvpcd.so
			CHANNELID    0x8C7B
		END
	fi
	# Without a session of its own, a caller would be refused where polkit is compiled in.
	local polkit=
	if pcscd --help 2>&1 | grep -q -e --disable-polkit; then
		polkit=--disable-polkit
	fi
	pcscd --foreground -c /run/reader.conf.d $polkit > /run/pcscd.log 2>&1 &
	pcscd=$!
	for _ in $(seq 100); do
		[ -S /run/pcscd/pcscd.comm ] && return
		sleep 0.05
	done
	echo "with-pcscd: pcscd has made no socket in 5 s; it said:" >&2
	cat /run/pcscd.log >&2
	exit 1
}

inside() {
	ip link set lo up
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir /run/tmp
	export TMPDIR=/run/tmp # goes with the namespace
	start_pcscd
	"$@"
	local status=$?
	kill "$pcscd" && wait "$pcscd"
	exit $status
}

case ${1-} in
--inside)
	shift
	inside "$@"
	;;
'')
	echo "usage: with-pcscd.sh COMMAND…" >&2
	exit 2
	;;
*)
	outside "$@"
	;;
esac
