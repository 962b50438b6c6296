/* SPDX-License-Identifier: Apache-2.0 */
/* A record's line of JSON back to a record. */
#include <jansson.h>
#include <stdio.h>

#include "../../apdu/hex.h"
#include "mtk_record.h"

struct parse {
	struct mtk_record record;
	char *why;
};

static bool fail(struct parse *p, const char *member, const char *expected)
{
	snprintf(p->why, MTK_WHY_MAX, "%s: expected %s", member, expected);
	return false;
}

/* The octets of a member of digits: n of them, or none where `optional`. */
static bool take_hex(struct parse *p, const json_t *object, const char *member, uint8_t *out, size_t n, bool optional,
		     bool *ret_there)
{
	const json_t *j = json_object_get(object, member);
	struct wr w = wr_of(out, n);
	char expected[64];

	snprintf(expected, sizeof expected, "%zu hexadecimal digits%s", 2 * n, optional ? " or none" : "");
	if (!json_is_string(j))
		return fail(p, member, expected);
	bool empty = json_string_length(j) == 0;
	if (!(empty && optional) && (!hex_parse(&w, span_of(json_string_value(j), json_string_length(j))) || w.n != n))
		return fail(p, member, expected);
	if (ret_there != NULL)
		*ret_there = !empty;
	return true;
}

static bool take_uint(struct parse *p, const json_t *object, const char *member, size_t octets, uint32_t *ret)
{
	uint8_t b[4];

	if (!take_hex(p, object, member, b, octets, false, NULL))
		return false;
	struct rd r = rd_of(span_of(b, octets));
	*ret = (uint32_t)rd_uint(&r, octets);
	return true;
}

static bool take_u16(struct parse *p, const json_t *object, const char *member, uint16_t *ret)
{
	uint32_t value;

	if (!take_uint(p, object, member, sizeof *ret, &value))
		return false;
	*ret = (uint16_t)value;
	return true;
}

/* A parameter that is not there has RFC 3711's value. */
static bool take_policy(struct parse *p, const json_t *object, struct srtp_policy *ret)
{
	const json_t *policy = json_object_get(object, "policy");

	*ret = srtp_policy_default;
	if (!json_is_object(policy))
		return fail(p, "policy", "an object");
	for (size_t i = 0; i < SP_PARAMS; i++) {
		const json_t *j = json_object_get(policy, srtp_param_name[i]);
		if (j == NULL)
			continue;
		json_int_t value = json_integer_value(j);
		if (!json_is_integer(j) || value < 0 || value > UINT32_MAX)
			return fail(p, srtp_param_name[i], "a number from 0 to 4294967295");
		ret->param[i] = (uint32_t)value;
	}
	return true;
}

static bool take_sessions(struct parse *p, const json_t *root)
{
	const json_t *array = json_object_get(root, "crypto_sessions");

	if (!json_is_array(array) || json_array_size(array) > MTK_SESSIONS_MAX)
		return fail(p, "crypto_sessions", "an array of at most 8 objects");
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *j = json_array_get(array, i);
		struct mtk_session *s = &p->record.session[i];
		if (!take_uint(p, j, "ssrc", 4, &s->ssrc) || !take_uint(p, j, "roc", 4, &s->roc) ||
		    !take_policy(p, j, &s->policy))
			return false;
		p->record.n_sessions++;
	}
	return true;
}

static bool take_record(struct parse *p, const json_t *root)
{
	struct mtk_record *r = &p->record;
	uint8_t id[4];

	if (!take_hex(p, root, "key_domain", r->key_domain, sizeof r->key_domain, false, NULL) ||
	    !take_hex(p, root, "msk_id", id, sizeof id, false, NULL) || !take_u16(p, root, "mtk_id", &r->mtk_id) ||
	    !take_hex(p, root, "mtk", r->mtk.b, sizeof r->mtk.b, false, NULL) ||
	    !take_hex(p, root, "salt", r->salt, sizeof r->salt, true, &r->has_salt) ||
	    !take_policy(p, root, &r->policy) || !take_sessions(p, root))
		return false;
	struct rd msk_id = rd_of(SPAN(id));
	r->group = rd_u16(&msk_id);
	r->number = rd_u16(&msk_id);
	return true;
}

bool mtk_record_parse(struct mtk_record *ret, struct span line, char *why)
{
	struct parse p = { .why = why };
	json_error_t error;
	/* Nothing of the line goes into `why`: what is broken may be a key. */
	json_t *root = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES, &error);
	bool good = json_is_object(root) && take_record(&p, root);

	if (!json_is_object(root))
		snprintf(why, MTK_WHY_MAX, "column %d: expected one JSON object with members that differ",
			 error.column);
	json_decref(root);
	if (good)
		*ret = p.record;
	mtk_record_wipe(&p.record);
	return good;
}
