#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

bats_load_library bats-support
bats_load_library bats-assert
load ../tests/helpers

# spin (tests/spin.c) works in known functions. It is a program that is moved in memory (PIE),
# spin-fixed is one that is not.

# --- helpers

setup_file() {
	# Where the VM has them, they are packed. Here they are where they were built.
	export PATH=$BATS_TEST_DIRNAME/.build/spin:$PATH
}

# figures: sets samples, counted, lost, idle and left_out from the summary.
figures() {
	read -r samples counted lost idle left_out < <(sed -n \
		's/^\([0-9]*\) samples: \([0-9]*\) counted, \([0-9]*\) lost, \([0-9]*\) idle, \([0-9]*\) of .*/\1 \2 \3 \4 \5/p' <<<"$stderr")
	[[ ${left_out-} ]] || wrong "a summary" "$stderr" "The program ended before it was done."
}

# expect_sum HINT: each sample is in one of the figures.
expect_sum() {
	figures
	[[ $samples -eq $((counted + lost + idle + left_out)) ]] ||
		wrong "$samples samples = counted + lost + idle + others" \
			"$counted + $lost + $idle + $left_out = $((counted + lost + idle + left_out))" "$1"
}

# sample OPTIONS SPIN: runs profile -p for as long as SPIN, a command, works. It begins when profile is
# ready: then there is someone to open the other end of its input.
sample() {
	trace "sh -c 'mkfifo go; $2 <go >spinning 2>&1 & exec profile -p \$! $1'" '
		echo >go; wait_for "[ -e status ]" || :; cat spinning; [ ! -e picture.svg ] || cat picture.svg'
	figures
}

