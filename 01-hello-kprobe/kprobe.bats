#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

bats_load_library bats-support
bats_load_library bats-assert
load ../tests/helpers

# readahead is a system call that hardly anything uses, so that the calls we count are ours.
# The workload passes it the file descriptor 1234567 = 0x12d687.

# --- command line: no root needed

@test "It builds" {
	test_it_builds
}

@test "--help explains the options" {
	needs_build
	run "$BUILD/kprobe" --help
	assert_success
	assert_output --partial "Usage: kprobe [OPTION...] FUNCTION"
	assert_output --partial "--argument"
	assert_output --partial "--duration=SECONDS"
	assert_output --partial "--verbose"
}

@test "A wrong command line ends with status 2 and a reason" {
	needs_build
	run -2 "$BUILD/kprobe"
	assert_output --partial "which FUNCTION?"
	run -2 "$BUILD/kprobe" one two
	assert_output --partial "one FUNCTION at a time"
	run -2 "$BUILD/kprobe" --no-such-option
	run -2 "$BUILD/kprobe" -d soon readahead
	assert_output --partial "'soon' is no number of seconds"
	run -2 "$BUILD/kprobe" -d 0 readahead
}

# --- environment

@test "An unknown function is refused, and near names are suggested" {
	needs_build
	run on_guest <<<"kprobe do_nanoslep"
	assert_failure 1
	assert_output --regexp "^kprobe: the kernel has no function 'do_nanoslep'. Near it: do_nanosleep"
	run on_guest <<<"kprobe exceve"
	assert_failure 1
	assert_output --partial "execve"
	run on_guest <<<"kprobe ''"
	assert_failure 1
	run on_guest <<<"kprobe /etc/passwd"
	assert_failure 1
	assert_output --partial "none with a name near it"
}

@test "Without root it says so" {
	needs_build
	run on_guest <<<"workload user kprobe readahead"
	assert_failure 1
	assert_output --partial "loading a BPF program needs root"
}

@test "TODO 1: names a licence that the kernel takes" {
	local licence

	needs_build
	licence=$(llvm-readelf -p license "$BUILD/kprobe.bpf.o" 2>/dev/null |
		sed -n 's/^\[ *0\] //p')
	case $licence in
	GPL | "GPL v2" | "GPL and additional rights" | "Dual BSD/GPL" | "Dual MIT/GPL" | "Dual MPL/GPL") ;;
	"") wrong "a section named license" "none" \
		"The array needs SEC(\"license\") behind its name: that puts it where the kernel looks." ;;
	*) wrong "a licence such as GPL or Dual BSD/GPL" "$licence" \
		"The kernel compares the text letter by letter with the few that it knows." ;;
	esac
}

# --- load and attach

@test "It loads" {
	test_it_loads "kprobe readahead"
}

@test "A system call is found by its plain name" {
	trace "kprobe readahead"
	assert_regex "$stderr" "readahead is a system call: the kernel's function is __[a-z0-9]+_sys_readahead"
	# A function inside the kernel has this name, too.
	trace "kprobe getrusage"
	assert_regex "$stderr" "the kernel's function is __[a-z0-9]+_sys_getrusage"
	trace "kprobe ksys_read"
	refute_regex "$stderr" "system call"
}

@test "TODO 2: puts a kprobe on the function" {
	local hint

	trace "kprobe ksys_read" 'alive && probes; alive || echo gone'
	case $seen in
	"kprobe  func ksys_read  offset 0") return ;;
	gone)
		hint="The program has ended already. A link lives as long as its process: main() has to stay in its loop until Ctrl-C."
		;;
	kretprobe*)
		hint="This one fires when the function returns. The second argument of bpf_program__attach_kprobe() is retprobe: pass false."
		;;
	"")
		hint="Loaded is not attached: nothing calls the program yet. kprobe_bpf__attach() does nothing here, because a bare SEC(\"kprobe\") names no function. Name one: bpf_program__attach_kprobe(skel->progs.on_call, false, symbol.name)."
		;;
	*)
		hint="The third argument of bpf_program__attach_kprobe() is the function's name: symbol.name."
		;;
	esac
	wrong "kprobe  func ksys_read  offset 0" "${seen:-no kprobe}" "$hint"
}

