#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

bats_load_library bats-support
bats_load_library bats-assert
load ../tests/helpers

# What the workload calls "exec" becomes `workload -c0 close`, which prints its PID; "threadexec"
# does the same from a second thread. "noexec" tries /no/such/program. Other programs that run in
# the guest show up as well, so the tests look for these.
became='"/proc/self/exe" ["workload", "-c0", "close"]'
failed='"/no/such/program" ["program", "two words"]'

# For the scripts. settle waits until all that happened before is shown: each CPU has its buffer, so
# one mark may be read before another CPU's buffer, and only the second one says that both have been
# read.
scripts='
	settle() {
		for mark in first second; do
			workload user /no/mark/$mark >/dev/null 2>&1 || :
			soon "grep -q \" ./no/mark/$mark. \\[\" out" || { echo "not shown"; break; }
		done
	}
'

# watch OPTIONS SCRIPT: trace for execsnoop, until all that the script did is shown. Fails by itself
# where that does not happen.
watch() {
	local hint="Does read_perf_buffer() poll, and then consume? The kernel wakes the poll only when a buffer is half full."

	trace "execsnoop $1" "$scripts$2
		settle"
	if [[ $1 == *--ringbuf* ]]; then
		hint="Is each event that was reserved submitted, with wakeup as the second argument?"
		[[ $stderr == *"Tracing exec"* ]] ||
			wrong "a line that begins with 'Tracing '" "$stderr" "$(explain_load "$stderr")"
	elif [[ $stderr == *"too short"* ]]; then
		hint="The kernel fills up records to multiples of 8 bytes. So the size is often a little more than what was sent: too small is an error, and larger is not."
	fi
	[[ $seen != *"not shown"* ]] || wrong "each exec shown within a tenth of a second" \
		"not all, and: $(head -n 3 <<<"$stderr")" "$hint"
}

# --- command line: no root needed

@test "It builds" {
	test_it_builds
}

@test "--help explains the options" {
	needs_build
	run "$BUILD/execsnoop" --help
	assert_success
	assert_output --partial "Usage: execsnoop [OPTION...]"
	assert_output --partial "--buffer=PAGES"
	assert_output --partial "--ringbuf"
	assert_output --partial "--duration=SECONDS"
	assert_output --partial "--verbose"
}

@test "A wrong command line ends with status 2 and a reason" {
	local pages

	needs_build
	for pages in 0 3 -1 -8 2x '' 131072 18446744073709551617; do
		run -2 "$BUILD/execsnoop" -b "$pages"
		assert_output --partial "'$pages' is no number of pages"
	done
	run -2 "$BUILD/execsnoop" ls
	assert_output --partial "what is 'ls'?"
	run -2 "$BUILD/execsnoop" --no-such-option
	run -2 "$BUILD/execsnoop" -d 0
}

# --- environment

@test "Without root it says so" {
	needs_build
	run on_guest <<<"workload user execsnoop"
	assert_failure 1
	assert_output --partial "loading a BPF program needs root"
}

# --- load and attach

@test "It loads" {
	test_it_loads "execsnoop"
}

@test "SIGTERM and the end of -d are good ends, and leave nothing in the kernel" {
	trace "execsnoop" 'bpftool prog show name on_exec | grep -c "^[0-9]"' TERM
	assert_equal "$seen" 1
	assert_equal "$status" 0
	assert_regex "$stderr" "execs shown, [0-9]+ lost"
	trace "execsnoop -d 1" 'wait_for "[ -e status ]" || echo "still running"'
	assert_equal "$status$seen" 0
	assert_regex "$stderr" "execs shown, [0-9]+ lost"
	run on_guest <<<'bpftool prog show name on_exec; bpftool prog show name on_return; bpftool map show name events'
	assert_output ""
}

# summary WORD: the number in front of it at the end of the summary, "3 execs shown, 0 lost"
summary() {
	sed -n "s/.*\b\([0-9][0-9]*\) $1.*/\1/p" <<<"$stderr" | tail -n 1
}

@test "A full disk ends it with status 1 and a reason" {
	needs_load
	run on_guest <<<'timeout 20 execsnoop -d 2 >/dev/full'
	assert_failure 1
	assert_line "execsnoop: cannot write the output: is the disk full?"
}

# --- behaviour

@test "TODO 1: sends an event for each exec, or counts it as lost" {
	local shown lost

	trace "execsnoop -b 1" "workload -c 500 noexec"
	shown=$(summary "execs shown")
	lost=$(summary lost)
	# As long as nobody reads the buffers, a few stay in them. What else runs in the guest is a few
	# more. TODO 5 is exact.
	[[ $((shown + lost)) -ge 450 && $((shown + lost)) -lt 550 ]] || wrong \
		"about 500 execs, shown or lost" "$shown shown, $lost lost" \
		"As long as there is no buffer (that is TODO 2) bpf_perf_event_output() fails each time. So each result that is not 0 has to be counted: __sync_fetch_and_add(&lost, 1)."
}

