/* SPDX-License-Identifier: Apache-2.0 */
#include "mikey.h"

/*
 * Common header, RFC 3830 6.1
 *
 *  0      1      2      3      4      5      6      7      8      9
 * +------+------+------+------+------+------+------+------+------+------+ - - - -
 * | ver  | type | next |V| prf|           CSB ID          | #CS  | map  | CS ID map
 * +------+------+------+------+------+------+------+------+------+------+ - - - -
 */
struct header {
	uint8_t type, next, prf;
	enum mikey_fault fault;
};

static struct header rd_header(struct rd *r, struct mikey *m)
{
	struct header h = { 0 };
	uint8_t version = rd_u8(r);

	h.type = rd_u8(r);
	h.next = rd_u8(r);
	uint8_t v_prf = rd_u8(r);
	m->v = (v_prf & MIKEY_V_BIT) != 0;
	h.prf = v_prf & (uint8_t)~MIKEY_V_BIT;
	m->csb_id = rd_u32(r);
	m->cs_count = rd_u8(r);
	m->cs_map_type = rd_u8(r);
	m->cs_map = rd_take(r, (size_t)m->cs_count * MIKEY_CS_MAP_ENTRY);

	if (r->bad && version == MIKEY_VERSION)
		h.fault = MIKEY_CUT_SHORT;
	else if (version != MIKEY_VERSION)
		h.fault = MIKEY_BAD_VERSION;
	else if (h.type != MIKEY_TYPE_PSK && h.type != MIKEY_TYPE_PSK_VERIFICATION)
		h.fault = MIKEY_BAD_TYPE;
	else if (h.prf != MIKEY_PRF_1)
		h.fault = MIKEY_BAD_PRF;
	else if (m->cs_map_type > MIKEY_CS_MAP_EMPTY || (m->cs_map_type == MIKEY_CS_MAP_EMPTY && m->cs_count != 0))
		h.fault = MIKEY_BAD_CS_MAP;
	return h;
}

/* What has been met on the way through the payloads. */
struct walk {
	struct mikey *m;
	struct span all;
	unsigned ids;
	bool key_id, mtk_id, t, rand, kemac, verification;
};

/* EXT type 3: a list of { type(1) length(1) Key ID }, RFC 4563 4. */
static enum mikey_fault rd_key_ids(struct walk *w, struct span body)
{
	struct rd r = rd_of(body);
	struct mikey_key_id *key = &w->m->key;
	unsigned seen = 0;

	if (w->key_id)
		return MIKEY_BAD_PAYLOAD;
	while (r.n != 0) {
		uint8_t type = rd_u8(&r);
		struct rd id = rd_of(rd_lv8(&r));
		if (type > MIKEY_MTK_ID || (seen & 1u << type))
			return MIKEY_BAD_EXT;
		seen |= 1u << type;
		switch (type) {
		case MIKEY_KEY_DOMAIN_ID:
			rd_copy(&id, key->domain, sizeof key->domain);
			break;
		case MIKEY_MSK_ID:
			key->group = rd_u16(&id);
			key->number = rd_u16(&id);
			break;
		default:
			key->mtk_id = rd_u16(&id);
			w->mtk_id = true;
			break;
		}
		if (!rd_end(&id))
			return MIKEY_BAD_EXT;
	}
	w->key_id = (seen & 1u << MIKEY_KEY_DOMAIN_ID) && (seen & 1u << MIKEY_MSK_ID);
	return rd_end(&r) && w->key_id ? MIKEY_OK : MIKEY_BAD_EXT;
}

static enum mikey_fault rd_ext(struct walk *w, struct rd *r)
{
	uint8_t type = rd_u8(r);
	struct span body = rd_lv16(r);

	if (r->bad)
		return MIKEY_CUT_SHORT;
	/* An unknown extension is skipped and stays under the MAC (decision 27). */
	return type == MIKEY_EXT_KEY_ID ? rd_key_ids(w, body) : MIKEY_OK;
}

static enum mikey_fault rd_ts(struct walk *w, struct rd *r)
{
	uint8_t type = rd_u8(r);

	if (w->t)
		return MIKEY_BAD_PAYLOAD;
	if (!r->bad && type != MIKEY_TS_COUNTER)
		return MIKEY_BAD_TS;
	w->t = true;
	w->m->ts = rd_u32(r);
	return MIKEY_OK;
}

