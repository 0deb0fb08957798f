# shellcheck shell=bash disable=SC2034 # for the tests
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What the tests share that run the finished tools next to others.

bats_load_library bats-support
bats_load_library bats-assert
load helpers

# start_guest_with LESSON... -- FILE...: boots a VM with the finished tools of these lessons, and with
# these files at their own paths (or FILE=GUESTPATH).
start_guest_with() {
	local top=$BATS_TEST_DIRNAME/.. packed=() file workload

	export GUEST=$BATS_FILE_TMPDIR/guest PLACE=vm TESTS=$BATS_TEST_DIRNAME
	mkdir "$GUEST"
	while [[ $1 != -- ]]; do
		make -s -C "$top/$1" SOLUTION=1 >&2
		packed+=(-f "$top/$1/.build/solution/$(make -s --no-print-directory -C "$top/$1" print-program)")
		workload=$top/$1/.build/solution/workload
		shift
	done
	shift
	for file; do packed+=(-f "$file"); done
	"$TESTS/vm" start "$GUEST" "${packed[@]}" -f "$workload"
}

teardown_file() {
	"$TESTS/vm" stop "$GUEST"
}

# For the scripts. peer READY COMMAND: starts the other tool in the folder peer/, on a terminal so
# that its lines come at once, and returns when it has printed READY. stop_peer ends it as Ctrl-C
# does.
peers='
	peer() {
		ready=$1; shift
		mkdir peer
		(cd peer; workload terminal workload tracer "$@" >out 2>err </dev/null; : >ended) &
		wait_for "grep -qs \"$ready\" peer/out peer/err"
	}
	stop_peer() {
		kill -INT "$(cat peer/pid)"
		wait_for "[ -e peer/ended ]"
	}
'

# differences: what only ours (<) or only the other tool (>) says.
differences() {
	diff <(sort "$BATS_TEST_TMPDIR/ours") <(sort "$BATS_TEST_TMPDIR/theirs") | grep '^[<>]' || true
}

# from FILE: the lines of one of the files that the script printed, each behind its name.
from() {
	sed -n "s|^$1:||p" "$BATS_TEST_TMPDIR/all" | tr -d '\r'
}
