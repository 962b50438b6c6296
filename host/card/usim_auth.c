/* SPDX-License-Identifier: Apache-2.0 */
/* AUTHENTICATE in the 3G, GBA and MBMS contexts: TS 31.102 clauses 7.1.1 and 7.1.2, blocks of TS 102 221 Annex M. */
#include "usim_int.h"

#include <errno.h>
#include <stdio.h>

enum { MBMS_OBJECT_MAX = MIKEY_MESSAGE_MAX + 8 }; /* message, mode, tag and length */

/* AUTHENTICATE 88 in a context. */
static int authenticate(struct usim *u, uint8_t context, struct span data, struct wr *out, const char *what)
{
	const struct capdu command = { .ins = INS_AUTHENTICATE, .p2 = context, .data = data, .le = APDU_LE_MAX };
	size_t start = out->n;
	int rc;

	do {
		out->n = start;
		rc = usim_begin(u);
		if (rc == 0)
			rc = usim_end(u, usim_command(u, &command, out, what));
	} while (usim_once_more(u, &rc));
	return rc;
}

/* All but the keys. */
static void take_answer(struct usim_aka *ret, const struct auth_answer *a)
{
	*ret = (struct usim_aka){ .sync_failure = a->sync_failure };
	struct wr res = WR(ret->res), auts = WR(ret->auts);
	wr_span(&res, a->res);
	wr_span(&auts, a->auts);
	ret->res_len = res.n;
}

int usim_gba_bootstrap(struct usim *u, const struct auth_challenge *challenge, struct usim_aka *ret)
{
	struct secret_buf answer _secret_buf_ = { 0 };
	uint8_t data[APDU_DATA_MAX];
	struct wr out = WR(answer.b), w = WR(data);
	struct auth_answer a;

	auth_bootstrap_put(&w, challenge);
	int rc = authenticate(u, AUTH_GBA, wr_done(&w), &out, "AUTHENTICATE (GBA bootstrapping)");
	if (rc != 0)
		return rc;
	if (!auth_answer_parse(&a, wr_done(&out)) || a.ck.n != 0)
		return usim_nonsense(u, "the answer to GBA bootstrapping is neither DB RES nor DC AUTS");
	take_answer(ret, &a);
	return 0;
}

int usim_3g_authenticate(struct usim *u, const struct auth_challenge *challenge, struct usim_aka *ret)
{
	struct secret_buf answer _secret_buf_ = { 0 };
	uint8_t data[APDU_DATA_MAX];
	struct wr out = WR(answer.b), w = WR(data);
	struct auth_answer a;

	auth_3g_put(&w, challenge);
	int rc = authenticate(u, AUTH_3G, wr_done(&w), &out, "AUTHENTICATE (3G)");
	if (rc != 0)
		return rc;
	if (!auth_answer_parse(&a, wr_done(&out)) ||
	    (!a.sync_failure && (a.ck.n != sizeof ret->ck.b || a.ik.n != sizeof ret->ik.b)))
		return usim_nonsense(u, "the answer to 3G AKA is neither DB RES CK IK nor DC AUTS");
	take_answer(ret, &a);
	struct rd ck = rd_of(a.ck), ik = rd_of(a.ik);
	if (!a.sync_failure) {
		rd_copy(&ck, ret->ck.b, sizeof ret->ck.b);
		rd_copy(&ik, ret->ik.b, sizeof ret->ik.b);
	}
	return 0;
}

int usim_naf_key(struct usim *u, struct span naf_id, struct span impi, struct key256 *ret)
{
	struct secret_buf answer _secret_buf_ = { 0 };
	uint8_t data[APDU_DATA_MAX];
	struct wr out = WR(answer.b), w = WR(data);
	struct span key;

	auth_naf_put(&w, &(struct auth_naf){ .naf_id = naf_id, .impi = impi });
	if (w.bad) {
		u->sw = 0;
		snprintf(u->why, sizeof u->why, "NAF_ID and IMPI are longer than an APDU");
		return -EINVAL;
	}
	int rc = authenticate(u, AUTH_GBA, wr_done(&w), &out, "AUTHENTICATE (NAF derivation)");
	if (rc != 0)
		return rc;
	if (!auth_naf_answer_parse(&key, wr_done(&out)))
		return usim_nonsense(u, "the answer to NAF derivation is not DB and 32 octets");
	memcpy(ret->b, key.p, sizeof ret->b);
	return 0;
}

/* Sends the data object in blocks; there is no mark of the last one, the card knows it by the object's length. */
static int send_blocks(struct usim *u, struct span object, const char *what)
{
	struct wr nothing = { 0 };
	int rc = 0;

	for (size_t off = 0; rc == 0 && off < object.n; off += APDU_DATA_MAX) {
		rc = usim_command(u,
				  &(struct capdu){ .ins = INS_AUTHENTICATE_ODD,
						   .p1 = off == 0 ? BLOCK_FIRST : BLOCK_NEXT,
						   .p2 = AUTH_MBMS,
						   .data = span_sub(object, off, APDU_DATA_MAX) },
				  &nothing, what);
		sw_t expected = off + APDU_DATA_MAX < object.n ? SW_MORE_DATA_EXPECTED : SW_RESPONSE_AVAILABLE;
		if (rc == 0 && sw_plain(u->sw) != expected) {
			snprintf(u->why, sizeof u->why, "%s: expected %04X, the card answers %04X", what, expected,
				 u->sw);
			return -EPROTO;
		}
	}
	return rc;
}

