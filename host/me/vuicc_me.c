/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libvuicc-me: include/vuicc/me.h on top of the ME that the program vuicc-me runs. What is asked for waits in slots under a
 * lock until the thread that runs the loop takes it to the agent; nothing else is shared between threads.
 */
#include "include/vuicc/me.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../../os/sqlite_memory.h"
#include "../http/http_curl.h"
#include "equipment.h"

enum { BACK_OFF_MAX = 24 * 3600 * 1000 };

/* A request that has not ended; its place among the slots says nothing about its turn. */
struct slot {
	uint32_t number; /* of the owner's; 0 = free */
	uint32_t errand; /* of the agent's; 0 = waits to be taken there */
	bool bootstrap; /* else the next two */
	enum km_kind kind;
	struct km_item item;
};

struct vuicc_me {
	struct vuicc_me_options o;
	struct equipment e;
	struct loop_owner owner;
	bool ran;
	atomic_bool stop;
	pthread_mutex_t lock; /* of what follows */
	struct slot slot[VUICC_ME_REQUESTS_MAX];
	uint32_t last_number;
};

_Static_assert((int)VUICC_ME_REQUESTS_MAX <= (int)AGENT_ERRANDS_MAX, "the agent takes whatever waits");
_Static_assert((int)VUICC_ME_STREAMS_MAX == (int)MTK_SESSIONS_MAX, "a record's streams have room");
_Static_assert((int)VUICC_ME_WHY_MAX >= (int)EQUIPMENT_WHY_MAX, "a reason has room");
_Static_assert((int)VUICC_ME_WHY_MAX >= (int)KEYSTORE_WHY_MAX, "a reason of the key store, too");

/* --- options --- */

const char *vuicc_me_version(void)
{
	return VUICC_VERSION;
}

int vuicc_me_wipe_sqlite(void)
{
	return sqlite_memory_wipe();
}

void vuicc_me_defaults(struct vuicc_me_options *o, size_t n)
{
	const struct vuicc_me_options defaults = {
		.size = n, .bmsc = "http://bmsc.home1.net/keymanagement", .http_timeout = 10, .listen = "127.0.0.1:2269"
	};

	memset(o, 0, n);
	memcpy(o, &defaults, n < sizeof defaults ? n : sizeof defaults);
}

static int refuse(char *why, const char *what)
{
	snprintf(why, VUICC_ME_WHY_MAX, "%s", what);
	return -EINVAL;
}

/* A program that was built with an older header knows fewer options, and gets the defaults of the others. */
static int take_options(struct vuicc_me_options *ret, const struct vuicc_me_options *o, char *why)
{
	if (o->size < offsetof(struct vuicc_me_options, ended) || o->size > sizeof *ret)
		return refuse(why,
			      "options: expected those of vuicc_me_defaults(), of no newer version than the library");
	vuicc_me_defaults(ret, sizeof *ret);
	memcpy(ret, o, o->size);
	if (ret->reader != NULL && ret->card != NULL)
		return refuse(why, "reader and card exclude each other");
	if (ret->listen == NULL || !loop_listen_ok(ret->listen))
		return refuse(why, "listen: expected ADDR:PORT");
	if (ret->http_timeout < 1 || ret->http_timeout > 600)
		return refuse(why, "http_timeout: expected 1 to 600 seconds");
	for (size_t i = 0; i < ret->n_connect_to; i++)
		if (!http_connect_to_ok(ret->connect_to[i]))
			return refuse(why, "connect_to: expected FQDN=ADDR:PORT");
	return 0;
}

/* What the options say of services and of asking for keys. */
static int take_names(struct names *ret, const struct vuicc_me_options *o, char *why)
{
	*ret = (struct names){ .offset = o->back_off, .spread = o->back_off_random };
	if (o->back_off > BACK_OFF_MAX || o->back_off_random > BACK_OFF_MAX)
		return refuse(why, "back_off: expected a day at most");
	for (size_t i = 0; i < o->n_services; i++)
		if (!names_add_mapping(ret, o->services[i]))
			return refuse(why, "services: expected SERVICE=DOMAIN:GROUP");
	return 0;
}

/* --- callbacks --- */

/* ctx of the log: the line without its end. */
static void put_event(void *ctx, struct span line)
{
	char json[LOG_LINE_MAX + 1];
	struct vuicc_me *me = ctx;

	snprintf(json, sizeof json, "%.*s", (int)line.n - 1, (const char *)line.p);
	me->o.event(me->o.ctx, json);
}

static struct vuicc_me_srtp public_srtp(const struct srtp_policy *p)
{
	return (struct vuicc_me_srtp){ .encryption = p->param[SP_ENCR_ALG],
				       .encryption_key_length = p->param[SP_ENCR_KEY_LEN],
				       .authentication = p->param[SP_AUTH_ALG],
				       .authentication_key_length = p->param[SP_AUTH_KEY_LEN],
				       .salt_length = p->param[SP_SALT_LEN],
				       .prf = p->param[SP_PRF],
				       .key_derivation_rate = p->param[SP_KEY_DERIVATION_RATE],
				       .srtp_encrypted = p->param[SP_SRTP_ENCRYPTED] != 0,
				       .srtcp_encrypted = p->param[SP_SRTCP_ENCRYPTED] != 0,
				       .srtp_authenticated = p->param[SP_SRTP_AUTHENTICATED] != 0,
				       .fec_order = p->param[SP_FEC_ORDER],
				       .tag_length = p->param[SP_TAG_LEN],
				       .prefix_length = p->param[SP_PREFIX_LEN] };
}

