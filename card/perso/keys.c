/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include <stdio.h>

#include "text.h"

enum { IND_BITS = 5, SEQ_BITS = 43, TRIES_MAX = 15 /* what 63CX can say */, PIN_MIN = 4, PUK_LEN = 8 };

static const char decimal[] = "0123456789";
static const char hexadecimal[] = "0123456789abcdefABCDEF";

/* A key of n octets; the value is not repeated. */
static int read_key(struct profile *p, const char *key, const char *text, uint8_t *ret, size_t n)
{
	char fault[64];

	if (text_octets(text, ret, n))
		return 0;
	return profile_refuse(p, key, "expected %zu hexadecimal digits, got %s", 2 * n,
			      text_fault(fault, sizeof fault, text, hexadecimal));
}

/* What an operator has of its own and what came of it and K: OP and OPc, or TOP and TOPc. The profile has one of them. */
struct operator_key {
	const char *own, *bound; /* their keys */
	const char *own_text, *bound_text;
	uint8_t *place; /* in the secret, whose K is there already */
	size_t n;
};

static int read_operator_key(struct profile *p, struct aka_secret *s, const struct operator_key *o)
{
	if (o->own_text != NULL && o->bound_text != NULL)
		return profile_refuse(p, o->own, "expected either %s or %s, got both", o->own, o->bound);
	if (o->own_text == NULL && o->bound_text == NULL)
		return profile_refuse(p, o->bound, "expected either %s or %s, got neither", o->own, o->bound);
	if (o->bound_text != NULL)
		return read_key(p, o->bound, o->bound_text, o->place, o->n);

	int error = read_key(p, o->own, o->own_text, o->place, o->n);
	if (error != 0)
		return error;
	struct prim *prim = prim_open();
	bool done = prim != NULL;
	if (done) {
		aka_opc_from_op(prim, s);
		done = prim_ok(prim);
	}
	prim_close(prim);
	return done ? 0 : profile_refuse(p, o->own, "expected AES-128 from the crypto library, got none");
}

/* A key of the other algorithm is a mistake, not something to be passed over. */
static int refuse_stranger(struct profile *p, const char *key, const char *text, const char *expected)
{
	return text == NULL ? 0 : profile_refuse(p, key, "expected %s, got %s", expected, key);
}

static int read_milenage(struct profile *p, struct aka_secret *s)
{
	static const char expected[] = "op or opc with algorithm milenage";
	const struct model *m = p->model;
	const struct operator_key opc = { "op", "opc", m->op, m->opc, s->opc.b, sizeof s->opc.b };
	int error = refuse_stranger(p, "top", m->top, expected);

	if (error == 0)
		error = refuse_stranger(p, "topc", m->topc, expected);
	if (error == 0)
		error = read_key(p, "k", m->k, s->k.b, sizeof s->k.b);
	return error != 0 ? error : read_operator_key(p, s, &opc);
}

static int read_tuak_k(struct profile *p, struct tuak *t)
{
	const char *text = p->model->k;
	char fault[64];

	t->k_len = strlen(text) / 2 == TUAK_K_MAX ? TUAK_K_MAX : TUAK_K_MIN;
	if (text_octets(text, t->k.b, t->k_len))
		return 0;
	return profile_refuse(p, "k", "expected %d or %d hexadecimal digits, got %s", 2 * TUAK_K_MIN, 2 * TUAK_K_MAX,
			      text_fault(fault, sizeof fault, text, hexadecimal));
}

static int read_tuak(struct profile *p, struct aka_secret *s)
{
	static const char expected[] = "top or topc with algorithm tuak";
	const struct model *m = p->model;
	const struct operator_key topc = { "top", "topc", m->top, m->topc, s->tuak.topc.b, sizeof s->tuak.topc.b };
	int error = refuse_stranger(p, "op", m->op, expected);

	if (error == 0)
		error = refuse_stranger(p, "opc", m->opc, expected);
	if (error == 0)
		error = read_tuak_k(p, &s->tuak);
	if (error != 0)
		return error;
	if (m->tuak.res_length != 32 && m->tuak.res_length != 64 && m->tuak.res_length != 128)
		return profile_refuse(p, "tuak.res_length", "expected 32, 64 or 128 bits, got %u", m->tuak.res_length);
	if (m->tuak.keccak_iterations == 0)
		return profile_refuse(p, "tuak.keccak_iterations", "expected 1 to 255, got 0");
	s->tuak_res_len = (uint8_t)(m->tuak.res_length / 8);
	s->tuak.iterations = m->tuak.keccak_iterations;
	return read_operator_key(p, s, &topc);
}

