/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ME keeps when it is off: whose UICC was last in it, the bootstrapping, keys derived from it, registrations,
 * requests that wait, and MSKs - those that the card holds by name, those of an ME without a card for them (GBA_ME,
 * TS 33.246 clause 6.1) with their keys. One SQLite file, 0600; or memory, for an ME that is never switched on again.
 *
 * TS 33.246 clause 6.1: keys must not outlive the UICC they came from. keystore_adopt() therefore puts the wipe and the
 * new identity into one transaction; deleted octets are overwritten (secure_delete), the write-ahead log is cut to
 * nothing afterwards and the database opened anew, so that no copy stays in either file or in SQLite's cache.
 * keystore_sqlite*.c are the only files of the ME that know SQLite.
 */
#ifndef VUICC_KEYSTORE_H
#define VUICC_KEYSTORE_H

#include "../../card/crypto/mgv.h"
#include "../xml.h"

struct keystore;

enum {
	KEYSTORE_WHY_MAX = 512,
	KEYSTORE_ID_MAX = 32,
	KEYSTORE_LIST_MAX = 256,
	KEYSTORE_NAF_ID_MAX = 261, /* FQDN and Ua security protocol id */
};

struct keystore_identity {
	char iccid[KEYSTORE_ID_MAX];
	char imsi[KEYSTORE_ID_MAX];
};

/* The bootstrapping in force. Ks itself is on the card, or in the store (keystore_ks()). */
struct keystore_gba {
	uint8_t rand[16];
	char btid[GBA_BTID_MAX];
	char lifetime[GBA_TIME_MAX];
	int64_t expires; /* seconds since 1970 */
};

/* A MUK of the ME (mgv.h): the newest Ks_(ext_)NAF of a NAF, or its MUK in use. */
struct keystore_muk {
	uint8_t naf_id[KEYSTORE_NAF_ID_MAX];
	size_t naf_id_len;
	char btid[GBA_BTID_MAX];
	bool in_use;
	struct key256 key;
	uint32_t counter; /* of the last MSK message taken */
};
SECRET_STRUCT(keystore_muk)

/* An MSK that was taken, by the card or by the ME. */
struct keystore_msk {
	struct mikey_key_id key; /* mtk_id: of the last MTK under it, 0 = none yet */
	bool in_me; /* the key is in this store, and SEQl, SEQu and counter are known */
	uint16_t seq_l, seq_u; /* MTK IDs still to come: SEQl < ID <= SEQu */
	uint32_t counter; /* of the last MTK message */
	uint32_t ts; /* of the message that brought it: its counter */
	int64_t when, mtk_when; /* when it and the last MTK came: seconds since 1970 */
	struct span sp; /* to be stored: the message's SP payloads; lists leave it empty (keystore_msk_sp()) */
};

/* Something to ask the BM-SC for. */
struct keystore_job {
	enum km_kind kind;
	struct km_item item;
	unsigned tries; /* made so far */
	int64_t due; /* milliseconds since 1970 */
};

/*
 * Opens the key store, making it and its folder when they are not there, and bringing the layout of an older version up
 * to date. 0 or -errno: -EACCES, -EBUSY, -EPROTO (not a key store, or of a newer version), -ENOSPC, -EIO; why has
 * KEYSTORE_WHY_MAX octets.
 */
int keystore_open(struct keystore **ret, const char *path, char *why);

/* The same of one that is there already: -ENOENT when it is not, and nothing is made. */
int keystore_open_existing(struct keystore **ret, const char *path, char *why);

/*
 * One in memory, a few hundred octets for each thing in it: what is told to it is gone when it is closed, and wiped then. 0
 * or -ENOMEM.
 */
int keystore_open_mem(struct keystore **ret);

/* NULL is fine. */
void keystore_close(struct keystore *k);

/* Why the last call failed. */
const char *keystore_why(const struct keystore *k);

/* Each of the following: 0 or -errno (-EIO, -EBUSY, -ENOSPC, -ENOMEM); getters give -ENOENT when there is nothing. */

int keystore_identity(struct keystore *k, struct keystore_identity *ret);

/*
 * This UICC is in the ME now. When it is another than the last one, everything is wiped and the new identity stored, in
 * one transaction; *ret_wiped says whether there was another one. The same one: nothing happens.
 */
int keystore_adopt(struct keystore *k, const struct keystore_identity *id, bool *ret_wiped);

