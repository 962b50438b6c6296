/* SPDX-License-Identifier: Apache-2.0 */
/* Commands to a USIM: TS 31.102 clauses 4, 7.1 and TS 102 221 clause 11. */
#include "usim_int.h"

#include <errno.h>
#include <stdio.h>

#include "../../apdu/tlv.h"

enum {
	FID_MF = 0x3F00,
	FID_DIR = 0x2F00,
	FID_ICCID = 0x2FE2,
	FID_IMSI = 0x6F07,
	FID_UST = 0x6F38,
	FID_AD = 0x6FAD,
	FID_GBABP = 0x6FD6,
	SERVICE_GBA = 68,
	SERVICE_MBMS = 69,
	KEY_REFERENCE_PIN1 = 0x01,
	EF_MAX = 512, /* octets that are read of an EF */
};

/* PIX 1002 = USIM, TS 101 220 Annex E. A SELECT with this much of the AID finds it where EF_DIR does not help. */
static const uint8_t usim_aid[] = { 0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02 };

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

bool usim_init(struct usim *u, struct card_if *card, const char *pin)
{
	size_t n = pin != NULL ? strlen(pin) : 0;

	*u = (struct usim){ .card = card };
	if (pin == NULL)
		return true;
	if (n < 4 || n > USIM_PIN_MAX || strspn(pin, "0123456789") != n)
		return false;
	memcpy(u->pin, pin, n + 1);
	return true;
}

void usim_wipe(struct usim *u)
{
	secret_wipe(u->pin, sizeof u->pin);
}

int usim_command(struct usim *u, const struct capdu *c, struct wr *out, const char *what)
{
	sw_t sw = 0;
	int rc = card_if_command(u->card, c, out, &sw);

	if (rc != 0) {
		u->sw = 0;
		snprintf(u->why, sizeof u->why, "%s: %s", what, u->card->why);
		return rc;
	}
	u->sw = sw;
	rc = usim_errno(sw);
	if (rc != 0)
		snprintf(u->why, sizeof u->why, "%s: the card answers %04X (%s)", what, sw, sw_text(sw));
	return rc;
}

int usim_nonsense(struct usim *u, const char *what)
{
	u->sw = 0;
	snprintf(u->why, sizeof u->why, "%s", what);
	return -EPROTO;
}

static int select_file(struct usim *u, uint16_t fid, struct wr *fcp, const char *what)
{
	uint8_t id[2];
	struct wr w = WR(id);

	wr_u16(&w, fid);
	return usim_command(u, &(struct capdu){ .ins = 0xA4, .p2 = 0x04, .data = SPAN(id), .le = APDU_LE_MAX }, fcp,
			    what);
}

/* A data object of the FCP template 62. */
static bool fcp_find(struct span fcp, uint16_t tag, struct span *ret)
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

	int rc = select_file(u, fid, &w, what);
	if (rc != 0)
		return rc;
	if (!fcp_find(wr_done(&w), 0x80, &size) || size.n > 4)
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

/* The AID in a record of EF_DIR, `61 L 4F L AID`, when it is a USIM's. */
static bool usim_in_record(struct span record, struct span *ret_aid)
{
	struct rd r = rd_of(record);
	struct tlv entry = rd_tlv(&r);

	return !r.bad && entry.tag == 0x61 && tlv_find(entry.v, 0x4F, ret_aid) && ret_aid->n <= 16 &&
	       span_starts(*ret_aid, SPAN(usim_aid));
}

static int find_usim(struct usim *u)
{
	uint8_t buf[APDU_LE_MAX];
	struct wr w = WR(buf);
	struct span descriptor, aid;

	memcpy(u->aid, usim_aid, sizeof usim_aid);
	u->aid_len = sizeof usim_aid;
	int rc = select_file(u, FID_MF, &w, "SELECT MF");
	if (rc != 0)
		return rc;
	w = WR(buf);
	rc = select_file(u, FID_DIR, &w, "SELECT EF_DIR");
	if (rc == -ENOENT)
		return 0;
	if (rc != 0)
		return rc;
	/* Descriptor of a linear file: two octets, record length(2), number of records. */
	if (!fcp_find(wr_done(&w), 0x82, &descriptor) || descriptor.n != 5)
		return usim_nonsense(u, "EF_DIR is not a linear file");
	struct rd r = rd_of(span_sub(descriptor, 2, 3));
	uint16_t len = rd_u16(&r);
	uint8_t records = rd_u8(&r);
	for (unsigned i = 1; rc == 0 && i <= records && len <= APDU_LE_MAX; i++) {
		w = WR(buf);
		rc = usim_command(u, &(struct capdu){ .ins = 0xB2, .p1 = (uint8_t)i, .p2 = 0x04, .le = len }, &w,
				  "READ RECORD EF_DIR");
		if (rc == 0 && usim_in_record(wr_done(&w), &aid)) {
			memcpy(u->aid, aid.p, aid.n);
			u->aid_len = aid.n;
			return 0;
		}
	}
	return rc;
}

