/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small card in RAM for tests, made object by object so that the personaliser is not part of what is tested.
 *
 * K and OPc of TS 35.208 set 1, PIN1 1234 (off unless asked), PIN2 5678, ADM1 88888888; MF with EF_ICCID, EF_DIR, EF_ARR,
 * a DF 7F10, ADF USIM with EF_IMSI, EF_UST, EF_LOCI, a linear and a cyclic file, and the GBA and MBMS files.
 */
#ifndef VUICC_TESTS_CARD_FIXTURE_H
#define VUICC_TESTS_CARD_FIXTURE_H

#include "apdu/apdu.h"
#include "apdu/auth.h"
#include "apdu/mikey.h"
#include "apdu/sw.h"
#include "card/crypto/aka.h"
#include "card/crypto/kdf.h"
#include "card/crypto/mikey_kdf.h"
#include "card/store/nv_mem.h"
#include "mikey_fixture.h"

struct card {
	struct nv_mem *nv;
	struct uicc *u;
	struct t0 *t0;
	struct prim *prim; /* the tester's own */
	uint8_t answer[UICC_RAPDU_MAX];
	size_t n; /* octets of data in answer */
};

struct card_options {
	bool pin1_enabled;
	const char *toolkit; /* proactive commands in hexadecimal, one after the other */
	bool universal_pin; /* reference 11, 9999, on; USIM: EF 6F03 by PIN1 or it, 6F04 by it alone */
	bool second_application; /* ADF FIXTURE_AID2 with PIN 02, 2222, and PIN2 82, 8282; EF 6F02 in it by PIN 02 */
	bool legacy_gsm; /* class A0 is on; DF 7F20 with EF_IMSI, EF_Kc, EF_ADN (linear) and 6F39 (cyclic), not with admin_files */
	bool admin_files; /* DF 7F20 with 6F10 to 6F14, one of each structure, under rules that let ADM1 do everything */
	uint64_t seq_start; /* every entry of the SQN array */
	bool without_gba, without_mbms, without_gsm; /* services 68, 69, 27 and 38 off */
	uint8_t msk_records, muk_records, gbanl_records; /* 0 = 10, 4, 8 */
};

#define FIXTURE_AID "a0000000871002ffffffff8907090000"
#define FIXTURE_AID2 "a0000000871004ffffffff8907090000"
#define FIXTURE_IMPI "001010123456789@ims.mnc001.mcc001.3gppnetwork.org"

extern const struct aka_secret fixture_secret;

/* What the card last told its observer. */
extern struct uicc_trace fixture_trace;

/* Ends the test program when it cannot be made. */
struct card *card_new(const struct card_options *o);
void card_free(struct card *c);

/* Closes and opens the card again on the same store: a power cycle. */
void card_power_cycle(struct card *c);

/* One command given as octets, or as hexadecimal text; data of the answer in c->answer, c->n. */
sw_t card_send(struct card *c, struct span capdu);
sw_t card_hex(struct card *c, const char *hex);
/* The same through the manners of T=0. */
sw_t card_t0_hex(struct card *c, const char *hex);
struct span card_answer(const struct card *c);
/* Whether that was the answer; .. stands for any octet. */
bool card_answered(const struct card *c, const char *hex);

/* A command with data. */
sw_t card_command(struct card *c, uint8_t cla, uint8_t ins, uint8_t p1, uint8_t p2, struct span data, uint16_t le);

sw_t card_select_usim(struct card *c);
/* READ BINARY or READ RECORD of an EF under the current directory, into c->answer. */
sw_t card_read(struct card *c, uint16_t fid, unsigned record);

/* Network side: a challenge with this SQN. */
void fixture_challenge(struct card *c, struct auth_challenge *a, uint64_t sqn, enum aka_mask mask);
sw_t card_aka(struct card *c, uint64_t sqn);
sw_t card_bootstrap(struct card *c, uint64_t sqn);
/* The ME's write of a B-TID behind RAND in EF_GBABP. */
sw_t card_write_btid(struct card *c, const char *btid);
sw_t card_derive(struct card *c, struct span naf_id);
/* Selects the USIM, bootstraps with sqn, writes btid, derives the NAF key of naf_id; *ret_muk is the network's Ks_int_NAF. */
void card_provision(struct card *c, uint64_t sqn, const char *btid, struct span naf_id, struct key256 *ret_muk);

/* AUTHENTICATE in the MBMS context, whole: blocks out, answer object's payload in c->answer. */
sw_t card_mbms(struct card *c, enum mbms_mode mode, struct span payload);

/* The message's octets, in a buffer that lives until the next call. */
struct span msk_message(struct card *c, const struct delivery *d);
struct span mtk_message(struct card *c, uint16_t group, uint16_t number, uint8_t msk_octet, uint16_t mtk_id,
			uint32_t ts);
sw_t card_deliver(struct card *c, const struct delivery *d);
sw_t card_mtk(struct card *c, uint16_t group, uint16_t number, uint8_t msk_octet, uint16_t mtk_id, uint32_t ts);

#endif
