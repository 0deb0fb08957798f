#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

bats_load_library bats-support
bats_load_library bats-assert
load ../tests/helpers

samples=$BATS_TEST_DIRNAME/.build/samples
PATH=$samples:$PATH

# For the scripts. entries MAP: how many entries the map has.
scripts='
	entries() {
		bpftool map dump name "$1" | grep -c "\"key\":" || :
	}
'

# probe OPTIONS-AND-FUNCTION SCRIPT: trace for uprobe.
probe() {
	trace "uprobe $1" "$scripts$2"
}

# summary WORD: the number in front of it at the end of the summary, "3 calls, 3 returned, ..."
summary() {
	sed -n "s/.*\b\([0-9][0-9]*\) $1.*/\1/p" <<<"$stderr" | tail -n 1
}

# calls: what was called, without the columns in front.
calls() {
	sed -n 's/^ *[0-9]* *[0-9]* [^ ]* .*  \([a-z]*(\)/\1/p' <<<"$output"
}

# latencies: of each line, the latency in nanoseconds and the first argument
latencies() {
	sed -n 's/^.* \([0-9]*\)\.\([0-9]*\) us  [a-z]*(\([-0-9]*\).*/\1\2 \3/p' <<<"$output" | sed 's/^0*\([0-9]\)/\1/'
}

# bars: of each line of the histogram, its first latency and its calls
bars() {
	sed -n 's/^ *\([0-9]*\) \.\. [0-9]* *\([0-9]*\) |.*/\1 \2/p' <<<"$output"
}

# --- command line: no root needed

@test "It builds" {
	test_it_builds
}

@test "--help explains the options" {
	needs_build
	run "$BUILD/uprobe" --help
	assert_success
	assert_output --partial "Usage: uprobe [OPTION...] BINARY FUNCTION"
	for option in --pid=PID --arguments=N --string=N --entry --quiet --duration=SECONDS --verbose; do
		assert_output --partial -- "$option"
	done
}

@test "A wrong command line ends with status 2 and a reason" {
	needs_build
	run -2 "$BUILD/uprobe"
	assert_output --partial "which BINARY, and which FUNCTION?"
	run -2 "$BUILD/uprobe" sample
	assert_output --partial "which FUNCTION?"
	run -2 "$BUILD/uprobe" sample add nap
	assert_output --partial "one FUNCTION at a time"
	for number in 0 -1 x '' 2x 99999999999999999999; do
		run -2 "$BUILD/uprobe" -p "$number" sample add
		assert_output --partial "'$number' is no number"
	done
	run -2 "$BUILD/uprobe" -a 5 sample add
	run -2 "$BUILD/uprobe" -s 0 sample add
}

# refused WORDS BINARY FUNCTION: there is no such thing, and the words say what is wrong.
refused() {
	run -1 "$BUILD/uprobe" "$2" "$3"
	assert_output --partial -- "$1"
	assert_equal "${#lines[@]}" 1
}

@test "It says what is wrong with the binary" {
	needs_build
	refused "'no-such-thing' is no command on PATH and no library" no-such-thing add
	refused "cannot find ./no-such-thing: No such file" ./no-such-thing add
	refused "is no ELF file" "$BATS_TEST_FILENAME" add
	refused "is no file" "$samples" add
	refused "link it" "$BUILD/uprobe.o" main
	refused "is for another kind of processor" "$BUILD/uprobe.bpf.o" on_entry
	cd "$samples/.."
	mkdir -p "$BATS_TEST_TMPDIR/folder"
	cd "$BATS_TEST_TMPDIR/folder"
	cp "$samples/sample" own-sample
	refused "For the file here say ./own-sample" own-sample add
}

@test "It says what is wrong with the function" {
	needs_build
	refused "has no function 'ad'. Near it: add" sample ad
	refused "twice was inlined in " sample twice
	refused "has no function 'twice'" sample-stripped twice
	refused "has no function 'no_such_function'" sample-static no_such_function
	refused "/sample only imports malloc: it is in libc.so.6. Try: uprobe libc.so.6 malloc" sample malloc
	refused "count is a variable in " sample count
	refused "strlen is an indirect function" libc.so.6 strlen
	refused "libc.so.6 has no function 'mallo'. Near it: malloc" libc.so.6 mallo
}

