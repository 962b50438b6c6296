/* SPDX-License-Identifier: Apache-2.0 */
#include "mtk_record.h"

#include <inttypes.h>
#include <stdio.h>

#include "../../apdu/hex.h"

bool mtk_record_same_id(const struct mtk_record *a, const struct mtk_record *b)
{
	return span_eq(SPAN(a->key_domain), SPAN(b->key_domain)) && a->group == b->group && a->number == b->number &&
	       a->mtk_id == b->mtk_id;
}

void mtk_record_mki(const struct mtk_record *r, uint8_t mki[static MTK_MKI_LEN])
{
	struct wr w = wr_of(mki, MTK_MKI_LEN);

	wr_u16(&w, r->group);
	wr_u16(&w, r->number);
	wr_u16(&w, r->mtk_id);
}

/* A policy that is named but not there is as bad as a broken one: the sender means something that nobody told us. */
static bool policy_of(struct srtp_policy *ret, struct span sp, uint8_t number)
{
	*ret = srtp_policy_default;
	return sp.n == 0 || srtp_policy_find(ret, sp, number) == SRTP_POLICY_FOUND;
}

/* The number of the first policy: where nothing says which, it is that. */
static uint8_t first_number(struct span sp)
{
	struct rd r = rd_of(sp);

	(void)rd_u8(&r);
	return rd_u8(&r);
}

bool mtk_record_make(struct mtk_record *ret, const struct mikey *m, const struct key128 *mtk, const uint8_t *salt,
		     struct span sp)
{
	struct rd map = rd_of(m->cs_map_type == MIKEY_CS_MAP_SRTP ? m->cs_map : (struct span){ 0 });
	uint8_t number = first_number(sp);
	bool good = true;

	*ret = (struct mtk_record){ .group = m->key.group,
				    .number = m->key.number,
				    .mtk_id = m->key.mtk_id,
				    .mtk = *mtk,
				    .has_salt = salt != NULL };
	memcpy(ret->key_domain, m->key.domain, sizeof ret->key_domain);
	if (salt != NULL)
		memcpy(ret->salt, salt, sizeof ret->salt);
	while (map.n != 0 && ret->n_sessions < MTK_SESSIONS_MAX) {
		struct mtk_session s = { 0 };
		uint8_t policy = rd_u8(&map);

		s.ssrc = rd_u32(&map);
		s.roc = rd_u32(&map);
		good = policy_of(&s.policy, sp, policy) && !map.bad && good;
		if (map.bad)
			break;
		if (ret->n_sessions == 0)
			number = policy;
		ret->session[ret->n_sessions++] = s;
	}
	return policy_of(&ret->policy, sp, number) && good;
}

static void put_hex(struct wr *out, const char *name, struct span octets)
{
	wr_str(out, "\"");
	wr_str(out, name);
	wr_str(out, "\":\"");
	hex_put(out, octets);
	wr_str(out, "\"");
}

static void put_uint(struct wr *out, const char *name, uint32_t value, size_t octets)
{
	uint8_t b[4];
	struct wr w = WR(b);

	wr_uint(&w, value, octets);
	put_hex(out, name, wr_done(&w));
}

static void put_policy(struct wr *out, const struct srtp_policy *p)
{
	char text[64];

	wr_str(out, "\"policy\":{");
	for (size_t i = 0; i < SP_PARAMS; i++) {
		snprintf(text, sizeof text, "%s\"%s\":%" PRIu32, i == 0 ? "" : ",", srtp_param_name[i], p->param[i]);
		wr_str(out, text);
	}
	wr_str(out, "}");
}

static void put_stream(struct wr *out, const struct mtk_session *s)
{
	put_uint(out, "ssrc", s->ssrc, 4);
	wr_str(out, ",");
	put_uint(out, "roc", s->roc, 4);
	wr_str(out, ",");
}

void mtk_record_put_json(struct wr *out, const struct mtk_record *r)
{
	uint8_t mki[MTK_MKI_LEN];

	mtk_record_mki(r, mki);
	wr_str(out, "{");
	put_hex(out, "key_domain", SPAN(r->key_domain));
	wr_str(out, ",");
	put_hex(out, "msk_id", span_of(mki, 4));
	wr_str(out, ",");
	put_hex(out, "mtk_id", span_of(mki + 4, 2));
	wr_str(out, ",");
	put_hex(out, "mki", SPAN(mki));
	wr_str(out, ",");
	put_hex(out, "mtk", SPAN(r->mtk.b));
	wr_str(out, ",");
	put_hex(out, "salt", r->has_salt ? SPAN(r->salt) : (struct span){ 0 });
	wr_str(out, ",");
	if (r->n_sessions != 0)
		put_stream(out, &r->session[0]);
	else
		wr_str(out, "\"ssrc\":\"\",\"roc\":\"\",");
	put_policy(out, &r->policy);
	wr_str(out, ",\"crypto_sessions\":[");
	for (size_t i = 0; i < r->n_sessions; i++) {
		wr_str(out, i == 0 ? "{" : ",{");
		put_stream(out, &r->session[i]);
		put_policy(out, &r->session[i].policy);
		wr_str(out, "}");
	}
	wr_str(out, "]}\n");
}
