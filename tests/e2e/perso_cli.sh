#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vuicc-perso as a person meets it: what it says, with which exit status, and which files are there afterwards.
set -u

perso=${VUICC_BIN:?}/vuicc-perso
python=/usr/bin/python3 # Debian's: it has what the tests need
profile=${VUICC_SOURCE:?}/card/profiles/usim-gba.yaml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
failures=0

fail() {
	echo "FAILED: $*" >&2
	sed 's/^/  out: /' out >&2
	sed 's/^/  err: /' err >&2
	failures=$((failures + 1))
}

# expect STATUS COMMAND...: runs it; its output is in the files out and err.
expect() {
	local want=$1
	shift
	"$@" >out 2>err
	local got=$?
	[ $got = "$want" ] || fail "expected exit status $want, got $got: $*"
}

says() { # says FILE TEXT
	grep -qF -- "$2" "$1" || fail "expected \"$2\" in $1"
}

silent() { # silent FILE
	[ ! -s "$1" ] || fail "expected nothing in $1"
}

# files NAME...: the folder holds exactly these (and what this script keeps there).
files() {
	local want got
	want=$(printf '%s\n' "$@" err out | sort)
	got=$(ls -A | sort)
	[ "$want" = "$got" ] || fail "expected the files" $want ", got" $got
}

# sql FILE STATEMENTS: with Python, which brings SQLite along.
sql() {
	$python -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])' "$@"
}

# objects FILE: what a card file holds, as text.
objects() {
	$python -c 'import sqlite3, sys
for key, value in sqlite3.connect(sys.argv[1]).execute("SELECT key, value FROM nv ORDER BY key"):
    print(key, value.hex())' "$1"
}

# A card from the built-in profile: one line, private, alone.
expect 0 "$perso" card
says out "card: a USIM and an ISIM with IMSI 001010123456789, ICCID 8900101000000000019, 50 files, 12 and 2 services"
[ "$(wc -l <out)" = 1 ] || fail "expected one line"
silent err
files card
[ "$(stat -c %a card)" = 600 ] || fail "expected mode 600, got $(stat -c %a card)"

# It is not overwritten unasked.
before=$(sha256sum <card)
expect 1 "$perso" --set imsi=001010000000001 card
says err "vuicc-perso: card exists already (--force replaces a card file)"
silent out
[ "$(sha256sum <card)" = "$before" ] || fail "an existing card was changed"
expect 0 "$perso" --force --set imsi=001010000000001 --set iccid=8900101000000000027 card
files card
expect 0 "$perso" show card
says out "IMSI       001010000000001"
says out "ICCID      8900101000000000027"
files card

says out "class A0   off"

# show tells no secret.
for secret in 465b5ce8b199b49faa5f0a2ee238a6bc cd63cb71954a9f4e48a5994e37a02baf 88888888 87654321 12345678; do
	if grep -qi "$secret" out; then fail "show tells $secret"; fi
done

# The file that ships is the built-in one; another profile is taken from where it is.
expect 0 "$perso" --profile "$profile" second
expect 0 "$perso" third
[ "$(objects second)" = "$(objects third)" ] || fail "the profile in the tree is not the built-in one"
[ "$(objects second)" != "$(objects card)" ] || fail "two different cards hold the same objects"
rm -f second third

# A bad profile: where, what, and no file.
sed 's/mnc_length: 2/mnc_length: 5/' "$profile" >bad.yaml
line=$(grep -n 'mnc_length: 5' bad.yaml | cut -d: -f1)
expect 3 "$perso" --profile bad.yaml new
says err "vuicc-perso: bad.yaml:$line:13: mnc_length: expected 2 or 3, got 5"
silent out
files bad.yaml card
before=$(sha256sum <card)
expect 3 "$perso" --force --profile bad.yaml card
[ "$(sha256sum <card)" = "$before" ] || fail "a bad profile damaged an existing card"
expect 3 "$perso" --set mnc_length=5 new
says err "vuicc-perso: --set: mnc_length: expected 2 or 3, got 5"
expect 3 "$perso" --set k=00112233 new
says err "vuicc-perso: --set: k: expected 32 hexadecimal digits, got 8"
if grep -q 00112233 err; then fail "an error message repeats a key"; fi
expect 4 "$perso" --profile missing.yaml new
says err "missing.yaml"
files bad.yaml card

# Files that are no cards are neither shown nor replaced.
expect 4 "$perso" show bad.yaml
says err "vuicc-perso: bad.yaml is not a card file"
before=$(sha256sum <bad.yaml)
expect 4 "$perso" --force bad.yaml
[ "$(sha256sum <bad.yaml)" = "$before" ] || fail "--force replaced a file that is no card"
expect 4 "$perso" show missing
says err "missing"
expect 4 "$perso" nowhere/card
says err "nowhere/card"
sql hollow 'PRAGMA application_id = 1985299267; PRAGMA user_version = 1;
	CREATE TABLE nv(key INTEGER PRIMARY KEY, value BLOB NOT NULL)'
expect 4 "$perso" show hollow
says err "hollow: the file does not hold a whole card"
silent out
rm -f hollow bad.yaml

# A card in use is left alone.
mkfifo hold locked
$python -c 'import sqlite3, sys
db = sqlite3.connect("card", isolation_level=None)
db.execute("BEGIN EXCLUSIVE")
print("locked", file=open("locked", "w"))
open("hold").read()' &
holder=$!
read -r _ <locked
expect 4 "$perso" --force card
says err "is in use by "
expect 4 "$perso" show card
says err "is in use by "
echo >hold
wait $holder
rm -f hold locked
expect 0 "$perso" show card
files card

# The command line.
expect 2 "$perso"
says err "expected one card file"
expect 2 "$perso" a b
expect 2 "$perso" show
says err "expected one card file after show"
expect 2 "$perso" show --force card
says err "expected no options with show"
expect 2 "$perso" --nonsense card
expect 2 "$perso" --profile
expect 0 "$perso" --help
says out "usage: vuicc-perso"
says out "Exit status"
silent err
"$perso" show card >/dev/full 2>err && fail "a full disk went unnoticed"
says err "could not be written"
files card

# A proactive command that is none; class A0 is said. (What such cards do is told in tests/transcripts.)
sed 's/command: polling-off/command: poling-off/' "$(dirname "$profile")/usim-extra.yaml" >toolkit.yaml
expect 3 "$perso" --profile toolkit.yaml other.card
says err 'toolkit[0].command: expected one of refresh, polling-off, provide-local-information, got "poling-off"'
expect 0 "$perso" --profile "$(dirname "$profile")/usim-extra.yaml" extra.card
says out "extra.card: a USIM with IMSI 001010123456789"
says out " services, class A0"
expect 0 "$perso" show extra.card
says out "class A0   on"
rm toolkit.yaml extra.card

[ $failures = 0 ] && echo "vuicc-perso: all as expected"
