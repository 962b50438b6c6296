#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs one transcript on a fresh card in process: run.sh SCRIPT. The card is the default one, or that of the script's
# "! profile NAME" line, changed as its "! card KEY=VALUE" lines say.
set -eu
script=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
profiles=$(realpath "$(dirname "$0")/../../card/profiles")
mapfile -t changes < <(sed -n -e "s|^! profile \\(.*\\)|--profile $profiles/\\1.yaml|p" -e 's/^! card /--set /p' "$script")
# shellcheck disable=SC2086 # two words each
"$VUICC_BIN/vuicc-perso" ${changes[@]+${changes[*]}} "$folder/card" > /dev/null
"$VUICC_BIN/vuicc-apdu" --card "$folder/card" "$script"