@test "TODO 2: opens a buffer of that size for each CPU" {
	local sizes from to wanted

	trace "execsnoop -b 8" 'nproc; sed -n "/perf_event/s/ .*//p" /proc/$(cat pid)/maps'
	wanted=$(for ((i = 0; i < $(head -n 1 <<<"$seen"); i++)); do echo "8 pages"; done)
	sizes=$(sed 1d <<<"$seen" | while IFS=- read -r from to; do
		# (a page more is for the buffer's head)
		echo "$(((0x$to - 0x$from) / 4096 - 1)) pages"
	done)
	[[ $sizes == "$wanted" ]] || wrong "$wanted" "${sizes:-no buffer}" \
		"new_batched_buffer() opens a buffer for each CPU. Pass it the map's file descriptor and options.pages, and keep what it returns in perf."
}

@test "TODO 2: the events of every CPU have a buffer to go to" {
	local lost

	trace "execsnoop" 'grep -c perf_event /proc/$(cat pid)/maps; taskset 1 workload -c 5 noexec; taskset 2 workload -c 5 noexec'
	lost=$(summary lost)
	[[ $seen == 0* || $lost -gt 0 ]] || return 0
	if [[ $seen == 0* ]]; then
		wrong "a buffer" "none" "Call new_batched_buffer() and keep what it returns in perf."
	else
		wrong "0 lost" "$lost lost" \
			"Is the flag in TODO 1 BPF_F_CURRENT_CPU? A program can only write to the buffer of the CPU that it runs on, and 0 means CPU 0."
	fi
}

# expect_execs: of each program that the first one started there is one line.
expect_execs() {
	local wanted got

	wanted=$(sed -n 's/^pid //p' <<<"$seen" | sed 1d | sort -n)
	got=$(lines_with "$became" | awk '{ print $2 }' | sort -n)
	[[ $got == "$wanted" ]] || wrong "a line for each of the PIDs ${wanted//$'\n'/ }" "lines for: ${got//$'\n'/ }" \
		"If these are other PIDs: the members of the event lie elsewhere than the user side thinks. Both sides must read it by one definition: that in event.h."
}

first_pid() {
	sed -n '1s/pid //p' <<<"$seen"
}

@test "TODO 3: shows each exec" {
	watch "" "workload -c 5 exec"
	expect_execs
}

@test "TODO 3: shows the exec of a thread that is not the process's first" {
	watch "" "workload -c 3 threadexec"
	expect_execs
}

@test "TODO 3: shows who called, and the parent" {
	local parent line

	watch "" "workload -n caller -c 1 exec; workload user workload -n caller -c 2 noexec"
	parent=$(first_pid)
	line=$(lines_with "$became" | awk '{ print $3, $4, $5, $6 }')
	[[ $line == "$parent 0 exe 0" ]] || wrong "PPID $parent, UID 0, COMM exe, RESULT 0" "${line:-no line}" \
		"collect() fills that in. Is the event that is printed the one that was sent, from its first byte on?"
	line=$(lines_with "$failed" | awk '{ print $4, $5, $6 }' | uniq)
	[[ $line == "1000 caller ENOENT" ]] || wrong "UID 1000, COMM caller, RESULT ENOENT" "${line:-no line}" \
		"e->result is the result that send_by_perf_buffer() was given."
}

@test "TODO 3: shows attempts that failed, and why" {
	local got

	watch "" "workload -c 7 noexec; echo text >file; chmod +x file; workload user ./file; workload user /tmp"
	got=$(lines_with "$failed" | grep -c ENOENT) || true
	[[ $got -eq 7 ]] || wrong "7 lines with ENOENT and $failed" "$got, and: $(lines_with /no/such | head -n 2)" \
		"e->result is the result that send_by_perf_buffer() was given."
	assert_regex "$output" " ENOEXEC \"./file\" \[\"./file\"\]"
	assert_regex "$output" " EACCES  \"/tmp\" \[\"/tmp\"\]"
}

