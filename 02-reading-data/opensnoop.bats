#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

bats_load_library bats-support
bats_load_library bats-assert
load ../tests/helpers

# Other processes open files, too, and so does the loader of each program, with
# O_RDONLY|O_CLOEXEC. What the workload opens is told by its PID and the flag O_RDONLY alone.

# lines_of PID [FLAGS]: the lines of this process with just these flags
lines_of() {
	grep -E "^ *$1 .* ${2:-O_RDONLY} +[\"(]" <<<"$output" || true
}

# paths_of PID [FLAGS]: the last column of these lines
paths_of() {
	lines_of "$1" "${2-}" | sed -E "s/.* ${2:-O_RDONLY} +([\"(])/\1/"
}

# column NUMBER: that column of the lines on standard input
column() {
	awk -v n="$1" '{ print $n }'
}

# pids: what the workloads printed, in their order
pids() {
	sed -n 's/^pid //p' <<<"$seen"
}

# --- command line: no root needed

@test "It builds" {
	test_it_builds
}

@test "--help explains the options" {
	needs_build
	run "$BUILD/opensnoop" --help
	assert_success
	assert_output --partial "Usage: opensnoop [OPTION...]"
	assert_output --partial "--pid=PID"
	assert_output --partial "--duration=SECONDS"
	assert_output --partial "--verbose"
}

@test "A wrong command line ends with status 2 and a reason" {
	local pid

	needs_build
	for pid in 0 -1 self 12x 4294967296 ""; do
		run -2 "$BUILD/opensnoop" -p "$pid"
		assert_output --partial "'$pid' is no process ID"
	done
	run -2 "$BUILD/opensnoop" /etc/passwd
	assert_output --partial "'/etc/passwd' is one word too many"
	run -2 "$BUILD/opensnoop" --no-such-option
	run -2 "$BUILD/opensnoop" -d 0
}

# --- environment

@test "A process that is not there is refused" {
	needs_build
	run on_guest <<<"opensnoop -p 2147483647"
	assert_failure 1
	assert_output "opensnoop: there is no process 2147483647"
	run on_guest <<-'EOF'
		workload -t 2 block >who &
		wait_for '[ $(ls /proc/$!/task | wc -l) -eq 2 ]'
		for thread in $(ls /proc/$!/task); do :; done
		opensnoop -p $thread
	EOF
	assert_failure 1
	assert_output --regexp "^opensnoop: [0-9]+ is a thread of process ([0-9]+): -p \1$"
}

@test "Without root it says so" {
	needs_build
	run on_guest <<<"workload user opensnoop"
	assert_failure 1
	assert_output --partial "loading a BPF program needs root"
}

# --- load and attach

@test "It loads" {
	test_it_loads opensnoop
}

@test "-v shows what libbpf says" {
	needs_load
	run on_guest <<<"opensnoop -v -d 1 2>&1 >/dev/null"
	assert_output --partial "libbpf: loading object 'opensnoop_bpf'"
}

@test "It says so when the kernel has no kprobes" {
	needs_load
	run on_guest <<-EOF
		unshare -m sh -c '
			umount -l /sys/kernel/debug; umount -l /sys/kernel/tracing
			mount -t tmpfs none /sys/bus/event_source/devices
			opensnoop -d 1; echo "status \$?"'
	EOF
	assert_output --partial "this kernel has no kprobes"
	assert_line "status 1"
}

@test "It ends well at Ctrl-C, kill and the end of -d, and leaves nothing in the kernel" {
	trace opensnoop
	assert_equal "$status" 0
	assert_regex "$stderr" "[0-9]+ calls, [0-9]+ lost"
	trace opensnoop "" TERM
	assert_equal "$status" 0
	trace "opensnoop -d 1" "wait_for '[ -e status ]' || echo 'still running'"
	assert_equal "$status$seen" 0
	run on_guest <<<'bpftool prog show name on_open; bpftool prog show name on_return; bpftool perf show'
	assert_output ""
}

@test "It does not report itself" {
	trace opensnoop "cat pid; workload open"
	run grep -E "^ *$(head -n 1 <<<"$seen") " <<<"$output"
	assert_output ""
}

@test "A full disk ends it with status 1 and a reason" {
	needs_load
	run on_guest <<<'timeout 20 opensnoop -d 2 >/dev/full'
	assert_failure 1
	assert_line "opensnoop: cannot write the output: is the disk full?"
}