@test "TODO 2: says so when a function may not be probed" {
	trace "kprobe notify_die"
	[[ $status -ne 1 || $stderr != *"may not be probed"* ]] || return 0
	wrong "status 1, and 'may not be probed' on stderr" "status $status, and: $stderr" \
		"bpf_program__attach_kprobe() returns NULL when it fails, and errno has the reason: then err = report_attach(&symbol, errno) and goto cleanup."
}

@test "TODO 2: says so when the kernel has no kprobes" {
	needs_load
	run on_guest <<-EOF
		unshare -m sh -c '
			umount -l /sys/kernel/debug; umount -l /sys/kernel/tracing
			mount -t tmpfs none /sys/bus/event_source/devices
			kprobe -d 1 readahead; echo "status \$?"'
	EOF
	[[ $output != *"status 1"* || $output != *"has no kprobes"* ]] || return 0
	wrong "status 1, and 'has no kprobes' on stderr" "$output" \
		"bpf_program__attach_kprobe() returns NULL when it fails, and errno has the reason: then err = report_attach(&symbol, errno) and goto cleanup."
}

# --- behaviour

@test "TODO 2: reports each call" {
	trace "kprobe readahead" "workload -c 7 readahead"
	[[ $(count_with "readahead called by ") -ne 7 ]] || return 0
	wrong "7 lines 'readahead called by ...'" "$(count_with "readahead called by ")" \
		"Is the probe on symbol.name, and does the loop run until Ctrl-C?"
}

@test "TODO 2: ends well when nobody reads its output any more" {
	needs_load
	run on_guest <<-EOF
		mkfifo lines
		head -n 1 <lines >first &
		start sh -c 'exec kprobe readahead >lines'
		soon 'workload readahead >/dev/null; [ -e status ]' || echo "still there"
		stop
		cat first status
	EOF
	[[ $output == readahead\ called\ by*$'\n'0 ]] || wrong "one line, then an end with status 0" "$output" \
		"Is the probe attached? The rest is done for you: print_event() fails, and the loop ends."
}

@test "TODO 3: names the process, and not its threads" {
	local pid ids count

	trace "kprobe readahead" "workload -t 4 -c 5 readahead"
	pid=${seen#pid }
	[[ $(count_with "called by PID $pid ") -ne 20 ]] || return 0
	ids=$(sed -n 's/.* called by PID \([0-9]*\) .*/\1/p' <<<"$output" | sort -n | uniq)
	count=$(wc -w <<<"$ids")
	case $count:$ids in
	0:*) wrong "20 lines with PID $pid" "no line" "Does TODO 2 work, and do you return only for own_pid?" ;;
	1:0) wrong "20 lines with PID $pid" "PID 0" "e.pid is still what it was at the start." ;;
	4:*) wrong "20 lines with PID $pid" "4 IDs: ${ids//$'\n'/ }" \
		"Four threads, four IDs: that is the lower half of bpf_get_current_pid_tgid(). The process's ID is the upper half: shift right by 32." ;;
	*) wrong "20 lines with PID $pid" "${ids//$'\n'/ }" \
		"bpf_get_current_pid_tgid() has the process's ID in its upper 32 bits. Shift right by 32, then store." ;;
	esac
}

@test "TODO 3: names the program" {
	local got

	trace "kprobe readahead" "workload -n fifteen-letters -c 3 readahead"
	[[ $(count_with "(fifteen-letters)") -ne 3 ]] || return 0
	got=$(sed -n 's/.*\((.*)\).*/\1/p' <<<"$output" | uniq)
	wrong "3 lines with (fifteen-letters)" "${got:-no line}" \
		"bpf_get_current_comm(e.comm, sizeof(e.comm)) fills in the name. All 16 bytes: 15 letters and the NUL."
}

@test "TODO 3: shows a name that could spoil the terminal on one line" {
	trace "kprobe readahead" "workload -n \"\$(printf 'a\nb\033c')\" -c 1 readahead"
	[[ $(count_with '(a\nb\x1bc)') -eq 1 ]] || wrong 'one line that ends in (a\nb\x1bc)' "$output" \
		"Does bpf_get_current_comm() fill in e.comm? print_event() does the rest."
}

