#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# fresh.sh FOLDER PACKAGE.deb: makes a new Debian 12 in FOLDER/system and tries the package there (installed.sh). As root and
# in a mount namespace of its own; MIRROR names another mirror than Debian's.
set -eu
folder=$1 package=$2
system=$folder/system log=$folder/system.log
mkdir -p "$system"
# A file system of its own: whatever is mounted below goes with this namespace, and nothing is ever removed by name.
mount -t tmpfs -o size=2G,mode=755 tmpfs "$system"

must() { # WHAT COMMAND...
	echo "fresh: $1"
	"${@:2}" >> "$log" 2>&1 || {
		tail -20 "$log"
		exit 1
	}
}

: > "$log"
must "debootstrap makes a Debian 12" debootstrap --variant=minbase bookworm "$system" "${MIRROR-http://deb.debian.org/debian}"
cp "$package" "$(dirname "$0")/installed.sh" "$system/root/"
must "apt installs the package with what it needs" \
	chroot "$system" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y "/root/${package##*/}" opensc
must "and takes it away" chroot "$system" env DEBIAN_FRONTEND=noninteractive apt-get -q purge -y vuicc
exec unshare --mount --net --pid --fork --kill-child sh -c \
	'ip link set lo up && mount -t proc proc "$0/proc" && exec chroot "$0" /root/installed.sh "/root/$1"' \
	"$system" "${package##*/}"
