/* SPDX-License-Identifier: ISC */
/* pq.h - libpq, loaded by who has a directory in PostgreSQL.
 *
 * It brings Kerberos, LDAP and a second TLS library with it, 3 MB in each
 * process. Hosts without PostgreSQL neither pay for them nor need them.
 */
#ifndef DIRECTORY_PQ_H
#define DIRECTORY_PQ_H

#include <libpq-fe.h>

struct arena;

/* pq.clear is PQclear(), and so on, typed as in libpq's own header. */
struct pq {
#define PQ_FUNCTION(name) __typeof__(PQ##name) *name;
#include "directory/pq.list"
#undef PQ_FUNCTION
};

/* Fills *pq_r. The library is loaded by the first call that can, and stays for
 * as long as the process does. 0, or -1 with a text in arena that ends in the
 * remedy: it is not there, or not one that we know. */
int pq_load(struct pq *pq_r, struct arena *arena, const char **error_r);

#endif
