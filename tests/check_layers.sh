#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# check_layers.sh [ROOT]: holds the #include lines of the tree against the picture of the layers. One line per
# violation; exit status 1 when there is one.
# check_layers.sh --self-test: plants violations, one at a time, and wants each of them found.
set -eu

# What a file may include from the project. Left: whose files (the longest match counts). Right: path beginnings it may
# include, "-" in front: but not these. A target is judged by its longest match.
edges='
apdu/                   apdu/
os/                     apdu/ os/
yaml/                   apdu/ yaml/
card/crypto/            apdu/ card/crypto/
card/                   apdu/ card/ -card/store/ -card/perso/
card/store/             apdu/ card/crypto/ card/include/ card/image.h card/store/ os/
card/perso/             apdu/ card/ yaml/
pcsc-driver/            apdu/ card/include/ card/store/ pcsc-driver/ os/
host/                   apdu/ card/crypto/ host/ -host/card/ -host/me/ -host/testnet/ -host/storm/ os/
host/card/              apdu/ card/crypto/ host/ -host/me/ -host/testnet/ -host/storm/ os/
host/capture/           apdu/ card/crypto/ host/ -host/me/ -host/testnet/ -host/storm/ os/
host/card/card_local.c  apdu/ card/include/ card/store/ host/card/ os/
host/me/                apdu/ card/crypto/ host/ -host/testnet/ -host/storm/ os/
host/testnet/           apdu/ card/crypto/ host/ -host/card/ -host/me/ -host/storm/ os/ yaml/
host/script/            apdu/ card/crypto/ host/ -host/me/ -host/testnet/ -host/storm/ os/
host/report/            apdu/ host/ -host/me/ -host/testnet/ -host/card/ -host/storm/
host/storm/             apdu/ card/crypto/ host/ os/
host/storm/sim.c        apdu/ card/crypto/ card/include/ card/perso/ card/store/ host/ os/
tests/                  apdu/ card/ host/ pcsc-driver/ tests/ os/ yaml/
'

# Folders that see nothing of the operating system: the only system headers they may include.
pure='
apdu/                   assert.h limits.h stdbool.h stddef.h stdint.h string.h
card/crypto/            assert.h limits.h stdbool.h stddef.h stdint.h string.h
card/                   assert.h limits.h stdbool.h stddef.h stdint.h string.h
'

