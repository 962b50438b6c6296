/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3830 clause 6, RFC 4563, TS 33.246 clause 6.4. */
#include "mikey_fields.h"

#include "../../apdu/mikey_walk.h"
#include "../media/srtp_policy.h"
#include "rows.h"

/* What a number stands for. */
struct word {
	uint8_t value;
	const char *text;
};

static const struct word payloads[] = {
	{ MIKEY_LAST, "no payload follows" },
	{ MIKEY_KEMAC, "KEMAC follows" },
	{ MIKEY_T, "T follows" },
	{ MIKEY_ID, "ID follows" },
	{ MIKEY_V, "V follows" },
	{ MIKEY_SP, "SP follows" },
	{ MIKEY_RAND, "RAND follows" },
	{ MIKEY_KEY_DATA, "key data follow" },
	{ MIKEY_EXT, "EXT follows" },
};
static const struct word data_types[] = {
	{ MIKEY_TYPE_PSK, "message of the initiator under a pre-shared key" },
	{ MIKEY_TYPE_PSK_VERIFICATION, "verification message" },
};
static const struct word map_types[] = {
	{ MIKEY_CS_MAP_SRTP, "SRTP-ID" },
	{ MIKEY_CS_MAP_EMPTY, "empty map" },
};
static const struct word ts_types[] = {
	{ 0, "NTP-UTC" },
	{ 1, "NTP" },
	{ MIKEY_TS_COUNTER, "COUNTER" },
};
static const struct word id_types[] = {
	{ MIKEY_ID_NAI, "NAI" },
	{ MIKEY_ID_URI, "URI" },
};
static const struct word encr_algs[] = {
	{ MIKEY_ENCR_NULL, "none: the key is in the clear" },
	{ MIKEY_ENCR_AES_CM_128, "AES-CM-128" },
	{ 2, "AES key wrap" },
};
static const struct word mac_algs[] = {
	{ MIKEY_MAC_NULL, "none" },
	{ MIKEY_MAC_HMAC_SHA1_160, "HMAC-SHA-1-160" },
};

static void put_word(FILE *out, const char *name, uint8_t value, const struct word *words, size_t n)
{
	const char *text = "unknown";

	for (size_t i = 0; i < n; i++)
		if (words[i].value == value)
			text = words[i].text;
	rows_number(out, name, value, text);
}

#define PUT_WORD(out, name, value, words) put_word(out, name, value, words, VU_COUNT(words))

static void put_next(FILE *out, struct rd *r)
{
	PUT_WORD(out, "next payload", rd_u8(r), payloads);
}

static void put_header(FILE *out, struct span octets)
{
	struct rd r = rd_of(octets);

	rows_section(out, "HDR: common header");
	rows_number(out, "version", rd_u8(&r), "");
	PUT_WORD(out, "data type", rd_u8(&r), data_types);
	put_next(out, &r);
	uint8_t v_prf = rd_u8(&r);
	bool v = (v_prf & MIKEY_V_BIT) != 0;
	uint8_t prf = v_prf & (uint8_t)~MIKEY_V_BIT;
	rows_number(out, "V", v, v ? "a verification message is wanted" : "no verification message is wanted");
	rows_number(out, "PRF func", prf, prf == MIKEY_PRF_1 ? "MIKEY-1" : "unknown");
	rows_octets(out, "CSB ID", rd_take(&r, 4), "Crypto Session Bundle");
	rows_number(out, "#CS", rd_u8(&r), "Crypto Sessions");
	PUT_WORD(out, "CS ID map type", rd_u8(&r), map_types);
	while (r.n != 0) {
		rows_number(out, "Policy no", rd_u8(&r), "of the SP payload");
		rows_octets(out, "SSRC", rd_take(&r, 4), "of the stream");
		rows_number(out, "ROC", rd_u32(&r), "roll-over counter");
	}
}

static void put_key_ids(FILE *out, struct rd r)
{
	while (r.n != 0) {
		uint8_t type = rd_u8(&r);
		struct span id = rd_lv8(&r);

		if (type == MIKEY_KEY_DOMAIN_ID)
			rows_octets(out, "Key Domain ID", id, "mobile country and network code");
		else if (type == MIKEY_MSK_ID)
			rows_octets(out, "MSK ID", id,
				    "Key Group part and Key Number part; Key Number 0: the current one");
		else if (type == MIKEY_MTK_ID)
			rows_octets(out, "MTK ID", id, "");
		else
			rows_octets(out, "ID of an unknown type", id, "");
	}
	if (r.bad)
		rows_fault(out, "a Key ID that ends behind the payload");
}

static void put_ext(FILE *out, struct rd *r)
{
	uint8_t type = rd_u8(r);
	struct span ids = rd_lv16(r);

	rows_number(out, "type", type, type == MIKEY_EXT_KEY_ID ? "Key ID information, RFC 4563" : "unknown");
	rows_number(out, "length", ids.n, "octets");
	if (type == MIKEY_EXT_KEY_ID)
		put_key_ids(out, rd_of(ids));
	else
		rows_octets(out, "data", ids, "");
}

static void put_ts(FILE *out, struct rd *r)
{
	uint8_t type = rd_u8(r);

	PUT_WORD(out, "TS type", type, ts_types);
	if (type == MIKEY_TS_COUNTER)
		rows_number(out, "TS value", rd_u32(r), "counts the messages under a key: each has a higher one");
	else
		rows_octets(out, "TS value", rd_rest(r), "");
}

