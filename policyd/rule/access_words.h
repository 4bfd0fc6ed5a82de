/* SPDX-License-Identifier: ISC */
/* access_words.h - how well the words of an access entry fit a request. */
#ifndef POLICYD_RULE_ACCESS_WORDS_H
#define POLICYD_RULE_ACCESS_WORDS_H

struct client;
struct netlist;
struct setting_list;
struct txn;

/* 0: no word of the list fits; else how specific the best one is. The words
 * are those of access.c's essay. */

/* networks has one for each word, NULL where the word is a name. */
unsigned access_fit_client(const struct setting_list *list,
    const struct netlist *const *networks, const struct client *client);
unsigned access_fit_login(const struct setting_list *list, const char *login);
unsigned access_fit_sender(const struct setting_list *list,
    const struct txn *txn);
/* Of all recipients the one that fits best. */
unsigned access_fit_rcpts(const struct setting_list *list,
    const struct txn *txn);
unsigned access_fit_helo(const struct setting_list *list, const char *helo);

#endif
