/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dispatcher: which command an APDU is, whether its shape fits, what becomes of its effects.
 *
 * This is the one place that knows 6E00, 6D00, 6881, 6882 and 6700, drops the output of a command that failed, keeps or
 * forgets the selection it made, and commits or rolls back what it staged.
 */
#include "uicc_int.h"

#include <stdlib.h>

#include "../apdu/auth.h"
#include "file.h"
#include "gsm.h"
#include "pin.h"

struct chan chan_at_mf(void)
{
	return (struct chan){ .open = true, .df = 0, .ef = FILE_NONE, .adf = FILE_NONE };
}

void uicc_reset(struct uicc *u)
{
	for (size_t i = 0; i < VU_COUNT(u->chan); i++) {
		u->chan[i] = (struct chan){ 0 };
		chain_drop(&u->chain[i]);
		transfer_drop(&u->transfer[i]);
	}
	u->chan[0] = chan_at_mf();
	u->extended_channels = false;
	memset(u->verified, 0, sizeof u->verified);
	u->cat = (struct cat){ 0 };
	u->suspended.asleep = u->suspended.valid;
	nv_rollback(u->nv);
}

_Static_assert((int)CARD_OCTETS_MAX + (int)NV_KEPT < (int)NV_ARENA, "room for a new card, a batch and keys");

static const char *load(struct uicc *u)
{
	if (!card_desc_parse(&u->card, nv_get(u->nv, OBJ(OBJ_CARD, 0))))
		return "the store holds no card";
	if (u->card.version != IMAGE_VERSION)
		return "the card was made by another version";
	if (!fs_load(u))
		return "the card's file tree is damaged";
	return NULL;
}

struct uicc *uicc_open(const struct nv_ops *ops, void *nv_ctx, const struct uicc_env *env, const char **ret_why)
{
	const char *why = "out of memory, or the crypto library lacks an algorithm";
	struct uicc *u = calloc(1, sizeof *u);

	if (u != NULL) {
		u->env = env;
		u->prim = prim_open();
		if (u->prim != NULL) {
			why = "the store cannot be read";
			u->nv = nv_open(ops, nv_ctx);
		}
		if (u->nv != NULL)
			why = load(u);
	}
	if (why != NULL) {
		if (ret_why != NULL)
			*ret_why = why;
		uicc_close(u);
		return NULL;
	}
	uicc_reset(u);
	return u;
}

void uicc_close(struct uicc *u)
{
	if (u == NULL)
		return;
	nv_close(u->nv);
	prim_close(u->prim);
	for (size_t i = 0; i < APDU_CHANNELS; i++) {
		chain_drop(&u->chain[i]);
		transfer_drop(&u->transfer[i]);
	}
	/* Their buffers, most of the card, are wiped as far as they were used. */
	secret_wipe(u, offsetof(struct uicc, chain));
	free(u);
}

size_t uicc_atr(const struct uicc *u, uint8_t atr[static UICC_ATR_MAX])
{
	memcpy(atr, u->card.atr, u->card.atr_len);
	return u->card.atr_len;
}

/* Whether data and Le fit the command's case. Five octets with 00 at the end are "no data" to a command without output. */
static bool case_fits(const struct cmd *cmd, const struct capdu *c)
{
	switch (cmd->apdu_case & 0x0F) {
	case 1:
		return c->data.n == 0 && (c->le == 0 || c->le == APDU_LE_MAX);
	case 2:
		return c->data.n == 0;
	default:
		return c->data.n != 0 || (cmd->apdu_case & CMD_DATA_OPTIONAL) != 0;
	}
}

/* Another command than a block of its own, or GET RESPONSE, ends a chain (decision 10). */
static void interrupt_chain(struct uicc *u, uint8_t channel, uint8_t ins)
{
	if (ins != INS_AUTHENTICATE_ODD && ins != INS_GET_RESPONSE)
		chain_drop(&u->chain[channel]);
}

