# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What the lessons' tests share. tests/run sets LESSON, TESTS, BUILD (the folder with the built
# program), PLACE ("here" or "vm"), GUEST (the VM's folder), GUEST_BIN (where the guest has the
# program), BUILT (empty where the build failed) and BUILD_LOG.

bats_require_minimum_version 1.5.0

# With RETRIES=1 a test that fails gets a second try, and the report says so. CI does that where a
# solution has to pass: an emulated CPU on a shared machine may stand still for seconds.
export BATS_TEST_RETRIES=${RETRIES:-0}

# With FAST set, one failed test of a TODO is enough: its others are passed over.
setup() {
	local failed=$BATS_FILE_TMPDIR/failed-${BATS_TEST_DESCRIPTION%%:*}

	if [[ ${FAST-} && -e $failed ]]; then skip "another test of it failed"; fi
}

teardown() {
	if [[ -z ${BATS_TEST_COMPLETED-} ]]; then
		touch "$BATS_FILE_TMPDIR/failed-${BATS_TEST_DESCRIPTION%%:*}"
	elif [[ ${BATS_TEST_TRY_NUMBER:-1} -gt 1 ]]; then
		echo "# second try: $BATS_TEST_DESCRIPTION" >&3
	fi
}

# Names the first TODO before the test's own whose tests have failed, if there is one.
open_before() {
	local number todo

	[[ $BATS_TEST_DESCRIPTION =~ ^TODO\ ([0-9]+): ]] || return 0
	number=${BASH_REMATCH[1]}
	for ((todo = 1; todo < number; todo++)); do
		[[ ! -e "$BATS_FILE_TMPDIR/failed-TODO $todo" ]] || {
			echo "TODO $todo"
			return
		}
	done
}

# wrong WANTED GOT HINT: fails the test, and says where to look and what the likely mistake is.
wrong() {
	local before

	before=$(open_before)
	{
		echo
		if [[ $before ]]; then printf 'first:  %s is still open, and this may need it\n' "$before"; fi
		printf 'where:  %s\n' "$(where)"
		printf 'wanted: %s\n' "${1//$'\n'/$'\n'        }"
		printf 'got:    %s\n' "${2//$'\n'/$'\n'        }" | cut -c 1-200
		fold -s -w 76 <<<"$3" | sed '1s/^/hint:   /; 2,$s/^/        /'
		echo
	} >&2
	return 1
}