static enum mikey_fault rd_rand(struct walk *w, struct rd *r)
{
	if (w->rand)
		return MIKEY_BAD_PAYLOAD;
	w->rand = true;
	w->m->rand = rd_lv8(r);
	return MIKEY_OK;
}

/* The first ID is the initiator's, the second the responder's; an ACK carries the responder's alone. */
static enum mikey_fault rd_id(struct walk *w, struct rd *r)
{
	struct mikey_identity id = { .type = rd_u8(r) };

	id.data = rd_lv16(r);
	if (w->m->kind == MIKEY_IS_ACK)
		w->ids++;
	if (w->ids >= 2)
		return MIKEY_BAD_PAYLOAD;
	*(w->ids++ == 0 ? &w->m->idi : &w->m->idr) = id;
	return MIKEY_OK;
}

/* SP: next(1) policy no(1) protocol(1) length(2) parameters. Kept whole, with its `next` octet, for the media receiver. */
static enum mikey_fault rd_sp(struct walk *w, struct rd *r, const uint8_t *start)
{
	rd_take(r, 2);
	rd_lv16(r);
	if (r->bad)
		return MIKEY_CUT_SHORT;
	if (w->m->sp.n != 0 && w->m->sp.p + w->m->sp.n != start)
		return MIKEY_BAD_PAYLOAD; /* policies stand in a row */
	if (w->m->sp.n == 0)
		w->m->sp.p = start;
	w->m->sp.n = (size_t)(r->p - w->m->sp.p);
	return MIKEY_OK;
}

static enum mikey_fault rd_mac(struct walk *w, struct rd *r, uint8_t mac_alg)
{
	if (r->bad)
		return MIKEY_CUT_SHORT;
	if (mac_alg != MIKEY_MAC_HMAC_SHA1_160)
		return MIKEY_BAD_MAC_ALG;
	w->m->covered = span_of(w->all.p, (size_t)(r->p - w->all.p));
	w->m->mac = rd_take(r, MIKEY_MAC_LEN);
	return MIKEY_OK;
}

static enum mikey_fault rd_kemac(struct walk *w, struct rd *r)
{
	uint8_t encr_alg = rd_u8(r);

	w->m->encr_data = rd_lv16(r);
	uint8_t mac_alg = rd_u8(r);
	w->kemac = true;
	if (!r->bad && encr_alg != MIKEY_ENCR_AES_CM_128)
		return MIKEY_BAD_ENCR;
	return rd_mac(w, r, mac_alg);
}

static enum mikey_fault rd_verification(struct walk *w, struct rd *r)
{
	w->verification = true;
	return rd_mac(w, r, rd_u8(r));
}

static enum mikey_fault rd_payload(struct walk *w, struct rd *r, uint8_t code, uint8_t *ret_next)
{
	const uint8_t *start = r->p;

	*ret_next = rd_u8(r);
	switch (code) {
	case MIKEY_EXT:
		return rd_ext(w, r);
	case MIKEY_T:
		return rd_ts(w, r);
	case MIKEY_RAND:
		return rd_rand(w, r);
	case MIKEY_ID:
		return rd_id(w, r);
	case MIKEY_SP:
		return rd_sp(w, r, start);
	case MIKEY_KEMAC:
		return rd_kemac(w, r);
	case MIKEY_V:
		return rd_verification(w, r);
	default:
		return MIKEY_BAD_PAYLOAD;
	}
}

/* Which of the messages these payloads make, and whether all of its own are there. */
static enum mikey_fault complete(struct walk *w)
{
	struct mikey *m = w->m;

