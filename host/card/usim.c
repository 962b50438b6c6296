/* SPDX-License-Identifier: Apache-2.0 */
/* Commands to a USIM: TS 31.102 clauses 4, 7.1 and TS 102 221 clause 11. */
#include "usim_int.h"

#include <errno.h>
#include <stdio.h>

#include "../../apdu/tlv.h"

enum {
	FID_ICCID = 0x2FE2,
	FID_IMSI = 0x6F07,
	FID_UST = 0x6F38,
	FID_AD = 0x6FAD,
	FID_GBABP = 0x6FD6,
	SERVICE_GBA = 68,
	SERVICE_MBMS = 69,
	ICCID_LEN = 10, /* TS 102 221 13.2 */
	EF_MAX = 512, /* octets that are read of an EF */
};

int usim_errno(sw_t sw)
{
	if (sw_ok(sw))
		return 0;
	if ((sw & 0xFFF0) == SW_TRIES)
		return -EACCES;
	switch (sw) {
	case SW_AUTH_MAC:
		return -EBADMSG;
	case SW_KEY_FRESHNESS:
		return -ESTALE;
	case SW_DATA_NOT_FOUND:
		return -ENOKEY;
	case SW_CONDITIONS:
		return -EPERM;
	case SW_SECURITY:
	case SW_BLOCKED:
		return -EACCES;
	case SW_AUTH_CONTEXT:
		return -EOPNOTSUPP;
	case SW_NO_MEMORY:
	case SW_NO_MEMORY_MUK:
		return -ENOSPC;
	case SW_DATA:
		return -EINVAL;
	case SW_FILE_NOT_FOUND:
	case SW_RECORD_NOT_FOUND:
		return -ENOENT;
	case SW_MEMORY_PROBLEM:
		return -EIO;
	default:
		return -EPROTO;
	}
}

int usim_select_file(struct usim *u, uint16_t fid, struct wr *fcp, const char *what)
{
	uint8_t id[2];
	struct wr w = WR(id);

	wr_u16(&w, fid);
	return usim_command(u, &(struct capdu){ .ins = 0xA4, .p2 = 0x04, .data = SPAN(id), .le = APDU_LE_MAX }, fcp,
			    what);
}

bool usim_fcp_find(struct span fcp, uint16_t tag, struct span *ret)
{
	struct span body;

	return tlv_find(fcp, 0x62, &body) && tlv_find(body, tag, ret);
}

/* The whole of a transparent EF of the current directory. */
static int read_ef(struct usim *u, uint16_t fid, struct wr *out, const char *what)
{
	uint8_t fcp[APDU_LE_MAX];
	struct wr w = WR(fcp);
	struct span size;

	int rc = usim_select_file(u, fid, &w, what);
	if (rc != 0)
		return rc;
	if (!usim_fcp_find(wr_done(&w), 0x80, &size) || size.n > 4)
		return usim_nonsense(u, "an FCP without a file size");
	struct rd r = rd_of(size);
	size_t n = (size_t)rd_uint(&r, size.n), start = out->n;

	if (n > out->cap - out->n)
		return usim_nonsense(u, "a file larger than any that is expected");
	while (rc == 0 && out->n - start < n) {
		size_t off = out->n - start;
		size_t part = n - off < APDU_DATA_MAX ? n - off : APDU_DATA_MAX;
		rc = usim_command(
			u,
			&(struct capdu){
				.ins = 0xB0, .p1 = (uint8_t)(off >> 8), .p2 = (uint8_t)off, .le = (uint16_t)part },
			out, what);
		if (rc == 0 && out->n - start != off + part)
			return usim_nonsense(u, "a file shorter than its FCP says");
	}
	return rc;
}

/* Digits, the low half of each octet first, ended by F. skip halves are passed over. */
static bool bcd_digits(char *out, size_t size, struct span s, size_t skip)
{
	struct wr w = wr_of(out, size);

	for (size_t i = skip; i < 2 * s.n; i++) {
		uint8_t half = (i % 2 == 0 ? s.p[i / 2] : s.p[i / 2] >> 4) & 15;
		if (half == 15)
			break;
		if (half > 9)
			return false;
		wr_u8(&w, (uint8_t)('0' + half));
	}
	return w.n != 0 && wr_cstr(&w);
}

