/* SPDX-License-Identifier: Apache-2.0 */
#include "agent_story.h"

#include <stdio.h>

struct json *vectors;
struct prim *prim;
struct world w;
struct card_if *card;
struct keystore *store;
struct agent *agent;
const char *store_path;
int answer_code = 200;
static struct usim usim;
static bool challenged; /* the agent knows a nonce of the BM-SC */
static char challenge_head[1024], ok_head[1024], ok_body[2048];

const struct km_item current_msk = { .key = { .domain = { 0, 0xF1, 0x10 }, .group = 1 } };
const int64_t lifetime_ends = 1893456000000;

#define CNONCE "6629fae49393a05397450978507c4ef1"

void open_agent(void)
{
	char why[KEYSTORE_WHY_MAX];

	if (keystore_open(&store, store_path, why) != 0)
		CU_FAIL_FATAL(why);
	CU_ASSERT_TRUE_FATAL(usim_init(&usim, card, NULL));
	agent = agent_open(&w.env, &w.log, &usim, store, prim, NULL, BMSC);
	CU_ASSERT_PTR_NOT_NULL_FATAL(agent);
}

void close_agent(void)
{
	agent_close(agent);
	keystore_close(store);
}

void begin(const char *name)
{
	challenged = false;
	world_init(&w);
	card = real_card(true, VECTOR_SQN_START, NULL);
	store_path = temporary_path(name);
	open_agent();
}

void end(void)
{
	CU_ASSERT_FALSE(w.surprised);
	CU_ASSERT_EQUAL(w.done, w.exchanges);
	CU_ASSERT_EQUAL(real_card_stray(card), 0);
	close_agent();
	card_if_close(card);
}

void restart(void)
{
	challenged = false;
	close_agent();
	open_agent();
}

void expect_bootstrap(void)
{
	snprintf(challenge_head, sizeof challenge_head,
		 "HTTP/1.1 401 x\nWWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", algorithm=AKAv1-MD5, "
		 "qop=\"auth-int\"\n",
		 VEC("ub_digest.realm"), VEC("ub_digest.nonce"));
	snprintf(ok_head, sizeof ok_head,
		 "HTTP/1.1 200 OK\nAuthentication-Info: qop=auth-int, rspauth=\"%s\", cnonce=\"%s\", nc=00000001\n",
		 VEC("ub_digest.rspauth"), CNONCE);
	snprintf(ok_body, sizeof ok_body, "%s", VEC("ub_digest.ok_body"));
	world_expect(&w, (struct exchange){ BSF, "nonce=\"\"", challenge_head, NULL });
	world_expect(&w, (struct exchange){ BSF, "response=\"33df47e61c59abdef2bf3ae05245827d\"", ok_head, ok_body });
}

/* What the BM-SC says to a digest: a code for every item, under the MRK of the vectors. */
static void answer_as_bmsc(struct world *world, const struct http_req *req, struct exchange *e)
{
	static char head[1024];
	static uint8_t body[32768];
	static struct km_doc doc;
	struct wr text = WR(body);
	struct digest d;
	char rspauth[DIGEST_HEX_MAX], xml_why[XML_WHY_MAX];
	const char *why;
	(void)world;

	if (strstr(req->url, "requesttype=") == NULL || req->authorization[0] == '\0' || e->head != NULL)
		return;
	const char *type = strstr(req->url, "requesttype=") + strlen("requesttype=");
	CU_ASSERT_TRUE_FATAL(km_kind_of(&doc.kind, type));
	if (!km_parse(&doc, doc.kind, false, span_of(req->body, req->body_len), xml_why))
		CU_FAIL_FATAL(xml_why);
	doc.response = true;
	for (size_t i = 0; i < doc.n; i++)
		doc.item[i].code = answer_code;
	km_put(&text, &doc);
	CU_ASSERT_TRUE_FATAL(wr_cstr(&text));
	CU_ASSERT_TRUE_FATAL(digest_parse(&d, span_str(req->authorization), &why));
	digest_response(prim, rspauth, &d, span_str(VEC("gba.ua_password_base64_ks_ext_naf")), NULL, wr_done(&text));
	snprintf(head, sizeof head,
		 "HTTP/1.1 200 OK\nContent-Type: %s\nAuthentication-Info: qop=auth-int, rspauth=\"%s\", cnonce=\"%s\", "
		 "nc=%08x\n",
		 km_media_type(doc.kind, true), rspauth, d.cnonce, d.nc);
	e->head = head;
	e->body = (const char *)body;
}

void expect_ask(const char *type)
{
	w.prepare = answer_as_bmsc;
	if (!challenged)
		world_expect(&w, (struct exchange){ type, NULL, UA_CHALLENGE, NULL });
	challenged = true;
	world_expect(&w, (struct exchange){ type, "username=\"I1U8vpY3qJ0hiuZNrke/NQ==@bsf", NULL, NULL });
}

struct km_doc services(enum km_kind kind, const char *service)
{
	struct km_doc doc = { .kind = kind, .n = 1 };
	snprintf(doc.item[0].service, sizeof doc.item[0].service, "%s", service);
	return doc;
}

void datagram(const char *block)
{
	CU_ASSERT_EQUAL(world_datagram(agent, json_hex(vectors, "$.%s.message", block)), AGENT_TAKEN);
}

enum agent_end ask(const struct km_doc *doc)
{
	return world_errand(&w, agent, agent_ask(agent, doc));
}

enum agent_end bootstrap(void)
{
	return world_errand(&w, agent, agent_bootstrap(agent));
}

int64_t but_for_lifetime(int64_t wait)
{
	return wait == lifetime_ends - w.now ? -1 : wait;
}

int64_t tick(void)
{
	return but_for_lifetime(world_tick(&w, agent));
}

void waits_for_msk(void)
{
	int64_t wait = tick();

	CU_ASSERT_TRUE(wait > AGENT_MSK_MS - 5000 && wait <= AGENT_MSK_MS + 4 * AGENT_BACKOFF_MS);
}

void begin_registered(const char *name)
{
	struct km_doc doc = services(KM_REGISTER, "urn:3gpp:mbms:demo");

	begin(name);
	expect_bootstrap();
	expect_ask("requesttype=register");
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_EQUAL_FATAL(ask(&doc), AGENT_OK);
	CU_ASSERT_EQUAL(w.done, w.exchanges);
	world_forget(&w);
}

int story_run(const char *name, const struct cu_test *tests, size_t n)
{
	vectors = json_open("gba-mikey.json");
	prim = prim_open();
	int rc = prim != NULL ? cu_run(name, tests, n) : 2;
	prim_close(prim);
	json_close(vectors);
	return rc;
}
