# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Goes before each script that a test sends to the place where the programs run. It runs in an
# empty folder, under busybox's shell in the VM. helpers.bash reads the files it leaves:
#   out, err   what the tracer printed
#   status     its exit status
#   seen       what was printed beside it

# How often a wait of 20 ms is worth repeating.
patience=$((500 * ${TIMEOUT_SCALE:-1}))

# wait_for CONDITION: fails when it does not come true in 10 seconds. What it complains of until then
# (a file that is not there yet) is nobody's output.
wait_for() {
	left=$patience
	until eval "$1" 2>/dev/null; do
		[ "$left" -gt 0 ] || return 1
		left=$((left - 1))
		sleep 0.02
	done
}

# soon CONDITION: a wait_for that gives up after 30 tries, because a program that is not finished yet
# may never get there.
soon() {
	all=$patience patience=30 found=
	wait_for "$1" && found=1
	patience=$all
	[ "$found" ]
}

# start COMMAND...: starts a tracer, and returns when it is ready or has ended.
start() {
	rm -f status pid
	: >out
	: >err
	: >stuck
	(
		ulimit -f 20480
		workload tracer "$@" >out 2>err </dev/null
		echo $? >status
	) &
	wait_for 'grep -q "^Tracing " err || [ -e status ]' ||
		echo "not ready" >stuck
}

alive() {
	[ ! -e status ] && [ -e pid ]
}

# stop [SIGNAL]: ends the tracer as Ctrl-C does, and by force where that does not help.
stop() {
	if alive; then
		kill -"${1:-INT}" "$(cat pid)"
		wait_for '[ -e status ]' || echo "did not end at SIG${1:-INT}" >stuck
	fi
	if alive; then
		kill -KILL "$(cat pid)"
		wait_for '[ -e status ]'
	fi
}

# probes: the kind and function of each kprobe or uprobe that the tracer holds, a line each.
probes() {
	bpftool perf show | sed -n "s/^pid $(cat pid) .* prog_id [0-9]*  *//p"
}
