/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BSF: Ub, HTTP Digest AKA (TS 24.109 clause 4, RFC 3310, decisions 33 and 59), and what Zn asks for.
 *
 *   GET without Authorization                400
 *   Authorization with a username            401, nonce = Base64(RAND ‖ AUTN), AUTN* for a GBA_U subscriber
 *   … with the response under RES            200, BootstrappingInfo, Authentication-Info with rspauth under XRES
 *   … with auts, response under ""           the AuC's SQN is set right, a new 401
 */
#ifndef VUICC_TESTNET_BSF_H
#define VUICC_TESTNET_BSF_H

#include "auc.h"
#include "http_msg.h"
#include "state.h"
#include "zn.h"

struct bsf_settings {
	char fqdn[FQDN_MAX];
	uint32_t lifetime; /* seconds that a bootstrapping run is good for */
};

struct bsf;

/*
 * settings, the subscribers and env are borrowed until bsf_close(); the subscribers' SQNs move on. NULL when memory is
 * short.
 */
struct bsf *bsf_open(const struct bsf_settings *settings, struct subscriber *subscribers, size_t n,
		     const struct net_env *env);

/* NULL is fine; wipes every Ks. */
void bsf_close(struct bsf *b);

/* One request on Ub. */
void bsf_request(struct bsf *b, const struct http_request *request, struct http_answer *answer, int64_t now);

/* Whether there is a subscriber with this IMPI. */
bool bsf_knows(const struct bsf *b, const char *impi);

/* The run of a subscriber from before this program began; one of a stranger is dropped. False when memory is short. */
VU_MUST_USE bool bsf_restore(struct bsf *b, const char *impi, const struct gba_run *run);

/* The BSF's end of Zn. */
struct zn bsf_zn(struct bsf *b);

#endif
