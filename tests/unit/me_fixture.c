/* SPDX-License-Identifier: Apache-2.0 */
#include "me_fixture.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "apdu/hex.h"
#include "card/perso/profile.h"
#include "card/store/nv_mem.h"

static _Noreturn void give_up(const char *what, const char *detail)
{
	fprintf(stderr, "ME fixture: %s: %s\n", what, detail);
	exit(2);
}

struct real {
	struct card_if base;
	struct nv_mem *nv;
	struct uicc *u;
	struct t0 *t0;
	bool in_reader, out, open, busy;
	unsigned stray;
};

static bool some_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	memset(out, 0x5A, n);
	return true;
}

static const struct uicc_env card_env = { .random = some_random };

static void put_in(struct real *r, va_list ap)
{
	struct profile_error e;
	struct profile *p = NULL;
	const struct nv_item *items;
	const char *set, *why = NULL;
	size_t n;

	if (profile_default(&p, &e) != 0)
		give_up(e.key, e.what);
	while ((set = va_arg(ap, const char *)) != NULL) {
		const char *path = strstr(set, "/profiles/");
		if (path != NULL)
			profile_close(p);
		if (path != NULL ? profile_load(&p, set, &e) != 0 : profile_set(p, set, &e) != 0)
			give_up(set, e.what);
	}
	if (profile_build(p, &items, &n, &e) != 0)
		give_up(e.key, e.what);
	r->nv = nv_mem_open();
	if (r->nv == NULL || !nv_mem_ops.apply(r->nv, items, n))
		give_up("card", "cannot be stored");
	profile_close(p);
	r->u = uicc_open(&nv_mem_ops, r->nv, &card_env, &why);
	r->t0 = r->u != NULL ? t0_open(r->u) : NULL;
	if (r->t0 == NULL)
		give_up("card", why != NULL ? why : "no memory");
	r->in_reader = true;
}

void real_card_remove(struct card_if *c)
{
	struct real *r = (struct real *)c;

	t0_close(r->t0);
	uicc_close(r->u);
	nv_mem_close(r->nv);
	r->t0 = NULL;
	r->u = NULL;
	r->nv = NULL;
	r->in_reader = r->open = false;
}

static int no_medium(struct card_if *c)
{
	snprintf(c->why, sizeof c->why, "the card is out");
	return -ENOMEDIUM;
}

static int real_connect(struct card_if *c, card_if_wanted_fn *wanted)
{
	struct real *r = (struct real *)c;

	if (!r->in_reader)
		return no_medium(c);
	t0_reset(r->t0);
	r->open = r->out = true;
	bool ok = wanted(c);
	r->out = false;
	return ok ? 0 : no_medium(c);
}

static void real_disconnect(struct card_if *c)
{
	((struct real *)c)->open = false;
}

static int real_begin(struct card_if *c)
{
	struct real *r = (struct real *)c;

	if (!r->in_reader || !r->open)
		return no_medium(c);
	if (r->busy) {
		snprintf(c->why, sizeof c->why, "another program has it");
		return -EBUSY;
	}
	r->out = true;
	return 0;
}

static void real_end(struct card_if *c)
{
	((struct real *)c)->out = false;
}

static int real_transmit(struct card_if *c, const uint8_t *capdu, size_t n, uint8_t rapdu[static RAPDU_MAX],
			 size_t *ret_n)
{
	struct real *r = (struct real *)c;

	if (!r->in_reader || !r->open)
		return no_medium(c);
	r->stray += !r->out;
	*ret_n = c->t0 ? t0_transmit(r->t0, capdu, n, rapdu) : uicc_transmit(r->u, capdu, n, rapdu);
	return 0;
}

static int no_wait(struct card_if *c)
{
	(void)c;
	return -ENOTSUP;
}

static void real_close(struct card_if *c)
{
	real_card_remove(c);
	free(c);
}

static const struct card_if_ops real_ops = { .connect = real_connect,
					     .disconnect = real_disconnect,
					     .begin = real_begin,
					     .end = real_end,
					     .transmit = real_transmit,
					     .wait = no_wait,
					     .stop_waiting = real_disconnect,
					     .close = real_close };

struct card_if *real_card(bool t0, ...)
{
	struct real *r = calloc(1, sizeof *r);
	va_list ap;

	if (r == NULL)
		give_up("card", "no memory");
	r->base.ops = &real_ops;
	r->base.t0 = t0;
	snprintf(r->base.name, sizeof r->base.name, "in RAM");
	va_start(ap, t0);
	put_in(r, ap);
	va_end(ap);
	return &r->base;
}

void real_card_swap(struct card_if *c, ...)
{
	struct real *r = (struct real *)c;
	va_list ap;

	real_card_remove(c);
	va_start(ap, c);
	put_in(r, ap);
	va_end(ap);
}

void real_card_busy(struct card_if *c, bool busy)
{
	((struct real *)c)->busy = busy;
}

unsigned real_card_stray(const struct card_if *c)
{
	return ((const struct real *)c)->stray;
}

