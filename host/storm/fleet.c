/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../http/http_curl.h"
#include "../testnet/deadline.h"
#include "chance.h"
#include "measure.h"
#include "sim.h"

enum {
	PURPOSE_UE = 2, /* of a stream of chance.h */
	HTTP_MS = 30000, /* for an exchange: the network is busy with all the others */
	WAIT_MAX_MS = 1000,
	FDS_MAX = 8,
	MSKS_MAX = 4, /* the store keeps two of a group */
};

static const uint8_t domain[3] = { 0x00, 0xF1, 0x10 };
enum { GROUP = 1 };

struct ue {
	struct fleet *fleet;
	struct sim *sim;
	struct usim usim;
	struct keystore *store;
	struct agent_env env;
	struct agent *agent;
	struct line *line; /* NULL = it has none, as with the next */
	struct ue *next; /* of those that wait for one */
	bool waits;
	struct deadline due; /* its next tick */
	uint64_t random;
	uint16_t msk; /* Key Number of the newest */
};

/* A place at the HTTP client. */
struct line {
	struct http_exchange *exchange;
	struct ue *ue;
	bool at_bmsc; /* what is out */
	struct line *next; /* of those that are free */
};

struct fleet {
	struct fleet_options o;
	struct prim *prim;
	struct http_client *http;
	struct http_req req; /* room to make one in, for all */
	struct log log; /* nowhere */
	struct agent_service service;
	struct agent_config config;
	struct line *line, *free_line;
	struct deadlines due;
	struct ue *first, **last; /* that wait for a line */
	size_t ues;
	struct ue *ue;
};

static size_t number_of(const struct ue *u)
{
	return (size_t)(u - u->fleet->ue);
}

/* --- what an agent is handed in --- */

static int64_t env_now(void *ctx)
{
	(void)ctx;
	return measure_date_ms();
}

/* For cnonces and the random spread: keys are made by the card and the network. */
static bool env_random(void *ctx, uint8_t *out, size_t n)
{
	struct ue *u = ctx;

	chance_octets(&u->random, out, n);
	return true;
}

/* A UE that is ticked has a line, or there is a free one: tick(). */
static int env_http_start(void *ctx, const struct http_req *req)
{
	struct ue *u = ctx;
	struct fleet *f = u->fleet;
	char address[AIR_ADDRESS];

	if (u->line == NULL && f->free_line == NULL)
		return -EBUSY;
	if (u->line == NULL) {
		u->line = f->free_line;
		f->free_line = u->line->next;
		u->line->ue = u;
	}
	int rc = http_exchange_source(u->line->exchange, air_address(address, number_of(u)));
	u->line->at_bmsc = strncmp(req->url, FLEET_BMSC_URL, strlen(FLEET_BMSC_URL)) == 0;
	return rc != 0 ? rc : http_exchange_start(u->line->exchange, req);
}

static void hang_up(struct ue *u)
{
	if (u->line == NULL)
		return;
	u->line->ue = NULL;
	u->line->next = u->fleet->free_line;
	u->fleet->free_line = u->line;
	u->line = NULL;
}

static void env_http_abandon(void *ctx)
{
	struct ue *u = ctx;

	http_exchange_abandon(u->line->exchange);
	hang_up(u);
}

static int env_reply(void *ctx, const struct agent_peer *to, struct span message)
{
	struct ue *u = ctx;

	return air_send(u->fleet->o.air, number_of(u), to, message);
}

static int env_mtk(void *ctx, const struct mtk_record *mtk)
{
	struct ue *u = ctx;
	struct mikey_key_id key = { .group = mtk->group, .number = mtk->number, .mtk_id = mtk->mtk_id };
	const struct fleet_watch *w = &u->fleet->o.watch;
	char tag[9];

	memcpy(key.domain, mtk->key_domain, sizeof key.domain);
	w->mtk(w->ctx, number_of(u), &key, prim_tag(u->fleet->prim, tag, SPAN(mtk->mtk.b)));
	return 0;
}

/* --- one UE --- */

/* At most once for each that is due, however often it is asked for. */
static void set_due(struct ue *u, int64_t at)
{
	/* There is room for all of them since they were opened. */
	(void)!deadlines_set(&u->fleet->due, &u->due, at, u);
}

static void wait_for_line(struct ue *u)
{
	struct fleet *f = u->fleet;

	if (u->waits)
		return;
	u->waits = true;
	u->next = NULL;
	*f->last = u;
	f->last = &u->next;
	deadlines_drop(&f->due, &u->due);
}

