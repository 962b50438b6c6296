/* SPDX-License-Identifier: Apache-2.0 */
/* A card in this process. The one file of host that knows the card. */
#include "card_if.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../card/store/nv_sqlite.h"
#include "../../os/random.h"
#include "vuicc/uicc.h"

struct local {
	struct card_if base;
	struct nv_sqlite *store; /* NULL = the card is somebody else's, its store, too */
	struct uicc *uicc;
};

static const struct uicc_env env = { .random = os_random };

static int local_connect(struct card_if *c, card_if_wanted_fn *wanted)
{
	struct local *l = (struct local *)c;

	uicc_reset(l->uicc);
	if (wanted(c))
		return 0;
	snprintf(c->why, sizeof c->why, "%.*s: the card has no USIM", 200, c->name);
	return -ENOMEDIUM;
}

static int local_reset(struct card_if *c)
{
	uicc_reset(((struct local *)c)->uicc);
	return 0;
}

static void local_nothing(struct card_if *c)
{
	(void)c;
}

static int local_begin(struct card_if *c)
{
	(void)c;
	return 0;
}

static int local_transmit(struct card_if *c, const uint8_t *capdu, size_t n, uint8_t rapdu[static RAPDU_MAX],
			  size_t *ret_n)
{
	struct local *l = (struct local *)c;
	_Static_assert((int)RAPDU_MAX == (int)UICC_RAPDU_MAX, "one length of answers on both sides");

	*ret_n = uicc_transmit(l->uicc, capdu, n, rapdu);
	return 0;
}

static int local_wait(struct card_if *c)
{
	(void)c;
	return -ENOTSUP;
}

static void local_close(struct card_if *c)
{
	struct local *l = (struct local *)c;

	if (l->store != NULL)
		uicc_close(l->uicc);
	nv_sqlite_close(l->store);
	free(l);
}

static const struct card_if_ops local_ops = {
	.connect = local_connect,
	.disconnect = local_nothing,
	.reset = local_reset,
	.begin = local_begin,
	.end = local_nothing,
	.transmit = local_transmit,
	.wait = local_wait,
	.stop_waiting = local_nothing,
	.close = local_close,
};

static struct local *local_new(const char *name)
{
	struct local *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->base.ops = &local_ops;
	snprintf(l->base.name, sizeof l->base.name, "%s", name);
	return l;
}

int card_if_open_uicc(struct card_if **ret, struct uicc *uicc, const char *name)
{
	struct local *l = local_new(name);

	if (l == NULL)
		return -ENOMEM;
	l->uicc = uicc;
	*ret = &l->base;
	return 0;
}

int card_if_open_file(struct card_if **ret, const char *path, char *why)
{
	_Static_assert((int)CARD_WHY_MAX == (int)NV_WHY_MAX, "one length of reasons on both sides");
	struct local *l = local_new(path);
	const char *card_why = NULL;

	if (l == NULL) {
		snprintf(why, CARD_WHY_MAX, "no memory");
		return -ENOMEM;
	}
	int rc = nv_sqlite_open(&l->store, path, why);
	if (rc == 0) {
		l->uicc = uicc_open(&nv_sqlite_ops, l->store, &env, &card_why);
		if (l->uicc == NULL) {
			const char *error = nv_sqlite_error(l->store);
			snprintf(why, CARD_WHY_MAX, "%.120s: %.60s%s%.60s", path, card_why,
				 error[0] != '\0' ? ": " : "", error);
			rc = -EPROTO;
		}
	}
	if (rc != 0) {
		local_close(&l->base);
		return rc;
	}
	*ret = &l->base;
	return 0;
}
