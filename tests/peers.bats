#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs the finished tools next to the distribution's own, at the same time and on the same events,
# and compares what they say. Where they differ, the test says by how much and why.

bats_load_library bats-support
bats_load_library bats-assert
load helpers

setup_file() {
	local top=$BATS_TEST_DIRNAME/.. packed=() lesson

	export GUEST=$BATS_FILE_TMPDIR/guest PLACE=vm TESTS=$BATS_TEST_DIRNAME
	mkdir "$GUEST"
	for lesson in 02-reading-data 03-maps 04-perf-events 05-uprobes 06-tracepoints 07-perf-sampling 08-combining; do
		make -s -C "$top/$lesson" SOLUTION=1 >&2
		packed+=(-f "$top/$lesson/.build/solution/$(make -s --no-print-directory -C "$top/$lesson" print-program)")
	done
	cc -O1 -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/calls" "$TESTS/calls.c"
	packed+=(-f "$BATS_FILE_TMPDIR/calls")
	for tool in /usr/sbin/{opensnoop,syscount,execsnoop,funclatency} "$(command -v strace)" "$(command -v trace-cmd)" "$(command -v perf)"; do
		packed+=(-f "$tool=$tool")
	done
	"$TESTS/vm" start "$GUEST" "${packed[@]}" -f "$top/02-reading-data/.build/solution/workload" \
		-f "$top/05-uprobes/.build/samples/sample" -f "$top/07-perf-sampling/.build/spin/spin"
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

# numbered: turns the name of an error in the first column into its number.
numbered() {
	awk 'NR == FNR { number[$2] = $3; next } $1 in number { $1 = number[$1] } { print }' \
		<(echo '#include <errno.h>' | cc -E -dM - | grep 'define E[A-Z0-9]* [0-9]') -
}

# differences: what only ours (<) or only the other tool (>) says.
differences() {
	diff <(sort "$BATS_TEST_TMPDIR/ours") <(sort "$BATS_TEST_TMPDIR/theirs") | grep '^[<>]' || true
}

# from FILE: the lines of one of the files that the script printed, each behind its name.
from() {
	sed -n "s|^$1:||p" "$BATS_TEST_TMPDIR/all" | tr -d '\r'
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

	[[ $(wc -l <"$BATS_TEST_TMPDIR/ours") -gt 80 ]]
	# It traces the system calls open() and openat(). Ours traces the function behind all four.
	run differences
	assert_output "< 3 $creat workload /etc/group
< 3 $openat2 workload /etc/group"
}

@test "stats counts what strace -c and syscount count, and says so of calls that never return" {
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

	# stats counts a call when it begins, strace and syscount when it ends. So only stats has the
	# ends of threads and processes, and only they have the openat() that waited for the FIFO when
	# all three were attached.
	from strace | awk '$4 + 0 { print $NF, $4 }' | grep -v '^total' >"$BATS_TEST_TMPDIR/theirs"
	run differences
	assert_output "< exit 2
< exit_group 1
< openat 9
> openat 10"

	# clone3() returns twice, once in each thread, so syscount counts it twice.
	from peer/out | awk '$2 + 0 && NF == 2 { print $1, $2 }' >"$BATS_TEST_TMPDIR/theirs"
	run differences
	assert_output "< clone3 2
> clone3 4
< exit 2
< exit_group 1
< openat 9
> openat 10"
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

@test "trace sees each process and thread make the calls that strace sees, in the same order" {
	on_guest <<-EOF >"$BATS_TEST_TMPDIR/all"
		$peers
		mkfifo go
		sh -c 'echo \$\$ >target; read line <go; workload -c 3 exec; workload threadexec
			workload -t 4 -c 20 nanosleep; : | cat | cat; ls /; (exit 3)
			trap : USR1; kill -USR1 \$\$; exec workload noexec' >/dev/null 2>&1 &
		wait_for '[ -s target ]'
		target=\$(cat target)
		strace -f -C -o strace -p "\$target" 2>attached &
		wait_for 'grep -q attached attached'
		start trace -p "\$target"
		echo >go
		wait_for '[ -e status ]'
		wait_for '! [ -e /proc/\$target ] && [ -s strace ]'
		awk '{ print FILENAME ":" \$0 }' target status err strace out
	EOF
	assert_equal "$(from status)" 0
	assert_regex "$(from err)" " 0 lost, 0 unfinished"
	# Thread, call: all calls of a thread, and then those of the next one.
	from strace | grep -E '^[0-9]+ +[a-z]' | sed -E 's/^([0-9]+) +([a-z0-9_]+)\(.*/\1 \2/' |
		sort -s -n -k 1,1 >"$BATS_TEST_TMPDIR/theirs"
	from out | sed -nE 's/^\[[0-9:.]+\] .*\(([0-9]+\/)?([0-9]+)\) ([a-z0-9_]+)\(.*/\2 \3/p' |
		sort -s -n -k 1,1 >"$BATS_TEST_TMPDIR/ours"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/ours") -gt 300 ]]
	# The openat() that waited for the FIFO began before trace was there. And a thread that calls
	# execve() gets the ID of its process: strace has printed its old one.
	run sh -c 'diff "$1/theirs" "$1/ours" | sed -n "s/ [0-9]* execve/ execve/; /^[<>]/p" | LC_ALL=C sort' sh "$BATS_TEST_TMPDIR"
	assert_output "< $(from target) openat
< execve
> execve"
	# The sums, call by call: name, calls, errors.
	from strace | awk '$1 ~ /^[0-9]+[.]/ && $3 ~ /^[0-9]+$/ && $NF != "total" { print $NF, $4, (NF == 6 ? $5 : 0) }' \
		>"$BATS_TEST_TMPDIR/theirs"
	from err | awk 'NF == 6 && $1 ~ /^[0-9]+$/ { print $6, $1, $2 }' >"$BATS_TEST_TMPDIR/ours"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/ours") -gt 25 ]]
	# strace does not count calls that never return. And it has seen the end of the openat() that
	# waited for the FIFO. A thread that waits for one that calls execve() is killed in its futex():
	# strace does not see that end, and it may also not have begun.
	sed -i '/^futex /d' "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs"
	run differences
	assert_output "< exit 3 0
< exit_group 13 0
< openat 73 64
> openat 74 64"
}

# in_our_words: what strace says about the calls of calls.c, as trace says it.
in_our_words() {
	local rules=(
		# Only strace has lines of signals and ends, and lines up the results.
		'/^(---|\+\+\+|\[|strace:)/d; s/\) +=/) =/'
		# It says what a number means that has no name, and what a result means.
		's| /\* [^*]*\*/||; s/0x4d\b/77/; s/(F_GETLEASE\)) = 0x/\1 = /'
		's/^(.*\) = [0-9]+) \(.*\)$/\1/; s/Interrupted by signal/interrupted by a signal/'
		# It names things that are too rare for trace.
		's/\bIPPROTO_IP\b/0/; s/\bP_ALL\b/0/; s/\bITIMER_REAL\b/0/; s/makedev\(0x1, 0x3\)/0x103/'
		's/resolve=RESOLVE_BENEATH/mode=0, resolve=0x8/; s/AT_STATX_SYNC_AS_STAT\|//'
		# The same number has several names.
		's/\b(EPOLL|IN|SFD)_CLOEXEC\b/O_CLOEXEC/; s/WNOHANG\|WSTOPPED, NULL/WNOHANG|WUNTRACED, NULL/'
		's/SO_RCVTIMEO_OLD/SO_RCVTIMEO/; s/RLIM64_INFINITY/RLIM_INFINITY/; s/(FUTEX_WAKE)_PRIVATE/\1|FUTEX_PRIVATE_FLAG/'
		# It writes some structs as C would, and others with more members.
		's/htons\(([0-9]*)\)/\1/; s/inet_addr\("([0-9.]*)"\)/\1/; s/data=\{u32=7, u64=7\}/data=0x7/'
		's/ sin6_flowinfo=htonl\(0\), inet_pton\(AF_INET6, "(.*)", &sin6_addr\), sin6_scope_id=0/ sin6_addr=\1/'
		's/stx_mask=[A-Z_|]*, stx_attributes=0, stx_mode/st_mode/; s/stx_size/st_size/'
		's/ sa_mask=\[\],//; s/, sa_restorer=0x[0-9a-f]*//; s/SA_RESTORER\|//; s/sa_flags=SA_RESTORER/sa_flags=0/'
		's/\[\{WIFEXITED\(s\) && WEXITSTATUS\(s\) == 3\}\]/[exited 3]/; s/\[INT TERM\]/[SIGINT SIGTERM]/'
		's/exit_signal=SIGCHLD, stack=NULL, stack_size=0/exit_signal=SIGCHLD, .../; s/rt_sigreturn\(.*\) =/rt_sigreturn() =/'
		's/^clone\(child_stack=NULL, flags=([A-Z_|]*).*\) =/clone(\1) =/'
		# It reads what the call has been given, also when the call fails.
		's/^(getpeername\(.*, )\[16\]\)/\1ADDRESS)/'
		# trace shows buffers of these calls by their address, and all words of prctl().
		's/^((setxattr|getrandom|setsockopt)\(.*)"[^"]*", ([0-9]+[,)])/\1ADDRESS, \3/; s/^prctl\((PR_[A-Z_]*).*\) =/prctl(\1) =/'
		# It shows the time that it was called with. trace looks when the call has ended: the
		# kernel has put what was left of the time in its place.
		'/^(ppoll|pselect6|select)\(/s/\{tv_[^}]*\}/{TIME}/'
	)

	sed -E "$(printf '%s\n' "${rules[@]}")"
}

# in_their_words: what trace says, without what only trace says
in_their_words() {
	local rules=(
		# How long it took.
		's/ <[0-9]+ us>$//'
		's/\{left tv_[^}]*\}/{TIME}/; s/, revents=[A-Z0-9|]*//g'
		's/^clone\(([A-Z_|]*),.*\) =/clone(\1) =/; s/^prctl\((PR_[A-Z_]*).*\) =/prctl(\1) =/'
		's/^(getpeername\(.*, )0x[0-9a-f]*\)/\1ADDRESS)/'
		's/^((setxattr|getrandom|setsockopt)\(.*)0x[0-9a-f]*, ([0-9]+[,)])/\1ADDRESS, \3/'
		# The last call is one of a 32-bit program. trace knows only the names of those.
		'/^getpid\(0x|^getpid\(0,/s/getpid\(.*\)/getpid()/'
	)

	sed -E "$(printf '%s\n' "${rules[@]}")"
}

# sort_flags: puts flags that stand together into the order of the alphabet
sort_flags() {
	awk '{
		rest = $0
		line = ""
		while (match(rest, /[A-Z0-9_]+([|][A-Z0-9_]+)+/)) {
			n = split(substr(rest, RSTART, RLENGTH), flags, "[|]")
			line = line substr(rest, 1, RSTART - 1)
			rest = substr(rest, RSTART + RLENGTH)
			for (i = 1; i <= n; i++) {
				for (j = i + 1; j <= n; j++)
					if (flags[j] < flags[i]) {
						flag = flags[i]
						flags[i] = flags[j]
						flags[j] = flag
					}
				line = line (i > 1 ? "|" : "") flags[i]
			}
		}
		print line rest
	}'
}

@test "trace shows the arguments and results that strace shows, of more than 100 kinds of calls" {
	# Behind "verbose=" stand the calls whose structs trace shows, too. Others are addresses.
	on_guest <<-EOF >"$BATS_TEST_TMPDIR/all"
		$peers
		mkfifo go
		mkdir empty
		sh -c 'echo \$\$ >target; read line <go; cd empty; exec calls' >/dev/null 2>&1 &
		wait_for '[ -s target ]'
		target=\$(cat target)
		strace -e signal=none -e verbose=openat2,fstat,newfstatat,stat,lstat,statx,ppoll,pselect6,poll,select,epoll_ctl,epoll_pwait,epoll_wait,nanosleep,clock_nanosleep,clock_getres,clock_settime,futex,rt_sigaction,rt_sigprocmask,rt_sigpending,signalfd4,wait4,clone3,prlimit64,execve,execveat,bind,connect,getsockname,getpeername,accept4,sendto,recvfrom,setsockopt,getsockopt,socketpair,pipe,pipe2,gettimeofday \
			-o strace -p "\$target" 2>attached &
		wait_for 'grep -q attached attached'
		start trace -p "\$target"
		echo >go
		wait_for '[ -e status ]'
		wait_for '! [ -e /proc/\$target ] && [ -s strace ]'
		awk '{ print FILENAME ":" \$0 }' target status err strace out
	EOF
	assert_equal "$(from status)" 0
	assert_regex "$(from err)" " 0 lost, 0 unfinished"
	from strace | sed -n '/^umask/,/^exit_group/p' | in_our_words | sort_flags >"$BATS_TEST_TMPDIR/theirs"
	from out | sed -nE "s/^\[[0-9:.]+\] calls\($(from target)\) //p" | sed -n '/^umask/,/^exit_group/p' |
		in_their_words | sort_flags >"$BATS_TEST_TMPDIR/ours"
	[[ $(sed 's/(.*//' "$BATS_TEST_TMPDIR/ours" | sort -u | wc -l) -gt 100 ]]
	run diff "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
	assert_output ""
}

@test "trace sees each of 1,000,000 calls, and shows or counts as lost each of them" {
	# The buffer is small, so that some are lost.
	run on_guest <<-'EOF'
		for options in "-c" "-b 16 -o lines"; do
			trace $options -s readahead -- workload -c 1000000 readahead >out 2>err
			cat out err | awk '$NF == "readahead" { print $1, $2, $NF }'
			tail -n 1 err
			grep -s -c ' readahead(' lines
		done
	EOF
	assert_line --index 0 "1000000 1000000 readahead"
	assert_line --index 1 --regexp "^1000000 calls, .*; 0 shown, 0 lost, 0 unfinished$"
	assert_line --index 2 "1000000 1000000 readahead"
	[[ ${lines[3]} =~ ^1000000\ calls,\ .*\;\ ([0-9]+)\ shown,\ ([0-9]+)\ lost,\ 0\ unfinished$ ]]
	assert_equal "$((BASH_REMATCH[1] + BASH_REMATCH[2]))" 1000000
	assert_equal "${lines[4]}" "${BASH_REMATCH[1]}"
	[[ ${BASH_REMATCH[1]} -gt 1000 && ${BASH_REMATCH[2]} -gt 0 ]]
}

@test "trace has one name for each number, and finds system calls whose number is another macro" {
	local names=$TESTS/../08-combining/names

	cd "$BATS_TEST_TMPDIR"
	{
		"$names" cc
		cat <<-'EOF'
			#include <stdio.h>
			int main(void)
			{
				for (unsigned int i = 0; i < names_tables_count; i++)
					for (unsigned int j = 0; j < names_tables[i].count; j++)
						printf("%s %#llx\n", names_tables[i].kind, names_tables[i].names[j].value);
			}
		EOF
	} >all.c
	cc -D_GNU_SOURCE -I"$TESTS/../08-combining" -o all all.c
	./all >numbers
	[[ $(wc -l <numbers) -gt 500 ]]
	run sh -c 'sort numbers | uniq -d'
	assert_output ""

	# A compiler for arm64, with older headers.
	cat >arm-cc <<-'EOF'
		#!/bin/sh
		input=$(cat)
		case $input in
		"#include <asm/unistd.h>") printf '#define __NR%s\n' '_read 63' '3264_mmap 222' '_mmap __NR3264_mmap' '_syscalls 450' ;;
		*) printf '%s\n' "$input" | cc "$@" ;;
		esac
	EOF
	chmod +x arm-cc
	run sh -c '"$1" ./arm-cc | sed -n "/ call_names\[/,/^}/p"' sh "$names"
	assert_output 'const char *const call_names[512] = {
	[63] = "read",
	[222] = "mmap",
};'
}
