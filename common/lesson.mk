# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# How one lesson is built, run and tested. A lesson's Makefile sets
#   PROGRAM  the program: PROGRAM.c is its user side, PROGRAM.bpf.c its kernel side
#   GIVEN    further C files that need no work, without the .c
#   LIBS     libraries beside libbpf, libelf and zlib
#   ARGS     what `make run` passes to the program
#   BESIDE   a shell script that runs beside the program in the VM, to give it something to trace
#   PACK     files that the program needs in the VM
#   CPUS     how many CPUs the VM has while the tests run (1)
#   ICOUNT   1: meanwhile its clock counts instructions, so that timers are exact on a busy machine
# and includes this file.

# (make bench LESSON=... in the top folder means something else)
override LESSON := $(lastword $(subst /, ,$(CURDIR)))
SOLUTIONS := ../tests/solutions/$(LESSON)
# The files with TODOs. Each has a source with both bodies: the stub's and the solution's.
EXERCISES := $(notdir $(wildcard $(SOLUTIONS)/*.[ch]))
NUMBERS := 1 2 3 4 5 6 7 8 9

# What is built: your files, or with SOLUTION=1 the solution. SOLVED="1 3" takes the solution for
# these TODOs and the stub for the others.
ifdef SOLUTION
SOLVED := $(NUMBERS)
OUT ?= .build/solution
endif
ifdef SOLVED
OUT ?= .build/solved-$(subst $(eval) ,-,$(strip $(SOLVED)))
SRC ?= $(OUT)/src
endif
OUT ?= .build
SRC ?= .

CLANG ?= clang
LLVM_STRIP ?= llvm-strip
# Ubuntu keeps bpftool beside its kernels, and Debian outside an ordinary user's PATH.
BPFTOOL ?= $(shell for b in bpftool /usr/sbin/bpftool /usr/lib/linux-tools/*/bpftool; do \
		"$$b" version >/dev/null 2>&1 && command -v "$$b" && break; done)
ARCH := $(patsubst aarch64,arm64,$(patsubst riscv64,riscv,$(patsubst x86_64,x86,$(shell uname -m))))

# A number where an address belongs is never right, and the verifier says it less clearly.
WARNINGS := -Wall -Wextra -Wno-unused-parameter $(if $(WERROR),-Werror) \
	-Werror=int-conversion -Werror=incompatible-pointer-types -Werror=implicit-function-declaration
INCLUDES = -I$(OUT) -I$(SRC) -I. -I../common
BPF_CFLAGS ?= -g -O2
CFLAGS ?= -g -O2
LDLIBS = -lbpf -lelf -lz $(LIBS)
ifdef SANITIZE
CFLAGS += -fsanitize=address,undefined -fno-omit-frame-pointer
endif

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' $(1) $(2))

OBJECTS := $(addprefix $(OUT)/,$(addsuffix .o,$(PROGRAM) $(GIVEN) common))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all build run test hint diff solution reset stubs watch clean help \
	print-program print-bpftool print-pack print-cpus print-icount

# One build of a folder at a time, however many terminals there are.
all: | $(OUT)
	@flock $(OUT)/.lock $(MAKE) --no-print-directory build

build: $(OUT)/$(PROGRAM) $(OUT)/workload
	@:

help:
	@sed -n 's/^#: //p' ../common/lesson.mk

#: make                build the program
#: make run            run it; ARGS="..." are its arguments, SOLUTION=1 runs the solution
#: make test           run the lesson's tests; TODO=2 runs those of TODO 2
#: make hint TODO=2    a hint
#: make diff           what differs between your files and the solution
#: make solution TODO=2    show how TODO 2 may be solved
#: make reset          start again from the stub; your files are kept as *.bak
#: make watch          test again whenever you save a file
#: make clean          remove what was built
#: VM=1 or VM=0        in the throwaway VM, or on this kernel (without: run as it fits, test in the VM)
#: KERNEL=6.12         the VM's kernel: 5.10, 6.1, 6.12 or 7.2
#: V=1                 show the commands

FOR_RUN = BUILD='$(OUT)' PROGRAM=$(PROGRAM) BPFTOOL=$(BPFTOOL) PACK='$(PACK)' CPUS=$(CPUS) ICOUNT=$(ICOUNT)

# What is built is told on stderr: the output is the program's.
run:
	@$(MAKE) --no-print-directory all >&2
	@$(FOR_RUN) BESIDE='$(BESIDE)' ../tests/run program $(OUT)/$(PROGRAM) $(ARGS)

test:
	@$(FOR_RUN) ../tests/run tests $(if $(TODO),-t $(TODO))

hint solution: need-todo
need-todo:
	@$(if $(TODO),:,echo "Which TODO? For example: make $(MAKECMDGOALS) TODO=1" >&2; exit 2)

hint:
	@../tests/todo hint $(TODO)

solution:
	@../tests/todo solution $(TODO)

diff:
	@../tests/todo diff

reset:
	@../tests/todo reset

stubs: $(addprefix stub-of-,$(EXERCISES))

stub-of-%:
	$(Q)unifdef -x2 $(addprefix -USOLVED_,$(NUMBERS)) $(SOLUTIONS)/$* >$*

watch:
	@command -v entr >/dev/null || { echo "make watch needs entr: make setup" >&2; exit 1; }
	@ls $(EXERCISES) | entr -c $(MAKE) --no-print-directory test $(if $(TODO),TODO=$(TODO))

# For the scripts that want to know a lesson's data.
print-program:
	@echo $(PROGRAM)
print-bpftool:
	@echo "$(BPFTOOL)"
print-pack:
	@echo $(PACK)
print-cpus:
	@echo $(CPUS)
print-icount:
	@echo $(ICOUNT)
print-packed:
	@printf '%s\n' $(OUT)/$(PROGRAM) $(OUT)/workload $(PACK) "$(BPFTOOL)"

clean:
	rm -rf .build

$(OUT) $(OUT)/src:
	@mkdir -p $@

# The kernel's types, for the kernel side. Made once and kept outside the lessons.
$(OUT)/vmlinux.h: | $(OUT)
	$(Q)folder=$$(env -u KERNEL ../tests/vm kernel) && ln -sfn "$$folder/vmlinux.h" $@

$(OUT)/src/%: $(SOLUTIONS)/% | $(OUT)/src
	$(Q)unifdef -x2 $(addprefix -DSOLVED_,$(SOLVED)) \
		$(addprefix -USOLVED_,$(filter-out $(SOLVED),$(NUMBERS))) $< >$@

$(OUT)/$(PROGRAM).bpf.o: $(SRC)/$(PROGRAM).bpf.c | $(OUT)/vmlinux.h
	$(call say,BPF,$(notdir $@))
	$(Q)$(CLANG) $(BPF_CFLAGS) -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) $(WARNINGS) $(INCLUDES) \
		-MMD -MP -c $< -o $@
	$(Q)$(LLVM_STRIP) -g $@

