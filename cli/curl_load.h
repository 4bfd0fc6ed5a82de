/* SPDX-License-Identifier: ISC */
/* curl_load.h - libcurl, loaded by who fetches something.
 *
 * It brings Kerberos, LDAP and a second TLS library with it. Commands that fetch
 * nothing, all but one, start in half of the time without them.
 */
#ifndef CLI_CURL_LOAD_H
#define CLI_CURL_LOAD_H

#include <curl/curl.h>

/* curl.easy_init is curl_easy_init(), and so on, typed as in libcurl's own
 * header. */
#define CURL_FUNCTIONS(FUNCTION) \
	FUNCTION(easy_cleanup) \
	FUNCTION(easy_getinfo) \
	FUNCTION(easy_init) \
	FUNCTION(easy_perform) \
	FUNCTION(easy_setopt) \
	FUNCTION(easy_strerror) \
	FUNCTION(global_cleanup) \
	FUNCTION(global_init)

struct curl {
#define CURL_MEMBER(name) __typeof__(curl_##name) *name;
	CURL_FUNCTIONS(CURL_MEMBER)
#undef CURL_MEMBER
};

/* Fills *curl_r. The library stays for as long as the process does. 0, or -1:
 * it is not there, or not one that we know. */
int curl_load(struct curl *curl_r);

#endif
