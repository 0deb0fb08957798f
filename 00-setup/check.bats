#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

bats_load_library bats-support
bats_load_library bats-assert
load ../tests/helpers

# item NAME MEMBER: a member of an item in the JSON that check printed
item() {
	jq -r --arg name "$1" ".items[] | select(.name == \$name).$2" <<<"$output"
}

# check_on_guest SCRIPT: runs the script, which runs check --json, and keeps what that printed.
check_on_guest() {
	needs_build
	run --separate-stderr on_guest <<<"$1"
	jq -e . <<<"$output" >/dev/null || fail "no JSON: $output $stderr"
}

# expect NAME MEMBER WANTED HINT: compares with a pattern.
expect() {
	local got

	got=$(item "$1" "$2")
	# shellcheck disable=SC2053
	[[ $got == $3 ]] || wrong "$1: $3" "$1: $got" "$4"
}

# --- command line: no root needed

@test "It builds" {
	test_it_builds
}

@test "--help explains the options" {
	needs_build
	run "$BUILD/check" --help
	assert_success
	assert_output --partial "Usage: check [OPTION...]"
	for option in --json --lesson=LESSON --quiet --verbose; do
		assert_output --partial -- "$option"
	done
}

@test "A wrong command line ends with status 2 and a reason" {
	needs_build
	run -2 "$BUILD/check" -l 99-no-such-lesson
	assert_output --partial "no lesson '99-no-such-lesson'; there are 00-setup, 01-hello-kprobe"
	run -2 "$BUILD/check" --no-such-option
	run -2 "$BUILD/check" argument
}

# --- environment

@test "The table fits into 80 columns, and is in colour on a terminal only" {
	needs_build
	run "$BUILD/check"
	assert_line --regexp "^  kernel version +$(uname -r) +ok$"
	refute_line --regexp '.{81,}'
	refute_output --partial $'\e['
	run script -qec "$(printf '%q' "$BUILD/check")" /dev/null
	assert_output --partial $'\e[32mok\e[0m'
	run env NO_COLOR=1 script -qec "$(printf '%q' "$BUILD/check")" /dev/null
	refute_output --partial $'\e['
}

@test "It works without root, and says that root is missing" {
	check_on_guest 'workload user check --json'
	expect root verdict missing "-"
	[[ $(item root cure) ]]
}

@test "-q prints what is missing, a line each" {
	needs_build
	run --separate-stderr on_guest <<<'workload user check -q -l 00-setup'
	assert_failure 1
	assert_line --regexp '^root: '
	refute_line --regexp '^[^:]+$'
}

@test "It finds out that there are no kprobes, no tracefs, no perf events" {
	check_on_guest 'unshare -m sh -c "
		umount -l /sys/kernel/debug; umount -l /sys/kernel/tracing
		mount -t tmpfs none /sys/bus/event_source/devices
		check --json" 2>&1'
	expect tracefs verdict missing "-"
	expect tracefs cure "sudo mount -t tracefs tracefs /sys/kernel/tracing" "-"
	expect kprobes verdict missing "-"
	run on_guest <<<'unshare -m sh -c "
		mount -t tmpfs none /sys/bus/event_source/devices
		umount -l /sys/kernel/debug; umount -l /sys/kernel/tracing
		check -q -l 01-hello-kprobe" 2>&1'
	assert_failure 1
	assert_line --partial "kprobes: "
}

# --- BTF, load, run

@test "TODO 1: finds the description of the kernel's types" {
	check_on_guest 'check --json'
	expect BTF verdict ok "stat() and access() return 0 where all is well. Judge the item OK then."
	expect BTF found "[1-9]* KiB of types" \
		"st.st_size has the size in bytes. In KiB: divided by 1024, and printed with %lld."
}

@test "TODO 1: says so where there is none" {
	check_on_guest 'unshare -m sh -c "mount -t tmpfs none /sys/kernel/btf; check --json"'
	expect BTF verdict missing "stat() and access() return -1 where there is no such file. Judge the item MISSING then."
	expect BTF found "*No such file or directory" "strerror(errno) is the kernel's reason, in words."
	expect BTF cure "?*" "item->cure says what to do: CURE_NO_BTF."
}

@test "TODO 2: loads the program" {
	check_on_guest 'check --json'
	expect "BPF load" verdict ok \
		"check_bpf__open_and_load() returns a pointer where all is well. Judge the item OK then, and return the pointer."
}

@test "TODO 2: says so where the kernel refuses it" {
	check_on_guest 'workload user check --json'
	expect "BPF load" verdict missing \
		"check_bpf__open_and_load() returns NULL where it fails. Judge the item MISSING then."
	expect "BPF load" found "*Operation not permitted" "errno has the reason; strerror(errno) is that in words."
	expect "BPF load" cure "?*" "item->cure says what to do: CURE_LOAD."
}

@test "TODO 3: runs the program once" {
	check_on_guest 'check --json'
	expect "BPF run" verdict ok \
		"bpf_prog_test_run_opts() returns 0 where all is well, and opts.retval is 42. Judge the item OK then, and return true."
	expect "BPF run" found "*42*" "What the program returned is in opts.retval."
}

@test "TODO 3: says so where the kernel does not run it" {
	check_on_guest 'workload without-run check --json'
	expect "BPF run" verdict missing \
		"bpf_prog_test_run_opts() returns a negative number where it fails. Judge the item MISSING then, and return false at once."
	expect "BPF run" found "did not run: Invalid argument" "If the call failed, opts.retval means nothing: return false at once. What it returned is the negative errno value: strerror(-err)."
	expect "BPF run" cure "?*" "item->cure says what to do: CURE_LOAD."
	expect "PID namespace" found "*, says /proc" "A program that did not run has left nothing: return false."
}

@test "TODO 3: ends with status 0 where all is there" {
	needs_build
	run on_guest <<<'check -l 00-setup'
	[[ $status -eq 0 ]] || wrong "status 0" "status $status, and: $output" \
		"Every required item has to be judged OK."
	run on_guest <<<'check -q -l 00-setup'
	assert_output ""
}

@test "TODO 4: compares the kernel's PID with our own" {
	local hint

	check_on_guest 'check --json'
	case $(item "PID namespace" found) in
	*"left no PID"*)
		hint="Where is the upper half? Store all that bpf_get_current_pid_tgid() returns, without a shift: check.c shifts."
		;;
	*namespace*)
		hint="The number is not the one that the helper returns. Store that as it is."
		;;
	*) hint="The program has to run first: TODO 3." ;;
	esac
	expect "PID namespace" found "the kernel's own (PID [1-9]*)" "$hint"
}

@test "TODO 4: notices a PID namespace" {
	check_on_guest 'unshare -p -f -m sh -c "mount -t proc none /proc; check --json"'
	expect "PID namespace" verdict note "The upper half is the PID as the kernel sees it."
	expect "PID namespace" found "a namespace: the kernel calls this process [1-9]*" \
		"Store what bpf_get_current_pid_tgid() returns, and not a number of your own."
}
