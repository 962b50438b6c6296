#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# with-copy.sh FOLDER COMMAND…: runs COMMAND as root in a copy of this system that costs nothing and goes with it (an
# overlay over / in memory), cut off from network, processes and mounts of the machine. FOLDER is seen inside, at its
# place. Ends with COMMAND's exit status; 77 when this machine does not allow it.
set -u
PATH=$PATH:/usr/sbin:/sbin

outside() {
	local why
	if [ "$(id -u)" != 0 ]; then
		echo "with-copy: only root can make a copy of the system" >&2
		exit 77
	fi
	if ! why=$(unshare --mount --net --pid --fork --kill-child "$0" --inside / true 2>&1); then
		echo "with-copy: no copy of the system here: $why" >&2
		exit 77
	fi
	exec unshare --mount --net --pid --fork --kill-child "$0" --inside "$@"
}

inside() {
	local folder=$1 base=/mnt # covered in this namespace alone; nothing is left when it ends
	mount --make-rprivate / && mount -t tmpfs tmpfs "$base" || exit 77
	mkdir "$base"/{upper,work,root}
	mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$base/root" || exit 77
	mount -t proc proc "$base/root/proc" && mount --rbind /dev "$base/root/dev" || exit 77
	mount -t tmpfs tmpfs "$base/root/run" && mount -t tmpfs tmpfs "$base/root/tmp" || exit 77
	ip link set lo up
	if [ "$folder" != / ]; then
		mkdir -p "$base/root$folder"
		mount --bind "$folder" "$base/root$folder" || exit 77
	fi
	chroot "$base/root" "${@:2}"
}

if [ "${1-}" = --inside ]; then
	shift
	inside "$@"
else
	outside "$@"
fi
