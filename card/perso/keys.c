/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include <stdio.h>

#include "text.h"

enum { IND_BITS = 5, SEQ_BITS = 43, TRIES_MAX = 15 /* what 63CX can say */, PIN_MIN = 4, PUK_LEN = 8 };

static const char decimal[] = "0123456789";
static const char hexadecimal[] = "0123456789abcdefABCDEF";

static int key128(struct profile *p, const char *key, const char *text, struct key128 *ret)
{
	char fault[64];

	if (text_octets(text, ret->b, sizeof ret->b))
		return 0;
	return profile_refuse(p, key, "expected %zu hexadecimal digits, got %s", 2 * sizeof ret->b,
			      text_fault(fault, sizeof fault, text, hexadecimal));
}

static int opc_from_op(struct profile *p, struct key128 *ret, const struct key128 *k)
{
	struct key128 op _secret128_ = { 0 };
	int error = key128(p, "op", p->model->op, &op);

	if (error != 0)
		return error;
	struct prim *prim = prim_open();
	bool done = prim != NULL;
	if (done) {
		aka_opc(prim, ret, k, &op);
		done = prim_ok(prim);
	}
	prim_close(prim);
	return done ? 0 : profile_refuse(p, "op", "expected AES-128 from the crypto library, got none");
}

int keys_aka(struct profile *p, struct aka_desc *ret)
{
	const struct model *m = p->model;
	struct aka_secret *s = &ret->secret;
	int error = key128(p, "k", m->k, &s->k);

	if (error != 0)
		return error;
	if ((m->op == NULL) == (m->opc == NULL))
		return profile_refuse(p, m->op == NULL ? "opc" : "op", "expected either op or opc, got %s",
				      m->op == NULL ? "neither" : "both");
	s->algorithm = AKA_MILENAGE;
	ret->delta = m->sqn.delta;
	if (ret->delta == 0 || ret->delta >> SEQ_BITS != 0)
		return profile_refuse(p, "sqn.delta", "expected 1 to 2^%d - 1, got %llu", SEQ_BITS,
				      (unsigned long long)ret->delta);
	return m->op == NULL ? key128(p, "opc", m->opc, &s->opc) : opc_from_op(p, &s->opc, &s->k);
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
