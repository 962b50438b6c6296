/* SPDX-License-Identifier: Apache-2.0 */
#include "inserted.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../apdu/sw.h"
#include "../card/store/nv_sqlite.h"
#include "../os/random.h"

struct inserted {
	struct nv_sqlite *store;
	struct uicc *uicc;
	struct t0 *t0;
	struct uicc_env env;
	unsigned cut_in; /* changes until the power goes, 0 = it stays */
	bool cut_after; /* the change that it goes with is durable */
	bool dark; /* it is gone */
	bool trouble; /* of the last command */
};

/* The store as the card sees it: the one on disk, and the power supply in front of it. */
static bool each(void *ctx, nv_each_fn *fn, void *arg)
{
	struct inserted *c = ctx;

	return nv_sqlite_ops.each(c->store, fn, arg);
}

static bool apply(void *ctx, const struct nv_item *items, size_t n)
{
	struct inserted *c = ctx;

	if (c->dark)
		return false;
	c->dark = c->cut_in == 1;
	c->cut_in -= c->cut_in != 0;
	if (c->dark && !c->cut_after)
		return false;
	return nv_sqlite_ops.apply(c->store, items, n);
}

static const struct nv_ops powered_ops = { .each = each, .apply = apply };

static void stop(struct inserted *c)
{
	t0_close(c->t0);
	uicc_close(c->uicc);
	c->t0 = NULL;
	c->uicc = NULL;
}

/* What a card does when it gets power: it begins with what is stored. */
static bool start(struct inserted *c, const char **ret_why)
{
	*ret_why = "memory is short";
	c->dark = false;
	c->uicc = uicc_open(&powered_ops, c, &c->env, ret_why);
	if (c->uicc != NULL)
		c->t0 = t0_open(c->uicc);
	return c->t0 != NULL;
}

int inserted_open(struct inserted **ret, const char *path, void (*trace)(void *ctx, const struct uicc_trace *t),
		  void *ctx, char *why)
{
	struct inserted *c = calloc(1, sizeof *c);
	const char *sentence;

	if (c == NULL) {
		snprintf(why, INSERTED_WHY_MAX, "%s: memory is short", path);
		return -ENOMEM;
	}
	c->env = (struct uicc_env){ .random = os_random, .trace = trace, .ctx = ctx };
	int rc = nv_sqlite_open(&c->store, path, why); /* its sentence names the file */
	if (rc == 0 && !start(c, &sentence)) {
		const char *error = nv_sqlite_error(c->store);
		snprintf(why, INSERTED_WHY_MAX, "%.140s: %s%s%.60s", path, sentence, error[0] != '\0' ? ": " : "",
			 error);
		rc = -EPROTO;
	}
	if (rc != 0) {
		inserted_close(c);
		return rc;
	}
	*ret = c;
	return 0;
}

void inserted_close(struct inserted *c)
{
	if (c == NULL)
		return;
	stop(c);
	nv_sqlite_close(c->store);
	free(c);
}

bool inserted_power(struct inserted *c)
{
	const char *why;

	if (!c->dark && c->t0 != NULL) {
		t0_reset(c->t0);
		return true;
	}
	stop(c);
	return start(c, &why);
}

size_t inserted_atr(const struct inserted *c, uint8_t atr[static UICC_ATR_MAX])
{
	return c->uicc != NULL ? uicc_atr(c->uicc, atr) : 0;
}

size_t inserted_transmit(struct inserted *c, struct span capdu, uint8_t rapdu[static UICC_RAPDU_MAX])
{
	if (c->dark || c->t0 == NULL)
		return 0;
	size_t n = t0_transmit(c->t0, capdu.p, capdu.n, rapdu);
	struct rd sw = rd_of(span_sub(span_of(rapdu, n), n - 2, 2));
	c->trouble = rd_u16(&sw) == SW_MEMORY_PROBLEM;
	if (!c->dark)
		return n;
	explicit_bzero(rapdu, n);
	return 0;
}

const char *inserted_trouble(const struct inserted *c)
{
	return c->trouble ? nv_sqlite_error(c->store) : NULL;
}

void inserted_cut_power(struct inserted *c, unsigned writes, bool after)
{
	c->cut_in = writes;
	c->cut_after = after;
}
