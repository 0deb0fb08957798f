#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests the throwaway VM: that a command in it behaves as if it ran here, that a guest for scripts
# gives back exactly what they did, and that nothing is left behind, whatever happens.
#
# shellcheck disable=SC2016,SC2119 # what is in single quotes is for a shell in the guest

bats_load_library bats-support
bats_load_library bats-assert
bats_require_minimum_version 1.5.0

setup_file() {
	export vm=$BATS_TEST_DIRNAME/vm guest="$BATS_FILE_TMPDIR/a guest"
	export scale=${TIMEOUT_SCALE:-1}
	mkdir "$guest"
	head -c 700000 /dev/urandom >"$BATS_FILE_TMPDIR/random"
	"$vm" start "$guest" -f "$BASH" -f "$BATS_FILE_TMPDIR/random=/opt/a folder/random"
}

teardown_file() {
	"$vm" stop "$guest"
}

setup() {
	export TMPDIR="$BATS_TEST_TMPDIR/a folder"
	mkdir "$TMPDIR"
}

# Whatever a test did, its guests and files are gone.
teardown() {
	local process

	run ls -A "$TMPDIR"
	assert_output ""
	for process in /proc/[0-9]*; do
		[[ $(readlink "$process/cwd") != "$BATS_TEST_TMPDIR"* ]] || fail "left behind: $process"
	done
}

# shellcheck disable=SC2120 # options, where a test has any
in_guest() {
	"$vm" exec "$guest" "$@"
}

# until_true COMMAND...: waits until it succeeds; not for ever.
until_true() {
	local end=$((SECONDS + 60 * scale))

	until "$@"; do
		((SECONDS < end)) || fail "waited too long for: $*"
		sleep 0.1
	done
}

# qemu_of PID: the QEMU below that tests/vm.
qemu_of() {
	pgrep -P "$1" qemu
}

# on_terminal COMMAND_LINE: runs it on a terminal; what it shows goes to $screen, and what is sent
# to descriptor 7 is typed.
on_terminal() {
	screen=$BATS_TEST_TMPDIR/screen
	: >"$screen"
	mkfifo "$BATS_TEST_TMPDIR/keys"
	exec 7<>"$BATS_TEST_TMPDIR/keys"
	SHELL=/bin/bash TERM=xterm script -qefc "stty rows 33 cols 77; stty -g; $1; echo status=\$?; stty -g" \
		/dev/null <&7 >"$screen" 3>&- 7>&- &
	terminal=$!
}

shows() {
	grep -q "$1" "$screen"
}

# The terminal's settings before and after are the same.
assert_terminal_restored() {
	local settings

	mapfile -t settings < <(tr -d '\r' <"$screen" | grep -Eo '[0-9a-f]+(:[0-9a-f]+){10,}')
	assert_equal "${#settings[@]}" 2
	assert_equal "${settings[1]}" "${settings[0]}"
}

@test "exec: output, errors and status come back apart" {
	run --separate-stderr in_guest <<<'echo out; echo err >&2; exit 7'
	assert_failure 7
	assert_output out
	assert_equal "$stderr" err
	run in_guest <<<'kill -TERM $$'
	assert_failure 143
	run in_guest <<<'uname -r; id -u; echo $WORKBOOK_PLACE'
	assert_line --regexp "^${KERNEL:-6.1}[.0-9+a-z-]*-cloud-"
	assert_line 0
	assert_line vm
}

@test "exec: every byte of a large output comes back" {
	local random=$BATS_FILE_TMPDIR/random

	in_guest >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" <<-'EOF'
	cat "/opt/a folder/random"
	head -c 20000 "/opt/a folder/random" >&2
	EOF
	cmp "$BATS_TEST_TMPDIR/out" "$random"
	cmp "$BATS_TEST_TMPDIR/err" <(head -c 20000 "$random")
	run in_guest <<<'seq 200000 | md5sum; seq 200000'
	assert_equal "$(tail -n +2 <<<"$output" | md5sum)" "${lines[0]}"
}

@test "exec: a packed program finds its libraries" {
	run in_guest <<<'bash -c "echo \$BASH_VERSION"'
	assert_output "$BASH_VERSION"
}

@test "exec: nothing of a script is left for the next one" {
	run in_guest <<<'sleep 100 & (setsid sleep 100 &); mkdir /sys/fs/bpf/x; touch file'
	assert_success
	run in_guest <<<'pidof sleep; ls /sys/fs/bpf; ls; tracers=$(pidof nothing); echo "<$tracers>"'
	assert_output "<>"
}

@test "exec: a script that hangs is killed and says so" {
	run --separate-stderr in_guest -t 1 <<<'echo before; trap "" INT TERM; while :; do :; done'
	assert_failure 124
	assert_output before
	assert_regex "$stderr" 'more than [0-9]+ seconds'
}

@test "exec: job control works, Ctrl-C reaches what runs in the background" {
	run in_guest <<-'EOF'
	set -m
	sh -c 'trap "echo caught; exit" INT; : >ready; while :; do usleep 20000; done' &
	until [ -e ready ]; do usleep 10000; done
	kill -INT $!
	while kill -0 $! 2>/dev/null; do usleep 10000; done
	EOF
	assert_line caught
}

@test "exec: one that was killed is not in the next one's way" {
	run timeout -s KILL 0.3 "$vm" exec "$guest" <<<'echo stale; sleep 1; seq 20000'
	assert_failure 137
	run in_guest <<<'echo fresh'
	assert_output fresh
}

