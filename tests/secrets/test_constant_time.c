/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PINs, PUKs, tokens and MACs are compared in a time that tells nothing of them. Valgrind's memcheck is told that the
 * secret side of each comparison is not initialised: it then reports every branch and every address that depends on it.
 * The verdict of ct_eq() alone is made known again.
 *
 * Starts itself under valgrind; exits with 77 where there is none.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>

#include "card/uicc_int.h"
#include "tests/unit/card_fixture.h"

enum { SKIPPED = 77, PIN_CODE_AT = 5, FAILED = 1 };

static bool leaky; /* compare as one should not: the proof that this test can fail */
static bool in_mac; /* the HMAC that is computed now is a MAC, not a part of a key */
static unsigned compared;

bool __real_ct_eq(const void *a, const void *b, size_t n);
bool __wrap_ct_eq(const void *a, const void *b, size_t n);
void __real_aka_mac(struct prim *p, uint8_t *ret_mac, const struct aka_secret *s, const struct aka_keys *keys,
		    const uint8_t *rand, const struct aka_token *token, enum aka_mask mask);
void __wrap_aka_mac(struct prim *p, uint8_t *ret_mac, const struct aka_secret *s, const struct aka_keys *keys,
		    const uint8_t *rand, const struct aka_token *token, enum aka_mask mask);
bool __real_mikey_mac_ok(struct prim *p, const struct mikey_keys *k, const struct mikey *m);
bool __wrap_mikey_mac_ok(struct prim *p, const struct mikey_keys *k, const struct mikey *m);
void __real_prim_hmac_sha1(struct prim *p, uint8_t *out, struct span key, const struct span *parts, size_t n);
void __wrap_prim_hmac_sha1(struct prim *p, uint8_t *out, struct span key, const struct span *parts, size_t n);

/* Whether memcheck holds any of these octets for not initialised. */
static bool unknown(const void *p, size_t n)
{
	uint8_t bits[64] = { 0 };

	return n <= sizeof bits && VALGRIND_GET_VBITS(p, bits, n) == 1 && !span_all(span_of(bits, n), 0);
}

bool __wrap_ct_eq(const void *a, const void *b, size_t n)
{
	bool equal = leaky ? memcmp(a, b, n) == 0 : __real_ct_eq(a, b, n);

	compared += unknown(a, n) || unknown(b, n);
	VALGRIND_MAKE_MEM_DEFINED(&equal, sizeof equal);
	return equal;
}

void __wrap_aka_mac(struct prim *p, uint8_t *ret_mac, const struct aka_secret *s, const struct aka_keys *keys,
		    const uint8_t *rand, const struct aka_token *token, enum aka_mask mask)
{
	__real_aka_mac(p, ret_mac, s, keys, rand, token, mask);
	VALGRIND_MAKE_MEM_UNDEFINED(ret_mac, AKA_MAC_LEN);
}

bool __wrap_mikey_mac_ok(struct prim *p, const struct mikey_keys *k, const struct mikey *m)
{
	in_mac = true;
	bool ok = __real_mikey_mac_ok(p, k, m);
	in_mac = false;
	return ok;
}

void __wrap_prim_hmac_sha1(struct prim *p, uint8_t *out, struct span key, const struct span *parts, size_t n)
{
	__real_prim_hmac_sha1(p, out, key, parts, n);
	if (in_mac)
		VALGRIND_MAKE_MEM_UNDEFINED(out, SHA1_LEN);
}

static void expect(const char *what, sw_t got, sw_t wanted)
{
	if (got == wanted)
		return;
	fprintf(stderr, "%s: expected %04X, got %04X\n", what, wanted, got);
	_exit(FAILED);
}

static void hide_pin(struct card *c)
{
	struct span pin = nv_get(c->u->nv, OBJ(OBJ_PIN, PIN_APPL_1));

	VALGRIND_MAKE_MEM_UNDEFINED(pin.p + PIN_CODE_AT, 2 * PIN_LEN); /* the PUK stands behind it */
}

static void verify_pin(struct card *c)
{
	hide_pin(c);
	expect("a wrong PIN", card_hex(c, "0020000108 31323335ffffffff"), SW_TRIES | 2);
	hide_pin(c);
	expect("the PIN", card_hex(c, "0020000108 31323334ffffffff"), SW_OK);
	hide_pin(c);
	expect("a wrong PUK", card_hex(c, "002c000110 3030303030303031 31323334ffffffff"), SW_TRIES | 9);
	hide_pin(c);
	expect("the PUK", card_hex(c, "002c000110 3030303030303030 31323334ffffffff"), SW_OK);
}

