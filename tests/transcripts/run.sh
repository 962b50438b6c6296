#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs one transcript on a fresh card in process: run.sh SCRIPT. The card is the default one, changed as the script's
# "! card KEY=VALUE" lines say.
set -eu
script=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mapfile -t changes < <(sed -n 's/^! card /--set /p' "$script")
# shellcheck disable=SC2086 # two words each
"$VUICC_BIN/vuicc-perso" ${changes[@]+${changes[*]}} "$folder/card" > /dev/null
"$VUICC_BIN/vuicc-apdu" --card "$folder/card" "$script"
