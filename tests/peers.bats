#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs the finished tools next to the distribution's own, at the same time and on the same events,
# and compares what they say. Where they differ, the test says by how much and why.

load peers

setup_file() {
	local top=$BATS_TEST_DIRNAME/.. packed=() tool

	for tool in strace trace-cmd perf; do
		tool=$(command -v "$tool")
		packed+=("$tool=$tool")
	done
	# libbpf-tools' programs; Debian 13 has them under longer names.
	for tool in /usr/sbin/{opensnoop,syscount,execsnoop,funclatency}; do
		if [[ -x $tool-libbpf ]]; then
			packed+=("$tool-libbpf=$tool")
		else
			packed+=("$tool=$tool")
		fi
	done
	start_guest_with 02-reading-data 03-maps 04-perf-events 05-uprobes 06-tracepoints 07-perf-sampling -- \
		"${packed[@]}" "$top/05-uprobes/.build/samples/sample" "$top/07-perf-sampling/.build/spin/spin"
}

# numbered: turns the name of an error in the first column into its number.
numbered() {
	awk 'NR == FNR { number[$2] = $3; next } $1 in number { $1 = number[$1] } { print }' \
		<(echo '#include <errno.h>' | cc -E -dM - | grep 'define E[A-Z0-9]* [0-9]') -
}

@test "opensnoop sees what libbpf-tools' opensnoop sees, and creat() and openat2() as well" {
	local creat openat2

	on_guest <<-EOF >"$BATS_TEST_TMPDIR/all"
		$peers
		# (without TZ libbpf-tools' opens the time zone's file for each line, which makes a line)
		export TZ=UTC
		peer PATH /usr/sbin/opensnoop
		start opensnoop
		workload -f /begin open >/dev/null
		cat /etc/hosts /etc/passwd /no/such/file >copy 2>&1 || :
		sh -c 'echo text >made; exec 3<>made; exec workload -f made openat' >/dev/null
		workload user cat made copy /no/such/file >/dev/null 2>&1 || :
		workload -t 8 -c 2 open-own >/dev/null
		workload open-bad >/dev/null
		workload -f /etc/group creat >creat
		workload -f /etc/group openat2 >openat2
		workload -f /end open >/dev/null
		wait_for 'grep -q /end peer/out'
		stop
		stop_peer
		awk '{ print FILENAME ":" \$0 }' out peer/out creat openat2
	EOF
	creat=$(from creat | sed 's/^pid //')
	openat2=$(from openat2 | sed 's/^pid //')
	# File descriptor or errno, PID, comm, path.
	from out | sed '1,/"\/begin"/d; /"\/end"/,$d' | sed -E 's/"([^"]*)"$/\1/; s/\(unreadable\)$//' |
		awk '{ print $5, $1, $4, $7 }' | sed 's/ $//' | numbered >"$BATS_TEST_TMPDIR/ours"
	from peer/out | sed '1,/\/begin/d; /\/end/,$d' |
		awk '{ print($4 ? $4 : $3, $1, $2, $5) }' | sed 's/ $//' >"$BATS_TEST_TMPDIR/theirs"

	[[ $(wc -l <"$BATS_TEST_TMPDIR/ours") -gt 40 ]]
	# It traces the system calls open() and openat(). Ours traces the function behind all four.
	run differences
	assert_output "< 3 $creat workload /etc/group
< 3 $openat2 workload /etc/group"
}

@test "stats counts what strace -c and syscount count, and says so of calls that never return" {
	local opens

	on_guest <<-EOF >"$BATS_TEST_TMPDIR/all"
		$peers
		mkfifo go
		sh -c 'echo \$\$ >target; read line <go; exec workload -t 3 -c 500 readahead' >/dev/null &
		wait_for '[ -s target ]'
		target=\$(cat target)
		strace -f -c -o strace -p "\$target" 2>attached &
		wait_for 'grep -q attached attached'
		peer Tracing /usr/sbin/syscount -T 100 -p "\$target"
		start stats -p "\$target"
		echo >go
		wait_for '! [ -e /proc/\$target ] && [ -s strace ]'
		stop
		stop_peer
		awk '{ print FILENAME ":" \$0 }' out peer/out strace
	EOF
	from out | awk '$1 + 0 { print $3, $1 }' >"$BATS_TEST_TMPDIR/ours"
	run grep -c . "$BATS_TEST_TMPDIR/ours"
	[[ $output -gt 20 ]]
	assert_equal "$(grep readahead "$BATS_TEST_TMPDIR/ours")" "readahead 1500"

	# How many files the loader opens differs between distributions.
	opens=$(sed -n 's/^openat //p' "$BATS_TEST_TMPDIR/ours")
	# stats counts a call when it begins, strace and syscount when it ends. So only stats has the
	# ends of threads and processes, and only they have the openat() that waited for the FIFO when
	# all three were attached.
	from strace | awk '$4 + 0 { print $NF, $4 }' | grep -v '^total' >"$BATS_TEST_TMPDIR/theirs"
	run differences
	assert_output "< exit 2
< exit_group 1
< openat $opens
> openat $((opens + 1))"

	# clone3() returns twice, once in each thread, so syscount counts it twice.
	from peer/out | awk '$2 + 0 && NF == 2 { print $1, $2 }' >"$BATS_TEST_TMPDIR/theirs"
	run differences
	assert_output "< clone3 2
> clone3 4
< exit 2
< exit_group 1
< openat $opens
> openat $((opens + 1))"
}

