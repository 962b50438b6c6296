/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../apdu/hex.h"
#include "../../card/perso/profile.h"
#include "../../card/perso/text.h"
#include "../../card/store/nv_mem.h"
#include "../../os/random.h"
#include "chance.h"
#include "vuicc/uicc.h"

enum { PURPOSE_KEYS = 1 };

struct sim_maker {
	struct profile *profile;
};

struct sim {
	struct nv_mem *nv;
	struct uicc *uicc;
	struct card_if *card;
};

void sim_identity_of(struct sim_identity *ret, uint64_t seed, size_t ue)
{
	uint64_t stream = chance_stream(seed, ue, PURPOSE_KEYS);

	_Static_assert(SIM_UES_MAX <= 1000000000, "ten digits of an IMSI, eleven of an ICCID");
	snprintf(ret->imsi, sizeof ret->imsi, "00101%010u", (unsigned)ue + 1);
	snprintf(ret->iccid, sizeof ret->iccid, "8900101%011u", (unsigned)ue + 1);
	ret->iccid[18] = (char)('0' + text_luhn(ret->iccid, 18));
	ret->iccid[19] = '\0';
	chance_octets(&stream, ret->k.b, sizeof ret->k.b);
	chance_octets(&stream, ret->opc.b, sizeof ret->opc.b);
}

int sim_maker_open(struct sim_maker **ret, char *why)
{
	struct sim_maker *m = calloc(1, sizeof *m);
	struct profile_error e = { 0 };

	snprintf(why, SIM_WHY_MAX, "no memory");
	if (m == NULL)
		return -ENOMEM;
	int rc = profile_default(&m->profile, &e);
	if (rc != 0) {
		snprintf(why, SIM_WHY_MAX, "%s: %s: %s", e.where, e.key, e.what);
		sim_maker_close(m);
		return rc;
	}
	*ret = m;
	return 0;
}

void sim_maker_close(struct sim_maker *m)
{
	if (m == NULL)
		return;
	profile_close(m->profile);
	free(m);
}

static int set_key(struct profile *p, const char *name, const struct key128 *key, struct profile_error *e)
{
	char text[8 + 2 * sizeof key->b];
	struct wr w = WR(text);

	wr_str(&w, name);
	wr_str(&w, "=");
	hex_put(&w, SPAN(key->b));
	int rc = wr_cstr(&w) ? profile_set(p, text, e) : -EINVAL;
	secret_wipe(text, sizeof text);
	return rc;
}

static int personalise(struct sim_maker *m, const struct sim_identity *id, const struct nv_item **ret_items,
		       size_t *ret_n, struct profile_error *e)
{
	char text[32];

	snprintf(text, sizeof text, "imsi=%s", id->imsi);
	int rc = profile_set(m->profile, text, e);
	snprintf(text, sizeof text, "iccid=%s", id->iccid);
	if (rc == 0)
		rc = profile_set(m->profile, text, e);
	if (rc == 0)
		rc = set_key(m->profile, "k", &id->k, e);
	if (rc == 0)
		rc = set_key(m->profile, "opc", &id->opc, e);
	return rc == 0 ? profile_build(m->profile, ret_items, ret_n, e) : rc;
}

static int insert(struct sim *s, const struct nv_item *items, size_t n, const char *name, char *why)
{
	static const struct uicc_env env = { .random = os_random };
	const char *card_why = "no memory";

	s->nv = nv_mem_open();
	if (s->nv != NULL && nv_mem_ops.apply(s->nv, items, n))
		s->uicc = uicc_open(&nv_mem_ops, s->nv, &env, &card_why);
	snprintf(why, SIM_WHY_MAX, "the card of %s: %s", name, card_why);
	return s->uicc == NULL ? -ENOMEM : card_if_open_uicc(&s->card, s->uicc, name);
}

int sim_open(struct sim **ret, struct sim_maker *m, uint64_t seed, size_t ue, char *why)
{
	struct sim_identity id __attribute__((cleanup(sim_identity_wipe))) = { .imsi = "" };
	struct sim *s = calloc(1, sizeof *s);
	struct profile_error e = { 0 };
	const struct nv_item *items;
	size_t n;

	snprintf(why, SIM_WHY_MAX, "no memory");
	if (s == NULL)
		return -ENOMEM;
	sim_identity_of(&id, seed, ue);
	int rc = personalise(m, &id, &items, &n, &e);
	if (rc != 0)
		snprintf(why, SIM_WHY_MAX, "%s: %s: %s", e.where, e.key, e.what);
	if (rc == 0)
		rc = insert(s, items, n, id.imsi, why);
	if (rc != 0) {
		sim_close(s);
		return rc;
	}
	*ret = s;
	return 0;
}

void sim_close(struct sim *s)
{
	if (s == NULL)
		return;
	card_if_close(s->card);
	uicc_close(s->uicc);
	nv_mem_close(s->nv);
	free(s);
}

struct card_if *sim_card(const struct sim *s)
{
	return s->card;
}
