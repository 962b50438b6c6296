/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two hours in the life of an ME, in seconds: agent, UICCs, BSF and BM-SC in one process, over a clock that is moved from
 * one event to the next and a network that loses, doubles and delays. See usage.
 *
 * What is looked at while it runs: an MTK is handed out once at most; no key group stays without keys while there is
 * somebody to ask; nobody turns in circles. soak.py reads the events that this writes.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/me/agent.h"
#include "host/testnet/config.h"
#include "host/testnet/state_sqlite.h"
#include "link.h"
#include "shelf.h"

#define PLAIN_USIM VUICC_SOURCE_DIR "/card/profiles/usim-plain.yaml"

static const char usage[] = "usage: soak --out FOLDER [--seed N] [--part N] [--keys-in-me]\n"
			    "\n"
			    "Two simulated hours with 500 MSK updates, 20000 MTKs, 50 bootstrappings, 20 changes of "
			    "the UICC and 100 restarts\n"
			    "of the network; of 100 datagrams 5 are lost, 5 doubled and 5 late. Same seed, same life.\n"
			    "\n"
			    "  --out FOLDER   where me.jsonl and net.jsonl, the key store and the network's state go\n"
			    "  --seed N       1 by default\n"
			    "  --part N       only one N-th of it all\n"
			    "  --keys-in-me   the UICCs do no GBA_U: MUK and MSKs are in the ME\n";

enum {
	LIFE_MS = 2 * 3600 * 1000,
	GROUPS = 2,
	UICCS = 2,
	PERMILLE = 50, /* of datagrams: lost, doubled, late */
	WINDOW = 400, /* MTK IDs under an MSK */
	NUMBERS_MAX = 4096, /* Key Numbers */
	AGAIN_MS = 500, /* before what could not be done is tried again */
	OVERTIME_MS = 120 * 1000, /* for what is left to do at the end of the life */
	QUIET_MS = 60 * 1000, /* at the end */
	WITHOUT_KEYS_MS = 30 * 1000, /* no group longer than this, as long as somebody is there to ask */
	CIRCLES_MAX = 1000, /* steps without time going on */
	LEAK_MAX = 512 * 1024, /* octets of RSS after the first quarter */
};

#define BEGIN INT64_C(1795228318000) /* 2026-11-21T02:31:58Z */

/* Both %s: whether the UICCs do GBA_U. */
static const char network[] = "bsf: { port: 0, fqdn: bsf.mnc001.mcc001.pub.3gppnetwork.org, lifetime: 2400 }\n"
			      "bmsc: { port: 0, fqdn: bmsc.home1.net, path: /keymanagement, muk_lifetime: 1500 }\n"
			      "subscribers:\n"
			      "  - { imsi: '001010123456789', mnc_length: 2, k: 465b5ce8b199b49faa5f0a2ee238a6bc,\n"
			      "      opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: %s }\n"
			      "  - { imsi: '001010123456780', mnc_length: 2, k: 465b5ce8b199b49faa5f0a2ee238a6bc,\n"
			      "      opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: %s }\n"
			      "services:\n"
			      "  - { id: 'urn:soak:stream', key_domain: 00f110, key_group: '0001', streaming: true,\n"
			      "      mtk_window: 400 }\n"
			      "  - { id: 'urn:soak:file', key_domain: 00f110, key_group: '0002', streaming: false,\n"
			      "      mtk_window: 400 }\n";

static const char *const services[GROUPS] = { "urn:soak:stream", "urn:soak:file" };
static const char *const imsis[UICCS] = { "001010123456789", "001010123456780" };
static const char *const cards[UICCS][3] = {
	{ "imsi=001010123456789", "iccid=8900101000000000019", NULL },
	{ "imsi=001010123456780", "iccid=8900101000000000027", NULL },
};

enum what { PUSH, MTK, BOOTSTRAP, SWAP, RESTART, WHATS };

static const struct {
	const char *name;
	unsigned times;
} planned[WHATS] = {
	[PUSH] = { "MSK updates", 500 },
	[MTK] = { "MTKs", 20000 },
	[BOOTSTRAP] = { "bootstrappings", 50 },
	[SWAP] = { "changes of the UICC", 20 },
	[RESTART] = { "restarts of the network", 100 },
};

