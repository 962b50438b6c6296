/* SPDX-License-Identifier: Apache-2.0 */
#include "shelf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "card/perso/profile.h"
#include "card/store/nv_mem.h"
#include "vuicc/uicc.h"

struct shelf {
	struct card_if base;
	struct card {
		struct nv_mem *nv;
		struct uicc *uicc;
		struct t0 *t0;
	} card[SHELF_CARDS_MAX];
	size_t n;
	struct card *in; /* NULL = the reader is empty */
	bool connected;
};

static _Noreturn void give_up(const char *what, const char *why)
{
	fprintf(stderr, "soak: %s: %s\n", what, why);
	exit(2);
}

/* What the card does with it is not looked at by anyone here. */
static bool some_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	memset(out, 0x5A, n);
	return true;
}

static int no_card(struct card_if *c)
{
	snprintf(c->why, sizeof c->why, "the card is out");
	return -ENOMEDIUM;
}

static int shelf_connect(struct card_if *c, card_if_wanted_fn *wanted)
{
	struct shelf *s = (struct shelf *)c;

	if (s->in == NULL)
		return no_card(c);
	t0_reset(s->in->t0);
	s->connected = true;
	return wanted(c) ? 0 : no_card(c);
}

static void shelf_disconnect(struct card_if *c)
{
	((struct shelf *)c)->connected = false;
}

static int shelf_begin(struct card_if *c)
{
	return ((struct shelf *)c)->connected ? 0 : no_card(c);
}

static int shelf_reset(struct card_if *c)
{
	struct shelf *s = (struct shelf *)c;

	if (!s->connected)
		return no_card(c);
	t0_reset(s->in->t0);
	return 0;
}

static void shelf_nothing(struct card_if *c)
{
	(void)c;
}

static int shelf_transmit(struct card_if *c, const uint8_t *capdu, size_t n, uint8_t rapdu[static RAPDU_MAX],
			  size_t *ret_n)
{
	struct shelf *s = (struct shelf *)c;

	if (!s->connected)
		return no_card(c);
	*ret_n = t0_transmit(s->in->t0, capdu, n, rapdu);
	return 0;
}

static int shelf_wait(struct card_if *c)
{
	(void)c;
	return -ENOTSUP;
}

static void shelf_close(struct card_if *c)
{
	struct shelf *s = (struct shelf *)c;

	for (size_t i = 0; i < s->n; i++) {
		t0_close(s->card[i].t0);
		uicc_close(s->card[i].uicc);
		nv_mem_close(s->card[i].nv);
	}
	free(s);
}

static const struct card_if_ops shelf_ops = { .connect = shelf_connect,
					      .disconnect = shelf_disconnect,
					      .reset = shelf_reset,
					      .begin = shelf_begin,
					      .end = shelf_nothing,
					      .transmit = shelf_transmit,
					      .wait = shelf_wait,
					      .stop_waiting = shelf_nothing,
					      .close = shelf_close };

struct card_if *shelf_open(void)
{
	struct shelf *s = calloc(1, sizeof *s);

	if (s == NULL)
		give_up("shelf", "no memory");
	s->base.ops = &shelf_ops;
	s->base.t0 = true;
	snprintf(s->base.name, sizeof s->base.name, "in RAM");
	return &s->base;
}

void shelf_add(struct card_if *c, const char *profile, const char *const *settings)
{
	static const struct uicc_env env = { .random = some_random };
	struct shelf *s = (struct shelf *)c;
	struct profile_error e = { 0 };
	struct profile *p = NULL;
	const struct nv_item *items;
	const char *why = "no memory";
	size_t n;

	if (s->n == SHELF_CARDS_MAX || (profile != NULL ? profile_load(&p, profile, &e) : profile_default(&p, &e)) != 0)
		give_up("card", e.what);
	for (; *settings != NULL; settings++)
		if (profile_set(p, *settings, &e) != 0)
			give_up(*settings, e.what);
	if (profile_build(p, &items, &n, &e) != 0)
		give_up(e.key, e.what);
	struct card *card = &s->card[s->n++];
	card->nv = nv_mem_open();
	if (card->nv == NULL || !nv_mem_ops.apply(card->nv, items, n))
		give_up("card", "cannot be stored");
	profile_close(p);
	card->uicc = uicc_open(&nv_mem_ops, card->nv, &env, &why);
	card->t0 = card->uicc != NULL ? t0_open(card->uicc) : NULL;
	if (card->t0 == NULL)
		give_up("card", why);
}

void shelf_insert(struct card_if *c, size_t i)
{
	struct shelf *s = (struct shelf *)c;

	shelf_remove(c);
	s->in = &s->card[i];
}

void shelf_remove(struct card_if *c)
{
	struct shelf *s = (struct shelf *)c;

	s->in = NULL;
	s->connected = false;
}
