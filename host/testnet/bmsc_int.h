/* SPDX-License-Identifier: Apache-2.0 */
/* The BM-SC from inside: what bmsc.c, ua.c, km.c and delivery.c share. */
#ifndef VUICC_TESTNET_BMSC_INT_H
#define VUICC_TESTNET_BMSC_INT_H

#include <assert.h>

#include "../../card/crypto/kdf.h"
#include "bmsc.h"
#include "deadline.h"
#include "fault.h"
#include "km_memo.h"
#include "lookup.h"
#include "mikey_tx.h"
#include "state.h"

enum {
	NAF_ID_MAX = FQDN_MAX + GBA_UA_LEN,
	NONCES_LEAST = 256, /* outstanding on Ua; one more puts an end to the oldest, whose owner is told "stale" */
	NONCES_PER_UE = 2,
	NONCE_LEN = 33,
	NONCE_MS = 300 * 1000,
	PENDING_MAX = KM_ITEMS_MAX, /* of one UE: every MSK of one request can wait for its verification message */
	LATE_MAX = 4,
	ACK_MS = 1000, /* doubled with each try */
	AT_ONCE = 64, /* messages in one turn, be they rekeying or another try; then requests get theirs */
};

struct ue;

/* An MSK message that no verification message has come for. */
struct pending {
	struct deadline deadline;
	struct ue *ue;
	struct pending *next; /* of the same UE, sent later */
	struct key_group *group;
	struct sent_msk sent;
};
SECRET_STRUCT(pending)

/* A datagram that leaves later than it should. */
struct late {
	struct peer to;
	int64_t due; /* 0 = free */
	bool behind_next; /* or when the next one has left */
	size_t n;
	uint8_t octets[MIKEY_MESSAGE_MAX];
};

struct ue {
	char impi[IMPI_MAX];
	struct peer peer; /* address of its last HTTP request, port of MIKEY */
	struct ue_keys keys;
	struct digest_a1 a1; /* of our realm and these keys; "" = not known yet */
	uint64_t registered; /* a bit for the index of each service */
	uint64_t revoked; /* services that it is no member of, whatever the configuration says */
	struct pending *pending; /* PENDING_MAX of them at most */
};
static_assert((int)SERVICES_MAX <= 64, "a bit for each service");

struct nonce {
	char text[NONCE_LEN];
	int64_t made; /* 0 = free */
	uint32_t count; /* the last nc seen */
};

struct bmsc {
	const struct bmsc_settings *settings;
	const struct net_env *env;
	const struct service *service;
	size_t n_services;
	struct key_group *service_group[SERVICES_MAX]; /* of the service with this index */
	struct key_group group[SERVICES_MAX];
	size_t n_groups;
	struct zn zn;
	uint8_t naf_id_octets[NAF_ID_MAX];
	struct span naf_id;
	char realm[DIGEST_TEXT_MAX];
	struct nonce *nonce;
	size_t n_nonces, next_nonce; /* modulo n_nonces: the oldest, or a free one */
	struct lookup nonce_by_text;
	struct ue *ue;
	size_t n_ues, max_ues;
	struct lookup by_impi, by_imsi, by_btid; /* of UEs */
	uint16_t *held; /* n_groups for each UE: Key Number of the MSK verified last; 0 = none */
	struct deadlines unverified; /* of all that is pending */
	struct late late[LATE_MAX];
	struct km_memo memo;
};

