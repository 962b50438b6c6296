/* SPDX-License-Identifier: Apache-2.0 */
/* Subscribers as people write them: the words of a configuration or of another program's file, and what they mean. */
#ifndef VUICC_TESTNET_SUBSCRIBER_H
#define VUICC_TESTNET_SUBSCRIBER_H

#include "auc.h"

enum {
	SUBSCRIBERS_MAX = 1000000,
	SUBSCRIBER_WHY_MAX = 256,
};

struct raw_tuak {
	char *res_length; /* bits */
	char *keccak_iterations;
};

/* The words of one entry, NULL where there is none. */
struct raw_subscriber {
	char *imsi;
	char *mnc_length;
	char *count; /* optional: so many, with IMSIs one after the other */
	char *algorithm; /* optional: milenage or tuak */
	char *k, *sqn;
	char *k_step; /* optional: how much greater the K of each one of count is than that of the one before; else 0 */
	char *opc; /* with milenage, or instead: */
	char *op;
	char *topc; /* with tuak, as the next */
	struct raw_tuak *tuak;
	char *amf; /* optional */
	char *gba_u; /* true or false, which is read here: libcyaml takes every unknown word for true */
	char *mbms; /* optional */
};

/* Says what is wrong with a word. key: like k or tuak.res_length. No word that may be a key is in the sentence. */
struct complain {
	void (*say)(void *ctx, const char *key, const char *what);
	void *ctx;
};

/* A subscriber, and how those that follow it come about. */
struct subscriber_range {
	struct subscriber first;
	unsigned mnc_length;
	uint32_t count; /* 1 to SUBSCRIBERS_MAX */
	uint32_t k_step;
};
SECRET_STRUCT(subscriber_range)
#define _secret_subscriber_range_ __attribute__((cleanup(subscriber_range_wipe)))

/* The meaning of an entry; false after a complaint. */
VU_MUST_USE bool subscriber_read(struct subscriber_range *ret, const struct raw_subscriber *raw,
				 const struct complain *complain);

/*
 * Makes s, a subscriber of the range, the next one: IMSI + 1, K + k_step as a number of its octets, from the first one's
 * to the last one's end. Everything else stays.
 */
void subscriber_next(struct subscriber *s, const struct subscriber_range *range);

/* A list that grows; all zero = none. */
struct subscribers {
	struct subscriber *v;
	size_t n, room;
};

/* False when memory is short. No key is left where the list was. */
VU_MUST_USE bool subscribers_add(struct subscribers *l, const struct subscriber *s);
/* The whole range. */
VU_MUST_USE bool subscribers_add_range(struct subscribers *l, const struct subscriber_range *range);
/* Wipes all of it. */
void subscribers_free(struct subscribers *l);

#endif
