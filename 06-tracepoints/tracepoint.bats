#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

bats_load_library bats-support
bats_load_library bats-assert
load ../tests/helpers

# watch ARGUMENTS [SCRIPT [SIGNAL]]: trace, and tells what to do where the kernel refuses the program.
watch() {
	local hint

	trace "tracepoint $1" "${@:2}"
	[[ $stderr != *"Tracing "* ]] || return 0
	case $stderr in
	*"reads beyond the record"*) hint="Each record has its own fields, and the kernel refuses to attach a program that reads behind the last one. Is it the right struct for this tracepoint, and the right member? 'tracepoint --format' shows what is there." ;;
	*"cannot attach"*"No such file"*) hint="There is no such tracepoint. Is its name in SEC() right? 'tracepoint --list' shows them all." ;;
	*"invalid bpf_context access off=4"*) hint="The first 8 bytes of the record are the kernel's own: ent.pid is out of reach. bpf_get_current_pid_tgid() knows the thread." ;;
	*) hint=$(explain_load "$stderr") ;;
	esac
	wrong "a line that begins with 'Tracing '" "$stderr" "$hint"
}

# The number before a word of the summary, "3 hits: 2 shown, 1 lost".
summary() {
	sed -n "s/.*\b\([0-9][0-9]*\) $1.*/\1/p" <<<"$stderr" | tail -n 1
}

# How many hits the kernel has skipped, at most: newer ones do that to threads that share a CPU.
skipped() {
	sed -n 's/.*kernel skipped up to \([0-9]*\) events.*/\1/p' <<<"$stderr" | grep . || echo 0
}

# all_of N GOT: were all hits there, but for those that the kernel has skipped?
all_of() {
	[[ $2 -le $1 && $(($2 + $(skipped))) -ge $1 ]]
}

# The ID of the first workload that the script ran.
first_pid() {
	sed -n 's/^pid //p' <<<"$seen" | head -n 1
}

# what PID: what the tool says about the process's events, without who and when.
what() {
	awk -v pid="$1" '$2 == pid { sub(/^[^ ]+ +[0-9]+ +[0-9]+ +[^ ]+ +/, ""); print }' <<<"$output"
}

# --- command line: no root needed

@test "It builds" {
	test_it_builds
}

@test "--help explains the options" {
	needs_build
	run "$BUILD/tracepoint" --help
	assert_success
	assert_output --partial "Usage: tracepoint [OPTION...] CATEGORY NAME"
	assert_output --partial "--list [PATTERN]"
	assert_output --partial "--format CATEGORY NAME"
	for option in pid=PID count failed buffer=PAGES duration=SECONDS verbose; do
		assert_output --partial -- "--$option"
	done
}

@test "A wrong command line ends with status 2 and a reason" {
	local name

	needs_build
	for name in ../../.. sched/ / . 'sched*' 's?' '' 'a b' $'a\nb' sched:sched_switch; do
		for line in "$name sched_switch" "sched $name"; do
			if [[ $line == "sched "* ]]; then
				run -2 "$BUILD/tracepoint" sched "$name"
			else
				run -2 "$BUILD/tracepoint" --format "$name" sched_switch
			fi
			if [[ $name ]]; then
				assert_output --partial "'$name' is no "
			else
				assert_output --partial "is empty"
			fi
		done
	done
	run -2 "$BUILD/tracepoint"
	assert_output --partial "which tracepoint?"
	run -2 "$BUILD/tracepoint" sched
	run -2 "$BUILD/tracepoint" sched sched_switch sched_wakeup
	assert_output --partial "One tracepoint at a time"
	run -2 "$BUILD/tracepoint" --list sched switch
	run -2 "$BUILD/tracepoint" -x sched sched_switch
	for name in 0 -1 x 1x '' 99999999999; do
		run -2 "$BUILD/tracepoint" -p "$name" sched sched_switch
		assert_output --partial "'$name' is no PID"
	done
	run -2 "$BUILD/tracepoint" -b 3 sched sched_switch
	run -2 "$BUILD/tracepoint" -d 0 sched sched_switch
	run -2 "$BUILD/tracepoint" --no-such-option
}