# --- behaviour

keep_hint="on_return() finds a call only where keep() has put it into the map calls: bpf_map_update_elem(&calls, &thread, call, BPF_ANY), and thread is the lower half of id."

@test "TODO 1: reports each call once, and says how many it lost" {
	local pid call got

	trace opensnoop "workload -c 7 open; workload -c 7 openat; workload -c 7 openat2"
	for call in open openat openat2; do
		pid=$(pids | head -n 1)
		seen=${seen#*$'\n'}
		got=$(lines_of "$pid" | wc -l)
		[[ $got -eq 7 ]] || wrong "7 lines for 7 calls of $call" "$got. On stderr: $stderr" "$keep_hint"
	done
	got="$(($(wc -l <<<"$output") - 1)) calls"
	# (5.10 has too few slots for returns where many calls are in the kernel at once.)
	[[ $stderr == *"$got, "*" lost"* ]] || wrong "$got, as many as lines" "$stderr" "$keep_hint"
}

@test "TODO 1: keeps the calls of threads apart" {
	local keys threads missing

	# Two threads that wait in open() for someone who writes into the pipe.
	trace opensnoop 'mkfifo pipe
		workload -t 2 -f pipe open >said &
		wait_for "[ \$(cat /proc/$!/task/*/status | grep -c State:.S) = 2 ]"
		(cd /proc/$!/task; echo *)
		bpftool map dump name calls
		: >pipe; wait $!'
	threads=$(head -n 1 <<<"$seen" | tr ' ' '\n' | sort)
	keys=$(sed -n 's/.*"key": *\([0-9]*\).*/\1/p' <<<"$seen" | sort)
	missing=$(comm -23 <(echo "$threads") <(echo "$keys"))
	[[ $missing ]] || return 0
	wrong "the keys ${threads//$'\n'/ } in the map calls: two threads of one process" \
		"${keys//$'\n'/ }" \
		"Both threads are in the kernel at once. With the process's ID as the key the second call overwrites the first. The thread's ID is the lower half of id: __u32 thread = id."
}

@test "TODO 1: names the flags" {
	local pid wanted got

	trace opensnoop "workload open-flags"
	pid=$(pids)
	wanted="O_RDONLY
O_RDWR
O_WRONLY|O_CREAT|O_EXCL|O_TRUNC
O_RDONLY|O_NOCTTY|O_NONBLOCK|O_NOFOLLOW|O_NOATIME|O_CLOEXEC
O_RDWR|O_CREAT|O_APPEND|O_SYNC
O_RDWR|O_DSYNC|O_DIRECT
O_WRONLY|O_ASYNC
O_RDWR|O_TMPFILE
O_RDONLY|O_DIRECTORY|O_PATH
O_ACCMODE"
	got=$(grep -E "^ *$pid " <<<"$output" | sed 's/["(].*//' | grep -o 'O_[A-Z_|]*' | tail -n 10)
	[[ $got == "$wanted" ]] || wrong "$wanted" "${got:-no line}" "$keep_hint"
}

@test "TODO 1: ends well when nobody reads its output any more" {
	needs_load
	run on_guest <<-EOF
		mkfifo lines
		head -n 2 <lines >first &
		start sh -c 'exec opensnoop >lines'
		soon 'workload open >/dev/null; [ -e status ]' || echo "still there"
		stop
		wc -l <first; cat status
	EOF
	[[ $output == 2$'\n'0 ]] || wrong "two lines, then an end with status 0" "$output" \
		"$keep_hint The rest is done for you: print_event() fails, and the loop ends."
}

path_hint="bpf_probe_read_user_str(e->path, sizeof(e->path), call->path) returns the number of bytes that it copied: put that into size."

# expect_paths PID WANTED: fails with a hint that fits what came instead
expect_paths() {
	local got hint=$path_hint

	got=$(paths_of "$1")
	[[ $got != "$2" ]] || return 0
	case $got in
	"") hint="No line has come. $keep_hint" ;;
	*"(unreadable)"*)
		hint="The read failed, or size is still 0. The path is in the memory of the process, so only the helper for user memory may read it: bpf_probe_read_user_str(). And it has to stop at the NUL: a read of a fixed number of bytes fails where the memory ends behind the text."
		;;
	*'""'*) hint="An empty path came where there was a longer one. $path_hint" ;;
	esac
	wrong "$(cut -c 1-300 <<<"$2")" "$(cut -c 1-300 <<<"$got")" "$hint"
}

