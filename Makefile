# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every command of the workbook. The work is done by the lessons' Makefiles and by tests/.

LESSONS := $(patsubst %/Makefile,%,$(wildcard 0*/Makefile))

.PHONY: help setup setup-test demo test kernels bench progress grade shell stubs lessons solutions-branch clean

help:
	@echo "In this folder:"
	@sed -n 's/^#: /  /p' Makefile
	@echo "In a lesson's folder:"
	@sed -n 's/^#: /  /p' common/lesson.mk

#: make setup             install the packages that are missing
#: make demo              watch a finished tool trace real processes, in a real kernel
#: make shell             a shell in the throwaway VM, with the lessons' programs in it
#: make progress          which TODOs are done, and what is next
#: make grade CLASS=DIR   how many TODOs each learner of a class has solved; LESSON=03-maps: of that
#: make lessons           build all lessons
#: make test              for maintainers: test the workbook itself
#: make kernels           test the solutions on Linux 5.10, 6.1, 6.12 and 7.2
#: make bench             what the finished tools cost, next to the distribution's tools
#: make stubs             for maintainers: overwrite the lessons' files with the stubs
#: make solutions-branch  make the branch "solutions": this commit with all TODOs solved
#: make clean             remove what was built

setup:
	@tests/setup

setup-test:
	@tests/setup test

demo: setup
	@$(MAKE) -s -C 01-hello-kprobe run SOLUTION=1 ARGS="-d 5 execve"

test: setup-test
	@tests/all $(KERNELS)

kernels: setup-test
	@tests/all 5.10 6.1 6.12 7.2

bench: setup-test
	@tests/setup bench
	@tests/bench/run $(LESSON)

progress:
	@tests/progress

grade: setup
	@tests/grade "$(CLASS)" $(LESSON)

shell: setup lessons
	@tests/run shell $(LESSONS)

lessons: $(addprefix lesson-,$(LESSONS))

lesson-%:
	@$(MAKE) -s --no-print-directory -C $*

stubs:
	@for lesson in $(LESSONS); do $(MAKE) -s -C $$lesson stubs || exit; done

solutions-branch:
	@tests/solutions-branch

clean:
	@for lesson in $(LESSONS); do $(MAKE) -s -C $$lesson clean || exit; done
