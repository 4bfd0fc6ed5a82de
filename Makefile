# SPDX-License-Identifier: ISC
# Makefile - one non-recursive build. `make help` lists what it can do.
#
# Sources are found by folder: a new file in lib/*/, milter/, milter/check/,
# milter/action/, policyd/, policyd/rule/, queue/, avscan/, avscan/parse/, cli/
# or cli/cmd/ is built without a line here. A program is a set of those folders;
# a unit test is tests/unit/test_NAME.c, linked with what it uses of them;
# a fuzz harness is tests/fuzz/fuzz_NAME.c.

# B is the folder of everything that is built. SAN=1: AddressSanitizer and
# UBSan, by clang; SAN=thread: ThreadSanitizer (give each a B of its own).
B ?= build
SAN ?=
PREFIX ?= /usr/local
DESTDIR ?=
PYTHON ?= /usr/bin/python3
# Where Postfix's own commands are.
POSTFIX_COMMANDS ?= /usr/sbin
VERSION := 0.1.0
# V=1 shows the whole commands.
Q := $(if $(V),,@)

PACKAGES := libunbound libevent openssl jansson milter opendkim libidn2 libpsl \
	hiredis sqlite3
# Only their headers: lib/directory/pq.c loads the one where there is a
# PostgreSQL, cli/curl_load.c the other to fetch files (rules update).
LOADED_PACKAGES := libpq libcurl

# Patterns of rules; not in what needs none. Without Hyperscan (or Vectorscan,
# which has its interface) PCRE2 serves alone.
HYPERSCAN := $(shell pkg-config --exists libhs && echo libhs)
RULES_PACKAGES := libpcre2-8 icu-i18n icu-uc $(HYPERSCAN)

# What reads files of strangers is linked to the program that sandboxes it alone.
AVSCAN_PACKAGES := libarchive libmagic libseccomp libqpdf poppler-glib \
	libpsl libidn2

# All but libspf2 and libopendmarc have pkg-config files in Debian.
# The setup script installs what is missing before pkg-config is asked.
ifeq ($(filter help clean format,$(MAKECMDGOALS)),)
SETUP := $(shell scripts/setup build >&2 && echo done)
ifneq ($(SETUP),done)
$(error scripts/setup could not prepare this machine, see above)
endif
endif

# Foreign headers come by -isystem, so that our warnings are about our code.
FOREIGN_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags \
	$(PACKAGES) $(RULES_PACKAGES) $(LOADED_PACKAGES)))
AVSCAN_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags \
	$(AVSCAN_PACKAGES)))
FOREIGN_LIBS := $(shell pkg-config --libs $(PACKAGES)) -lspf2 -lopendmarc -lpthread
RULES_LIBS := $(shell pkg-config --libs $(RULES_PACKAGES))
AVSCAN_LIBS := $(shell pkg-config --libs $(AVSCAN_PACKAGES)) -ljansson -lpthread

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wvla -Werror
HARDENING := -fstack-protector-strong -fstack-clash-protection \
	-fcf-protection -fPIE
ifeq ($(SAN),)
OPTIMISE ?= -O2 -g
HARDENING += -D_FORTIFY_SOURCE=2
else ifeq ($(SAN),thread)
OPTIMISE := -O1 -g -fsanitize=thread
else
# Fuzz harnesses are linked of the same objects (fuzz.mk), and a line is all
# that a report says of a place. What is to be warned of, the other build says.
CC := clang
OPTIMISE := -O1 -g1 -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
TRACED := -fsanitize=fuzzer-no-link
WARNINGS :=
HARDENING := -fPIE
# gcc says so by itself.
CPPFLAGS += -D__SANITIZE_ADDRESS__
endif
CPPFLAGS += -D_GNU_SOURCE -DMAILREEVE_VERSION='"$(VERSION)"' -Ilib -I. \
	-I$(B)/gen $(FOREIGN_CFLAGS) $(if $(HYPERSCAN),-DHAVE_HYPERSCAN)