/* After every event of the UE: does what is due, if it could get a line for it. */
static void tick(struct ue *u)
{
	if (u->line == NULL && u->fleet->free_line == NULL) {
		wait_for_line(u);
		return;
	}
	int64_t wait = agent_tick(u->agent);
	if (!u->agent->out)
		hang_up(u);
	if (wait < 0)
		deadlines_drop(&u->fleet->due, &u->due);
	else
		set_due(u, measure_date_ms() + wait);
}

static void http_done(void *ctx, int rc, const struct http_resp *resp, const char *why)
{
	struct line *l = ctx;
	struct ue *u = l->ue;
	const struct fleet_watch *w = &u->fleet->o.watch;

	if (rc == 0)
		w->request(w->ctx, l->at_bmsc);
	agent_http_done(u->agent, rc, resp, why);
	set_due(u, 0);
}

/* The newest MSK that the card has taken, as the store was told. */
static void look_at_msk(struct ue *u)
{
	const struct fleet_watch *w = &u->fleet->o.watch;
	struct keystore_msk msk[MSKS_MAX];
	size_t n = 0;

	if (keystore_msks(u->store, msk, VU_COUNT(msk), &n) != 0 || n == 0 || msk[n - 1].key.number == u->msk)
		return;
	u->msk = msk[n - 1].key.number;
	w->msk(w->ctx, number_of(u), u->msk);
}

static void take_datagram(void *ctx, size_t ue, struct span datagram, const struct agent_peer *from)
{
	struct fleet *f = ctx;
	struct ue *u = &f->ue[ue];

	(void)agent_datagram(u->agent, datagram, from); /* its card is never busy */
	look_at_msk(u);
	tick(u);
}

static int ue_open(struct fleet *f, size_t i, struct sim_maker *maker, char *why)
{
	struct ue *u = &f->ue[i];

	u->fleet = f;
	u->random = chance_stream(f->o.seed, i, PURPOSE_UE);
	u->env = (struct agent_env){ .now = env_now,
				     .random = env_random,
				     .req = &f->req,
				     .http_start = env_http_start,
				     .http_abandon = env_http_abandon,
				     .reply = env_reply,
				     .mtk = env_mtk,
				     .ctx = u };
	_Static_assert((int)FLEET_WHY_MAX >= (int)SIM_WHY_MAX, "a reason has room");
	int rc = sim_open(&u->sim, maker, f->o.seed, i, why);
	if (rc != 0)
		return rc;
	snprintf(why, FLEET_WHY_MAX, "no memory for UE %zu", i);
	rc = keystore_open_mem(&u->store);
	if (rc != 0 || !usim_init(&u->usim, sim_card(u->sim), NULL))
		return -ENOMEM;
	u->agent = agent_open(&u->env, &f->log, &u->usim, u->store, f->prim, NULL, FLEET_BMSC_URL);
	if (u->agent == NULL || !deadlines_set(&f->due, &u->due, INT64_MAX, u))
		return -ENOMEM;
	agent_configure(u->agent, &f->config);
	if (agent_card(u->agent) == AGENT_OK)
		return 0;
	snprintf(why, FLEET_WHY_MAX, "UE %zu does not take its card: %s", i, u->agent->why);
	return -EPROTO;
}

static void ue_close(struct ue *u)
{
	agent_close(u->agent);
	keystore_close(u->store);
	usim_wipe(&u->usim);
	sim_close(u->sim);
}

/* --- all of them --- */

static int open_http(struct fleet *f)
{
	char bsf[128], bmsc[128];
	const char *const rules[] = { bsf, bmsc };
	const struct http_options o = {
		.connect_to = rules, .n_connect_to = VU_COUNT(rules), .connections = f->o.lines, .timeout = HTTP_MS
	};

	snprintf(bsf, sizeof bsf, FLEET_BSF_FQDN "=127.0.0.1:%u", f->o.bsf_port);
	snprintf(bmsc, sizeof bmsc, FLEET_BMSC_FQDN "=127.0.0.1:%u", f->o.bmsc_port);
	int rc = http_client_open(&f->http, &o);
	f->line = rc == 0 ? calloc(f->o.lines, sizeof *f->line) : NULL;
	if (rc == 0 && f->line == NULL)
		rc = -ENOMEM;
	for (size_t i = 0; i < f->o.lines && rc == 0; i++) {
		rc = http_exchange_open(&f->line[i].exchange, f->http, http_done, &f->line[i]);
		f->line[i].next = f->free_line;
		f->free_line = &f->line[i];
	}
	return rc;
}