	if (m->kind == MIKEY_IS_ACK) {
		if (w->kemac || w->key_id || w->rand || m->sp.n != 0)
			return MIKEY_BAD_PAYLOAD;
		if (!w->verification || !w->t || w->ids == 0)
			return MIKEY_MISSING;
		return m->v ? MIKEY_V_NOT_ALLOWED : MIKEY_OK;
	}
	if (w->verification)
		return MIKEY_BAD_PAYLOAD;
	if (!w->kemac || !w->t || !w->key_id)
		return MIKEY_MISSING;
	if (w->mtk_id) {
		m->kind = MIKEY_IS_MTK;
		if (w->rand || w->ids != 0 || m->sp.n != 0)
			return MIKEY_BAD_PAYLOAD;
		return m->v ? MIKEY_V_NOT_ALLOWED : MIKEY_OK;
	}
	m->kind = MIKEY_IS_MSK;
	/* RFC 4563 5: an empty map says that there is no SRTP, so a policy has nothing to stand for. */
	if (m->sp.n != 0 && m->cs_map_type == MIKEY_CS_MAP_EMPTY)
		return MIKEY_BAD_PAYLOAD;
	return w->rand && m->rand.n != 0 && w->ids == 2 ? MIKEY_OK : MIKEY_MISSING;
}

enum mikey_fault mikey_parse(struct mikey *m, struct span octets)
{
	struct rd r = rd_of(octets);

	*m = (struct mikey){ 0 };
	struct header h = rd_header(&r, m);
	if (h.fault != MIKEY_OK)
		return h.fault;
	m->kind = h.type == MIKEY_TYPE_PSK_VERIFICATION ? MIKEY_IS_ACK : MIKEY_IS_MSK;

	struct walk w = { .m = m, .all = octets };
	for (uint8_t code = h.next; code != MIKEY_LAST;) {
		if (w.kemac || w.verification) /* they end a message, RFC 3830 3.1 */
			return MIKEY_BAD_PAYLOAD;
		enum mikey_fault f = rd_payload(&w, &r, code, &code);
		if (f != MIKEY_OK)
			return f;
		if (r.bad)
			return MIKEY_CUT_SHORT;
	}
	if (!rd_end(&r))
		return MIKEY_TRAILING;
	return complete(&w);
}

const char *mikey_fault_text(enum mikey_fault f)
{
	static const char *const text[MIKEY_FAULTS] = {
		[MIKEY_OK] = "no fault",
		[MIKEY_CUT_SHORT] = "a length runs past the end of the message",
		[MIKEY_TRAILING] = "octets behind the last payload",
		[MIKEY_BAD_VERSION] = "MIKEY version is not 1",
		[MIKEY_BAD_TYPE] = "data type is neither a pre-shared key message nor its verification",
		[MIKEY_BAD_PRF] = "PRF function is not MIKEY-1",
		[MIKEY_BAD_CS_MAP] = "CS ID map is neither SRTP-ID nor an empty map without entries",
		[MIKEY_BAD_PAYLOAD] = "a payload is unknown, stands twice or does not belong into this message",
		[MIKEY_BAD_EXT] = "Key ID information (EXT type 3) has a wrong length, type or lacks an ID",
		[MIKEY_BAD_TS] = "time stamp is not a 32-bit counter",
		[MIKEY_BAD_ENCR] = "encryption algorithm is not AES-CM-128",
		[MIKEY_BAD_MAC_ALG] = "MAC algorithm is not HMAC-SHA-1-160",
		[MIKEY_V_NOT_ALLOWED] = "V bit set where no verification is defined",
		[MIKEY_MISSING] = "a mandatory payload is missing",
	};

	return f < MIKEY_FAULTS ? text[f] : "unknown fault";
}

bool mikey_is_pull(const struct mikey *m)
{
	return m->kind == MIKEY_IS_MSK && m->key.number == 0;
}

static void wr_key_id(struct wr *out, uint8_t type, uint64_t value, size_t n)
{
	wr_u8(out, type);
	wr_u8(out, (uint8_t)n);
	wr_uint(out, value, n);
}

static void wr_ext(struct wr *out, const struct mikey *m)
{
	uint8_t ids[3 * 2 + 3 + 4 + 2];
	struct wr w = WR(ids);

	wr_u8(&w, MIKEY_KEY_DOMAIN_ID);
	wr_lv8(&w, SPAN(m->key.domain));
	wr_key_id(&w, MIKEY_MSK_ID, (uint32_t)m->key.group << 16 | m->key.number, 4);
	if (m->kind == MIKEY_IS_MTK)
		wr_key_id(&w, MIKEY_MTK_ID, m->key.mtk_id, 2);

	wr_u8(out, MIKEY_T);
	wr_u8(out, MIKEY_EXT_KEY_ID);
	wr_lv16(out, wr_done(&w));
}