# --- environment

@test "A process that is not there is refused" {
	needs_build
	run on_guest <<<"tracepoint -p 2147483647 syscalls openat"
	assert_failure 1
	assert_output "tracepoint: there is no process 2147483647"
}

@test "Without root, and without tracefs, it says so" {
	needs_build
	run on_guest <<-'EOF'
		exec 2>&1
		workload user tracepoint sched sched_switch || echo $?
		unshare -m sh -c 'umount /sys/kernel/debug 2>/dev/null; umount /sys/kernel/tracing
			tracepoint --list || echo $?; tracepoint syscalls openat || echo $?'
	EOF
	assert_line --index 0 --partial "only root may look at the kernel's tracepoints"
	assert_line --index 1 1
	for line in 2 4; do
		assert_line --index $line --partial "is not mounted. Do that: mount -t tracefs nodev /sys/kernel/tracing"
		assert_line --index $((line + 1)) 1
	done
}

@test "It lists tracepoints, and suggests the nearest to a name that is not there" {
	local name

	needs_build
	run on_guest <<-'EOF'
		tracepoint --list sched:sched_process_f
		tracepoint --list 'sy*:sys_enter_openat'
		tracepoint --list | wc -l; sort -u /sys/kernel/tracing/available_events | wc -l
		tracepoint --list | head -n 1 | wc -l
		tracepoint --list nonsense || echo $?
		for name in "sched sched_swich" "scehd sched_switch" "syscalls sys_enter_opneat" \
				"syscalls opena" "nothing sched_switch" "xq zzzzzz"; do
			tracepoint $name || echo $?
		done
		tracepoint --format sched sched_swich || echo $?
	EOF
	assert_success
	for name in sched:sched_process_fork sched:sched_process_free syscalls:sys_enter_openat; do
		assert_line "$name"
	done
	[[ ${lines[3]} == "${lines[4]}" && ${lines[3]} -gt 500 && ${lines[5]} == 1 ]]
	assert_line "tracepoint: the kernel has no tracepoint like 'nonsense'"
	assert_line --regexp "no tracepoint 'sched sched_swich'. Near it: sched_switch"
	assert_line --regexp "no tracepoint 'scehd sched_switch'. Near it: sched:sched_switch"
	assert_line --regexp "no tracepoint 'syscalls sys_enter_opneat'. Near it: sys_enter_openat"
	assert_line --regexp "no tracepoint 'syscalls opena'. Near it: sys_e[a-z]*_openat"
	assert_line --regexp "no tracepoint 'nothing sched_switch'. Near it: sched:sched_switch"
	assert_line "tracepoint: the kernel has no tracepoint 'xq zzzzzz'. 'tracepoint --list' shows all"
	[[ $(grep -c '^1$' <<<"$output") -eq 9 ]]
}

@test "--format shows the fields that the kernel describes" {
	local wanted

	needs_build
	run on_guest <<-'EOF'
		for event in "sched sched_switch" "syscalls sys_exit_openat"; do
			set -- $event
			tracepoint --format $event
			echo ---
			sed -n "s/^ID: //p" /sys/kernel/tracing/events/$1/$2/format
			sed -n '/common_/d; s/.*field:.*[ *]\([a-z_]*\)[^;a-z_]*;.offset:\([0-9]*\);.size:\([0-9]*\);.signed:\([01]\);.*/\2 \3 \4 \1/p' \
				/sys/kernel/tracing/events/$1/$2/format
			echo ---
		done
	EOF
	assert_success
	assert_line "sched sched_switch, ID $(sed -n '/^---/{n;p;q}' <<<"$output")"
	# What the tool shows, and what the file says, brought into one form.
	got=$(awk '$3 == "yes" || $3 == "no" { sub(/\[.*/, "", $NF); print $1, $2, $3 == "yes" ? 1 : 0, $NF }' <<<"$output")
	wanted=$(grep '^[0-9]* [0-9]* [01] [a-z_]*$' <<<"$output")
	[[ $(wc -l <<<"$wanted") -ge 9 ]]
	assert_equal "$got" "$wanted"
}

# --- load and attach

