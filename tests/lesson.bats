#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests one lesson's stub, solution, half-solved states and tests, all in one VM. tests/all runs
# this file once for each lesson: UNDER_TEST is the lesson's folder.

bats_load_library bats-support
bats_load_library bats-assert
load helpers

top=$(realpath "$BATS_TEST_DIRNAME/..")
lesson=$top/$UNDER_TEST
sources=$top/tests/solutions/$UNDER_TEST
last=$(cat "$sources"/*.[ch] | sed -n 's/.*end of TODO \([0-9]*\) .*/\1/p' | sort -n | tail -n 1)

# A state is the program with some TODOs solved: its name, and the numbers of those TODOs.
numbers_of() {
	local todo=${1#*-}

	case $1 in
	stub) echo 0 ;;
	solution) seq -s ' ' "$last" ;;
	upto-*) seq -s ' ' "$todo" ;;
	without-*) seq "$last" | grep -vx "$todo" | xargs ;;
	esac
}

names_of_states() {
	echo stub solution
	for ((todo = 1; todo < last; todo++)); do echo "upto-$todo"; done
	for ((todo = 1; todo <= last; todo++)); do echo "without-$todo"; done
}

names_of_wrong_answers() {
	find "$sources/wrong" -name '*.patch' -printf '%f\n' | sed 's/\.patch$//' | sort
}

in_lesson() {
	make -s --no-print-directory -C "$lesson" "$@"
}

build_state() {
	in_lesson OUT=".build/states/$1" SOLVED="$(numbers_of "$1")" "${@:2}"
}

build_wrong_answer() {
	local folder=$lesson/.build/states/$1

	mkdir -p "$folder/wrong"
	for file in "$sources"/*.[ch]; do
		unifdef -x2 -DSOLVED_{1..9} "$file" >"$folder/wrong/${file##*/}"
	done
	# A wrong answer need not build: then its test says which hint it has to get.
	patch -s -p1 -F0 -d "$folder/wrong" <"$sources/wrong/$1.patch" || return 1
	in_lesson OUT=".build/states/$1" SRC=".build/states/$1/wrong" all || true
}

setup_file() {
	local name pack=$BATS_FILE_TMPDIR/states packed=()

	rm -rf "$lesson/.build/states"
	mkdir "$pack" "$BATS_FILE_TMPDIR/guest" "$BATS_FILE_TMPDIR/logs"
	export -f in_lesson build_state build_wrong_answer numbers_of
	export top lesson sources last
	# shellcheck disable=SC2016
	{
		names_of_states | xargs -n 1 printf 'build_state %s all WERROR=1\n'
		names_of_wrong_answers | xargs -n 1 printf 'build_wrong_answer %s\n'
	} | xargs -P 2 -I {} bash -c 'set -- {}; {} >"$0/$2" 2>&1 || echo "$2" >>"$0/broken"' \
		"$BATS_FILE_TMPDIR/logs"

	for name in $(names_of_states) $(names_of_wrong_answers); do
		mkdir "$pack/$name"
		# (there may be none, see above)
		find "$lesson/.build/states/$name" -maxdepth 1 -type f -perm -100 ! -name workload \
			-exec cp {} "$pack/$name" \;
	done
	for name in "$lesson/.build/states/solution"/{"$(in_lesson print-program)",workload} \
		"$(in_lesson print-bpftool)" $(in_lesson print-pack); do
		packed+=(-f "$name")
	done
	cd "$lesson"
	VM_SMP=$(in_lesson print-cpus) VM_ICOUNT=$(in_lesson print-icount) \
		"$top/tests/vm" start "$BATS_FILE_TMPDIR/guest" -f "$pack=/states" "${packed[@]}"
}

teardown_file() {
	"$top/tests/vm" stop "$BATS_FILE_TMPDIR/guest"
}

# run_tests STATE [FILTER [RETRIES]]: runs the lesson's tests on a state; report has the result as TAP.
run_tests() {
	local build=(OUT=".build/states/$1")

	report=$BATS_TEST_TMPDIR/$1.tap
	if [[ -d $lesson/.build/states/$1/wrong ]]; then
		build+=(SRC=".build/states/$1/wrong")
	else
		build+=(SOLVED="$(numbers_of "$1")")
	fi
	PLACE=vm GUEST=$BATS_FILE_TMPDIR/guest GUEST_BIN=/states/$1:/usr/local/bin RETRIES=${3:-0} \
		FILTER=${2:-.} REPORT=$report in_lesson test "${build[@]}" >"$report.log" 2>&1 || true
	grep '^# second try' "$report" >&3 || true
	[[ -s $report && $(count "(not )?ok ") -eq $(sed -n 's/^1\.\.//p' "$report") ]] ||
		fail "not every test reported its result: $(cat "$report.log")"
}

