# shellcheck shell=bash disable=SC2154 # read by tests/vm
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Where the guests' kernels come from: Debian's archive, one small image each, and out of the image
# its vmlinux.h, so that what is built fits the guest and not the machine it is built on.

find_bpftool() {
	local tool
	for tool in "$(command -v bpftool)" /usr/sbin/bpftool /usr/lib/linux-tools/*/bpftool; do
		# Ubuntu's /usr/sbin/bpftool is a script that fails where the kernel has no match.
		"$tool" version >/dev/null 2>&1 && echo "$tool" && return
	done
	return 1
}

# The mirror this machine uses for Debian, so that a proxy or a mirror nearby is obeyed.
mirror() {
	apt-get indextargets --format '$(SITE)' 2>/dev/null | grep -m1 '/debian/*$' ||
		echo http://deb.debian.org/debian
}

# decompress: by the magic number; errors do not count, the size that follows is taken for junk.
decompress() {
	case $(head -c 4 "$1" | od -An -tx1 | tr -d ' ') in
	fd377a58) xz -dc --single-stream <"$1" ;;
	28b52ffd) zstd -qdc <"$1" ;;
	1f8b*) gzip -dc <"$1" ;;
	02214c18) lz4 -qdc <"$1" ;;
	425a68*) bzip2 -dc <"$1" ;;
	*) cat "$1" ;;
	esac 2>/dev/null
}

# image_btf IMAGE OUT: what bpftool can read types from, out of a bootable kernel image.
image_btf() {
	local sects offset length
	if [[ $arch = amd64 ]]; then # Documentation/arch/x86/boot.rst
		sects=$(od -An -tu1 -j 497 -N 1 "$1")
		read -r offset length < <(od -An -tu4 -j 584 -N 8 "$1")
		tail -c +$(((sects + 1) * 512 + offset + 1)) "$1" | head -c "$length" >"$2.packed"
		decompress "$2.packed" >"$2"
	else # a flat image has no sections: look for the header that BTF starts with
		decompress "$1" >"$2.packed"
		offset=$(LC_ALL=C grep -obUaPm1 '\x9f\xeb\x01\x00\x18\x00\x00\x00\x00\x00\x00\x00' "$2.packed" |
			head -n 1 | cut -d: -f1)
		read -r sects length < <(od -An -tu4 -j $((offset + 16)) -N 8 "$2.packed")
		tail -c +$((offset + 1)) "$2.packed" | head -c $((24 + sects + length)) >"$2"
	fi
}

# Debian's packages are only unpacked, as an ordinary user, with package lists of our own: nothing
# is installed, and the machine's own apt state is neither used nor touched.
fetch_kernel() {
	local suite keyring=/usr/share/keyrings/debian-archive-keyring.gpg bpftool tmp apt names size
	case $1 in
	5.10) suite=bullseye ;;
	6.1) suite=bookworm ;;
	6.12) suite=trixie ;;
	7.2) suite=sid ;;
	*) die "there is no kernel $1 here, only 5.10, 6.1, 6.12 and 7.2" ;;
	esac
	need apt-get apt-cache dpkg-deb xz zstd
	bpftool=$(find_bpftool) || die "bpftool is missing: \`make setup\` installs it"
	[[ -r $keyring ]] || die "debian-archive-keyring is missing: \`make setup\` installs it"

	tmp=$(mktemp -d "$cache/kernels/.new.XXXXXX") || die "cannot write to $cache/kernels"
	trash+=("$tmp")
	mkdir -p "$tmp"/{out,root,lists/partial,cache/archives/partial}
	echo "deb [target=Packages arch=$arch signed-by=$keyring] $(mirror) $suite main" >"$tmp/sources"
	cat >"$tmp/apt.conf" <<-EOF
	#clear APT::Update;
	#clear DPkg;
	APT::Architecture "$arch";
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Dir::State "$tmp";
	Dir::State::lists "$tmp/lists";
	Dir::State::status "/dev/null";
	Dir::Cache "$tmp/cache";
	Dir::Etc::sourcelist "$tmp/sources";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	EOF
	apt="-c=$tmp/apt.conf"
	printf 'Fetching the %s kernel' "$1" >&2
	apt-get -qq "$apt" -o APT::Update::Error-Mode=any update >"$tmp/log" 2>&1 ||
		{ echo >&2 && die "cannot reach Debian's archive ($(grep -m1 '^[EW]:' "$tmp/log"))." \
			"Connect this machine once, or copy $cache/kernels/$1 from another"; }
	# From 7.2 on the image lies in linux-binary and linux-image only depends on it.
	names=$(apt-cache "$apt" pkgnames linux- |
		grep -E "^linux-(image|binary)-${1/./\\.}[.-][^-]*(-[0-9]+)?-cloud-$arch\$")
	if [[ $names = *linux-binary* ]]; then names=$(grep binary <<<"$names"); fi
	names=$(sort -V <<<"$names" | tail -n 1)
	[[ -n $names ]] || { echo >&2 && die "Debian's $suite has no kernel $1 any more"; }
	size=$(apt-cache "$apt" show "$names" | sed -n 's/^Size: //p' | head -n 1)
	echo " ($((size / 1000000)) MB), once..." >&2
	(cd "$tmp" && apt-get -qq "$apt" download "$names") >"$tmp/log" 2>&1 ||
		die "cannot fetch $names ($(grep -m1 '^[EW]:' "$tmp/log"))"
	dpkg-deb --fsys-tarfile "$tmp"/linux-*.deb | tar -x -C "$tmp/root" --no-same-owner \
		--wildcards --transform 's|.*/||' './boot/vmlinu*' './usr/lib/modules/*/vmlinuz' 2>/dev/null
	mv "$tmp"/root/vmlinu* "$tmp/out/vmlinuz" 2>/dev/null || die "no kernel in $names"
	image_btf "$tmp/out/vmlinuz" "$tmp/vmlinux"
	"$bpftool" btf dump file "$tmp/vmlinux" format c >"$tmp/out/vmlinux.h" 2>"$tmp/log"
	grep -q '^struct task_struct {' "$tmp/out/vmlinux.h" ||
		die "cannot make vmlinux.h from $names: $(head -n 1 "$tmp/log")"
	chmod 644 "$tmp"/out/*
	rm -rf "$cache/kernels/$1"
	mv "$tmp/out" "$cache/kernels/$1"
	rm -rf "$tmp"
}

# kernel VERSION: makes sure that it is there and sets $kernel to its folder.
kernel() {
	local lock
	kernel=$cache/kernels/$1
	[[ -s $kernel/vmlinux.h ]] && return
	mkdir -p "$cache/kernels" || die "cannot write to $cache"
	exec {lock}>"$cache/kernels/.lock"
	flock "$lock"
	[[ -s $kernel/vmlinux.h ]] || fetch_kernel "$1"
	exec {lock}>&-
}
