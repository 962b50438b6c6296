/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ME: what happens when a card comes, a user asks, a datagram arrives or a timer ends. It joins the pure steps of Ub
 * (gba.h), Ua (mbms.h) and MIKEY (mikey_rx.h) with a card (usim.h) and the key store; everything else of the world
 * (time, randomness, HTTP, UDP, files) is handed in. The MUK and the MSKs stay on the card: nothing here can open an MSK
 * message.
 */
#ifndef VUICC_AGENT_H
#define VUICC_AGENT_H

#include "../card/usim.h"
#include "../log.h"
#include "gba.h"
#include "keystore.h"
#include "mbms.h"
#include "mikey_rx.h"

enum {
	AGENT_JOBS_MAX = KM_ITEMS_MAX,
	AGENT_TRIES_MAX = 5, /* decision 61, as the next */
	AGENT_BACKOFF_MS = 1000, /* before the second try; doubled before each further one, and a random share added */
	AGENT_MISSED_MS = 10000, /* between two requests for the same MSK that only an unproven message spoke of */
	AGENT_ADDRESS_MAX = 64,
};

/* How a thing ended that was asked for. */
enum agent_end {
	AGENT_OK,
	AGENT_REFUSED, /* card or network said no: not asked again without being told */
	AGENT_FAILED, /* somebody answered something of no use: may be tried again */
	AGENT_UNREACHABLE, /* card, network or key store did not answer: may be tried again */
};

struct agent_env {
	int64_t (*now)(void *ctx); /* milliseconds since 1970 UTC */
	bool (*random)(void *ctx, uint8_t *out, size_t n); /* good enough for a cnonce */
	/* One HTTP exchange: 0 or -errno with why (HTTP_WHY_MAX octets). -ECANCELED: the program is to end. */
	int (*http)(void *ctx, const struct http_req *req, struct http_resp *resp, char *why);
	/* A verification message back to where the datagram being handled came from: 0 or -errno. */
	int (*reply)(void *ctx, struct span message);
	/* One line with an MTK for whoever plays the media: 0 or -errno. NULL = nobody wants it. */
	int (*mtk_out)(void *ctx, struct span line);
	void *ctx;
};

/* Something to ask the BM-SC for, at its time. */
struct agent_job {
	bool used;
	enum km_kind kind;
	struct km_item item;
	unsigned tries; /* made so far */
	int64_t due; /* milliseconds since 1970 */
};

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
	struct usim_identity id;
	char impi[GBA_NAME_MAX];
	char bsf_default[HTTP_URL_MAX];

	struct mikey_rx rx;
	struct agent_job job[AGENT_JOBS_MAX];
	struct agent_missed {
		struct mikey_key_id key;
		int64_t until;
	} missed[16];

	/* Room for one exchange at a time. */
	struct gba gba;
	struct mbms mbms;
	struct http_req req;
	struct http_resp resp;
};

/*
 * Everything is borrowed until agent_close(). bsf_url NULL = http://BSF of the IMSI/. NULL when memory is short or
 * bmsc_url is no URL (errno EINVAL).
 */
struct agent *agent_open(const struct agent_env *env, const struct log *log, struct usim *usim, struct keystore *store,
			 struct prim *prim, const char *bsf_url, const char *bmsc_url);

/* NULL is fine; wipes. */
void agent_close(struct agent *a);

/*
 * Looks who is in the reader, at the start and whenever something changed there. Another UICC than the last one wipes the
 * key store in the transaction that stores the new identity (decision 38).
 */
enum agent_end agent_card(struct agent *a);

/* Bootstraps anew, whatever keys there are. */
enum agent_end agent_bootstrap(struct agent *a);

/* Asks the BM-SC at once; bootstraps first when no valid keys are there. doc: kind and items. */
enum agent_end agent_ask(struct agent *a, const struct km_doc *doc);

/* Asks as soon as agent_tick() runs, and again as decision 61 allows. Twice the same is once. */
void agent_queue(struct agent *a, enum km_kind kind, const struct km_item *item);

/* A datagram of the MIKEY port. from: its source, for the events. */
void agent_datagram(struct agent *a, struct span octets, const char *from);

/* Does what is due. Returns milliseconds until the next thing is; -1 = nothing is waiting. */
int64_t agent_tick(struct agent *a);

/* One event line about the card, the bootstrapping, each registration and each MSK, or one that there is none of these. */
enum agent_end agent_status(struct agent *a);

/* Forgets everything, the UICC's identity included. */
enum agent_end agent_wipe(struct agent *a);

#endif
