#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests the commands that the workbook offers, in a copy without git, under a path with a space.

bats_load_library bats-support
bats_load_library bats-assert
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/.."
	top=$PWD
	copy="$BATS_TEST_TMPDIR/a copy"
	mkdir "$copy"
	tar c --exclude=.git --exclude=.build . | tar x -C "$copy"
	for lesson in "$copy"/0*/; do
		(cd "$lesson" && ../tests/todo reset >/dev/null && rm -f ./*.bak)
	done
	cd "$copy/01-hello-kprobe"
	export VM=1
}

@test "make builds quietly, and only what has changed" {
	run make
	assert_success
	assert_line --regexp "^  BPF      kprobe.bpf.o$"
	assert_line --regexp "^  LINK     kprobe$"
	refute_output --partial clang
	run make
	assert_output ""
	touch symbol.c
	run make
	assert_line --regexp "CC       symbol.o"
	refute_output --partial BPF
	# A header that both sides include rebuilds both.
	touch kprobe.h
	run make
	assert_line --regexp "BPF      kprobe.bpf.o"
	assert_line --regexp "CC       kprobe.o"
	run make V=1 -B
	assert_output --partial "clang -g -O2 -target bpf"
}

@test "make in the top folder lists the commands" {
	cd "$copy"
	run make
	assert_success
	assert_line --regexp "make demo +watch"
	assert_line --regexp "make hint TODO=2 +a hint"
}

@test "make hint and make solution show one TODO" {
	run make hint TODO=2
	assert_success
	assert_output --partial "bpf_program__attach_kprobe(PROGRAM, RETPROBE, FUNCTION)"
	refute_output --partial "TODO 3"
	run make solution TODO=2
	assert_success
	assert_line --index 0 "kprobe.c:"
	assert_output --partial "link = bpf_program__attach_kprobe(skel->progs.on_call, false, symbol.name);"
	refute_output --partial "SOLVED"
	refute_output --partial "TODO"
	for command in hint solution; do
		run make "$command" TODO=8
		assert_failure
		assert_output --partial "There is no TODO 8 in this lesson."
		run make "$command"
		assert_failure
		assert_output --partial "Which TODO? For example: make $command TODO=1"
	done
}

@test "Every TODO has a hint and a solution" {
	local lesson todo todos

	for lesson in "$copy"/0*/; do
		cd "$lesson"
		mapfile -t todos < <(cat ./*.[ch] | sed -n 's/.*end of TODO \([0-9]*\) .*/\1/p')
		for todo in "${todos[@]}"; do
			run make -s hint TODO="$todo"
			assert_success
			[[ ${#lines[@]} -gt 0 ]]
			run make -s solution TODO="$todo"
			assert_success
			[[ ${#lines[@]} -gt 1 ]]
		done
	done
}

@test "make diff compares with the solution" {
	run make diff
	assert_success
	assert_line "--- kprobe.c (yours)"
	assert_line "+	if (e.pid == own_pid)"
	for file in kprobe.c kprobe.bpf.c; do
		unifdef -x2 -DSOLVED_{1..9} "../tests/solutions/01-hello-kprobe/$file" >"$file"
	done
	run make diff
	assert_output "Your files are the same as the solution's."
}

@test "make reset brings the stub back and keeps every version of mine" {
	cp kprobe.c stub
	run make reset
	assert_output ""
	echo "// first" >>kprobe.c
	run make reset
	assert_output "kprobe.c is the stub again; yours is kept as kprobe.c.bak"
	cmp kprobe.c stub
	echo "// second" >>kprobe.c
	make reset
	run tail -qn 1 kprobe.c.bak kprobe.c.bak.~1~
	assert_output $'// second\n// first'
	rm kprobe.c
	run make reset
	assert_output "kprobe.c is the stub again"
	cmp kprobe.c stub
}

@test "make run passes arguments, output and the exit status" {
	run --separate-stderr make run ARGS="--help"
	assert_success
	assert_line --index 0 "Usage: kprobe [OPTION...] FUNCTION"
	run --separate-stderr make -s run ARGS="'no such function'"
	assert_failure
	assert_output ""
	[[ $stderr == *"the kernel has no function 'no such function'"* ]]
}

@test "make run says where it runs, and why" {
	run make -s run ARGS="--help"
	assert_line "Running in a throwaway VM with Linux 6.1: you asked for it."
	run make -s run ARGS="--help" VM=maybe
	assert_failure
	assert_output --partial "VM=maybe: say VM=1 for the throwaway VM, or VM=0 for this kernel."
}

@test "Code that does not compile is one failed test, and the others wait" {
	echo "oops" >>kprobe.c
	run make test
	assert_failure
	assert_line --regexp "^not ok 1 It builds$"
	assert_output --partial "kprobe.c:"
	assert_output --partial "oops"
	assert_line --regexp "^ok [0-9]+ TODO 2: reports each call # skip waits until it builds$"
	assert_output --partial "1 failed"
}

@test "Code that the verifier refuses is one failed test, and the others wait" {
	sed -i 's|/\* TODO 3.*|&|; s|^\(\tstruct event e = {}\);|\1; return *(int *)0;|' kprobe.bpf.c
	grep -q 'return \*(int \*)0' kprobe.bpf.c
	run make test
	assert_failure
	assert_line --regexp "^not ok [0-9]+ It loads$"
	assert_output --partial "the verifier refused the program"
	assert_line --regexp "^ok [0-9]+ TODO 2: reports each call # skip waits until it loads$"
}

@test "A test of one TODO needs one that exists" {
	run make test TODO=8
	assert_failure
	assert_output --partial "There is no TODO 8 in this lesson."
}

@test "make test in one lesson from two terminals at once" {
	make -s test TODO=1 SOLUTION=1 >first 2>&1 3>&- &
	run make -s test TODO=1 SOLUTION=1
	assert_success
	wait $!
	run tail -n 1 first
	assert_output "3 passed, 0 failed, 0 skipped"
}

@test "Ctrl-C in the middle of make test leaves no guest and no files" {
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	make -s all
	setsid make -s test >log 2>&1 3>&- &
	group=$!
	for _ in {1..100}; do
		[[ -z $(find "$TMPDIR" -name console.log) ]] || break
		sleep 0.1
	done
	[[ -n $(find "$TMPDIR" -name console.log) ]]
	kill -INT -- "-$group"
	wait "$group" || true
	for _ in {1..100}; do
		[[ -n $(find "$TMPDIR" -mindepth 1) ]] || break
		sleep 0.1
	done
	run find "$TMPDIR" -mindepth 1
	assert_output ""
	run pgrep -f "$TMPDIR"
	assert_failure
}

@test "make progress shows what is done and what is next" {
	sed -i 's|^ \* TODO 1:.*|&|' kprobe.bpf.c
	unifdef -x2 -DSOLVED_1 -USOLVED_{2..9} ../tests/solutions/01-hello-kprobe/kprobe.bpf.c >kprobe.bpf.c
	cd ..
	run env LC_ALL=C.UTF-8 make -s progress
	assert_success
	assert_line --regexp "^00-setup +· · · · +TODO 1: cd 00-setup && make test TODO=1$"
	assert_line --regexp "^01-hello-kprobe +✓ · · · · +TODO 2$"
}

@test "make grade counts what each learner has solved, by our tests and not by theirs" {
	local class=$BATS_TEST_TMPDIR/class file

	mkdir -p "$class"/{"ann b",bob,carl}/01-hello-kprobe
	for file in kprobe.c kprobe.bpf.c; do
		unifdef -x2 -DSOLVED_1 -DSOLVED_2 -USOLVED_{3..9} "../tests/solutions/01-hello-kprobe/$file" \
			>"$class/ann b/01-hello-kprobe/$file"
	done
	# No solution, but tests that find none missing.
	cp kprobe.c kprobe.bpf.c "$class/bob/01-hello-kprobe/"
	echo '@test "TODO 1: is done" { true; }' >"$class/bob/01-hello-kprobe/kprobe.bats"
	echo 'oops' >"$class/carl/01-hello-kprobe/kprobe.c"
	cd "$copy"
	run bash -c 'make -s grade CLASS="$1" LESSON=01-hello-kprobe | sort' bash "$class"
	assert_success
	assert_output "LEARNER              01-hello-kprobe     TOTAL
ann b                            2/5       2/5
bob                              0/5       0/5
carl                             0/5       0/5"
	run make -s grade
	assert_failure
	assert_output --partial "Which class? For example: make grade CLASS=../class LESSON=03-maps"
	run make -s grade CLASS="$class" LESSON=11-none
	assert_failure
	assert_output --partial "There is no lesson 11-none."
}

@test "make setup has nothing to do when all is there" {
	cd "$copy"
	run make -s setup
	assert_success
	assert_output ""
}

@test "make setup says what is missing" {
	cd "$copy"
	# A distribution for which it only lists the packages, and a PATH without entr and unifdef.
	mkdir "$BATS_TEST_TMPDIR/bin"
	for command in /usr/bin/* /usr/sbin/*; do
		ln -sf "$command" "$BATS_TEST_TMPDIR/bin/"
	done
	rm "$BATS_TEST_TMPDIR/bin/"{entr,unifdef}
	sed -i 's|^PATH=.*|PATH=$TEST_PATH|; s|\. /etc/os-release|ID=fedora|' tests/setup
	run env TEST_PATH="$BATS_TEST_TMPDIR/bin" tests/setup
	assert_failure
	assert_output "Some packages are missing. Please install them: sudo dnf install unifdef entr"
}

@test "tests/mutate lists the changes of a solution that no test notices" {
	run ../tests/mutate 01-hello-kprobe 2
	assert_line --regexp '^[1-9][0-9]* changes, 0 of them unnoticed$'
	# With fewer tests there are holes.
	sed -i '/^@test "TODO 2: /,/^}/d' kprobe.bats
	printf '@test "TODO 2: is not tested" {\n\t:\n}\n' >>kprobe.bats
	run ../tests/mutate 01-hello-kprobe 2
	assert_line --regexp '^TODO 2, line [0-9]+ of ../tests/solutions/01-hello-kprobe/kprobe.c:$'
	assert_line --regexp '^[1-9][0-9]* changes, [1-9][0-9]* of them unnoticed$'
}

@test "make solutions-branch gives the same commit twice, and only the TODOs differ" {
	local clone=$BATS_TEST_TMPDIR/clone

	[[ -e $top/.git ]] || skip "this is no git checkout"
	git clone -q "$top" "$clone"
	cd "$clone"
	make -s solutions-branch
	first=$(git rev-parse solutions)
	echo "// mine" >>01-hello-kprobe/kprobe.c
	make -s solutions-branch
	assert_equal "$(git rev-parse solutions)" "$first"
	run git status --porcelain
	assert_output " M 01-hello-kprobe/kprobe.c"
	run git diff --name-only HEAD solutions
	assert_output - <<<"$(
		for file in tests/solutions/*/*.[ch]; do
			unifdef -x2 -USOLVED_{1..9} "$file" | cmp -s - <(unifdef -x2 -DSOLVED_{1..9} "$file") ||
				echo "${file#tests/solutions/}"
		done
	)"
	git checkout -q -f solutions
	run make -s -C 01-hello-kprobe diff
	assert_output "Your files are the same as the solution's."
}