@test "TODO 3: shows an exec within a moment, and when it was" {
	local before after got

	trace "execsnoop" "$scripts"'
		date +%T; workload noexec; soon "grep -q such/pr[o]gram out" || echo late; date +%T'
	[[ $seen != *late* ]] || wrong "a line while the tracer runs" "none" \
		"The kernel wakes the poll only when a buffer is half full: consume what is there after each poll."
	before=$(head -n 1 <<<"$seen")
	after=$(tail -n 1 <<<"$seen")
	got=$(lines_with "$failed" | cut -c 1-8)
	[[ ! $got < $before && ! $got > $after || $before > $after ]] ||
		wrong "a time from $before to $after" "$got" "collect() fills in the time. Is the event sent from its first byte on?"
}

@test "TODO 3: shows every argument, and marks what was cut" {
	local a got

	# 2,048 bytes are whole: "workload", "-c0", "close" and their NULs take 19, its own takes 1.
	watch "" '
		workload -c0 close "two words" "" "a\"b\\c" "$(printf "line\nbreak")"
		workload user /no/such/file "" last
		a=$(printf "%02028d" 0)
		taskset 1 workload -c0 close $a
		taskset 1 workload -c0 close ${a}1
		taskset 1 workload -c0 close short
		taskset 1 workload user /no/such/$a ${a}${a}'
	a=$(printf "%02028d" 0)
	for line in '["workload", "-c0", "close", "two words", "", "a\"b\\c", "line\nbreak"]' \
		"[\"workload\", \"-c0\", \"close\", \"$a\"]" "[\"workload\", \"-c0\", \"close\", \"${a}1\"...]" \
		'["workload", "-c0", "close", "short"]'; do
		[[ $(lines_with "$line" | grep -c "bin/workload\" ") -eq 1 ]] || wrong "$line" \
			"$(lines_with '"-c0", "close"')" \
			"If a short line ends with ...: the scratch memory still holds what was sent before. Zero the first HEAD_SIZE bytes of the event."
	done
	assert_equal "$(count_with '["/no/such/file", "", "last"]')" 1
	assert_regex "$output" " (ENAMETOOLONG|ENOENT) +\"/no/such/0+\"\.\.\. \[\"/no/such/0+\", \"0+\"\.\.\.\]"
}

# expect_sleep OPTIONS HINT: 300 events, one at a time, and the reader was awake ten times a second, or
# a little more; and where nothing happens, it uses no CPU
expect_sleep() {
	local limit wakes state

	watch "$1" 'state() { sed -n "s/^voluntary.*:.//p" /proc/$(cat pid)/status; cut -d. -f1 /proc/uptime; }
		ticks() { set -- $(cat /proc/$(cat pid)/stat); echo $((${14} + ${15})); }
		state; workload -c 300 -p 2 noexec; state
		before=$(ticks); sleep 1; echo $(($(ticks) - before))'
	mapfile -t state < <(sed '/^pid /d' <<<"$seen")
	wakes=$((state[2] - state[0]))
	limit=$((30 + 10 * (state[3] - state[1])))
	[[ $(count_with "$failed") -eq 300 && $wakes -lt $limit ]] || wrong \
		"300 lines, and the reader awake less than $limit times" \
		"$(count_with "$failed") lines, awake $wakes times" "$2"
	# (in hundredths of a second)
	[[ ${state[4]} -lt 50 ]] || wrong "hardly any CPU time while nothing happens" "${state[4]} %" \
		"To poll is to wait until there is something to read, or LOOK_EVERY_MS milliseconds. To consume waits for nothing."
}

@test "TODO 3: sleeps until there is something to do" {
	expect_sleep "-b 256" "perf_buffer__new() lets the kernel wake the reader for each event: new_batched_buffer() does not."
}

@test "TODO 3: Ctrl-C ends it with a summary and status 0" {
	watch "" "workload -n marker noexec"
	[[ $status -ne 0 || $stderr != *" execs shown, "*" lost"* || $output != *marker* ]] || return 0
	wrong "events, then a summary and status 0" "status $status, and: $stderr" \
		"A signal makes perf_buffer__poll() return -EINTR. That is no failure: return 0, and main() sees that it has to stop."
}

@test "TODO 3: ends well when nobody reads its output any more" {
	needs_load
	run on_guest <<-EOF
		$scripts
		mkfifo lines
		head -n 1 <lines >first &
		start sh -c 'exec execsnoop >lines'
		soon 'workload noexec >/dev/null; [ -e status ]' || echo "still there"
		stop
		cat first status
	EOF
	[[ $output == TIME*$'\n'0 ]] || wrong "one line, then an end with status 0" "$output" \
		"Is the buffer read? The rest is done for you: main() looks whether its output still works."
}