sw_t real_card_apdu(struct card_if *c, const char *hex, struct wr *out)
{
	struct real *r = (struct real *)c;
	uint8_t capdu[CAPDU_MAX], rapdu[RAPDU_MAX];
	struct wr w = WR(capdu);

	if (!hex_parse(&w, span_str(hex)))
		give_up("not hexadecimal", hex);
	struct rd answer = rd_of(span_of(rapdu, uicc_transmit(r->u, capdu, w.n, rapdu)));
	wr_span(out, rd_take(&answer, answer.n - 2));
	return rd_u16(&answer);
}

struct scripted_if {
	struct card_if base;
	const struct scripted *script;
	size_t n, done;
};

static int scripted_connect(struct card_if *c, card_if_wanted_fn *wanted)
{
	(void)c, (void)wanted;
	return 0;
}

static void scripted_nothing(struct card_if *c)
{
	(void)c;
}

static int scripted_begin(struct card_if *c)
{
	(void)c;
	return 0;
}

static int scripted_transmit(struct card_if *c, const uint8_t *capdu, size_t n, uint8_t rapdu[static RAPDU_MAX],
			     size_t *ret_n)
{
	struct scripted_if *s = (struct scripted_if *)c;
	uint8_t want[CAPDU_MAX];
	struct wr w = WR(want), say = wr_of(rapdu, RAPDU_MAX);

	if (s->done >= s->n) {
		snprintf(c->why, sizeof c->why, "the script is over");
		s->done = SIZE_MAX;
		return -EIO;
	}
	const struct scripted *step = &s->script[s->done++];
	if (step->want != NULL && (!hex_parse(&w, span_str(step->want)) || !span_eq(wr_done(&w), span_of(capdu, n)))) {
		char text[2 * CAPDU_MAX + 1];
		fprintf(stderr, "scripted card: expected %s, got %s\n", step->want,
			hex_str(text, sizeof text, span_of(capdu, n)));
		s->done = SIZE_MAX;
		return -EIO;
	}
	if (!hex_parse(&say, span_str(step->say)))
		give_up("not hexadecimal", step->say);
	*ret_n = say.n;
	return 0;
}

static void scripted_close(struct card_if *c)
{
	free(c);
}

static const struct card_if_ops scripted_ops = { .connect = scripted_connect,
						 .disconnect = scripted_nothing,
						 .begin = scripted_begin,
						 .end = scripted_nothing,
						 .transmit = scripted_transmit,
						 .wait = no_wait,
						 .stop_waiting = scripted_nothing,
						 .close = scripted_close };

struct card_if *scripted_card(const struct scripted *script, size_t n)
{
	struct scripted_if *s = calloc(1, sizeof *s);

	if (s == NULL)
		give_up("card", "no memory");
	s->base.ops = &scripted_ops;
	s->script = script;
	s->n = n;
	return &s->base;
}

size_t scripted_done(const struct card_if *c)
{
	return ((const struct scripted_if *)c)->done;
}

static int64_t world_now(void *ctx)
{
	return ((struct world *)ctx)->now;
}

/* The cnonce of gba-mikey.json. */
static bool world_random(void *ctx, uint8_t *out, size_t n)
{
	static const uint8_t cnonce[16] = { 0x66, 0x29, 0xfa, 0xe4, 0x93, 0x93, 0xa0, 0x53,
					    0x97, 0x45, 0x09, 0x78, 0x50, 0x7c, 0x4e, 0xf1 };
	(void)ctx;
	for (size_t i = 0; i < n; i++)
		out[i] = cnonce[i % sizeof cnonce];
	return true;
}

void fill_response(struct http_resp *r, const char *head, const char *body)
{
	http_resp_begin(r);
	while (*head != '\0') {
		size_t n = strcspn(head, "\n");
		http_resp_line(r, span_of(head, n));
		head += n + (head[n] == '\n');
	}
	if (body != NULL)
		http_resp_body(r, span_str(body));
}

static int world_http_start(void *ctx, const struct http_req *req)
{
	struct world *w = ctx;
	const struct exchange *e = &w->script[w->done];
	const char *a = req->authorization;

	if (w->is_out)
		give_up("network", "two requests at a time");
	snprintf(w->authorization, sizeof w->authorization, "%s", a);
	snprintf(w->last_body, sizeof w->last_body, "%.*s", (int)req->body_len, (const char *)req->body);
	if (w->done >= w->exchanges || strstr(req->url, e->want_url) == NULL ||
	    (e->want_authorization == NULL ? a[0] != '\0' : strstr(a, e->want_authorization) == NULL)) {
		fprintf(stderr, "network: did not expect %s %s with Authorization '%s'\n", req->method, req->url, a);
		w->surprised = true;
		return -EIO;
	}
	w->out = *req;
	w->is_out = true;
	memset(&w->req, 0x5A, sizeof w->req); /* nothing is kept there */
	return 0;
}

static void world_http_abandon(void *ctx)
{
	struct world *w = ctx;

	w->is_out = false;
	w->abandoned++;
	w->done++;
}

