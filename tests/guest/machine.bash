# shellcheck shell=bash disable=SC2034,SC2154 # shared with tests/vm
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The machine: QEMU, its serial ports, and what the guest says.

# prepare DIR: makes all that QEMU needs in DIR; $stage has what this run packs on top.
prepare() {
	need "$qemu" cpio
	kernel "$version"
	base
	{ cat "$base" && archive; } >"$1/initrd" || die "cannot write to $1"
	rm -rf "$stage"
	: >"$1/console.log"
}

# A /dev/kvm that opens may still not run a guest (nested virtualisation): boot one that panics for
# want of a root, which ends QEMU, and remember the answer until this machine's next boot.
kvm_works() {
	local answer=$cache/kvm key log
	[[ -r /dev/kvm && -w /dev/kvm ]] || return 1
	key="$(</proc/sys/kernel/random/boot_id) $EUID"
	if [[ ! -s $answer || $(<"$answer") != "$key "* ]]; then
		log=$(timeout -k 1 $((15 * scale)) "$qemu" -M "$machine" -accel kvm -cpu max -m 256M \
			-nodefaults -no-user-config -nic none -display none -no-reboot -kernel "$kernel/vmlinuz" \
			-append "console=$console panic=-1" -serial stdio </dev/null 2>&1)
		[[ $log = *'Kernel panic'*VFS* ]] && key+=" yes" || key+=" no"
		echo "$key" >"$answer"
	fi
	[[ $(<"$answer") = *yes ]]
}

# ports CHARDEV...: a serial port for each of them, after the console.
ports() {
	local chardev i=0 io=(0x2f8 0x3e8 0x2e8) irq=(3 5 7)
	serial=()
	for chardev; do
		# PCI would do on PCs too, but Linux takes 0.2 s to find an interrupt for each.
		if [[ $arch = amd64 ]]; then
			serial+=(-device "isa-serial,iobase=${io[i]},irq=${irq[i]},chardev=$chardev")
		else
			serial+=(-device "pci-serial,chardev=$chardev")
		fi
		i=$((i + 1))
	done
}

# launch DIR ARG...: starts QEMU in DIR, out of reach of Ctrl-C, and bound to this process's life.
launch() {
	local accel smp=${VM_SMP:-1} thread=multi dir=$1
	# No self-tests, no certificates, no defence against the guest's own programs: 2 s less.
	local fast="mitigations=off cryptomgr.notests"
	fast+=" initcall_blacklist=crypto_kdf108_init,load_system_certificate_list"
	shift
	# Before 8.1, QEMU's emulation of several CPUs at once crashes guests that patch their code,
	# which is what attaching a probe does.
	if ((smp > 1)) && [[ $("$qemu" --version) =~ version\ ([0-9]+)\.([0-9]+) ]] &&
		((BASH_REMATCH[1] * 100 + BASH_REMATCH[2] < 801)); then
		thread=single
	fi
	accel=(-accel "tcg,thread=$thread")
	if [[ ${VM_ICOUNT:-} ]]; then
		accel=(-accel "tcg,thread=single" -icount "shift=1,sleep=off")
	elif kvm_works; then
		accel=(-accel kvm)
	fi
	(
		cd "$dir" && ulimit -f 2097152 && exec </dev/null >qemu.log 2>&1 3>&- 4>&-
		exec setsid setpriv --pdeathsig KILL "$qemu" -M "$machine" "${accel[@]}" -cpu "$cpu" \
			-smp "$smp" -m "${VM_MEM:-512M}" -nodefaults -no-user-config -nic none \
			-display none -no-reboot -kernel "$kernel/vmlinuz" -initrd initrd \
			-append "console=$console quiet loglevel=3 panic=-1 oops=panic random.trust_cpu=on $fast" \
			-chardev file,id=console,path=console.log -serial chardev:console "$@"
	) &
	qemu_pid=$!
}

# died DIR: ends with the kernel's own reason, if it gave one, below the end of its console.
died() {
	local reason
	tail_of_console "$1"
	reason=$(tr -d '\r' <"$1/console.log" | sed -n 's/.*Kernel panic - not syncing: /: /p' | head -n 1)
	die "the guest died$reason"
}

tail_of_console() {
	tail -n 20 "$1/qemu.log" "$1/console.log" 2>/dev/null | tr -d '\r' | grep -v '^==>\|^$' | tail -n 20 >&2
}

# hear FD: one line from the guest into $line, in pieces: 1 when nothing came for a moment.
line=
hear() {
	local part rc
	[[ $line = *$'\n' ]] && line=
	IFS= read -r -t 0.2 -u "$1" part
	rc=$?
	line+=$part
	((rc == 0)) && line+=$'\n'
	return $rc
}
