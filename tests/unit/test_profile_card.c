/* SPDX-License-Identifier: Apache-2.0 */
/* The default profile in the card itself: a reader finds every file, in the form that real clients want. */
#include <stdio.h>

#include "apdu/hex.h"
#include "apdu/sw.h"
#include "apdu/tlv.h"
#include "card/image.h"
#include "card/perso/profile.h"
#include "card/store/nv_mem.h"
#include "tests/cu.h"

enum {
	FCP_MAX = 98, /* wpa_supplicant takes no more */
	DIR_RECORD_MAX = 127, /* nor more of EF_DIR */
};

static bool some_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	memset(out, 0x5A, n);
	return true;
}

static const struct uicc_env env = { .random = some_random };

/* The card, its files as the profile has them, and the last answer. */
struct reader {
	struct profile *p;
	struct nv_mem *nv;
	struct uicc *u;
	struct file_desc file[FILES_MAX];
	uint16_t files;
	uint8_t rapdu[UICC_RAPDU_MAX];
	size_t n;
};

static struct reader reader_open(const char *set)
{
	struct reader r = { 0 };
	struct profile_error e;
	const struct nv_item *items;
	const char *why = NULL;
	size_t n;

	CU_ASSERT_EQUAL_FATAL(profile_default(&r.p, &e), 0);
	if (set != NULL)
		CU_ASSERT_EQUAL_FATAL(profile_set(r.p, set, &e), 0);
	CU_ASSERT_EQUAL_FATAL(profile_build(r.p, &items, &n, &e), 0);
	for (size_t i = 0; i < n; i++)
		if (OBJ_KIND(items[i].key) == OBJ_FILE)
			CU_ASSERT_TRUE(file_desc_parse(&r.file[r.files++], span_of(items[i].value, items[i].n)));
	r.nv = nv_mem_open();
	CU_ASSERT_TRUE(nv_mem_ops.apply(r.nv, items, n));
	r.u = uicc_open(&nv_mem_ops, r.nv, &env, &why);
	if (r.u == NULL)
		fprintf(stderr, "uicc_open: %s\n", why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r.u);
	return r;
}

static void reader_close(struct reader *r)
{
	uicc_close(r->u);
	nv_mem_close(r->nv);
	profile_close(r->p);
}

/* Sends a command (hex, then data); the status word. */
static sw_t send(struct reader *r, const char *head, struct span data)
{
	uint8_t capdu[261];
	struct wr w = WR(capdu);

	CU_ASSERT_TRUE(hex_parse(&w, span_str(head)));
	if (data.n != 0)
		wr_lv8(&w, data);
	wr_u8(&w, 0); /* Le */
	r->n = uicc_transmit(r->u, capdu, w.n, r->rapdu);
	struct rd sw = rd_of(span_sub(span_of(r->rapdu, r->n), r->n - 2, 2));
	r->n -= 2;
	return rd_u16(&sw);
}

static struct span answer(const struct reader *r)
{
	return span_of(r->rapdu, r->n);
}

static sw_t select_adf(struct reader *r)
{
	static const uint8_t usim[] = { 0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02 };

	return send(r, "00A40404", SPAN(usim));
}

/* The application that file `no` is in, or the USIM: 7FFF is the ADF that was selected last. */
static sw_t select_adf_of(struct reader *r, uint16_t no)
{
	while (no != 0 && r->file[no].type != FILE_ADF)
		no = r->file[no].parent;
	if (no == 0)
		return select_adf(r);
	return send(r, "00A40404", span_of(r->file[no].aid, r->file[no].aid_len));
}

/* The path of FIDs from the ADF or MF to file `no`. */
static void put_path(const struct reader *r, struct wr *w, uint16_t no)
{
	const struct file_desc *f = &r->file[no];

	if (f->parent != 0)
		put_path(r, w, f->parent);
	wr_u16(w, f->fid);
}

