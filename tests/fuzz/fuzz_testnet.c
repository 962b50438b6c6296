/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets: bsf_request, bmsc_request, bmsc_datagram: a session with the other side.
 *
 *   flags(1)    bit 0: every digest and MAC is right, as if the keys were known
 *   then steps: what(1), and
 *     0 Ub         length(2) Authorization
 *     1 Ua         requesttype(1) length(2) Authorization length(2) body
 *     2 MIKEY      length(2) datagram
 *     3 operator   what(1): push, pull, MTK, end of the MUK's life
 *     4 time       seconds(1), and the timer
 *
 * An octet 01 in an Authorization stands for the nonce that this side gave last, the CSB ID 01010101 in a datagram for
 * the one it sent last. Without bit 0 nobody gets a 200.
 */
#include "equal.h"
#include "fuzz.h"
#include "host/http/digest.h"
#include "host/testnet/config.h"

enum { NONCE_MARK = 1, CSB_ID_MARK = 0x01010101, CSB_ID_AT = 4, TEXT_MAX = 4096, BEGIN = 1700000000 };

#define PEER "127.0.0.1"
#define GROUP "00f110:0001"

static struct {
	struct net_config *config;
	struct subscriber subscriber; /* as configured: its SQN moves on */
	struct prim *prim;
	uint8_t *answer;
} fixed;

struct session {
	struct bsf *bsf;
	struct bmsc *bmsc;
	struct net_env env;
	struct log log;
	struct outbox outbox;
	int64_t now;
	uint8_t chance;
	bool known; /* bit 0 */
	char nonce[2][DIGEST_TEXT_MAX]; /* Ub, Ua */
	uint32_t csb_id;
};

/* 00 01 02 …: the RAND of the first challenge, and with it the first B-TID, is what make_corpus.py writes. */
static void some_octets(void *ctx, uint8_t *out, size_t n)
{
	struct session *s = ctx;

	for (size_t i = 0; i < n; i++)
		out[i] = s->chance++;
}

static void check_event(void *ctx, struct span line)
{
	(void)ctx;
	FUZZ_CHECK(line.n != 0 && line.n <= LOG_LINE_MAX && line.p[line.n - 1] == '\n');
	for (size_t i = 0; i + 1 < line.n; i++)
		FUZZ_CHECK(line.p[i] >= ' ' && line.p[i] < 0x7F);
}

static void check_datagram(void *ctx, const struct peer *to, struct span datagram)
{
	struct session *s = ctx;
	struct mikey m;

	FUZZ_CHECK(strcmp(to->host, PEER) == 0 && mikey_parse(&m, datagram) == MIKEY_OK);
	s->csb_id = m.csb_id;
}

static void fix(void)
{
	char why[CONFIG_WHY_MAX];

	FUZZ_CHECK(net_config_load(&fixed.config, NULL, why) == 0 && fixed.config->n_subscribers == 1);
	fixed.subscriber = fixed.config->subscriber[0];
	fixed.prim = prim_open();
	fixed.answer = malloc(HTTP_ANSWER_MAX);
	FUZZ_CHECK(fixed.prim != NULL && fixed.answer != NULL);
}

static void begin(struct session *s, uint8_t flags)
{
	struct net_config *c = fixed.config;

	*s = (struct session){ .now = INT64_C(1000) * BEGIN, .known = (flags & 1) != 0 };
	c->subscriber[0] = fixed.subscriber;
	s->log = (struct log){ .put = check_event };
	s->outbox = (struct outbox){ .send = check_datagram, .ctx = s };
	s->env = (struct net_env){ .prim = fixed.prim, .random = some_octets, .ctx = s, .log = &s->log };
	s->bsf = bsf_open(&c->bsf, c->subscriber, c->n_subscribers, &s->env);
	FUZZ_CHECK(s->bsf != NULL);
	s->bmsc = bmsc_open(&c->bmsc, c->service, c->n_services, c->n_subscribers, bsf_zn(s->bsf), &s->env);
	FUZZ_CHECK(s->bmsc != NULL);
	fuzz_all_equal(s->known);
}

static void end(struct session *s)
{
	fuzz_all_equal(false);
	bmsc_close(s->bmsc);
	bsf_close(s->bsf);
}

static struct span take(struct rd *r)
{
	size_t n = rd_u16(r);

	return rd_take(r, n < r->n ? n : r->n);
}

/* The header as a server sees it: a C string, its marks replaced. NULL when it is empty. */
static char *header(const struct session *s, bool ua, struct span in)
{
	char *text = malloc(TEXT_MAX);
	struct wr w = wr_of(text, TEXT_MAX);

	FUZZ_CHECK(text != NULL);
	for (size_t i = 0; i < in.n && in.p[i] != '\0'; i++) {
		if (in.p[i] == NONCE_MARK)
			wr_str(&w, s->nonce[ua]);
		else
			wr_u8(&w, in.p[i]);
	}
	if (w.n != 0 && wr_cstr(&w))
		return text;
	free(text);
	return NULL;
}