static int fetch_blocks(struct usim *u, struct wr *out, const char *what)
{
	int rc;
	size_t before;
	uint8_t p1 = BLOCK_RESPONSE_FIRST;

	do {
		before = out->n;
		rc = usim_command(u, &(struct capdu){ .ins = INS_AUTHENTICATE_ODD, .p1 = p1, .le = APDU_LE_MAX }, out,
				  what);
		p1 = BLOCK_RESPONSE_NEXT;
	} while (rc == 0 && sw_plain(u->sw) == SW_RESPONSE_CONTINUES && out->n != before);
	if (rc == 0 && sw_plain(u->sw) == SW_RESPONSE_CONTINUES)
		return usim_nonsense(u, "an answer in blocks that does not go on");
	return rc;
}

/*
 * The data object to the card, and its answer back. *taken becomes true once the card has all of it and has said that it
 * is good: when the answer then gets lost, a second time is a replay (-ESTALE).
 */
static int transfer(struct usim *u, struct span object, struct wr *out, bool *taken, const char *what)
{
	int rc;

	do {
		out->n = 0;
		rc = usim_begin(u);
		if (rc != 0)
			continue;
		rc = send_blocks(u, object, what);
		*taken |= rc == 0;
		if (rc == 0)
			rc = fetch_blocks(u, out, what);
		usim_end(u, 0);
	} while (usim_once_more(u, &rc));
	return rc;
}

/* AUTHENTICATE 89 in the MBMS context; the answer's payload, behind DB, is appended to answer. */
static int mbms_command(struct usim *u, enum mbms_mode mode, struct span payload, struct wr *answer, const char *what)
{
	uint8_t object[MBMS_OBJECT_MAX], buf[MBMS_OBJECT_MAX];
	struct wr w = WR(object), out = WR(buf);
	struct span got = { 0 };
	bool taken = false;

	auth_mbms_put(&w, mode, payload);
	if (w.bad) {
		u->sw = 0;
		snprintf(u->why, sizeof u->why, "%s: %zu octets are more than a card takes", what, payload.n);
		return -EMSGSIZE;
	}
	int rc = transfer(u, wr_done(&w), &out, &taken, what);
	if (rc == 0 && !auth_mbms_answer_parse(&got, wr_done(&out)))
		rc = usim_nonsense(u, "the answer in the MBMS context is not 53 L DB");
	if (rc == 0)
		wr_span(answer, got);
	if (rc == 0 && answer->bad)
		rc = usim_nonsense(u, "the answer in the MBMS context is longer than any that is expected");
	secret_wipe(buf, sizeof buf);
	/* Done before a reset, and only its answer is lost. */
	return taken && mode == MBMS_MSK_UPDATE && (rc == -ESTALE || rc == -EBUSY) ? 0 : rc;
}

int usim_msk_update(struct usim *u, struct span message, struct wr *ack)
{
	return mbms_command(u, MBMS_MSK_UPDATE, message, ack, "AUTHENTICATE (MSK update)");
}

int usim_mtk_generate(struct usim *u, struct span message, struct usim_mtk *ret)
{
	struct secret_buf answer _secret_buf_ = { 0 };
	struct wr w = WR(answer.b);

	int rc = mbms_command(u, MBMS_MTK_GENERATION, message, &w, "AUTHENTICATE (MTK generation)");
	if (rc != 0)
		return rc;
	struct rd r = rd_of(wr_done(&w));
	struct usim_mtk got _secret_usim_mtk_ = { .has_salt = r.n > MTK_LEN };
	rd_copy(&r, got.mtk.b, sizeof got.mtk.b);
	if (got.has_salt)
		rd_copy(&r, got.salt, sizeof got.salt);
	if (!rd_end(&r))
		return usim_nonsense(u, "an MTK that is neither 16 octets nor 16 and a salt of 14");
	*ret = got;
	return 0;
}

int usim_msk_delete(struct usim *u, const uint8_t domain[static 3], uint16_t group)
{
	uint8_t payload[5];
	struct wr w = WR(payload), nothing = { 0 };

	wr_bytes(&w, domain, 3);
	wr_u16(&w, group);
	return mbms_command(u, MBMS_MSK_DELETION, wr_done(&w), &nothing, "AUTHENTICATE (MSK deletion)");
}

int usim_muk_delete(struct usim *u, const struct muk_id *id)
{
	uint8_t payload[APDU_LE_MAX * 2];
	struct wr w = WR(payload), nothing = { 0 };

	wr_muk_id(&w, id);
	return mbms_command(u, MBMS_MUK_DELETION, wr_done(&w), &nothing, "AUTHENTICATE (MUK deletion)");
}
