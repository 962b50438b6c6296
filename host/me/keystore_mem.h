/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the key store in memory share; for keystore_mem*.c alone. */
#ifndef VUICC_KEYSTORE_MEM_H
#define VUICC_KEYSTORE_MEM_H

#include "keystore_int.h"

#include <errno.h>

enum table { IDENTITY, GBA, NAF, MUK, SERVICE, MSK, JOB };

struct gba_row {
	struct keystore_gba gba;
	bool in_me; /* with its Ks */
	struct key256 ks;
};

struct naf_row {
	char fqdn[KEYSTORE_NAF_ID_MAX];
	struct key256 mrk;
};

struct msk_row {
	struct keystore_msk about; /* sp is ours */
	struct mgv_msk msk; /* when about.in_me */
};

struct row {
	struct row *next;
	enum table table;
	union {
		struct keystore_identity identity;
		struct gba_row gba;
		struct naf_row naf;
		struct keystore_muk muk;
		char service[KM_SERVICE_MAX];
		struct msk_row msk;
		struct keystore_job job;
	};
};

struct keystore_mem {
	struct keystore base;
	struct row *rows;
	struct row *before; /* what a transaction that is given up leaves */
};

/* A key store whose operations are called here is one in memory. */
static inline struct keystore_mem *mem_of(const struct keystore *k)
{
	return (struct keystore_mem *)k;
}

/* The first row of a table from r on. */
static inline struct row *row_from(struct row *r, enum table table)
{
	while (r != NULL && r->table != table)
		r = r->next;
	return r;
}

/* The first row of a table, and the next one of the same. NULL = there is none. */
static inline struct row *row_first(const struct keystore *k, enum table table)
{
	return row_from(mem_of(k)->rows, table);
}

static inline struct row *row_next(const struct row *r)
{
	return row_from(r->next, r->table);
}

static inline bool is_msk_named(const struct mikey_key_id *a, const struct mikey_key_id *b)
{
	return span_eq(SPAN(a->domain), SPAN(b->domain)) && a->group == b->group && a->number == b->number;
}

typedef bool row_is_fn(const struct row *r, const void *ctx);

/* Takes out and wipes the rows that is() says. */
void keystore_mem_drop(struct keystore *k, row_is_fn *is, const void *ctx);

/*
 * Puts a copy of row behind all others, in the place of those that replaced() finds, whose ctx the copy is; NULL = of none. 0
 * or -ENOMEM, and nothing has happened.
 */
VU_MUST_USE int keystore_mem_put(struct keystore *k, const struct row *row, row_is_fn *replaced);

/* Operations of struct keystore_ops. */
int keystore_mem_put_msk(struct keystore *k, const struct keystore_msk *msk);
int keystore_mem_took_mtk(struct keystore *k, const struct mikey_key_id *key, int64_t when);
int keystore_mem_msks(struct keystore *k, struct keystore_msk *ret, size_t cap, size_t *ret_n);
int keystore_mem_msk_sp(struct keystore *k, const struct mikey_key_id *key, struct wr *out);
int keystore_mem_muks(struct keystore *k, struct keystore_muk *ret, size_t cap, size_t *ret_n);
int keystore_mem_muk(struct keystore *k, struct span idi, bool in_use, struct keystore_muk *ret);
int keystore_mem_put_muk(struct keystore *k, const struct keystore_muk *muk);
int keystore_mem_group(struct keystore *k, const struct mikey_key_id *key, struct mgv_group *ret);
int keystore_mem_put_group(struct keystore *k, const struct keystore_msk *about, const struct mgv_group *group);
int keystore_mem_put_window(struct keystore *k, const struct mikey_key_id *key, const struct mgv_msk *msk,
			    int64_t when);

#endif