@test "execsnoop sees what strace sees, and the exec in a thread that libbpf-tools' execsnoop misses" {
	local thread

	on_guest <<-EOF >"$BATS_TEST_TMPDIR/all"
		$peers
		peer PCOMM /usr/sbin/execsnoop -x -q
		start execsnoop
		strace -f -s 1000 -e trace=execve,execveat -o strace sh -c '
			ls / >/dev/null; env -i /bin/cat /etc/hosts >/dev/null; workload exec; workload noexec
			workload threadexec >thread; workload user id "two words" "a \"b\""; : | cat | cat' >/dev/null 2>&1
		wait_for 'grep -q /end peer/out || { workload user /end 2>/dev/null; false; }'
		stop
		stop_peer
		awk '{ print FILENAME ":" \$0 }' out peer/out strace thread
	EOF
	thread=$(from thread | sed -n '2s/pid //p')

	# PID, result, file, arguments. What strace did not see happened outside of it.
	from strace | sed -nE 's/^([0-9]+) +execve\((.*\]), .* = (-1 )?([0-9A-Z]+).*/\1 \4 \2/p
		s/^([0-9]+) +execve\((.*\]), .*<(unfinished|pid changed).*/\1 0 \2/p' |
		sed -E 's/", \[/" [/' >"$BATS_TEST_TMPDIR/theirs"
	from out | sed -nE 's/^[0-9:.]+ +([0-9]+) +[0-9]+ +[0-9]+ [^ ]+ +([0-9A-Z]+) +(.*)/\1 \2 \3/p' |
		grep -E "^($(from strace | cut -d ' ' -f 1 | sort -u | paste -sd '|')) " >"$BATS_TEST_TMPDIR/ours"
	assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/ours")" 16
	# The thread that calls execve() gets the PID of its process: strace has printed its old one.
	run differences
	assert_output "< $thread 0 \"/proc/self/exe\" [\"workload\", \"-c0\", \"close\"]
> $((thread + 1)) 0 \"/proc/self/exe\" [\"workload\", \"-c0\", \"close\"]"

	# libbpf-tools' prints the file in place of the first argument. It keeps what it saw at the
	# start under the thread's number, and finds nothing when the thread returns with another one.
	from peer/out | awk '/^[^ ]+ +[0-9]+ +[0-9]+ +-?[0-9]+ "/ { print $2, -$4 }' | grep -wFf \
		<(cut -d ' ' -f 1 "$BATS_TEST_TMPDIR/ours" | sort -u) >"$BATS_TEST_TMPDIR/theirs" || true
	awk '{ print $2, $1 }' "$BATS_TEST_TMPDIR/ours" | numbered | awk '{ print $2, $1 }' >"$BATS_TEST_TMPDIR/numbers"
	mv "$BATS_TEST_TMPDIR/numbers" "$BATS_TEST_TMPDIR/ours"
	run differences
	assert_output "< $thread 0"
}

# slots: the histogram of ours or of funclatency on standard input, as "lowest latency, calls".
slots() {
	sed -nE 's/^ *([0-9]+) (\.\.|->) [0-9]+ *:? *([1-9][0-9]*) +\|.*/\1 \3/p'
}

@test "uprobe times the calls that funclatency times, and those of a recursion and long ones as well" {
	on_guest <<-EOF >"$BATS_TEST_TMPDIR/all"
		$peers
		peer Tracing /usr/sbin/funclatency /usr/local/bin/sample:nap
		start uprobe -q sample nap
		sample -t 3 -c 20 nap 3 >/dev/null
		sample -c 7 nap 100 >/dev/null
		stop
		stop_peer
		awk '{ print FILENAME ":" \$0 }' out peer/out
		rm -r peer
		peer Tracing /usr/sbin/funclatency /usr/local/bin/sample:down
		start uprobe -q sample down
		sample down 3 5 >/dev/null
		stop
		stop_peer
		awk '{ print "deep-" FILENAME ":" \$0 }' out peer/out
	EOF
	# A latency close to a slot's end may be on either side of it, so the sums are compared. The
	# longest calls took 100 ms, and its last slot is for all that take more than 16.
	run awk '{ calls += $2 } END { print calls, ($1 >= 67108864) }' <(from out | slots)
	assert_output "67 1"
	run awk '{ calls += $2 } END { print calls, $1 }' <(from peer/out | slots)
	assert_output "67 16777216"
	# Four calls, each in the one before, of at least 5, 10, 15 and 20 ms. It keeps one start for
	# each thread, the innermost call's, and measures all four from there.
	run awk '{ calls += $2 } END { print calls, ($1 >= 16777216) }' <(from deep-out | slots)
	assert_output "4 1"
	run awk '{ calls += $2 } END { print calls, ($1 < 16777216) }' <(from deep-peer/out | slots)
	assert_output "4 1"
}

