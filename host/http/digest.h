/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP Digest as GBA uses it: MD5 (RFC 2617, 7616) on Ua, AKAv1-MD5 (RFC 3310) on Ub, qop auth and auth-int. Pure text
 * in, text out; the same code serves the ME and the test network, so its tests use values computed elsewhere.
 */
#ifndef VUICC_DIGEST_H
#define VUICC_DIGEST_H

#include "../../card/crypto/prim.h"

enum digest_algorithm { DIGEST_MD5, DIGEST_AKAV1_MD5, DIGEST_ALGORITHM_UNKNOWN };
/* Bits: a challenge may offer both. */
enum { DIGEST_QOP_NONE = 0, DIGEST_QOP_AUTH = 1, DIGEST_QOP_AUTH_INT = 2 };

enum { DIGEST_TEXT_MAX = 320, DIGEST_HEX_MAX = 33 };

/*
 * The fields of WWW-Authenticate, Authorization and Authentication-Info in one struct; "" and 0 = absent. Quoted pairs
 * are resolved on parsing and made again on writing.
 */
struct digest {
	char username[DIGEST_TEXT_MAX];
	char realm[DIGEST_TEXT_MAX];
	char nonce[DIGEST_TEXT_MAX];
	char uri[DIGEST_TEXT_MAX];
	char opaque[DIGEST_TEXT_MAX];
	char cnonce[DIGEST_TEXT_MAX];
	char nextnonce[DIGEST_TEXT_MAX];
	char auts[DIGEST_HEX_MAX]; /* Base64 of 14 octets */
	char response[DIGEST_HEX_MAX];
	char rspauth[DIGEST_HEX_MAX];
	uint32_t nc; /* nonce count; 0 = absent */
	unsigned qop;
	enum digest_algorithm algorithm;
	bool stale;
};

/*
 * Parses a header's value (behind "WWW-Authenticate: Digest ", the scheme itself in any case included when present).
 * Unknown fields are skipped; a field twice, a field too long, bad quoting or a NUL makes it false, *ret_why (a static
 * sentence) says what.
 */
VU_MUST_USE bool digest_parse(struct digest *d, struct span value, const char **ret_why);

/*
 * A header's value field by field, for who shows one that digest_parse() may refuse. digest_begin() reads the scheme of a
 * value when it has one. digest_next() reads a field: its name is borrowed, its value is appended, quoted pairs resolved.
 * False at the end (*ret_why is NULL then), or where nothing more can be told apart.
 */
struct rd digest_begin(struct span value);
VU_MUST_USE bool digest_next(struct rd *r, struct span *ret_name, struct wr *value, const char **ret_why);

/* "Digest realm=…, nonce=…, algorithm=…, qop=\"…\" [, opaque] [, stale=true]" */
void digest_put_challenge(struct wr *out, const struct digest *d);
/* "Digest username=…, realm, nonce, uri, qop, nc, cnonce, response, [opaque], algorithm, [auts]" */
void digest_put_authorization(struct wr *out, const struct digest *d);
/* "qop=…, rspauth=…, cnonce=…, nc=… [, nextnonce]" */
void digest_put_info(struct wr *out, const struct digest *d);

/*
 * The request-digest of RFC 2617 3.2.2 over d (username, realm, nonce, uri, nc, cnonce, qop: exactly one bit or none) as
 * 32 digits and NUL. password: raw octets, may contain 00. method: "GET", …; NULL for rspauth (3.2.3). body: hashed when
 * qop is auth-int.
 */
void digest_response(struct prim *p, char ret[static DIGEST_HEX_MAX], const struct digest *d, struct span password,
		     const char *method, struct span body);

/*
 * The same in two steps, for who answers for one password more than once: H(A1) of username, realm and password as text,
 * which is as good as the password and to be wiped like it; and the rest.
 */
struct digest_a1 {
	char text[DIGEST_HEX_MAX];
};
SECRET_STRUCT(digest_a1)
#define _secret_digest_a1_ __attribute__((cleanup(digest_a1_wipe)))

void digest_a1(struct prim *p, struct digest_a1 *ret, const struct digest *d, struct span password);
void digest_response_a1(struct prim *p, char ret[static DIGEST_HEX_MAX], const struct digest *d,
			const struct digest_a1 *a1, const char *method, struct span body);

#endif