/* The token of SUSPEND UICC stands in for every PIN that was verified. */
static void resume(struct card *c)
{
	uint8_t token[sizeof c->u->suspended.token];

	expect("SUSPEND UICC", card_hex(c, "8076000004 00010101 00"), SW_OK);
	memcpy(token, c->answer + 2, sizeof token);
	VALGRIND_MAKE_MEM_DEFINED(token, sizeof token);
	uicc_reset(c->u);
	VALGRIND_MAKE_MEM_UNDEFINED(c->u->suspended.token, sizeof token);
	expect("RESUME", card_command(c, 0x80, INS_SUSPEND_UICC, 0x01, 0x00, SPAN(token), 0), SW_OK);
}

/* The network's side uses aka_mac(), too: what it made is its own, and known. */
static sw_t authenticate(struct card *c, uint64_t sqn, bool wrong)
{
	struct auth_challenge a;
	uint8_t b[64];
	struct wr w = WR(b);

	fixture_challenge(c, &a, sqn, AKA_PLAIN);
	VALGRIND_MAKE_MEM_DEFINED(&a, sizeof a);
	a.autn[15] ^= wrong;
	auth_3g_put(&w, &a);
	return card_command(c, 0x00, INS_AUTHENTICATE, 0x00, AUTH_3G, wr_done(&w), 256);
}

static void session(void)
{
	static const struct span naf = { (const uint8_t *)FIXTURE_NAF, sizeof FIXTURE_NAF - 1 };
	struct card *c = card_new(&(struct card_options){ .pin1_enabled = true });
	struct auth_challenge a;
	struct key256 muk;
	uint8_t message[MIKEY_MESSAGE_MAX], b[64];
	struct wr w = WR(b);

	verify_pin(c);
	resume(c);
	expect("SELECT", card_select_usim(c), SW_OK);
	expect("AUTN with a wrong MAC", authenticate(c, 0x20, true), SW_AUTH_MAC);
	expect("AUTN", authenticate(c, 0x20, false), SW_OK);

	/* card_provision() with a challenge that is known. */
	fixture_challenge(c, &a, 0x40, AKA_GBA_U);
	VALGRIND_MAKE_MEM_DEFINED(&a, sizeof a);
	auth_bootstrap_put(&w, &a);
	expect("bootstrapping", card_command(c, 0x00, INS_AUTHENTICATE, 0x00, AUTH_GBA, wr_done(&w), 256), SW_OK);
	expect("B-TID", card_write_btid(c, FIXTURE_BTID), SW_OK);
	expect("NAF derivation", card_derive(c, naf), SW_OK);
	struct aka_keys keys;
	struct key256 ks;
	aka_f2345(c->prim, &keys, &fixture_secret, a.rand);
	gba_ks(&ks, &keys.ck, &keys.ik);
	gba_ks_int_naf(c->prim, &muk, &ks, SPAN(a.rand), span_str(FIXTURE_IMPI), naf);

	const struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);
	struct span good = msk_message(c, &d);
	memcpy(message, good.p, good.n);
	message[good.n - 1] ^= 1;
	expect("an MSK message with a wrong MAC", card_mbms(c, MBMS_MSK_UPDATE, span_of(message, good.n)), SW_AUTH_MAC);
	expect("an MSK message", card_deliver(c, &d), SW_OK);
	good = mtk_message(c, 1, 1, d.msk_octet, 1, 1);
	memcpy(message, good.p, good.n);
	message[good.n - 1] ^= 1;
	expect("an MTK message with a wrong MAC", card_mbms(c, MBMS_MTK_GENERATION, span_of(message, good.n)),
	       SW_AUTH_MAC);
	expect("an MTK message", card_mtk(c, 1, 1, d.msk_octet, 1, 1), SW_OK);
	card_free(c);
}

static int under_valgrind(void)
{
	session();
	unsigned honest = VALGRIND_COUNT_ERRORS, secrets = compared;
	leaky = true;
	session();
	unsigned planted = VALGRIND_COUNT_ERRORS - honest;

	printf("%u comparisons of a secret: %u reports; %u with a comparison that stops at the first difference\n",
	       secrets, honest, planted);
	return secrets >= 12 && honest == 0 && planted != 0 ? 0 : FAILED;
}

int main(int argc, char **argv)
{
	(void)argc;
	if (RUNNING_ON_VALGRIND)
		return under_valgrind();
	execlp("valgrind", "valgrind", "--quiet", argv[0], (char *)NULL);
	printf("skipped: there is no valgrind\n");
	return SKIPPED;
}

#else

int main(void)
{
	printf("skipped: valgrind/memcheck.h was not there when this was built\n");
	return 77;
}

#endif