# as_numbers: trace-cmd's fields in our words: numbers are decimal, and text is quoted. It shows the
# bits of a negative number as they are; of these, dfd has 32, and mode 16.
as_numbers() {
	local word line value

	while read -r line; do
		for word in $line; do
			value=${word#*=}
			if [[ ${word%%=*} == dfd ]]; then
				printf '%s=%d ' "${word%%=*}" $(((value ^ 0x80000000) - 0x80000000))
			elif [[ ${word%%=*} == mode ]]; then
				printf '%s=%d ' "${word%%=*}" $((value & 0xffff))
			elif [[ ${word%%=*} == *name || ${word%%=*} == *comm ]] && [[ $value != 0x* ]]; then
				printf '%s="%s" ' "${word%%=*}" "$value"
			elif [[ ${word%%=*} == filename ]]; then
				printf '%s ' "$word"
			else
				printf '%s=%d ' "${word%%=*}" "$((value))"
			fi
		done
		echo
	done
}

@test "tracepoint shows the events that trace-cmd records, with the same fields" {
	local name pid

	# trace-cmd's -F keeps it to the command that it starts; ours is told apart by its PID. The
	# last 20 calls of that are the workload's own: trace-cmd has made some with this PID before it
	# began to record.
	on_guest <<-'EOF' >"$BATS_TEST_TMPDIR/all"
		pids=
		for event in sched:sched_process_exec task:task_rename syscalls:sys_enter_openat syscalls:sys_exit_openat; do
			name=${event#*:}
			workload tracer tracepoint "${event%:*}" "$name" >"$name" 2>err &
			pids="$pids $!"
			wait_for 'grep -q "^Tracing " err'
		done
		trace-cmd record -o dat -F -e sched:sched_process_exec -e task:task_rename \
			-e syscalls:sys_enter_openat -e syscalls:sys_exit_openat \
			workload -n peer -f /no/such/file -c 20 openat >made 2>&1
		kill -INT $pids
		wait $pids
		trace-cmd report -R -i dat >report
		awk '{ print FILENAME ":" $0 }' sched_process_exec task_rename sys_enter_openat sys_exit_openat made report
	EOF
	pid=$(from made | sed -n 's/^pid //p')
	for name in sched_process_exec task_rename sys_enter_openat sys_exit_openat; do
		from "$name" | awk -v pid="$pid" '$2 == pid { sub(/^[^ ]+ +[0-9]+ +[0-9]+ +[^ ]+ +/, ""); print $0 " " }' |
			tail -n 20 >"$BATS_TEST_TMPDIR/ours"
		from report | sed -n "s/.* $name: *//p" | tail -n 20 | as_numbers >"$BATS_TEST_TMPDIR/theirs"
		[[ -s $BATS_TEST_TMPDIR/ours ]]
		run differences
		assert_output ""
	done
	[[ $(wc -l <"$BATS_TEST_TMPDIR/ours") -eq 20 ]]
}

# shares: the three functions' parts of the samples in them, in percent, from "NAME SAMPLES" lines.
shares() {
	awk '{ n[$1] += $2 }
		END {
			all = n["seventy"] + n["twenty"] + n["ten"]
			printf "%.1f %.1f %.1f\n", 100 * n["seventy"] / all, 100 * n["twenty"] / all, 100 * n["ten"] / all
		}'
}

@test "profile finds the shares of three functions that perf record finds" {
	local ours theirs

	on_guest <<-'EOF' >"$BATS_TEST_TMPDIR/all"
		mkfifo go
		spin -s 40 split <go >spinning &
		pid=$!
		perf record -q -e cpu-clock -F 499 -o data -p $pid >recording 2>&1 &
		wait_for "ls -l /proc/$!/fd | grep -q perf_event"
		start profile -F 499 -p $pid
		echo >go
		wait_for "[ -e status ]"
		wait
		perf report -i data --stdio -F sample,sym --sort sym 2>/dev/null >report
		awk '{ print FILENAME ":" $0 }' out err report recording
	EOF
	ours=$(from out | awk '$4 ~ /^(seventy|twenty|ten)$/ { print $4, $1 }' | shares)
	theirs=$(from report | awk '$3 ~ /^(seventy|twenty|ten)$/ { print $3, $1 }' | shares)
	echo "shares: $ours, perf record: $theirs; $(from err) $(from recording)"
	# Both look at the same work, at other moments: of 2,000 samples each the shares differ by chance.
	paste -d ' ' <(echo "$ours") <(echo "$theirs") | awk '
		function off(a, b) { return a > b ? a - b : b - a }
		{ exit !(off($1, $4) < 5 && off($2, $5) < 5 && off($3, $6) < 5 && off($1, 70) < 5) }'
}
