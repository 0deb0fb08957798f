#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests the files themselves: style, licences, and whether the texts are true.

bats_load_library bats-support
bats_load_library bats-assert

setup() {
	cd "$BATS_TEST_DIRNAME/.."
}

# every file of the workbook, whether git is there or not
files() {
	find . -name .git -prune -o -name .build -prune -o -type f "$@" -print | sort
}

@test "The scripts pass shellcheck" {
	local scripts

	mapfile -t scripts < <(files | xargs grep -lE '^#!.*(sh|bats)$|^# shellcheck shell=')
	[[ ${#scripts[@]} -gt 20 ]]
	run shellcheck -x "${scripts[@]}"
	assert_success
}

@test "The C files are formatted" {
	# shellcheck disable=SC2046
	run clang-format --dry-run -Werror $(files -name '*.[ch]')
	assert_success
}

@test "clang-tidy finds no mistakes on the user side" {
	local lesson file

	# unix.Malloc is left out for what it says of generated skeletons; the sanitizers find leaks.
	for lesson in 0*/; do
		make -s -C "$lesson" SOLUTION=1
		for file in "$lesson".build/solution/src/*.c "$lesson"*.c common/common.c; do
			case $file in
			*.bpf.c) continue ;;
			"$lesson".build/*) ;;
			*) [[ ! -e tests/solutions/$lesson/${file##*/} ]] || continue ;;
			esac
			run clang-tidy --quiet --warnings-as-errors='*' \
				--checks='-*,bugprone-*,clang-analyzer-*,-clang-analyzer-unix.Malloc,-bugprone-easily-swappable-parameters,-bugprone-suspicious-string-compare,-bugprone-assignment-in-if-condition,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling' \
				"$file" -- -std=gnu11 -D_GNU_SOURCE -I"$lesson.build/solution" \
				-I"$lesson.build/solution/src" -I"$lesson" -Icommon
			assert_success
		done
	done
}

@test "Every file names its licence" {
	local file missing=

	while read -r file; do
		case $file in
		*.md | *.patch | ./LICENSES/* | ./.gitignore | ./.editorconfig | ./.clang* | ./.shellcheckrc | ./tests/packages | *.json) continue ;;
		esac
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause' ||
			[[ $file == ./LICENSE ]] || missing+=" $file"
	done < <(files)
	assert_equal "$missing" ""
}

@test "Links in the texts lead somewhere" {
	local file link broken=

	while read -r file; do
		while read -r link; do
			case $link in
			http*) continue ;;
			"#"*) grep -qi "^#* *$(sed 's/#//; s/-/[ -]/g' <<<"$link")" "$file" || broken+=" $file:$link" ;;
			*) [[ -e $(dirname "$file")/${link%%#*} ]] || broken+=" $file:$link" ;;
			esac
		done < <(grep -o '](\([^)]*\))' "$file" | sed 's/^](//; s/)$//')
	done < <(files -name '*.md')
	assert_equal "$broken" ""
}

@test "Each piece of C in a text stands in the solution" {
	local text lesson excerpts=$BATS_TEST_TMPDIR/excerpts block

	while read -r text; do
		rm -rf "$excerpts"
		mkdir "$excerpts"
		# One file for each block of ```c, without indentation.
		awk -v folder="$excerpts" '
			/^```c$/ { n++; on = 1; next }
			/^```$/ { on = 0 }
			on { sub(/^[ \t]+/, ""); print > (folder "/" n) }' "$text"
		for block in "$excerpts"/*; do
			[[ -e $block ]] || continue
			lesson=$(dirname "$text")
			[[ $lesson != . ]] || lesson=01-hello-kprobe
			make -s -C "$lesson" SOLUTION=1
			grep_block "$block" "$lesson"/.build/solution/src/*.[ch] ||
				fail "$text: not in $lesson: $(cat "$block")"
		done
	done < <(files -name README.md)
}

# grep_block BLOCK FILE...: do the lines of the block stand in a file, one after the other?
grep_block() {
	local block=$1 file

	shift
	for file; do
		if awk 'NR == FNR { want[++n] = $0; next }
			{ sub(/^[ \t]+/, ""); have[++m] = $0 }
			END {
				for (i = 0; i + n <= m; i++) {
					for (j = 1; j <= n && have[i + j] == want[j]; j++);
					if (j > n) exit 0
				}
				exit 1
			}' "$block" "$file"; then
			return
		fi
	done
	return 1
}
