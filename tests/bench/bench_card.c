/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_card FILE: what the card's commands cost in this process, in one run with the cryptography in them alone, against
 * what was promised. FILE is the card of the SQLite measurements, made anew and removed in the end.
 *
 * Everything is measured in turns of one block each, so that whatever else the machine does hits all alike. A figure is
 * the median of its blocks; the bar for a card in a file is held against their mean, because SQLite's checkpoints come
 * once in many commands. Commands are made before the clock starts. Exit status 1 when a promise is broken.
 */
#include "apdu/apdu.h"
#include "apdu/auth.h"
#include "apdu/mikey.h"
#include "apdu/sw.h"
#include "card/crypto/aka.h"
#include "card/crypto/kdf.h"
#include "card/crypto/mikey_kdf.h"
#include "card/perso/profile.h"
#include "card/store/nv_mem.h"
#include "card/store/nv_sqlite.h"
#include "vuicc/uicc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum { BLOCK = 200, BLOCKS = 60, CSB_ID = 0x11223344 };

/* The default profile's. */
static const struct aka_secret secret = {
	.algorithm = AKA_MILENAGE,
	.k = { { 0x46, 0x5b, 0x5c, 0xe8, 0xb1, 0x99, 0xb4, 0x9f, 0xaa, 0x5f, 0x0a, 0x2e, 0xe2, 0x38, 0xa6, 0xbc } },
	.opc = { { 0xcd, 0x63, 0xcb, 0x71, 0x95, 0x4a, 0x9f, 0x4e, 0x48, 0xa5, 0x99, 0x4e, 0x37, 0xa0, 0x2b, 0xaf } },
};
static const uint8_t aid[] = { 0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02, 0xFF,
			       0xFF, 0xFF, 0xFF, 0x89, 0x07, 0x09, 0x00, 0x00 };
