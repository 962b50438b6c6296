/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key management towards the BM-SC over Ua as pure steps: registration, deregistration, MSK request (TS 33.246 clause
 * 6.3.2), each one POST under HTTP Digest keyed with the MRK (decisions 32 to 35).
 *
 * What a 401 means is settled by decision 58: without Authorization in the request it is the challenge; with stale=true
 * the nonce is too old, the B-TID is good; anything else asks for a new bootstrapping, which is done at most twice.
 */
#ifndef VUICC_MBMS_H
#define VUICC_MBMS_H

#include "../../card/crypto/secret.h"
#include "../http/digest.h"
#include "../http/http.h"
#include "../xml.h"

enum { MBMS_WHY_MAX = 384, MBMS_CNONCE_MAX = 33, MBMS_NAF_ID_MAX = HTTP_HOST_MAX + 5 };

enum mbms_next {
	MBMS_SEND, /* the request is ready: send it, then mbms_response() */
	MBMS_BOOTSTRAP, /* bootstrap anew, then mbms_credentials() */
	MBMS_DONE, /* every item of the request has its code */
	MBMS_FAIL, /* mbms->why says why */
};

/* What is known of the BM-SC's challenges from one request to the next; nonce "" = nothing. */
struct mbms_nonce {
	char realm[DIGEST_TEXT_MAX], nonce[DIGEST_TEXT_MAX], opaque[DIGEST_TEXT_MAX];
	uint32_t nc; /* how often it was used */
};

struct mbms {
	struct prim *prim; /* borrowed */
	struct km_doc *request; /* what is asked for; borrowed */
	char url[HTTP_URL_MAX]; /* with requesttype */
	struct http_url target;
	char cnonce[MBMS_CNONCE_MAX];
	char btid[GBA_BTID_MAX];
	struct key256 mrk;

	enum { MBMS_WANTS_CHALLENGE, MBMS_WANTS_CREDENTIALS, MBMS_WANTS_RESULT, MBMS_OVER } state;
	struct digest digest; /* of the request that is out */
	unsigned bootstraps, stales;
	char nextnonce[DIGEST_TEXT_MAX]; /* of the last answer, "" = none */

	int status; /* HTTP status of a failure, 0 = none came */
	bool refused; /* MBMS_FAIL: the BM-SC said no; trying again by itself is of no use (decision 61) */
	char why[MBMS_WHY_MAX];
};
SECRET_STRUCT(mbms)

/* Whether two items name the same service or the same MSK; their codes do not count. */
bool mbms_same_item(const struct km_item *a, const struct km_item *b);

/* NAF_ID of a BM-SC for MBMS: FQDN ‖ 01 00 00 00 01. Empty when it does not fit. */
struct span mbms_naf_id(uint8_t buf[static MBMS_NAF_ID_MAX], const char *fqdn);

/*
 * Begins. request->kind and items are what to ask for, borrowed until DONE or FAIL; url: key management of the BM-SC, its
 * host the NAF's FQDN; cnonce: hexadecimal text nobody can guess. mrk: of btid. nonce: of an earlier request, or one that
 * knows nothing; with it the first request is authorized already and needs no challenge. *req is the first request.
 */
enum mbms_next mbms_start(struct mbms *m, struct prim *prim, struct km_doc *request, const char *url, const char *btid,
			  const struct key256 *mrk, const char *cnonce, const struct mbms_nonce *nonce,
			  struct http_req *req);

enum mbms_next mbms_response(struct mbms *m, const struct http_resp *resp, struct http_req *req);

/* The nonce for the next request, at any time; what is known stays when there is no better. */
void mbms_keep_nonce(const struct mbms *m, struct mbms_nonce *nonce);

/* After MBMS_BOOTSTRAP: the new B-TID and its MRK. */
enum mbms_next mbms_credentials(struct mbms *m, const char *btid, const struct key256 *mrk, struct http_req *req);

#endif
