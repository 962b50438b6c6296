/* SPDX-License-Identifier: Apache-2.0 */
#include "mikey_fixture.h"

#include "card/crypto/mikey_kdf.h"

static const uint8_t csb_rand[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
enum { CSB_ID = 0x11223344 };

struct delivery delivery_of(const struct key256 *muk, const char *btid, uint32_t ts)
{
	return (struct delivery){
		.muk = *muk,
		.btid = btid,
		.idi = span_of(FIXTURE_NAF, sizeof FIXTURE_NAF - 1),
		.ts = ts,
		.group = 1,
		.number = 1,
		.seq_l = 0,
		.seq_u = 100,
		.msk_octet = 0xA1,
	};
}

struct span sealed_msk(struct prim *p, const struct delivery *d)
{
	static uint8_t message[MIKEY_MESSAGE_MAX];
	uint8_t msk[MSK_LEN], data[64];
	struct wr w = WR(message), plain = WR(data);
	struct mikey_keys keys;
	struct mikey m = {
		.kind = MIKEY_IS_MSK,
		.v = d->v,
		.csb_id = CSB_ID,
		.cs_map_type = MIKEY_CS_MAP_EMPTY,
		.key = { .domain = { 0x00, 0xF1, 0x10 }, .group = d->group, .number = d->pull ? 0 : d->number },
		.ts = d->ts,
		.rand = SPAN(csb_rand),
		.idi = { MIKEY_ID_URI, d->idi },
		.idr = { MIKEY_ID_NAI, span_str(d->btid) },
	};

	/* RFC 4563 5: a policy does not go with the empty map. */
	if (d->sp.n != 0) {
		m.sp = d->sp;
		m.cs_count = 1;
		m.cs_map_type = MIKEY_CS_MAP_SRTP;
		m.cs_map = span_of("\0\0\0\0\1\0\0\0\0", MIKEY_CS_MAP_ENTRY);
	}
	memset(msk, d->msk_octet, sizeof msk);
	if (!d->pull)
		mikey_msk_data_put(&plain, SPAN(msk), d->seq_l, d->seq_u);
	m.encr_data = wr_done(&plain);
	mikey_keys_derive(p, &keys, SPAN(d->muk.b), CSB_ID, SPAN(csb_rand));
	mikey_seal(p, &keys, &w, &m);
	return wr_done(&w);
}

struct span sealed_mtk(struct prim *p, uint16_t group, uint16_t number, uint8_t msk_octet, uint16_t mtk_id, uint32_t ts)
{
	static uint8_t message[256];
	uint8_t msk[MSK_LEN], mtk[MTK_LEN], salt[MTK_SALT_LEN], data[64];
	struct wr w = WR(message), plain = WR(data);
	struct mikey_keys keys;
	struct mikey m = {
		.kind = MIKEY_IS_MTK,
		.csb_id = CSB_ID,
		.cs_map_type = MIKEY_CS_MAP_EMPTY,
		.key = { .domain = { 0x00, 0xF1, 0x10 }, .group = group, .number = number, .mtk_id = mtk_id },
		.ts = ts,
	};

	memset(msk, msk_octet, sizeof msk);
	memset(mtk, 0xB0, sizeof mtk);
	memset(salt, 0xC0, sizeof salt);
	mikey_mtk_data_put(&plain, SPAN(mtk), SPAN(salt));
	m.encr_data = wr_done(&plain);
	mikey_keys_derive(p, &keys, SPAN(msk), CSB_ID, SPAN(csb_rand));
	mikey_seal(p, &keys, &w, &m);
	return wr_done(&w);
}