# --- environment

@test "Without root it says so" {
	needs_build
	run on_guest <<<"workload user uprobe sample add"
	assert_failure 1
	assert_output --partial "loading a BPF program needs root"
}

# --- load and attach

@test "It loads" {
	test_it_loads "uprobe sample add"
}

@test "SIGTERM and the end of -d are good ends, and leave nothing in the kernel" {
	trace "uprobe sample add" 'bpftool prog show name on_entry | grep -c "^[0-9]"' TERM
	assert_equal "$seen" 1
	assert_equal "$status" 0
	assert_regex "$stderr" "[0-9]+ calls, [0-9]+ returned, [0-9]+ shown, [0-9]+ lost"
	trace "uprobe -d 1 -q -e sample add" 'wait_for "[ -e status ]"'
	assert_equal "$status" 0
	assert_regex "$stderr" "[0-9]+ calls$"
	run on_guest <<<'bpftool prog show name on_entry; bpftool prog show name on_exit; bpftool map show name calls'
	assert_output ""
}

# --- behaviour

# offset_of FILE FUNCTION: as objdump sees it
offset_of() {
	objdump -dF --disassemble="$2" "$1" | sed -n "s/^.*<$2> (File Offset: \(0x[0-9a-f]*\)).*/\1/p"
}

@test "A full disk ends it with status 1 and a reason" {
	needs_load
	run on_guest <<<'timeout 20 uprobe sample nap -d 2 >/dev/full'
	assert_failure 1
	assert_line "uprobe: cannot write the output: is the disk full?"
}

@test "TODO 1: finds the function's place in the file" {
	local binary wanted got

	needs_load
	run on_guest <<-'EOF'
		for binary in sample sample-nopie sample-static sample-stripped; do
			start uprobe $binary add; stop; cat err
		done
	EOF
	for binary in sample sample-nopie sample-static; do
		wanted=$(offset_of "$samples/$binary" add)
		got=$(sed -n "s|^add: .* offset \(.*\) in .*/$binary\$|\1|p" <<<"$output")
		[[ $got == "$wanted" ]] || wrong "offset $wanted in $binary" "${got:-none}" \
			"The offset is counted in the file. The address is where the linker planned the function in memory. Take the segment's address away, and add the segment's offset. Is it the right segment? The address is not below its beginning, and below its end."
	done
	assert_regex "$output" "add: address 0x[0-9a-f]+, offset 0x[0-9a-f]+ in .*/sample-stripped"
}

@test "TODO 1: finds libraries as the loader does, and commands on PATH" {
	probe "libc.so.6 malloc_stats" :
	[[ $stderr == *"malloc_stats: address "*" in /"*"/libc.so.6"* ]] ||
		wrong "a line with address and offset in libc.so.6" "$stderr" \
			"Return the place in the segment that the address lies in. A library has several."
}

# attached: the kinds and places of the probes, with the offset as uprobe prints it
attached() {
	local kind file offset

	sed -n 's/^\(u[a-z]*probe\) .*filename \(.*\) *offset \([0-9]*\).*/\1 \2 \3/p' <<<"$seen" | sort |
		while read -r kind file offset; do printf '%s %s 0x%x\n' "$kind" "$file" "$offset"; done
}

@test "TODO 2: attaches to the call and to the return" {
	local offset file

	probe "sample-nopie add" probes
	offset=$(offset_of "$samples/sample-nopie" add)
	file=$(sed -n 's/^add: .* in //p' <<<"$stderr")
	[[ $(attached) == "uprobe $file $offset"$'\n'"uretprobe $file $offset" ]] || wrong \
		"a uprobe and a uretprobe at offset $offset in $file" "$(attached)${seen:+ }" \
		"Loaded is not attached, and a SEC(\"uprobe\") that names no function is passed over. Call bpf_program__attach_uprobe() for on_return with retprobe true, and for on_entry with retprobe false."
	probe "-e sample-nopie add" probes
	[[ $(attached) == "uprobe $file $offset" ]] || wrong "with --entry: one uprobe" "$(attached)" \
		"With options->style.entry_only leave out on_return."
}

