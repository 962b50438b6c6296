/* SPDX-License-Identifier: Apache-2.0 */
/* AUTHENTICATE, INS 88 and 89: which context, in which application, under which conditions (TS 31.102 clause 7.1). */
#include "auth_int.h"
#include "file.h"
#include "pin.h"

/*
 * The contexts of each application and the service that each needs; 0 = none, ABSENT = a service this card never has.
 * P2 = 82 means VGCS/VBS in the USIM and HTTP Digest in the ISIM (TS 31.103 7.1.2).
 */
enum { ABSENT = 0xFFFF };
static const struct context {
	unsigned apps; /* enum app_kind, one or more */
	uint8_t ins, p2;
	uint16_t service;
} contexts[] = {
	{ APP_USIM, INS_AUTHENTICATE, AUTH_GSM, UST_GSM_CONTEXT },
	{ APP_USIM | APP_ISIM, INS_AUTHENTICATE, AUTH_3G, 0 },
	{ APP_USIM | APP_ISIM, INS_AUTHENTICATE, AUTH_VGCS, ABSENT },
	{ APP_USIM, INS_AUTHENTICATE, AUTH_GBA, UST_GBA },
	{ APP_ISIM, INS_AUTHENTICATE, AUTH_GBA, IST_GBA },
	{ APP_USIM, INS_AUTHENTICATE_ODD, AUTH_MBMS, UST_MBMS },
	{ APP_USIM | APP_ISIM, INS_AUTHENTICATE_ODD, AUTH_LOCAL_KEY, ABSENT },
};
enum { ANY_APP = APP_USIM | APP_ISIM };

static const struct context *find_context(unsigned apps, uint8_t ins, uint8_t p2)
{
	for (size_t i = 0; i < VU_COUNT(contexts); i++)
		if ((contexts[i].apps & apps) != 0 && contexts[i].ins == ins && contexts[i].p2 == p2)
			return &contexts[i];
	return NULL;
}

/* Everything that must hold before the data are looked at; decisions 30, 51 and 54. */
static sw_t admit(const struct uicc *u, uint8_t ins, uint8_t p2, uint16_t *ret_adf)
{
	if (find_context(ANY_APP, ins, p2) == NULL)
		return SW_P1P2;
	*ret_adf = fs_adf_of(u, &u->now);
	if (*ret_adf == FILE_NONE)
		return SW_SECURITY;
	const struct context *context = find_context(app_kind_of(u, *ret_adf), ins, p2);
	if (context == NULL)
		return SW_P1P2; /* another application's, or in an application that has none */
	sw_t sw = file_state(u, *ret_adf, ACL_UPDATE);
	if (sw != SW_OK) /* deactivated or terminated */
		return sw;
	if (!pin_satisfied(u, pin_of_application(u, *ret_adf)))
		return SW_SECURITY;
	if (context->service == ABSENT || (context->service != 0 && !app_service(u, *ret_adf, context->service)))
		return SW_AUTH_CONTEXT;
	return SW_OK;
}

static sw_t gsm_context(struct uicc *u, const struct capdu *c, struct wr *out)
{
	struct aka_keys keys _secret_aka_keys_ = { 0 };
	uint8_t rand[AKA_RAND_LEN], sres[4], kc[8];

	if (!auth_gsm_parse(rand, c->data))
		return SW_DATA;
	sw_t sw = aka_gsm_context(u, rand, &keys);
	if (sw != SW_OK)
		return sw;
	aka_gsm(sres, kc, &keys);
	wr_lv8(out, SPAN(sres));
	wr_lv8(out, SPAN(kc));
	secret_wipe(kc, sizeof kc);
	return SW_OK;
}