/* Whether PIN1 is on: the PIN status template C6, TS 102 221 9.5.2. Its n-th key reference has the n-th bit of 90. */
static bool pin1_is_on(struct span fcp)
{
	struct span ps_do, status = { 0 };
	size_t n = 0;

	if (!fcp_find(fcp, 0xC6, &ps_do))
		return false;
	for (struct rd r = rd_of(ps_do); r.n != 0;) {
		struct tlv t = rd_tlv(&r);
		if (t.tag == 0x90)
			status = t.v;
		if (t.tag != 0x83)
			continue;
		if (t.v.n == 1 && t.v.p[0] == KEY_REFERENCE_PIN1) {
			struct rd bits = rd_of(span_sub(status, n / 8, 1));
			return (rd_u8(&bits) & 0x80 >> n % 8) != 0;
		}
		n++;
	}
	return false;
}

/* A wrong PIN costs the owner a try, so it is sent once, and never as the last one. */
static int verify_pin1(struct usim *u)
{
	uint8_t code[USIM_PIN_MAX];
	struct wr w = WR(code), nothing = { 0 };
	struct capdu verify = { .ins = 0x20, .p2 = KEY_REFERENCE_PIN1 };

	if (u->pin[0] == '\0')
		return 0; /* what needs no PIN still works; the rest says 6982 */
	if (u->pin_refused) {
		snprintf(u->why, sizeof u->why, "PIN1: the card has refused the PIN given; it is not tried again");
		return -EACCES;
	}
	if (!u->pin_good) {
		int rc = usim_command(u, &verify, &nothing, "VERIFY PIN1 (tries left)");
		if (rc == -EACCES && (u->sw & 0xFFF0) == SW_TRIES && (u->sw & 15) < 2) {
			snprintf(u->why, sizeof u->why, "PIN1: one try is left, which is not spent");
			return rc;
		}
	}
	wr_str(&w, u->pin);
	wr_pad(&w, 0xFF);
	verify.data = SPAN(code);
	int rc = usim_command(u, &verify, &nothing, "VERIFY PIN1");
	secret_wipe(code, sizeof code);
	u->pin_good = rc == 0;
	u->pin_refused = rc == -EACCES;
	return rc;
}

static int select_usim(struct usim *u)
{
	uint8_t fcp[APDU_LE_MAX];
	struct wr w = WR(fcp);
	const struct capdu select = {
		.ins = 0xA4, .p1 = 0x04, .p2 = 0x04, .data = span_of(u->aid, u->aid_len), .le = APDU_LE_MAX
	};

	int rc = usim_command(u, &select, &w, "SELECT USIM");
	if (rc == 0 && pin1_is_on(wr_done(&w)))
		rc = verify_pin1(u);
	return rc;
}

static int begin(struct usim *u)
{
	int rc = u->card->ops->begin(u->card);

	u->sw = 0;
	if (rc != 0)
		snprintf(u->why, sizeof u->why, "%s", u->card->why);
	return rc;
}

int usim_end(struct usim *u, int rc)
{
	u->card->ops->end(u->card);
	return rc;
}

int usim_begin(struct usim *u)
{
	int rc = begin(u);

	if (rc != 0)
		return rc;
	rc = select_usim(u);
	return rc != 0 ? usim_end(u, rc) : 0;
}

static bool has_usim(struct card_if *card)
{
	struct usim probe;

	return usim_init(&probe, card, NULL) && find_usim(&probe) == 0 && select_usim(&probe) == 0;
}

int usim_connect(struct usim *u)
{
	u->pin_good = u->pin_refused = false;
	int rc = u->card->ops->connect(u->card, has_usim);
	if (rc != 0) {
		u->sw = 0;
		snprintf(u->why, sizeof u->why, "%s", u->card->why);
		return rc;
	}
	rc = begin(u);
	return rc != 0 ? rc : usim_end(u, find_usim(u));
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

static int read_iccid(struct usim *u, struct usim_identity *id)
{
	uint8_t buf[EF_MAX];
	struct wr w = WR(buf), fcp = WR(buf);

	int rc = select_file(u, FID_MF, &fcp, "SELECT MF");
	if (rc == 0)
		rc = read_ef(u, FID_ICCID, &w, "EF_ICCID");
	if (rc == 0 && !bcd_digits(id->iccid, sizeof id->iccid, wr_done(&w), 0))
		rc = usim_nonsense(u, "EF_ICCID holds no number");
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

int usim_identify(struct usim *u, struct usim_identity *ret)
{
	struct usim_identity id = { 0 };

	int rc = begin(u);
	if (rc != 0)
		return rc;
	rc = read_iccid(u, &id);
	if (rc == 0)
		rc = select_usim(u);
	if (rc == 0)
		rc = read_imsi(u, &id);
	if (rc == 0)
		rc = read_capabilities(u, &id);
	if (rc == 0)
		*ret = id;
	return usim_end(u, rc);
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
	int rc = usim_begin(u);

	if (rc != 0)
		return rc;
	rc = gbabp_get(u, &g, &size);
	if (rc == 0)
		*ret = g;
	return usim_end(u, rc);
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
	int rc = usim_begin(u);

	return rc != 0 ? rc : usim_end(u, gbabp_set(u, rand, btid, lifetime));
}