@test "TODO 2: reads the path" {
	trace opensnoop 'workload -f "a file" open; workload -f /etc/passwd openat; workload -f "" openat2'
	expect_paths "$(pids | sed -n 1p)" '"a file"'
	expect_paths "$(pids | sed -n 2p)" '"/etc/passwd"'
	expect_paths "$(pids | sed -n 3p)" '""'
}

@test "TODO 2: reads paths of every length" {
	local n got want pid

	trace opensnoop 'for n in 1 254 255 256 4095 4096; do workload -f $(printf %0${n}d 7) openat; done'
	for n in 1 254 255 256 4095 4096; do
		pid=$(pids | head -n 1)
		seen=${seen#*$'\n'}
		# The kernel takes no path of more than 4095 bytes: what we see of it ends there.
		want=$(printf '"%0*d"' "$n" 7)
		[[ $n -lt 4096 ]] || want=$(printf '"%0*d"' 4095 0)
		got=$(paths_of "$pid")
		[[ $got == "$want" ]] || wrong "a path of $n bytes, in quotes" \
			"$((${#got} - 2)) bytes: $(cut -c 1-60 <<<"$got")" \
			"The size that you pass has room for the text and its NUL: sizeof(e->path), all of it. And size has to be what the helper returned, which counts the NUL, too."
	done
}

@test "TODO 2: prints any bytes on one line" {
	trace opensnoop 'workload -f "$(printf "two words\nand \"a\tline\\\\\303\251\377\033[31m")" openat'
	expect_paths "$(pids)" '"two words\nand \"a\tline\\é\xff\x1b[31m"'
}

@test "TODO 2: does not take what was there before for the path" {
	local got

	trace opensnoop "workload -f stale open-bad"
	got=$(paths_of "$(pids)")
	[[ $got != '"stale"'$'\n(unreadable)\n(unreadable)\n(unreadable)' ]] || return 0
	wrong '"stale"
(unreadable)
(unreadable)
(unreadable)' "${got:-no line}" \
		"Three of the calls pass an address where there is no memory. Then the helper's result is negative, and e->path holds nothing of use: look at the helper's result, and put size into e->path_size before you make it 0."
}

@test "TODO 2: reads no further than the NUL" {
	trace opensnoop 'workload -f /no/more/memory/behind/this open-edge'
	expect_paths "$(pids)" '"/no/more/memory/behind/this"'
}

@test "TODO 2: reads a path that nobody has looked at before" {
	trace opensnoop 'workload -f /still/on/the/disk open-fresh'
	expect_paths "$(pids)" '"/still/on/the/disk"'
}

@test "TODO 2: uses the helper for user memory" {
	local got

	needs_load
	# The helpers have numbers: 45 and 0x2d is bpf_probe_read_str.
	got=$(llvm-objdump -d "$BUILD/opensnoop.bpf.o" | grep -oE 'call (114|0x72|115|0x73|45|0x2d)$' |
		sed -E 's/.* (114|0x72)/bpf_probe_read_user_str/; s/.* (45|0x2d)/bpf_probe_read_str/
			s/.* (115|0x73)/bpf_probe_read_kernel_str/' || true)
	[[ $got != bpf_probe_read_user_str ]] || return 0
	wrong "a call of bpf_probe_read_user_str" "${got:-none}" \
		"bpf_probe_read_str() guesses from the address whose memory is meant, and not every processor lets it. Say what you mean: bpf_probe_read_user_str()."
}

@test "TODO 3: names the parent" {
	local got wanted

	trace opensnoop 'echo $$; workload open'
	wanted=$(head -n 1 <<<"$seen")
	got=$(lines_of "$(pids)" | column 2)
	[[ $got == "$wanted" ]] ||
		wrong "PPID $wanted" "${got:-no line}" \
			"The parent of the task is task->real_parent, and its ID as ps shows it is the member tgid: BPF_CORE_READ(task, real_parent, tgid)."
}

@test "TODO 3: names the parent's process, and not its thread" {
	local got wanted

	# Two threads start a program each. What the loader opens for those is reported.
	trace opensnoop 'workload -n parent -t 2 exec'
	wanted=$(head -n 1 <<<"$seen" | sed 's/^pid //')
	got=$(grep ' exe ' <<<"$output" | column 2 | sort -u)
	[[ $got == "$wanted" ]] ||
		wrong "PPID $wanted for both children" "${got:-no line}" \
			"A thread of the parent has started this one. The member pid is the ID of that thread; the process's, which ps shows, is tgid."
}

@test "TODO 3: names the user" {
	local got

	trace opensnoop 'workload user workload open'
	got=$(lines_of "$(pids)" | column 3)
	case $got in
	1000) return ;;
	2000) wrong "UID 1000" "2000" "That is the group's ID: the upper half. Here the user's is the lower half, so there is nothing to shift." ;;
	*) wrong "UID 1000" "${got:-no line}" "bpf_get_current_uid_gid() has the user's ID in its lower 32 bits: put it into e->uid." ;;
	esac
}

