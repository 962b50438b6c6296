/* SPDX-License-Identifier: Apache-2.0 */
/* What a key store is to keystore.c: one of several kinds. For keystore*.c alone. */
#ifndef VUICC_KEYSTORE_INT_H
#define VUICC_KEYSTORE_INT_H

#include "keystore.h"

/* As keystore.h says of the functions of these names. None of a store may be left out. */
struct keystore_ops {
	void (*close)(struct keystore *k); /* never NULL */
	const char *(*why)(const struct keystore *k);
	int (*identity)(struct keystore *k, struct keystore_identity *ret);
	int (*adopt)(struct keystore *k, const struct keystore_identity *id, bool *ret_wiped);
	int (*wipe)(struct keystore *k);
	int (*removed)(struct keystore *k);
	int (*power_down)(struct keystore *k, bool keep);
	int (*put_gba)(struct keystore *k, const struct keystore_gba *gba,
		       const struct key256 *ks); /* ks NULL: it is on the card */
	int (*gba)(struct keystore *k, struct keystore_gba *ret);
	int (*ks)(struct keystore *k, struct key256 *ret);
	int (*drop_gba)(struct keystore *k);
	int (*put_naf_key)(struct keystore *k, const char *fqdn, const struct key256 *mrk);
	int (*naf_key)(struct keystore *k, const char *fqdn, struct key256 *ret);
	int (*put_service)(struct keystore *k, const char *service);
	int (*drop_service)(struct keystore *k, const char *service);
	int (*services)(struct keystore *k, char (*ret)[KM_SERVICE_MAX], size_t cap, size_t *ret_n);
	int (*put_job)(struct keystore *k, const struct keystore_job *job);
	int (*drop_job)(struct keystore *k, enum km_kind kind, const struct km_item *item);
	int (*jobs)(struct keystore *k, struct keystore_job *ret, size_t cap, size_t *ret_n);
	int (*put_msk)(struct keystore *k, const struct keystore_msk *msk);
	int (*took_mtk)(struct keystore *k, const struct mikey_key_id *key, int64_t when);
	int (*msks)(struct keystore *k, struct keystore_msk *ret, size_t cap, size_t *ret_n);
	int (*msk_sp)(struct keystore *k, const struct mikey_key_id *key, struct wr *out);
	int (*muks)(struct keystore *k, struct keystore_muk *ret, size_t cap, size_t *ret_n);
	int (*begin)(struct keystore *k);
	int (*commit)(struct keystore *k, int rc);
	int (*muk)(struct keystore *k, struct span idi, bool in_use, struct keystore_muk *ret);
	int (*put_muk)(struct keystore *k, const struct keystore_muk *muk);
	int (*group)(struct keystore *k, const struct mikey_key_id *key, struct mgv_group *ret);
	int (*put_group)(struct keystore *k, const struct keystore_msk *about, const struct mgv_group *group);
	int (*put_window)(struct keystore *k, const struct mikey_key_id *key, const struct mgv_msk *msk, int64_t when);
};

/* The first member of every kind. */
struct keystore {
	const struct keystore_ops *ops;
};

#endif