/* After TERMINATE CARD USAGE nothing works but to see that it is so (TS 102 222 6.9). */
static bool works_when_terminated(const struct uicc *u, uint8_t ins)
{
	return file_selected_sw(u, 0) != SW_FILE_TERMINATED || ins == INS_SELECT || ins == INS_GET_RESPONSE;
}

/* Only the first command after the power was away may resume; any other begins a new session. */
static void forget_suspension(struct uicc *u, uint8_t ins)
{
	if (ins != INS_SUSPEND_UICC || !u->suspended.asleep)
		secret_wipe(&u->suspended, sizeof u->suspended);
}

/* From here on the command counts as one that came in on this channel. */
static void begin(struct uicc *u, uint8_t channel, uint8_t ins)
{
	interrupt_chain(u, channel, ins);
	forget_suspension(u, ins);
	u->channel = channel;
}

/* Class A0 has the basic channel alone, and commands of its own. */
static bool speaks_gsm(const struct uicc *u, uint8_t cla)
{
	return cla == CLA_GSM && u->card.legacy_gsm;
}

static sw_t find_gsm_command(struct uicc *u, const struct capdu *c, const struct cmd **ret_cmd)
{
	begin(u, 0, 0); /* none of its commands continues a chain or a session */
	*ret_cmd = gsm_find(c->ins);
	if (*ret_cmd == NULL)
		return SW_INS;
	if (!works_when_terminated(u, c->ins))
		return SW_CONDITIONS;
	return case_fits(*ret_cmd, c) ? SW_OK : SW_WRONG_LENGTH;
}

static sw_t find_command(struct uicc *u, const struct capdu *c, const struct cmd **ret_cmd)
{
	struct apdu_class k = apdu_class_of(c->cla);

	if (speaks_gsm(u, c->cla))
		return find_gsm_command(u, c, ret_cmd);
	if (!k.known)
		return SW_CLA;
	if (!u->chan[k.channel].open)
		return SW_CHANNEL_UNSUPPORTED;
	if (k.secure)
		return SW_SM_UNSUPPORTED;
	begin(u, k.channel, c->ins);
	*ret_cmd = cmd_find(c->ins);
	if (*ret_cmd == NULL)
		return SW_INS;
	if ((*ret_cmd)->base != k.base && ((*ret_cmd)->apdu_case & CMD_BOTH_CLASSES) == 0)
		return SW_CLA;
	if (!works_when_terminated(u, c->ins))
		return SW_CONDITIONS;
	return case_fits(*ret_cmd, c) ? SW_OK : SW_WRONG_LENGTH;
}

bool uicc_channel_open(const struct uicc *u, uint8_t channel)
{
	return u->chan[channel].open;
}

/* A file that is gone is selected nowhere any more, nor is a record that is gone anybody's current one. */
static void leave_removed_files(struct uicc *u)
{
	for (size_t i = 0; i < VU_COUNT(u->chan); i++) {
		struct chan *c = &u->chan[i];
		if (!c->open)
			continue;
		if (!fs_is_df(u, c->df))
			*c = chan_at_mf();
		const struct file_desc *ef = fs_file(u, c->ef);
		if (ef == NULL)
			c->ef = FILE_NONE;
		if (ef == NULL || c->record > ef->records)
			c->record = 0;
		if (!fs_is_df(u, c->adf))
			c->adf = FILE_NONE;
	}
}

/* The command has succeeded: what it selected holds. */
static void keep_selection(struct uicc *u)
{
	u->chan[u->channel] = u->now;
	if (u->files_changed)
		leave_removed_files(u);
	u->files_changed = false;
}

