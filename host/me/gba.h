/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bootstrapping over Ub as pure steps: TS 33.220 clause 4.4, TS 24.109 clause 4, RFC 3310.
 *
 *   gba_start ── GET, username only ──▶ BSF          gba_response: 401, RAND ‖ AUTN* ──▶ GBA_CARD
 *   gba_card_answer: RES ── GET, digest ──▶ BSF      gba_response: 200, rspauth ──▶ GBA_DONE
 *   gba_card_answer: AUTS ── GET, auts ──▶ BSF       gba_response: 401 ──▶ GBA_CARD, once more
 *
 * Nothing here waits, asks for the time or draws a random number.
 */
#ifndef VUICC_GBA_H
#define VUICC_GBA_H

#include "../../apdu/auth.h"
#include "../http/digest.h"
#include "../http/http.h"
#include "../xml.h"

enum { GBA_NAME_MAX = 128, GBA_WHY_MAX = 384, GBA_CNONCE_MAX = 33 };

enum gba_next {
	GBA_SEND, /* the request is ready: send it, then gba_response() */
	GBA_CARD, /* gba->challenge goes to the card, then gba_card_answer() */
	GBA_DONE, /* gba->info holds B-TID and lifetime */
	GBA_FAIL, /* gba->why says why */
};

struct gba {
	struct prim *prim; /* borrowed */
	bool gba_u;
	char impi[GBA_NAME_MAX];
	char url[HTTP_URL_MAX];
	struct http_url target;
	char cnonce[GBA_CNONCE_MAX];

	enum { GBA_WANTS_CHALLENGE, GBA_WANTS_CARD, GBA_WANTS_RESULT, GBA_OVER } state;
	struct digest digest; /* of the request that is out */
	uint8_t res[32]; /* password of the request that is out */
	size_t res_len;
	bool resynchronised; /* AUTS has been sent */
	unsigned challenges;

	struct auth_challenge challenge;
	struct gba_info info;
	bool refused; /* GBA_FAIL: the network or the card said no; trying again at once is of no use */
	char why[GBA_WHY_MAX];
};
SECRET_STRUCT(gba)

/*
 * IMPI and BSF of an IMSI, TS 23.003 clauses 13.3 and 16.2: the MNC always has three digits there. False when a name does
 * not fit or the IMSI is too short.
 */
VU_MUST_USE bool gba_impi(char out[static GBA_NAME_MAX], const char *imsi, unsigned mnc_len);
VU_MUST_USE bool gba_bsf_fqdn(char out[static GBA_NAME_MAX], const char *imsi, unsigned mnc_len);

/*
 * Begins. gba_u: Ks will be on the UICC, which the BSF is told in User-Agent (TS 24.109). cnonce: hexadecimal text nobody can guess, new for every run. *req is the first request unless GBA_FAIL (a URL
 * that is none).
 */
enum gba_next gba_start(struct gba *g, struct prim *prim, bool gba_u, const char *impi, const char *url,
			const char *cnonce, struct http_req *req);

/* The answer to the request that is out. now: seconds since 1970, for a lifetime that is over already. */
enum gba_next gba_response(struct gba *g, const struct http_resp *resp, int64_t now, struct http_req *req);

/* What the card says to the challenge. res: RES, or empty when auts holds 14 octets. */
enum gba_next gba_card_answer(struct gba *g, struct span res, struct span auts, struct http_req *req);

#endif