static void hand_out(void *ctx, const struct mtk_record *r)
{
	struct vuicc_me *me = ctx;

	if (me->o.mtk == NULL)
		return;
	struct vuicc_me_mtk mtk = { .key_group = r->group,
				    .key_number = r->number,
				    .mtk_id = r->mtk_id,
				    .has_salt = r->has_salt,
				    .srtp = public_srtp(&r->policy),
				    .n_streams = r->n_sessions };
	memcpy(mtk.key_domain, r->key_domain, sizeof mtk.key_domain);
	mtk_record_mki(r, mtk.mki);
	memcpy(mtk.key, r->mtk.b, sizeof mtk.key);
	memcpy(mtk.salt, r->salt, sizeof mtk.salt);
	for (size_t i = 0; i < r->n_sessions; i++)
		mtk.stream[i] = (struct vuicc_me_stream){ .ssrc = r->session[i].ssrc,
							  .roc = r->session[i].roc,
							  .srtp = public_srtp(&r->session[i].policy) };
	me->o.mtk(me->o.ctx, &mtk);
	secret_wipe(&mtk, sizeof mtk);
}

static enum vuicc_me_end public_end(enum agent_end end)
{
	switch (end) {
	case AGENT_OK:
		return VUICC_ME_OK;
	case AGENT_REFUSED:
		return VUICC_ME_REFUSED;
	case AGENT_FAILED:
		return VUICC_ME_FAILED;
	case AGENT_UNREACHABLE:
	case AGENT_OUT:
		break;
	}
	return VUICC_ME_UNREACHABLE;
}

/* Without the lock: the callback may ask for something. */
static void tell_end(struct vuicc_me *me, uint32_t number, enum agent_end end, const char *why)
{
	if (number != 0 && me->o.ended != NULL)
		me->o.ended(me->o.ctx, number, public_end(end), why);
}

static void on_ended(void *ctx, uint32_t errand, enum agent_end end, const char *why)
{
	struct vuicc_me *me = ctx;
	uint32_t number = 0;

	pthread_mutex_lock(&me->lock);
	for (size_t i = 0; i < VU_COUNT(me->slot); i++)
		if (me->slot[i].number != 0 && me->slot[i].errand == errand) {
			number = me->slot[i].number;
			me->slot[i] = (struct slot){ 0 };
		}
	pthread_mutex_unlock(&me->lock);
	tell_end(me, number, end, why);
}

/* --- what is asked for --- */

/* The one that waits longest to be taken to the agent; NULL = none. With the lock. */
static struct slot *next_slot(struct vuicc_me *me)
{
	struct slot *next = NULL;

	for (struct slot *s = me->slot; s < me->slot + VU_COUNT(me->slot); s++)
		if (s->number != 0 && s->errand == 0 && (next == NULL || (int32_t)(s->number - next->number) < 0))
			next = s;
	return next;
}

/* Takes one to the agent, or ends it. False when none waits. */
static bool take_one(struct vuicc_me *me, bool closing)
{
	struct km_doc doc = { .n = 1 };
	uint32_t failed = 0;

	pthread_mutex_lock(&me->lock);
	struct slot *s = next_slot(me);
	if (s != NULL && !closing) {
		doc.kind = s->kind;
		doc.item[0] = s->item;
		s->errand = s->bootstrap ? agent_bootstrap(me->e.agent) : agent_ask(me->e.agent, &doc);
	}
	if (s != NULL && s->errand == 0) {
		failed = s->number;
		*s = (struct slot){ 0 };
	}
	pthread_mutex_unlock(&me->lock);
	tell_end(me, failed, AGENT_UNREACHABLE, closing ? "the program ends" : "no memory for a request");
	return s != NULL;
}

/* Of the loop: somebody asked for something, or for its end. */
static bool woken(void *ctx)
{
	struct vuicc_me *me = ctx;
	eventfd_t n;

	(void)eventfd_read(me->owner.fd, &n); /* nobody else reads it, and it was readable */
	while (take_one(me, false))
		;
	return !atomic_load(&me->stop);
}

static uint32_t ask(struct vuicc_me *me, const struct slot *what)
{
	uint32_t number = 0;

	pthread_mutex_lock(&me->lock);
	for (size_t i = 0; i < VU_COUNT(me->slot) && number == 0; i++)
		if (me->slot[i].number == 0) {
			number = ++me->last_number != 0 ? me->last_number : ++me->last_number;
			me->slot[i] = *what;
			me->slot[i].number = number;
		}
	pthread_mutex_unlock(&me->lock);
	if (number == 0)
		errno = EAGAIN;
	else
		(void)eventfd_write(me->owner.fd, 1); /* fails when it is readable already */
	return number;
}

