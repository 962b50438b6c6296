/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BM-SC: key management over HTTP on Ua (TS 33.246 clause 6.3.2, decisions 32 to 35, 39, 40, 56 to 58) and MIKEY over
 * UDP (clause 6.4). Events and time go in, answers, datagrams and events in the log come out; no socket, no clock.
 */
#ifndef VUICC_TESTNET_BMSC_H
#define VUICC_TESTNET_BMSC_H

#include "http_msg.h"
#include "state.h"
#include "zn.h"

enum { SERVICES_MAX = 64 };

struct bmsc_settings {
	char fqdn[FQDN_MAX]; /* the NAF's name: realm, NAF_ID and IDi */
	char path[FQDN_MAX]; /* of the key management URI */
	char description[FQDN_MAX]; /* path of the security description */
	uint32_t offset_time, random_time_period; /* seconds, in the security description */
	bool uicc_key_management; /* required, says the security description */
	uint32_t muk_lifetime; /* seconds; the end of the bootstrapping run ends a MUK, too */
	uint16_t ue_port; /* where every UE listens for MIKEY, at its HTTP address */
};

/* A user service and the keys it is protected with. Services may share a Key Group. */
struct service {
	char id[KM_SERVICE_MAX];
	uint8_t domain[3];
	uint16_t group;
	bool streaming;
	uint16_t mtk_window; /* MTK IDs under one MSK */
	uint32_t ssrc; /* of the stream */
	bool everyone; /* no list of members */
	char (*member)[IMSI_MAX]; /* in ascending order */
	size_t n_members;
};

struct bmsc;

/*
 * settings, services and env are borrowed until bmsc_close(). max_ues: as many UEs as the BSF has subscribers. NULL when
 * memory is short.
 */
struct bmsc *bmsc_open(const struct bmsc_settings *settings, const struct service *services, size_t n, size_t max_ues,
		       struct zn zn, const struct net_env *env);

/*
 * What was known before this program began. A UE (false: no room), and of one that is there its registrations and MSKs;
 * MSKs of a group that there is no more are dropped.
 */
VU_MUST_USE bool bmsc_restore_ue(struct bmsc *b, const char *impi, const struct peer *peer, const struct ue_keys *keys);
void bmsc_restore_registration(struct bmsc *b, const char *impi, const char *service);
void bmsc_restore_revoked(struct bmsc *b, const char *impi, const char *service);
void bmsc_restore_held(struct bmsc *b, const char *impi, const struct mikey_key_id *msk);
void bmsc_restore_sent(struct bmsc *b, const char *impi, const struct sent_msk *sent);
void bmsc_restore_msk(struct bmsc *b, const struct msk *m, bool newest);
/* Rekeying goes on with this UE; it is the last thing that is restored. */
void bmsc_restore_rekey(struct bmsc *b, const uint8_t domain[3], uint16_t group, const struct rekey *rekey,
			const char *next_impi);

/* NULL is fine; wipes every key. */
void bmsc_close(struct bmsc *b);

/* One request on Ua. The datagrams that follow it are to be sent behind the answer. */
void bmsc_request(struct bmsc *b, const struct http_request *request, struct http_answer *answer,
		  const struct outbox *outbox, int64_t now);

/* A datagram from a UE: a verification message, or nothing we know. */
void bmsc_datagram(struct bmsc *b, const struct peer *from, struct span datagram, int64_t now);

/* Sends again what nobody has verified. Returns when it wants to be called next, in ms since 1970; -1 = no need. */
int64_t bmsc_timer(struct bmsc *b, const struct outbox *outbox, int64_t now);

/*
 * What an operator can ask for. `ue`: IMSI or IMPI. `group`: DOMAIN:GROUP in hexadecimal or a service's id. False with a
 * sentence in *ret_why when it cannot be done.
 */

/* What is to be pushed. */
struct bmsc_push {
	bool v; /* ask for a verification message */
	bool again; /* the current MSK under another interval of MTK IDs, seq_l < ID <= seq_u; else a new MSK */
	uint16_t seq_l, seq_u;
};

