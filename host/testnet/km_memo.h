/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of key management that were found good, by their octets: the UEs of a service all send the same ones, and most
 * of what a request costs is XML and its schema. Pure.
 */
#ifndef VUICC_TESTNET_KM_MEMO_H
#define VUICC_TESTNET_KM_MEMO_H

#include "../xml.h"

enum { MEMO_PLACES = 16, MEMO_BODY_MAX = 1024, MEMO_ITEMS_MAX = 4 };

/* A request no longer than that, and what km_parse() made of it. */
struct km_memo_entry {
	enum km_kind kind;
	bool base64;
	size_t n; /* octets of body; 0 = free */
	size_t n_items;
	uint8_t body[MEMO_BODY_MAX];
	struct km_item item[MEMO_ITEMS_MAX];
};

/* All zero to begin with. */
struct km_memo {
	struct km_memo_entry entry[MEMO_PLACES];
	size_t next; /* modulo MEMO_PLACES: what is replaced */
};

/* km_parse() of a request, which is not done again for octets that were good before. */
VU_MUST_USE bool km_memo_parse(struct km_memo *m, struct km_doc *doc, enum km_kind kind, struct span body, char *why);

#endif
