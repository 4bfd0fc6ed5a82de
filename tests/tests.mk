# SPDX-License-Identifier: ISC
# tests.mk - everything that proves that it works.
#
#: make check       all tests: unit, daemon, lab and flow tests, a short fuzz
#:                  run, lint, the demo once, and all again under sanitizers
#: make check-unit  the unit tests alone
#: make check-flow  the tests with real servers alone
#: make check-asan  unit and flow tests under AddressSanitizer and UBSan
#: make check-long  every test under AddressSanitizer, ThreadSanitizer, slow
#:                  faults, a minute of each fuzz harness, an hour of those that
#:                  read messages
#: make demo        a mail host for half a minute, in four acts: thirteen
#:                  messages judged; a limit reached, a stranger greylisted;
#:                  two domains, their people and classes managed; spam,
#:                  phishing and a newsletter by rules; and why
#: make lint        the house rules: dependencies, libraries, sizes, cppcheck
#: make cover       which lines the unit tests reach
#: make bench-rules-agreement  do SpamAssassin's rules hit the same mail here as
#:                  there? On 2,000 messages of the corpora

MAILREEVE_DATA ?= $(abspath ..)/shared/data
export MAILREEVE_DATA
TSAN_OPTIONS ?= suppressions=$(abspath tests/tsan.supp)
export TSAN_OPTIONS
PYTEST := $(PYTHON) -m pytest -q -c tests/pytest.ini
# Those that take longest begin first.
FLOW_TESTS := tests/policyd tests/policyd-faults tests/rules tests/cli \
	tests/cli-objects tests/auth tests/flow/04-failures \
	tests/flow/08-policy tests/avscan tests/milter
FLOW_TESTS += $(filter-out $(FLOW_TESTS), \
	$(patsubst %/,%,$(wildcard tests/flow/[0-9]*/ tests/lab/)))
FLOW_RUNS = $(FLOW_TESTS:%=flow-run/%)
# Of the command line the objects of the directory are a half of their own.
OBJECT_TESTS := $(wildcard tests/cli/test_directory*.py tests/cli/test_apply.py \
	tests/cli/test_import.py)
PART_tests/cli := tests/cli $(OBJECT_TESTS:%=--ignore=%)
PART_tests/cli-objects := $(OBJECT_TESTS)
# So is of policyd what waits for others: stores, databases, mail servers.
FAULT_TESTS := $(wildcard $(addprefix tests/policyd/test_,store_faults.py \
	events_forwarded.py notices*.py socketmap.py))
PART_tests/policyd := tests/policyd $(FAULT_TESTS:%=--ignore=%)
PART_tests/policyd-faults := $(FAULT_TESTS)
# Programs are built by all cores. Of the tests with servers each core has two
# folders at a time, for most of them wait for somebody; each says what came of
# it when it is done.
JOBS := $(shell nproc)
FLOW_JOBS := $(shell expr $(JOBS) \* 2)
# What is made BESIDE them has what they leave of the machine.
BESIDE :=
# Under a sanitizer `make check` leaves out what is about texts and numbers.
SAN_TESTS := not once and not plain

.PHONY: check
check: setup-test
	$(MAKE) -j$(JOBS) all unit-tests bench-programs
	$(MAKE) -j2 --output-sync=target check-unit lint
	$(MAKE) BESIDE="sanitized demo-run" check-flow
	$(MAKE) -j$(JOBS) sanitized
	$(MAKE) fuzz-smoke check-asan
	@echo "make check: everything passed"

.PHONY: setup-test
setup-test:
	@scripts/setup build test

.PHONY: check-flow
check-flow: setup-test all
	@echo "$(FLOW_JOBS) at a time: $(FLOW_TESTS)"
	$(MAKE) -j$(shell expr $(FLOW_JOBS) + $(words $(BESIDE))) \
	    --output-sync=target $(BESIDE) $(FLOW_RUNS)

.PHONY: $(FLOW_RUNS)
$(FLOW_RUNS): flow-run/%:
	MAILREEVE_PATIENCE=$(if $(SAN),5,2) MAILREEVE_BIN=$(abspath $(B))/bin \
	    scripts/with-tmpdir $(PYTEST) $(if $(SAN),-m "$(SAN_TESTS)") $(or $(PART_$*),$*)

# A folder of its own for each sanitizer: objects do not mix. It is built while
# others wait.
ASAN_MAKE = $(MAKE) B=$(B)/asan SAN=1 FUZZ=$(FUZZ) BESIDE=
.PHONY: sanitized
sanitized:
	+@nice -n 19 $(ASAN_MAKE) all unit-tests fuzzers

.PHONY: check-asan
check-asan: setup-test
	+$(ASAN_MAKE) -j$(JOBS) all unit-tests
	+$(ASAN_MAKE) UNIT_JOBS=$(JOBS) BESIDE=check-unit check-flow

.PHONY: check-tsan
check-tsan: setup-test
	$(MAKE) -j$(JOBS) B=$(B)/tsan SAN=thread all unit-tests
	$(MAKE) B=$(B)/tsan SAN=thread check-unit \
	    FLOW_TESTS="tests/policyd tests/policyd-faults tests/flow \
	    tests/milter" check-flow

.PHONY: check-long
check-long: check-tsan all
	$(MAKE) SAN_TESTS="not plain" check-asan
	MAILREEVE_LONG=1 MAILREEVE_BIN=$(abspath $(B))/bin \
	    scripts/with-tmpdir $(PYTEST) tests/flow/long tests/milter/test_leaks.py \
	    tests/auth/test_spf_differential.py tests/cli/test_mime_browser.py
	$(MAKE) -j$(JOBS) fuzzers
	$(MAKE) fuzz
	$(MAKE) fuzz-mime
	@echo "make check-long: everything passed"

.PHONY: demo
demo: setup-test all demo-run

.PHONY: demo-run
demo-run: all
	@scripts/with-tmpdir $(PYTHON) tests/demo/demo.py --bin $(B)/bin

.PHONY: lint
lint: all
	@scripts/lint $(B)

.PHONY: cover
cover:
	$(MAKE) B=$(B)/cover OPTIMISE="-O0 -g --coverage" check-unit
	@cd $(B)/cover/obj && gcov -n $$(find lib milter policyd -name '*.o') \
	    2>/dev/null | awk '/^File .(lib|milter|policyd)/ { name = $$2 } \
	    /^Lines executed/ && name { print $$0, name; name = "" }' | sort -t: -k2 -n

# Takes some minutes: SpamAssassin reads about 16 messages a second.
.PHONY: bench-rules-agreement
bench-rules-agreement: $(PROGRAMS)
	MAILREEVE_BIN=$(abspath $(B)/bin) $(PYTHON) tests/rules/agreement.py 2000
