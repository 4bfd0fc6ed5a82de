/* SPDX-License-Identifier: ISC */
/* public_suffix.h - the Public Suffix List, as Debian's libpsl has it. */
#ifndef MAIL_PUBLIC_SUFFIX_H
#define MAIL_PUBLIC_SUFFIX_H

#include <stdbool.h>

#include "base/str.h"

/* The registrable domain: the public suffix and one label more; a slice of
 * domain. data NULL: domain is itself a public suffix, or no name with two
 * labels. domain is canonical (address.h). Any thread. */
struct str public_suffix_registrable(struct str domain);

/* Is it a public suffix ("com", "co.uk", "github.io")? */
bool public_suffix_is(struct str domain);

#endif
