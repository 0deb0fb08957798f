#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

bats_load_library bats-support
bats_load_library bats-assert
load ../tests/helpers

# readahead is a system call that hardly anything uses, so that the calls we count are ours. The
# numbers from 100000 on are no system calls at all, but the kernel counts the attempt.

# --- command line: no root needed

@test "It builds" {
	test_it_builds
}

@test "--help explains the options" {
	needs_build
	run "$BUILD/stats" --help
	assert_success
	assert_output --partial "Usage: stats [OPTION...]"
	for option in --by=WHAT --interval=SECONDS --pid=PID --duration=SECONDS --verbose; do
		assert_output --partial -- "$option"
	done
}

@test "A wrong command line ends with status 2 and a reason" {
	needs_build
	run -2 "$BUILD/stats" one
	run -2 "$BUILD/stats" --no-such-option
	run -2 "$BUILD/stats" --by thread
	assert_output --partial "--by takes syscall or process, not 'thread'"
	for number in 0 -1 soon 99999999999 1x ""; do
		run -2 "$BUILD/stats" -p "$number"
		assert_output --partial "'$number' is no process ID from 1 up"
		run -2 "$BUILD/stats" -i "$number"
		assert_output --partial "'$number' is no number of seconds from 1 up"
	done
}

# --- environment

@test "A process that is not there is refused" {
	needs_build
	run on_guest <<<"stats -p 2147483647"
	assert_failure 1
	assert_output "stats: there is no process 2147483647"
}

@test "Without root it says so" {
	needs_build
	run on_guest <<<"workload user stats"
	assert_failure 1
	assert_output "stats: loading a BPF program needs root: start it with 'make run', which finds a place where you are root"
}

# --- load and attach

@test "It loads" {
	test_it_loads stats
}

@test "It says what it traces" {
	trace "stats"
	assert_line_of_stderr "Tracing system calls... Press Ctrl-C to stop"
	trace "stats -p 1"
	assert_line_of_stderr "Tracing system calls of PID 1... Press Ctrl-C to stop"
}

@test "Each end is a good end" {
	trace "stats" "" INT
	[[ $status -eq 0 && $stderr == *"calls counted, "* ]]
	trace "stats" "" TERM
	[[ $status -eq 0 && $stderr == *"calls counted, "* ]]
	trace "stats -d 1" "wait_for '[ -e status ]' || echo 'still running'"
	assert_equal "$status$seen" 0
	[[ $status -eq 0 && $stderr == *"calls counted, "* ]]
}

@test "It leaves nothing in the kernel" {
	trace "stats"
	run on_guest <<<'bpftool prog show name on_syscall; bpftool map show name counts; bpftool link show'
	assert_output ""
}

@test "It ends well when nobody reads its output any more" {
	needs_load
	run on_guest <<-EOF
		mkfifo lines
		: <lines &
		start sh -c 'exec stats -i 1 >lines'
		wait_for '[ -e status ]'
		cat status
	EOF
	assert_output 0
}

@test "A full disk ends it with status 1 and a reason" {
	needs_load
	run on_guest <<<'timeout 20 stats -d 2 >/dev/full'
	assert_failure 1
	assert_line "stats: cannot write the output: is the disk full?"
}

@test "TODO 1: the map is a hash map with room for all" {
	local hint got

	trace "stats" "bpftool map show name counts"
	got=$(sed -E 's/^[0-9]*: //; s/ *flags.*//; s/^\t//; s/ *memlock.*//' <<<"$seen" | head -n 2 |
		tr -s ' ' | paste -sd ' ')
	[[ $got != "hash name counts key 16B value 24B max_entries 10240" ]] || return 0
	hint="Four members, and each says one thing: type, max_entries, key and value."
	case $got in
	array*) hint="An array's key is an index from 0 up. A hash map's key may be anything: BPF_MAP_TYPE_HASH." ;;
	percpu*)
		hint="A per-CPU map has one value for each possible CPU, and hands all of them to the user side at once: into memory for one, it would write past its end. Here one value for all CPUs is wanted: BPF_MAP_TYPE_HASH."
		;;
	lru*) hint="An LRU map forgets old keys without a word when it is full, and their counts with them. Take BPF_MAP_TYPE_HASH." ;;
	hash*max_entries\ 10240) hint="The key is struct counter_key, and the value is struct counter." ;;
	hash*) hint="max_entries is MAX_ENTRIES." ;;
	"") hint="The map is found by its name, which is that of the variable: counts." ;;
	esac
	wrong "hash name counts key 16B value 24B max_entries 10240" "${got:-no such map}" "$hint"
}

