/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include <stdlib.h>

#include "fault_int.h"

enum { SEALED_MIN = 10 + 1 + MIKEY_MAC_LEN }; /* common header, MAC algorithm and MAC */

bool fault_about(size_t i, const char **ret_name, const char **ret_does, const char **ret_me)
{
	if (i >= fault_rows_count)
		return false;
	*ret_name = fault_rows[i].name;
	*ret_does = fault_rows[i].does;
	*ret_me = fault_rows[i].me;
	return true;
}

static const struct fault *find(const char *name, size_t n)
{
	for (size_t i = 0; i < fault_rows_count; i++)
		if (strlen(fault_rows[i].name) == n && strncmp(fault_rows[i].name, name, n) == 0)
			return &fault_rows[i];
	return NULL;
}

bool faults_add(struct faults *f, const char *text, const char **ret_why)
{
	size_t n = strcspn(text, ":");
	const char *times = text[n] == ':' ? text + n + 1 : NULL;
	const struct fault *fault = find(text, n);
	uint32_t left = times == NULL ? 0 : (uint32_t)strtoul(times, NULL, 10);

	*ret_why = "no such fault (see vuicc-testnet --faults)";
	if (fault == NULL)
		return false;
	*ret_why = "expected NAME or NAME:n, n from 1 to 999999999";
	if (times != NULL &&
	    (strspn(times, "0123456789") != strlen(times) || strlen(times) < 1 || strlen(times) > 9 || left == 0))
		return false;
	*ret_why = "too many faults at a time";
	if (f->n == FAULTS_ACTIVE_MAX)
		return false;
	f->active[f->n].fault = fault;
	f->active[f->n++].left = left;
	return true;
}

/* One time less; the last one switches it off. */
static void count(struct faults *f, size_t i)
{
	if (f->active[i].left == 0 || --f->active[i].left != 0)
		return;
	for (f->n--; i < f->n; i++)
		f->active[i] = f->active[i + 1];
}

/*
 * The next fault for this place, behind the *i-th; its event is written. NULL when there is no more. What it is given is
 * static: it may be used after it was counted out.
 */
static const struct fault *next(const struct net_env *env, enum fault_place at, unsigned on, size_t *i)
{
	struct faults *f = env->faults;

	for (; f != NULL && *i < f->n; ++*i) {
		const struct fault *fault = f->active[*i].fault;
		bool last = f->active[*i].left == 1;

		if (fault->at != at || (fault->on & on) == 0)
			continue;
		LOG(env->log, f->now, "fault", LOG_TEXT("name", fault->name));
		count(f, *i);
		*i += !last;
		return fault;
	}
	return NULL;
}

/* For places where one fault is enough. */
static const struct fault *first(const struct net_env *env, enum fault_place at, unsigned on)
{
	size_t i = 0;

	return next(env, at, on, &i);
}

void fault_vector(const struct net_env *env, const struct subscriber *s, struct auc_vector *v)
{
	const struct fault *f;

	for (size_t i = 0; (f = next(env, FAULT_VECTOR, FAULT_UB, &i)) != NULL;)
		f->vector(f, env, s, v);
}

void fault_challenge(const struct net_env *env, unsigned on, struct digest *d)
{
	const struct fault *f;

	for (size_t i = 0; (f = next(env, FAULT_CHALLENGE, on, &i)) != NULL;)
		f->challenge(f, d);
}

bool fault_nonce(const struct net_env *env)
{
	return first(env, FAULT_NONCE, FAULT_UA) != NULL;
}

enum fault_access fault_access(const struct net_env *env)
{
	const struct fault *f = first(env, FAULT_ACCESS, FAULT_UA);

	return f == NULL ? FAULT_ACCESS_FREE : (enum fault_access)f->arg;
}

void fault_run(const struct net_env *env, struct gba_info *info)
{
	const struct fault *f;

	for (size_t i = 0; (f = next(env, FAULT_RUN, FAULT_UB, &i)) != NULL;)
		f->run(f, info);
}

void fault_doc(const struct net_env *env, struct km_doc *doc)
{
	const struct fault *f;

	for (size_t i = 0; (f = next(env, FAULT_DOC, FAULT_UA, &i)) != NULL;)
		f->doc(f, doc);
}

void fault_body(const struct net_env *env, unsigned on, struct wr *body)
{
	const struct fault *f;

	for (size_t i = 0; (f = next(env, FAULT_BODY, on, &i)) != NULL;)
		f->body(f, body);
}

void fault_info(const struct net_env *env, unsigned on, struct digest *d)
{
	const struct fault *f;

	for (size_t i = 0; (f = next(env, FAULT_INFO, on, &i)) != NULL;)
		f->info(f, d);
}

bool fault_next_nonce(const struct net_env *env)
{
	return first(env, FAULT_NEXT_NONCE, FAULT_UA) != NULL;
}

void fault_answer(const struct net_env *env, unsigned on, struct http_answer *a)
{
	const struct fault *f;

	if (a->status != 200 && a->status != 401)
		return;
	for (size_t i = 0; (f = next(env, a->status == 401 ? FAULT_REFUSAL : FAULT_ANSWER, on, &i)) != NULL;)
		f->answer(f, a);
}

uint32_t fault_counter(const struct net_env *env)
{
	const struct fault *f = first(env, FAULT_COUNTER, FAULT_MSK);

	return f == NULL ? 1 : (uint32_t)f->arg;
}

unsigned fault_kind(const struct mikey *m)
{
	if (m->kind == MIKEY_IS_MTK)
		return FAULT_MTK;
	return m->encr_data.n == 0 ? FAULT_PULL : FAULT_MSK;
}

void fault_message(const struct net_env *env, struct mikey *m, struct wr *plain)
{
	const struct fault *f;

	for (size_t i = 0; (f = next(env, FAULT_MESSAGE, fault_kind(m), &i)) != NULL;)
		f->message(f, m, plain);
}

void fault_octets(const struct net_env *env, const struct mikey *m, const struct mikey_keys *keys, struct wr *out)
{
	struct fault_sealed sealed = { env->prim, keys, out };
	const struct fault *f;

	for (size_t i = 0; (f = next(env, FAULT_OCTETS, fault_kind(m), &i)) != NULL;)
		if (out->n >= SEALED_MIN) /* another fault may have left less */
			f->octets(f, &sealed);
}

enum fault_send fault_send(const struct net_env *env, unsigned on)
{
	const struct fault *f = first(env, FAULT_SEND, on);

	return f == NULL ? FAULT_SEND_ONCE : (enum fault_send)f->arg;
}