# expect_shares HINT: 70, 20 and 10 percent of the time in these three, within 3 points. What the kernel
# does meanwhile, in interrupts, is in TOTAL.
expect_shares() {
	local got

	got=$(awk '{ sub(/%/, "", $3); n[$4] = $3 }
		END {
			all = n["seventy"] + n["twenty"] + n["ten"]
			if (!all) all = 1
			printf "%.1f %.1f %.1f", 100 * n["seventy"] / all, 100 * n["twenty"] / all, 100 * n["ten"] / all
		}' <<<"$output")
	awk '{ exit !($1 >= 67 && $1 <= 73 && $2 >= 17 && $2 <= 23 && $3 >= 7 && $3 <= 13) }' <<<"$got" ||
		wrong "about 70, 20 and 10 percent in seventy, twenty and ten" \
			"$got, and: $(sed -n 1,5p <<<"$output")" "$1"
}

# folded REGEX: the sum of the counts of the folded lines that match
folded() {
	awk -v regex="$1" '$0 ~ regex { n += $NF } END { print n + 0 }' <<<"$output"
}

# How many timers that take samples run on each CPU, as "CPU: NUMBER" in one line. A timer that is
# just firing is not listed: the highest of a few looks counts.
timers='
	for look in 1 2 3 4 5; do
		awk "/^cpu: /{ cpu = \$2 } /perf_swevent_hrtimer/{ n[cpu]++ }
			END { for (cpu = 0; cpu < 64; cpu++) if (n[cpu]) print cpu, n[cpu] }" /proc/timer_list
	done | awk "{ if (\$2 > n[\$1]) n[\$1] = \$2 }
		END { for (cpu = 0; cpu < 64; cpu++) if (n[cpu]) printf \"CPU %d: %d \", cpu, n[cpu] }"
'

# --- command line: no root needed

@test "It builds" {
	test_it_builds
}

@test "--help explains the options" {
	needs_build
	run "$BUILD/profile" --help
	assert_success
	assert_output --partial "Usage: profile [OPTION...]"
	for option in --frequency=HZ --pid=PID --folded --svg=FILE --stacks=N --duration=SECONDS --verbose; do
		assert_output --partial "$option"
	done
}

@test "A wrong command line ends with status 2 and a reason" {
	local value

	needs_build
	for value in 0 -1 x 9x '' 1000001 18446744073709551617; do
		run -2 "$BUILD/profile" -F "$value"
		assert_output --partial "'$value' is no number of samples a second"
	done
	run -2 "$BUILD/profile" -p nobody
	assert_output --partial "'nobody' is no PID"
	run -2 "$BUILD/profile" --stacks 0
	run -2 "$BUILD/profile" ls
	assert_output --partial "what is 'ls'?"
	run -2 "$BUILD/profile" --no-such-option
}

# --- environment

@test "Without root, or without the process, it says so" {
	needs_build
	run on_guest <<<"workload user profile"
	assert_failure 1
	assert_output --partial "loading a BPF program needs root"
	run on_guest <<<"profile -p 999999999"
	assert_failure 1
	assert_output "profile: there is no process 999999999"
}

# --- load and attach

@test "It loads" {
	test_it_loads "profile -p \$\$"
}

@test "SIGTERM is a good end, and leaves nothing in the kernel" {
	trace "profile -p \$\$" 'bpftool prog show name on_sample | grep -c "^[0-9]"' TERM
	assert_equal "$seen" 1
	assert_equal "$status" 0
	figures
	run on_guest <<<'bpftool prog show name on_sample; bpftool map show name stacks'
	assert_output ""
}

@test "So is the end of -d, also when nobody reads the output, but not when a file cannot be written" {
	needs_load
	run on_guest <<-'EOF'
		start sh -c '{ profile -p $$ -d 1; echo "ends with $?" >&2; } | true; exec profile -p $$ -d 1 --svg /no/such/folder/file'
		wait_for '[ -e status ]'
		cat err status
	EOF
	assert_output --partial " samples: "
	assert_line "ends with 0"
	assert_line "profile: cannot write to /no/such/folder/file: No such file or directory"
	assert_line 1
}

@test "It says which CPUs come and go meanwhile" {
	needs_load
	run on_guest <<-'EOF'
		echo 0 >online
		start unshare -m sh -c 'mount --bind online /sys/devices/system/cpu/online; exec profile -p $$'
		echo 0,77 >online
		wait_for "grep -q 'CPU 77' err"
		echo 77 >online
		wait_for "grep -q 'CPU 0' err"
		echo 0 >online
		sleep 0.5
		stop
		cat err status
	EOF
	assert_line "profile: CPU 77 has come online since the start: it is not sampled"
	assert_line "profile: CPU 0 has gone offline: from now on it is not sampled, even if it comes back"
	assert_equal "$(grep -c 'CPU [0-9]' <<<"$output")" 2
	assert_line 0
}

@test "A full disk ends it with status 1 and a reason" {
	needs_load
	run on_guest <<<'timeout 20 profile -p $$ -d 2 >/dev/full'
	assert_failure 1
	assert_line "profile: cannot write the output: is the disk full?"
}

# --- TODO 1: the event

@test "TODO 1: takes so many samples a second" {
	local events seconds rate

	trace "profile -F 499 -p \$\$" '
		ls -l /proc/$(cat pid)/fd | grep -c perf_event; cat /proc/uptime
		spin -s 3 split >/dev/null; cat /proc/uptime; grep -c "^processor" /proc/cpuinfo'
	figures
	# Each CPU has one more perf event, which tells what processes map.
	events=$(($(sed -n 1p <<<"$seen") - $(tail -n 1 <<<"$seen")))
	seconds=$(sed -n '2,$p' <<<"$seen" | awk 'NF == 2 { t[++n] = $1 } END { print t[2] - t[1] }')
	[[ $events -gt 0 ]] || wrong "an event" "none" \
		"open_event() returns the file descriptor that the system call perf_event_open gives it."
	rate=$(awk -v n="$samples" -v events="$events" -v s="$seconds" 'BEGIN { printf "%d", n / events / s }')
	# A busy machine keeps an emulated CPU from being on time: the lower bound is wide.
	if [[ $rate -gt 750 ]]; then
		wrong "about 499 samples a second on a CPU" "$rate" \
			"Without attr.freq = 1 the number is a period: one sample every so many nanoseconds."
	elif [[ $rate -lt 110 ]]; then
		wrong "about 499 samples a second on a CPU" "$rate" \
			"attr.sample_freq is hz, what the user asked for. And does attr.config name the clock of the CPU, PERF_COUNT_SW_CPU_CLOCK?"
	fi
}

@test "TODO 1: says what the kernel's limit is" {
	local limit

	needs_load
	run on_guest <<-'EOF'
		limit=$(cat /proc/sys/kernel/perf_event_max_sample_rate)
		echo $limit
		start profile -p $$ -F $((limit + 1))
		stop
		cat err status
	EOF
	limit=${lines[0]}
	[[ $output == *"profile: $((limit + 1)) samples a second are too many: this kernel's limit is $limit "* &&
		${lines[-1]} == 1 ]] || wrong "an end with status 1, and the limit: $limit" "$output" \
		"The kernel refuses more samples a second than its limit. Return the system call's result as it is: it is negative then, and errno has the reason. (And if attr.freq is not 1, the number is no frequency.)"
}

# --- TODO 2: the CPUs

@test "TODO 2: samples each CPU once" {
	local wanted got

	trace "profile -p \$\$" "nproc; $timers"
	wanted=$(for ((cpu = 0; cpu < $(head -n 1 <<<"$seen"); cpu++)); do printf 'CPU %d: 1 ' "$cpu"; done)
	got=$(sed 1d <<<"$seen")
	[[ $got == "$wanted" || $got == "${wanted% }" ]] || wrong "a timer on each CPU: $wanted" "${got:-none}" \
		"One event is for one CPU. Call sample_cpu() once for each of the CPUs in cpus->list, with its number from there, and a place of its own in links."
	expect_cpu_77
}

# expect_cpu_77: if the kernel says that CPUs 0 and 77 are online, it is these that are opened. Where
# there is no CPU 77, that fails.
expect_cpu_77() {
	run on_guest <<-'EOF'
		echo 0,77 >online
		start unshare -m sh -c 'mount --bind online /sys/devices/system/cpu/online; exec profile -p $$'
		stop
		cat err
	EOF
	[[ $output == *"CPU 77"* ]] || wrong "an event on each of the CPUs in the list: 0 and 77" "$output" \
		"Not all CPUs that are possible are online, and their numbers may have gaps. Open one event for each of the cpus->count numbers in cpus->list."
}

# --- TODO 3: whose sample

@test "TODO 3: counts what is idle apart" {
	trace "profile -F 499" "spin -s 4 split; sleep 0.4"
	figures
	# (a machine that is not the VM may have no idle moment)
	[[ $((idle * 4)) -gt $samples || $PLACE == here ]] || wrong "idle samples: the CPU has slept about half of the time" "$idle of $samples" \
		"If the CPU has nothing to do, pid is 0. Count that in idle, and return."
	[[ $((idle * 4)) -lt $((samples * 3)) ]] || wrong "about half of $samples samples at work" "$idle idle" \
		"Only those with a pid of 0 are idle."
	[[ $left_out -lt $((samples / 4)) ]] || wrong "only the samples of profile itself left out" "$left_out of $samples" \
		"If only_pid is 0, all processes are wanted but the one with own_pid."
}

@test "TODO 3: leaves out the processes that -p does not want" {
	local wanted

	trace "sh -c 'taskset 1 spin -s 100 split & taskset 1 spin -s 100 split & taskset 1 spin -s 100 split & exec profile -F 499 -p \$!'" \
		'taskset 1 spin -s 1 split'
	figures
	# Three processes share a CPU, and one of them is wanted.
	wanted=$((samples - idle - left_out))
	if [[ $left_out -eq 0 ]]; then
		wrong "samples of other processes left out" "none of $samples" \
			"If only_pid is not 0, samples of all others count as left_out."
	elif [[ $((wanted * 2)) -gt $((samples - idle)) || $wanted -eq 0 ]]; then
		wrong "about a third of the working samples wanted" "$wanted, and $left_out left out" \
			"Leave out the sample if pid is not only_pid, and not if it is."
	fi
}

# --- TODO 4: counting

@test "TODO 4: counts each sample once" {
	trace "profile -F 499" "spin -s 2 split"
	expect_sum "Each sample that is not idle and not left out has to be in the map counts, or in lost_counts. The first of its kind, too: after adding an entry with 0 samples look it up again, and add 1 as for all others."
	[[ $counted -gt 0 ]] || wrong "samples in the map counts" "none" "Add 1 to count->samples."
}

@test "TODO 4: sees the work on every CPU" {
	local cpu shares=

	trace "profile -F 499 --folded" '
		last=$(($(nproc) - 1)); n=0
		while [ $n -le $last ]; do taskset $((1 << n)) spin -n on-cpu-number-$n -s 2 split & p="$p $!" n=$((n + 1)); done; wait $p; echo $last'
	for ((cpu = 0; cpu <= $(tail -n 1 <<<"$seen"); cpu++)); do
		shares+="$(folded "^on-cpu-number-${cpu}[; ]") "
		[[ ${shares% } != *0 || $(folded "^on-cpu-number-${cpu}[; ]") -gt 0 ]] ||
			wrong "samples of on-cpu-number-$cpu" "none, and: $(head -n 5 <<<"$output")" \
				"Is there an event on each CPU (TODO 2), and is each sample counted under the whole key?"
	done
	awk '{ for (i = 1; i <= NF; i++) if ($i * 4 < $1 || $i > $1 * 4) exit 1 }' <<<"$shares" ||
		wrong "about as many samples on each CPU" "$shares" "Is there one event on each CPU (TODO 2), and no more?"
}

@test "TODO 4: counts what does not fit as lost" {
	local hint="If there is no entry even after adding one, the map is full: count the sample in lost_counts."

	# Many processes with the same stacks: what there is no room for is the counts.
	trace "profile -F 499 --stacks 16" "spin -s 1 split $(printf 'fork split %.0s' {1..11})"
	expect_sum "$hint"
	[[ $lost -gt 0 ]] || wrong "lost samples: there is room for eight counts only" "0 lost, $counted counted" "$hint"
}

# --- TODO 5: stacks

@test "TODO 5: finds the shares of functions" {
	sample "-F 999" "spin-fixed -s 4 split"
	[[ $lost -lt $counted ]] || wrong "samples with stacks" "$lost lost, and: $stderr" \
		"NO_STACK says that there is no such stack, and that is no loss: most samples were not in the kernel."
	expect_shares "key->user_stack is the number that bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK) returns. Without that flag it is the kernel's stack."
}

@test "TODO 5: shows who called whom, and the kernel last" {
	local deep kernel

	sample "-F 999 --folded" "spin-fixed -n fifteen-letters -s 2 deep kernel"
	deep=$(folded '^fifteen-letters;.*main;outermost;middle;innermost [0-9]+$')
	kernel=$(folded '^fifteen-letters;.*;ksys_read_[[]k[]];.* [0-9]+$')
	[[ $((deep * 4)) -gt $counted ]] || wrong "a quarter of the samples, or more, in fifteen-letters;...main;outermost;middle;innermost" \
		"$deep of $counted, and: $(sort -rn -k 2 <<<"$output" | head -n 3)" \
		"key->user_stack is the number that bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK) returns. Without that flag it is the kernel's stack."
	[[ $((kernel * 4)) -gt $counted ]] || wrong "a quarter of the samples, or more, in a system call of fifteen-letters" \
		"$kernel of $counted, and: $(head -n 3 <<<"$output")" \
		"key->kernel_stack is the number that bpf_get_stackid(ctx, &stacks, 0) returns, and key->user_stack that with BPF_F_USER_STACK."
}

@test "TODO 5: counts lost stacks" {
	local stacks

	sample "-F 999 --stacks 2" "spin-fixed -s 1 split deep kernel cpp"
	expect_sum "Each stack that is lost has to be counted in lost_stacks, and its sample not in the map."
	stacks=$(sed -n 's/^profile: \([0-9]*\) stacks and .*/\1/p' <<<"$stderr")
	[[ ${stacks:-0} -gt 0 ]] || wrong "lost stacks: there is room for 2 only" "none, and $counted counted" \
		"A negative result is no stack's number but an errno. If it is another than NO_STACK, the stack is lost: count it in lost_stacks, and return false."
}

# --- TODO 6: addresses

rebase="The same function is at another address each time. address - mapping->start is how far into the mapping it is; mapping->offset more, and that is the place in the file. There the segment begins at segment->offset, and for the linker at segment->address."

@test "TODO 6: names the functions of a program that is moved" {
	sample "-F 999" "spin -s 4 split"
	expect_shares "$rebase"
}

@test "TODO 6: names the functions of libraries, of the vdso and of C++" {
	local got name

	sample "-F 999 --folded" 'spin -s 2 -l $(command -v libspin.so) library vdso cpp'
	for name in in_library '__(vdso|kernel)_[a-z_]*' 'deep::space::nine[(]int[)]'; do
		got=$(folded ";$name [0-9]+\$")
		[[ $((got * 10)) -gt $counted ]] || wrong "a tenth of the samples, or more, in $name" \
			"$got of $counted, and: $(head -n 5 <<<"$output")" "$rebase"
	done
	! grep -E 'before_library|behind_library' <<<"$output" || fail "a function that never ran"
}

@test "TODO 6: gives no name where there is none, and never a wrong one" {
	local got

	# The program has ended when it is looked for, and another one has taken its place.
	trace "profile -F 499 --folded" '
		cp $(command -v spin) moved; ./moved -n first -s 1 deep nowhere; rm moved
		cp $(command -v spin-fixed) moved; ./moved -n second -s 1 cpp; : >moved
		cp $(command -v spin) started; ./started -n third -s 1 deep fork cpp exec -n fourth -s 1 split; rm started'
	for got in 'first;.*outermost;middle;innermost' 'first;.*main;[[]unknown[]]' \
		'second;.*(deep::space::nine[(]int[)]|moved[+]0x[0-9a-f]+)' 'third;.*deep::space::nine[(]int[)]' 'fourth;.*;seventy'; do
		[[ $(folded "^$got [0-9]+\$") -gt 0 ]] || wrong "samples in $got" "none: $(head -n 8 <<<"$output")" "$rebase"
	done
	! grep -E '(before_seventy|never|ten|seventy)( [0-9]+$|;)' <<<"$output" | grep -vE '^(fourth|first;.*before_seventy|second;.*before_seventy|third;.*before_seventy)' ||
		wrong "no sample in a function that did not run" "$(grep -E ';(never|ten)' <<<"$output")" "$rebase"
}

@test "TODO 6: draws a flame graph" {
	local all innermost

	sample "-F 999 --svg picture.svg" 'spin -s 2 -n "<&>" deep'
	assert_equal "$output" ""
	all=$(sed -n 's/.*data-n="\([0-9]*\)" data-level="0" data-name="all".*/\1/p' <<<"$seen")
	innermost=$(sed -n 's/.*data-n="\([0-9]*\)" .* data-name="innermost".*/\1/p' <<<"$seen")
	[[ ${all:-0} -eq $counted && $counted -gt 0 && $((${innermost:-0} * 2)) -gt $counted ]] ||
		wrong "a frame 'all' of $counted samples, and most of them in innermost" \
			"${all:-no frame}, ${innermost:-none}" "$rebase"
	assert_regex "$seen" 'data-name="&lt;&amp;&gt;"'
	[[ $seen == *"</svg>" ]] || fail "cut off"
}