/* A key group as its receiver sees it. */
struct group {
	uint8_t handed[UICCS][NUMBERS_MAX][WINDOW / 8 + 1]; /* MTKs that were handed out, a bit each */
	int64_t without; /* since when MTKs came that could not be used; 0 = the last one could */
	int64_t longest;
};

struct soak {
	uint64_t random;
	int64_t now, end;
	bool keys_in_me;
	unsigned part, done[WHATS];
	int64_t due[WHATS];
	struct group group[GROUPS];
	unsigned long handed_out, came, unusable, pulls;
	bool handed; /* by the datagram under way */
	size_t rss_quarter;

	/* The ME. */
	struct card_if *card;
	size_t uicc;
	int64_t insert_at; /* INT64_MAX: a card is in */
	struct usim usim;
	struct keystore *store;
	struct prim *prim;
	struct log me_log;
	struct agent_env env;
	struct agent *agent;
	int64_t tick_at;
	struct http_req req, out; /* room to make one, and the one that is out */
	struct http_resp resp;
	int64_t http_at; /* INT64_MAX: none is out */

	/* The network. */
	struct link *link;
	struct net_config *config;
	struct net_env net_env;
	struct log net_log;
	struct state *state;
	struct bsf *bsf;
	struct bmsc *bmsc; /* NULL: it is down */
	int64_t up_at, up_since, timer_at;
	struct outbox outbox;
	uint8_t body[HTTP_ANSWER_MAX];
	char state_path[512];
};

static _Noreturn void fail(const struct soak *s, const char *what, const char *why)
{
	fprintf(stderr, "soak: %.3f s: %s: %s\n", (double)(s->now - BEGIN) / 1000, what, why);
	exit(1);
}

/* xorshift64*: the same life for the same seed. */
static uint32_t chance(void *ctx, uint32_t below)
{
	struct soak *s = ctx;

	s->random ^= s->random >> 12;
	s->random ^= s->random << 25;
	s->random ^= s->random >> 27;
	return (uint32_t)((s->random * UINT64_C(0x2545F4914F6CDD1D)) >> 32) % below;
}

static void net_random(void *ctx, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)chance(ctx, 256);
}

static bool me_random(void *ctx, uint8_t *out, size_t n)
{
	net_random(ctx, out, n);
	return true;
}

static int64_t me_now(void *ctx)
{
	return ((struct soak *)ctx)->now;
}