@test "It loads" {
	test_it_loads "tracepoint sched sched_process_exec"
}

@test "SIGTERM and the end of -d are good ends, and leave nothing in the kernel" {
	trace "tracepoint syscalls openat" 'bpftool prog show name on_openat | grep -c "^[0-9]"' TERM
	assert_equal "$seen" 1
	assert_equal "$status" 0
	assert_regex "$stderr" "[0-9]+ hits: [0-9]+ shown, [0-9]+ lost"
	trace "tracepoint -d 1 -c sched sched_switch" 'wait_for "[ -e status ]"'
	assert_equal "$status" 0
	assert_regex "$stderr" "[0-9]+ hits"
	run on_guest <<<'bpftool prog show name on_any; bpftool prog show name on_openat; bpftool map show name calls'
	assert_output ""
}

@test "It ends well when nobody reads its output any more" {
	needs_load
	run on_guest <<-'EOF'
		mkfifo lines
		head -n 1 <lines >first &
		start sh -c 'exec tracepoint sched exec >lines'
		wait_for 'workload exec >seen; [ -e status ]' || echo "still there"
		stop
		cat status
	EOF
	assert_output 0
}

@test "A full disk ends it with status 1 and a reason" {
	needs_load
	run on_guest <<<'timeout 20 tracepoint sched sched_process_exec -d 2 >/dev/full'
	assert_failure 1
	assert_line "tracepoint: cannot write the output: is the disk full?"
}

# --- behaviour

@test "TODO 1: counts each hit, on every CPU, of the process that -p names" {
	local got

	watch "-c syscalls sys_enter_readahead" "workload -t 4 -e -c 500 readahead"
	got=$(summary hits)
	all_of 2000 "${got:-0}" || wrong "2000 hits" "${got:-none}" \
		"SEC(\"tp\") names no tracepoint, so the skeleton attaches on_any() to none, and does not complain. bpf_program__attach_tracepoint(skel->progs.on_any, options.category, options.name) does it. Keep the link."
	needs_load
	on_guest >"$BATS_TEST_TMPDIR/filtered" <<-'EOF'
		mkfifo go
		sh -c 'echo $$ >id; read -r line; exec workload -c 30 readahead' <go >seen & target=$!
		exec 3>go
		wait_for '[ -s id ]'
		start tracepoint -p $(cat id) syscalls sys_enter_readahead
		workload -c 7 readahead >other
		echo >&3
		wait $target
		stop
		tail -n 1 err
	EOF
	got=$(tail -n 1 "$BATS_TEST_TMPDIR/filtered")
	[[ $got == "30 hits: 30 shown, 0 lost" ]] || wrong "30 hits: 30 shown, 0 lost" "$got" \
		"Of two processes the tool was asked to trace one."
}

@test "TODO 1: shows each hit with its thread, without being woken for each" {
	local pid got wakes state

	watch "syscalls sys_enter_readahead" '
		state() { sed -n "s/^voluntary.*:.//p" /proc/$(cat pid)/status; cut -d. -f1 /proc/uptime; }
		state; workload -n caller -t 3 -c 500 readahead; state'
	pid=$(first_pid)
	got=$(awk -v pid="$pid" '$2 == pid && $4 == "caller"' <<<"$output" | wc -l)
	all_of 1500 "$got" || wrong "1500 lines of PID $pid (caller)" "$got: $(head -n 3 <<<"$output")" \
		"Is on_any() attached to options.category and options.name?"
	got=$(awk -v pid="$pid" '$2 == pid { print $3 }' <<<"$output" | sort -u | wc -l)
	# (all of a short thread's hits may be among those that the kernel has skipped)
	[[ $got -eq 3 || ($got -eq 2 && $(skipped) -ge 500) ]] ||
		wrong "lines of three threads" "$got" "TID is the thread's ID."
	mapfile -t state < <(sed '/^pid /d' <<<"$seen")
	wakes=$((state[2] - state[0]))
	[[ $wakes -lt $((30 + 10 * (state[3] - state[1]))) ]] ||
		wrong "a reader that sleeps" "one that was awake $wakes times" "The reader looks by itself ten times a second."
}

