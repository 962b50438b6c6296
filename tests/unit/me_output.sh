#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# vuicc-me whose standard output takes nothing: full, or closed so that a file or socket could get its number.
set -eu
me=$VUICC_BIN/vuicc-me
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$VUICC_BIN/vuicc-perso" "$folder/card" > /dev/null
# expect STATUS TEXT: what the command before it has ended with, and said.
expect() {
	if [ "$status" != "$1" ] || ! grep -q "$2" "$folder/said"; then
		echo "expected status $1 and \"$2\", got status $status and:"
		cat "$folder/said"
		exit 1
	fi
}

status=0
"$me" --help > /dev/full 2> "$folder/said" || status=$?
expect 4 'standard output could not be written'

# The first that is opened is the file of the capture: no event may get into it.
status=0
"$me" --card "$folder/card" --store "$folder/store" --bsf http://127.0.0.1:9/ --capture "$folder/pcap" bootstrap \
	>&- 2> "$folder/said" || status=$?
expect 4 'standard output could not be written'
if grep -qa 'iccid=' "$folder/pcap" "$folder/store" "$folder/card"; then
	echo "an event was written into a file that is not for events"
	exit 1
fi