static sw_t run(struct uicc *u, const struct cmd *cmd, const struct capdu *c, struct wr *out)
{
	unsigned sessions = pin_sessions(u); /* of an ADF that the command deletes, nobody could tell afterwards */

	u->now = u->chan[u->channel];
	sw_t sw = cmd->run(u, c, out);

	if (sw_ok(sw) && (out->bad || !prim_ok(u->prim)))
		sw = SW_UNKNOWN_ERROR;
	if (sw_ok(sw) && !nv_commit(u->nv))
		sw = SW_MEMORY_PROBLEM;
	transfer_settle(&u->transfer[u->channel], sw_ok(sw));
	if (sw_ok(sw)) {
		keep_selection(u);
		pin_sessions_over(u, sessions);
		if (cmd->base == CLA_GSM) /* it has no FETCH */
			return sw;
		return cat_announce(sw, cat_pending(&u->cat, uicc_toolkit_queue(u)));
	}
	nv_rollback(u->nv);
	if (u->files_changed && !fs_load(u)) /* what is stored was whole when it was stored */
		sw = SW_UNKNOWN_ERROR;
	/* The chain ran ahead of what was not kept. */
	if (sw == SW_MEMORY_PROBLEM || sw == SW_UNKNOWN_ERROR)
		chain_drop(&u->chain[u->channel]);
	return sw;
}

/* EFs with CK, IK or Kc in them: EF_Keys, EF_KeysPS, EF_Kc and EF_KcGPRS (those of DF_GSM, too: TS 51.011 10.3), EF_EPSNSC,
 * and of DF_5GS EF_5GS3GPPNSC, EF_5GSN3GPPNSC, EF_5GAUTHKEYS (TS 31.102 4.2, 4.4.3, 4.4.11). */
static bool holds_keys(const struct file_desc *ef)
{
	static const uint16_t fids[] = {
		0x6F08, 0x6F09, 0x4F20, 0x4F52, 0x6F20, 0x6F52, 0x6FE4, 0x4F03, 0x4F04, 0x4F05
	};

	for (size_t i = 0; ef != NULL && i < VU_COUNT(fids); i++)
		if (ef->fid == fids[i])
			return true;
	return false;
}

static void trace(const struct uicc *u, const struct cmd *cmd, const struct capdu *c, struct span answer, sw_t sw)
{
	/* A command nobody knows may be anything, a mistyped VERIFY included. */
	bool hide_in = cmd == NULL || (cmd->apdu_case & CMD_SECRET_IN) != 0;
	bool hide_out = cmd == NULL || (cmd->apdu_case & CMD_SECRET_OUT) != 0;

	/* What a failed command wanted to write may have been meant for another EF than the one that is current. */
	if (cmd != NULL && (cmd->apdu_case & CMD_ON_EF) != 0)
		hide_in = hide_out = !sw_ok(sw) || holds_keys(fs_file(u, u->now.ef));
	/* Malformed, or of another class: its name, and still none of its octets. */
	const struct cmd *meant = cmd != NULL ? cmd : cmd_find(c->ins);
	const struct uicc_trace t = {
		.name = meant != NULL ? meant->name : "unknown command",
		.header = { c->cla, c->ins, c->p1, c->p2 },
		.data = hide_in ? NULL : c->data.p,
		.n_data = c->data.n,
		.answer = hide_out ? NULL : answer.p,
		.n_answer = answer.n,
		.sw = sw,
	};
	u->env->trace(u->env->ctx, &t);
}

size_t uicc_transmit(struct uicc *u, const uint8_t *capdu, size_t n, uint8_t rapdu[static UICC_RAPDU_MAX])
{
	struct wr out = wr_of(rapdu, APDU_LE_MAX), sw_out = wr_of(NULL, 0);
	const struct cmd *cmd = NULL;
	struct capdu c;
	sw_t sw = SW_WRONG_LENGTH;

	if (capdu_parse(&c, span_of(capdu, n)))
		sw = find_command(u, &c, &cmd);
	if (sw == SW_OK)
		sw = run(u, cmd, &c, &out);
	else /* whatever it was, it was not the next block (decision 10) */
		chain_drop(&u->chain[apdu_class_of(c.cla).channel]);
	if (speaks_gsm(u, c.cla))
		sw = gsm_sw(sw);
	if (!sw_ok(sw)) {
		secret_wipe(rapdu, out.n);
		out.n = 0;
	}
	sw_out = wr_of(rapdu + out.n, sizeof(sw_t));
	wr_u16(&sw_out, sw);

	if (u->env->trace != NULL)
		trace(u, cmd, &c, wr_done(&out), sw);
	return out.n + sw_out.n;
}
