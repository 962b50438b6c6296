/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the agent share; for agent*.c alone. */
#ifndef VUICC_AGENT_INT_H
#define VUICC_AGENT_INT_H

#include "agent.h"

/* LOG() with the agent's clock. */
#define AGENT_LOG(a, event, ...) LOG((a)->log, (a)->env->now((a)->env->ctx), event, __VA_ARGS__)

enum { MSK_ID_TEXT = 9 };

/* One thing to be done over the network, from its beginning to its end. */
struct agent_errand {
	struct agent_errand *next;
	uint32_t id; /* 0: the agent's own jobs */
	struct km_doc *doc; /* what to ask for, as long as its items; NULL = to bootstrap */
};

/* The state of the errand under way: only a busy agent has it. */
struct agent_work {
	bool at_bsf; /* whose answer is awaited */
	bool asking; /* mbms has begun */
	struct key256 ks; /* GBA_ME: what the challenge that is out would make */
	struct gba gba;
	struct mbms mbms;
};

/* --- agent.c --- */

/* "00010002" */
char *agent_msk_id(char text[static MSK_ID_TEXT], const struct mikey_key_id *key);

/* 32 hexadecimal digits nobody can guess. False when the system gives no randomness; an error is logged. */
bool agent_cnonce(struct agent *a, char out[static 33]);

/* Logs an error and returns end. */
enum agent_end agent_error(struct agent *a, enum agent_end end, const char *what);

/* An error of the key store, logged. */
enum agent_end agent_store_failed(struct agent *a);

/* --- agent_card.c --- */

/*
 * After a failed call to the card: logs `rejected` with the status word, or `error` when there was none, and marks the
 * card as gone when it is. what: the reason in words, NULL = the card's.
 */
enum agent_end agent_card_failed(struct agent *a, int rc, const char *what);

/*
 * The store belongs to the card in use still, or again: `wipe`, or another ME with another card, may have been at it.
 * Without this its rows would have no owner, and outlive the UICC (TS 33.246 clause 6.1).
 */
enum agent_end agent_keep_store(struct agent *a);

/* --- agent_errand.c --- */

/* Queues an errand; 0 = the agent's own jobs. doc NULL = to bootstrap. False when memory is short. */
bool agent_errand_add(struct agent *a, uint32_t id, const struct km_doc *doc);

/* Begins the first errand when none is under way, and goes on with the next when it ends at once. */
void agent_errand_run(struct agent *a);

/* Gives up the errand under way, or all of them, because of the card: what is out is abandoned. */
void agent_errand_abort(struct agent *a, const char *why);
void agent_errand_abort_all(struct agent *a, const char *why);

/* Sends env->req: AGENT_OUT, or how it failed. */
enum agent_end agent_send(struct agent *a);

/* --- agent_ub.c, agent_ua.c: the steps of an errand; AGENT_OUT while an exchange is out --- */

enum agent_end agent_ub_begin(struct agent *a);
enum agent_end agent_ub_response(struct agent *a, const struct http_resp *resp);
enum agent_end agent_ua_begin(struct agent *a);
enum agent_end agent_ua_response(struct agent *a, const struct http_resp *resp);
/* There is a new bootstrapping: its keys for the request that waited for them. */
enum agent_end agent_ua_bootstrapped(struct agent *a);

/* --- agent_keys.c: what depends on where the keys are, on the UICC or in the ME (TS 33.246 clause 6.1) --- */

bool agent_keys_in_me(const struct agent *a);

/* The challenge of work->gba to the card. 0 or -errno of usim.h. */
int agent_keys_challenge(struct agent *a, struct usim_aka *ret);

/* What it may mean that the card finds the MAC of a challenge wrong. */
const char *agent_keys_disbelief(const struct agent *a);

/* The BSF has taken the card's answer: B-TID and lifetime to the card, and Ks to where it belongs. */
enum agent_end agent_keys_bootstrapped(struct agent *a, const struct keystore_gba *gba);

/* The bootstrapping in force is that of the key store. */
enum agent_end agent_keys_recall(struct agent *a);

/* Drops the bootstrapping and what was derived from it when its time is over (TS 33.220); the MUKs of the ME stay. */
void agent_keys_expire(struct agent *a);

