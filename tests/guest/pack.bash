# shellcheck shell=bash disable=SC2034,SC2154 # shared with tests/vm
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What goes into the guest: files with the libraries that they need, and a base that is the same each
# time.

# copy FILE GUESTPATH: into $stage; /bin, /lib and so on are links into /usr in there.
copy() {
	local to=$stage$2
	[[ $2 =~ ^/(bin|sbin|lib|lib64)/ ]] && to=$stage/usr$2
	{ mkdir -p "${to%/*}" && cp -rLT "$1" "$to"; } || die "cannot pack $1"
}

# pack FILE[=GUESTPATH]...: with the libraries that they need, at their own paths.
pack() {
	local file to lib list
	for file; do
		to=
		[[ $file = *=/* ]] && to=/${file##*=/} file=${file%=/*}
		[[ -e $file ]] || die "there is no $file to pack"
		file=$(realpath "$file")
		copy "$file" "${to:-/usr/local/bin/${file##*/}}"
		[[ $file = */* ]] && list=$(find -L "$file" -type f \( -perm -100 -o -name '*.so*' \) \
			-exec ldd {} + 2>/dev/null)
		[[ $list = *'not found'* ]] &&
			die "$file needs ${list%% => not found*}, which this machine has not"
		while read -r lib; do
			copy "$lib" "$lib"
		done < <(sed -n 's/^\t\(.* => \)\?\(\/.*\) (0x[0-9a-f]*)$/\2/p' <<<"$list" | sort -u)
	done
}

archive() {
	(cd "$stage" && find . -mindepth 1 -print0 | cpio -0 -o -H newc -R 0:0 --quiet)
}

# The part that is always the same, kept under its content's name; sets $base.
base() {
	local busybox=/bin/busybox sh=/bin/dash stage applet
	need cpio busybox
	[[ -x $busybox ]] || busybox=$(command -v busybox)
	ldd "$busybox" >/dev/null 2>&1 &&
		die "$busybox is not the static one: \`make setup\` installs busybox-static"
	[[ -x $sh ]] || sh=
	base=$cache/guest/$(cat "$0" "$here"/guest/* "$busybox" $sh | sha256sum | cut -c 1-16).cpio
	[[ -s $base ]] && return
	mkdir -p "$cache/guest" || die "cannot write to $cache"
	find "$cache/guest" -type f -mtime +7 -delete
	stage=$(mktemp -d "$cache/guest/.new.XXXXXX") || die "cannot write to $cache/guest"
	trash+=("$stage")
	mkdir -p "$stage"/{dev,etc/vm,proc,sys,tmp,run/vm,root,home/user,usr/bin,usr/lib,usr/lib64,usr/local/bin}
	ln -s usr/lib usr/lib64 usr/bin "$stage"
	ln -s usr/bin "$stage/sbin"
	ln -s bin "$stage/usr/sbin"
	cp "$busybox" "$stage/usr/bin/busybox"
	for applet in $("$busybox" --list); do
		[[ $applet = busybox ]] || ln -s busybox "$stage/usr/bin/$applet"
	done
	# busybox's own shell runs its applets without looking for a program: a tracer of exec would
	# see nothing, or /proc/self/exe. So scripts get a shell that does what a shell does.
	[[ -z $sh ]] || { rm "$stage/usr/bin/sh" && pack "$sh=/bin/sh"; }
	cp "$here/guest/init" "$stage/init"
	cp "$here/guest/session" "$stage/etc/vm/"
	printf '%s\n' root:x:0:0:root:/root:/bin/sh user:x:1000:1000:user:/home/user:/bin/sh >"$stage/etc/passwd"
	printf '%s\n' root:x:0: tty:x:5: user:x:1000: >"$stage/etc/group"
	echo '127.0.0.1 localhost vm' >"$stage/etc/hosts"
	chmod 1777 "$stage/tmp"
	{ archive >"$stage.cpio" && mv "$stage.cpio" "$base"; } || die "cannot make $base"
	rm -rf "$stage"
}