# for where not one call was seen
nobody="No call was seen. Is on_entry() attached, and to everyone? A pid of 0 means this process itself. For everyone it is -1."

@test "TODO 2: sees everyone's calls" {
	local binary

	for binary in sample sample-static sample-stripped; do
		probe "$binary add" "$binary -c 3 add 2 3; $binary -t 2 -c 2 add 2 3"
		[[ $(summary calls) == 7 ]] || wrong "7 calls in $binary" "$(summary calls)" \
			"A pid of 0 means this process itself. For everyone it is -1."
	done
}

@test "TODO 2: sees the calls of one process only, and says so if there is none" {
	trace "sh -c 'mkfifo go; sample -w -t 2 -c 3 add 2 3 >who <go & exec uprobe -p \$! sample add'" \
		'sample -c 5 add 2 3; echo >go; wait_for "grep -q done who"'
	[[ $(summary calls) == 6 ]] || wrong "6 calls with --pid, of 11" "$(summary calls) calls" \
		"If the user names a process, options->pid is its number: pass that on."
	run on_guest <<<'uprobe -p 4000000 -d 1 sample add'
	[[ $status -eq 1 && $output == *"there is no process 4000000"* ]] || wrong \
		"there is no process 4000000" "status $status, $output" "If a link is NULL, return -errno."
}

@test "TODO 2: does not show its own calls" {
	local own

	probe "-e libbpf.so.1 ring_buffer__poll" 'uprobe -q -d 1 sample add >/dev/null 2>&1; cat pid'
	[[ $(count_with "ring_buffer__poll(") -gt 0 ]] || wrong "the calls of the other uprobe" "$output" "$nobody"
	own=$(lines_with "ring_buffer__poll(" | awk -v pid="$seen" '$1 == pid' | wc -l)
	[[ $own -eq 0 ]] || wrong "the calls of the other uprobe, and none of its own" "$output" "on_entry() returns at once for own_pid."
}

@test "TODO 2: ends well when nobody reads its output any more" {
	needs_load
	run on_guest <<-EOF
		$scripts
		mkfifo lines
		head -n 1 <lines >first &
		start sh -c 'exec uprobe -e sample add >lines'
		soon 'sample add 2 3 >/dev/null; [ -e status ]' || echo "still there"
		stop
		tail -n 1 err
		cat first status
	EOF
	[[ $'\n'$output != *$'\n'"0 calls"* ]] || wrong "calls" "$output" "$nobody"
	[[ $output == *"PID "*$'\n'0 && $output != *"still there"* ]] || wrong "one line, then an end with status 0" "$output" \
		"The rest is done for you: main() looks whether its output still works."
}

@test "TODO 2: ends under load" {
	# Its reader is so slow that calls keep coming faster than lines go. It is told to end meanwhile.
	trace "sh -c 'mkfifo lines; awk \"{ for (i = 0; i < 30; i++) n++ }\" lines &
		exec uprobe -e -a 0 sample add >lines'" '
		sample -c 100000000 add 1 2 >/dev/null & load=$!
		busy() { set -- $(cat /proc/$load/stat); [ "${15}" -gt 10 ]; }
		soon busy || soon busy || :
		kill -INT $(cat pid)
		wait_for "[ -e status ]" || echo "still there"
		kill $load'
	[[ $(summary calls) -gt 0 ]] || wrong "calls" "$stderr" "$nobody"
	[[ $seen != *"still there"* && $status -eq 0 && $(summary calls) -eq $(($(summary shown) + $(summary lost))) ]] ||
		wrong "calls, an end, and calls = shown + lost" "status $status, $stderr" \
			"With --entry only on_entry() is attached. Is its link kept until the end?"
}