/* SELECT by path from the MF, with the FCP. */
static void select_file(struct reader *r, uint16_t no)
{
	uint8_t path[16];
	struct wr w = WR(path);
	struct span fcp, fid, size, sfi = { 0 }, rule;
	const struct file_desc *f = &r->file[no];

	put_path(r, &w, no);
	CU_ASSERT_EQUAL_FATAL(select_adf_of(r, no), SW_OK);
	CU_ASSERT_EQUAL_FATAL(send(r, "00A40804", wr_done(&w)), SW_OK);
	CU_ASSERT_TRUE(r->n <= FCP_MAX);
	CU_ASSERT_TRUE_FATAL(tlv_find(answer(r), 0x62, &fcp));
	if (f->type == FILE_DF || f->type == FILE_ADF) {
		CU_ASSERT_TRUE(tlv_find(fcp, 0xC6, &rule));
		return;
	}
	CU_ASSERT_TRUE(tlv_find(fcp, 0x83, &fid) && tlv_find(fcp, 0x80, &size) && tlv_find(fcp, 0x8B, &rule));
	struct rd id = rd_of(fid), octets = rd_of(size);
	CU_ASSERT_EQUAL(rd_u16(&id), f->fid);
	CU_ASSERT_EQUAL(rd_uint(&octets, size.n), file_size(f));
	CU_ASSERT_TRUE(tlv_find(fcp, 0x88, &sfi));
	CU_ASSERT_EQUAL(sfi.n != 0 ? sfi.p[0] : 0, f->sfi << 3);
}

static sw_t read_selected(struct reader *r, const struct file_desc *f)
{
	return send(r, f->type == FILE_TRANSPARENT ? "00B00000" : "00B20104", (struct span){ 0 });
}

static size_t readable(const struct file_desc *f)
{
	return f->type == FILE_TRANSPARENT ? f->size : f->record_len;
}

static void every_file_is_found_and_read_while_pin1_is_disabled(void)
{
	struct reader r = reader_open(NULL);

	CU_ASSERT_EQUAL(r.files, 50);
	for (uint16_t i = 1; i < r.files; i++) {
		const struct file_desc *f = &r.file[i];
		select_file(&r, i);
		if (f->type == FILE_DF || f->type == FILE_ADF)
			continue;
		CU_ASSERT_EQUAL(read_selected(&r, f), SW_OK);
		CU_ASSERT_EQUAL(r.n, readable(f));
	}
	reader_close(&r);
}

static void with_pin1_enabled_only_public_files_are_read_before_it(void)
{
	static const uint16_t public[] = { 0x2FE2, 0x2F00, 0x2F05, 0x2F06, 0x6F05, 0x6F06, 0x6F46, 0x6FAD, 0x6FB7 };
	static const uint8_t pin[] = "1234\xFF\xFF\xFF\xFF";
	struct reader r = reader_open("pins.pin1.enabled=true");

	for (int verified = 0; verified < 2; verified++) {
		for (uint16_t i = 1; i < r.files; i++) {
			const struct file_desc *f = &r.file[i];
			bool expected = verified != 0;
			select_file(&r, i);
			if (f->type == FILE_DF || f->type == FILE_ADF)
				continue;
			for (size_t j = 0; j < VU_COUNT(public); j++)
				expected = expected || public[j] == f->fid;
			CU_ASSERT_EQUAL(read_selected(&r, f), expected ? SW_OK : SW_SECURITY);
		}
		CU_ASSERT_EQUAL(select_adf(&r), SW_OK);
		if (verified == 0)
			CU_ASSERT_EQUAL(send(&r, "00200001", span_of(pin, PIN_LEN)), SW_OK);
	}
	reader_close(&r);
}

static void what_an_update_needs_is_what_the_profile_says(void)
{
	static const uint8_t pin2[] = "5678\xFF\xFF\xFF\xFF", adm1[] = "88888888", octet[] = { 0x00 };
	/* EF_ICCID, EF_SPN, EF_EST, EF_SMSS: never, ADM1, PIN2, PIN1 (which is disabled) */
	static const uint16_t fids[] = { 0x2FE2, 0x6F46, 0x6F56, 0x6F43 };
	static const struct {
		const char *verify;
		struct span code;
		bool granted[4];
	} steps[] = {
		{ NULL, { 0 }, { false, false, false, true } },
		{ "00200081", { pin2, PIN_LEN }, { false, false, true, true } },
		{ "0020000A", { adm1, PIN_LEN }, { false, true, true, true } },
	};
	struct reader r = reader_open(NULL);

	for (size_t s = 0; s < VU_COUNT(steps); s++) {
		CU_ASSERT_EQUAL(select_adf(&r), SW_OK);
		if (steps[s].verify != NULL)
			CU_ASSERT_EQUAL(send(&r, steps[s].verify, steps[s].code), SW_OK);
		for (uint16_t i = 1; i < r.files; i++) {
			for (size_t j = 0; j < VU_COUNT(fids); j++) {
				if (r.file[i].fid != fids[j])
					continue;
				select_file(&r, i);
				CU_ASSERT_EQUAL(send(&r, "00D60000", SPAN(octet)),
						steps[s].granted[j] ? SW_OK : SW_SECURITY);
			}
		}
	}
	reader_close(&r);
}

