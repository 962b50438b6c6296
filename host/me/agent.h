/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ME: what happens when a card comes, a user asks, a datagram or a response arrives or a timer ends. It joins the pure
 * steps of Ub (gba.h), Ua (mbms.h) and MIKEY (mikey_rx.h) with a card (usim.h) and the key store; everything else of the
 * world (time, randomness, HTTP, UDP, files) is handed in. Where the card does GBA_U and MBMS the MUK and the MSKs stay on
 * it, and nothing here can open an MSK message; else the ME keeps them (agent_keys.c).
 *
 * Nothing in here waits but for the card. A request is given to the rim, and its response comes as an event; one is out at
 * a time. Whoever runs an agent calls agent_tick() after every event and whenever it asked to be called.
 */
#ifndef VUICC_AGENT_H
#define VUICC_AGENT_H

#include "../card/usim.h"
#include "../log.h"
#include "../media/mtk_record.h"
#include "fold.h"
#include "gba.h"
#include "guard.h"
#include "keystore.h"
#include "mbms.h"
#include "mikey_rx.h"

enum {
	AGENT_JOBS_MAX = KM_ITEMS_MAX,
	AGENT_ERRANDS_MAX = 16, /* that wait */
	AGENT_TRIES_MAX = 5, /* decision 61, as the next */
	AGENT_BACKOFF_MS = 1000, /* before the second try; doubled before each further one, and a random share added */
	AGENT_JOB_LATEST_MS = 3600000, /* no request found in the key store waits longer */
	AGENT_MSK_MS = 10000, /* an MSK that the BM-SC has granted is there by then, or asked for again */
	AGENT_MISSED_MS = 10000, /* between two requests for the same MSK that only an unproven message spoke of */
	AGENT_GRANTED_MAX = 16,
	AGENT_NOTES_MAX = 16, /* MSKs that the key store could not take */
	AGENT_NOTE_MS = 10000, /* before it is tried with them again */
	AGENT_CARD_MS = 5000, /* before a card is tried again that could not be taken: the disk was full */
	AGENT_BUSY_MS = 100, /* before a message is taken again to a card that was busy */
	AGENT_BUSY_MAX = 300, /* times in a row; then the message is lost */
	AGENT_ADDRESS_MAX = 64,
	AGENT_PEER_MAX = 32,
	AGENT_WHY_MAX = 384,
};

/* How a thing ended that was asked for. */
enum agent_end {
	AGENT_OK,
	AGENT_REFUSED, /* card or network said no: not asked again without being told */
	AGENT_FAILED, /* somebody answered something of no use: may be tried again */
	AGENT_UNREACHABLE, /* card, network or key store did not answer: may be tried again */
	AGENT_OUT, /* not ended: an exchange is out. Inside the agent only */
};

/* Who sent a datagram. */
struct agent_peer {
	uint8_t octets[AGENT_PEER_MAX]; /* in the rim's own form: a socket address */
	size_t n;
	uint64_t host; /* tells hosts apart, whatever their ports; not 0 */
	char text[AGENT_ADDRESS_MAX]; /* for the events */
};

enum agent_taken {
	AGENT_TAKEN, /* dealt with, whatever came of it */
	AGENT_LATER, /* the card is busy: to be brought again when agent_tick() asks to be called */
};

struct agent_env {
	int64_t (*now)(void *ctx); /* milliseconds since 1970 UTC */
	bool (*random)(void *ctx, uint8_t *out, size_t n); /* good enough for a cnonce */
	/* Room to make one request in. The agent keeps nothing there between two calls: agents of a thread may share it. */
	struct http_req *req;
	/* Sends a copy of req: 0 or -errno. Its end comes by agent_http_done(), never from within this call. */
	int (*http_start)(void *ctx, const struct http_req *req);
	/* What is out is of no interest any more: agent_http_done() will not come for it. */
	void (*http_abandon)(void *ctx);
	/* A verification message: 0 or -errno. */
	int (*reply)(void *ctx, const struct agent_peer *to, struct span message);
	/* An MTK for whoever plays the media: 0 or -errno. It is not kept here. NULL = nobody wants it. */
	int (*mtk)(void *ctx, const struct mtk_record *mtk);
	/* Another UICC is in: datagrams that wait in the rim are not for it. NULL = none ever wait. */
	void (*flush)(void *ctx);
	/* An errand is over that agent_ask() or agent_bootstrap() was given. why: "" when it went well. NULL = untold. */
	void (*ended)(void *ctx, uint32_t errand, enum agent_end end, const char *why);
	void *ctx;
};

/* A user service and the Key Group that protects it. */
struct agent_service {
	char id[KM_SERVICE_MAX];
	uint8_t domain[3];
	uint16_t group;
};

/* What a security description or an option says (TS 26.346 11.3). */
struct agent_config {
	/* Milliseconds: what a pull or a missed key makes us ask for is asked for after offset and a random part of spread. */
	uint32_t offset, spread;
	bool uicc; /* key management on the UICC is required: without it this is an error, said for each card */
	const struct agent_service *service; /* borrowed */
	size_t n_services;
};

struct agent_job;
struct agent_errand;
struct agent_work;

struct agent {
	const struct agent_env *env;
	const struct log *log;
	struct usim *usim;
	struct keystore *store;
	struct prim *prim;
	const char *bsf_url; /* NULL = from the IMSI */
	const char *bmsc_url;
	char naf_fqdn[HTTP_HOST_MAX];

