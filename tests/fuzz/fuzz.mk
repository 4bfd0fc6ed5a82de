# SPDX-License-Identifier: ISC
# fuzz.mk - hostile bytes for every parser (libFuzzer, ASan, UBSan).
#
#: make fuzz        each fuzz harness for FUZZ_SECONDS=60
#: make fuzz-smoke  each for three seconds, after all of its seeds; what it tries
#:                  is the same every time
#: make fuzz-mime   those that read messages, for FUZZ_CAMPAIGN=3600 seconds in all
#: make fuzz-merge  what the runs found goes to the seeds, as few files as reach
#:                  it; FUZZERS=... for some of them
#
# A harness is tests/fuzz/fuzz_NAME.c with what fuzz.h asks for, linked with all
# of lib, fuzz_policy_NAME.c with policyd's engine too, fuzz_queue_NAME.c with
# queue/, fuzz_avscan_NAME.c with the parsers of avscan/. Its seeds stand in
# tests/fuzz/seeds/NAME/, words of its format, where it has any, in
# tests/fuzz/NAME.dict. What a run found stays in $(B)/fuzz/corpus/NAME/ for the
# next one.

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 60
FUZZ_CFLAGS := -std=gnu11 -g -O1 -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
FUZZ_LIB := $(patsubst %.c,$(B)/fuzz/obj/%.o,$(LIB_SOURCES))
FUZZ_POLICYD := $(patsubst %.c,$(B)/fuzz/obj/%.o,$(POLICYD_ENGINE_SOURCES))
FUZZ_QUEUE := $(patsubst %.c,$(B)/fuzz/obj/%.o,$(QUEUE_ENGINE_SOURCES))
FUZZ_AVSCAN := $(patsubst $(B)/obj/%,$(B)/fuzz/obj/%,$(AVSCAN_TESTED))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(FUZZ_SOURCES))

.PHONY: fuzzers
fuzzers: $(FUZZERS)

.PHONY: fuzz
fuzz: $(FUZZERS)
	@scripts/run-fuzz $(FUZZ_SECONDS) $(B)/fuzz $(FUZZERS)

# An hour of the machine, whatever cores it has: so much for each of them.
FUZZ_MIME := $(filter $(B)/fuzz/fuzz_mime% $(addprefix $(B)/fuzz/fuzz_,content \
	html url charset transfer avscan_file),$(FUZZERS))
FUZZ_CAMPAIGN ?= 3600
FUZZ_CAMPAIGN_EACH = $(shell expr $(FUZZ_CAMPAIGN) \* $$(nproc) / \
	$(words $(FUZZ_MIME)))

.PHONY: fuzz-mime
fuzz-mime: $(FUZZ_MIME)
	@scripts/run-fuzz $(FUZZ_CAMPAIGN_EACH) $(B)/fuzz $(FUZZ_MIME)

.PHONY: fuzz-merge
fuzz-merge: $(FUZZERS)
	@scripts/merge-fuzz $(B)/fuzz $(FUZZERS)

.PHONY: fuzz-smoke
fuzz-smoke: $(FUZZERS)
	@FUZZ_SEED=1 scripts/run-fuzz 3 $(B)/fuzz $(FUZZERS)

$(filter $(B)/fuzz/fuzz_policy_%,$(FUZZERS)): $(FUZZ_POLICYD)
$(filter $(B)/fuzz/fuzz_queue_%,$(FUZZERS)): $(FUZZ_QUEUE)
$(filter $(B)/fuzz/fuzz_avscan_%,$(FUZZERS)): $(FUZZ_AVSCAN)
$(B)/fuzz/fuzz_avscan_%: FOREIGN_LIBS += $(AVSCAN_LIBS)

$(B)/fuzz/fuzz_%: $(B)/fuzz/obj/tests/fuzz/fuzz_%.o $(FUZZ_LIB)
	@echo "  LINK  $@"
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer $(QUICK_LINK) -o $@ $^ \
	    $(FOREIGN_LIBS) $(RULES_LIBS)

$(B)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  FUZZ  $<"
	$(Q)$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<

-include $(patsubst %.c,$(B)/fuzz/obj/%.d,$(LIB_SOURCES) \
	$(POLICYD_ENGINE_SOURCES) $(QUEUE_ENGINE_SOURCES) $(AVSCAN_SOURCES) \
	$(FUZZ_SOURCES))
