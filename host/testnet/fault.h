/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Misbehaviour by name: what a network may do to an ME, each with what the ME must make of it (fault_table.c). The pure
 * modules ask here at a few places, named below; what then happens is a matter of the table's rows alone.
 */
#ifndef VUICC_TESTNET_FAULT_H
#define VUICC_TESTNET_FAULT_H

#include "../../card/crypto/mikey_kdf.h"
#include "../http/digest.h"
#include "auc.h"
#include "http_msg.h"

/* Where a fault strikes. */
enum fault_place {
	FAULT_VECTOR, /* an authentication vector before it goes into a challenge */
	FAULT_CHALLENGE, /* a challenge before it is written */
	FAULT_NONCE, /* the BM-SC gives out a nonce: always the same */
	FAULT_ACCESS, /* a request that is in order: 401 all the same */
	FAULT_RUN, /* the BSF's BootstrappingInfo before it is written */
	FAULT_DOC, /* the BM-SC's answer before it is written */
	FAULT_BODY, /* a body before it is signed */
	FAULT_INFO, /* Authentication-Info before it is written */
	FAULT_NEXT_NONCE, /* a nextnonce is given in it */
	FAULT_ANSWER, /* a 200 when all is done */
	FAULT_REFUSAL, /* a 401 when all is done */
	FAULT_COUNTER, /* the counter of a MUK is about to move */
	FAULT_MESSAGE, /* a MIKEY message and its key data before it is sealed */
	FAULT_OCTETS, /* a sealed one */
	FAULT_SEND, /* a datagram leaves */
};

/* What of that place: a row's bits say which it is for. */
enum {
	FAULT_UB = 1 << 0,
	FAULT_UA = 1 << 1,
	FAULT_MSK = 1 << 2,
	FAULT_PULL = 1 << 3,
	FAULT_MTK = 1 << 4,
	FAULT_MIKEY = FAULT_MSK | FAULT_PULL | FAULT_MTK,
};

enum fault_access { FAULT_ACCESS_FREE, FAULT_ACCESS_STALE, FAULT_ACCESS_BOOTSTRAP };

enum fault_send {
	FAULT_SEND_ONCE,
	FAULT_SEND_TWICE,
	FAULT_SEND_NEVER,
	FAULT_SEND_LATE, /* FAULT_LATE_MS later */
	FAULT_SEND_SWAPPED, /* behind the next one */
	FAULT_SEND_EARLY, /* in front of the answer that it follows */
	FAULT_SEND_PADDED, /* with zeros up to FAULT_PADDED octets */
	FAULT_SEND_HALVES, /* as two datagrams */
};

enum { FAULT_LATE_MS = 500, FAULT_PADDED = 4096, FAULTS_ACTIVE_MAX = 8 };

struct fault;

/* Those that are switched on. */
struct faults {
	struct {
		const struct fault *fault;
		uint32_t left; /* times; 0 = for ever */
	} active[FAULTS_ACTIVE_MAX];
	size_t n;
	int64_t now; /* for events; whoever has a clock sets it */
};

/* Switches one on: NAME, or NAME:n for n times. False with a sentence. */
VU_MUST_USE bool faults_add(struct faults *f, const char *text, const char **ret_why);

/* The i-th of all, for a list; false behind the last. */
VU_MUST_USE bool fault_about(size_t i, const char **ret_name, const char **ret_does, const char **ret_me);

/*
 * The places. `on` is one bit. Nothing happens when env->faults is NULL or no fault for the place is on; each that happens
 * is an event "fault".
 */
void fault_vector(const struct net_env *env, const struct subscriber *s, struct auc_vector *v);
void fault_challenge(const struct net_env *env, unsigned on, struct digest *d);
VU_MUST_USE bool fault_nonce(const struct net_env *env);
enum fault_access fault_access(const struct net_env *env);
void fault_run(const struct net_env *env, struct gba_info *info);
void fault_doc(const struct net_env *env, struct km_doc *doc);
/* body: what stands in it may be replaced. */
void fault_body(const struct net_env *env, unsigned on, struct wr *body);
void fault_info(const struct net_env *env, unsigned on, struct digest *d);
VU_MUST_USE bool fault_next_nonce(const struct net_env *env);
void fault_answer(const struct net_env *env, unsigned on, struct http_answer *a);
/* How far the counter moves: 1, or as a fault says. */
uint32_t fault_counter(const struct net_env *env);
/* plain: the message's key data, which m->encr_data borrows from. */
void fault_message(const struct net_env *env, struct mikey *m, struct wr *plain);
void fault_octets(const struct net_env *env, const struct mikey *m, const struct mikey_keys *keys, struct wr *out);
enum fault_send fault_send(const struct net_env *env, unsigned on);

/* Which bit a message is. */
unsigned fault_kind(const struct mikey *m);

#endif
