#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# reader.sh LIBRARIES [OPTION...]: reader.py beside a pcscd with our driver, whose heap can be looked at.
here=$(dirname "$0") libraries=$1
shift
export READER_SLOTS=4 READER_DRIVER="$libraries/libifdvuicc.so"
export MALLOC_ARENA_MAX=1 LD_PRELOAD="$libraries/heap_in_use.so" HEAP_IN_USE=/run/heap-in-use
exec "$here/../e2e/with-pcscd.sh" /usr/bin/python3 "$here/reader.py" "$@"
