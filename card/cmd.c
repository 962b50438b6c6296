/* SPDX-License-Identifier: Apache-2.0 */
/* The command set, TS 102 221 table 10.5. A row is the whole truth about a command. Sorted by INS. */
#include "cmd.h"

#include "../apdu/auth.h"

const struct cmd cmds[] = {
	{ 0x04, 0x00, 3 | CMD_DATA_OPTIONAL, cmd_deactivate_file, "DEACTIVATE FILE" },
	{ 0x10, 0x80, 3, cmd_terminal_profile, "TERMINAL PROFILE" },
	{ 0x12, 0x80, 2, cmd_fetch, "FETCH" },
	{ 0x14, 0x80, 3, cmd_terminal_response, "TERMINAL RESPONSE" },
	{ 0x20, 0x00, 3 | CMD_DATA_OPTIONAL | CMD_SECRET_IN, cmd_verify, "VERIFY PIN" },
	{ 0x24, 0x00, 3 | CMD_SECRET_IN, cmd_change_pin, "CHANGE PIN" },
	{ 0x26, 0x00, 3 | CMD_SECRET_IN, cmd_disable_pin, "DISABLE PIN" },
	{ 0x28, 0x00, 3 | CMD_SECRET_IN, cmd_enable_pin, "ENABLE PIN" },
	{ 0x2C, 0x00, 3 | CMD_DATA_OPTIONAL | CMD_SECRET_IN, cmd_unblock_pin, "UNBLOCK PIN" },
	{ 0x32, 0x80, 4 | CMD_ON_EF, cmd_increase, "INCREASE" },
	{ 0x44, 0x00, 3 | CMD_DATA_OPTIONAL, cmd_activate_file, "ACTIVATE FILE" },
	{ 0x70, 0x00, 2, cmd_manage_channel, "MANAGE CHANNEL" },
	{ INS_SUSPEND_UICC, 0x80, 4 | CMD_SECRET_IN | CMD_SECRET_OUT, cmd_suspend_uicc, "SUSPEND UICC" },
	{ 0x84, 0x00, 2 | CMD_SECRET_OUT, cmd_get_challenge, "GET CHALLENGE" },
	{ 0x88, 0x00, 4 | CMD_SECRET_OUT, cmd_authenticate, "AUTHENTICATE" },
	{ 0x89, 0x00, 4 | CMD_DATA_OPTIONAL | CMD_SECRET_OUT, cmd_authenticate_odd, "AUTHENTICATE (odd)" },
	{ 0xA2, 0x00, 4 | CMD_ON_EF, cmd_search_record, "SEARCH RECORD" },
	{ 0xA4, 0x00, 4 | CMD_DATA_OPTIONAL, cmd_select, "SELECT" },
	{ 0xAA, 0x80, 3, cmd_terminal_capability, "TERMINAL CAPABILITY" },
	{ INS_READ_BINARY, 0x00, 2 | CMD_ON_EF, cmd_read_binary, "READ BINARY" },
	{ 0xB2, 0x00, 2 | CMD_ON_EF, cmd_read_record, "READ RECORD" },
	{ INS_GET_RESPONSE, 0x00, 2, cmd_get_response, "GET RESPONSE" },
	{ 0xC2, 0x80, 4, cmd_envelope, "ENVELOPE" },
	{ 0xCB, 0x80, 4 | CMD_DATA_OPTIONAL | CMD_ON_EF, cmd_retrieve_data, "RETRIEVE DATA" },
	{ 0xD4, 0x80, 3 | CMD_BOTH_CLASSES, cmd_resize_file, "RESIZE FILE" },
	{ 0xD6, 0x00, 3 | CMD_ON_EF, cmd_update_binary, "UPDATE BINARY" },
	{ 0xDB, 0x80, 3 | CMD_ON_EF, cmd_set_data, "SET DATA" },
	{ 0xDC, 0x00, 3 | CMD_ON_EF, cmd_update_record, "UPDATE RECORD" },
	{ 0xE0, 0x00, 3 | CMD_BOTH_CLASSES, cmd_create_file, "CREATE FILE" },
	{ 0xE4, 0x00, 3 | CMD_DATA_OPTIONAL | CMD_BOTH_CLASSES, cmd_delete_file, "DELETE FILE" },
	{ 0xE6, 0x00, 3 | CMD_DATA_OPTIONAL | CMD_BOTH_CLASSES, cmd_terminate_df, "TERMINATE DF" },
	{ 0xE8, 0x00, 3 | CMD_DATA_OPTIONAL | CMD_BOTH_CLASSES, cmd_terminate_ef, "TERMINATE EF" },
	{ 0xF2, 0x80, 2, cmd_status, "STATUS" },
	{ 0xFE, 0x00, 1 | CMD_BOTH_CLASSES, cmd_terminate_card, "TERMINATE CARD USAGE" },
};
const size_t cmds_n = VU_COUNT(cmds);

const struct cmd *cmd_find(uint8_t ins)
{
	for (size_t i = 0; i < cmds_n; i++)
		if (cmds[i].ins == ins)
			return &cmds[i];
	return NULL;
}

/* Data and status word come at once here; what a T=0 reader fetches is kept by t0.c (decisions 41 and 42). */
sw_t cmd_get_response(struct uicc *u, const struct capdu *c, struct wr *out)
{
	(void)u, (void)c, (void)out;
	return SW_CONDITIONS;
}