@test "TODO 4: says how many were lost, and on which CPU" {
	local told lost

	# The reader is stopped, and a buffer of one page runs full. The count comes with the next
	# event that fits.
	trace "execsnoop -b 1" "$scripts"'
		pid=$(cat pid)
		kill -STOP $pid; taskset 2 workload -c 500 noexec; kill -CONT $pid
		soon "taskset 2 workload -n marker noexec; grep -q m[a]rker out" || :
		taskset 2 workload -n last noexec; soon "grep -q l[a]st out" || :'
	told=$(sed -n 's/^execsnoop: \([0-9]*\) lost on CPU 1$/\1/p' <<<"$stderr" | awk '{ n += $1 } END { print n + 0 }')
	lost=$(summary lost)
	[[ $lost -gt 100 && $told -eq $lost ]] || wrong "lines 'N lost on CPU 1' on stderr, $lost in all" \
		"$told in all, from: $(grep 'lost on' <<<"$stderr" | head -n 3)" \
		"on_lost() is called once for many events: count says for how many. Is it the function that you pass to new_batched_buffer()?"
}

# burst OPTIONS: sends 2,000 events to a stopped reader, then Ctrl-C, and only then lets it go on.
# It waits without a process of its own, whose exec would count as well.
burst() {
	trace "execsnoop $1" '
		read -r pid <pid # (cat would be an exec)
		kill -STOP $pid
		workload -n burst -c 2000 noexec
		kill -INT $pid; kill -CONT $pid
		n=0; until [ -e status ] || [ $n = 1000000 ]; do n=$((n + 1)); done'
}

# expect_sum: each event of the burst was shown or counted as lost (and the workload's own exec).
expect_sum() {
	local shown lost

	shown=$(awk -v pid="$(first_pid)" '$2 == pid' <<<"$output" | wc -l)
	lost=$(summary lost)
	[[ $lost && $((shown + lost)) -eq 2001 && $shown -gt 0 ]] ||
		wrong "2001 execs, shown or lost" "$shown shown, ${lost:-?} lost" "$1"
}

@test "TODO 5: shows the events that came just before the end" {
	burst "-b 1024"
	expect_sum "They are still in the buffer when the loop has ended: perf_buffer__consume(perf) shows them."
	[[ $(summary lost) -eq 0 ]] || wrong "0 lost" "$(summary lost)" "There is room for all of them in 1024 pages: options.pages."
}

@test "TODO 5: loses no event without counting it" {
	burst "-b 1"
	expect_sum "A few fit into one page, and the loop's end must show them: perf_buffer__consume(perf). For each of the others bpf_perf_event_output() returns something other than 0: count it as lost (TODO 1)."
	[[ $(summary lost) -gt 1000 ]] || wrong "most of them lost" "$(summary lost)" "Is the buffer of options.pages pages?"
	[[ $(count_with "$failed") -ge 6 ]] || wrong "room for 6 events and more in one page" "$(count_with "$failed")" \
		"The last argument of bpf_perf_event_output() is size: size says how many bytes are in use, and sizeof(*e) would send the unused room for arguments, too."
}

@test "TODO 6: shows each exec through the ring buffer" {
	watch "--ringbuf " "workload -c 2 exec"
	expect_execs
	watch "--ringbuf " "workload -c 7 noexec"
	[[ $(lines_with "$failed" | grep -c ENOENT) -eq 7 ]] || wrong "7 lines with ENOENT and $failed" \
		"$(count_with "$failed") and: $(lines_with /no/such | head -n 2)" \
		"e->result is the result that send_by_ring_buffer() was given."
}

@test "TODO 6: the ring buffer's memory is not new" {
	local got

	watch "--ringbuf -b 2" '
		a=$(printf "%02100d" 0)
		for i in 1 2 3 4 5 6; do workload -c0 close $a; done
		soon "workload -c0 close short; grep -q sh[o]rt out" || :'
	got=$(lines_with short | tail -n 1)
	[[ $got == *'["workload", "-c0", "close", "short"]'* && $got != *...* ]] || wrong \
		'["workload", "-c0", "close", "short"]' "${got:-no such line}" \
		"What bpf_ringbuf_reserve() returns still holds what was there before: zero the first HEAD_SIZE bytes."
}

@test "TODO 6: counts what does not fit into the ring buffer" {
	burst "--ringbuf -b 4"
	expect_sum "bpf_ringbuf_reserve() returns NULL when the buffer is full: then count the event as lost. And what fits has to be submitted. If 0 were shown: does TODO 5 consume the ring buffer, too?"
	[[ $(summary lost) -gt 1000 ]] || wrong "most of them lost" "$(summary lost)" "NULL means one event lost."
}

@test "TODO 6: the ring buffer's reader sleeps, too" {
	expect_sleep "--ringbuf -b 4096" "The second argument of bpf_ringbuf_submit() is wakeup. 0 would wake the reader for each event."
}