# Files at the rim: the only ones that talk to the operating system beyond what standard C has.
rim='pcsc-driver/link.c pcsc-driver/main.c pcsc-driver/slot. pcsc-driver/control.c pcsc-driver/ifdhandler.c
pcsc-driver/reader_main.c card/store/nv_sqlite.c card/store/nv_place. card/perso/profile.c tests/
host/card/bounded.c host/card/pcsc_ host/http/http_curl. host/me/udp.c
host/capture/capture.c host/card/card_local.c host/card/card_pcsc.c host/card/card_vpcd.c host/media/mtk_out.c host/media/srtp_relay.c
host/me/keystore_sqlite.c host/me/loop.c host/me/main.c host/me/vuicc_me.c
host/script/main.c host/script/session.c host/script/pack.c host/script/place.c host/script/newcard.c host/script/shell.c host/testnet/httpd host/testnet/control_sock. host/testnet/zn_client.c host/testnet/zn_token.c host/testnet/loop.c
host/testnet/main.c host/testnet/ctl.c host/storm/air.c host/storm/fleet.h host/storm/main.c host/storm/measure. host/storm/net.c host/storm/story.h host/sql.c
host/testnet/sock. os/ host/xml'
rim=${rim//$'\n'/ }

# What the card allocates, it allocates when it is opened.
malloc='card/crypto/prim_openssl.c card/nv.c card/uicc.c card/t0.c'

# System headers with a fence around them: who may include them, of all files. In the folders above these lines are
# exceptions.
fences="
openssl/                card/crypto/prim_openssl.c
stdlib.h                $malloc card/store/ card/perso/ pcsc-driver/ host/ os/ yaml/ tests/
sqlite3.h               os/sqlite_memory.c card/store/nv_sqlite.c card/store/nv_place. host/me/keystore_sqlite.h host/sql.c tests/
cyaml/                  card/perso/ host/testnet/
yaml.h                  yaml/ card/perso/ host/testnet/
winscard.h              host/card/card_pcsc.c host/card/pcsc_ tests/
histedit.h              host/script/shell.c
PCSC/                   pcsc-driver/ifdhandler.c host/card/card_pcsc.c host/card/pcsc_ tests/
curl/                   host/http/http_curl.c host/testnet/zn_client.c
microhttpd.h            host/testnet/httpd tests/
libxml/                 host/xml_doc. host/xml.c host/secdesc.c
srtp2/                  host/media/srtp_session.c
jansson.h               host/media/mtk_parse.c host/testnet/zn_json.c host/report/
pcap/                   host/capture/capture.c
arpa/                   $rim host/testnet/config.c
fcntl.h                 $rim
netdb.h                 $rim
netinet/                $rim
poll.h                  $rim
pthread.h               $rim
signal.h                $rim
sys/                    $rim
time.h                  $rim host/testnet/zn_json.c host/log.c
unistd.h                $rim
"

# FILE:LINE:"header" or FILE:LINE:<header> of every #include below $1.
includes() {
	local header='s/^[[:space:]]*#[[:space:]]*include[[:space:]]*(["<][^">]*[">]).*/\1/'
	(cd "$1" && find apdu os yaml card pcsc-driver host tests -name '*.[ch]' -exec \
		sed -snE "$header; T; F; =; p" {} + 2> /dev/null) | paste -d: - - -
}

check() {
	includes "$1" | awk -F: -v root="$1" -v edges="$edges" -v pure="$pure" -v fences="$fences" '
	function begins(path, prefix) { return substr(path, 1, length(prefix)) == prefix }

	# The line of a table whose first word is the longest beginning of path; its words in rule[], their number.
	function look_up(table, path,    lines, n, i, words, best) {
		best = 0
		n = split(table, lines, "\n")
		for (i = 1; i <= n; i++)
			if (split(lines[i], words, " ") > 0 && begins(path, words[1]) && length(words[1]) > best) {
				best = length(words[1])
				count = split(lines[i], rule, " ")
			}
		return best ? count : 0
	}

	# Whether path is in rule[2..n], longest match.
	function listed(path, n,    i, word, no, best, yes) {
		for (i = 2; i <= n; i++) {
			no = sub(/^-/, "", rule[i])
			if (begins(path, rule[i]) && length(rule[i]) > best) {
				best = length(rule[i])
				yes = !no
			}
			if (no)
				rule[i] = "-" rule[i]
		}
		return yes
	}

	function normal(path) {
		while (sub(/[^\/]+\/\.\.\//, "", path))
			;
		gsub(/\.\//, "", path)
		return path
	}

	function exists(path,    line, r) {
		r = (getline line < (root "/" path))
		close(root "/" path)
		return r >= 0
	}

	function complain(why) {
		printf "%s:%s: includes %s: %s\n", file, $2, header, why
		bad = 1
	}

	function check_own(    dir, target) {
		dir = file
		sub(/[^\/]*$/, "", dir)
		target = normal(dir name)
		if (!exists(target))
			target = exists("card/include/" name) ? "card/include/" name : name
		if (!exists(target))
			return complain("no such file in the tree")
		n = look_up(edges, file)
		if (!n || !listed(target, n))
			complain("this layer may not know " target)
	}

	function check_system(    n) {
		n = look_up(fences, name)
		if (n) {
			if (!listed(file, n))
				complain("only for" fence_text(n))
			return
		}
		n = look_up(pure, file)
		if (n && !(begins(file, "card/store/") || begins(file, "card/perso/")) && !listed(name, n))
			complain("this layer knows no operating system")
	}

	function fence_text(n,    i, text) {
		for (i = 2; i <= n; i++)
			text = text " " rule[i]
		return text
	}

	{
		file = $1
		header = $3
		name = substr(header, 2, length(header) - 2)
		seen++
		if (header ~ /^"/)
			check_own()
		else
			check_system()
	}

	END {
		if (!seen) {
			print "no #include line found below " root
			bad = 1
		}
		exit bad
	}'
}

# plant FILE LINE: a tree with nothing but this line and the headers that there are.
plant() {
	rm -rf "$tree"
	mkdir -p "$tree"/{apdu,os,yaml,card/{crypto,store,perso,include/vuicc},pcsc-driver,host/{capture,card,http,me,media,storm,testnet},tests}
	local header
	for header in apdu/bytes.h card/crypto/prim.h card/image.h card/store/nv_sqlite.h card/include/vuicc/uicc.h \
		card/perso/profile.h pcsc-driver/vpcd.h host/xml.h host/card/card_if.h host/me/agent.h \
		host/storm/air.h host/testnet/bsf.h os/unix_sock.h yaml/yamlpos.h; do
		: > "$tree/$header"
	done
	echo "$2" > "$tree/$1"
}

self_test() {
	tree=$(mktemp -d)
	trap 'rm -rf "$tree"' EXIT
	local failed=0 file line
	while read -r file line; do
		plant "$file" "$line"
		if check "$tree" > /dev/null; then
			echo "not found: $file with $line"
			failed=1
		fi
	done <<-'END'
		apdu/a.c #include <stdlib.h>
		apdu/a.c #include <stdio.h>
		apdu/a.c #include "../card/crypto/prim.h"
		apdu/a.c # include "missing.h"
		card/crypto/a.c #include "../image.h"
		card/crypto/a.c #include <openssl/evp.h>
		card/crypto/a.c #include <stdlib.h>
		card/a.c #include <stdio.h>
		card/a.c #include <time.h>
		card/a.c #include <sys/socket.h>
		card/a.c #include <stdlib.h>
		card/a.c #include <sqlite3.h>
		card/a.c #include "store/nv_sqlite.h"
		card/a.c #include "perso/profile.h"
		card/a.c #include "../host/xml.h"
		card/a.c #include "../os/unix_sock.h"
		os/a.c #include "../card/image.h"
		yaml/a.c #include "../os/unix_sock.h"
		yaml/a.c #include "../card/image.h"
		card/a.c #include "../yaml/yamlpos.h"
		host/me/a.c #include "../../yaml/yamlpos.h"
		card/store/nv_mem.c #include <sqlite3.h>
		card/store/a.c #include "../perso/profile.h"
		pcsc-driver/main.c #include "../card/image.h"
		pcsc-driver/main.c #include "../host/xml.h"
		pcsc-driver/vpcd.c #include <sys/socket.h>
		host/a.c #include "../card/image.h"
		host/a.c #include "vuicc/uicc.h"
		host/a.c #include "me/agent.h"
		host/a.c #include <openssl/evp.h>
		host/card/card_pcsc.c #include "vuicc/uicc.h"
		host/card/usim.c #include <winscard.h>
		host/card/usim.c #include "../me/agent.h"
		host/me/agent.c #include <curl/curl.h>
		host/me/agent.c #include <sqlite3.h>
		host/me/agent.c #include <sys/socket.h>
		host/me/gba.c #include <time.h>
		host/testnet/bsf.c #include <unistd.h>
		host/card/usim.c #include <pthread.h>
		pcsc-driver/vpcd.c #include <poll.h>
		host/me/agent.c #include "../testnet/bsf.h"
		host/me/agent.c #include "../../card/include/vuicc/uicc.h"
		host/me/agent.c #include <libxml/parser.h>
		host/media/mtk_record.c #include <jansson.h>
		host/media/mtk_record.c #include "../me/agent.h"
		host/media/srtp_rx.c #include <srtp2/srtp.h>
		host/testnet/bsf.c #include "../me/agent.h"
		host/testnet/bsf.c #include "../card/card_if.h"
		host/testnet/bsf.c #include "../../card/image.h"
		host/testnet/bsf.c #include <microhttpd.h>
		host/capture/mask.c #include "../me/agent.h"
		host/capture/mask.c #include <pcap/pcap.h>
		host/storm/fleet.c #include "vuicc/uicc.h"
		host/storm/sim.c #include "../../card/image.h"
		host/storm/story.c #include <time.h>
		host/testnet/bsf.c #include "../storm/air.h"
		host/me/agent.c #include "../storm/air.h"
		host/a.c #include "storm/air.h"
	END
	while read -r file line; do
		plant "$file" "$line"
		if ! check "$tree"; then
			echo "wrongly found: $file with $line"
			failed=1
		fi
	done <<-'END'
		apdu/a.c #include "bytes.h"
		apdu/a.c #include <string.h>
		card/crypto/prim_openssl.c #include <openssl/evp.h>
		card/a.c #include "../apdu/bytes.h"
		card/a.c #include "vuicc/uicc.h"
		card/t0.c #include <stdlib.h>
		card/store/nv_sqlite.c #include <sqlite3.h>
		card/perso/main.c #include <stdio.h>
		card/perso/main.c #include "../store/nv_sqlite.h"
		pcsc-driver/main.c #include "vuicc/uicc.h"
		pcsc-driver/main.c #include "../os/unix_sock.h"
		os/a.c #include <sys/socket.h>
		card/perso/a.c #include "../../yaml/yamlpos.h"
		host/testnet/a.c #include "../../yaml/yamlpos.h"
		host/card/card_local.c #include "vuicc/uicc.h"
		host/card/card_local.c #include "../../card/store/nv_sqlite.h"
		host/me/agent.c #include "../card/card_if.h"
		host/me/loop.c #include <sys/socket.h>
		host/testnet/sock.c #include <sys/socket.h>
		host/testnet/bsf.c #include "../../card/crypto/prim.h"
		host/storm/fleet.c #include "../me/agent.h"
		host/storm/net.c #include "../testnet/bsf.h"
		host/storm/sim.c #include "../../card/perso/profile.h"
		tests/a.c #include "host/me/agent.h"
	END
	[ $failed = 0 ] && echo "every planted violation is found, and nothing else"
	return $failed
}

case ${1-} in
--self-test) self_test ;;
*) check "${1:-$(dirname "$0")/..}" && echo "the layers hold" ;;
esac
