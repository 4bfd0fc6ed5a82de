/* SPDX-License-Identifier: ISC */
/* address_private.h - what envelope and header addresses have in common. */
#ifndef MAIL_ADDRESS_PRIVATE_H
#define MAIL_ADDRESS_PRIVATE_H

#include "base/str.h"

struct arena;

/* What stands behind the '@': a domain, made canonical, or an address literal
 * (RFC 5321 4.1.3), in lower case with its brackets. 0, or -1: it is neither. */
int address_domain(struct arena *arena, struct str text, struct str *domain_r);

/* May these unquoted bytes be a local part? UTF-8 without control characters
 * (RFC 5321 4.1.2, RFC 6531 3.3). The reason, or NULL: they may. */
const char *address_local_fault(struct str local);

#endif