static size_t rss(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL || fscanf(f, "%*u %lu", &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* The network's side. */

static void send_to_me(void *ctx, const struct peer *to, struct span datagram)
{
	struct soak *s = ctx;

	(void)to;
	link_send(s->link, s->now, true, datagram);
}

static void net_up(struct soak *s)
{
	struct net_config *c = s->config;
	char why[STATE_WHY_MAX];
	size_t ues;

	if (state_open(&s->state, s->state_path, why) != 0)
		fail(s, "the network's state", why);
	s->net_env = (struct net_env){ .prim = s->prim,
				       .random = net_random,
				       .ctx = s,
				       .log = &s->net_log,
				       .state = &state_sqlite,
				       .state_ctx = s->state };
	s->bsf = bsf_open(&c->bsf, c->subscriber, c->n_subscribers, &s->net_env);
	s->bmsc = s->bsf == NULL ? NULL
				 : bmsc_open(&c->bmsc, c->service, c->n_services, c->n_subscribers, bsf_zn(s->bsf),
					     &s->net_env);
	if (s->bmsc == NULL)
		fail(s, "the network", "no memory");
	if (state_restore(s->state, c->subscriber, c->n_subscribers, s->bsf, s->bmsc, &ues, why) != 0)
		fail(s, "the network's state", why);
	s->up_at = INT64_MAX;
	s->up_since = s->timer_at = s->now;
}

static void net_down(struct soak *s)
{
	bmsc_close(s->bmsc);
	bsf_close(s->bsf);
	state_close(s->state);
	s->bmsc = NULL;
	s->bsf = NULL;
	s->state = NULL;
	s->timer_at = INT64_MAX;
}

/* The answer as lines, which is how an ME sees it. */
static void put_line(struct http_resp *resp, const char *name, const char *value)
{
	char line[HTTP_HEADER_MAX + 64];

	if (value == NULL || value[0] == '\0')
		return;
	snprintf(line, sizeof line, "%s: %s", name, value);
	http_resp_line(resp, span_str(line));
}

static void put_answer(struct http_resp *resp, const struct http_answer *a)
{
	char line[32];

	http_resp_begin(resp);
	snprintf(line, sizeof line, "HTTP/1.1 %d x", a->status);
	http_resp_line(resp, span_str(line));
	put_line(resp, "WWW-Authenticate", a->authenticate);
	put_line(resp, "Authentication-Info", a->info);
	put_line(resp, "Content-Type", a->content_type);
	http_resp_body(resp, wr_done(&a->body));
}

/* The request that is out arrives, and its answer is there. */
static void exchange(struct soak *s)
{
	char path[HTTP_URL_MAX], type[64];
	struct http_url url;
	struct http_answer a = http_answer_into(WR(s->body));

	s->http_at = INT64_MAX;
	if (s->bmsc == NULL) {
		agent_http_done(s->agent, -ECONNREFUSED, NULL, "the network is down");
		return;
	}
	if (!http_url_parse(&url, s->out.url))
		fail(s, "a request", s->out.url);
	snprintf(path, sizeof path, "%.*s", (int)strcspn(url.uri, "?"), url.uri);
	const struct http_request request = {
		.method = s->out.method,
		.path = path,
		.target = url.uri,
		.request_type = sscanf(url.uri, "%*[^?]?requesttype=%63s", type) == 1 ? type : NULL,
		.authorization = s->out.authorization[0] != '\0' ? s->out.authorization : NULL,
		.content_type = s->out.content_type,
		.body = span_of(s->out.body, s->out.body_len),
		.host = "127.0.0.1",
	};
	if (strcmp(url.host, s->config->bsf.fqdn) == 0)
		bsf_request(s->bsf, &request, &a, s->now);
	else
		bmsc_request(s->bmsc, &request, &a, &s->outbox, s->now);
	put_answer(&s->resp, &a);
	s->timer_at = s->now;
	agent_http_done(s->agent, 0, &s->resp, "");
}

/* The ME's side. */

static int http_start(void *ctx, const struct http_req *req)
{
	struct soak *s = ctx;

	if (s->http_at != INT64_MAX)
		fail(s, "a request", "another one is out");
	s->out = *req;
	s->http_at = s->now + 2 + chance(s, 40);
	return 0;
}

static void http_abandon(void *ctx)
{
	((struct soak *)ctx)->http_at = INT64_MAX;
}

static int reply(void *ctx, const struct agent_peer *to, struct span message)
{
	struct soak *s = ctx;

	(void)to;
	link_send(s->link, s->now, false, message);
	return 0;
}

static struct group *group_of(struct soak *s, uint16_t group)
{
	if (group == 0 || group > GROUPS)
		fail(s, "an MTK", "of a key group that there is not");
	return &s->group[group - 1];
}

/* An MTK is handed out: once at most. */
static int take_mtk(void *ctx, const struct mtk_record *r)
{
	struct soak *s = ctx;
	struct group *g = group_of(s, r->group);

	if (r->number >= NUMBERS_MAX || r->mtk_id > WINDOW)
		fail(s, "an MTK", "with an ID that nobody gave out");
	uint8_t *octet = &g->handed[s->uicc][r->number][r->mtk_id / 8];
	uint8_t bit = (uint8_t)(1U << r->mtk_id % 8);
	if ((*octet & bit) != 0)
		fail(s, "an MTK", "handed out twice");
	*octet |= bit;
	s->handed_out++;
	s->handed = true;
	g->without = 0;
	return 0;
}

/* What an application of the ME does with a card that is new in it. */
static void subscribe(struct soak *s)
{
	for (size_t i = 0; i < GROUPS; i++) {
		struct km_item service = { .code = 0 };
		struct km_item msk = { .key = { .domain = { 0x00, 0xF1, 0x10 }, .group = (uint16_t)(i + 1) } };
		snprintf(service.service, sizeof service.service, "%s", services[i]);
		agent_queue(s->agent, KM_REGISTER, &service);
		agent_queue(s->agent, KM_MSK_REQUEST, &msk);
	}
}

static void insert(struct soak *s)
{
	s->insert_at = INT64_MAX;
	shelf_insert(s->card, s->uicc);
	if (agent_card(s->agent) != AGENT_OK)
		fail(s, "a UICC", s->usim.why);
	subscribe(s);
	for (size_t i = 0; i < GROUPS; i++)
		s->group[i].without = 0;
}

/*
 * An MTK message came that was not handed out: nothing to worry about, unless that goes on for long. The time when there
 * was nobody to ask does not count.
 */
static void no_use(struct soak *s, const struct mikey *m)
{
	struct group *g = group_of(s, m->key.group);
	uint8_t octet = g->handed[s->uicc][m->key.number % NUMBERS_MAX][m->key.mtk_id % WINDOW / 8];

	if ((octet & 1U << m->key.mtk_id % 8) != 0)
		return; /* a second copy of it */
	s->unusable++;
	if (g->without < s->up_since)
		g->without = g->without == 0 ? s->now : s->up_since;
	if (s->now - g->without > g->longest)
		g->longest = s->now - g->without;
	if (g->longest > WITHOUT_KEYS_MS)
		fail(s, services[m->key.group - 1], "no keys, though there is somebody to ask");
}

static void arrive(struct soak *s)
{
	static const struct agent_peer bmsc = { .host = 1, .text = "127.0.0.1:8082" };
	static const struct peer me = { "127.0.0.1", 2269 };
	static struct link_datagram d;
	struct mikey m;

	link_take(s->link, &d);
	const struct span octets = span_of(d.octets, d.n);
	if (!d.to_me) {
		if (s->bmsc != NULL)
			bmsc_datagram(s->bmsc, &me, octets, s->now);
		return;
	}
	s->handed = false;
	if (agent_datagram(s->agent, octets, &bmsc) != AGENT_TAKEN)
		fail(s, "a datagram", "the card is never busy here");
	if (mikey_parse(&m, octets) != MIKEY_OK || m.kind != MIKEY_IS_MTK || s->insert_at != INT64_MAX)
		return;
	s->came++;
	if (!s->handed)
		no_use(s, &m);
}

/* What is done to them. */

static void restart(struct soak *s)
{
	net_down(s);
	s->up_at = s->now + 500 + chance(s, 4500);
}

static void swap(struct soak *s)
{
	shelf_remove(s->card);
	(void)agent_card(s->agent);
	s->uicc = (s->uicc + 1) % UICCS;
	s->insert_at = s->now + 500 + chance(s, 3000);
}

/* Where the MUK's life is over, a pull says that there is something to ask for (decision 39). */
static bool push(struct soak *s)
{
	const char *ue = imsis[s->uicc], *service = services[chance(s, GROUPS)], *why;

	if (bmsc_push(s->bmsc, ue, service, &(struct bmsc_push){ .v = true }, &s->outbox, s->now, &why))
		return true;
	s->pulls += bmsc_pull(s->bmsc, ue, service, false, &s->outbox, s->now, &why);
	return false;
}

static bool give_mtk(struct soak *s, size_t group)
{
	const char *why;

	return bmsc_mtk(s->bmsc, services[group], &(struct bmsc_mtk){ .download = group != 0 }, &s->outbox, s->now,
			&why);
}

/* By the ME itself, or because the BM-SC says that the MUK's life is over (decision 39). */
static bool bootstrap(struct soak *s)
{
	const char *why;

	if (chance(s, 2) == 0)
		return agent_bootstrap(s->agent) != 0;
	return bmsc_expire(s->bmsc, imsis[s->uicc], s->now, &why) &&
	       bmsc_pull(s->bmsc, imsis[s->uicc], services[0], false, &s->outbox, s->now, &why);
}

/* False: not now. */
static bool act(struct soak *s, enum what what)
{
	if (s->bmsc == NULL || s->insert_at != INT64_MAX)
		return false;
	switch (what) {
	case PUSH:
		return push(s);
	case MTK:
		return give_mtk(s, chance(s, GROUPS));
	case BOOTSTRAP:
		return bootstrap(s);
	case SWAP:
		swap(s);
		return true;
	case RESTART:
		restart(s);
		return true;
	case WHATS:
		break;
	}
	return false;
}

/* The i-th of n somewhere in the i-th n-th of the life. */
static void plan(struct soak *s, enum what what)
{
	unsigned n = planned[what].times / s->part;
	int64_t each = n == 0 ? 0 : LIFE_MS / s->part / n;

	s->due[what] = s->done[what] >= n ? INT64_MAX : BEGIN + s->done[what] * each + 1 + chance(s, (uint32_t)each);
	if (s->due[what] <= s->now)
		s->due[what] = s->now + 1;
}

static void run_plan(struct soak *s)
{
	for (enum what what = PUSH; what < WHATS; what++) {
		if (s->due[what] > s->now)
			continue;
		if (act(s, what)) {
			s->done[what]++;
			s->timer_at = s->bmsc != NULL ? s->now : INT64_MAX;
			plan(s, what);
		} else {
			s->due[what] = s->now + AGAIN_MS;
		}
	}
}

static int64_t min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next(const struct soak *s)
{
	int64_t at = min(min(s->tick_at, s->http_at), min(s->up_at, s->insert_at));

	for (enum what what = PUSH; what < WHATS; what++)
		at = min(at, s->due[what]);
	return min(min(at, s->timer_at), min(link_due(s->link), s->end));
}

static void step(struct soak *s)
{
	if (s->up_at <= s->now)
		net_up(s);
	if (s->insert_at <= s->now)
		insert(s);
	if (s->http_at <= s->now)
		exchange(s);
	while (link_due(s->link) <= s->now)
		arrive(s);
	run_plan(s);
	if (s->timer_at <= s->now) {
		int64_t at = bmsc_timer(s->bmsc, &s->outbox, s->now);
		s->timer_at = at < 0 ? INT64_MAX : at;
	}
	int64_t wait = agent_tick(s->agent);
	s->tick_at = wait < 0 ? INT64_MAX : s->now + wait;
}

/* Until then, from one event to the next. */
static void live(struct soak *s, int64_t end)
{
	unsigned circles = 0;

	s->end = end;
	while (s->now < end) {
		int64_t at = next(s);
		circles = at > s->now ? 0 : circles + 1;
		if (circles == CIRCLES_MAX)
			fail(s, "somebody", "turns in circles");
		s->now = at > s->now ? at : s->now;
		step(s);
		if (s->rss_quarter == 0 && s->now >= BEGIN + LIFE_MS / s->part / 4)
			s->rss_quarter = rss();
	}
}

static bool all_done(const struct soak *s)
{
	for (enum what what = PUSH; what < WHATS; what++)
		if (s->due[what] != INT64_MAX)
			return false;
	return true;
}

/* With nothing going wrong any more, each group has a key that can be used. */
static void last_keys(struct soak *s)
{
	link_mend(s->link);
	live(s, s->now + QUIET_MS);
	for (size_t i = 0; i < GROUPS; i++) {
		unsigned long before = s->handed_out;
		if (!give_mtk(s, i))
			fail(s, services[i], "the network gives out no MTK");
		live(s, s->now + 1000);
		if (s->handed_out != before + 1)
			fail(s, services[i], "the last MTK was not handed out");
	}
}

static FILE *open_log(const char *folder, const char *name)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "we");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	return f;
}

