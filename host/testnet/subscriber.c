/* SPDX-License-Identifier: Apache-2.0 */
#include "subscriber.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../apdu/hex.h"

enum { MCC_DIGITS = 3, ROOM_AT_FIRST = 16 };

/* An entry on its way in. */
struct entry {
	const struct raw_subscriber *raw;
	const struct complain *complain;
	struct subscriber_range *range;
};

__attribute__((format(printf, 3, 4))) static bool fail(const struct entry *e, const char *key, const char *format, ...)
{
	char what[SUBSCRIBER_WHY_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	e->complain->say(e->complain->ctx, key, what);
	return false;
}

static bool missing(const struct entry *e, const char *key)
{
	return fail(e, key, "expected the key here, got none");
}

/* A whole number without sign from least to most. */
static bool read_count(const struct entry *e, const char *key, const char *text, uint32_t least, uint32_t most,
		       uint32_t *ret)
{
	size_t n = strspn(text, "0123456789");
	unsigned long v = n == 0 || n > 9 ? 0 : strtoul(text, NULL, 10);

	if (n == 0 || n > 9 || text[n] != '\0' || v < least || v > most)
		return fail(e, key, "expected %u to %u, got %.40s", least, most, text);
	*ret = (uint32_t)v;
	return true;
}

/* Exactly n octets of hexadecimal digits. The value is not repeated in the message: it may be a key. */
static bool read_hex(const struct entry *e, const char *key, const char *text, uint8_t *ret, size_t n)
{
	struct wr w = wr_of(ret, n);

	if (text == NULL)
		return missing(e, key);
	if (strlen(text) == 2 * n && hex_parse(&w, span_str(text)) && w.n == n)
		return true;
	return fail(e, key, "expected %zu hexadecimal digits, got something else (%zu characters)", 2 * n,
		    strlen(text));
}

static bool read_bool(const struct entry *e, const char *key, const char *text, bool *ret)
{
	if (text == NULL)
		return missing(e, key);
	*ret = strcmp(text, "true") == 0;
	return *ret || strcmp(text, "false") == 0 || fail(e, key, "expected true or false, got \"%.40s\"", text);
}

/* The last of `count` IMSIs is of the same PLMN, and has as many digits. */
static bool fits(const char *imsi, unsigned mnc_length, uint32_t count)
{
	const char *msin = imsi + MCC_DIGITS + mnc_length;
	uint64_t end = 1;

	for (const char *digit = msin; *digit != '\0'; digit++)
		end *= 10;
	return strtoull(msin, NULL, 10) + (count - 1) < end;
}

static bool read_imsi(const struct entry *e)
{
	const struct raw_subscriber *raw = e->raw;
	struct subscriber_range *r = e->range;
	struct wr imsi = WR(r->first.imsi);
	uint32_t mnc_length = 0;

	if (raw->imsi == NULL)
		return missing(e, "imsi");
	if (!auc_is_imsi(raw->imsi))
		return fail(e, "imsi", "expected %d to %d digits, got \"%.40s\"", IMSI_DIGITS_LEAST, IMSI_DIGITS,
			    raw->imsi);
	if (raw->mnc_length == NULL)
		return missing(e, "mnc_length");
	if (!read_count(e, "mnc_length", raw->mnc_length, 2, 3, &mnc_length))
		return false;
	r->mnc_length = mnc_length;
	r->count = 1;
	if (raw->count != NULL && !read_count(e, "count", raw->count, 1, SUBSCRIBERS_MAX, &r->count))
		return false;
	if (!fits(raw->imsi, r->mnc_length, r->count))
		return fail(e, "count", "expected IMSIs of one PLMN, got %u from %s", r->count, raw->imsi);
	wr_str(&imsi, raw->imsi);
	return (wr_cstr(&imsi) && auc_impi(r->first.impi, r->first.imsi, r->mnc_length)) ||
	       fail(e, "imsi", "the IMPI does not fit");
}

/* OP is the operator's, OPc what a USIM holds. */
static bool read_op(const struct entry *e, struct aka_secret *s)
{
	if (!read_hex(e, "op", e->raw->op, s->opc.b, sizeof s->opc.b))
		return false;
	struct prim *prim = prim_open();
	if (prim != NULL)
		aka_opc_from_op(prim, s);
	bool ok = prim != NULL && prim_ok(prim);
	prim_close(prim);
	return ok || fail(e, "op", "no OPc can be made of it: the crypto library fails");
}

static bool read_milenage(const struct entry *e, struct aka_secret *s)
{
	const struct raw_subscriber *raw = e->raw;

	if (raw->topc != NULL)
		return fail(e, "topc", "expected opc with this algorithm, got topc");
	if (raw->op != NULL && raw->opc != NULL)
		return fail(e, "op", "expected opc or op, got both");
	if (!read_hex(e, "k", raw->k, s->k.b, sizeof s->k.b))
		return false;
	return raw->op != NULL ? read_op(e, s) : read_hex(e, "opc", raw->opc, s->opc.b, sizeof s->opc.b);
}

static bool read_tuak_numbers(const struct entry *e, struct aka_secret *s)
{
	const struct raw_tuak *t = e->raw->tuak;
	uint32_t iterations = 0;

	if (t == NULL)
		return missing(e, "tuak");
	if (t->res_length == NULL || t->keccak_iterations == NULL)
		return missing(e, t->res_length == NULL ? "tuak.res_length" : "tuak.keccak_iterations");
	if (strcmp(t->res_length, "32") != 0 && strcmp(t->res_length, "64") != 0 && strcmp(t->res_length, "128") != 0)
		return fail(e, "tuak.res_length", "expected 32, 64 or 128 bits, got %.40s", t->res_length);
	s->tuak_res_len = (uint8_t)(strtoul(t->res_length, NULL, 10) / 8);
	if (!read_count(e, "tuak.keccak_iterations", t->keccak_iterations, 1, UINT8_MAX, &iterations))
		return false;
	s->tuak.iterations = (uint8_t)iterations;
	return true;
}

static bool read_tuak(const struct entry *e, struct aka_secret *s)
{
	const struct raw_subscriber *raw = e->raw;

	if (raw->opc != NULL || raw->op != NULL)
		return fail(e, raw->opc != NULL ? "opc" : "op", "expected topc with this algorithm, got %s",
			    raw->opc != NULL ? "opc" : "op");
	if (raw->topc == NULL)
		return missing(e, "topc");
	if (!read_tuak_numbers(e, s))
		return false;
	if (raw->k == NULL)
		return missing(e, "k");
	size_t digits = strlen(raw->k);
	if (digits % 2 != 0 || (digits / 2 != TUAK_K_MIN && digits / 2 != TUAK_K_MAX))
		return fail(e, "k", "expected %d or %d hexadecimal digits, got %zu", 2 * TUAK_K_MIN, 2 * TUAK_K_MAX,
			    digits);
	s->tuak.k_len = (uint8_t)(digits / 2);
	return read_hex(e, "k", raw->k, s->tuak.k.b, s->tuak.k_len) &&
	       read_hex(e, "topc", raw->topc, s->tuak.topc.b, sizeof s->tuak.topc.b);
}

static bool read_secret(const struct entry *e)
{
	struct aka_secret *s = &e->range->first.secret;
	const char *algorithm = e->raw->algorithm != NULL ? e->raw->algorithm : "milenage";
	bool tuak = strcmp(algorithm, "tuak") == 0;

	if (!tuak && strcmp(algorithm, "milenage") != 0)
		return fail(e, "algorithm", "expected milenage or tuak, got \"%.40s\"", algorithm);
	if (e->raw->k_step != NULL && !read_count(e, "k_step", e->raw->k_step, 0, SUBSCRIBERS_MAX, &e->range->k_step))
		return false;
	s->algorithm = tuak ? AKA_TUAK : AKA_MILENAGE;
	return tuak ? read_tuak(e, s) : read_milenage(e, s);
}

/* Where MBMS keys live. On the UICC they can only be when Ks is (TS 33.246 clause 6.1). */
static bool read_mbms(const struct entry *e)
{
	const char *mbms = e->raw->mbms;
	struct subscriber *s = &e->range->first;

	s->mbms_uicc = mbms == NULL ? s->gba_u : strcmp(mbms, "uicc") == 0;
	if (mbms != NULL && !s->mbms_uicc && strcmp(mbms, "me") != 0)
		return fail(e, "mbms", "expected uicc or me, got \"%.40s\"", mbms);
	return !s->mbms_uicc || s->gba_u || fail(e, "mbms", "expected me with gba_u: false, got uicc");
}

static bool read_sqn(const struct entry *e)
{
	uint8_t octets[AKA_SQN_LEN] = { 0 };
	struct rd r = rd_of(SPAN(octets));

	if (!read_hex(e, "sqn", e->raw->sqn, octets, sizeof octets))
		return false;
	auc_set_sqn(&e->range->first, rd_uint(&r, sizeof octets));
	return true;
}

bool subscriber_read(struct subscriber_range *ret, const struct raw_subscriber *raw, const struct complain *complain)
{
	const struct entry e = { raw, complain, ret };
	struct subscriber *s = &ret->first;

	memset(ret, 0, sizeof *ret);
	if (!read_imsi(&e) || !read_secret(&e) || !read_sqn(&e))
		return false;
	if (raw->amf != NULL && !read_hex(&e, "amf", raw->amf, s->amf, sizeof s->amf))
		return false;
	return read_bool(&e, "gba_u", raw->gba_u, &s->gba_u) && read_mbms(&e);
}

/* Adds to a number of n octets, the greatest first. */
static void add(uint8_t *number, size_t n, uint32_t what)
{
	for (uint64_t carry = what; n > 0 && carry != 0; carry >>= 8) {
		carry += number[--n];
		number[n] = (uint8_t)carry;
	}
}

void subscriber_next(struct subscriber *s, const struct subscriber_range *range)
{
	char *digit = s->imsi + strlen(s->imsi);

	while (*--digit == '9')
		*digit = '0';
	++*digit;
	(void)!auc_impi(s->impi, s->imsi, range->mnc_length); /* it fits as the first one's did */
	if (s->secret.algorithm == AKA_TUAK)
		add(s->secret.tuak.k.b, s->secret.tuak.k_len, range->k_step);
	else
		add(s->secret.k.b, sizeof s->secret.k.b, range->k_step);
}

bool subscribers_add(struct subscribers *l, const struct subscriber *s)
{
	if (l->n == l->room) {
		size_t room = l->room == 0 ? ROOM_AT_FIRST : 2 * l->room;
		struct subscriber *v = calloc(room, sizeof *v);

		if (v == NULL)
			return false;
		if (l->n != 0) {
			memcpy(v, l->v, l->n * sizeof *v);
			secret_wipe(l->v, l->n * sizeof *l->v);
		}
		free(l->v);
		l->v = v;
		l->room = room;
	}
	l->v[l->n++] = *s;
	return true;
}

bool subscribers_add_range(struct subscribers *l, const struct subscriber_range *range)
{
	struct subscriber s __attribute__((cleanup(subscriber_wipe))) = range->first;

	for (uint32_t i = 0; i < range->count; i++) {
		if (i != 0)
			subscriber_next(&s, range);
		if (!subscribers_add(l, &s))
			return false;
	}
	return true;
}

void subscribers_free(struct subscribers *l)
{
	if (l->v != NULL)
		secret_wipe(l->v, l->n * sizeof *l->v);
	free(l->v);
	*l = (struct subscribers){ .v = NULL };
}