@test "TODO 1: says so when a tracepoint takes no program" {
	needs_load
	run on_guest <<<'start tracepoint ftrace print; stop; cat err status'
	[[ $output == *"cannot attach to 'ftrace print': "*$'\n'1 ]] || wrong \
		"cannot attach to 'ftrace print': a reason; and status 1" "$output" \
		"bpf_program__attach_tracepoint() returns NULL when it fails, and errno has the reason."
}

@test "TODO 1: ends under load, does not show itself, and loses nothing uncounted" {
	local hits shown lost own

	# Whatever the tool does makes hits, too; and it is told to end while they keep coming.
	watch "-b 4 raw_syscalls sys_enter" 'cat pid
		pid=$(cat pid); kill -STOP $pid
		workload -c 3000 readahead >other
		workload -c 1000000 readahead >other & load=$!
		kill -INT $pid; kill -CONT $pid
		wait_for "[ -e status ]" || :; kill $load'
	own=$(awk -v pid="$seen" '$2 == pid' <<<"$output" | wc -l)
	hits=$(summary hits) shown=$(summary shown) lost=$(summary lost)
	[[ $own -eq 0 && $status -eq 0 && $lost -gt 1000 && $shown -gt 0 && $hits -eq $((shown + lost)) &&
		$(grep -c '^[0-9:.]* ' <<<"$output") -eq $shown ]] ||
		wrong "hits = shown + lost, and none of its own" "$own of its own, and: $stderr" \
			"Is on_any() attached, and the link kept? The rest is done for you."
}

@test "TODO 2: shows numbers as the format says, with their sign" {
	local got wanted

	watch "syscalls sys_enter_readahead" "workload -a -5 readahead"
	got=$(what "$(first_pid)" | sed 's/__syscall_nr=[0-9]* //')
	wanted="fd=-5 offset=0 count=4096"
	[[ $got == "$wanted" ]] || wrong "$wanted" "${got:-no line}" \
		"Copy fixed_size bytes from ctx to record, and return the size. A ? stands for a field that was not copied."
	watch "syscalls sys_exit_readahead" "workload readahead"
	got=$(what "$(first_pid)" | sed 's/__syscall_nr=[0-9]* //')
	[[ $got == ret=-9 ]] || wrong "ret=-9" "$got" "Copy fixed_size bytes."
}