bool world_answer(struct world *w, struct agent *a)
{
	struct exchange *e = &w->script[w->done];
	static struct http_resp resp;

	if (!w->is_out)
		return false;
	w->is_out = false;
	w->done++;
	if (w->prepare != NULL)
		w->prepare(w, &w->out, e);
	if (e->head == NULL) {
		agent_http_done(a, -ECONNREFUSED, NULL, "nobody there");
		return true;
	}
	fill_response(&resp, e->head, e->body);
	agent_http_done(a, 0, &resp, NULL);
	return true;
}

int64_t world_tick(struct world *w, struct agent *a)
{
	int64_t wait;

	do
		wait = agent_tick(a);
	while (world_answer(w, a) || wait == 0);
	return wait;
}

enum agent_end world_errand(struct world *w, struct agent *a, uint32_t errand)
{
	if (errand == 0)
		give_up("agent", "takes no errand");
	w->errand = 0;
	(void)world_tick(w, a);
	if (w->errand != errand)
		give_up("agent", "does not end an errand");
	return w->end;
}

enum agent_taken world_datagram(struct agent *a, struct span octets)
{
	static const struct agent_peer from = { .host = 9, .text = "127.0.0.1:9" };
	return agent_datagram(a, octets, &from);
}

static void world_ended(void *ctx, uint32_t errand, enum agent_end end, const char *why)
{
	struct world *w = ctx;

	w->errand = errand;
	w->end = end;
	snprintf(w->why, sizeof w->why, "%s", why);
}

static void world_flush(void *ctx)
{
	((struct world *)ctx)->flushed++;
}

static int world_reply(void *ctx, const struct agent_peer *to, struct span message)
{
	struct world *w = ctx;
	struct wr out = WR(w->reply);

	if (to->text[0] == '\0')
		give_up("agent", "replies to nobody");
	wr_span(&out, message);
	w->reply_n = out.n;
	w->replies++;
	return 0;
}

static int world_mtk(void *ctx, const struct mtk_record *mtk)
{
	struct world *w = ctx;

	w->mtk = *mtk;
	w->mtks++;
	return 0;
}

static void world_put(void *ctx, struct span line)
{
	struct world *w = ctx;
	struct wr out = { .p = (uint8_t *)w->events, .cap = sizeof w->events, .n = w->events_n };

	wr_span(&out, line);
	if (!wr_cstr(&out))
		give_up("events", "too many");
	w->events_n = out.n;
}

void world_init(struct world *w)
{
	memset(w, 0, sizeof *w);
	w->env = (struct agent_env){ .now = world_now,
				     .random = world_random,
				     .req = &w->req,
				     .http_start = world_http_start,
				     .http_abandon = world_http_abandon,
				     .reply = world_reply,
				     .flush = world_flush,
				     .ended = world_ended,
				     .mtk = world_mtk,
				     .ctx = w };
	w->log = (struct log){ .put = world_put, .ctx = w };
	w->now = 1700000000000;
}

bool world_saw(const struct world *w, const char *text)
{
	return strstr(w->events, text) != NULL;
}

void world_forget(struct world *w)
{
	w->events_n = 0;
	w->events[0] = '\0';
	w->exchanges = w->done = 0;
	w->replies = 0;
	w->reply_n = 0;
	w->mtks = 0;
}

void world_expect(struct world *w, struct exchange e)
{
	if (w->exchanges == VU_COUNT(w->script))
		give_up("network", "the script is too long");
	w->script[w->exchanges++] = e;
}

static char folder[64];

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void remove_folder(void)
{
	nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *temporary_path(const char *name)
{
	static char path[8][256];
	static unsigned turn;
	static bool made;

	if (!made) {
		/* In memory if there is such a folder: what is tested is not how long a disk takes. */
		snprintf(folder, sizeof folder, "%s/vuicc-me-XXXXXX",
			 access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
		if (mkdtemp(folder) == NULL)
			give_up(folder, strerror(errno));
		made = true;
		atexit(remove_folder);
	}
	turn = (turn + 1) % VU_COUNT(path);
	snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
	return path[turn];
}

bool file_has(const char *path, struct span octets)
{
	static uint8_t content[1U << 20];
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return false;
	size_t n = fread(content, 1, sizeof content, f);
	fclose(f);
	return octets.n != 0 && memmem(content, n, octets.p, octets.n) != NULL;
}

void disk_full(bool full)
{
	static struct rlimit before;
	struct rlimit now;

	signal(SIGXFSZ, SIG_IGN);
	if (full && getrlimit(RLIMIT_FSIZE, &before) != 0)
		give_up("RLIMIT_FSIZE", strerror(errno));
	now = (struct rlimit){ .rlim_cur = full ? 1024 : before.rlim_cur, .rlim_max = before.rlim_max };
	if (setrlimit(RLIMIT_FSIZE, &now) != 0)
		give_up("RLIMIT_FSIZE", strerror(errno));
}