static bool service_on(struct span ust, unsigned service)
{
	struct span octet = span_sub(ust, (service - 1) / 8, 1);

	return octet.n == 1 && (octet.p[0] & 1U << (service - 1) % 8) != 0;
}

int usim_read_iccid(struct usim *u, char ret[static USIM_ICCID_MAX])
{
	uint8_t path[2], buf[ICCID_LEN];
	char text[USIM_ICCID_MAX];
	struct wr p = WR(path), w = WR(buf), nothing = { 0 };

	wr_u16(&p, FID_ICCID);
	int rc = usim_command(u, &(struct capdu){ .ins = INS_SELECT, .p1 = 0x08, .p2 = 0x0C, .data = SPAN(path) },
			      &nothing, "SELECT EF_ICCID");
	if (rc == 0)
		rc = usim_command(u, &(struct capdu){ .ins = INS_READ_BINARY, .le = ICCID_LEN }, &w,
				  "READ BINARY EF_ICCID");
	if (rc != 0 && u->sw == SW_NO_EF)
		return -ECONNRESET; /* it was selected just now */
	if (rc == 0 && !bcd_digits(text, sizeof text, wr_done(&w), 0))
		rc = usim_nonsense(u, "EF_ICCID holds no number");
	if (rc == 0)
		memcpy(ret, text, sizeof text);
	return rc;
}

/* EF_IMSI: length, then parity and type in the first half, then digits (TS 31.102 4.2.2). */
static int read_imsi(struct usim *u, struct usim_identity *id)
{
	uint8_t buf[EF_MAX];
	struct wr w = WR(buf);

	int rc = read_ef(u, FID_IMSI, &w, "EF_IMSI");
	if (rc != 0)
		return rc;
	struct rd r = rd_of(wr_done(&w));
	struct span digits = rd_lv8(&r);
	if (r.bad || !bcd_digits(id->imsi, sizeof id->imsi, digits, 1) || strlen(id->imsi) < 6)
		return usim_nonsense(u, "EF_IMSI holds no IMSI");
	return 0;
}

static int read_capabilities(struct usim *u, struct usim_identity *id)
{
	uint8_t buf[EF_MAX];
	struct wr w = WR(buf);

	int rc = read_ef(u, FID_AD, &w, "EF_AD");
	if (rc != 0)
		return rc;
	struct rd ad = rd_of(span_sub(wr_done(&w), 3, 1));
	id->mnc_len = rd_u8(&ad) & 15;
	if (ad.bad || (id->mnc_len != 2 && id->mnc_len != 3))
		return usim_nonsense(u, "EF_AD: the length of the MNC is neither 2 nor 3");
	w = WR(buf);
	rc = read_ef(u, FID_UST, &w, "EF_UST");
	id->gba = service_on(wr_done(&w), SERVICE_GBA);
	id->mbms = service_on(wr_done(&w), SERVICE_MBMS);
	return rc;
}

static int identify(struct usim *u, struct usim_identity *ret)
{
	struct usim_identity id = { 0 };
	char iccid[USIM_ICCID_MAX];

	int rc = usim_read_iccid(u, id.iccid);
	if (rc != 0)
		return rc;
	rc = usim_take_card(u, id.iccid);
	if (rc == 0)
		rc = usim_select(u);
	if (rc == 0)
		rc = read_imsi(u, &id);
	if (rc == 0)
		rc = read_capabilities(u, &id);
	/* Once more, so that all of it is one card's, however fast somebody is with another one. */
	if (rc == 0)
		rc = usim_read_iccid(u, iccid);
	if (rc == 0)
		rc = usim_take_card(u, iccid);
	if (rc == 0)
		*ret = id;
	return rc;
}

int usim_identify(struct usim *u, struct usim_identity *ret)
{
	int rc;

	do {
		rc = usim_open(u);
		if (rc == 0)
			rc = usim_end(u, identify(u, ret));
	} while (usim_once_more(u, &rc));
	return rc;
}