@test "TODO 3: names the program" {
	local got

	trace opensnoop 'workload -n fifteen-letters openat'
	got=$(lines_of "$(pids)" | cut -c 23-38)
	[[ $got == "fifteen-letters " ]] ||
		wrong "fifteen-letters" "${got:-no line}" \
			"A name has 15 letters and its NUL, and printf() needs the NUL: bpf_get_current_comm(e->comm, sizeof(e->comm)) writes both if COMM_SIZE is 16."
}

@test "TODO 4: shows the file descriptor" {
	local got

	trace opensnoop 'workload -n opener -c 3 -f /etc/passwd openat'
	got=$(lines_of "$(pids)" | grep -F ' opener ' | column 5 | xargs)
	[[ $got =~ ^[3-9]\ [4-9]\ [5-9]$ && ${got:2:1} -eq $((${got:0:1} + 1)) && ${got:4} -eq $((${got:0:1} + 2)) ]] ||
		wrong "three file descriptors in a row, such as 3 4 5" "${got:-no line}" \
			"What a function returns is in a register of its own: PT_REGS_RC(ctx). PT_REGS_PARM1(ctx) and the others are the arguments, and gone when it returns."
}

@test "TODO 5: names the errors" {
	local name got number=0 pid

	trace opensnoop '
		ln -s loop loop
		workload open
		workload -f / creat
		workload -f /dev/null/no openat
		workload -f loop openat2
		workload -f $(printf %0256d 7) open
		mkdir secret; chmod 700 secret . ; workload user workload -f $PWD/secret/file open
		workload open-bad
		workload -f /etc/passwd open
		mkfifo pipe
		workload -n sleeper -f pipe open >said &
		wait_for "[ -s said ] && grep -q State:.S /proc/$!/status"
		kill $!; wait $! || true'
	for name in ENOENT EISDIR ENOTDIR ELOOP ENAMETOOLONG EACCES EFAULT number; do
		number=$((number + 1))
		pid=$(pids | sed -n "${number}p")
		got=$(lines_of "$pid" '(O_RDONLY|O_WRONLY\|O_CREAT\|O_TRUNC)' | column 5 | tail -n 1)
		[[ $name != number || ! $got =~ ^[0-9]+$ ]] || continue
		[[ $got == "$name" ]] || wrong "$name" "${got:-no line}" \
			"An error comes as a negative number, and strerrorname_np() wants it positive: strerrorname_np(-result). A file descriptor, 0 or more, stays a number."
	done
	got=$(grep ' sleeper .*"pipe"' <<<"$output" | column 5)
	[[ $got == -512 ]] || wrong "-512" "${got:-no line}" \
		"The C library has no name for this one, so strerrorname_np() returns NULL: print the number then."
}

@test "TODO 5: keeps 32 threads apart, and loses nothing silently" {
	local pid lost wanted got strange count

	trace opensnoop 'workload -n threads -t 32 -c 20 open-own'
	pid=$(pids)
	wanted=$(for ((thread = 1; thread <= 32; thread++)); do
		for ((call = 1; call <= 20; call++)); do
			if ((thread % 2)); then
				echo "threads ENOENT O_RDONLY \"/none/thread-$thread-call-$call\""
			else
				echo "threads ENOTDIR O_WRONLY \"/dev/null/thread-$thread-call-$call\""
			fi
		done
	done | sort)
	got=$(grep -E "^ *$pid .*-call-" <<<"$output" | awk '{ print $4, $5, $6, $7 }' | sort)
	strange=$(comm -13 <(echo "$wanted") <(echo "$got"))
	count=$(grep -c . <<<"$got" || true)
	lost=$(sed -n 's/.* calls, \([0-9]*\) lost/\1/p' <<<"$stderr")
	[[ -z $strange && $((count + lost)) -eq 640 ]] ||
		wrong "640 lines, each with what belongs together" \
			"$count, and $lost lost. Not right: $(head -n 3 <<<"$strange")" \
			"Result, flags and path of a line have to be of one call: is the thread's ID the key?"
}