$(OUT)/$(PROGRAM).skel.h: $(OUT)/$(PROGRAM).bpf.o
	$(call say,SKEL,$(notdir $@))
	$(Q)$(BPFTOOL) gen skeleton $< name $(PROGRAM)_bpf >$@

CC_O = $(Q)$(CC) $(CFLAGS) -std=gnu11 -D_GNU_SOURCE $(WARNINGS) $(INCLUDES) -MMD -MP -c $< -o $@

$(OUT)/%.o: $(SRC)/%.c | $(OUT)/$(PROGRAM).skel.h
	$(call say,CC,$(notdir $@))
	$(CC_O)

$(OUT)/%.o: %.c | $(OUT)
	$(call say,CC,$(notdir $@))
	$(CC_O)

$(OUT)/%.o: ../common/%.c | $(OUT)
	$(call say,CC,$(notdir $@))
	$(CC_O)

$(OUT)/$(PROGRAM): $(OBJECTS)
	$(call say,LINK,$(notdir $@))
	$(Q)$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

# What the tests run beside the program.
$(OUT)/workload: ../tests/workload.c | $(OUT)
	$(Q)$(CC) -g -O2 $(WARNINGS) -D_GNU_SOURCE -pthread $< -o $@

ifneq ($(SRC),.)
$(addprefix $(OUT)/,$(PROGRAM).bpf.o $(PROGRAM).o): $(addprefix $(SRC)/,$(EXERCISES))
endif

-include $(wildcard $(OUT)/*.d)
