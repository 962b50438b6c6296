/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the key store in SQLite share; for keystore_sqlite*.c alone. */
#ifndef VUICC_KEYSTORE_SQLITE_H
#define VUICC_KEYSTORE_SQLITE_H

#include "keystore_int.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>

#include "../sql.h"

struct keystore_sqlite {
	struct keystore base;
	struct sql sql;
	char *path;
};

/* A key store whose operations are called here is one in a file. */
static inline struct keystore_sqlite *file_of(const struct keystore *k)
{
	return (struct keystore_sqlite *)k;
}

static inline struct sql *sql_of(const struct keystore *k)
{
	return &file_of(k)->sql;
}

/* Operations of struct keystore_ops. */
int keystore_sqlite_begin(struct keystore *k);
int keystore_sqlite_commit(struct keystore *k, int rc);

/* keystore_sqlite_list.c */
int keystore_sqlite_put_service(struct keystore *k, const char *service);
int keystore_sqlite_drop_service(struct keystore *k, const char *service);
int keystore_sqlite_services(struct keystore *k, char (*ret)[KM_SERVICE_MAX], size_t cap, size_t *ret_n);
int keystore_sqlite_put_job(struct keystore *k, const struct keystore_job *job);
int keystore_sqlite_drop_job(struct keystore *k, enum km_kind kind, const struct km_item *item);
int keystore_sqlite_jobs(struct keystore *k, struct keystore_job *ret, size_t cap, size_t *ret_n);

/* keystore_sqlite_mbms.c */
int keystore_sqlite_put_msk(struct keystore *k, const struct keystore_msk *msk);
int keystore_sqlite_took_mtk(struct keystore *k, const struct mikey_key_id *key, int64_t when);
int keystore_sqlite_msks(struct keystore *k, struct keystore_msk *ret, size_t cap, size_t *ret_n);
int keystore_sqlite_msk_sp(struct keystore *k, const struct mikey_key_id *key, struct wr *out);
int keystore_sqlite_muks(struct keystore *k, struct keystore_muk *ret, size_t cap, size_t *ret_n);
int keystore_sqlite_muk(struct keystore *k, struct span idi, bool in_use, struct keystore_muk *ret);
int keystore_sqlite_put_muk(struct keystore *k, const struct keystore_muk *muk);
int keystore_sqlite_group(struct keystore *k, const struct mikey_key_id *key, struct mgv_group *ret);
int keystore_sqlite_put_group(struct keystore *k, const struct keystore_msk *about, const struct mgv_group *group);
int keystore_sqlite_put_window(struct keystore *k, const struct mikey_key_id *key, const struct mgv_msk *msk,
			       int64_t when);

#endif
