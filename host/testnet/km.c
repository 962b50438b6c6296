/* SPDX-License-Identifier: Apache-2.0 */
/* Key management requests of an authenticated UE: registration, deregistration, MSK request (TS 33.246 6.3.2). */
#include "bmsc_int.h"

#include <stdio.h>
#include <strings.h>

/* Response codes of an item, decision 35. */
enum { KM_OK = 200, KM_NOT_AUTHORISED = 403, KM_UNKNOWN = 404, KM_FAILED = 500 };

struct km {
	struct bmsc *b;
	struct ue *u;
	const struct outbox *outbox;
	int64_t now;
};

static const char *const event_names[KM_KINDS] = { "registered", "deregistered", "msk-request" };

/* Stored only when it is new: UEs say it again and again. */
static int set_registered(struct km *k, int i, bool registered)
{
	uint64_t bit = UINT64_C(1) << i;

	if (((k->u->registered & bit) != 0) == registered)
		return KM_OK;
	if (!STATE_PUT(k->b->env, put_registration, k->u->impi, k->b->service[i].id, registered))
		return KM_FAILED;
	k->u->registered ^= bit;
	return KM_OK;
}

static int register_service(struct km *k, const struct km_item *item)
{
	int i = bmsc_service_of(k->b, item->service);

	if (i < 0)
		return KM_UNKNOWN;
	if (!bmsc_is_member(k->b, (size_t)i, k->u))
		return KM_NOT_AUTHORISED;
	return set_registered(k, i, true);
}

/* Leaving a service twice is no error: the UE may not have heard the first answer. */
static int deregister_service(struct km *k, const struct km_item *item)
{
	int i = bmsc_service_of(k->b, item->service);

	if (i < 0)
		return KM_UNKNOWN;
	int code = set_registered(k, i, false);
	delivery_leave(k->b, k->u, k->now);
	return code;
}

static int request_msk(struct km *k, const struct km_item *item)
{
	struct key_group *g = bmsc_group_of(k->b, item->key.domain, item->key.group);

	if (g == NULL)
		return KM_UNKNOWN;
	if (!bmsc_entitled(k->b, k->u, g))
		return KM_NOT_AUTHORISED;
	return keygroup_find(g, item->key.number, k->b->env) != NULL ? KM_OK : KM_UNKNOWN;
}

static void log_item(const struct km *k, enum km_kind kind, const struct km_item *item)
{
	const struct mikey_key_id *key = &item->key;
	uint8_t id[4];
	struct wr w = WR(id);
	bool is_msk = kind == KM_MSK_REQUEST;

	wr_u16(&w, key->group);
	wr_u16(&w, key->number);
	LOG(k->b->env->log, k->now, item->code == KM_OK || is_msk ? event_names[kind] : "rejected",
	    LOG_TEXT("ue", k->u->impi), LOG_TEXT("request", km_request_type(kind)),
	    LOG_TEXT("service", is_msk ? NULL : item->service),
	    LOG_HEX("key_domain", is_msk ? SPAN(key->domain) : (struct span){ 0 }),
	    LOG_HEX("msk_id", is_msk ? wr_done(&w) : (struct span){ 0 }), LOG_NUMBER("code", item->code));
}

static int handle_item(struct km *k, enum km_kind kind, const struct km_item *item)
{
	switch (kind) {
	case KM_REGISTER:
		return register_service(k, item);
	case KM_DEREGISTER:
		return deregister_service(k, item);
	case KM_MSK_REQUEST:
		return request_msk(k, item);
	case KM_KINDS:
		break;
	}
	return KM_UNKNOWN;
}

/* The MSKs that were granted follow the answer by MIKEY. */
static void deliver(struct km *k, const struct km_doc *doc)
{
	for (size_t i = 0; i < doc->n; i++) {
		const struct mikey_key_id *id = &doc->item[i].key;

		if (doc->item[i].code != KM_OK)
			continue;
		struct key_group *g = bmsc_group_of(k->b, id->domain, id->group);
		struct msk *m = keygroup_find(g, id->number, k->b->env);
		delivery_msk(k->b, k->u, g, m, true, k->outbox, k->now);
	}
}

static void handle(struct km *k, struct km_doc *doc, struct http_answer *answer)
{
	for (size_t i = 0; i < doc->n; i++) {
		doc->item[i].code = handle_item(k, doc->kind, &doc->item[i]);
		log_item(k, doc->kind, &doc->item[i]);
	}
	doc->response = true;
	struct km_doc said;
	memcpy(&said, doc, offsetof(struct km_doc, item) + doc->n * sizeof *doc->item); /* not all that has room */
	fault_doc(k->b->env, &said);
	km_put(&answer->body, &said);
	if (answer->body.bad) {
		http_answer_text(answer, 500, "an answer that does not fit");
		return;
	}
	answer->status = 200;
	answer->content_type = km_media_type(doc->kind, true);
	if (doc->kind == KM_MSK_REQUEST)
		deliver(k, doc);
}

static void reject(const struct km *k, struct http_answer *answer, int status, const char *reason)
{
	LOG(k->b->env->log, k->now, "rejected", LOG_TEXT("interface", "Ua"), LOG_TEXT("ue", k->u->impi),
	    LOG_NUMBER("status", status), LOG_TEXT("reason", reason));
	http_answer_text(answer, status, reason);
}

/* The media type of the request's kind; parameters behind it are no matter. False with a sentence. */
static bool media_type_ok(const struct http_request *request, enum km_kind kind, char why[static XML_WHY_MAX])
{
	const char *expected = km_media_type(kind, false), *got = request->content_type;

	if (got == NULL)
		got = "none";
	size_t n = strcspn(got, "; \t");
	if (n == strlen(expected) && strncasecmp(got, expected, n) == 0)
		return true;
	snprintf(why, XML_WHY_MAX, "expected Content-Type %s, got %.*s", expected, (int)n, got);
	return false;
}

void km_request(struct bmsc *b, struct ue *u, const struct http_request *request, struct http_answer *answer,
		const struct outbox *outbox, int64_t now)
{
	struct km k = { b, u, outbox, now };
	struct km_doc doc;
	char why[XML_WHY_MAX];
	enum km_kind kind;

	if (strcmp(request->method, "POST") != 0) {
		answer->allow = "POST";
		reject(&k, answer, 405, "key management is POST");
	} else if (request->request_type == NULL || !km_kind_of(&kind, request->request_type)) {
		reject(&k, answer, 400, "requesttype is not register, deregister or msk-request");
	} else if (!media_type_ok(request, kind, why)) {
		reject(&k, answer, 415, why);
	} else if (!km_memo_parse(&b->memo, &doc, kind, request->body, why)) {
		reject(&k, answer, 400, why);
	} else {
		handle(&k, &doc, answer);
	}
}