	bool card; /* there is one, and id is who it is */
	bool had_card; /* since this program began */
	bool told_gone; /* that there is none has been logged */
	bool stay; /* GBA keys in the store may be of a stay of the UICC whose end it was not told of */
	bool out; /* an exchange */
	int64_t again_at; /* a card is there that could not be taken: when it is tried again. 0 = none is */
	struct usim_identity id;
	struct keystore_identity owner; /* of what is in memory: the last card that was taken */
	char btid[GBA_BTID_MAX]; /* of the bootstrapping in force, "" = none */
	char impi[GBA_NAME_MAX];
	char bsf_default[HTTP_URL_MAX];

	struct mikey_rx rx;
	struct guard guard;
	struct mikey_key_id
		granted[AGENT_GRANTED_MAX]; /* groups that the BM-SC promised an MSK of, the oldest overwritten */
	unsigned n_granted; /* ever */
	struct fold fold; /* of rejections in front of the card */
	struct agent_missed {
		struct mikey_key_id key;
		int64_t until;
	} missed[16];
	int64_t gba_until; /* end of the bootstrapping in force, milliseconds since 1970; 0 = none, or over */
	int64_t ticked; /* when agent_tick() ran last */
	int64_t busy_until; /* the card was busy: nothing is taken to it before */
	unsigned busy; /* times in a row */
	unsigned n_spent; /* ever */
	struct mikey_key_id spent[4]; /* MSKs on the card with nothing left in their interval */

	struct agent_job *jobs; /* what the agent itself has to ask for, each at its time */
	struct agent_note *notes; /* what the key store could not take */
	int64_t notes_due; /* when it is tried again, milliseconds since 1970 */
	struct agent_errand *errands; /* what is to be asked for now, the first being under way when there is work */
	struct agent_work *work;
	struct agent_config config;
	uint32_t last_errand;
	struct mbms_nonce nonce; /* of the BM-SC */
	char why[AGENT_WHY_MAX]; /* the last error of the errand under way */
};

/*
 * Everything is borrowed until agent_close(). bsf_url NULL = http://BSF of the IMSI/. NULL when memory is short or
 * bmsc_url is no URL (errno EINVAL).
 */
struct agent *agent_open(const struct agent_env *env, const struct log *log, struct usim *usim, struct keystore *store,
			 struct prim *prim, const char *bsf_url, const char *bmsc_url);

/* Without it nothing is known of services, and nothing waits. */
void agent_configure(struct agent *a, const struct agent_config *config);

/* NULL is fine; wipes. */
void agent_close(struct agent *a);

/*
 * Looks who is in the reader, at the start and whenever something changed there. Another UICC than the last one wipes the
 * key store in the transaction that stores the new identity (decision 38).
 */
enum agent_end agent_card(struct agent *a);

/*
 * Errands, begun by agent_tick() one after the other: bootstrapping anew, whatever keys there are; asking the BM-SC, after a
 * bootstrapping when no valid keys are there. doc: kind and at least one item; copied. Their number for ended(), or 0 when
 * there are too many or memory is short.
 */
uint32_t agent_bootstrap(struct agent *a);
uint32_t agent_ask(struct agent *a, const struct km_doc *doc);

/* Asks as soon as agent_tick() runs, and again as decision 61 allows. Twice the same is once. */
void agent_queue(struct agent *a, enum km_kind kind, const struct km_item *item);

/* Whether the exchange that is out is one with the BSF. */
bool agent_at_bsf(const struct agent *a);

/* The end of the exchange that is out. rc 0: resp is the response. -errno: why says what happened. */
void agent_http_done(struct agent *a, int rc, const struct http_resp *resp, const char *why);

/*
 * A datagram of the MIKEY port has come: whether it is worth to be taken to the card, judged by what costs nothing
 * (structure, counters, what its sender has sent before). If it is, agent_datagram() is to be called with it in its turn.
 * May be called while any other function of the agent runs a command of the card.
 */
bool agent_wants(struct agent *a, struct span octets, const struct agent_peer *from);

/* Datagrams that were wanted, but for which the rim has no room. */
void agent_lost(struct agent *a, unsigned n);

/* A datagram to the card. */
enum agent_taken agent_datagram(struct agent *a, struct span octets, const struct agent_peer *from);

/*
 * A packet names an MTK of this MSK, and the MTK is not there. An MSK that is held is waited for; one that is not is asked
 * for, when others of its group are held or were promised. domain: 3 octets, NULL = the packet does not say. Nothing of it
 * is proven.
 */
void agent_missing_key(struct agent *a, const uint8_t *domain, uint16_t group, uint16_t number);

/* Does what is due. Returns milliseconds until the next thing is; -1 = nothing is waiting. */
int64_t agent_tick(struct agent *a);

/*
 * The ME is switched off: with or without keeping what TS 33.246 clause 6.1 lets it keep (keystore_power_down()).
 * Nothing but agent_close() may follow.
 */
enum agent_end agent_power_down(struct agent *a, bool keep);

/*
 * What is in the key store: an event for the card, the bootstrapping, each MUK of the ME, registration, MSK and request that
 * waits, or one that there is nothing; as a table when events are lines for people.
 */
enum agent_end agent_status(struct agent *a);

/* Forgets everything, the UICC's identity included. */
enum agent_end agent_wipe(struct agent *a);

#endif