static void put_id(FILE *out, struct rd *r)
{
	PUT_WORD(out, "ID type", rd_u8(r), id_types);
	struct span data = rd_lv16(r);
	rows_number(out, "length", data.n, "octets");
	rows_text(out, "ID data", data, "");
}

/* RFC 3830 clause 6.10.1. */
static void put_policy(FILE *out, struct rd *r)
{
	rows_number(out, "Policy no", rd_u8(r), "the CS ID map has it");
	uint8_t protocol = rd_u8(r);
	rows_number(out, "Prot type", protocol, protocol == 0 ? "SRTP" : "unknown");
	struct rd parameters = rd_of(rd_lv16(r));
	while (parameters.n != 0) {
		uint8_t type = rd_u8(&parameters);
		struct span value = rd_lv8(&parameters);
		const char *name = protocol == 0 && type < SP_PARAMS ? srtp_param_name[type] : "parameter";
		struct rd number = rd_of(value);

		if (value.n <= sizeof(uint64_t))
			rows_number(out, name, rd_uint(&number, value.n), "");
		else
			rows_octets(out, name, value, "");
	}
	if (parameters.bad)
		rows_fault(out, "a parameter that ends behind the payload");
}

static void put_mac(FILE *out, struct rd *r)
{
	PUT_WORD(out, "MAC alg", rd_u8(r), mac_algs);
	rows_octets(out, "MAC", rd_rest(r), "over the message up to here");
}

static void put_kemac(FILE *out, struct rd *r)
{
	PUT_WORD(out, "encr alg", rd_u8(r), encr_algs);
	rows_number(out, "encr data length", rd_lv16(r).n, "octets of key data; 0: there is no key");
	put_mac(out, r);
}

/* ids: how many ID payloads were in front. */
static void put_payload(FILE *out, const struct mikey_payload *p, bool ack, unsigned *ids)
{
	static const char *const titles[] = {
		[MIKEY_KEMAC] = "KEMAC: key data transport",
		[MIKEY_T] = "T: timestamp",
		[MIKEY_V] = "V: verification",
		[MIKEY_SP] = "SP: security policy",
		[MIKEY_RAND] = "RAND",
		[MIKEY_EXT] = "EXT: general extension",
	};
	struct rd r = rd_of(p->octets);

	if (p->code == MIKEY_ID)
		rows_section(out, ack || (*ids)++ != 0 ? "IDr: ID of the responder, the UE"
						       : "IDi: ID of the initiator, the BM-SC");
	else
		rows_section(out, titles[p->code]);
	put_next(out, &r);
	switch (p->code) {
	case MIKEY_EXT:
		put_ext(out, &r);
		break;
	case MIKEY_T:
		put_ts(out, &r);
		break;
	case MIKEY_RAND:
		rows_octets(out, "RAND", rd_lv8(&r), "keys of the message are derived with it; it is no secret");
		break;
	case MIKEY_ID:
		put_id(out, &r);
		break;
	case MIKEY_SP:
		put_policy(out, &r);
		break;
	case MIKEY_KEMAC:
		put_kemac(out, &r);
		break;
	default:
		put_mac(out, &r);
	}
}

void mikey_fields(FILE *out, struct span octets)
{
	struct mikey_walk w;
	struct mikey_payload payload;
	struct span header;
	struct mikey m;
	unsigned ids = 0;

	if (mikey_walk_begin(&w, octets, &header)) {
		struct rd type = rd_of(span_sub(header, 1, 1));
		bool ack = rd_u8(&type) == MIKEY_TYPE_PSK_VERIFICATION;

		put_header(out, header);
		while (mikey_walk_next(&w, &payload))
			put_payload(out, &payload, ack, &ids);
	}
	enum mikey_fault fault = mikey_parse(&m, octets);
	if (fault != MIKEY_OK)
		rows_fault(out, mikey_fault_text(fault));
	if (w.rest.n != 0)
		rows_number(out, "behind that", w.rest.n, "octets that belong to no payload");
}

static void put_ids(struct wr *out, const struct mikey *m)
{
	char text[40];

	if (m->kind == MIKEY_IS_ACK)
		return;
	snprintf(text, sizeof text, " %04x%04x", m->key.group, m->key.number);
	wr_str(out, text);
	if (m->kind == MIKEY_IS_MTK) {
		snprintf(text, sizeof text, ", MTK ID %04x", m->key.mtk_id);
		wr_str(out, text);
	}
}

bool mikey_fields_name(char name[static MIKEY_FIELDS_NAME_MAX], struct span octets)
{
	static const char *const kinds[] = {
		[MIKEY_IS_MSK] = "MSK", [MIKEY_IS_MTK] = "MTK under MSK", [MIKEY_IS_ACK] = "verification message"
	};
	struct wr w = wr_of(name, MIKEY_FIELDS_NAME_MAX);
	struct mikey m;
	enum mikey_fault fault = mikey_parse(&m, octets);
	char counter[32];

	wr_str(&w, "MIKEY: ");
	if (fault != MIKEY_OK) {
		wr_str(&w, mikey_fault_text(fault));
	} else {
		wr_str(&w, mikey_is_pull(&m) ? "solicited pull" : kinds[m.kind]);
		put_ids(&w, &m);
		snprintf(counter, sizeof counter, ", counter %u", (unsigned)m.ts);
		wr_str(&w, counter);
	}
	if (!wr_cstr(&w))
		snprintf(name, MIKEY_FIELDS_NAME_MAX, "MIKEY");
	return fault == MIKEY_OK;
}