static void put_line_quietly(void *ctx, struct span line)
{
	if (fwrite(line.p, 1, line.n, ctx) != line.n)
		exit(2);
}

static void open_all(struct soak *s, const char *folder)
{
	char why[CONFIG_WHY_MAX], path[512], config[2048];
	const char *gba_u = s->keys_in_me ? "false" : "true";

	snprintf(config, sizeof config, network, gba_u, gba_u);
	s->me_log = (struct log){ put_line_quietly, open_log(folder, "me.jsonl"), true };
	s->net_log = (struct log){ put_line_quietly, open_log(folder, "net.jsonl"), true };
	s->prim = prim_open();
	if (s->prim == NULL || net_config_parse(&s->config, "soak.yaml", span_str(config), why) != 0)
		fail(s, "the network", why);
	snprintf(s->state_path, sizeof s->state_path, "%s/net.sqlite", folder);
	s->outbox = (struct outbox){ .send = send_to_me, .ctx = s };
	s->link = link_open(PERMILLE, PERMILLE, PERMILLE, chance, s);
	net_up(s);

	s->card = shelf_open();
	for (size_t i = 0; i < UICCS; i++)
		shelf_add(s->card, s->keys_in_me ? PLAIN_USIM : NULL, cards[i]);
	snprintf(path, sizeof path, "%s/me.sqlite", folder);
	if (!usim_init(&s->usim, s->card, NULL) || keystore_open(&s->store, path, why) != 0)
		fail(s, "the ME", why);
	s->env = (struct agent_env){ .now = me_now,
				     .random = me_random,
				     .req = &s->req,
				     .http_start = http_start,
				     .http_abandon = http_abandon,
				     .reply = reply,
				     .mtk = take_mtk,
				     .ctx = s };
	s->agent = agent_open(&s->env, &s->me_log, &s->usim, s->store, s->prim, NULL,
			      "http://bmsc.home1.net/keymanagement");
	if (s->agent == NULL)
		fail(s, "the ME", "no memory");
}