# The file and line of the TODO that the test's name begins with.
where() {
	local number

	if [[ $BATS_TEST_DESCRIPTION =~ ^TODO\ ([0-9]+): ]]; then
		number=${BASH_REMATCH[1]}
		(cd "$BATS_TEST_DIRNAME" && grep -n "TODO $number:" ./*.[ch]) |
			sed -E "s|^\./([^:]*):([0-9]+):.*|$LESSON/\1, line \2: TODO $number|"
	elif [[ $BATS_TEST_DESCRIPTION == "It loads" ]]; then
		echo "$LESSON/$PROGRAM.bpf.c"
	else
		echo "$LESSON"
	fi
}

# on_guest: runs the script on standard input where the programs run, in an empty folder.
on_guest() {
	local limit=30 folder status=0

	if [[ $PLACE == vm ]]; then
		{
			printf 'PATH=%q:$PATH\nTIMEOUT_SCALE=%d\n' \
				"${GUEST_BIN:-/usr/local/bin}" "${TIMEOUT_SCALE:-1}"
			cat "$TESTS/tracer.sh" -
		} | "$TESTS/vm" exec "$GUEST" -t "$limit"
		return
	fi
	folder=$(mktemp -d "$BATS_TEST_TMPDIR/here-XXXXXX")
	cat "$TESTS/tracer.sh" - >"$folder/.script"
	(
		cd "$folder"
		# shellcheck disable=SC2153 # (BUILT is another one)
		PATH=$BUILD:$(dirname "$BPFTOOL"):$PATH
		timeout -k 1 $((limit * ${TIMEOUT_SCALE:-1})) sh ./.script </dev/null 3>&- 4>&-
	) || status=$?
	# What a script left running must not outlive it.
	if [[ -e $folder/pid && ! -e $folder/status ]]; then
		kill -KILL "$(cat "$folder/pid")" 2>/dev/null || true
	fi
	return "$status"
}

# trace COMMAND [WHILE [SIGNAL]]: starts a tracer, runs the script WHILE when it is ready, and
# then ends the tracer with SIGNAL (INT). Sets output (what it printed), stderr, status, and seen
# (what WHILE printed). Fails by itself where the tracer never got ready or did not end.
# shellcheck disable=SC2034 # (seen is for the tests)
trace() {
	local result=$BATS_TEST_TMPDIR/result stuck

	needs_load
	# One process prints all files: in an emulated CPU each process counts.
	on_guest >"$result" <<-EOF || { cat "$result"; return 1; }
		start $1
		: >seen
		if grep -q '^Tracing ' err; then
			{ ${2:-:}
			} >seen 2>&1
		fi
		stop ${3:-INT}
		awk '{ print FILENAME ":" \$0 }' stuck status seen err out
	EOF
	stuck=$(part stuck)
	status=$(part status)
	seen=$(part seen)
	stderr=$(part err)
	output=$(part out)
	if [[ $stuck == "not ready" ]]; then
		wrong "a line on stderr that begins with 'Tracing '" "none in 10 seconds: $stderr" \
			"The program waits or loops before it prints that it is ready."
	elif [[ $stuck ]]; then
		wrong "an end at the signal" "the program $stuck, and had to be killed" \
			"Something in it loops and does not look whether it was told to stop."
	fi
	case $status in
	132 | 134 | 135 | 136 | 139)
		wrong "a program that runs" "it crashed (signal $((status - 128)))" \
			"Is a pointer NULL that you follow? What a function that failed returns is no pointer to use. 'make SANITIZE=1 run' shows the line."
		;;
	153)
		wrong "a few lines of output" "more than 10 MB" \
			"The program prints without end. Does it trace itself, so that each line makes another?"
		;;
	esac
}

part() {
	sed -n "s/^$1://p" "$BATS_TEST_TMPDIR/result"
}

# lines_with TEXT: the tracer's lines that hold the text; the number of them is count_with's.
lines_with() {
	grep -F -- "$1" <<<"$output" || true
}

count_with() {
	grep -c -F -- "$1" <<<"$output" || true
}

# The two tests that all others stand on. Where one fails, the others say that they wait for it.
test_it_builds() {
	[[ -z $BUILT ]] || return 0
	wrong "a program" "this, from the compiler or from make:
$(grep -E -A4 'error|Error|No rule|not found' "$BUILD_LOG" | head -n 20)" \
		"$(explain_build "$(cat "$BUILD_LOG")")"
}

# test_it_loads COMMAND: the program is loaded, which the verifier has to agree to.
test_it_loads() {
	local log

	needs_build
	log=$(on_guest <<<"start $1; stop; cat err" 2>&1) || true
	if grep -q '^Tracing ' <<<"$log"; then
		touch "$BATS_FILE_TMPDIR/loads"
		return
	fi
	wrong "the kernel takes the program" "${log:-nothing}" "$(explain_load "$log")"
}

needs_build() {
	[[ $BUILT ]] || skip "waits until it builds"
}

needs_load() {
	needs_build
	[[ -e $BATS_FILE_TMPDIR/loads ]] || skip "waits until it loads"
}

explain_build() {
	case $1 in
	*"undeclared"*) echo "A name is misspelt, or nothing declares it. vmlinux.h has the kernel's types, but none of its #define constants." ;;
	*"must be a pointer"* | *"incompatible"*"conver"* | *"incompatible pointer types"*) echo "A number stands where an address is wanted, or the other way round. & before a variable gives its address." ;;
	*"no member named"*) echo "The skeleton has what the .bpf.c file has: look there for how the program, map or variable is spelt." ;;
	*"BPF stack limit"*) echo "A BPF program has 512 bytes of stack. Put large things into a per-CPU array map." ;;
	*"expected ';'"* | *"expected '}'"*) echo "The compiler lost its way at this line. The mistake is often at the end of the line above." ;;
	*"not found"* | *"No such file"*) echo "A tool or a header is missing. 'make setup' in the top folder installs what the workbook needs." ;;
	*) echo "The first error is the one to look at: the others often follow from it." ;;
	esac
}

explain_load() {
	case $1 in
	*"GPL-restricted"*) echo "This helper is only for programs under the GPL. Say the licence: a char array with SEC(\"license\")." ;;
	*"map_value_or_null"*) echo "A look-up may find nothing, so its result may be NULL. Test that before you use it, even where you know that the key exists." ;;
	*"ringbuf_mem_or_null"* | *"alloc_mem_or_null"*) echo "bpf_ringbuf_reserve() returns NULL when the buffer is full. Test that before you use the result." ;;
	*"Unreleased reference"*) echo "Each bpf_ringbuf_reserve() needs a bpf_ringbuf_submit() or bpf_ringbuf_discard() on every way out, also before an early return." ;;
	*"invalid mem access 'scalar'"* | *"invalid mem access 'inv'"*) echo "To the verifier this is a number, not memory that you may read. Copy it first: BPF_CORE_READ() for the kernel's memory, bpf_probe_read_user() for a process's." ;;
	*"stack R3"*) echo "The helper's third argument is the address of the value that it stores. It reads as many bytes there as the map's values have. Is it the address of the struct, and not of a pointer to it?" ;;
	*"invalid"*"from stack"* | *"invalid indirect access to stack"*) echo "The helper reads more of the stack than the program has written. Has the key the map's type, and is all of it set to 0 first, also the bytes between and behind its fields?" ;;
	*"invalid access to map value"* | *"unbounded memory access"* | *"value is outside of the allowed memory range"*) echo "The verifier cannot see that this stays within the memory at hand. Compare the size or the offset with the room there is, just before it is used." ;;
	*"min value is negative"*) echo "A length may be negative here: a helper that fails returns a negative number. Test for that before you use it." ;;
	*"stack"*"off"*) echo "A BPF program has 512 bytes of stack. Put large things into a per-CPU array map." ;;
	*"invalid bpf_context access"*) echo "The program reads a place of its context that this kind of program may not read." ;;
	*"dereference of modified ctx ptr"* | *"dereference of"*"ptr"*"disallowed"*) echo "The program follows a pointer itself. Read through it with a macro that ends in _CORE or _CORE_SYSCALL, or with BPF_CORE_READ()." ;;
	*"unknown func"* | *"invalid func"*) echo "This kernel does not have that helper function." ;;
	*"cannot open the perf buffer: Invalid argument"*) echo "libbpf wants a power of two of pages, and adds the page for the buffer's head itself: pass the number as it is." ;;
	*"cannot count this kind of event"*) echo "PERF_TYPE_HARDWARE events are counted by the CPU, and this one has no counters for them. Those of PERF_TYPE_SOFTWARE are there everywhere." ;;
	*"does not know what to sample"*) echo "The kernel refuses a pid of -1 together with a cpu of -1: an event for all processes is for one CPU. And all members of attr that you do not set have to be 0." ;;
	*"named to attach to"*) echo "The third argument of bpf_program__attach_kprobe() is the function's name as the kernel spells it: symbol.name, and not what the user typed." ;;
	*"BPF_STX uses reserved fields"*) echo "A compiler as new as this one makes atomic additions that Linux has only since 5.12. Take a newer kernel: KERNEL=6.1." ;;
	*"no kprobes"*) echo "This kernel has no kprobes. 'make test VM=1' uses one that has." ;;
	*"needs root"*) echo "Loading a program needs root." ;;
	*"Segmentation fault"*) echo "It crashed: it follows a pointer that is NULL, or writes where it must not. The constants in skel->rodata can be set between open and load, and not later." ;;
	"") echo "The program ended before it was ready, and said nothing." ;;
	*) echo "The line says what the kernel did not accept. 'make run ARGS=\"-v ...\"' shows the whole story." ;;
	esac
}
