# SPDX-License-Identifier: ISC
# install.mk - `make install DESTDIR= PREFIX=`: files where the FHS wants them.
#: make install     to $(DESTDIR)$(PREFIX); configuration goes to /etc, or
#:                  below PREFIX/etc when PREFIX is not /usr or /usr/local

BINDIR := $(PREFIX)/bin
LIBEXECDIR := $(PREFIX)/libexec/mailreeve
MANDIR := $(PREFIX)/share/man
DOCDIR := $(PREFIX)/share/doc/mailreeve
RULESDIR := $(PREFIX)/share/mailreeve/rules.d
CANARYDIR := $(PREFIX)/share/mailreeve/canary
COMPLETIONDIR := $(PREFIX)/share/bash-completion/completions
ifneq ($(filter /usr /usr/local,$(PREFIX)),)
SYSCONFDIR ?= /etc
else
SYSCONFDIR ?= $(PREFIX)/etc
endif
UNITDIR ?= $(patsubst /usr/local,/usr,$(PREFIX))/lib

configured = sed -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@LIBEXECDIR@|$(LIBEXECDIR)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' $(1) > $(2) && chmod 644 $(2)

.PHONY: install
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR) \
	    $(DESTDIR)$(MANDIR)/man1 \
	    $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man8 \
	    $(DESTDIR)$(DOCDIR) $(DESTDIR)$(SYSCONFDIR)/mailreeve \
	    $(DESTDIR)$(SYSCONFDIR)/mailreeve/rules.d $(DESTDIR)$(RULESDIR) \
	    $(DESTDIR)$(CANARYDIR)/ham $(DESTDIR)$(CANARYDIR)/spam \
	    $(DESTDIR)$(COMPLETIONDIR) \
	    $(DESTDIR)$(UNITDIR)/systemd/system \
	    $(DESTDIR)$(UNITDIR)/sysusers.d $(DESTDIR)$(UNITDIR)/tmpfiles.d
	install -m 755 $(PROGRAMS) $(DESTDIR)$(BINDIR)
	install -m 755 $(HELPERS) $(DESTDIR)$(LIBEXECDIR)
	install -m 644 milter/rules.d/*.rules $(DESTDIR)$(RULESDIR)
	install -m 644 milter/canary/ham/*.eml $(DESTDIR)$(CANARYDIR)/ham
	install -m 644 milter/canary/spam/*.eml $(DESTDIR)$(CANARYDIR)/spam
	for page in docs/man/*.[158]; do \
	    install -m 644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/ || exit 1; \
	done
	install -m 644 README.md LICENSE docs/*.md deploy/postfix/main.cf.mailreeve \
	    deploy/postfix/main.cf.managed docs/mailreeve.conf.sample $(DESTDIR)$(DOCDIR)
	install -m 644 deploy/bash-completion/mailreeve $(DESTDIR)$(COMPLETIONDIR)
	[ -e $(DESTDIR)$(SYSCONFDIR)/mailreeve/mailreeve.conf ] || \
	    install -m 644 deploy/mailreeve.conf \
	    $(DESTDIR)$(SYSCONFDIR)/mailreeve/mailreeve.conf
	$(call configured,deploy/systemd/mailreeve-milter.service,$(DESTDIR)$(UNITDIR)/systemd/system/mailreeve-milter.service)
	$(call configured,deploy/systemd/mailreeve-policyd.service,$(DESTDIR)$(UNITDIR)/systemd/system/mailreeve-policyd.service)
	$(call configured,deploy/systemd/mailreeve-avscan.service,$(DESTDIR)$(UNITDIR)/systemd/system/mailreeve-avscan.service)
	$(call configured,deploy/systemd/mailreeve-queue.socket,$(DESTDIR)$(UNITDIR)/systemd/system/mailreeve-queue.socket)
	$(call configured,deploy/systemd/mailreeve-queue@.service,$(DESTDIR)$(UNITDIR)/systemd/system/mailreeve-queue@.service)
	$(call configured,deploy/systemd/mailreeve-rules-update.service,$(DESTDIR)$(UNITDIR)/systemd/system/mailreeve-rules-update.service)
	$(call configured,deploy/systemd/mailreeve-rules-update.timer,$(DESTDIR)$(UNITDIR)/systemd/system/mailreeve-rules-update.timer)
	$(call configured,deploy/systemd/mailreeve.sysusers,$(DESTDIR)$(UNITDIR)/sysusers.d/mailreeve.conf)
	$(call configured,deploy/systemd/mailreeve.tmpfiles,$(DESTDIR)$(UNITDIR)/tmpfiles.d/mailreeve.conf)
