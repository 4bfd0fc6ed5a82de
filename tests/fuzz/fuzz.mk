# SPDX-License-Identifier: ISC
# fuzz.mk - hostile bytes for every parser (libFuzzer, ASan, UBSan).
#
#: make fuzz        each fuzz harness for FUZZ_SECONDS=60
#: make fuzz-smoke  each for a second, after all of its seeds; what it tries is
#:                  the same every time
#: make fuzz-mime   those that read messages, for FUZZ_CAMPAIGN=3600 seconds in all
#: make fuzz-merge  what the runs found goes to the seeds, as few files as reach
#:                  it; FUZZERS=... for some of them
#
# A harness is tests/fuzz/fuzz_NAME.c with what fuzz.h asks for, linked with what
# it uses, fuzz_avscan_NAME.c with the parsers of avscan/. Its seeds stand in
# tests/fuzz/seeds/NAME/, words of its format, where it has any, in
# tests/fuzz/NAME.dict. What a run found stays in $(B)/fuzz/corpus/NAME/ for the
# next one.

FUZZ_SECONDS ?= 60
FUZZ ?= $(B)/fuzz
FUZZERS := $(patsubst tests/fuzz/%.c,$(FUZZ)/%,$(FUZZ_SOURCES))
FUZZ_MIME := $(filter $(FUZZ)/fuzz_mime% $(addprefix $(FUZZ)/fuzz_,content \
	html url charset transfer avscan_file),$(FUZZERS))
# An hour of the machine, whatever cores it has: so much for each of them.
FUZZ_CAMPAIGN ?= 3600
FUZZ_CAMPAIGN_EACH = $(shell expr $(FUZZ_CAMPAIGN) \* $$(nproc) / \
	$(words $(FUZZ_MIME)))

.PHONY: fuzzers fuzz fuzz-mime fuzz-merge fuzz-smoke
ifeq ($(SAN),1)

fuzzers: $(FUZZERS)

fuzz: $(FUZZERS)
	@scripts/with-tmpdir scripts/run-fuzz $(FUZZ_SECONDS) $(FUZZ) $(FUZZERS)

fuzz-mime: $(FUZZ_MIME)
	@scripts/with-tmpdir scripts/run-fuzz $(FUZZ_CAMPAIGN_EACH) $(FUZZ) $(FUZZ_MIME)

fuzz-merge: $(FUZZERS)
	@scripts/with-tmpdir scripts/merge-fuzz $(FUZZ) $(FUZZERS)

fuzz-smoke: $(FUZZERS)
	@FUZZ_SEED=1 scripts/with-tmpdir scripts/run-fuzz 1 $(FUZZ) $(FUZZERS)

$(filter $(FUZZ)/fuzz_avscan_%,$(FUZZERS)): $(AVSCAN_TESTED)
$(FUZZ)/fuzz_avscan_%: FOREIGN_LIBS += $(AVSCAN_LIBS)

$(FUZZ)/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(OVERRIDES) $(TESTED)
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer $(QUICK_LINK) -o $@ \
	    $(filter %.o,$^) $(TESTED) $(FOREIGN_LIBS) $(RULES_LIBS)

-include $(patsubst %.c,$(B)/obj/%.d,$(FUZZ_SOURCES))

else

# They are programs of the tree that has sanitizers.
FUZZ_MAKE = $(MAKE) B=$(B)/asan SAN=1 FUZZ=$(FUZZ)

fuzzers fuzz fuzz-mime fuzz-merge fuzz-smoke:
	+$(FUZZ_MAKE) $@

.PHONY: always
$(FUZZ)/fuzz_%: always
	+$(FUZZ_MAKE) $@

endif