static const char impi[] = "001010123456789@ims.mnc001.mcc001.3gppnetwork.org";
static const char btid[] = "I1U8vpY3qJ0hiuZNrke/NQ==@bsf.mnc001.mcc001.pub.3gppnetwork.org";
static const char naf_id[] = "bmsc.home1.net" GBA_UA_MBMS;
static const uint8_t csb_rand[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

struct command {
	uint8_t b[CAPDU_MAX];
	size_t n;
	sw_t expected;
};

/* A card and its network's memory of it. */
struct rig {
	struct uicc *uicc;
	uint64_t seq; /* of the last SQN */
	uint32_t ts; /* of the last MSK message */
	struct key256 muk;
};

static struct prim *prim;
static struct command command[BLOCK];
static uint8_t message[BLOCK][512]; /* MSK messages as they are, for the cryptography alone */
static size_t message_n[BLOCK];

static _Noreturn __attribute__((format(printf, 1, 2))) void give_up(const char *format, ...)
{
	va_list args;

	fputs("bench_card: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(4);
}

static bool os_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	return getrandom(out, n, 0) == (ssize_t)n;
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void make(struct command *c, sw_t expected, uint8_t ins, uint8_t p1, uint8_t p2, struct span data, uint16_t le)
{
	const struct capdu apdu = { .ins = ins, .p1 = p1, .p2 = p2, .data = data, .le = le };
	struct wr w = WR(c->b);

	capdu_put(&w, &apdu);
	if (w.bad)
		give_up("INS %02X: no APDU", ins);
	c->n = w.n;
	c->expected = expected;
}

static void send(const struct rig *r, const struct command *c)
{
	uint8_t answer[UICC_RAPDU_MAX];
	size_t n = uicc_transmit(r->uicc, c->b, c->n, answer);
	struct rd tail = rd_of(span_of(answer + n - 2, 2));
	sw_t sw = rd_u16(&tail);

	if (sw != c->expected)
		give_up("INS %02X: %04X expected, got %04X", c->b[1], c->expected, sw);
}

static void make_challenge(struct rig *r, struct auth_challenge *a, enum aka_mask mask)
{
	static const uint8_t amf[AKA_AMF_LEN] = { 0 };
	struct aka_keys keys;
	struct wr w = WR(a->rand);

	r->seq++;
	wr_uint(&w, r->seq, 8);
	wr_pad(&w, 0xA5);
	aka_f2345(prim, &keys, &secret, a->rand);
	aka_autn(prim, a->autn, &secret, &keys, a->rand, r->seq << 5 | (r->seq & 31), amf, mask);
}

/* Bootstrapping, B-TID, NAF derivation. */
static void provision(struct rig *r)
{
	const struct auth_naf naf = { .naf_id = span_of(naf_id, sizeof naf_id - 1), .impi = span_str(impi) };
	struct auth_challenge a;
	struct aka_keys keys;
	struct key256 ks;
	struct command c;
	uint8_t b[255];

	make(&c, SW_OK, 0xA4, 0x04, 0x04, SPAN(aid), APDU_LE_MAX);
	send(r, &c);
	make_challenge(r, &a, AKA_GBA_U);
	struct wr w = WR(b);
	auth_bootstrap_put(&w, &a);
	make(&c, SW_OK, INS_AUTHENTICATE, 0, AUTH_GBA, wr_done(&w), APDU_LE_MAX);
	send(r, &c);
	make(&c, SW_OK, 0xA4, 0x00, 0x0C, span_of("\x6F\xD6", 2), 0);
	send(r, &c);
	w = WR(b);
	wr_lv8(&w, span_str(btid));
	wr_lv8(&w, (struct span){ 0 });
	make(&c, SW_OK, 0xD6, 0, 1 + sizeof a.rand, wr_done(&w), 0);
	send(r, &c);
	w = WR(b);
	auth_naf_put(&w, &naf);
	make(&c, SW_OK, INS_AUTHENTICATE, 0, AUTH_GBA, wr_done(&w), APDU_LE_MAX);
	send(r, &c);

	aka_f2345(prim, &keys, &secret, a.rand);
	gba_ks(&ks, &keys.ck, &keys.ik);
	gba_ks_int_naf(prim, &r->muk, &ks, SPAN(a.rand), naf.impi, naf.naf_id);
}

/* An MSK message of a download service, no answer wanted. */
static struct span make_msk_message(struct rig *r, uint8_t room[static 512])
{
	uint8_t data[64], msk[MSK_LEN];
	struct wr plain = WR(data), w = wr_of(room, 512);
	struct mikey_keys keys;
	struct mikey m = {
		.kind = MIKEY_IS_MSK,
		.csb_id = CSB_ID,
		.cs_map_type = MIKEY_CS_MAP_EMPTY,
		.key = { .domain = { 0x00, 0xF1, 0x10 }, .group = 1 },
		.ts = ++r->ts,
		.rand = SPAN(csb_rand),
		.idi = { MIKEY_ID_URI, span_of(naf_id, sizeof naf_id - 1) },
		.idr = { MIKEY_ID_NAI, span_str(btid) },
	};

	m.key.number = (uint16_t)(r->ts % UINT16_MAX + 1);
	memset(msk, (int)r->ts, sizeof msk);
	mikey_msk_data_put(&plain, SPAN(msk), 0, 100);
	m.encr_data = wr_done(&plain);
	mikey_keys_derive(prim, &keys, SPAN(r->muk.b), CSB_ID, SPAN(csb_rand));
	mikey_seal(prim, &keys, &w, &m);
	if (w.bad)
		give_up("the MSK message does not fit");
	return wr_done(&w);
}

/* --- what is measured: make_X() fills the block, run_X() is on the clock --------------------------------------------- */

static void make_nothing(struct rig *r)
{
	(void)r;
}

static void make_authenticate(struct rig *r)
{
	uint8_t b[64];

	for (size_t i = 0; i < BLOCK; i++) {
		struct auth_challenge a;
		struct wr w = WR(b);
		make_challenge(r, &a, AKA_PLAIN);
		auth_3g_put(&w, &a);
		make(&command[i], SW_OK, INS_AUTHENTICATE, 0, AUTH_3G, wr_done(&w), APDU_LE_MAX);
	}
}

static void make_select(struct rig *r)
{
	(void)r;
	for (size_t i = 0; i < BLOCK; i++)
		make(&command[i], SW_OK, 0xA4, 0x04, 0x04, SPAN(aid), APDU_LE_MAX);
}

/* EF_IMSI by its SFI. */
static void make_read(struct rig *r)
{
	(void)r;
	for (size_t i = 0; i < BLOCK; i++)
		make(&command[i], SW_OK, 0xB0, 0x87, 0x00, (struct span){ 0 }, 9);
}

static void make_msk(struct rig *r)
{
	for (size_t i = 0; i < BLOCK; i++) {
		uint8_t b[APDU_DATA_MAX];
		struct wr w = WR(b);
		struct span m = make_msk_message(r, message[i]);
		message_n[i] = m.n;
		auth_mbms_put(&w, MBMS_MSK_UPDATE, m);
		make(&command[i], SW_RESPONSE_AVAILABLE, INS_AUTHENTICATE_ODD, BLOCK_FIRST, AUTH_MBMS, wr_done(&w), 0);
	}
}

static void run_commands(struct rig *r)
{
	for (size_t i = 0; i < BLOCK; i++)
		send(r, &command[i]);
}

/* With the answer fetched. */
static void run_msk(struct rig *r)
{
	struct command fetch;

	make(&fetch, SW_OK, INS_AUTHENTICATE_ODD, BLOCK_RESPONSE_FIRST, AUTH_MBMS, (struct span){ 0 }, APDU_LE_MAX);
	for (size_t i = 0; i < BLOCK; i++) {
		send(r, &command[i]);
		send(r, &fetch);
	}
}

/* f1 to f5 for each command of the block. */
static void run_milenage(struct rig *r)
{
	(void)r;
	for (size_t i = 0; i < BLOCK; i++) {
		static const uint8_t autn[AKA_AUTN_LEN] = { 0 };
		uint8_t rand[AKA_RAND_LEN] = { (uint8_t)i }, mac[AKA_MAC_LEN];
		struct aka_keys keys _secret_aka_keys_;
		struct aka_token token;
		aka_f2345(prim, &keys, &secret, rand);
		aka_token_open(&token, &keys, autn);
		aka_mac(prim, mac, &secret, &keys, rand, &token, AKA_PLAIN);
	}
}

/* PRF three times, HMAC, counter mode: on the messages that make_msk() made last. */
static void run_msk_crypto(struct rig *r)
{
	for (size_t i = 0; i < BLOCK; i++) {
		struct mikey_keys keys _secret_mikey_keys_;
		uint8_t mac[MIKEY_MAC_LEN], plain[64];
		struct wr w = WR(plain);
		const struct span covered = span_of(message[i], message_n[i] - MIKEY_MAC_LEN);
		mikey_keys_derive(prim, &keys, SPAN(r->muk.b), CSB_ID, SPAN(csb_rand));
		prim_hmac_sha1(prim, mac, SPAN(keys.auth), &covered, 1);
		mikey_crypt(prim, &keys, CSB_ID, (uint32_t)i, &w, span_sub(covered, covered.n - 27, 26));
	}
}

enum work_no { MILENAGE, AUTH_RAM, AUTH_FILE, SELECT_AID, READ_BINARY, MSK_CRYPTO, MSK_RAM, MSK_FILE, WORKS };

static struct work {
	const char *name;
	void (*make)(struct rig *r);
	void (*run)(struct rig *r);
	bool on_file; /* the card in the file, else the one in RAM */
	double us[BLOCKS]; /* of one */
} works[WORKS] = {
	[MILENAGE] = { "MILENAGE f1 to f5", make_nothing, run_milenage, false, { 0 } },
	[AUTH_RAM] = { "AUTHENTICATE 3G, RAM", make_authenticate, run_commands, false, { 0 } },
	[AUTH_FILE] = { "AUTHENTICATE 3G, SQLite", make_authenticate, run_commands, true, { 0 } },
	[SELECT_AID] = { "SELECT by AID", make_select, run_commands, false, { 0 } },
	[READ_BINARY] = { "READ BINARY", make_read, run_commands, false, { 0 } },
	[MSK_CRYPTO] = { "MSK: PRF x3, HMAC, CTR", make_nothing, run_msk_crypto, false, { 0 } },
	[MSK_RAM] = { "MSK update, RAM", make_msk, run_msk, false, { 0 } },
	[MSK_FILE] = { "MSK update, SQLite", make_msk, run_msk, true, { 0 } },
};

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(enum work_no no)
{
	return works[no].us[BLOCKS / 2];
}

static double mean(enum work_no no)
{
	double sum = 0;

	for (size_t i = 0; i < BLOCKS; i++)
		sum += works[no].us[i];
	return sum / BLOCKS;
}

static void measure(struct rig *ram, struct rig *file)
{
	make_msk(ram); /* messages for the first block of cryptography alone */
	run_msk(ram);
	for (size_t block = 0; block < BLOCKS; block++) {
		for (size_t i = 0; i < WORKS; i++) {
			struct rig *r = works[i].on_file ? file : ram;
			works[i].make(r);
			double start = now_us();
			works[i].run(r);
			works[i].us[block] = (now_us() - start) / BLOCK;
		}
	}
	if (!prim_ok(prim))
		give_up("the crypto library failed");
	for (size_t i = 0; i < WORKS; i++)
		qsort(works[i].us, BLOCKS, sizeof works[i].us[0], by_size);
}

/* One promise: figure must be below the bar. */
static bool promise(const char *what, double figure, double bar, const char *unit)
{
	bool kept = figure < bar;

	printf("%-44s %8.2f %-3s below %5.1f  %s\n", what, figure, unit, bar, kept ? "kept" : "BROKEN");
	return kept;
}

static bool report(void)
{
	printf("median of %d blocks of %d, microseconds each\n", BLOCKS, BLOCK);
	for (size_t i = 0; i < WORKS; i++)
		printf("%-28s %8.2f   (least %.2f, mean %.2f)\n", works[i].name, median((enum work_no)i),
		       works[i].us[0], mean((enum work_no)i));
	printf("\n");
	bool kept = promise("AUTHENTICATE on RAM / its MILENAGE", median(AUTH_RAM) / median(MILENAGE), 5, "x");
	kept &= promise("AUTHENTICATE on SQLite, with checkpoints", mean(AUTH_FILE), 40, "us");
	kept &= promise("SELECT by AID, with FCP", median(SELECT_AID), 3, "us");
	kept &= promise("READ BINARY, 9 octets by SFI", median(READ_BINARY), 3, "us");
	kept &= promise("MSK update on RAM / its crypto (rate >= 0.5)", median(MSK_RAM) / median(MSK_CRYPTO), 2, "x");
	return kept;
}

/* --- the cards ------------------------------------------------------------------------------------------------------- */

static struct uicc *open_card(const struct nv_ops *ops, void *store)
{
	static const struct uicc_env env = { .random = os_random };
	const char *why = "";
	struct uicc *u = uicc_open(ops, store, &env, &why);

	if (u == NULL)
		give_up("%s", why);
	return u;
}

int main(int argc, char **argv)
{
	struct profile_error e;
	struct profile *profile;
	const struct nv_item *items;
	struct nv_sqlite *file;
	char why[NV_WHY_MAX] = "";
	size_t n;

	if (argc != 2) {
		fputs("usage: bench_card FILE\n", stderr);
		return 2;
	}
	prim = prim_open();
	struct nv_mem *ram = nv_mem_open();
	if (prim == NULL || ram == NULL || profile_default(&profile, &e) != 0 ||
	    profile_build(profile, &items, &n, &e) != 0)
		give_up("no card can be made");
	if (!nv_mem_ops.apply(ram, items, n))
		give_up("out of memory");
	if (nv_sqlite_create(argv[1], items, n, true, why) != 0 || nv_sqlite_open(&file, argv[1], why) != 0)
		give_up("%s", why);
	profile_close(profile);

	struct rig on_ram = { .uicc = open_card(&nv_mem_ops, ram) };
	struct rig on_file = { .uicc = open_card(&nv_sqlite_ops, file) };
	provision(&on_ram);
	provision(&on_file);
	measure(&on_ram, &on_file);
	bool kept = report();

	uicc_close(on_ram.uicc);
	uicc_close(on_file.uicc);
	nv_sqlite_close(file);
	remove(argv[1]);
	nv_mem_close(ram);
	prim_close(prim);
	return kept ? 0 : 1;
}
