# SPDX-License-Identifier: ISC
# docs.mk - the parts of the manual that come from the tables.
#
#: make docs        manual pages and sample configuration, from the tables of
#:                  settings and commands (they are checked in)

.PHONY: docs
docs: $(B)/bin/mailreeve
	scripts/make-manual $< docs