# count REGEX: the number of lines of the report that begin like this
count() {
	grep -c -E "^$1" "$report" || true
}

as_regex() {
	printf '%s' "$1" | sed 's/[][().*+?^$|\\]/\\&/g'
}

none() {
	[[ $(count "$1") -eq 0 ]] || fail "$2: $(grep -A12 -E "^$1" "$report")"
}

@test "The stub is what the source makes of it" {
	local file stub=$BATS_TEST_TMPDIR/stub committed

	for file in "$sources"/*.[ch]; do
		file=${file##*/}
		unifdef -x2 -USOLVED_{1..9} "$sources/$file" >"$stub"
		cmp -s "$stub" "$lesson/$file" && continue
		# A learner's own changes are no fault of the workbook.
		committed=$(git -C "$top" show "HEAD:$UNDER_TEST/$file" 2>/dev/null | cksum)
		[[ $committed == "$(cksum <"$stub")" ]] ||
			fail "$file is not in step with tests/solutions. A maintainer runs 'make stubs'; it overwrites the lesson's files"
	done
}

@test "Every state builds without warnings" {
	[[ ! -e $BATS_FILE_TMPDIR/logs/broken ]] || fail "$(
		cd "$BATS_FILE_TMPDIR/logs"
		xargs tail -n 30 <broken
	)"
	for name in $(names_of_states); do
		run grep -vE '^  [A-Z-]+ +[^ ]+$' "$BATS_FILE_TMPDIR/logs/$name"
		assert_output ""
	done
}

@test "The solution passes every test, and skips none" {
	run_tests solution . 1
	none "not ok" "the solution fails"
	none "ok .* # skip" "the solution skips"
}

@test "The stub fails each test of a TODO, and no other" {
	run_tests stub
	none "ok [0-9]* TODO" "passed or skipped by the stub"
	none "not ok [0-9]* [^T]" "failed by the stub"
	none "ok .* # skip" "skipped by the stub"
}

@test "TODOs can be solved in order, each turns its tests green" {
	local todo

	for ((todo = 1; todo < last; todo++)); do
		run_tests "upto-$todo" "^(TODO [1-$todo]:|It (builds|loads)\$)" 1
		none "not ok" "with TODOs 1 to $todo solved"
		none "ok .* # skip" "with TODOs 1 to $todo solved"
	done
}

@test "A TODO that is left out fails its tests, the others done" {
	local todo

	for ((todo = 1; todo <= last; todo++)); do
		run_tests "without-$todo" "^(TODO $todo:|It (builds|loads)\$)"
		none "ok [0-9]* TODO $todo:[^#]*$" "passes without TODO $todo"
		[[ $(count "not ok [0-9]* TODO $todo:") -gt 0 ]] ||
			fail "no test of TODO $todo fails without it: $(cat "$report")"
	done
}

# gets_hint NAME: does this wrong answer fail the test that it has to, with the hint?
gets_hint() {
	local said

	run_tests "$1" "^(It builds|It loads|$(as_regex "$fails"))\$"
	# bats marks the lines with #, and the hint is folded.
	said=$(sed -n "/^not ok [0-9]* $fails\$/,/^\(not \)\?ok/p" "$report" |
		sed 's/^# *//' | tr '\n' ' ' | tr -s ' ')
	[[ $fails && $hint && $said == *"$hint"* ]]
}

@test "Each wrong answer gets its hint" {
	local name fails hint wrong=

	for name in $(names_of_wrong_answers); do
		fails=$(sed -n 's/^Fails: //p' "$sources/wrong/$name.patch")
		hint=$(sed -n 's/^Hint: //p' "$sources/wrong/$name.patch")
		if gets_hint "$name"; then continue; fi
		# Some mistakes show only if the emulated CPU goes on in time: as for a solution, see RETRIES.
		echo "# second try: wrong answer $name" >&3
		gets_hint "$name" ||
			wrong+="$name should fail '$fails' with the hint '$hint'. It got: $(cat "$report")"$'\n'
	done
	[[ -z $wrong ]] || fail "$wrong"
}

@test "The user side is clean under the sanitizers" {
	in_lesson OUT=.build/sanitized SOLUTION=1 SANITIZE=1 all
	RETRIES=1 VM=1 REPORT=$BATS_TEST_TMPDIR/report.tap run in_lesson OUT=.build/sanitized SOLUTION=1 SANITIZE=1 test
	assert_success
	assert_output --partial " 0 failed, 0 skipped"
}
