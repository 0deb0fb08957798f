// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a flame graph does in a browser: a click on a frame zooms in on it, a click on one below zooms
// out again, and what is typed into the search field is marked.
"use strict";
const WIDTH = 1200, MARGIN = 12, LETTER = 7.3;
const svg = document.documentElement;
const all = Number(svg.dataset.all);
const search = document.getElementById("search");
const reset = document.getElementById("reset");
const frames = Array.from(document.querySelectorAll(".frame"), g => ({
	g, rect: g.querySelector("rect"), text: g.querySelector("text"),
	title: g.querySelector("title").textContent, name: g.dataset.name,
	at: Number(g.dataset.at), n: Number(g.dataset.n), level: Number(g.dataset.level),
}));
const root = frames[0];
let zoomed = root;

function show(id, text) {
	document.getElementById(id).textContent = text;
}

function zoom(to) {
	const scale = (WIDTH - 2 * MARGIN) / (to.n || 1);
	zoomed = to;
	for (const f of frames) {
		const behind = f.level < to.level && f.at <= to.at && f.at + f.n >= to.at + to.n;
		const inside = f.level >= to.level && f.at >= to.at && f.at + f.n <= to.at + to.n;
		const x = behind ? MARGIN : MARGIN + (f.at - to.at) * scale;
		const width = behind ? WIDTH - 2 * MARGIN : f.n * scale;
		f.g.classList.toggle("gone", !behind && !inside);
		f.g.classList.toggle("behind", behind);
		if (!behind && !inside)
			continue;
		const letters = Math.floor((width - 6) / LETTER);
		f.rect.setAttribute("x", x);
		f.rect.setAttribute("width", width);
		f.text.setAttribute("x", x + 3);
		f.text.textContent = f.name.length <= letters ? f.name :
			letters > 2 ? f.name.slice(0, letters - 1) + "\u2026" : "";
	}
	mark();
}

// Marks the frames that are searched for, and says how much of what is shown is in them. A found
// frame above another one counts once.
function mark() {
	const wanted = search.value.trim();
	const expression = /^\/(.+?)\/?$/.exec(wanted);
	let matches = name => name.toLowerCase().includes(wanted.toLowerCase());
	let samples = 0, end = -1;

	reset.classList.toggle("gone", zoomed === root && !wanted);
	if (expression) {
		try {
			const regex = new RegExp(expression[1], "i");
			matches = name => regex.test(name);
		} catch (e) {
			matches = () => false;
		}
	}
	for (const f of frames)
		f.g.classList.toggle("found", wanted !== "" && f !== root && matches(f.name));
	const found = frames.filter(f => f.g.classList.contains("found") &&
		!f.g.classList.contains("gone") && !f.g.classList.contains("behind"));
	found.sort((a, b) => a.at - b.at || a.level - b.level);
	for (const f of found) {
		if (f.at >= end) {
			samples += f.n;
			end = f.at + f.n;
		}
	}
	show("matched", wanted ? `${found.length} found, ${(100 * samples / (zoomed.n || 1)).toFixed(1)}% of ` +
		`what is shown` : "");
}

function back() {
	search.value = "";
	zoom(root);
}

for (const f of frames) {
	f.g.addEventListener("click", () => zoom(f));
	f.g.addEventListener("keydown", e => e.key === "Enter" && zoom(f));
	f.g.addEventListener("mouseenter", () => show("detail", f.title.replace("\n", ": ")));
	f.g.addEventListener("mouseleave", () => show("detail", ""));
}
search.addEventListener("input", mark);
reset.addEventListener("click", back);
window.addEventListener("keydown", e => e.key === "Escape" && back());
zoom(root);