ALL_CFLAGS := -std=gnu11 $(OPTIMISE) $(WARNINGS) $(HARDENING) $(CFLAGS)
ALL_LDFLAGS := $(OPTIMISE) -pie -Wl,-z,relro -Wl,-z,now $(LDFLAGS)
# Some hundred test programs are put together by the quickest linker there is.
# What is installed is linked by the usual one.
QUICK_LINK := $(firstword $(foreach linker,lld gold,$(if $(shell command -v \
	ld.$(linker)),-fuse-ld=$(linker))))

# --- what is built -----------------------------------------------------------

LIB_SOURCES := $(wildcard lib/*/*.c lib/rules/*/*.c)
# libmilter's side of the milter is not part of the engine that cli links.
MILTER_PROGRAM_SOURCES := $(wildcard milter/main.c milter/serve*.c \
	milter/stages.c milter/session.c milter/threads.c milter/rest.c \
	milter/wire.c milter/socket.c milter/limits.c)
MILTER_ENGINE_SOURCES := $(filter-out $(MILTER_PROGRAM_SOURCES), \
	$(wildcard milter/*.c milter/check/*.c milter/action/*.c))
POLICYD_PROGRAM_SOURCES := $(wildcard policyd/main.c policyd/serve*.c \
	policyd/listen.c policyd/conn*.c)
POLICYD_ENGINE_SOURCES := $(filter-out $(POLICYD_PROGRAM_SOURCES), \
	$(wildcard policyd/*.c policyd/rule/*.c))
QUEUE_ENGINE_SOURCES := $(filter-out queue/main.c,$(wildcard queue/*.c))
AVSCAN_SOURCES := $(wildcard avscan/*.c avscan/parse/*.c)
CLI_SOURCES := $(wildcard cli/*.c cli/cmd/*.c)
UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
UNIT_HELPERS := $(filter-out $(UNIT_SOURCES),$(wildcard tests/unit/*.c))
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))
LIB_OBJECTS := $(call objects,$(LIB_SOURCES))
MILTER_OBJECTS := $(LIB_OBJECTS) $(call objects,$(MILTER_ENGINE_SOURCES))
POLICYD_OBJECTS := $(filter-out $(B)/obj/lib/rules/%,$(LIB_OBJECTS)) $(call objects,$(POLICYD_ENGINE_SOURCES))
# What runs as root has in it what it needs, no more.
QUEUE_OBJECTS := $(call objects,$(wildcard lib/base/*.c lib/json/*.c) \
	$(wildcard lib/mail/address*.c) lib/mail/lexer.c $(QUEUE_ENGINE_SOURCES))
# So have workers, which are forked from it.
AVSCAN_OBJECTS := $(call objects,$(wildcard lib/base/*.c lib/json/*.c \
	lib/scan/*.c) $(patsubst %,lib/daemon/%.c,configuration control options \
	settings verbs) lib/mail/sections.c lib/mail/public_suffix.c \
	lib/mail/lexer.c lib/mail/netlist.c $(wildcard \
	lib/mail/address*.c lib/mime/url*.c lib/mime/charset*.c) \
	$(AVSCAN_SOURCES))
# Its settings, for the commands.
ENGINE_OBJECTS := $(MILTER_OBJECTS) $(call objects,$(POLICYD_ENGINE_SOURCES) \
	$(QUEUE_ENGINE_SOURCES) avscan/settings.c)
# Its parsers, for their tests.
AVSCAN_TESTED := $(filter-out $(call objects,avscan/main.c \
	$(wildcard avscan/serve*.c) avscan/settings.c avscan/conn.c), \
	$(call objects,$(AVSCAN_SOURCES)))
# HELPERS: programs that nobody calls by hand.
HELPERS := $(B)/bin/mailreeve-queue
PROGRAMS := $(B)/bin/mailreeve-milter $(B)/bin/mailreeve-policyd \
	$(B)/bin/mailreeve-avscan $(B)/bin/mailreeve
UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/tests/%,$(UNIT_SOURCES))
ALL_SOURCES := $(LIB_SOURCES) $(MILTER_ENGINE_SOURCES) \
	$(MILTER_PROGRAM_SOURCES) $(POLICYD_ENGINE_SOURCES) \
	$(POLICYD_PROGRAM_SOURCES) $(wildcard queue/*.c) $(AVSCAN_SOURCES) \
	$(CLI_SOURCES) \
	$(UNIT_SOURCES) \
	$(UNIT_HELPERS) $(wildcard bench/*.c)

#: make             the programs, in build/bin (B=DIR builds elsewhere)
.PHONY: all
all: $(PROGRAMS) $(HELPERS) $(B)/share/mailreeve/rules.d \
	$(B)/share/mailreeve/canary

# The stock rules stand beside the programs, as they do when installed.
$(B)/share/mailreeve/rules.d $(B)/share/mailreeve/canary:
	@mkdir -p $(@D)
	$(Q)ln -sfn $(CURDIR)/milter/$(@F) $@

# Programs are linked as objects: overrides of foreign functions (DKIM's key
# cache, the milter's threads) must not be left behind in an archive.
$(B)/bin/mailreeve-milter: $(MILTER_OBJECTS) $(call objects,$(MILTER_PROGRAM_SOURCES))
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(FOREIGN_LIBS) $(RULES_LIBS)

$(B)/bin/mailreeve-policyd: $(POLICYD_OBJECTS) $(call objects,$(POLICYD_PROGRAM_SOURCES))
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(FOREIGN_LIBS)

$(B)/bin/mailreeve-queue: $(QUEUE_OBJECTS) $(call objects,queue/main.c)
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -ljansson -lidn2 -lpthread

$(B)/bin/mailreeve-avscan: $(AVSCAN_OBJECTS)
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(AVSCAN_LIBS)

$(B)/bin/mailreeve: $(ENGINE_OBJECTS) $(call objects,$(CLI_SOURCES))
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(FOREIGN_LIBS) $(RULES_LIBS)

# The tests of files that belong to the program.
$(B)/tests/test_threads $(B)/tests/test_wire: \
		$(B)/obj/milter/threads.o $(B)/obj/milter/rest.o \
		$(B)/obj/milter/wire.o
$(B)/tests/test_serve_charges: $(B)/obj/milter/serve_charges.o

$(filter $(B)/tests/test_avscan_%,$(UNIT_TESTS)): $(AVSCAN_TESTED)
$(B)/tests/test_avscan_%: FOREIGN_LIBS += $(AVSCAN_LIBS)

# What others read in a message; without GMime that test says that it is skipped.
GMIME := $(shell pkg-config --exists gmime-3.0 && echo gmime-3.0)
$(B)/obj/tests/unit/test_mime_gmime.o: CPPFLAGS += $(if $(GMIME),-DHAVE_GMIME \
	$(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(GMIME))))
$(B)/tests/test_mime_gmime: FOREIGN_LIBS += $(if $(GMIME), \
	$(shell pkg-config --libs $(GMIME)))

# What tests and fuzz harnesses take what they use from: no copies, an index of
# the objects. A helper of theirs has connections of policyd.
TESTED := $(B)/tests/tested.a
$(TESTED): $(ENGINE_OBJECTS) $(call objects,$(UNIT_HELPERS) policyd/conn.c \
		policyd/conns.c policyd/conn_policy.c policyd/conn_socketmap.c)
	@mkdir -p $(@D)
	@echo "  AR  $@"
	$(Q)rm -f $@ && ar qcsT $@ $^

# It has functions of foreign libraries, whoever calls them.
OVERRIDES := $(B)/obj/lib/auth/dkim_scope.o

$(B)/tests/test_%: $(B)/obj/tests/unit/test_%.o $(OVERRIDES) $(TESTED)
	@mkdir -p $(@D)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) $(QUICK_LINK) -o $@ $(filter %.o,$^) \
	    $(TESTED) $(FOREIGN_LIBS) $(RULES_LIBS) -lcmocka
# No need to be quick, but to be made quickly.
$(B)/obj/tests/unit/%.o: ALL_CFLAGS += $(if $(SAN),-O0,-O1)

$(B)/obj/lib/%.o: ALL_CFLAGS += $(if $(WARNINGS),-Wconversion) $(TRACED)
$(B)/obj/policyd/%.o $(B)/obj/tests/fuzz/%.o: ALL_CFLAGS += $(TRACED)
$(B)/obj/avscan/%.o: ALL_CFLAGS += $(TRACED)
$(B)/obj/avscan/%.o: CPPFLAGS += $(AVSCAN_CFLAGS)
$(B)/obj/queue/%.o: ALL_CFLAGS += $(TRACED)
$(B)/obj/queue/%.o: CPPFLAGS += -DPOSTFIX_COMMANDS='"$(POSTFIX_COMMANDS)"'
$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC  $<"
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(patsubst %.c,$(B)/obj/%.d,$(ALL_SOURCES))
.SECONDARY:

# The Lua side of a store operation as text in C: lib/store/NAME.lua becomes
# `static const char NAME_lua[]` in "store/NAME.lua.h", which NAME.c includes.
# A line "-- with OTHER.lua" stands for that file.
LUA := $(patsubst lib/store/%.lua,%,$(wildcard lib/store/*.lua))
$(LUA:%=$(B)/obj/lib/store/%.o): $(LUA:%=$(B)/gen/store/%.lua.h)
$(B)/gen/store/%.lua.h: lib/store/%.lua $(LUA:%=lib/store/%.lua)
	@mkdir -p $(@D)
	@echo "  LUA $<"
	$(Q){ echo 'static const char $*_lua[] ='; \
	    awk '/^-- with / { while ((getline line < ("lib/store/" $$3)) > 0) \
		print line; next } 1' $< | \
	    sed -e 's/[\\"]/\\&/g' -e 's/.*/    "&\\n"/'; echo '    ;'; } >$@

# The migrations of the directory, in the order of their numbers, as rows of C:
# lib/directory/migrations/NNNN_NAME.sql becomes { "NNNN_NAME", "text" },.
MIGRATIONS := $(sort $(wildcard lib/directory/migrations/*.sql))
$(B)/obj/lib/directory/schema.o: $(B)/gen/directory/migrations.h
$(B)/gen/directory/migrations.h: $(MIGRATIONS)
	@mkdir -p $(@D)
	@echo "  SQL $@"
	$(Q)for file in $(MIGRATIONS); do \
	    echo "{ \"$$(basename $$file .sql)\","; \
	    sed -e 's/[\\"]/\\&/g' -e 's/.*/    "&\\n"/' $$file; \
	    echo '},'; done >$@

# --- tests -------------------------------------------------------------------

.PHONY: unit-tests
unit-tests: $(UNIT_TESTS)

# Those that take longest begin first.
UNIT_LONG := $(filter $(addprefix $(B)/tests/test_,rules_lane_stock \
	store_redis_shared directory_policies directory_faults dns_resolver_load \
	mime_bounds),$(UNIT_TESTS))

.PHONY: check-unit
check-unit: $(UNIT_TESTS)
	@scripts/run-unit-tests $(UNIT_LONG) \
	    $(filter-out $(UNIT_LONG),$(UNIT_TESTS))

-include bench/bench.mk
-include tests/tests.mk
-include tests/fuzz/fuzz.mk
-include docs/docs.mk
-include deploy/install.mk

.PHONY: format
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

#: make format      lay out all C by .clang-format
#: make clean       remove what was built
.PHONY: clean
clean:
	rm -rf $(B) build-*

.PHONY: help
help:
	@sed -n 's/^#: //p' $(MAKEFILE_LIST) | sed 's/^/  /'
