#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs every command that the READMEs show, in a copy of the workbook, and compares the output.

bats_load_library bats-support
bats_load_library bats-assert

setup_file() {
	export copy=$BATS_FILE_TMPDIR/workbook

	mkdir "$copy"
	cd "$BATS_TEST_DIRNAME/.."
	tar c --exclude=.git --exclude=.build . | tar x -C "$copy"
	for lesson in "$copy"/0*/; do
		(cd "$lesson" && ../tests/todo reset >/dev/null)
	done
}

# The texts take the VM, where the numbers do not depend on what else runs here.
check() {
	run env VM=1 NO_COLOR=1 "$copy/tests/console" "$copy/$1/README.md" "$copy/$1"
	assert_success
	assert_output --partial "ran: "
}

@test "README.md" { check .; }
@test "00-setup/README.md" { check 00-setup; }
@test "01-hello-kprobe/README.md" { check 01-hello-kprobe; }
@test "02-reading-data/README.md" { check 02-reading-data; }
@test "03-maps/README.md" { check 03-maps; }
@test "04-perf-events/README.md" { check 04-perf-events; }
@test "05-uprobes/README.md" { check 05-uprobes; }
@test "06-tracepoints/README.md" { check 06-tracepoints; }
@test "07-perf-sampling/README.md" { check 07-perf-sampling; }
@test "08-combining/README.md" { check 08-combining; }

@test "No lesson's README is left out" {
	local lesson

	for lesson in "$copy"/0*/; do
		run grep -F "check $(basename "$lesson");" "$BATS_TEST_FILENAME"
		assert_success
	done
}
