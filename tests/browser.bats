#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Looks at lesson 07's flame graph in a browser, and clicks on it. The browser is told what to do over
# HTTP: that is the WebDriver protocol.

bats_load_library bats-support
bats_load_library bats-assert

# In flame.c: 100 samples; main has 80 of them, parse 40, read_file 30 and 20 in another place.

setup_file() {
	local lesson=$BATS_TEST_DIRNAME/../07-perf-sampling

	cd "$BATS_FILE_TMPDIR"
	make -s -C "$lesson" SOLUTION=1
	(cd "$lesson" && cc -O1 -D_GNU_SOURCE -I. -I../common ../tests/flame.c svg.c tree.c symbols.c \
		../common/common.c -lbpf -lelf -lz -o "$BATS_FILE_TMPDIR/flame")
	./flame flame.svg
	: >driver.log
	chromedriver --port=0 </dev/null >driver.log 2>&1 3>&- 4>&- &
	echo $! >driver.pid
	for _ in {1..100}; do
		port=$(sed -n 's/.*on port \([0-9]*\)\.$/\1/p' driver.log)
		[[ ! $port ]] || break
		sleep 0.1
	done
	driver=http://127.0.0.1:$port/session
	session=$(curl -sS -d '{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{
		"args":["--headless=new","--no-sandbox","--disable-gpu","--window-size=1260,500"]}}}}' \
		"$driver" | jq -er .value.sessionId)
	export page=$driver/$session
}

teardown_file() {
	curl -sS -X DELETE "$page" >/dev/null || true
	kill "$(cat "$BATS_FILE_TMPDIR/driver.pid")"
}

setup() {
	post url "$(jq -n --arg url "file://$BATS_FILE_TMPDIR/flame.svg" '{ url: $url }')"
}

# post WHAT JSON: prints the answer's value
post() {
	curl -sS -d "$2" "$page/$1" | jq -r '.value // ""'
}

# element SELECTOR: its id
element() {
	post element "$(jq -n --arg css "$1" '{ using: "css selector", value: $css }')" | jq -r '.[]'
}

click() {
	post "element/$(element "$1")/click" '{}'
}

# keys SELECTOR TEXT: into a field, which is clicked on first, as a person does
keys() {
	click "$1"
	post "element/$(element "$1")/value" "$(jq -n --arg text "$2" '{ text: $text }')"
}

# see EXPRESSION: its value in the page
see() {
	post execute/sync "$(jq -n --arg script "return String($1)" '{ script: $script, args: [] }')"
}

frame() {
	echo "document.querySelector('.frame[data-name=\"$1\"]')"
}

width() {
	see "Math.round($(frame "$1").getBoundingClientRect().width)"
}

@test "A frame is as wide as its share, and names are shown as they are" {
	assert_equal "$(see 'document.querySelectorAll(".frame").length')" 9
	assert_equal "$(width all)" 1176
	assert_equal "$(width main)" 941
	assert_equal "$(width parse)" 470
	assert_equal "$(see "$(frame read_file).querySelector('title').textContent")" \
		$'read_file in app\n30 samples, 30.0%'
	assert_equal "$(see 'Array.from(document.querySelectorAll(".frame"), f => f.dataset.name).includes("std::map<int, char&>::find(\"x\")")')" true
}

@test "A click on a frame zooms in, one below it zooms out" {
	click '.frame[data-name="parse"]'
	assert_equal "$(width parse)" 1176
	assert_equal "$(width read_file)" 882
	# What called it stays; what has nothing to do with it goes.
	assert_equal "$(see "$(frame main).classList.contains('behind')")" true
	assert_equal "$(see "$(frame vfs_read).classList.contains('gone')")" true
	click '.frame[data-name="main"]'
	assert_equal "$(width main)" 1176
	assert_equal "$(width parse)" 588
	click '.frame[data-name="all"]'
	assert_equal "$(width main)" 941
	assert_equal "$(see "$(frame vfs_read).classList.contains('gone')")" false
}

@test "What is searched for is marked, and its share told" {
	keys '#search' 'READ_f'
	assert_equal "$(see 'document.querySelectorAll(".found").length')" 2
	assert_equal "$(see 'document.getElementById("matched").textContent')" "2 found, 50.0% of what is shown"
	click '.frame[data-name="parse"]'
	assert_equal "$(see 'document.getElementById("matched").textContent')" "1 found, 75.0% of what is shown"
	click '#reset'
	assert_equal "$(see 'document.querySelectorAll(".found").length + document.getElementById("search").value')" 0
	assert_equal "$(width main)" 941
	keys '#search' '/^(parse|main)$/'
	assert_equal "$(see 'document.getElementById("matched").textContent')" "2 found, 80.0% of what is shown"
	click '#reset'
	keys '#search' '/('
	assert_equal "$(see 'document.querySelectorAll(".found").length')" 0
}