/*
 * A new MSK, Key Number + 1, to one UE; or the one it may have, with another interval (decision 20). The group goes on
 * with that interval, but never back to an MTK ID that was used.
 */
VU_MUST_USE bool bmsc_push(struct bmsc *b, const char *ue, const char *group, const struct bmsc_push *push,
			   const struct outbox *outbox, int64_t now, const char **ret_why);

/* Takes the current MSK from one UE: a delivery with SEQl above SEQu (decision 19). The group goes on. */
VU_MUST_USE bool bmsc_withdraw(struct bmsc *b, const char *ue, const char *group, bool v, const struct outbox *outbox,
			       int64_t now, const char **ret_why);

/* How a new MSK is brought to all UEs of a group. */
struct bmsc_pace {
	uint32_t per_second; /* no more than that; 0 = no limit */
	uint32_t spread; /* seconds that the UEs' turns are spread over at random; 0 = one after the other */
};

/*
 * A new MSK to every UE that is registered to a service of the group, at that pace; the timer does what is not done at
 * once. Who has no MUK alive gets a pull; with REKEY_PULL everyone does.
 */
VU_MUST_USE bool bmsc_rekey(struct bmsc *b, const char *group, enum rekey_way way, const struct bmsc_pace *pace,
			    const struct outbox *outbox, int64_t now, const char **ret_why);

/*
 * A solicited pull under the last MUK known, be its life over or not (decision 39). renew: because of a new MSK, which
 * is there from then on.
 */
VU_MUST_USE bool bmsc_pull(struct bmsc *b, const char *ue, const char *group, bool renew, const struct outbox *outbox,
			   int64_t now, const char **ret_why);

/* What kind of MTK message is to be sent. */
struct bmsc_mtk {
	bool download; /* no salt, empty map */
	const uint32_t *roc; /* the stream's roll-over counter from now on, in the maps; NULL: as it was, 0 at first */
};

/* The next MTK to every UE that is registered to a service of the group. */
VU_MUST_USE bool bmsc_mtk(struct bmsc *b, const char *group, const struct bmsc_mtk *mtk, const struct outbox *outbox,
			  int64_t now, const char **ret_why);

/* The UE's MUK is at the end of its life now. */
VU_MUST_USE bool bmsc_expire(struct bmsc *b, const char *ue, int64_t now, const char **ret_why);

/*
 * The UE is a member of its services no more (group NULL), or of those of one group, or of one service: its registrations
 * end, its MSKs are withdrawn (decision 19) when its MUK is alive, and what it asks for is answered with 403 (decision 35).
 * Every MSK that it may hold is withdrawn, where nothing else entitles it to the group. v: ask for verification.
 */
VU_MUST_USE bool bmsc_revoke(struct bmsc *b, const char *ue, const char *group, bool v, const struct outbox *outbox,
			     int64_t now, const char **ret_why);

/* The contrary: it may register again. */
VU_MUST_USE bool bmsc_admit(struct bmsc *b, const char *ue, const char *group, int64_t now, const char **ret_why);

/* The group's current MSK, and the last MTK ID under it. False: there is no such group, or no MSK of it yet. */
VU_MUST_USE bool bmsc_current_msk(struct bmsc *b, const char *group, struct mikey_key_id *ret);

/* What is to be listed; NULL and false: all. */
struct bmsc_filter {
	const char *ue;
	const char *group; /* those that are entitled to its MSKs, or have one, or were sent one */
	bool unverified; /* those that have been sent an MSK, and have not verified it */
};

/* A list under way; UEs that come meanwhile are not on it. */
struct bmsc_listing {
	size_t ue, end, group;
	const struct key_group *only; /* NULL = all */
	bool unverified;
};

VU_MUST_USE bool bmsc_list_begin(struct bmsc *b, struct bmsc_listing *ret, const struct bmsc_filter *filter,
				 const char **ret_why);

/* The next event: "ue" for each UE, then "key-group" for each group. False when there are no more. */
VU_MUST_USE bool bmsc_list_next(const struct bmsc *b, struct bmsc_listing *l, const struct log *to, int64_t now);

#endif
