/* SPDX-License-Identifier: Apache-2.0 */
/* The key store: what is called goes to the kind that was opened, keystore_sqlite*.c or keystore_mem.c. */
#include "keystore_int.h"

void keystore_close(struct keystore *k)
{
	if (k != NULL)
		k->ops->close(k);
}

const char *keystore_why(const struct keystore *k)
{
	return k->ops->why(k);
}

int keystore_identity(struct keystore *k, struct keystore_identity *ret)
{
	return k->ops->identity(k, ret);
}

int keystore_adopt(struct keystore *k, const struct keystore_identity *id, bool *ret_wiped)
{
	return k->ops->adopt(k, id, ret_wiped);
}

int keystore_wipe(struct keystore *k)
{
	return k->ops->wipe(k);
}

int keystore_removed(struct keystore *k)
{
	return k->ops->removed(k);
}

int keystore_power_down(struct keystore *k, bool keep)
{
	return k->ops->power_down(k, keep);
}

int keystore_put_gba(struct keystore *k, const struct keystore_gba *gba)
{
	return k->ops->put_gba(k, gba, NULL);
}

int keystore_put_gba_me(struct keystore *k, const struct keystore_gba *gba, const struct key256 *ks)
{
	return k->ops->put_gba(k, gba, ks);
}

int keystore_gba(struct keystore *k, struct keystore_gba *ret)
{
	return k->ops->gba(k, ret);
}

int keystore_ks(struct keystore *k, struct key256 *ret)
{
	return k->ops->ks(k, ret);
}

int keystore_drop_gba(struct keystore *k)
{
	return k->ops->drop_gba(k);
}

int keystore_put_naf_key(struct keystore *k, const char *fqdn, const struct key256 *mrk)
{
	return k->ops->put_naf_key(k, fqdn, mrk);
}

int keystore_naf_key(struct keystore *k, const char *fqdn, struct key256 *ret)
{
	return k->ops->naf_key(k, fqdn, ret);
}

int keystore_put_service(struct keystore *k, const char *service)
{
	return k->ops->put_service(k, service);
}

int keystore_drop_service(struct keystore *k, const char *service)
{
	return k->ops->drop_service(k, service);
}

int keystore_services(struct keystore *k, char (*ret)[KM_SERVICE_MAX], size_t cap, size_t *ret_n)
{
	return k->ops->services(k, ret, cap, ret_n);
}

int keystore_put_job(struct keystore *k, const struct keystore_job *job)
{
	return k->ops->put_job(k, job);
}

int keystore_drop_job(struct keystore *k, enum km_kind kind, const struct km_item *item)
{
	return k->ops->drop_job(k, kind, item);
}

int keystore_jobs(struct keystore *k, struct keystore_job *ret, size_t cap, size_t *ret_n)
{
	return k->ops->jobs(k, ret, cap, ret_n);
}

int keystore_put_msk(struct keystore *k, const struct keystore_msk *msk)
{
	return k->ops->put_msk(k, msk);
}

int keystore_took_mtk(struct keystore *k, const struct mikey_key_id *key, int64_t when)
{
	return k->ops->took_mtk(k, key, when);
}

int keystore_msks(struct keystore *k, struct keystore_msk *ret, size_t cap, size_t *ret_n)
{
	return k->ops->msks(k, ret, cap, ret_n);
}

int keystore_msk_sp(struct keystore *k, const struct mikey_key_id *key, struct wr *out)
{
	return k->ops->msk_sp(k, key, out);
}

int keystore_muks(struct keystore *k, struct keystore_muk *ret, size_t cap, size_t *ret_n)
{
	return k->ops->muks(k, ret, cap, ret_n);
}

int keystore_begin(struct keystore *k)
{
	return k->ops->begin(k);
}

int keystore_commit(struct keystore *k, int rc)
{
	return k->ops->commit(k, rc);
}

int keystore_muk(struct keystore *k, struct span idi, bool in_use, struct keystore_muk *ret)
{
	return k->ops->muk(k, idi, in_use, ret);
}

int keystore_put_muk(struct keystore *k, const struct keystore_muk *muk)
{
	return k->ops->put_muk(k, muk);
}

int keystore_group(struct keystore *k, const struct mikey_key_id *key, struct mgv_group *ret)
{
	return k->ops->group(k, key, ret);
}

int keystore_put_group(struct keystore *k, const struct keystore_msk *about, const struct mgv_group *group)
{
	return k->ops->put_group(k, about, group);
}

int keystore_put_window(struct keystore *k, const struct mikey_key_id *key, const struct mgv_msk *msk, int64_t when)
{
	return k->ops->put_window(k, key, msk, when);
}
