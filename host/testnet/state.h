/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to outlive the program, so that UEs do not notice that it was started again: SQNs, bootstrapping runs, UEs with
 * their keys, counters and registrations, MSKs. The pure modules say it here, before anything that depends on it leaves;
 * state_sqlite.c keeps it.
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

/* Each is durable when it returns true. */
struct state_ops {
	bool (*put_sqn)(void *ctx, const struct subscriber *s);
	bool (*put_run)(void *ctx, const char *impi, const struct gba_run *run);
	bool (*put_ue)(void *ctx, const char *impi, const struct peer *peer, const struct ue_keys *keys);
	bool (*put_registration)(void *ctx, const char *impi, const char *service, bool registered);
	bool (*put_group)(void *ctx, const struct key_group *g);
	/* The UE has verified this MSK; its Key Number 0: it has none of the group any more. */
	bool (*put_held)(void *ctx, const char *impi, const struct mikey_key_id *msk);
};

/* state = NULL in the environment: nothing is kept, and that is no error. */
#define STATE_PUT(env, function, ...) ((env)->state == NULL || (env)->state->function((env)->state_ctx, __VA_ARGS__))

#endif
