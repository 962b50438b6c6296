/* SPDX-License-Identifier: Apache-2.0 */
/* Status words: TS 102 221 clause 10.2, TS 31.102 clause 7.3, TS 51.011 clause 9.4 for class A0. */
#ifndef VUICC_SW_H
#define VUICC_SW_H

#include <stdbool.h>
#include <stdint.h>

typedef uint16_t sw_t;

enum {
	SW_OK = 0x9000,
	SW_PROACTIVE = 0x9100, /* 91XX: a proactive command of XX octets is pending */
	SW_MORE = 0x6100, /* 61XX: XX octets wait for GET RESPONSE (T=0) */
	SW_WRONG_LE = 0x6C00, /* 6CXX: XX octets are there (T=0) */
	SW_END_OF_FILE = 0x6282,
	SW_FILE_INVALIDATED = 0x6283,
	SW_FILE_TERMINATED = 0x6285,
	SW_RESPONSE_CONTINUES = 0x62F1,
	SW_RESPONSE_CONTINUES_PROACTIVE = 0x62F2, /* the same, and a proactive command is pending */
	SW_RESPONSE_AVAILABLE = 0x62F3,
	SW_MORE_DATA_EXPECTED = 0x63F1,
	SW_MORE_DATA_EXPECTED_PROACTIVE = 0x63F2, /* the same, and a proactive command is pending */
	SW_TRIES = 0x63C0, /* 63CX: X tries are left */
	SW_MEMORY_PROBLEM = 0x6581,
	SW_WRONG_LENGTH = 0x6700,
	SW_CHANNEL_UNSUPPORTED = 0x6881,
	SW_SM_UNSUPPORTED = 0x6882,
	SW_FILE_STRUCTURE = 0x6981,
	SW_SECURITY = 0x6982,
	SW_BLOCKED = 0x6983,
	SW_INVALIDATED = 0x6984,
	SW_CONDITIONS = 0x6985,
	SW_NO_EF = 0x6986,
	SW_DATA = 0x6A80,
	SW_FUNCTION = 0x6A81,
	SW_FILE_NOT_FOUND = 0x6A82,
	SW_RECORD_NOT_FOUND = 0x6A83,
	SW_NO_SPACE = 0x6A84,
	SW_P1P2 = 0x6A86,
	SW_LC_P1P2 = 0x6A87,
	SW_DATA_NOT_FOUND = 0x6A88,
	SW_FILE_EXISTS = 0x6A89,
	SW_DF_NAME_EXISTS = 0x6A8A,
	SW_OFFSET = 0x6B00,
	SW_INS = 0x6D00,
	SW_CLA = 0x6E00,
	SW_UNKNOWN_ERROR = 0x6F00,
	SW_GSM_MEMORY_PROBLEM = 0x9240,
	SW_GSM_NO_EF = 0x9400,
	SW_GSM_RANGE = 0x9402,
	SW_GSM_FILE_NOT_FOUND = 0x9404,
	SW_GSM_FILE_STRUCTURE = 0x9408,
	SW_GSM_NO_CHV = 0x9802,
	SW_GSM_ACCESS = 0x9804,
	SW_GSM_CHV_STATUS = 0x9808,
	SW_GSM_INVALIDATED = 0x9810,
	SW_GSM_BLOCKED = 0x9840,
	SW_MAX_VALUE = 0x9850,
	SW_AUTH_MAC = 0x9862,
	SW_AUTH_CONTEXT = 0x9864,
	SW_SUSPENSION_TOO_LONG = 0x9864, /* the same word, to SUSPEND UICC: minimum suspension time too long */
	SW_KEY_FRESHNESS = 0x9865,
	SW_NO_MEMORY = 0x9866,
	SW_NO_MEMORY_MUK = 0x9867,
	SW_GSM_MORE = 0x9F00, /* 9FXX: XX octets wait for GET RESPONSE */
};

/* What the word says without the hint that a proactive command is pending: 9000 of 91XX, 62F1 of 62F2, 63F1 of 63F2. */
sw_t sw_plain(sw_t sw);

/* The command did what it was asked to: 9000, 91XX, and 62F1 to 62F3, 63F1, 63F2 of chained data. A 62XX warning counts. */
bool sw_ok(sw_t sw);

/* The meaning in words; never NULL. XX parts are not spelled out. */
const char *sw_text(sw_t sw);

#endif
