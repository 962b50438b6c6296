/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subscriber's membership ends, and begins again (TS 33.246 clause 6.3.2: the BM-SC asks the membership function). What
 * the UE asks for from then on is not authorised (decision 35); the MSKs that it has are taken away (decision 19).
 */
#include "bmsc_int.h"

/* The services that are meant, as bits. 0 with a sentence: none is. */
static uint64_t services_of(struct bmsc *b, const char *name, const char **ret_why)
{
	uint64_t services = 0;
	int one = name == NULL ? -1 : bmsc_service_of(b, name);

	if (one >= 0)
		return UINT64_C(1) << one;
	const struct key_group *g = name == NULL ? NULL : operator_group(b, name, ret_why);
	if (name != NULL && g == NULL)
		return 0;
	for (size_t i = 0; i < b->n_services; i++)
		if (g == NULL || b->service_group[i] == g)
			services |= UINT64_C(1) << i;
	if (services == 0)
		*ret_why = "there is no service";
	return services;
}

/* Stored before it counts. */
static bool set_revoked(struct bmsc *b, struct ue *u, uint64_t services, bool revoked)
{
	for (size_t i = 0; i < b->n_services; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if ((services & bit) == 0 || ((u->revoked & bit) != 0) == revoked)
			continue;
		if (!STATE_PUT(b->env, put_revoked, u->impi, b->service[i].id, revoked))
			return false;
		u->revoked ^= bit;
		if (revoked)
			u->registered &= ~bit;
	}
	return true;
}

/* The MSKs of a group, taken away. How many. */
static size_t withdraw(struct bmsc *b, struct ue *u, struct key_group *g, bool v, const struct outbox *outbox,
		       int64_t now)
{
	size_t n = 0;

	for (size_t i = 0; i < VU_COUNT(g->msk); i++) {
		struct msk m _secret_msk_ = g->msk[i];

		if (m.id.number == 0)
			continue;
		m.seq_l = 1;
		m.seq_u = 0;
		delivery_msk(b, u, g, &m, v, outbox, now);
		n++;
	}
	return n;
}

bool bmsc_revoke(struct bmsc *b, const char *ue, const char *group, bool v, const struct outbox *outbox, int64_t now,
		 const char **ret_why)
{
	struct ue *u = operator_ue(b, ue, ret_why);
	uint64_t services = u == NULL ? 0 : services_of(b, group, ret_why);
	bool entitled[SERVICES_MAX] = { false };
	size_t withdrawn = 0;

	if (services == 0)
		return false;
	for (size_t i = 0; i < b->n_groups; i++)
		entitled[i] = bmsc_entitled(b, u, &b->group[i]);
	if (!set_revoked(b, u, services, true)) {
		*ret_why = "that cannot be stored";
		return false;
	}
	delivery_leave(b, u, now);
	const char *obstacle = delivery_obstacle(u, now);
	for (size_t i = 0; i < b->n_groups && obstacle == NULL; i++)
		if (entitled[i] && !bmsc_entitled(b, u, &b->group[i]))
			withdrawn += withdraw(b, u, &b->group[i], v, outbox, now);
	LOG(b->env->log, now, "revoked", LOG_TEXT("ue", u->impi), LOG_TEXT("of", group),
	    LOG_NUMBER("withdrawn", withdrawn), LOG_TEXT("reason", obstacle));
	return true;
}

bool bmsc_admit(struct bmsc *b, const char *ue, const char *group, int64_t now, const char **ret_why)
{
	struct ue *u = operator_ue(b, ue, ret_why);
	uint64_t services = u == NULL ? 0 : services_of(b, group, ret_why);

	if (services == 0)
		return false;
	if (!set_revoked(b, u, services, false)) {
		*ret_why = "that cannot be stored";
		return false;
	}
	LOG(b->env->log, now, "admitted", LOG_TEXT("ue", u->impi), LOG_TEXT("to", group));
	return true;
}