/* The MRK of the BM-SC, and in the ME its MUK, from the bootstrapping in force. *ret_no_ks: there is nothing to derive from. */
enum agent_end agent_keys_derive(struct agent *a, const struct keystore_gba *gba, struct key256 *ret_mrk,
				 bool *ret_no_ks);

/*
 * MIKEY messages to where the keys are. 0 or -errno of usim.h or me_keys.h. *ret_verdict: what the message was; a UICC does not tell, so it is MGV_STORED or MGV_PULL.
 */
int agent_keys_msk(struct agent *a, struct span octets, const struct mikey *m, struct wr *ack,
		   enum mgv_verdict *ret_verdict);
int agent_keys_mtk(struct agent *a, struct span octets, const struct mikey *m, struct usim_mtk *ret);

/* Last of all, when nobody waits any more: what the card took goes into the key store, for people and media. */
void agent_keys_note(struct agent *a, const struct mikey *m);

/* --- agent_notes.c: MSKs on the card of which the key store could not be told --- */

/* To the key store or, when that fails, to those that wait for it. 0 or -errno of the key store. */
int agent_notes_put(struct agent *a, const struct keystore_msk *msk);
/* Tries once more with all of them. */
void agent_notes_store(struct agent *a);
/* When that is to be done, milliseconds since 1970; INT64_MAX = none waits. */
int64_t agent_notes_due(const struct agent *a);
/* Appends the SP payloads of an MSK that waits. False when it does not. */
bool agent_notes_sp(const struct agent *a, const struct mikey_key_id *key, struct wr *out);
void agent_notes_forget(struct agent *a);

/* --- agent_media.c --- */

/* An MTK that the message m brought, to whoever wants it, with the policy of its MSK. */
void agent_hand_out(struct agent *a, const struct mikey *m, const struct usim_mtk *mtk);

/* Somebody spoke of an MSK that is not there: it is asked for when others of its group are or were (TS 33.246 6.3.2.2.3). */
void agent_missed_update(struct agent *a, const struct mikey_key_id *key);
/* The BM-SC has promised this MSK: should its message be lost, an MTK of the group is reason to ask again. */
void agent_granted(struct agent *a, const struct mikey_key_id *key);
/* Whether that was not long ago: until then messages under it are not taken to the card. */
bool agent_missed_lately(struct agent *a, const struct mikey_key_id *key);
/* That one and all others are to be over so many milliseconds earlier. */
void agent_missed_bring_forward(struct agent *a, int64_t ms);
/* An MSK has come, maybe one that was missed. */
void agent_found(struct agent *a, const struct mikey_key_id *key);

/* --- agent_service.c --- */

/* What the code of an item means. */
const char *agent_code_text(int code);
/* An errand is over: leaves the services whose MSKs are refused and that no other MSK serves (TS 33.246 6.3.2.2). */
void agent_service_refused(struct agent *a, const struct km_doc *doc, enum agent_end end);
/* The same of one MSK. */
void agent_service_no_key(struct agent *a, const struct mikey_key_id *key, const char *reason);
/* The card says that nothing is left in the interval of an MSK; and an MSK has come. */
void agent_service_spent(struct agent *a, const struct mikey_key_id *key);
void agent_service_renewed(struct agent *a, const struct mikey_key_id *key);

/* --- agent_jobs.c --- */

/* agent_queue() for what the network makes us ask for: not before the back-off. */
void agent_queue_later(struct agent *a, enum km_kind kind, const struct km_item *item);

/* The store is this card's: what waits in it is taken up, and what waits here goes into it. */
void agent_jobs_adopt(struct agent *a);

/* Makes an errand of what is due, when there is no errand. */
void agent_jobs_run(struct agent *a);
/* The errand of these jobs is over. */
void agent_jobs_over(struct agent *a, const struct km_doc *doc, enum agent_end end);
/* An MSK of this group has come. */
void agent_jobs_msk(struct agent *a, const struct mikey_key_id *key);
/* When the next job is due, milliseconds since 1970; INT64_MAX = none waits. */
int64_t agent_jobs_due(const struct agent *a);
/* All of them are due so many milliseconds earlier. */
void agent_jobs_bring_forward(struct agent *a, int64_t ms);
void agent_jobs_forget(struct agent *a);

#endif