# entries [FILTER]: what is in the map while the script runs, one JSON object a line.
dump='bpftool -j map dump name counts'

entries() {
	jq -c ".[] | select(.formatted | ${1:-true})" <<<"$(tail -n 1 <<<"$seen")"
}

@test "TODO 2: makes one entry for each system call" {
	local keys wanted

	trace "stats" "workload -t 4 -c 3 -a 100001 unknowns; workload -c 1 -a 100002 unknown; $dump"
	keys=$(entries '.key.syscall > 100000' | jq -c .formatted.key.syscall | sort -n | xargs)
	wanted="100001 100002 100003"
	[[ $keys != "$wanted" ]] || [[ $(entries '.key.pid != 0') ]] || return 0
	[[ $keys != "$wanted" ]] ||
		wrong "pid 0 in each key" "$(entries '.key.pid != 0' | jq -c .formatted.key | head -n 3)" \
			"The map compares all of a key. What is left from before in one of its fields makes it another key: set all of it to 0 first."
	wrong "keys with the system calls $wanted, once each" "${keys:-none of them}" "$(explain_keys "$keys")"
}

explain_keys() {
	case $1 in
	"100001 100001"* | "100001 100002 100002"*)
		echo "Two keys look the same, but the map compares all of their 16 bytes: the 4 that have no name differ. Set the whole struct to 0 before you fill in its fields."
		;;
	100*) echo "key.syscall is number, or is the entry made only once?" ;;
	*) echo "Where the look-up finds nothing, make the entry with bpf_map_update_elem(), under the key that you looked up. The key's field is syscall, unless by_process." ;;
	esac
}

@test "TODO 2: sets every byte of a key" {
	local odd

	trace "stats" "workload -t 4 -c 3 -a 100001 unknowns; $dump"
	[[ $(entries) ]] || wrong "entries in the map" none "$(explain_keys "")"
	odd=$(entries | jq -c 'select(.key[12:] != ["0x00", "0x00", "0x00", "0x00"]) | .key' |
		sed -n 1,3p)
	[[ -z $odd ]] || wrong "0 in the last 4 bytes of each key" "$odd" \
		"The compiler adds 4 bytes without a name to the struct, and the map compares them, too. Set the whole struct to 0: struct counter_key key = {};"
}

@test "TODO 2: makes one entry for each process" {
	local pid keys

	trace "stats --by process" "workload -n four-threads -t 4 -c 3 readahead; $dump"
	pid=$(sed -n 's/^pid //p' <<<"$seen")
	keys=$(entries '.value.comm == "four-threads"' | jq -c .formatted.key)
	[[ $keys != "{\"syscall\":0,\"pid\":$pid}" ]] || return 0
	wrong "one key: {\"syscall\":0,\"pid\":$pid}" "${keys:-none of this process}" \
		"With by_process set, key.pid is pid, and key.syscall stays 0."
}

@test "TODO 2: does not overwrite what another CPU has just made" {
	local flags

	xlated
	# The fourth argument of the call that updates: register 4.
	flags=$(awk '/ r4 = | w4 = / { flags = $NF } /call .*update_elem/ { print flags }' <<<"$seen" | xargs)
	case $flags in
	1 | 0x1) ;;
	"") wrong "a call of bpf_map_update_elem() with BPF_NOEXIST" "no such call" \
		"Where the look-up finds nothing, make the entry." ;;
	*) wrong "bpf_map_update_elem() with BPF_NOEXIST, which is 1, in register 4" "$flags" \
		"Two CPUs may find nothing at the same time, and both make the entry. Without BPF_NOEXIST the second puts the first one's count back to 0." ;;
	esac
}

@test "TODO 3: counts every call on every CPU" {
	local got

	# The calls of both rounds come from two CPUs at once.
	trace "stats" "for i in 1 2; do workload -e -t 2 -c 10000 -a 100000 unknown; done; $dump"
	got=$(entries '.key.syscall == 100000' | jq -c .formatted.value.calls | xargs)
	case $got in
	40000) ;;
	"" | 0) wrong "40000 calls" "${got:-no entry}" "Add 1 to counter->calls wherever counter is not NULL." ;;
	39999) wrong "40000 calls" "$got" \
		"One is missing, probably the first: a new entry begins with 0, so the call that made it has to be counted, too. Does TODO 2 look up again after it has made the entry?" ;;
	40001) wrong "40000 calls" "$got" \
		"One too many, probably the first: the call that made the entry is counted twice, once as the new entry's value." ;;
	*) wrong "40000 calls" "$got" \
		"Calls on two CPUs at the same time get lost. Add with __sync_fetch_and_add()." ;;
	esac
}

