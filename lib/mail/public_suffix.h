/* SPDX-License-Identifier: ISC */
/* public_suffix.h - the Public Suffix List, the newest that the host has. */
#ifndef MAIL_PUBLIC_SUFFIX_H
#define MAIL_PUBLIC_SUFFIX_H

#include <stdbool.h>

#include "base/str.h"

/* The registrable domain: the public suffix and one label more; a slice of
 * domain. data NULL: domain is itself a public suffix, no name with two labels
 * or an address literal. domain is canonical (address.h). Any thread. */
struct str public_suffix_registrable(struct str domain);

/* Is it a public suffix ("com", "co.uk", "github.io")? */
bool public_suffix_is(struct str domain);

/* Does it end in a suffix that the list knows by name? Every other last label is
 * a public suffix too, but "letter.txt" is no name of the DNS. */
bool public_suffix_is_known(struct str domain);

#endif