/* Wipes everything, the identity included. */
int keystore_wipe(struct keystore *k);

/*
 * The UICC is out: GBA keys of the ME go (TS 33.220), which are Ks, what was derived from it and a MUK that
 * no message has proved yet. The MUKs in use and the MSKs stay for the same UICC, and so does the B-TID when Ks is on it.
 */
int keystore_removed(struct keystore *k);

/*
 * The ME is switched off. TS 33.246 clause 6.1 lets it keep MRK, MSK and MTK, or not; without `keep` they go, and Ks with
 * them. The MUKs in use stay in both cases: a solicited pull may come under them.
 */
int keystore_power_down(struct keystore *k, bool keep);

/* A new bootstrapping; MRKs derived from the last one go in the same transaction. */
int keystore_put_gba(struct keystore *k, const struct keystore_gba *gba);
/* The same of GBA_ME: no card keeps its Ks. */
int keystore_put_gba_me(struct keystore *k, const struct keystore_gba *gba, const struct key256 *ks);
int keystore_gba(struct keystore *k, struct keystore_gba *ret);
/* Ks of GBA_ME; -ENOENT when Ks is on the card. */
int keystore_ks(struct keystore *k, struct key256 *ret);
/* Drops it and what was derived from it. */
int keystore_drop_gba(struct keystore *k);

/* The MRK of a NAF: Ks_ext_NAF, or what GBA_ME derives (decision 31). */
int keystore_put_naf_key(struct keystore *k, const char *fqdn, const struct key256 *mrk);
int keystore_naf_key(struct keystore *k, const char *fqdn, struct key256 *ret);

int keystore_put_service(struct keystore *k, const char *service);
int keystore_drop_service(struct keystore *k, const char *service);
/* At most cap services, in the order of registration; their number to *ret_n. */
int keystore_services(struct keystore *k, char (*ret)[KM_SERVICE_MAX], size_t cap, size_t *ret_n);

/* The job for this kind and item, new or as it is now. */
int keystore_put_job(struct keystore *k, const struct keystore_job *job);
int keystore_drop_job(struct keystore *k, enum km_kind kind, const struct km_item *item);
/* At most cap jobs, the older first. */
int keystore_jobs(struct keystore *k, struct keystore_job *ret, size_t cap, size_t *ret_n);

/* An MSK that the card took. As on the card, two of a Key Group are kept (decision 21). */
int keystore_put_msk(struct keystore *k, const struct keystore_msk *msk);
/* The card gave out an MTK: key->mtk_id. Nothing happens when its MSK is not known. */
int keystore_took_mtk(struct keystore *k, const struct mikey_key_id *key, int64_t when);
/* The older first. */
int keystore_msks(struct keystore *k, struct keystore_msk *ret, size_t cap, size_t *ret_n);
/* Appends the SP payloads that came with an MSK, whole (RFC 3830 6.10); nothing when there were none. */
int keystore_msk_sp(struct keystore *k, const struct mikey_key_id *key, struct wr *out);

/* The MUKs of the ME, without their keys: for people. */
int keystore_muks(struct keystore *k, struct keystore_muk *ret, size_t cap, size_t *ret_n);

/*
 * For me_keys.c: what one MIKEY message changes is one transaction. Between keystore_begin() and keystore_commit() only
 * the functions below and keystore_put_naf_key() may be called. keystore_commit() stores when rc is 0, gives everything up when it is not, and
 * returns rc or why storing failed.
 */
int keystore_begin(struct keystore *k);
int keystore_commit(struct keystore *k, int rc);

/* The MUK of the NAF that idi names (decisions 11 and 44). */
int keystore_muk(struct keystore *k, struct span idi, bool in_use, struct keystore_muk *ret);
int keystore_put_muk(struct keystore *k, const struct keystore_muk *muk);

/* The MSKs of a Key Group that are in this store; both absent is no error. */
int keystore_group(struct keystore *k, const struct mikey_key_id *key, struct mgv_group *ret);
/* After an MSK message about one MSK of it: exactly these are kept; about->in_me and what follows it is taken from group. */
int keystore_put_group(struct keystore *k, const struct keystore_msk *about, const struct mgv_group *group);
/* After an MTK message: window and counter of the MSK, and key->mtk_id. */
int keystore_put_window(struct keystore *k, const struct mikey_key_id *key, const struct mgv_msk *msk, int64_t when);

#endif