static void ef_dir_is_as_wpa_supplicant_wants_it(void)
{
	static const uint8_t mf[] = { 0x3F, 0x00 }, dir[] = { 0x2F, 0x00 }, head[] = { 0x61, 0x1E, 0x4F, 0x10 };
	struct reader r = reader_open(NULL);

	CU_ASSERT_EQUAL(send(&r, "00A40004", SPAN(mf)), SW_OK);
	CU_ASSERT_TRUE(r.n <= FCP_MAX);
	CU_ASSERT_EQUAL(send(&r, "00A40004", SPAN(dir)), SW_OK);
	CU_ASSERT_EQUAL(send(&r, "00B20104", (struct span){ 0 }), SW_OK);
	CU_ASSERT_TRUE(r.n <= DIR_RECORD_MAX);
	CU_ASSERT_TRUE(span_starts(answer(&r), SPAN(head)));
	reader_close(&r);
}

static void the_atr_is_the_profiles(void)
{
	struct reader r = reader_open("atr=3B9795801F428031A073BE211537");
	uint8_t atr[UICC_ATR_MAX];

	CU_ASSERT_EQUAL(uicc_atr(r.u, atr), 14);
	CU_ASSERT_EQUAL(atr[13], 0x37);
	reader_close(&r);
}

/* As a program does it that makes cards by the thousand. */
static void one_profile_makes_many_cards(void)
{
	struct profile_error e = { 0 };
	struct profile *p = NULL;
	const struct nv_item *items;
	size_t n = 0, first = 0;
	char set[32];

	CU_ASSERT_EQUAL_FATAL(profile_default(&p, &e), 0);
	for (int card = 0; card < 100; card++) {
		struct nv_mem *nv = nv_mem_open();
		/* EF_IMSI: its length, then 9 (odd number of digits), then the digits, the lower half octet first. */
		uint8_t imsi[9] = { 0x08, 0x09, 0x10, 0x10 };
		snprintf(set, sizeof set, "imsi=0010100000%05d", card * 100);
		CU_ASSERT_EQUAL_FATAL(profile_set(p, set, &e), 0);
		CU_ASSERT_EQUAL_FATAL(profile_build(p, &items, &n, &e), 0);
		CU_ASSERT_TRUE(first == 0 || n == first);
		first = n;
		imsi[7] = (uint8_t)(card % 10 << 4 | card / 10);
		bool found = false;
		for (size_t i = 0; i < n; i++)
			found |= OBJ_KIND(items[i].key) == OBJ_BODY &&
				 span_eq(span_of(items[i].value, items[i].n), SPAN(imsi));
		CU_ASSERT_TRUE(found);
		CU_ASSERT_TRUE(nv_mem_ops.apply(nv, items, n));
		struct uicc *u = uicc_open(&nv_mem_ops, nv, &env, NULL);
		CU_ASSERT_PTR_NOT_NULL(u);
		uicc_close(u);
		nv_mem_close(nv);
	}
	profile_close(p);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "every file is found and read while PIN1 is disabled",
		  every_file_is_found_and_read_while_pin1_is_disabled },
		{ "with PIN1 enabled only public files are read before it",
		  with_pin1_enabled_only_public_files_are_read_before_it },
		{ "what an update needs is what the profile says", what_an_update_needs_is_what_the_profile_says },
		{ "EF_DIR is as wpa_supplicant wants it", ef_dir_is_as_wpa_supplicant_wants_it },
		{ "the ATR is the profile's", the_atr_is_the_profiles },
		{ "one profile makes many cards", one_profile_makes_many_cards },
	};

	return CU_RUN("default profile in the card", tests);
}
