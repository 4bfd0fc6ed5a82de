# SPDX-License-Identifier: ISC
# bench.mk - the load generators and the side-by-side runs.
#
#: make bench       our milter beside a no-op filter and opendkim, full
#:                  authentication beside Debian's chain, policyd beside
#:                  its peers, the directory beside Postfix's own tables,
#:                  signing beside openssl, rules beside rspamd and
#:                  SpamAssassin: Markdown, for bench/RESULTS.md too;
#:                  BENCH_SECONDS=N makes each run longer

BENCH_LOAD := $(B)/bin/bench-milter-load
BENCH_POLICY_LOAD := $(B)/bin/bench-policy-load
BENCH_PROGRAMS := $(BENCH_LOAD) $(BENCH_POLICY_LOAD) $(B)/bin/bench-noop \
	$(B)/bin/bench-noop-threads $(B)/bin/bench-sign-speed \
	$(B)/bin/bench-dns-speed $(B)/bin/bench-dns-far \
	$(B)/bin/bench-spf-speed $(B)/bin/bench-directory-speed \
	$(B)/bin/bench-map-load $(B)/bin/bench-mime-speed \
	$(B)/bin/bench-scan-speed $(B)/bin/bench-rules-speed

$(BENCH_LOAD): $(call objects,bench/milter_load.c $(wildcard bench/load_*.c))
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lpthread

$(BENCH_POLICY_LOAD): $(call objects,$(wildcard bench/policy_*.c) \
		$(wildcard bench/load_*.c))
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lpthread

$(B)/bin/bench-map-load: $(call objects,bench/map_load.c \
		$(wildcard bench/load_*.c))
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lpthread

# The same filter twice: on Debian's worker pool, and with our threads.
$(B)/bin/bench-noop: $(call objects,bench/noop.c)
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(shell pkg-config --libs milter) -lpthread

$(B)/bin/bench-noop-threads: $(call objects,bench/noop.c milter/threads.c \
		milter/rest.c milter/wire.c milter/wire_buffer.c \
		milter/packet.c $(wildcard lib/base/*.c))
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(FOREIGN_LIBS) $(RULES_LIBS)

$(B)/bin/bench-sign-speed: $(call objects,bench/sign_speed.c)
$(B)/bin/bench-spf-speed: $(call objects,bench/spf_speed.c)
$(B)/bin/bench-rules-speed: $(call objects,bench/rules_speed.c)
$(B)/bin/bench-directory-speed: $(call objects,bench/directory_speed.c)
$(B)/bin/bench-dns-speed: $(call objects,bench/dns_speed.c) $(TESTED)
$(B)/bin/bench-%-speed: $(LIB_OBJECTS)
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) \
	    $(filter $(TESTED),$^) $(FOREIGN_LIBS) $(RULES_LIBS)

# GMime is what lib/mime is compared with, and in no program of ours.
$(B)/obj/bench/mime_speed.o: CPPFLAGS += $(patsubst -I%,-isystem %,$(shell \
	pkg-config --cflags gmime-3.0))
$(B)/bin/bench-mime-speed: FOREIGN_LIBS += $(shell pkg-config --libs gmime-3.0)
$(B)/bin/bench-mime-speed: $(call objects,bench/mime_speed.c) $(TESTED)

$(B)/bin/bench-scan-speed: $(call objects,bench/scan_speed.c \
		$(wildcard lib/base/*.c lib/scan/*.c))
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lpthread

$(B)/bin/bench-dns-far: $(call objects,bench/dns_far.c)
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

.PHONY: bench-programs
bench-programs: $(BENCH_PROGRAMS)

.PHONY: setup-bench
setup-bench:
	@scripts/setup build test bench

.PHONY: bench
bench: setup-bench
	$(MAKE) all bench-programs
	$(Q)$(PYTHON) bench/run_milter.py --build $(B)
	$(Q)$(PYTHON) bench/run_auth.py --build $(B)
	$(Q)$(PYTHON) bench/run_policy.py --build $(B)
	$(Q)$(PYTHON) bench/run_directory.py --build $(B)
	$(Q)$(PYTHON) bench/run_sign.py --build $(B)
	$(Q)$(PYTHON) bench/run_mime.py --build $(B)
	$(Q)$(PYTHON) bench/run_parts.py --build $(B)
	$(Q)$(PYTHON) bench/run_rules.py --build $(B)
	$(Q)$(PYTHON) bench/run_quality.py --build $(B) \
	    --roc docs/pictures/rules-roc.svg
	$(Q)$(MAKE) bench-patterns bench-rules-agreement

.PHONY: bench-policy
bench-policy: all $(BENCH_POLICY_LOAD)
	$(Q)$(PYTHON) bench/run_policy.py --build $(B)

#: make bench-directory   of these, what the directory costs: look-ups,
#:                  memory, apply, Postfix's tables, how soon a change
#:                  shows, on SQLite and PostgreSQL
.PHONY: bench-directory
bench-directory: all bench-programs
	$(Q)$(PYTHON) bench/run_directory.py --build $(B)

#: make bench-parts  what reading messages and rules take of the milter's work
.PHONY: bench-parts
bench-parts: all $(BENCH_LOAD)
	$(Q)$(PYTHON) bench/run_parts.py --build $(B)

#: make bench-judges  mail judged by rules, beside rspamd and spamd: what it
#:                  takes
.PHONY: bench-judges
bench-judges: setup-bench all $(BENCH_LOAD)
	$(Q)$(PYTHON) bench/run_rules.py --build $(B)

#: make bench-quality   ... and how much spam each of them catches
.PHONY: bench-quality
bench-quality: setup-bench all
	$(Q)$(PYTHON) bench/run_quality.py --build $(B) \
	    --roc docs/pictures/rules-roc.svg

#: make bench-mime  messages taken apart, beside GMime
.PHONY: bench-mime
bench-mime: $(B)/bin/bench-mime-speed
	$(Q)$(PYTHON) bench/run_mime.py --build $(B)

#: make bench-scan  files a second by avscan's pool
.PHONY: bench-scan
bench-scan: $(B)/bin/bench-scan-speed $(B)/bin/mailreeve-avscan
	$(Q)$(PYTHON) bench/run_scan.py --build $(B)

#: make bench-patterns  patterns of rules alone: TEXTS="FILE..." (default: this
#:                  tree's README); each size of rule set once with an empty cache
TEXTS ?= README.md
.PHONY: bench-patterns
bench-patterns: $(B)/bin/bench-rules-speed
	@echo '| patterns | exact / prefiltered / alone | PCRE2 us/KB | with databases us/KB | cold s | warm ms | databases MB | peak MB |'
	@echo '|---|---|---|---|---|---|---|---|'
	$(Q)for count in 0 300 1600 10000; do \
	    rm -rf $(B)/bench-lanes; \
	    $(B)/bin/bench-rules-speed /usr/share/spamassassin \
		$(B)/bench-lanes $$count $(TEXTS) || exit 1; done
