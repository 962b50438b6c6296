/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the card share: the card itself, a logical channel, the shape of a command handler. */
#ifndef VUICC_UICC_INT_H
#define VUICC_UICC_INT_H

#include "../apdu/apdu.h"
#include "../apdu/sw.h"
#include "cat.h"
#include "chain.h"
#include "data.h"
#include "image.h"
#include "nv.h"
#include "vuicc/uicc.h"

/* What is selected on one logical channel. A command works on a copy; the dispatcher keeps it when the command succeeds. */
struct chan {
	bool open;
	uint16_t df; /* current MF, DF or ADF */
	uint16_t ef; /* current EF, or FILE_NONE */
	uint16_t adf; /* current application, or FILE_NONE */
	uint8_t record; /* record pointer, 0 = not set */
};

/*
 * SUSPEND UICC (TS 102 221 clause 11.1.22): where the terminal comes back to with its token after it took the power away.
 * In memory alone: a card whose process has ended wants its PINs again.
 */
struct suspended {
	bool valid;
	bool asleep; /* the power was away since: the next command resumes, or this is gone */
	uint8_t token[8];
	struct chan chan[APDU_CHANNELS];
	uint8_t verified[256 / 8];
	bool extended_channels;
	struct cat cat;
};

struct uicc {
	struct nv *nv;
	struct prim *prim;
	const struct uicc_env *env;
	struct card_desc card;
	struct file_desc file[FILES_MAX]; /* by file number; type 0 where there is none */
	size_t files; /* one more than the highest number */
	bool files_changed; /* the running command changed the tree */
	struct chan chan[APDU_CHANNELS];
	uint8_t verified[256 / 8]; /* by key reference; of all channels alike, TS 102 221 11.1.9.1.1 */
	bool extended_channels; /* the terminal says that it knows channels 4 to 19 */
	struct cat cat;
	struct suspended suspended;

	/* of the command that runs */
	uint8_t channel;
	struct chan now;

	/* At the end, and wiped apart (uicc_close()): large, and mostly never touched. */
	struct chain chain[APDU_CHANNELS];
	struct transfer transfer[APDU_CHANNELS];
};

/*
 * A command: reads c, appends its answer to out (at most 256 octets), stages its changes in u->nv, moves u->now. On a
 * status word that is an error the dispatcher drops all three. Nothing else is a handler's business.
 */
typedef sw_t cmd_fn(struct uicc *u, const struct capdu *c, struct wr *out);

struct cmd {
	uint8_t ins;
	uint8_t base; /* class without channel: 00 or 80 */
	uint16_t apdu_case; /* 1..4, TS 102 221 table 10.2; the flags below may be added */
	cmd_fn *run;
	const char *name;
};

enum {
	CMD_DATA_OPTIONAL = 0x10, /* a case 3 or 4 command that may come without data */
	CMD_SECRET_IN = 0x20, /* its data are never traced */
	CMD_SECRET_OUT = 0x40, /* its answer is never traced */
	CMD_ON_EF = 0x80, /* both are traced unless the current EF holds keys */
	CMD_BOTH_CLASSES = 0x100, /* class 80 is taken for 00 and the other way round */
};

/* How a channel starts when nothing was selected on it: at the MF. */
struct chan chan_at_mf(void);
bool uicc_channel_open(const struct uicc *u, uint8_t channel);

/* The command of this INS, or NULL. */
const struct cmd *cmd_find(uint8_t ins);

cmd_fn cmd_select, cmd_status, cmd_read_binary, cmd_update_binary, cmd_read_record, cmd_update_record;
cmd_fn cmd_search_record, cmd_increase, cmd_retrieve_data, cmd_set_data;
cmd_fn cmd_create_file, cmd_delete_file, cmd_resize_file, cmd_activate_file, cmd_deactivate_file;
cmd_fn cmd_terminate_ef, cmd_terminate_df, cmd_terminate_card;
cmd_fn cmd_verify, cmd_change_pin, cmd_disable_pin, cmd_enable_pin, cmd_unblock_pin;
cmd_fn cmd_manage_channel, cmd_terminal_capability;
cmd_fn cmd_authenticate, cmd_authenticate_odd, cmd_get_response;
cmd_fn cmd_terminal_profile, cmd_fetch, cmd_terminal_response, cmd_envelope, cmd_get_challenge, cmd_suspend_uicc;

/* The proactive commands that the profile queued. */
struct span uicc_toolkit_queue(const struct uicc *u);

#endif