int keys_aka(struct profile *p, struct aka_desc *ret)
{
	const struct model *m = p->model;
	struct aka_secret *s = &ret->secret;

	s->algorithm = m->algorithm == AKA_TUAK ? AKA_TUAK : AKA_MILENAGE;
	int error = s->algorithm == AKA_TUAK ? read_tuak(p, s) : read_milenage(p, s);
	if (error != 0)
		return error;
	ret->delta = m->sqn.delta;
	if (ret->delta == 0 || ret->delta >> SEQ_BITS != 0)
		return profile_refuse(p, "sqn.delta", "expected 1 to 2^%d - 1, got %llu", SEQ_BITS,
				      (unsigned long long)ret->delta);
	return 0;
}

/* SQN = SEQ || IND (TS 33.102 C.3.2): every entry of the array starts with the SEQ part. */
int keys_sqn(struct profile *p, struct sqn_desc *ret)
{
	uint8_t start[AKA_SQN_LEN];
	char fault[64];

	if (!text_octets(p->model->sqn.start, start, sizeof start))
		return profile_refuse(p, "sqn.start", "expected %zu hexadecimal digits, got %s", 2 * sizeof start,
				      text_fault(fault, sizeof fault, p->model->sqn.start, hexadecimal));
	struct rd r = rd_of(SPAN(start));
	uint64_t seq = rd_uint(&r, sizeof start) >> IND_BITS;
	*ret = (struct sqn_desc){ 0 };
	for (size_t i = 0; i < SQN_ENTRIES; i++)
		ret->seq[i] = seq;
	return 0;
}

/* TS 102 221 9.5.1: one digit to an octet, filled up with FF. */
static void code_put(uint8_t code[static PIN_LEN], const char *digits)
{
	struct wr w = wr_of(code, PIN_LEN);

	wr_str(&w, digits);
	wr_pad(&w, 0xFF);
}

static int refuse(struct profile *p, const char *name, const char *key, const char *expected, const char *got)
{
	char path[YAMLDOC_KEY_MAX];

	snprintf(path, sizeof path, "pins.%s.%s", name, key);
	return profile_refuse(p, path, "expected %s, got %s", expected, got);
}

static int check_tries(struct profile *p, const char *name, const char *key, unsigned tries)
{
	char got[16];

	snprintf(got, sizeof got, "%u", tries);
	return tries >= 1 && tries <= TRIES_MAX ? 0 : refuse(p, name, key, "1 to 15", got);
}

int keys_pin(struct profile *p, const char *name, const struct model_pin *m, struct pin_desc *ret)
{
	char fault[64];
	int error;

	if (!text_digits(m->code, PIN_MIN, PIN_LEN))
		return refuse(p, name, "code", "4 to 8 digits", text_fault(fault, sizeof fault, m->code, decimal));
	if ((error = check_tries(p, name, "tries", m->tries)) != 0)
		return error;
	*ret = (struct pin_desc){ .enabled = m->enabled, .tries = m->tries, .tries_max = m->tries };
	code_put(ret->code, m->code);
	code_put(ret->puk, "");
	if (m->puk == NULL)
		return m->puk_tries == 0 ? 0 : refuse(p, name, "puk_tries", "a puk beside it", "none");
	if (!text_digits(m->puk, PUK_LEN, PUK_LEN))
		return refuse(p, name, "puk", "8 digits", text_fault(fault, sizeof fault, m->puk, decimal));
	if ((error = check_tries(p, name, "puk_tries", m->puk_tries)) != 0)
		return error;
	ret->puk_tries = ret->puk_tries_max = m->puk_tries;
	code_put(ret->puk, m->puk);
	return 0;
}