static int open_ues(struct fleet *f, char *why)
{
	struct sim_maker *maker = NULL;
	int rc = sim_maker_open(&maker, why);

	for (; rc == 0 && f->ues < f->o.ues; f->ues += rc == 0) {
		rc = ue_open(f, f->ues, maker, why);
		if (rc != 0)
			ue_close(&f->ue[f->ues]);
	}
	sim_maker_close(maker);
	return rc;
}

int fleet_open(struct fleet **ret, const struct fleet_options *options, char *why)
{
	struct fleet *f = calloc(1, sizeof *f);

	snprintf(why, FLEET_WHY_MAX, "no memory, or no cryptography");
	if (f == NULL)
		return -ENOMEM;
	f->o = *options;
	f->last = &f->first;
	f->service = (struct agent_service){ .id = FLEET_SERVICE, .group = GROUP };
	memcpy(f->service.domain, domain, sizeof domain);
	f->config = (struct agent_config){ .uicc = true, .service = &f->service, .n_services = 1 };
	f->prim = prim_open();
	f->ue = calloc(options->ues, sizeof *f->ue);
	int rc = f->prim != NULL && f->ue != NULL ? open_http(f) : -ENOMEM;
	if (rc == 0)
		rc = open_ues(f, why);
	if (rc != 0) {
		fleet_close(f);
		return rc;
	}
	*ret = f;
	return 0;
}

void fleet_close(struct fleet *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; f->ue != NULL && i < f->ues; i++)
		ue_close(&f->ue[i]);
	for (size_t i = 0; f->line != NULL && i < f->o.lines; i++)
		http_exchange_close(f->line[i].exchange);
	http_client_close(f->http);
	deadlines_close(&f->due);
	prim_close(f->prim);
	free(f->line);
	free(f->ue);
	free(f);
}

void fleet_spread(struct fleet *f, uint32_t ms)
{
	f->config.spread = ms;
	for (size_t i = 0; i < f->ues; i++)
		agent_configure(f->ue[i].agent, &f->config);
}

void fleet_subscribe(struct fleet *f)
{
	struct km_item service = { .code = 0 }, msk = { .key.group = GROUP };

	memcpy(msk.key.domain, domain, sizeof domain);
	snprintf(service.service, sizeof service.service, "%s", FLEET_SERVICE);
	for (size_t i = 0; i < f->ues; i++) {
		agent_queue(f->ue[i].agent, KM_REGISTER, &service);
		agent_queue(f->ue[i].agent, KM_MSK_REQUEST, &msk);
		set_due(&f->ue[i], 0);
	}
}

/* Those who have waited longest get the lines that are free. */
static void give_lines(struct fleet *f)
{
	while (f->first != NULL && f->free_line != NULL) {
		struct ue *u = f->first;
		f->first = u->next;
		if (f->first == NULL)
			f->last = &f->first;
		u->waits = false;
		tick(u);
	}
}

/* Whoever is due. Milliseconds until the next one is, at most WAIT_MAX_MS. */
static int run_due(struct fleet *f)
{
	int64_t now = measure_date_ms();

	give_lines(f);
	/* Not for ever: somebody may be due again at once. */
	for (size_t i = 0; i < f->ues; i++) {
		struct deadline *d = deadlines_first(&f->due);
		if (d == NULL || d->at > now)
			break;
		tick(d->waiting);
	}
	const struct deadline *next = deadlines_first(&f->due);
	int64_t wait = next != NULL ? next->at - now : WAIT_MAX_MS;
	return wait > WAIT_MAX_MS ? WAIT_MAX_MS : (int)wait;
}

int fleet_turn(struct fleet *f, struct pollfd *fds, size_t n, int wait)
{
	struct pollfd all[FDS_MAX] = { { .fd = air_fd(f->o.air), .events = POLLIN } };
	int due = run_due(f);

	if (n > VU_COUNT(all) - 1)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		all[i + 1] = fds[i];
	int rc = http_client_poll(f->http, all, n + 1, wait < due ? wait : due);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		fds[i].revents = all[i + 1].revents;
	if ((all[0].revents & POLLIN) != 0)
		air_run(f->o.air, take_datagram, f);
	return 0;
}

const char *fleet_trouble(const struct fleet *f, size_t ue)
{
	return f->ue[ue].agent->why;
}