@test "TODO 3: does not report itself" {
	local mine others

	trace "kprobe write" 'for i in 1 2 3 4 5; do workload -n writer readahead; done; cat pid >tracer; cat tracer'
	mine=$(count_with "PID $(tail -n 1 <<<"$seen") ")
	others=$(count_with "(writer)")
	[[ $mine -gt 0 || $others -lt 5 ]] || return 0
	if [[ $mine -gt 0 && $others -eq 0 ]]; then
		wrong "a line for each write of other programs" "only the tracer's own" \
			"The comparison is the wrong way round. Return early only if e.pid is own_pid."
	elif [[ $mine -gt 0 ]]; then
		wrong "no line with the tracer's own PID" "$mine of them" \
			"Each line that is printed is a write, and makes another line. Return early if e.pid is own_pid."
	else
		wrong "a line for each write of other programs" "$others of 5" \
			"Return early only if e.pid is own_pid."
	fi
}

@test "TODO 4: Ctrl-C ends it with a summary and status 0" {
	trace "kprobe readahead" "workload -c 3 readahead"
	expect_good_end "Ctrl-C"
	[[ $stderr == *"3 calls, 0 lost"* ]] || wrong "3 calls, 0 lost" "$stderr" \
		"The loop has to end, so that the lines behind it run."
}

@test "TODO 4: so does SIGTERM" {
	trace "kprobe readahead" "" TERM
	expect_good_end "kill"
}

@test "TODO 4: so does the end of -d" {
	trace "kprobe -d 1 readahead" "wait_for '[ -e status ]' || echo 'still running'"
	[[ -z $seen ]] || wrong "an end after 1 second" "$seen" \
		"-d ends with SIGALRM: install the handler for that, too."
	expect_good_end "the end of -d 1"
}

# expect_good_end WHAT: the summary was printed, and the status is 0.
expect_good_end() {
	[[ $status -ne 0 || $stderr != *" calls, "*" lost"* ]] || return 0
	wrong "a summary and status 0 after $1" "status $status, and: $stderr" \
		"A signal without a handler ends the program on the spot. Install one with sigaction() for SIGINT, SIGTERM and SIGALRM, and let it set told_to_stop."
}

@test "TODO 4: leaves nothing in the kernel" {
	trace "kprobe readahead" 'bpftool prog show name on_call | grep -c "^[0-9]"'
	expect_good_end "Ctrl-C"
	run on_guest <<<'bpftool prog show name on_call; bpftool perf show'
	assert_output ""
}

@test "TODO 4: counts what it printed and what it lost" {
	local printed lost

	# A stopped reader: the queue runs full, and the kernel side counts what it can't take.
	trace "kprobe readahead" 'kill -STOP $(cat pid); workload -c 20000 readahead; kill -CONT $(cat pid)'
	printed=$(count_with "readahead called by ")
	lost=$(sed -n 's/.* calls, \([0-9]*\) lost/\1/p' <<<"$stderr")
	[[ -z $lost || $((printed + lost)) -ne 20000 || $lost -eq 0 ]] || return 0
	wrong "20000 calls = printed + lost, some of them lost" "$printed printed, '$lost' lost" \
		"After the loop the program prints what still waits in the queue, and the sum: it has to get there."
}

@test "TODO 5: shows the first argument of an ordinary function" {
	trace "kprobe -a ksys_readahead" "workload -c 3 readahead"
	expect_argument "The argument of an ordinary function is in a register: PT_REGS_PARM1(ctx)."
}

@test "TODO 5: shows the first argument of a system call" {
	trace "kprobe -a readahead" "workload -c 3 readahead"
	expect_argument "For a system call PT_REGS_PARM1(ctx) is a pointer to the registers of the caller. Take PT_REGS_SYSCALL_REGS(ctx), and read through it with PT_REGS_PARM1_CORE_SYSCALL()."
}

# expect_argument HINT: each of the three calls shows 0x12d687.
expect_argument() {
	local got

	[[ $(count_with ", argument 0x12d687") -ne 3 ]] || return 0
	got=$(sed -n 's/.*, argument //p' <<<"$output" | sort | uniq)
	[[ $got != 0x0 ]] || set -- "e.argument is still 0. $1"
	wrong "3 times argument 0x12d687" "${got:-no line with an argument}" "$1"
}