static void check_answer(struct session *s, bool ua, const struct http_answer *a)
{
	struct digest d;
	const char *why;

	FUZZ_CHECK(a->status >= 200 && a->status <= 599 && !a->body.bad);
	FUZZ_CHECK((a->status == 401) == (a->authenticate[0] != '\0'));
	FUZZ_CHECK(a->status == 200 ? s->known && a->info[0] != '\0' : true);
	FUZZ_CHECK(memchr(a->info, 0, sizeof a->info) != NULL);
	if (a->status != 401)
		return;
	FUZZ_CHECK(digest_parse(&d, span_str(a->authenticate), &why) && d.nonce[0] != '\0');
	memcpy(s->nonce[ua], d.nonce, sizeof d.nonce);
}

static void ub(struct session *s, struct rd *r)
{
	char *authorization = header(s, false, take(r));
	struct http_answer a = http_answer_into(wr_of(fixed.answer, HTTP_ANSWER_MAX));
	const struct http_request request = {
		.method = "GET", .path = "/", .target = "/", .authorization = authorization, .host = PEER
	};

	bsf_request(s->bsf, &request, &a, s->now);
	check_answer(s, false, &a);
	free(authorization);
}

static void ua(struct session *s, struct rd *r)
{
	static const char *const types[] = { "register", "deregister", "msk-request", "", NULL };
	const char *type = types[rd_u8(r) % VU_COUNT(types)];
	char *authorization = header(s, true, take(r)), target[64];
	struct span body = take(r);
	uint8_t *octets = fuzz_copy(body);
	enum km_kind kind;
	struct http_answer a = http_answer_into(wr_of(fixed.answer, HTTP_ANSWER_MAX));

	snprintf(target, sizeof target, "/keymanagement%s%s", type != NULL ? "?requesttype=" : "",
		 type != NULL ? type : "");
	const struct http_request request = { .method = "POST",
					      .path = "/keymanagement",
					      .target = target,
					      .request_type = type,
					      .authorization = authorization,
					      .content_type = type != NULL && km_kind_of(&kind, type)
								      ? km_media_type(kind, false)
								      : NULL,
					      .body = span_of(octets, body.n),
					      .host = PEER };
	bmsc_request(s->bmsc, &request, &a, &s->outbox, s->now);
	check_answer(s, true, &a);
	free(authorization);
	free(octets);
}

static void mikey(struct session *s, struct rd *r)
{
	static const struct peer from = { PEER, 2269 };
	struct span datagram = take(r);
	uint8_t *octets = fuzz_copy(datagram);
	struct rd csb_id = rd_of(span_sub(datagram, CSB_ID_AT, sizeof s->csb_id));

	if (rd_u32(&csb_id) == CSB_ID_MARK) {
		struct wr w = wr_of(octets + CSB_ID_AT, sizeof s->csb_id);
		wr_u32(&w, s->csb_id);
	}
	bmsc_datagram(s->bmsc, &from, span_of(octets, datagram.n), s->now);
	free(octets);
}

static void operate(struct session *s, uint8_t what)
{
	const char *ue = fixed.config->subscriber[0].imsi, *why = NULL;
	bool ok = false;

	switch (what % 4) {
	case 0:
		ok = bmsc_push(s->bmsc, ue, GROUP, &(struct bmsc_push){ .v = true }, &s->outbox, s->now, &why);
		break;
	case 1:
		ok = bmsc_pull(s->bmsc, ue, GROUP, false, &s->outbox, s->now, &why);
		break;
	case 2:
		ok = bmsc_mtk(s->bmsc, GROUP, &(struct bmsc_mtk){ .download = false }, &s->outbox, s->now, &why);
		break;
	default:
		ok = bmsc_expire(s->bmsc, ue, s->now, &why);
	}
	FUZZ_CHECK(ok || why != NULL);
}

static void step(struct session *s, struct rd *r)
{
	switch (rd_u8(r) % 5) {
	case 0:
		ub(s, r);
		break;
	case 1:
		ua(s, r);
		break;
	case 2:
		mikey(s, r);
		break;
	case 3:
		operate(s, rd_u8(r));
		break;
	default:
		s->now += INT64_C(1000) * rd_u8(r);
		(void)bmsc_timer(s->bmsc, &s->outbox, s->now);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(span_of(data, size));
	struct session s;

	if (fixed.config == NULL)
		fix();
	begin(&s, rd_u8(&r));
	while (r.n != 0 && !r.bad)
		step(&s, &r);
	end(&s);
	return 0;
}