static void close_all(struct soak *s)
{
	agent_close(s->agent);
	keystore_close(s->store);
	usim_wipe(&s->usim);
	card_if_close(s->card);
	net_down(s);
	net_config_free(s->config);
	link_close(s->link);
	prim_close(s->prim);
	fclose(s->me_log.ctx);
	fclose(s->net_log.ctx);
}

static void report(const struct soak *s)
{
	struct link_counts c = link_counts(s->link);

	for (enum what what = PUSH; what < WHATS; what++)
		printf("%6u %s\n", s->done[what], planned[what].name);
	printf("%6lu solicited pulls in front of an update\n", s->pulls);
	printf("%6lu datagrams: %lu lost, %lu doubled, %lu late\n", c.sent, c.lost, c.doubled, c.late);
	printf("%6lu MTK messages came to a UICC, %lu MTKs were handed out, %lu were of no use\n", s->came,
	       s->handed_out, s->unusable);
	for (size_t i = 0; i < GROUPS; i++)
		printf("%6.1f s the longest time without keys of %s\n", (double)s->group[i].longest / 1000,
		       services[i]);
	printf("%6zu KiB RSS after a quarter, %zu at the end\n", s->rss_quarter / 1024, rss() / 1024);
}

static bool parse_options(struct soak *s, const char **folder, int argc, char **argv)
{
	static const struct option names[] = { { "out", required_argument, NULL, 'o' },
					       { "seed", required_argument, NULL, 's' },
					       { "part", required_argument, NULL, 'p' },
					       { "keys-in-me", no_argument, NULL, 'k' },
					       { 0 } };

	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		if (c == 'o')
			*folder = optarg;
		else if (c == 's')
			s->random = strtoull(optarg, NULL, 10);
		else if (c == 'p')
			s->part = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'k')
			s->keys_in_me = true;
		else
			return false;
	}
	return *folder != NULL && s->random != 0 && s->part != 0 && argv[optind] == NULL;
}

int main(int argc, char **argv)
{
	static struct soak s;
	const char *folder = NULL;

	s = (struct soak){ .random = 1, .part = 1, .now = BEGIN, .insert_at = BEGIN, .http_at = INT64_MAX };
	if (!parse_options(&s, &folder, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	/* So that what is touched for the first time later on does not look like a leak. */
	memset(s.group, 0xFF, sizeof s.group);
	memset(s.group, 0, sizeof s.group);
	open_all(&s, folder);
	for (enum what what = PUSH; what < WHATS; what++)
		plan(&s, what);
	live(&s, BEGIN + LIFE_MS / s.part);
	for (int64_t end = s.now + OVERTIME_MS; !all_done(&s);) {
		if (s.now >= end)
			fail(&s, "the plan", "something could not be done");
		live(&s, s.now + AGAIN_MS);
	}
	last_keys(&s);
	report(&s);
	size_t at_end = rss();
	if (at_end > s.rss_quarter + LEAK_MAX)
		fail(&s, "memory", "more and more of it");
	close_all(&s);
	return 0;
}