/* bmsc.c */
struct ue *bmsc_find_btid(struct bmsc *b, const char *btid);
/* who: IMPI, or the IMSI in front of its @. */
struct ue *bmsc_find_ue(struct bmsc *b, const char *who);
/* The UE with this IMPI; a new one when there is none, NULL when there is no room. */
struct ue *bmsc_ue_of(struct bmsc *b, const char *impi);
/* Keys, instead of those it had: it is found by their B-TID from then on. */
void bmsc_set_keys(struct bmsc *b, struct ue *u, const struct ue_keys *keys);
/* The Key Number of the MSK of this group that the UE has verified last; 0 = none. */
uint16_t *bmsc_held(const struct bmsc *b, const struct ue *u, const struct key_group *g);
/* The UE has verified an MSK message: it has that MSK, or with SEQl above SEQu none. */
void bmsc_holds(struct bmsc *b, struct ue *u, const struct key_group *g, const struct msk *m);
/* Stores the UE's address, keys and counter. */
bool bmsc_keep(const struct bmsc *b, const struct ue *u);
/* The index of a service, or -1. */
int bmsc_service_of(const struct bmsc *b, const char *id);
struct key_group *bmsc_group_of(struct bmsc *b, const uint8_t domain[3], uint16_t group);
/* Of the service with this index. */
bool bmsc_is_member(const struct bmsc *b, size_t service, const struct ue *u);
/* Whether the UE is registered to a service of this group. */
bool bmsc_entitled(const struct bmsc *b, const struct ue *u, const struct key_group *g);

/* ua.c */

/* A UE that has proved its MRK, and the digest it did that with. */
struct ua {
	struct ue *ue;
	struct digest digest;
	struct digest_a1 a1;
};
SECRET_STRUCT(ua)
#define _secret_ua_ __attribute__((cleanup(ua_wipe)))
/* False after a 401 was written to the answer, a 503 when the BSF does not answer, or HTTP_AGAIN. */
VU_MUST_USE bool ua_authenticate(struct bmsc *b, struct ua *ret, const struct http_request *request,
				 struct http_answer *answer, int64_t now);
/* Adds Authentication-Info to a finished answer. */
void ua_sign(struct bmsc *b, const struct ua *ua, struct http_answer *answer, int64_t now);

/* km.c: an authenticated request. */
void km_request(struct bmsc *b, struct ue *u, const struct http_request *request, struct http_answer *answer,
		const struct outbox *outbox, int64_t now);

/* rekey.c: counts those whose turn is still to come. */
void rekey_count(const struct bmsc *b, struct key_group *g);
/* Goes on with the rekeying of groups; when it wants to be called next, -1 = no need. */
int64_t rekey_timer(struct bmsc *b, const struct outbox *outbox, int64_t now);

/* operator.c: the UE, or the Key Group, with this name; NULL with a sentence. */
struct ue *operator_ue(struct bmsc *b, const char *who, const char **ret_why);
struct key_group *operator_group(struct bmsc *b, const char *name, const char **ret_why);

/* sending.c: a MIKEY message (one of FAULT_MIKEY) leaves, as a rule. */
void bmsc_send(struct bmsc *b, const struct peer *to, unsigned kind, struct span octets, const struct outbox *outbox,
	       int64_t now);
/* Lets go what leaves late; when it wants to be called next, -1 = no need. */
int64_t sending_timer(struct bmsc *b, const struct outbox *outbox, int64_t now);

/* delivery.c */

/* Why nothing can be delivered under the UE's MUK, or NULL when it can. */
const char *delivery_obstacle(const struct ue *u, int64_t now);
void delivery_msk(struct bmsc *b, struct ue *u, struct key_group *g, const struct msk *m, bool v,
		  const struct outbox *outbox, int64_t now);
void delivery_pull(struct bmsc *b, struct ue *u, struct key_group *g, const struct outbox *outbox, int64_t now);
/* A message that waits for its verification, again: `sent` as it was. Nothing when there is no such group, or no memory. */
void delivery_restore(struct bmsc *b, struct ue *u, const struct sent_msk *sent);
/* Forgets everything that waits for a verification message. */
void delivery_drop_all(struct bmsc *b, struct ue *u);
/* Gives it up, which is told: the MUK it was sent under is no more. */
void delivery_forget(struct bmsc *b, struct ue *u, const char *reason, int64_t now);
/* Gives up the MSKs that the UE has no right to any more. What takes one away goes on. */
void delivery_leave(struct bmsc *b, struct ue *u, int64_t now);

#endif