static void wr_id(struct wr *out, uint8_t next, const struct mikey_identity *id)
{
	wr_u8(out, next);
	wr_u8(out, id->type);
	wr_lv16(out, id->data);
}

void mikey_put_covered(struct wr *out, const struct mikey *m)
{
	bool ack = m->kind == MIKEY_IS_ACK;

	wr_u8(out, MIKEY_VERSION);
	wr_u8(out, ack ? MIKEY_TYPE_PSK_VERIFICATION : MIKEY_TYPE_PSK);
	wr_u8(out, ack ? MIKEY_T : MIKEY_EXT);
	wr_u8(out, MIKEY_PRF_1 | (m->v ? MIKEY_V_BIT : 0));
	wr_u32(out, m->csb_id);
	wr_u8(out, m->cs_count);
	wr_u8(out, m->cs_map_type);
	wr_span(out, m->cs_map);
	if (!ack)
		wr_ext(out, m);

	wr_u8(out, ack ? MIKEY_ID : m->kind == MIKEY_IS_MTK ? MIKEY_KEMAC : MIKEY_RAND);
	wr_u8(out, MIKEY_TS_COUNTER);
	wr_u32(out, m->ts);
	if (m->kind == MIKEY_IS_MSK) {
		wr_u8(out, MIKEY_ID);
		wr_lv8(out, m->rand);
		wr_id(out, MIKEY_ID, &m->idi);
		wr_id(out, m->sp.n != 0 ? MIKEY_SP : MIKEY_KEMAC, &m->idr);
		wr_span(out, m->sp);
	} else if (ack) {
		wr_id(out, MIKEY_V, &m->idr);
	}

	wr_u8(out, MIKEY_LAST);
	if (!ack) {
		wr_u8(out, MIKEY_ENCR_AES_CM_128);
		wr_lv16(out, m->encr_data);
	}
	wr_u8(out, MIKEY_MAC_HMAC_SHA1_160);
}

/* `len VF len VT`, RFC 3830 6.14. */
static uint32_t rd_limit(struct rd *r)
{
	struct rd value = rd_of(rd_lv8(r));

	if (value.n == 0 || value.n > 4)
		r->bad = true;
	return (uint32_t)rd_uint(&value, value.n <= 4 ? value.n : 4);
}

bool mikey_key_data_parse(struct mikey_key_data *k, struct span plain)
{
	struct rd r = rd_of(plain);
	uint8_t next = rd_u8(&r);
	uint8_t type_kv = rd_u8(&r);

	*k = (struct mikey_key_data){ 0 };
	k->key = rd_lv16(&r);
	k->has_salt = (type_kv >> 4 & 1) != 0;
	if (k->has_salt)
		k->salt = rd_lv16(&r);
	switch (type_kv & 15) {
	case MIKEY_KV_NULL:
		break;
	case MIKEY_KV_SPI:
		rd_lv8(&r);
		break;
	case MIKEY_KV_INTERVAL:
		k->has_interval = true;
		k->from = rd_limit(&r);
		k->to = rd_limit(&r);
		break;
	default:
		return false;
	}
	return next == MIKEY_LAST && type_kv >> 4 <= MIKEY_KEY_TEK_SALT && rd_end(&r);
}

static void wr_key_data_head(struct wr *out, uint8_t type, uint8_t kv, struct span key)
{
	wr_u8(out, MIKEY_LAST);
	wr_u8(out, (uint8_t)(type << 4 | kv));
	wr_lv16(out, key);
}

static void wr_limit(struct wr *out, uint16_t v)
{
	wr_u8(out, sizeof v);
	wr_u16(out, v);
}

void mikey_msk_data_put(struct wr *out, struct span msk, uint16_t seq_l, uint16_t seq_u)
{
	wr_key_data_head(out, MIKEY_KEY_TGK, MIKEY_KV_INTERVAL, msk);
	wr_limit(out, seq_l);
	wr_limit(out, seq_u);
}

void mikey_mtk_data_put(struct wr *out, struct span mtk, struct span salt)
{
	wr_key_data_head(out, salt.n != 0 ? MIKEY_KEY_TEK_SALT : MIKEY_KEY_TEK, MIKEY_KV_NULL, mtk);
	if (salt.n != 0)
		wr_lv16(out, salt);
}