@test "TODO 3: shows the arguments" {
	local got

	probe "-e -a 4 sample add" "sample add 2 3; sample add -7 0x7fffffffffff"
	got=$(calls | sed 's/\(([^,]*, [^,]*\), .*/\1/')
	[[ $got == "add(2, 3"$'\n'"add(-7, 0x7fffffffffff" ]] || wrong \
		"add(2, 3 and add(-7, 0x7fffffffffff" "$got" \
		"PT_REGS_PARM1(ctx) is the first argument and belongs into args[0], the second into args[1], and so on."
	[[ $(lines_with "add(" | awk '{ print $1, $3; exit }') == "$(sed -n '1s/pid //p' <<<"$seen") sample" ]]
	probe "-e -a 4 sample box" "sample box 1 2 3 4"
	[[ $(calls) == "box(1, 2, 3, 4)" ]] || wrong "box(1, 2, 3, 4)" "$(calls)" \
		"Four arguments, from PT_REGS_PARM1(ctx) to PT_REGS_PARM4(ctx), in call->args[0] to call->args[3]."
	probe "-e -a 1 sample negate" "sample negate -5; sample negate 5"
	assert_equal "$(calls)" "negate(-5)"$'\n'"negate(5)"
}

@test "TODO 3: shows a text" {
	local a wanted got

	a=$(printf '%062d' 0)
	probe "-e -s 2 sample greet" "sample greet hello; sample greet ''; sample greet 'a\"
	b'; sample greet $a; sample greet ${a}1; sample greet ${a}12"
	wanted="greet(2, \"hello\")
greet(2, \"\")
greet(2, \"a\\\"\\n\\tb\")
greet(2, \"$a\")
greet(2, \"$a\"...)
greet(2, \"$a\"...)"
	got=$(calls)
	[[ $got == "$wanted" ]] || wrong "$wanted" "$got" \
		"The text is in the process's memory, and not in the kernel's: bpf_probe_read_user_str(), with room for all of call->text. What it returns belongs into call->text_size. Where an address is shown, the copy failed: is POINTER the argument number string? 1 is the first, args[0]."
}

@test "TODO 3: reads a text up to its end, and not where there is none" {
	local wanted='greet(2, "edge")'$'\n''greet(0, 16)'

	probe "-e -s 2 sample greet" "sample greet-edges"
	[[ $(calls) == "$wanted" ]] || wrong "$wanted" "$(calls)" \
		"bpf_probe_read_user_str() stops at the NUL, and returns a negative number if there is no memory. A fixed number of bytes may reach into memory that is not there."
}

# holding: 4 threads are each 3 calls deep in a function, and then they go on.
holding() {
	probe "-q sample hold" '
		mkfifo go
		sample -t 4 hold 2 >who <go & sample=$!
		exec 9>go
		wait_for "[ \$(grep -c holding who) = 4 ]"
		entries calls
		bpftool map dump name calls | sed -n "s/.*\"depth\": \([0-9]*\).*/depth \1/p" | sort | uniq -c
		exec 9>&-
		wait $sample
		entries calls; entries stacks'
}

@test "TODO 4: keeps each call of each thread" {
	local kept depths

	holding
	kept=$(sed -n 1p <<<"$seen")
	depths=$(grep -c depth <<<"$seen" || true)
	if [[ $kept == 3 ]]; then
		wrong "12 calls kept: 4 threads, each 3 deep" "3" \
			"The threads of a process share one place. key.thread is all of thread, and not its upper half only."
	elif [[ $kept == 4 || $kept == 1 ]]; then
		wrong "12 calls kept: 4 threads, each 3 deep" "$kept" \
			"An inner call overwrites the outer one. Leave the depth in the key: enter() has put it there."
	elif [[ $kept != 12 || $depths != 3 ]]; then
		wrong "12 calls kept: 4 threads, each 3 deep" "$kept" \
			"place_of(&key) makes a place for a call in the map. Set key.thread before."
	fi
}

@test "TODO 4: keeps the time" {
	local kept start now

	probe "-q sample hold" '
		mkfifo go
		sample hold 0 >who <go & sample=$!
		exec 9>go
		wait_for "grep -q holding who"
		echo "kept $(entries calls)"
		bpftool map dump name calls | sed -n "s/.*\"start\": \([0-9]*\).*/start \1/p"
		sed "s/^/now /; s/\..*//" /proc/uptime
		exec 9>&-
		wait $sample'
	kept=$(sed -n 's/^kept //p' <<<"$seen")
	start=$(sed -n 's/^start //p' <<<"$seen")
	now=$(sed -n 's/^now //p' <<<"$seen")
	[[ $kept == 1 ]] || wrong "1 call kept" "${kept:-none}" "place_of(&key) makes a place for the call in the map."
	[[ $start -gt 0 && $((start / 1000000000)) -le $now ]] || wrong \
		"the time of the call, in nanoseconds since boot, which was $now seconds ago" "$start" \
		"call->start = bpf_ktime_get_ns(), with the call that place_of(&key) gave."
}

@test "TODO 5: shows the result" {
	local wanted

	probe "-a 2 sample add" "sample add 2 3; sample add 2 -3"
	wanted="add(2, 3) = 5"$'\n'"add(2, -3) = -1"
	[[ $(calls) == "$wanted" || $(calls | sed 's/.* = //' | xargs) != "5 -1" ]] || wrong "$wanted" "$(calls)" \
		"The result is right, and the arguments are not: they are read at the call. Does TODO 4 call read_arguments(), unless quiet is set?"
	[[ $(calls) == "$wanted" ]] || wrong "$wanted" "$(calls)" \
		"The result is in a register of its own: PT_REGS_RC(ctx). At the return the registers of the arguments hold something else."
	probe "-s 2 sample greet" "sample greet hello"
	assert_equal "$(calls)" 'greet(2, "hello") = 10'
}

# expect_latencies MS EXTRA HINT: each call took as many times MS as its first argument plus EXTRA says
expect_latencies() {
	local bad

	bad=$(latencies | awk -v ms="$1" -v extra="$2" '
		$1 < ($2 + extra) * ms * 1e6 || $1 > ($2 + extra) * ms * 1e6 + 2e9')
	[[ -z $bad ]] || wrong "latencies of $1 ms for each level or millisecond, and a little more" "$output" "$3"
}

@test "TODO 5: tells the latency in each of many threads" {
	probe "-a 1 sample nap" "sample -t 4 -c 3 nap 20"
	[[ $(latencies | wc -l) -eq 12 ]] || wrong "12 calls with their latencies" "$output" \
		"If calls are missing: key has to be the same at the call and at the return, all 64 bits of the thread."
	expect_latencies 1 0 "The latency is now minus call->start."
}

@test "TODO 5: tells the latency on every level of a recursion" {
	probe "-a 1 sample down" "sample down 3 10"
	[[ $(calls) == "down(0) = 0
down(1) = 1
down(2) = 2
down(3) = 3" ]] || wrong "down(0), down(1), down(2) and down(3)" "$output" \
		"The inner calls return first. Each has its own depth in the key."
	expect_latencies 10 1 "The latency is now minus call->start of the call with this depth."
	probe "-q sample down" "sample down 80 0"
	[[ $(summary returned) == 64 && $(summary "calls were not timed") == 17 ]] || wrong \
		"81 calls, 64 of which return" "$stderr" "count(RETURNED) for each call that was found."
}

@test "TODO 5: forgets a process that dies or execs in mid-call" {
	probe "-a 1 sample vanish" 'sample vanish 0; sample vanish 1 || :; sample vanish 2; sample vanish 3; entries calls; entries stacks'
	[[ $(summary calls) == 4 && $(calls) == "vanish(3) = -1" && $(tail -n 2 <<<"$seen") == 0$'\n'0 ]] || wrong \
		"4 calls, one returned, none kept" "$stderr, kept: $(tail -n 2 <<<"$seen")" \
		"Is key.thread the same number at the call and elsewhere? on_exit() and on_exec() in depth.bpf.h forget a thread under this number."
}

@test "TODO 5: ignores a return without a call" {
	probe "-a 0 sample split" "sample split; sample split"
	[[ $(calls) == "split() = 1"$'\n'"split() = 1" && $(summary returned) == 2 ]] || wrong \
		"2 calls that return 1" "$(lines_with split)" \
		"The child returns from a call that it never began. If there is no entry for the key, return 0: there is no latency to tell."
}

@test "TODO 5: stays right when a function is left without a return" {
	probe "-a 1 sample leap" 'sample -c 3 leap 2; sample leap 3; entries calls; entries stacks'
	[[ $(summary calls) == 17 && $(calls | uniq -c | tr -s ' ') == " 4 leap(-1) = -1" ]] || wrong \
		"17 calls, and 4 of them return: leap(-1)" "$output $stderr" \
		"longjmp() leaves functions without a return. enter() drops such calls: is key.depth what it returned?"
	expect_latencies 0 0 "The call that returns is the one with its depth: is key the one that leave() gave?"
	[[ $(tail -n 2 <<<"$seen") == 0$'\n'0 ]] || wrong "no call kept" "$seen" "Is key.thread all of thread?"
}

@test "TODO 5: finds each call of each thread again" {
	holding
	[[ $(summary returned) == 12 && $(tail -n 2 <<<"$seen") == 0$'\n'0 ]] || wrong \
		"12 calls returned, and none kept of threads that have ended" \
		"$(summary returned) returned, $(tail -n 2 <<<"$seen" | head -n 1) kept" \
		"key has to be the same at the call and at the return, thread and depth. Is key the one that leave() completed?"
}

# flood OPTIONS: 8,000 calls while the reader is stopped
flood() {
	probe "$1" '
		pid=$(cat pid); kill -STOP $pid
		sample -c 8000 add 2 3
		kill -INT $pid; kill -CONT $pid'
}

@test "TODO 6: counts every call, also where lines are lost" {
	flood "sample add"
	[[ $(summary returned) == 8000 && $(($(calls | wc -l) + $(summary lost))) -eq 8000 && $(summary lost) -gt 1000 ]] ||
		wrong "8000 calls, shown or lost" "$(calls | wc -l) shown, $stderr" \
			"send() counts what does not fit into the buffer. Call it once for each call that returns, and count(RETURNED), too."
	[[ $(bars | awk '{ n += $2 } END { print n + 0 }') -eq 8000 ]] ||
		wrong "8000 calls in the histogram" "$(bars | awk '{ n += $2 } END { print n + 0 }')" \
			"Count in the kernel, for each call that returns: look up the slot, and add 1 to what the pointer points to."
}

@test "TODO 6: the histogram says what the lines say" {
	local wanted

	probe "-a 1 sample nap" "sample nap 1; sample nap 3; sample nap 30; sample nap 200; sample -c 20 nap 0"
	wanted=$(latencies | awk '{ slot = 1; while (slot * 2 <= $1) slot *= 2; n[slot]++ }
		END { for (slot in n) print slot, n[slot] }' | sort -n)
	[[ $(bars | awk '$2 > 0') == "$wanted" && $wanted ]] || wrong \
		"from and calls, counted from the lines:
$wanted" "$(bars)" "Slot n is for latencies from 2^n ns on: log2_of(latency). One latency adds 1 to one slot."
}

@test "TODO 6: adds in one step that no other thread gets into" {
	local got

	# With --quiet there are two: count(RETURNED), and the histogram's.
	probe "-q sample add" "bpftool prog dump xlated name on_return | grep -c -e 'lock ' -e atomic64_fetch_add"
	[[ ${seen:-0} -ge 2 ]] || wrong "2 atomic additions (lock ... += or atomic64_fetch_add): to RETURNED and to the histogram" "$seen" \
		"*n += 1 reads, adds and writes, and another thread may get the CPU meanwhile. Use __sync_fetch_and_add(n, 1)."
}

@test "TODO 6: --quiet prints the histogram and no lines" {
	flood "-q sample add"
	[[ $(calls) == "" && $stderr == *"8000 calls, 8000 returned" && $(bars | awk '{ n += $2 } END { print n + 0 }') -eq 8000 ]] ||
		wrong "no lines, and 8000 calls in the histogram" "$(head -n 5 <<<"$output") $stderr" \
			"The histogram does not need the lines: count_latency() is called for each call that returns."
}