# xlated: the program as the kernel runs it. Getting it takes long, so it is kept.
xlated() {
	local kept=$BATS_FILE_TMPDIR/xlated

	if ! [[ -e $kept ]]; then
		trace "stats" "bpftool prog dump xlated name on_syscall"
		echo "$seen" >"$kept"
	fi
	seen=$(<"$kept")
}

# How the program writes to 8 bytes of memory that is not its stack: "atomic value" and so on.
writes() {
	bpf_writes <<<"$seen" | sort | uniq | xargs
}

# From "bpftool prog dump xlated": is it an atomic operation or a plain store, and is the address in
# a value of a hash map, or a global variable?
bpf_writes() {
	awk '
		match($0, / r[0-9] = map\[id:[0-9]+\]\[/) { global[substr($0, RSTART + 1, 2)] = 1; next }
		match($0, / r[0-9] = /) { global[substr($0, RSTART + 1, 2)] = 0 }
		/ r[0-9] = r[0-9]$/ { global[$(NF - 2)] = global[$NF] }
		# (new compilers use the kind that also returns the old value)
		match($0, /atomic64_fetch_add\(\(u64 \*\)\(r[0-9]/) {
			print "atomic" (global[substr($0, RSTART + RLENGTH - 2, 2)] ? " global" : " value")
		}
		match($0, /\*\(u64 \*\)\(r[0-9] [-+][0-9]+\) \+?= /) {
			register = substr($0, RSTART + 9, 2)
			if (substr($0, RSTART + 9, 3) == "r10") next
			print ($0 ~ /lock / ? "atomic" : "plain") (global[register] ? " global" : " value")
		}'
}

# in_words WRITES: what writes() has found, for people.
in_words() {
	sed 's/^atomic/an atomic addition to/; s/^plain/an ordinary write (no lock) to/; s/value$/the value in the map/
		s/global$/not_counted/; s/^$/no write at all/' <<<"$1"
}

@test "TODO 3: adds in one step that no other CPU gets into" {
	local got

	# The race itself is rare where one real CPU plays two, so look at the program, too.
	xlated
	got=$(writes)
	[[ $got != *"atomic value"* || $got == *"plain value"* ]] || return 0
	wrong "an atomic addition to the map's value (lock ... += or atomic64_fetch_add)" "$(in_words "$got")" \
		"counter->calls++ reads, adds and writes, and so does a look-up with an update: two CPUs that do it at once count one call instead of two. Use __sync_fetch_and_add(&counter->calls, 1)."
}

# full COUNT: what the summary says when COUNT new keys came on top of those of a small program.
# sum is the calls counted and not counted together, and lost those not counted.
full() {
	needs_load
	run on_guest <<-EOF
		sh -c 'kill -STOP \$\$; exec workload -c $1 -a 100000 unknowns' &
		child=\$!
		wait_for 'grep -q "T (stopped)" /proc/\$child/status'
		start workload without-batch stats -p \$child
		kill -CONT \$child
		wait \$child
		stop
		cat err
	EOF
	counted=$(sed -n 's/ calls counted, .*//p' <<<"$output")
	lost=$(sed -n 's/.* calls counted, \([0-9]*\) not counted.*/\1/p' <<<"$output")
}

@test "TODO 4: counts what did not fit" {
	local first more

	full 10300
	first=$lost
	[[ $output == *" not counted: the map has no room for more than 10240 system calls"* ]] ||
		wrong "N not counted: the map has no room for more than 10240 system calls" "$output" \
			"A map that is full takes no new key, and counter is still NULL after the look-up. Add 1 to not_counted for each call that found no room."
	full 10400
	more=$((lost - first))
	[[ $more -ne 100 || $first -lt 60 ]] || return 0
	wrong "100 more of 10400 new keys than of 10300 that find no room" \
		"$first and $lost" \
		"A map that is full takes no new key: then bpf_map_update_elem() returns -E2BIG, and counter is still NULL after the look-up. Add 1 to not_counted for each such call."
}

@test "TODO 4: counts it in one step, too" {
	local got

	xlated
	got=$(writes)
	[[ $got != *"atomic global"* || $got == *"plain global"* ]] || return 0
	wrong "an atomic addition to not_counted" "$(in_words "$got")" \
		"All CPUs share this variable, as they share a map's value: __sync_fetch_and_add(&not_counted, 1)."
}

# The tests of TODO 5 take bpf()'s batch operation away, so that they see what TODO 5 reads.
one_by_one="workload without-batch stats"

@test "TODO 5: prints how often each system call was made" {
	local got

	trace "$one_by_one" "workload -e -t 2 -c 10000 readahead; workload -c 7 -a 100000 unknown"
	got=$(lines_with readahead)
	[[ $got =~ ^\ +20000\ +[0-9.]+%\ \ readahead$ ]] ||
		wrong "20000 calls of readahead" "${got:-$(printed)}" "$(explain_reading)"
	got=$(lines_with "syscall 100000")
	[[ $got =~ ^\ +7\ +[0-9.]+%\ \ syscall\ 100000$ ]] ||
		wrong "7 calls of syscall 100000" "${got:-no such line}" "$(explain_reading)"
}

# The table, or what it says where there is none.
printed() {
	echo "${output:-${stderr#*Ctrl-C to stop$'\n'}}"
}

explain_reading() {
	case $'\n'$stderr$'\n'$output in
	*"cannot read the map: No such file"*) echo "bpf_map_get_next_key() returns -ENOENT behind the last key: that is no error, but the end." ;;
	*$'\n'"0 calls counted, "*) echo "Nothing was read. Begin with NULL as previous. Then, until the result is not 0: look up the key's value, store both, and go on with this key as previous. counted->size says how many entries there are." ;;
	*) echo "Begin with NULL as previous. Then, until the result is not 0: look up the key's value, store both, and go on with this key as previous." ;;
	esac
}

