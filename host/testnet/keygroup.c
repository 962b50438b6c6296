/* SPDX-License-Identifier: Apache-2.0 */
#include "keygroup.h"

#include "state.h"

struct msk *keygroup_advance(struct key_group *g, const struct net_env *env)
{
	struct msk *m = &g->msk[1];
	uint16_t last = m->id.number;
	uint8_t csb_id[4];
	struct rd r = rd_of(SPAN(csb_id));

	g->msk[0] = *m;
	*m = (struct msk){ .id = { .group = g->group, .number = last == UINT16_MAX ? 1 : (uint16_t)(last + 1) },
			   .roc = m->roc };
	memcpy(m->id.domain, g->domain, sizeof m->id.domain);
	env->random(env->ctx, csb_id, sizeof csb_id);
	env->random(env->ctx, m->rand, sizeof m->rand);
	env->random(env->ctx, m->key.b, sizeof m->key.b);
	m->csb_id = rd_u32(&r);
	m->seq_u = g->window;
	(void)STATE_PUT(env, put_group, g); /* lost with the program, it is made anew under the same number */
	return m;
}

struct msk *keygroup_current(struct key_group *g, const struct net_env *env)
{
	return g->msk[1].id.number != 0 ? &g->msk[1] : keygroup_advance(g, env);
}

struct msk *keygroup_find(struct key_group *g, uint16_t number, const struct net_env *env)
{
	if (number == 0)
		return keygroup_current(g, env);
	for (size_t i = 0; i < VU_COUNT(g->msk); i++)
		if (g->msk[i].id.number == number)
			return &g->msk[i];
	return NULL;
}

bool keygroup_set_interval(struct key_group *g, struct msk *m, uint16_t seq_l, uint16_t seq_u,
			   const struct net_env *env)
{
	m->seq_l = seq_l;
	m->seq_u = seq_u;
	if (m->mtk_id < seq_l)
		m->mtk_id = seq_l;
	return STATE_PUT(env, put_group, g);
}

bool keygroup_next_mtk(struct key_group *g, struct msk *m, uint32_t roc, const struct net_env *env)
{
	if (m->mtk_id >= m->seq_u || m->mtk_counter == UINT32_MAX)
		return false;
	m->mtk_id++;
	m->mtk_counter++;
	m->roc = roc;
	return STATE_PUT(env, put_group, g);
}
