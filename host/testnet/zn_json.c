/* SPDX-License-Identifier: Apache-2.0 */
#include "zn_json.h"

#include <jansson.h>
#include <time.h>

#include "../../apdu/hex.h"
#include "../log.h"

enum { UA_ID_LEN = 5 };

static bool no(const char **ret_why, const char *why)
{
	*ret_why = why;
	return false;
}

static bool copy_text(char *to, size_t size, const char *from)
{
	struct wr w = wr_of(to, size);

	wr_str(&w, from);
	return wr_cstr(&w);
}

/* The members that say which NAF asks, as octets. */
static bool naf_id_of(struct wr *out, const struct zn_query_text *text, const char **ret_why)
{
	if ((text->naf_id == NULL) == (text->naf_fqdn == NULL))
		return no(ret_why, "expected either nafId, or nafFqdn and uaId");
	if (text->naf_id != NULL)
		return (hex_parse(out, span_str(text->naf_id)) && out->n > UA_ID_LEN) ||
		       no(ret_why, "nafId: expected FQDN and 5 octets of Ua security protocol in hexadecimal digits");
	wr_str(out, text->naf_fqdn);
	size_t n = out->n;
	return (text->ua_id != NULL && n != 0 && hex_parse(out, span_str(text->ua_id)) && out->n == n + UA_ID_LEN) ||
	       no(ret_why, "nafFqdn and uaId: expected a name and 10 hexadecimal digits");
}

bool zn_query_of(struct zn_query *ret, const struct zn_query_text *text, const char **ret_why)
{
	struct wr w = WR(ret->naf_id);

	if (text->btid == NULL || text->btid[0] == '\0' || !copy_text(ret->btid, sizeof ret->btid, text->btid))
		return no(ret_why, "expected btId, a B-TID");
	if (!naf_id_of(&w, text, ret_why))
		return false;
	ret->naf_id_len = w.n;
	ret->gba_u_aware = text->gba_u_aware;
	return true;
}

bool zn_query_parse(struct zn_query *ret, struct span json, const char **ret_why)
{
	json_t *root = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(root)) {
		json_decref(root);
		return no(ret_why, "expected an object of JSON");
	}
	const struct zn_query_text text = {
		.btid = json_string_value(json_object_get(root, "btId")),
		.naf_id = json_string_value(json_object_get(root, "nafId")),
		.naf_fqdn = json_string_value(json_object_get(root, "nafFqdn")),
		.ua_id = json_string_value(json_object_get(root, "uaId")),
		.gba_u_aware = json_is_true(json_object_get(root, "gbaUAware")),
	};
	bool ok = zn_query_of(ret, &text, ret_why);
	json_decref(root);
	return ok;
}

void zn_query_put(struct wr *out, const struct zn_query *q)
{
	wr_str(out, "{\"btId\":");
	log_json_put(out, span_str(q->btid));
	wr_str(out, ",\"nafId\":\"");
	hex_put(out, span_of(q->naf_id, q->naf_id_len));
	wr_str(out, q->gba_u_aware ? "\",\"gbaUAware\":true}" : "\"}");
}

static bool take_key(const json_t *root, const char *member, struct key256 *ret)
{
	const char *text = json_string_value(json_object_get(root, member));
	struct wr w = WR(ret->b);

	return text != NULL && hex_parse(&w, span_str(text)) && w.n == sizeof ret->b;
}

static bool take_time(const json_t *root, int64_t *ret)
{
	const char *text = json_string_value(json_object_get(root, "keyExpiryTime"));
	struct tm tm = { 0 };
	const char *end = text == NULL ? NULL : strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	*ret = (int64_t)timegm(&tm) * 1000;
	return end != NULL && *end == '\0';
}

static bool take_keys(struct zn_keys *ret, const json_t *root, const char **ret_why)
{
	const char *impi = json_string_value(json_object_get(root, "impi"));
	const json_t *uss = json_object_get(root, "uss");
	const char *where = json_string_value(json_object_get(uss, "mbmsKeys"));

	if (impi == NULL || !copy_text(ret->impi, sizeof ret->impi, impi))
		return no(ret_why, "expected impi");
	if (!take_key(root, "meKeyMaterial", &ret->me))
		return no(ret_why, "expected meKeyMaterial, 64 hexadecimal digits");
	if (!take_time(root, &ret->expires))
		return no(ret_why, "expected keyExpiryTime, UTC with Z");
	ret->gba_u = json_is_true(json_object_get(uss, "gbaU"));
	ret->uicc_based = where != NULL && strcmp(where, "uicc") == 0;
	return !ret->uicc_based || take_key(root, "uiccKeyMaterial", &ret->uicc) ||
	       no(ret_why, "expected uiccKeyMaterial, as keys are on the UICC");
}

bool zn_keys_parse(struct zn_keys *ret, struct span json, const char **ret_why)
{
	json_t *root = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL);

	*ret = (struct zn_keys){ .expires = 0 };
	bool ok = json_is_object(root) ? take_keys(ret, root, ret_why) : no(ret_why, "expected an object of JSON");
	json_decref(root);
	return ok;
}

static void put_key(struct wr *out, const char *member, const struct key256 *key)
{
	wr_str(out, ",\"");
	wr_str(out, member);
	wr_str(out, "\":\"");
	hex_put(out, SPAN(key->b));
	wr_str(out, "\"");
}

void zn_keys_put(struct wr *out, const struct zn_keys *keys, bool aware)
{
	time_t expires = (time_t)(keys->expires / 1000);
	struct tm tm;
	char text[64] = "";

	if (gmtime_r(&expires, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out->bad = true;
	wr_str(out, "{\"impi\":");
	log_json_put(out, span_str(keys->impi));
	put_key(out, "meKeyMaterial", &keys->me);
	if (keys->uicc_based && aware)
		put_key(out, "uiccKeyMaterial", &keys->uicc);
	wr_str(out, ",\"keyExpiryTime\":\"");
	wr_str(out, text);
	wr_str(out, "\",\"uss\":{\"gbaU\":");
	wr_str(out, keys->gba_u ? "true" : "false");
	wr_str(out, keys->uicc_based ? ",\"mbmsKeys\":\"uicc\"}}" : ",\"mbmsKeys\":\"me\"}}");
}
