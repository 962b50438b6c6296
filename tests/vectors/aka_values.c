/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aka_values < SUBSCRIBERS: what our AKA functions give, for a script that asks another program the same.
 *
 * A line of SUBSCRIBERS, hexadecimal but for its first word and the two numbers:
 *
 *   milenage K op|opc OP RAND SQN AMF
 *   tuak K top|topc TOP RES_BITS ITERATIONS RAND SQN AMF
 *
 * A line of the answer is `NAME=HEX` words: opc, res, ck, ik, autn, auts (SQN_MS being SQN), sres, kc, and autn_gba_u.
 */
#include "apdu/hex.h"
#include "card/crypto/aka.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINE_SIZE = 1024, WORDS_MAX = 9 };

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "aka_values: %s\n", what);
	exit(2);
}

/* Between min and max octets; how many. */
static size_t octets(const char *text, uint8_t *ret, size_t min, size_t max)
{
	struct wr w = wr_of(ret, max);

	if (!hex_parse(&w, span_str(text)) || w.n < min)
		fail("octets in hexadecimal expected, of the right number");
	return w.n;
}

struct question {
	struct aka_secret secret;
	uint8_t rand[16], amf[2];
	uint64_t sqn;
};

static void read_challenge(struct question *q, char *const word[3])
{
	uint8_t sqn[6];
	struct rd r = rd_of(SPAN(sqn));

	octets(word[0], q->rand, sizeof q->rand, sizeof q->rand);
	octets(word[1], sqn, sizeof sqn, sizeof sqn);
	octets(word[2], q->amf, sizeof q->amf, sizeof q->amf);
	q->sqn = rd_uint(&r, sizeof sqn);
}

static void read_milenage(struct question *q, char *const *word)
{
	q->secret.algorithm = AKA_MILENAGE;
	octets(word[1], q->secret.k.b, 16, 16);
	octets(word[3], q->secret.opc.b, 16, 16);
	read_challenge(q, word + 4);
}

static void read_tuak(struct question *q, char *const *word)
{
	struct aka_secret *s = &q->secret;

	s->algorithm = AKA_TUAK;
	s->tuak.k_len = (uint8_t)octets(word[1], s->tuak.k.b, 16, 32);
	octets(word[3], s->tuak.topc.b, 32, 32);
	s->tuak_res_len = (uint8_t)(strtoul(word[4], NULL, 10) / 8);
	s->tuak.iterations = (uint8_t)strtoul(word[5], NULL, 10);
	read_challenge(q, word + 6);
}

static void read_question(struct prim *p, struct question *q, char *line)
{
	char *word[WORDS_MAX];
	size_t n = 0;

	for (char *at = strtok(line, " \n"); at != NULL && n < WORDS_MAX; at = strtok(NULL, " \n"))
		word[n++] = at;
	if (n == 7 && strcmp(word[0], "milenage") == 0)
		read_milenage(q, word);
	else if (n == 9 && strcmp(word[0], "tuak") == 0)
		read_tuak(q, word);
	else
		fail("a line for milenage or tuak expected");
	if (!aka_secret_ok(&q->secret))
		fail("a subscriber with parameters in range expected");
	if (strcmp(word[2], "op") == 0 || strcmp(word[2], "top") == 0)
		aka_opc_from_op(p, &q->secret);
}

static void put(const char *name, struct span value)
{
	char text[2 * TUAK_TOP_LEN + 1];

	printf("%s=%s ", name, hex_str(text, sizeof text, value));
}

static void answer(struct prim *p, const struct question *q)
{
	const struct aka_secret *s = &q->secret;
	struct aka_keys keys = { 0 };
	struct aka_token token;
	uint8_t autn[AKA_AUTN_LEN], auts[AKA_AUTS_LEN], sres[4], kc[8];
	uint64_t sqn_ms = 0;

	aka_f2345(p, &keys, s, q->rand);
	put("opc", s->algorithm == AKA_TUAK ? SPAN(s->tuak.topc.b) : SPAN(s->opc.b));
	put("res", span_of(keys.res, keys.res_len));
	put("ck", SPAN(keys.ck.b));
	put("ik", SPAN(keys.ik.b));
	aka_autn(p, autn, s, &keys, q->rand, q->sqn, q->amf, AKA_GBA_U);
	put("autn_gba_u", SPAN(autn));
	aka_autn(p, autn, s, &keys, q->rand, q->sqn, q->amf, AKA_PLAIN);
	put("autn", SPAN(autn));
	aka_token_open(&token, &keys, autn);
	if (token.sqn != q->sqn)
		fail("AUTN does not open to its own SQN");
	aka_auts(p, auts, s, q->rand, q->sqn);
	put("auts", SPAN(auts));
	if (!aka_auts_open(p, &sqn_ms, s, q->rand, auts) || sqn_ms != q->sqn)
		fail("AUTS does not open to its own SQN_MS");
	aka_gsm(sres, kc, &keys);
	put("sres", SPAN(sres));
	put("kc", SPAN(kc));
	putchar('\n');
}

int main(void)
{
	struct prim *p = prim_open();
	char line[LINE_SIZE];

	if (p == NULL)
		fail("no crypto library");
	while (fgets(line, sizeof line, stdin) != NULL) {
		struct question q = { 0 };
		read_question(p, &q, line);
		answer(p, &q);
	}
	bool good = prim_ok(p);
	prim_close(p);
	return good ? 0 : 1;
}
