#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs the finished trace next to strace, at the same time and on the same calls, and compares what
# they say: the calls, their arguments and results, and the sums. Each difference has its reason.

load peers

setup_file() {
	local strace

	strace=$(command -v strace)
	cc -O1 -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/calls" "$BATS_TEST_DIRNAME/calls.c"
	start_guest_with 08-combining -- "$strace=$strace" "$BATS_FILE_TMPDIR/calls"
}

# both SCRIPT [STRACE-OPTION...]: runs a shell script while strace and trace watch it. from() has what
# they printed: strace, out and err, the tracer's status, and the shell's ID, target.
both() {
	on_guest <<-EOF >"$BATS_TEST_TMPDIR/all"
		$peers
		mkfifo go
		cat >script <<-'END'
		echo \$\$ >target
		read line <go
		$1
		END
		sh script >/dev/null 2>&1 &
		wait_for '[ -s target ]'
		target=\$(cat target)
		strace ${*:2} -o strace -p "\$target" 2>attached &
		wait_for 'grep -q attached attached'
		start trace -p "\$target"
		echo >go
		wait_for '[ -e status ]'
		wait_for '! [ -e /proc/\$target ] && [ -s strace ]'
		awk '{ print FILENAME ":" \$0 }' target status err strace out
	EOF
	assert_equal "$(from status)" 0
	assert_regex "$(from err)" " 0 lost, 0 unfinished"
}

@test "trace sees each process and thread make the calls that strace sees, in the same order" {
	local calls errors

	# shellcheck disable=SC2016
	both 'workload -c 3 exec; workload threadexec; workload -t 4 -c 20 nanosleep
		: | cat | cat; ls /; (exit 3)
		trap : USR1; kill -USR1 $$; exec workload noexec' -f -C
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
	read -r _ calls errors < <(grep '^openat ' "$BATS_TEST_TMPDIR/ours")
	run differences
	assert_output "< exit 3 0
< exit_group 13 0
< openat $calls $errors
> openat $((calls + 1)) $errors"
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
	both 'mkdir empty; cd empty; exec calls' -e signal=none -e \
		verbose=openat2,fstat,newfstatat,stat,lstat,statx,ppoll,pselect6,poll,select,epoll_ctl,epoll_pwait,epoll_wait,nanosleep,clock_nanosleep,clock_getres,clock_settime,futex,rt_sigaction,rt_sigprocmask,rt_sigpending,signalfd4,wait4,clone3,prlimit64,execve,execveat,bind,connect,getsockname,getpeername,accept4,sendto,recvfrom,setsockopt,getsockopt,socketpair,pipe,pipe2,gettimeofday
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
