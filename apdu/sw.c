/* SPDX-License-Identifier: Apache-2.0 */
#include "sw.h"

#include <stddef.h>

static const struct {
	sw_t sw, mask;
	const char *text;
} words[] = {
	{ SW_OK, 0xFFFF, "normal ending" },
	{ SW_PROACTIVE, 0xFF00, "normal ending, a proactive command is pending" },
	{ SW_MORE, 0xFF00, "response data available" },
	{ SW_WRONG_LE, 0xFF00, "wrong length Le, the right one follows" },
	{ SW_END_OF_FILE, 0xFFFF, "end of file or record reached, or unsuccessful search" },
	{ SW_FILE_INVALIDATED, 0xFFFF, "selected file invalidated" },
	{ SW_FILE_TERMINATED, 0xFFFF, "selected file in termination state" },
	{ SW_RESPONSE_CONTINUES, 0xFFFF, "more response data to be fetched" },
	{ SW_RESPONSE_CONTINUES_PROACTIVE, 0xFFFF, "more response data to be fetched, a proactive command is pending" },
	{ SW_RESPONSE_AVAILABLE, 0xFFFF, "all data received, response to be fetched" },
	{ SW_MORE_DATA_EXPECTED, 0xFFFF, "block accepted, more data expected" },
	{ SW_MORE_DATA_EXPECTED_PROACTIVE, 0xFFFF,
	  "block accepted, more data expected, a proactive command is pending" },
	{ SW_TRIES, 0xFFF0, "verification failed, tries left in the last digit" },
	{ SW_MEMORY_PROBLEM, 0xFFFF, "memory problem" },
	{ SW_WRONG_LENGTH, 0xFFFF, "wrong length" },
	{ SW_WRONG_LENGTH, 0xFF00, "wrong length, the right one follows" },
	{ SW_CHANNEL_UNSUPPORTED, 0xFFFF, "logical channel not supported" },
	{ SW_SM_UNSUPPORTED, 0xFFFF, "secure messaging not supported" },
	{ SW_FILE_STRUCTURE, 0xFFFF, "command incompatible with file structure" },
	{ SW_SECURITY, 0xFFFF, "security status not satisfied" },
	{ SW_BLOCKED, 0xFFFF, "authentication method blocked" },
	{ SW_INVALIDATED, 0xFFFF, "referenced data invalidated" },
	{ SW_CONDITIONS, 0xFFFF, "conditions of use not satisfied" },
	{ SW_NO_EF, 0xFFFF, "no EF selected" },
	{ SW_DATA, 0xFFFF, "incorrect parameters in the data field" },
	{ SW_FUNCTION, 0xFFFF, "function not supported" },
	{ SW_FILE_NOT_FOUND, 0xFFFF, "file not found" },
	{ SW_RECORD_NOT_FOUND, 0xFFFF, "record not found" },
	{ SW_NO_SPACE, 0xFFFF, "not enough memory space" },
	{ SW_P1P2, 0xFFFF, "incorrect parameters P1 to P2" },
	{ SW_LC_P1P2, 0xFFFF, "Lc inconsistent with P1 to P2" },
	{ SW_DATA_NOT_FOUND, 0xFFFF, "referenced data not found" },
	{ SW_FILE_EXISTS, 0xFFFF, "file ID already exists" },
	{ SW_DF_NAME_EXISTS, 0xFFFF, "DF name already exists" },
	{ SW_OFFSET, 0xFFFF, "wrong parameters P1 P2" },
	{ SW_INS, 0xFFFF, "instruction code not supported or invalid" },
	{ SW_CLA, 0xFFFF, "class not supported" },
	{ SW_UNKNOWN_ERROR, 0xFFFF, "technical problem, no precise diagnosis" },
	{ SW_GSM_MEMORY_PROBLEM, 0xFFFF, "memory problem" },
	{ SW_GSM_NO_EF, 0xFFFF, "no EF selected" },
	{ SW_GSM_RANGE, 0xFFFF, "out of range" },
	{ SW_GSM_FILE_NOT_FOUND, 0xFFFF, "file not found" },
	{ SW_GSM_FILE_STRUCTURE, 0xFFFF, "command incompatible with file structure" },
	{ SW_GSM_NO_CHV, 0xFFFF, "no CHV initialized" },
	{ SW_GSM_ACCESS, 0xFFFF, "access condition not fulfilled, or CHV wrong with attempts left" },
	{ SW_GSM_CHV_STATUS, 0xFFFF, "in contradiction with CHV status" },
	{ SW_GSM_INVALIDATED, 0xFFFF, "in contradiction with invalidation status" },
	{ SW_GSM_BLOCKED, 0xFFFF, "CHV wrong and no attempt left, or CHV blocked" },
	{ SW_MAX_VALUE, 0xFFFF, "INCREASE cannot be performed, maximum value reached" },
	{ SW_AUTH_MAC, 0xFFFF, "authentication error, incorrect MAC" },
	{ SW_AUTH_CONTEXT, 0xFFFF, "authentication error, security context not supported" },
	{ SW_KEY_FRESHNESS, 0xFFFF, "key freshness failure" },
	{ SW_NO_MEMORY, 0xFFFF, "authentication error, no memory space available" },
	{ SW_NO_MEMORY_MUK, 0xFFFF, "authentication error, no memory space available in EF_MUK" },
	{ SW_GSM_MORE, 0xFF00, "response data available" },
};

sw_t sw_plain(sw_t sw)
{
	if ((sw & 0xFF00) == SW_PROACTIVE)
		return SW_OK;
	if (sw == SW_RESPONSE_CONTINUES_PROACTIVE)
		return SW_RESPONSE_CONTINUES;
	return sw == SW_MORE_DATA_EXPECTED_PROACTIVE ? SW_MORE_DATA_EXPECTED : sw;
}

bool sw_ok(sw_t sw)
{
	sw_t plain = sw_plain(sw);

	return plain == SW_OK || plain == SW_MORE_DATA_EXPECTED || (sw & 0xFF00) == 0x6200;
}

const char *sw_text(sw_t sw)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if ((sw & words[i].mask) == words[i].sw)
			return words[i].text;
	return "unknown status word";
}