@test "TODO 5: reads every key once" {
	local keys number hint

	trace "$one_by_one" "workload -c 1000 -a 100000 unknowns"
	keys=$(sed -n 's/.*  syscall //p' <<<"$output" | sort -n)
	[[ $keys != "$(seq 100000 100999)" ]] || return 0
	number=$(sort -u <<<"$keys" | grep -c .) || true
	hint="bpf_map_get_next_key() goes on behind the key that you pass: pass the one that it gave you last."
	[[ $number -ne 999 ]] || hint="counted->size is the number of all entries that you have read, the last one, too."
	wrong "1000 system calls, from 100000 to 100999, once each" \
		"$(grep -c . <<<"$keys") lines, $number of them different" "$hint"
}

@test "TODO 5: the largest comes first, and the shares are of all" {
	local calls total

	trace "$one_by_one" "workload -c 9000 readahead"
	calls=$(awk 'NR > 1 { print $1 }' <<<"$output")
	[[ $calls == "$(sort -rn <<<"$calls")" && $calls == 9000* ]] ||
		wrong "9000 first, then the smaller ones" "${calls:-$(printed)}" "$(explain_reading)"
	total=$(awk '{ sum += $1 } END { print sum }' <<<"$calls")
	[[ $stderr == *"$total calls counted, 0 not counted"* ]] ||
		wrong "$total calls counted, 0 not counted" "$stderr" "$(explain_reading)"
	run awk -v total="$total" \
		'NR > 1 { share = sprintf("%.1f%%", 100 * $1 / total); if (share != $2) print share, $0 }' <<<"$output"
	assert_output ""
}