static bool gbabp_text(char *out, size_t size, struct span s)
{
	struct wr w = wr_of(out, size);

	wr_span(&w, s);
	return memchr(out, 0, w.n) == NULL && wr_cstr(&w);
}

/* `Lr RAND Lb B-TID Lt lifetime`; FF where nothing was ever written. */
static bool gbabp_parse(struct usim_gbabp *g, struct span content)
{
	struct rd r = rd_of(content);
	*g = (struct usim_gbabp){ 0 };
	if (content.n != 0 && content.p[0] == 0xFF)
		return true;
	struct span rand = rd_lv8(&r), btid = rd_lv8(&r), lifetime = rd_lv8(&r);
	g->has_rand = rand.n == sizeof g->rand;
	if (g->has_rand)
		memcpy(g->rand, rand.p, rand.n);
	return !r.bad && (g->has_rand || rand.n == 0) && gbabp_text(g->btid, sizeof g->btid, btid) &&
	       gbabp_text(g->lifetime, sizeof g->lifetime, lifetime);
}

static int gbabp_get(struct usim *u, struct usim_gbabp *ret, size_t *ret_size)
{
	uint8_t buf[EF_MAX];
	struct wr w = WR(buf);

	int rc = read_ef(u, FID_GBABP, &w, "EF_GBABP");
	*ret_size = w.n;
	if (rc == 0 && !gbabp_parse(ret, wr_done(&w)))
		rc = usim_nonsense(u, "EF_GBABP is not RAND, B-TID and lifetime");
	return rc;
}

int usim_gbabp_read(struct usim *u, struct usim_gbabp *ret)
{
	struct usim_gbabp g;
	size_t size;
	int rc;

	do {
		rc = usim_begin(u);
		if (rc == 0)
			rc = usim_end(u, gbabp_get(u, &g, &size));
	} while (usim_once_more(u, &rc));
	if (rc == 0)
		*ret = g;
	return rc;
}

/* Update of the current EF from `off` on, in as many commands as it takes. */
static int update(struct usim *u, size_t off, struct span data, const char *what)
{
	struct wr nothing = { 0 };
	int rc = 0;

	for (size_t done = 0; rc == 0 && done < data.n; done += APDU_DATA_MAX)
		rc = usim_command(u,
				  &(struct capdu){ .ins = 0xD6,
						   .p1 = (uint8_t)((off + done) >> 8),
						   .p2 = (uint8_t)(off + done),
						   .data = span_sub(data, done, APDU_DATA_MAX) },
				  &nothing, what);
	return rc;
}

static int gbabp_set(struct usim *u, const uint8_t rand[static 16], const char *btid, const char *lifetime)
{
	uint8_t buf[EF_MAX];
	struct wr w = WR(buf);
	struct usim_gbabp g;
	size_t size;

	int rc = gbabp_get(u, &g, &size);
	if (rc != 0)
		return rc;
	if (!g.has_rand || memcmp(g.rand, rand, sizeof g.rand) != 0) {
		u->sw = 0;
		snprintf(u->why, sizeof u->why, "EF_GBABP: another RAND than that of this bootstrapping stands there");
		return -ESTALE;
	}
	size_t off = 1 + sizeof g.rand;
	wr_lv8(&w, span_str(btid));
	wr_lv8(&w, span_str(lifetime));
	if (w.bad || off + w.n > size) {
		u->sw = 0;
		snprintf(u->why, sizeof u->why,
			 "EF_GBABP: %zu octets are no room for a B-TID of %zu and a lifetime of %zu", size,
			 strlen(btid), strlen(lifetime));
		return -ENOSPC;
	}
	return update(u, off, wr_done(&w), "UPDATE BINARY EF_GBABP");
}

int usim_gbabp_write(struct usim *u, const uint8_t rand[static 16], const char *btid, const char *lifetime)
{
	int rc;

	do {
		rc = usim_begin(u);
		if (rc == 0)
			rc = usim_end(u, gbabp_set(u, rand, btid, lifetime));
	} while (usim_once_more(u, &rc));
	return rc;
}