# target COMMAND: a tracer's command line for a process that waits for a word in the pipe "go" and
# then becomes COMMAND
target() {
	printf "%s" "sh -c 'mkfifo go; (read -r word <go; exec $1) >said & echo \$! >target; exec opensnoop -p \$!'"
}
# More than the queue can hold.
burst='workload -n burst -c 2000 -f $(printf %01000d 7) openat'
go='echo >go; wait_for "grep -q State:.Z /proc/$(cat target)/status"'

@test "TODO 6: -p shows one process, and without it all are shown" {
	local paths

	trace "opensnoop -p \$\$" ': >mine; workload open; : >mine'
	paths=$(sed 1d <<<"$output" | grep -o '[("].*' || true)
	[[ $paths == *'"mine"'*'"mine"'* && $paths != *such* ]] ||
		wrong 'two lines with "mine", none with "/no/such/file"' "${paths:-no line}" \
			"Leave out what is not target_pid's: return false if target_pid is not 0 and the upper half of id is another."
	[[ $paths != *ld.so.cache* ]] || fail "other processes' files: $paths"
	trace opensnoop ': >mine; workload -f yours open'
	[[ $output == *'"mine"'* && $output == *'"yours"'* ]] ||
		wrong 'a line with "mine" and one with "yours"' "$(sed 1d <<<"$output" | tail -n 3)" \
			"Without -p target_pid is 0, and every process is wanted."
}

@test "TODO 6: -p shows all threads of the process, and nobody else" {
	local mine others lost

	trace "$(target 'workload -t 4 -c 5 open')" "workload -c 3 open; $go"
	mine=$(grep -c "no/such" <<<"$output" || true)
	others=$(sed 1d <<<"$output" | column 1 | sort -u | wc -l)
	# (5.10 has too few slots for returns where many calls are in the kernel at once.)
	lost=$(sed -n 's/.* calls, \([0-9]*\) lost/\1/p' <<<"$stderr")
	[[ $((mine + lost)) -ne 20 || $others -ne 1 ]] || return 0
	wrong "20 lines of 4 threads of 1 process" "$mine lines, $lost lost, $others processes" \
		"-p names the process, so compare the upper half of id with target_pid: id >> 32. The lower half is the thread."
}

@test "TODO 6: leaves the others out in the kernel" {
	trace "opensnoop -p \$\$" ': >mine; kill -STOP $(cat pid); '"$burst"'; kill -CONT $(cat pid)'
	[[ $output != *mine* || $stderr != *", 0 lost"* ]] || return 0
	wrong "none lost: the queue should hold only what -p asks for" "$stderr" \
		"The calls of other processes have filled the queue. on_open() has to leave them out: return false in is_wanted()."
}

@test "TODO 6: counts what it printed and what it lost" {
	local printed lost processes before=0

	# A stopped reader: the queue runs full.
	trace "$(target "$burst")" "kill -STOP \$(cat pid); $go; kill -CONT \$(cat pid)"
	printed=$(count_with " burst ")
	processes=$(sed 1d <<<"$output" | column 1 | sort -u | wc -l)
	lost=$(sed -n 's/.* calls, \([0-9]*\) lost/\1/p' <<<"$stderr")
	# 5.10 has one slot for returns on each CPU, so it may lose what the process opened before.
	[[ $(on_guest <<<'uname -r') != 5.10.* ]] || before=20
	[[ -z $lost || $lost -eq 0 || $((printed + lost)) -lt 2000 || $((printed + lost)) -gt $((2000 + before)) ||
		$processes -ne 1 ]] || return 0
	wrong "2000 calls of 1 process = printed + lost, some of them lost" \
		"$printed printed, '$lost' lost, $processes processes" \
		"Only the calls of this process should be counted: return false in is_wanted() for the others."
}