@test "TODO 2: shows text inside the record and behind it" {
	local pid got wanted long

	watch "task task_rename" "workload -n 'new \"name\"' -c0 close"
	pid=$(first_pid)
	got=$(what "$pid" | tail -n 1)
	[[ $got == "pid=$pid oldcomm=\"workload\" newcomm=\"new \\\"name\\\"\" oom_score_adj="* ]] || wrong \
		"pid=$pid oldcomm=\"workload\" newcomm=\"new \\\"name\\\"\" ..." "$got" "Copy fixed_size bytes from ctx to record."

	# A path of 3,000 letters does not fit into the record's room.
	watch "sched sched_process_exec" 'workload exec
		long=.; while [ ${#long} -lt 2990 ]; do long=$long/././././././././.; done
		cp "$(command -v workload)" w; ./w -c0 close; $long/w -c0 close'
	pid=$(sed -n '2s/pid //p' <<<"$seen")
	got=$(what "$pid")
	wanted="filename=\"/proc/self/exe\" pid=$pid old_pid=$pid"
	[[ $got == "$wanted" ]] || wrong "$wanted" "$got" \
		"The upper 16 bits of a __data_loc are the size of the text, the lower 16 bits where it begins. Copy up to its end: from ctx, with the new size."
	got=$(what "$(sed -n '3s/pid //p' <<<"$seen")")
	[[ $got == "filename=\"./w\" pid="* ]] || wrong 'filename="./w" pid=...' "$got" \
		"Each event has its own size: begin with fixed_size each time."
	got=$(what "$(sed -n '4s/pid //p' <<<"$seen")")
	long=${got#filename=\"}
	long=${long%%\"... pid=*}
	[[ ${#long} -gt 100 ]] || wrong 'filename="./././...' "${got:0:60}" \
		"record holds what was copied last: copy the fields before you look into them."
	[[ $long == ././* && ${#long} -eq $((2048 - 20)) ]] || wrong \
		"filename=\"./././...\"... with the first 2028 letters of the path" "${#long} letters: ${got:0:60}" \
		"If size is more than RECORD_SIZE, let it be RECORD_SIZE: that much is copied, and the rest is cut."
}

@test "TODO 2: sends the record, and not the room for it" {
	local shown

	watch "-b 1 syscalls sys_enter_readahead" '
		kill -STOP $(cat pid); workload -c 500 readahead; kill -INT $(cat pid); kill -CONT $(cat pid)'
	shown=$(summary shown)
	[[ $shown -ge 30 ]] || wrong "room for 30 events and more in a page" "$shown" \
		"The record has fixed_size bytes, and what its __data_loc fields point to. Return just that: RECORD_SIZE is the room for the largest."
	[[ $(summary hits) -eq 500 && $((shown + $(summary lost))) -eq 500 && $(what "$(first_pid)" | wc -l) -eq $shown &&
		$(what "$(first_pid)" | grep -c "count=4096") -eq $shown ]] ||
		wrong "500 hits, shown or lost" "$stderr" "Return the size that was copied."
	watch "-b 1 sched sched_process_exec" '
		kill -STOP $(cat pid); workload -c 60 exec; kill -INT $(cat pid); kill -CONT $(cat pid)'
	shown=$(summary shown)
	[[ $shown -ge 20 ]] || wrong "room for 20 events with a short text and more in a page" "$shown" \
		"The text ends at base + (number & 0xffff) + (number >> 16). If that is too much, size is always RECORD_SIZE."
}

@test "TODO 3: shows the file of each program that is started" {
	local pid got long wanted

	watch "sched exec" 'bpftool prog show name on_exec | sed -n "s/^[0-9]*: \([a-z_]*\) .*/type \1/p"; workload -c 2 exec
		long=.; while [ ${#long} -lt 240 ]; do long=$long/.; done
		cp "$(command -v workload)" w; for n in $((252 - ${#long})) $((253 - ${#long})); do
			name=$(printf "%0${n}d" 0); cp w $name; $long/$name -c0 close
		done'
	got=$(head -n 1 <<<"$seen")
	[[ $got == "type tracepoint" ]] || wrong "a program of the type tracepoint" "$got" \
		"raw_tp and tp_btf get the tracepoint's arguments and not its record: this struct is not for them. SEC() has to begin with tp/."
	for pid in 3 4; do
		got=$(what "$(sed -n "${pid}s/pid //p" <<<"$seen")")
		[[ $got == '"/proc/self/exe"' ]] || wrong '"/proc/self/exe"' "${got:-no line}" \
			"__data_loc_filename is no pointer. Its lower 16 bits say how many bytes behind ctx the name begins; the upper ones are its size, and have to go: & 0xffff."
	done
	for pid in 5 6; do
		got=$(what "$(sed -n "${pid}s/pid //p" <<<"$seen")")
		long=${got#\"}
		long=${long%%\"*}
		wanted=$((pid + 248))
		[[ ${#long} -eq $wanted && $got == *'"' ]] || wrong "a path of $wanted letters" "${#long}: $got" \
			"Copy at most sizeof(e->filename) bytes."
	done
}

@test "TODO 4: reports a process's end once, however many threads it had, and its status" {
	local got

	watch "sched exit" "workload -t 4 nanosleep
		sh -c 'echo pid \$\$; exit 3' || :
		sh -c 'echo pid \$\$; kill -9 \$\$' || :"
	got=$(what "$(first_pid)")
	[[ $got == "status 0" ]] || wrong "one line: status 0" "${got:-no line}" \
		"Each thread comes here at its end. Only the first one has the process's ID: return 0 for the others. If there is no line at all, the comparison may be the wrong way round."
	got=$(what "$(sed -n '2s/pid //p' <<<"$seen")")
	[[ $got == "status 3" ]] || wrong "status 3" "${got:-no line}" "e->status is the task's exit_code, as it is."
	got=$(what "$(sed -n '3s/pid //p' <<<"$seen")")
	[[ $got == "signal 9" ]] || wrong "signal 9" "${got:-no line}" "e->status is the task's exit_code, as it is."
	[[ $(summary hits) -eq $(summary shown) && $(summary hits) -eq $(grep -c ' status \| signal ' <<<"$output") ]] ||
		wrong "as many hits as lines" "$stderr" "new_event() counts a hit: call it for what you send, and only once."
	watch "-p 1 sched exit" "workload nanosleep"
	[[ $stderr == *"0 hits: 0 shown, 0 lost" ]] || wrong "no hits but those of process 1" "$stderr" \
		"If !is_wanted(), return 0: that looks for -p."
}

@test "TODO 5: keeps each call that has begun, by thread" {
	local thread threads got

	# Opening a pipe waits until there is a writer: so long the calls have not returned.
	watch "syscalls openat" '
		mkfifo pipe; workload -t 3 -f pipe openat >out.w & load=$!
		wait_for "[ \"\$(cat /proc/$load/task/*/syscall | grep -c ff9c)\" = 3 ]" || :
		ls /proc/$load/task
		bpftool map dump name calls | tr -d "\n" | sed "s/},{ *\"key/},\n{\"key/g"
		echo; : >pipe; wait $load'
	threads=$(grep -E '^[0-9]+$' <<<"$seen")
	grep -q -E "\"key\": (${threads//$'\n'/|})," <<<"$seen" || wrong \
		"entries for the threads ${threads//$'\n'/ }" "none: $(tail -n 1 <<<"$seen")" \
		"Does keep_call() put the call into the map, with the thread's ID as the key? And is on_openat() attached to sys_enter_openat? To open a file, the C library calls openat() and not open()."
	for thread in $threads; do
		got=$(grep "\"key\": $thread," <<<"$seen") || true
		[[ $got ]] || wrong "an entry for each of the threads" "none for $thread, of ${threads//$'\n'/ }" \
			"The key is the thread's ID: the lower half of bpf_get_current_pid_tgid(), in a __u32. The process's would be the same for all."
		[[ $got == *'"dfd": -100,'* ]] || wrong "dfd -100" "$got" \
			"The arguments count from 0: args[0] is dfd, args[1] the path, args[2] the flags. -100 is AT_FDCWD."
		# (a process's addresses are longer than 32 bits, and not negative)
		[[ $got == *'"flags": 0'* && $got != *'"path": 0,'* && $got != *'"path": (nil)'* && ! $got =~ \"path\":\ (0x[0-9a-f]{1,8},|0xf{8}) ]] || wrong "a path and flags 0" "$got" \
			"The arguments count from 0: args[1] is the path, args[2] the flags."
	done
	[[ $(wc -w <<<"$threads") -eq 3 ]]
}

@test "TODO 5: counts the calls that find no room" {
	local hits shown lost

	# Threads that do not exist take up all the map's room.
	watch "syscalls openat" '
		id=$(bpftool map show name calls | sed -n "1s/:.*//p")
		awk -v id="$id" "BEGIN {
			for (i = 0; i < 10240; i++)
				printf \"map update id %d key %d %d 0 112 value 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n\", id, i % 256, i / 256
		}" >places
		bpftool batch file places >/dev/null 2>&1
		workload -f /no/such/file -c 300 openat'
	hits=$(summary hits) shown=$(summary shown) lost=$(summary lost)
	[[ ${lost:-0} -ge 300 && $hits -eq $((shown + lost)) ]] || wrong "at least 300 lost, and hits = shown + lost" "$stderr" \
		"The map has room for 10240 calls. Where bpf_map_update_elem() does not return 0, call lose_hit()."
}

@test "TODO 6: pairs each return with its call" {
	local pid got wanted

	watch "syscalls openat" "workload -f /no/such/file -c 2 openat; workload -f /dev/null openat
		workload open-bad; workload open-fresh; workload open-flags"
	got=$(what "$(first_pid)" | grep such) || true
	wanted='openat(dfd=-100, path="/no/such/file", flags=0x0) = -2 ENOENT'
	[[ $got == "$wanted"$'\n'"$wanted" ]] || wrong "$wanted, twice" "${got:-$(what "$(first_pid)" | tail -n 2)}" \
		"ctx->ret is the result, and it has a sign: keep it in a long. As a __u32, -2 is 4294967294. (257 is the number of the call: another struct's member lies there.)"
	got=$(what "$(sed -n '2s/pid //p' <<<"$seen")" | grep /dev/null) || true
	[[ $got == 'openat(dfd=-100, path="/dev/null", flags=0x0) = 3' ]] || wrong \
		'openat(dfd=-100, path="/dev/null", flags=0x0) = 3' "$got" "ctx->ret is the new file descriptor."
	got=$(what "$(sed -n '3s/pid //p' <<<"$seen")" | grep -c 'path=not readable, flags=0x0) = -14 EFAULT') || true
	[[ $got -eq 3 ]] || wrong "3 calls with a path that is not readable" "$got" "ctx->ret is -14, EFAULT."
	got=$(what "$(sed -n '4s/pid //p' <<<"$seen")" | grep -c 'path="/no/such/file"') || true
	[[ $got -eq 1 ]] || wrong "a path that was not in memory before" "$got such lines" "The path is read when the call returns."
	got=$(what "$(sed -n '5s/pid //p' <<<"$seen")" | grep 'O_WRONLY | O_CREAT') || true
	[[ $got == *"flags=0x2c1) = "* ]] || wrong "flags=0x2c1" "$got" "args[2] has the flags."
}

@test "TODO 6: does not mix up the threads of a process" {
	local pid got

	watch "syscalls openat" "workload -t 6 -c 100 -e open-own"
	pid=$(first_pid)
	got=$(what "$pid" | grep -c -e 'path="/none/thread-[135]-call-[0-9]*", flags=0x0) = -2 ENOENT' \
		-e 'path="/dev/null/thread-[246]-call-[0-9]*", flags=0x1) = -20 ENOTDIR') || true
	all_of 600 "$got" && [[ $(what "$pid" | grep thread- | sort -u | wc -l) -eq $got ]] || wrong \
		"600 calls, each with its own path, flags and result" "$got right ones, and: $(what "$pid" | grep thread- | head -n 3)" \
		"The key is the thread's ID: the lower half of bpf_get_current_pid_tgid()."
}

@test "TODO 6: -x shows the calls that failed, and no call stays in the map" {
	local pid got

	# An entry that is left has its thread's ID as the key, so it takes several processes.
	watch "-x syscalls openat" "workload -f /dev/null -c 300 openat; workload -f /no/such/file -c 300 openat
		for i in 1 2 3 4 5 6 7 8; do workload -f /dev/null openat >/dev/null; done
		workload -f /dev/null openat <&- >/dev/null
		bpftool map dump name calls >dump; grep -c key dump || :"
	# (the last one gets the descriptor 0)
	got=$(grep -c 'path="/dev/null", flags=0x0) = [0-9]' <<<"$output") || true
	[[ $got -eq 0 ]] || wrong "no call that went well" "$got" "If only_failed is set and result is not negative, return 0."
	pid=$(sed -n '2s/pid //p' <<<"$seen")
	got=$(what "$pid" | grep -c 'such/file", flags=0x0) = -2 ENOENT') || true
	[[ $got -eq 300 ]] || wrong "300 calls that failed" "$got" "If only_failed is set and result is not negative, return 0. For the others go on."
	got=$(tail -n 1 <<<"$seen")
	# (a call of somebody else may be under way)
	[[ $got -lt 5 ]] || wrong "an empty map when all calls have returned" "entries left: $got" \
		"Delete the entry before anything returns: a call that is not shown has to go as well."
	watch "syscalls openat" "for i in 1 2 3 4 5 6 7 8; do workload -f /no/such/file openat >/dev/null; done
		bpftool map dump name calls >dump; grep -c key dump || :"
	[[ $(tail -n 1 <<<"$seen") -lt 5 ]] || wrong "an empty map when all calls have returned" "entries left: $seen" \
		"Delete the entry before anything returns: a call that failed has to go as well."
}