static uint32_t ask_for_service(struct vuicc_me *me, enum km_kind kind, const char *service)
{
	struct slot what = { .kind = kind };
	struct wr w = WR(what.item.service);

	wr_str(&w, service);
	if (km_service_ok(service) && wr_cstr(&w))
		return ask(me, &what);
	errno = EINVAL;
	return 0;
}

uint32_t vuicc_me_bootstrap(struct vuicc_me *me)
{
	return ask(me, &(const struct slot){ .bootstrap = true });
}

uint32_t vuicc_me_register(struct vuicc_me *me, const char *service)
{
	return ask_for_service(me, KM_REGISTER, service);
}

uint32_t vuicc_me_deregister(struct vuicc_me *me, const char *service)
{
	return ask_for_service(me, KM_DEREGISTER, service);
}

uint32_t vuicc_me_request(struct vuicc_me *me, const uint8_t key_domain[3], uint16_t key_group, uint16_t key_number)
{
	struct slot what = { .kind = KM_MSK_REQUEST, .item.key = { .group = key_group, .number = key_number } };

	memcpy(what.item.key.domain, key_domain, sizeof what.item.key.domain);
	return ask(me, &what);
}

/* --- its life --- */

static int open_all(struct vuicc_me *me, char *why)
{
	struct names names;
	const struct equipment_options o = { .reader = me->o.reader,
					     .card = me->o.card,
					     .pin = me->o.pin,
					     .bsf = me->o.bsf,
					     .bmsc = me->o.bmsc,
					     .description = me->o.description,
					     .names = &names,
					     .capture = me->o.capture,
					     .capture_keys = me->o.capture_keys,
					     .loop = { .listen = me->o.listen,
						       .connect_to = me->o.connect_to,
						       .n_connect_to = me->o.n_connect_to,
						       .ca_file = me->o.ca_file,
						       .http_timeout = (long)me->o.http_timeout * 1000,
						       .owner = &me->owner } };
	char standard[EQUIPMENT_PATH_MAX];
	const char *store = me->o.store != NULL ? me->o.store : standard;

	me->owner = (struct loop_owner){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
					 .woken = woken,
					 .mtk = hand_out,
					 .ended = on_ended,
					 .ctx = me };
	if (me->owner.fd < 0) {
		int rc = -errno;
		snprintf(why, VUICC_ME_WHY_MAX, "eventfd: %s", strerror(-rc));
		return rc;
	}
	if (me->o.store == NULL && !equipment_default_store(standard))
		return refuse(why, "store: expected a file, or HOME set");
	me->e.log = (struct log){ .put = me->o.event != NULL ? put_event : NULL, .ctx = me, .json = true };
	int rc = take_names(&names, &me->o, why);
	if (rc == 0)
		rc = keystore_open(&me->e.store, store, why);
	return rc == 0 ? equipment_open(&me->e, &o, why) : rc;
}

/* What an open handle needs, and one that did not become one. */
static void close_all(struct vuicc_me *me)
{
	equipment_close(&me->e);
	while (take_one(me, true))
		;
	if (me->owner.fd >= 0)
		close(me->owner.fd);
	pthread_mutex_destroy(&me->lock);
	secret_wipe(me, sizeof *me);
	free(me);
}

int vuicc_me_open(struct vuicc_me **ret, const struct vuicc_me_options *o, char *why)
{
	char unread[VUICC_ME_WHY_MAX];
	struct vuicc_me *me = calloc(1, sizeof *me);

	why = why != NULL ? why : unread;
	if (me == NULL) {
		snprintf(why, VUICC_ME_WHY_MAX, "no memory");
		return -ENOMEM;
	}
	me->owner.fd = -1;
	pthread_mutex_init(&me->lock, NULL);
	int rc = take_options(&me->o, o, why);
	if (rc == 0)
		rc = open_all(me, why);
	if (rc != 0) {
		close_all(me);
		return rc;
	}
	*ret = me;
	return 0;
}

int vuicc_me_run(struct vuicc_me *me, char *why)
{
	char reason[LOOP_WHY_MAX] = "it has run already";
	const struct agent_env *env = loop_env(me->e.loop);
	int rc = -EALREADY;

	if (!me->ran) {
		LOG(&me->e.log, env->now(env->ctx), "format", LOG_NUMBER("format", EVENTS_FORMAT));
		rc = loop_run(me->e.loop, me->e.agent, reason);
	}
	me->ran = true;
	if (rc != 0 && why != NULL)
		snprintf(why, VUICC_ME_WHY_MAX, "%s", reason);
	return rc;
}

void vuicc_me_stop(struct vuicc_me *me)
{
	int error = errno;

	atomic_store(&me->stop, true);
	(void)eventfd_write(me->owner.fd, 1); /* fails when it is readable already */
	errno = error;
}

void vuicc_me_close(struct vuicc_me *me)
{
	if (me == NULL)
		return;
	(void)agent_power_down(me->e.agent, !me->o.forget_keys); /* a failure is an event */
	close_all(me);
}
