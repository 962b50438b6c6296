/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ME keeps when it is off: whose UICC was last in it, the bootstrapping, keys derived from it, registrations and
 * which MSKs the card holds (not the MSKs: those stay on the card). One SQLite file, 0600.
 *
 * TS 33.246 clause 6.1: keys must not outlive the UICC they came from. keystore_adopt() therefore puts the wipe and the
 * new identity into one transaction; deleted octets are overwritten (secure_delete) and the write-ahead log is cut to
 * nothing afterwards, so that no copy stays in either file. keystore.c is the only file of the ME that knows SQLite.
 */
#ifndef VUICC_KEYSTORE_H
#define VUICC_KEYSTORE_H

#include "../../card/crypto/secret.h"
#include "../xml.h"

struct keystore;

enum { KEYSTORE_WHY_MAX = 384, KEYSTORE_ID_MAX = 32, KEYSTORE_LIST_MAX = 256 };

struct keystore_identity {
	char iccid[KEYSTORE_ID_MAX];
	char imsi[KEYSTORE_ID_MAX];
};

/* The bootstrapping in force. Ks itself is on the card. */
struct keystore_gba {
	uint8_t rand[16];
	char btid[GBA_BTID_MAX];
	char lifetime[GBA_TIME_MAX];
	int64_t expires; /* seconds since 1970 */
};

/* An MSK that the card took. */
struct keystore_msk {
	struct mikey_key_id key; /* without mtk_id */
	uint32_t ts; /* counter of the message that brought it */
	int64_t when; /* seconds since 1970 */
};

/*
 * Opens the key store, making it and its folder when they are not there. 0 or -errno: -EACCES, -EBUSY, -EPROTO (not a key
 * store, or of another version), -EIO; why has KEYSTORE_WHY_MAX octets.
 */
int keystore_open(struct keystore **ret, const char *path, char *why);

/* The same of one that is there already: -ENOENT when it is not, and nothing is made. */
int keystore_open_existing(struct keystore **ret, const char *path, char *why);

/* NULL is fine. */
void keystore_close(struct keystore *k);

/* Why the last call failed. */
const char *keystore_why(const struct keystore *k);

/* Each of the following: 0 or -errno (-EIO, -EBUSY, -ENOSPC); getters give -ENOENT when there is nothing. */

int keystore_identity(struct keystore *k, struct keystore_identity *ret);

/*
 * This UICC is in the ME now. When it is another than the last one, everything is wiped and the new identity stored, in
 * one transaction; *ret_wiped says whether there was another one. The same one: nothing happens.
 */
int keystore_adopt(struct keystore *k, const struct keystore_identity *id, bool *ret_wiped);

/* Wipes everything, the identity included. */
int keystore_wipe(struct keystore *k);

/* A new bootstrapping; keys derived from the last one go in the same transaction. */
int keystore_put_gba(struct keystore *k, const struct keystore_gba *gba);
int keystore_gba(struct keystore *k, struct keystore_gba *ret);
/* Drops it and what was derived from it. */
int keystore_drop_gba(struct keystore *k);

/* Ks_ext_NAF of a NAF: the MRK. */
int keystore_put_naf_key(struct keystore *k, const char *fqdn, const struct key256 *ks_ext_naf);
int keystore_naf_key(struct keystore *k, const char *fqdn, struct key256 *ret);

int keystore_put_service(struct keystore *k, const char *service);
int keystore_drop_service(struct keystore *k, const char *service);
/* At most cap services, in the order of registration; their number to *ret_n. */
int keystore_services(struct keystore *k, char (*ret)[KM_SERVICE_MAX], size_t cap, size_t *ret_n);

int keystore_put_msk(struct keystore *k, const struct keystore_msk *msk);
int keystore_msks(struct keystore *k, struct keystore_msk *ret, size_t cap, size_t *ret_n);

#endif