static sw_t umts_context(struct uicc *u, uint16_t adf, const struct capdu *c, struct wr *out)
{
	struct aka_keys keys _secret_aka_keys_ = { 0 };
	struct auth_challenge a;
	uint8_t auts[AUTS_LEN], sres[4], kc[8];
	size_t auts_len;

	if (!auth_3g_parse(&a, c->data))
		return SW_DATA;
	sw_t sw = aka_challenge(u, &a, AKA_PLAIN, &keys, auts, &auts_len);
	if (sw != SW_OK)
		return sw;
	aka_gsm(sres, kc, &keys);
	bool with_kc = app_kind_of(u, adf) == APP_USIM && app_service(u, adf, UST_GSM_ACCESS);
	const struct auth_answer answer = {
		.sync_failure = auts_len != 0,
		.auts = span_of(auts, auts_len),
		.res = span_of(keys.res, keys.res_len),
		.ck = SPAN(keys.ck.b),
		.ik = SPAN(keys.ik.b),
		.kc = with_kc ? SPAN(kc) : (struct span){ 0 },
	};
	auth_answer_put(out, &answer);
	secret_wipe(kc, sizeof kc);
	return SW_OK;
}

/* The first octet says which mode. */
static sw_t gba_context(struct uicc *u, uint16_t adf, const struct capdu *c, struct wr *out)
{
	struct auth_challenge boot;
	struct auth_naf naf;

	if (auth_bootstrap_parse(&boot, c->data))
		return gba_bootstrap(u, adf, &boot, out);
	if (auth_naf_parse(&naf, c->data))
		return gba_naf_derivation(u, adf, &naf, out);
	return SW_DATA;
}

sw_t cmd_authenticate(struct uicc *u, const struct capdu *c, struct wr *out)
{
	uint16_t adf;

	if (c->p1 != 0)
		return SW_P1P2;
	sw_t sw = admit(u, INS_AUTHENTICATE, c->p2, &adf);
	if (sw != SW_OK)
		return sw;
	switch (c->p2) {
	case AUTH_GSM:
		return gsm_context(u, c, out);
	case AUTH_3G:
		return umts_context(u, adf, c, out);
	default:
		return gba_context(u, adf, c, out);
	}
}

/* A block of command data; the last one runs the command. An error leaves no chain behind. */
static sw_t data_block(struct uicc *u, struct chain *chain, const struct capdu *c)
{
	uint8_t answer[CHAIN_MAX];
	struct wr out = WR(answer);
	uint16_t adf;

	if (c->data.n == 0)
		return SW_WRONG_LENGTH;
	/* Decision 52 before 30: the other context's service does not matter. */
	if (c->p1 == BLOCK_NEXT && chain->state == CHAIN_IN && c->p2 != chain->p2)
		return SW_P1P2;
	sw_t sw = admit(u, INS_AUTHENTICATE_ODD, c->p2, &adf);
	if (sw != SW_OK)
		return sw;
	sw = chain_in(chain, c->p1 == BLOCK_FIRST, c->p2, c->data);
	if (sw != SW_RESPONSE_AVAILABLE) /* more to come, or refused */
		return sw;
	sw = mbms_command(u, adf, chain_input(chain), &out);
	if (sw == SW_OK && out.bad)
		sw = SW_UNKNOWN_ERROR;
	if (sw == SW_OK) {
		chain_answer(chain, wr_done(&out));
		sw = SW_RESPONSE_AVAILABLE;
	}
	secret_wipe(answer, out.n);
	return sw;
}

sw_t cmd_authenticate_odd(struct uicc *u, const struct capdu *c, struct wr *out)
{
	struct chain *chain = &u->chain[u->channel];
	sw_t sw;

	switch (c->p1) {
	case BLOCK_FIRST:
	case BLOCK_NEXT:
		sw = data_block(u, chain, c);
		break;
	case BLOCK_RESPONSE_FIRST:
	case BLOCK_RESPONSE_NEXT:
		sw = c->data.n != 0 ? SW_WRONG_LENGTH
				    : chain_out(chain, c->p1 == BLOCK_RESPONSE_FIRST, c->p2,
						c->le != 0 ? c->le : APDU_LE_MAX, out);
		break;
	default:
		sw = SW_P1P2; /* decision 52 */
		break;
	}
	if (!sw_ok(sw))
		chain_drop(chain);
	return sw;
}