@test "TODO 5: prints each process under its last name" {
	local pid got

	trace "$one_by_one --by process" "workload -t 3 -n 'two words' -c 500 readahead"
	pid=${seen#pid }
	got=$(lines_with " $pid (")
	[[ $output == *"  PROCESS"* && $got =~ ^\ +[0-9]+\ +[0-9.]+%\ \ $pid\ \(two\ words\)$ ]] ||
		wrong "a line with $pid (two words)" "${got:-$(printed)}" "$(explain_reading)"
	[[ $(awk '{ print $1 }' <<<"$got") -ge 1500 ]] ||
		wrong "at least 1500 calls" "$got" "$(explain_reading)"
}

@test "TODO 5: escapes a name that could spoil the terminal" {
	trace "$one_by_one --by process" "workload -n \"\$(printf 'a\\nb\\033c')\" -c 1 readahead"
	[[ $(count_with '(a\nb\x1bc)') -eq 1 ]] ||
		wrong '(a\nb\x1bc)' "$(lines_with "(a" | grep . || printed)" "$(explain_reading)"
}

@test "TODO 5: counts one process only, if asked" {
	local total

	full 100
	total=$((counted + lost))
	full 1100
	[[ $((counted + lost)) -ne $((total + 1000)) || $lost -ne 0 || $counted -gt 3000 ]] || return 0
	wrong "1000 calls more from a process that makes 1000 more" "$total, and then: $output" \
		"$(explain_reading)"
}

@test "TODO 5: counted and not counted are all calls together" {
	local total

	full 0
	total=$((counted + lost))
	full 10300
	[[ $((counted + lost)) -ne $((total + 10300)) || $total -eq 0 ]] || return 0
	wrong "$((total + 10300)) calls counted or not counted" "$output" \
		"$(explain_reading)"
}

@test "TODO 5: does not count itself" {
	local mine

	trace "$one_by_one --by process" 'workload -c 500 -a 100000 unknowns; cat pid'
	mine=$(tail -n 1 <<<"$seen")
	[[ $(count_with "(workload)") -gt 0 ]] || wrong "the other processes" "$(printed)" "$(explain_reading)"
	[[ $(count_with " $mine (") -eq 0 ]] || wrong "no line with PID $mine" "$(lines_with " $mine (")" \
		"own_pid is the tracer."
}

@test "TODO 5: -i prints the table again and again, with the sums so far" {
	local got

	# (the first table comes after a second, which is longer than soon waits)
	trace "$one_by_one -i 1" "workload -c 5 readahead; shown='grep -q readahead out'
		soon \"\$shown\" || soon \"\$shown\" || soon \"\$shown\" || :; workload -c 4 readahead"
	got=$(lines_with readahead | awk '{ print $1 }' | xargs)
	[[ $got == "5 9" || $got == "5 5 9" || $got == "9 9" ]] ||
		wrong "5 calls of readahead, and in the end 9" "${got:-none}" \
			"The map is the only place that has the counts: what you delete from it while you read is missing next time."
	[[ $(grep -c "SYSTEM CALL" <<<"$output") -eq $(($(grep -c '^$' <<<"$output") + 1)) ]]
}

@test "TODO 5: on a terminal the table has bars and replaces the one before" {
	needs_load
	run on_guest <<-'EOF'
		(wait_for 'grep -q CALLS out'; workload -c 100 -a 100000 unknowns >/dev/null) &
		workload terminal workload without-batch stats -d 2 -i 1 >out 2>/dev/null
		tr -d '\r' <out
	EOF
	# Each table goes up by as many lines as the one before it had.
	run awk '
		match($0, /\033\[[0-9]+A\033\[J/) {
			up = substr($0, RSTART + 2) + 0
			printf "%s", up == lines && lines <= 23 ? "redrawn " : "up " up " of " lines
			lines = 0
		}
		{ lines++ }
		/%  #+ +[a-z_0-9 ]+$/ { bars++ }
		END { print(bars > 4 ? "with bars" : "without bars") }' <<<"${output//$'\033[?7h'/}"
	[[ $output =~ ^(redrawn\ )+with\ bars$ ]] || wrong "a table that is redrawn, with bars" "$output" \
		"$(explain_reading)"
}

@test "TODO 6: reads the whole map in a few system calls" {
	local calls

	needs_load
	# One tracer watches the other.
	run on_guest <<-EOF
		mkdir first second
		cd first
		start stats
		workload -c 500 -a 100000 unknowns >/dev/null
		workload -e -t 2 -c 10000 readahead >/dev/null
		cd ../second
		start workload without-batch stats -p \$(cat ../first/pid)
		cd ../first
		stop
		cat err out
		cd ../second
		stop
		cat out | sed 's/^/watched: /'
	EOF
	[[ $(count_with "  syscall 100") -eq 500 ]] ||
		wrong "500 system calls, each once" "$(count_with "  syscall 100") lines; ${lines[*]:0:3}" \
			"size is the room in the arrays before the call, MAX_ENTRIES, and the number of entries after it: that is counted->size. The keys go to counted->keys, the values to counted->counts."
	[[ $output == *" 20000 "*"  readahead"* ]] ||
		wrong "20000 calls of readahead" "$(lines_with readahead)" \
			"The value of counted->keys[i] belongs into counted->counts[i]."
	calls=$(sed -n 's/^watched: *\([0-9]*\) .*  bpf$/\1/p' <<<"$output")
	[[ -z $calls || $calls -gt 4 ]] || return 0
	wrong "at most 4 calls of bpf()" "${calls:-none}" \
		"Is the result -ENOENT taken for a failure? It says that the map was read to its end."
}

assert_line_of_stderr() {
	grep -qxF -- "$1" <<<"$stderr" || fail "no '$1' in: $stderr"
}
