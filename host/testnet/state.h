/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to outlive the program, so that UEs do not notice that it was started again: SQNs, bootstrapping runs, UEs with
 * their keys, counters and registrations, MSKs and who has yet to verify them. The pure modules say it here, before
 * anything that depends on it leaves; state_sqlite.c keeps it.
 */
#ifndef VUICC_TESTNET_STATE_H
#define VUICC_TESTNET_STATE_H

#include "../xml.h"
#include "auc.h"
#include "keygroup.h"

/* What BSF and UE share after a bootstrapping run. */
struct gba_run {
	char btid[GBA_BTID_MAX]; /* "" = none yet */
	struct key256 ks;
	uint8_t rand[AKA_RAND_LEN];
	int64_t expires; /* ms since 1970 */
};
SECRET_STRUCT(gba_run)

/* What BM-SC and UE share after one. */
struct ue_keys {
	char btid[GBA_BTID_MAX]; /* "" = none yet */
	struct key256 mrk;
	struct key256 muk;
	int64_t expires; /* ms since 1970 */
	uint32_t counter; /* TS of the last MSK message under this MUK (decision 40) */
};
SECRET_STRUCT(ue_keys)
#define _secret_ue_keys_ __attribute__((cleanup(ue_keys_wipe)))

enum { SEND_TRIES = 4 };

/* An MSK message that no verification message has come for. */
struct sent_msk {
	struct msk msk; /* as it was sent: the group may have moved on */
	uint32_t ts[SEND_TRIES]; /* of each try: a late answer to an early one counts */
	size_t tries;
	int64_t due; /* when the next try is, ms since 1970 */
};
SECRET_STRUCT(sent_msk)
#define _secret_sent_msk_ __attribute__((cleanup(sent_msk_wipe)))

/* Each is durable, all of it or nothing, when it returns true. */
struct state_ops {
	bool (*put_sqn)(void *ctx, const struct subscriber *s);
	bool (*put_run)(void *ctx, const char *impi, const struct gba_run *run);
	bool (*put_ue)(void *ctx, const char *impi, const struct peer *peer, const struct ue_keys *keys);
	bool (*put_registration)(void *ctx, const char *impi, const char *service, bool registered);
	/* The UE is a member of the service no more, nor registered to it; or again one that may register. */
	bool (*put_revoked)(void *ctx, const char *impi, const char *service, bool revoked);
	bool (*put_group)(void *ctx, const struct key_group *g);
	/* A message that the UE is to verify leaves, with the counter that its keys have now. */
	bool (*put_sent)(void *ctx, const char *impi, const struct ue_keys *keys, const struct sent_msk *sent);
	/* It is given up. */
	bool (*drop_sent)(void *ctx, const char *impi, const struct mikey_key_id *msk);
	/* The UE has verified it: it holds the MSK with this Key Number, 0 = none of the group any more. */
	bool (*put_held)(void *ctx, const char *impi, const struct mikey_key_id *msk, uint16_t number);
	/* How far rekeying a group is: the UE whose turn it is, NULL = it is done. */
	bool (*put_rekey)(void *ctx, const struct key_group *g, const char *next_impi);
	/* Between the two nothing of the above is durable by itself, and all of it is when end() is true. NULL = no such. */
	bool (*begin)(void *ctx);
	bool (*end)(void *ctx);
};

/* state = NULL in the environment: nothing is kept, and that is no error. */
#define STATE_PUT(env, function, ...) ((env)->state == NULL || (env)->state->function((env)->state_ctx, __VA_ARGS__))

#endif