@test "exec: several at once wait for each other" {
	local i

	for i in 1 2 3; do
		in_guest <<<"echo $i; usleep 100000; echo $i" >"$BATS_TEST_TMPDIR/$i" 3>&- &
	done
	wait
	for i in 1 2 3; do
		assert_equal "$(<"$BATS_TEST_TMPDIR/$i")" "$i"$'\n'"$i"
	done
}

@test "start: a second guest panics, exec says why, stop is quiet; the first one lives" {
	local second="$BATS_TEST_TMPDIR/second"

	mkdir "$second"
	"$vm" start "$second"
	run "$vm" exec "$second" <<<'echo c >/proc/sysrq-trigger'
	assert_failure 125
	assert_line "tests/vm: the guest died: sysrq triggered crash"
	run "$vm" exec "$second" <<<true
	assert_failure 125
	run "$vm" stop "$second"
	assert_success
	assert_output ""
	in_guest <<<true
}

@test "start: a guest ends with its owner, and exec notices" {
	local second="$BATS_TEST_TMPDIR/second" owner

	mkdir "$second"
	sleep 1000 3>&- &
	owner=$!
	VM_OWNER=$owner "$vm" start "$second"
	"$vm" exec "$second" <<<true
	kill "$owner"
	until_true flock -n "$second/alive" true
	run "$vm" exec "$second" <<<true
	assert_failure 125
	assert_line "tests/vm: the guest died"
}

@test "run: arguments, streams and status are as if it ran here" {
	run --separate-stderr "$vm" run -b 'echo beside >/tmp/beside' -- sh -c '
		until [ -s /tmp/beside ]; do :; done
		printf "<%s>\n" "$@"; [ -t 1 ] || echo no terminal; cat; echo err >&2; exit 7' \
		name "a  b" "it's" '$HOME' $'two\nlines' ''
	assert_failure 7
	assert_output - <<-'EOF'
	<a  b>
	<it's>
	<$HOME>
	<two
	lines>
	<>
	no terminal
	EOF
	assert_equal "$stderr" err
}

@test "run: a reader that goes away ends it" {
	run bash -c '"$vm" run sh -c "echo first; sleep 1000" | head -n 1; echo ${PIPESTATUS[0]}'
	assert_line --index 0 first
	assert_line --index 1 141
}

@test "run: the first interrupt is the command's, the second ends it" {
	local pid out=$BATS_TEST_TMPDIR/out

	: >"$out"
	# Job control, because a background job would be deaf to the signal; and who runs the tests may be one.
	set -m
	env --default-signal=INT "$vm" run sh -c 'trap "echo last words" INT; echo up; while :; do sleep 0.1; done' >"$out" 3>&- &
	pid=$!
	set +m
	until_true grep -q up "$out"
	kill -INT "$pid"
	until_true grep -q "last words" "$out"
	sleep 0.5 # closer together they count as one
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	assert_equal "$status" 130
}

@test "run: on a terminal Ctrl-C goes to the command, and its last words arrive" {
	on_terminal "'$vm' run sh -c 'trap \"seq 3000; echo last words; exit 9\" INT
		stty size; echo \$TERM up; while :; do sleep 0.1; done'"
	until_true shows 'xterm up'
	assert shows '33 77'
	printf '\003' >&7
	wait "$terminal"
	assert shows 2999
	assert shows 'last words'
	assert shows status=9
	assert_terminal_restored
}

@test "run: when QEMU is killed it says so and gives the terminal back" {
	local pid

	on_terminal "'$vm' run sh -c 'echo up; sleep 1000'"
	until_true shows up.$
	pid=$(pgrep -f "vm run sh -c echo up; sleep 1000" | while read -r pid; do
		if qemu_of "$pid" >/dev/null; then echo "$pid"; fi
	done)
	kill -KILL "$(qemu_of "$pid")"
	wait "$terminal"
	assert shows 'tests/vm: the guest died'
	assert shows status=125
	assert_terminal_restored
}

@test "shell: a prompt, job control, and the exit status" {
	on_terminal "'$vm' shell -f '$BASH'"
	until_true shows 'vm:~# '
	printf 'sleep 1000\n' >&7
	until_true shows 'sleep 1000'
	sleep 0.5 # the shell echoes a line before it runs it
	printf '\032' >&7
	until_true shows 'Stopped'
	printf 'kill %%1; exit 5\n' >&7
	wait "$terminal"
	assert shows 'throwaway Linux'
	assert shows status=5
	assert_terminal_restored
}

@test "What is missing or wrong is one clear line" {
	local tool bin=$BATS_TEST_TMPDIR/bin

	mkdir "$bin"
	for tool in bash dirname uname mkdir mktemp rm find realpath cp ldd sed sort; do
		ln -s "$(command -v $tool)" "$bin/"
	done
	run env PATH="$bin" "$vm" run true
	assert_failure 125
	assert_output --regexp '^tests/vm: qemu-system-[a-z0-9_]* is missing: `make setup` installs it$'
	run "$vm" kernel 1.0
	assert_failure 125
	assert_output "tests/vm: there is no kernel 1.0 here, only 5.10, 6.1, 6.12 and 7.2"
	run "$vm" run -f /nowhere true
	assert_failure 125
	assert_output "tests/vm: there is no /nowhere to pack"
	run "$vm" frobnicate
	assert_failure 2
}
