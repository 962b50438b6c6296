/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every command and every error: a row is what goes before, one command, the status word it must have. Each row runs on
 * a card of its own. What holds for all commands alike - class, channel, shape, a store that fails - is tried on each by
 * the command table and by the rows that end well.
 */
#include "apdu/hex.h"
#include "apdu/tlv.h"
#include "card/cmd.h"
#include "card_fixture.h"
#include "tests/cu.h"

#include <stdio.h>
#include <stdlib.h>

#define RAND_1 "1023553cbe9637a89d218ae64dae47bf35"
#define AUTN_20 RAND_1 "10aa689c64835000002bb2bf2f1faba139"
#define AUTN_STAR_20 RAND_1 "10aa689c6483500000ed527ae1394bbcce"
#define ADM "0020000a08 3838383838383838;"
#define PIN1 "0020000108 31323334ffffffff;"
#define WRONG "0020000108 30303030ffffffff;"
#define WRONG_PUK "002c000110 3131313131313131 34333231ffffffff;"
#define USIM "00a4040c10" FIXTURE_AID ";"
#define DF "00a4080c02 7f20;"
#define OCTETS "00a4080c04 7f206f10;"
#define RECORDS "00a4080c04 7f206f11;"
#define CYCLE "00a4080c04 7f206f12;"
#define OBJECTS "00a4080c04 7f206f13;"
#define CLOSED "00a4080c04 7f206f14;"
#define TERMINATED_EF ADM OCTETS "00e80000;"
#define DEAD_CARD ADM "00fe0000;"
#define LOCKED(ef) ADM ef "00040000;"

static const struct row {
	const char *before; /* commands that end well, or spend a try, each with ; behind it */
	const char *command;
	sw_t sw;
	bool pin1; /* PIN1 is on */
} rows[] = {
	/* SELECT, TS 102 221 11.1.1 */
	{ "", "00a4000c02 3f00", SW_OK, false },
	{ "", "00a4000c02 6f10", SW_FILE_NOT_FOUND, false },
	{ "", "00a4010c02 2fe2", SW_FILE_NOT_FOUND, false },
	{ "", "00a4030c", SW_FILE_NOT_FOUND, false },
	{ "", "00a4040c05 a000000001", SW_FILE_NOT_FOUND, false },
	{ "", "00a4080c04 7f201234", SW_FILE_NOT_FOUND, false },
	{ "", "00a4000002 3f00", SW_P1P2, false },
	{ "", "00a4050c02 3f00", SW_P1P2, false },
	{ "", "00a4000d02 3f00", SW_P1P2, false },
	{ "", "00a4000c03 3f0000", SW_LC_P1P2, false },
	{ "", "00a4080c03 7f206f", SW_LC_P1P2, false },
	{ LOCKED(OCTETS), "00a4000c02 6f10", SW_FILE_INVALIDATED, false },
	{ TERMINATED_EF, "00a4000c02 6f10", SW_FILE_TERMINATED, false },
	{ ADM DF "00e60000;", "00a4000c02 7f20", SW_FILE_TERMINATED, false },
	{ DEAD_CARD, "00a4000c02 3f00", SW_FILE_TERMINATED, false },

	/* STATUS, 11.1.2 */
	{ "", "80f2000000", SW_OK, false },
	{ "", "80f2000100", SW_DATA_NOT_FOUND, false },
	{ "", "80f2030000", SW_P1P2, false },
	{ "", "80f2000200", SW_P1P2, false },
	{ DEAD_CARD, "80f2000000", SW_CONDITIONS, false },

	/* READ BINARY, 11.1.3 */
	{ OCTETS, "00b0000000", SW_OK, false },
	{ DF, "00b0810000", SW_OK, false },
	{ OCTETS, "00b0001302", SW_END_OF_FILE, false },
	{ DF, "00b0000000", SW_NO_EF, false },
	{ DF, "00b09f0000", SW_P1P2, false },
	{ DF, "00b0c10000", SW_P1P2, false },
	{ DF, "00b0850000", SW_FILE_NOT_FOUND, false },
	{ RECORDS, "00b0000000", SW_FILE_STRUCTURE, false },
	{ OBJECTS, "00b0000000", SW_FILE_STRUCTURE, false },
	{ CLOSED, "00b0000000", SW_SECURITY, false },
	{ USIM, "00b0870000", SW_SECURITY, true },
	{ USIM PIN1, "00b0870000", SW_OK, true },
	{ OCTETS, "00b0001400", SW_OFFSET, false },
	{ LOCKED(OCTETS), "00b0000000", SW_INVALIDATED, false },
	{ ADM DF "00040000 02 7f20;00a4000c02 6f10;", "00b0000000", SW_INVALIDATED, false },
	{ TERMINATED_EF, "00b0000000", SW_CONDITIONS, false },
	{ ADM DF "00e60000;00a4000c02 6f10;", "00b0000000", SW_CONDITIONS, false },
	{ DEAD_CARD, "00b0820000", SW_CONDITIONS, false },

	/* UPDATE BINARY, 11.1.4 */
	{ OCTETS, "00d6000002 aabb", SW_OK, false },
	{ DF, "00d6810001 aa", SW_OK, false },
	{ DF, "00d6000001 aa", SW_NO_EF, false },
	{ OCTETS, "00d6001302 0000", SW_WRONG_LENGTH, false },
	{ OCTETS, "00d6001401 00", SW_OFFSET, false },
	{ DF, "00d69f0001 00", SW_P1P2, false },
	{ CYCLE, "00d6000001 00", SW_FILE_STRUCTURE, false },
	{ CLOSED, "00d6000001 00", SW_SECURITY, false },
	{ LOCKED(OCTETS), "00d6000001 00", SW_INVALIDATED, false },
	{ TERMINATED_EF, "00d6000001 00", SW_CONDITIONS, false },

	/* READ RECORD, 11.1.5 */
	{ RECORDS, "00b2010404", SW_OK, false },
	{ RECORDS, "00b2000204", SW_OK, false },
	{ DF, "00b2011404", SW_OK, false },
	{ DF, "00b2010404", SW_NO_EF, false },
	{ OCTETS, "00b2010404", SW_FILE_STRUCTURE, false },
	{ OBJECTS, "00b2010404", SW_FILE_STRUCTURE, false },
	{ RECORDS, "00b2060404", SW_RECORD_NOT_FOUND, false },
	{ RECORDS, "00b2000404", SW_RECORD_NOT_FOUND, false },
	{ RECORDS "00b2000304;", "00b2000204", SW_RECORD_NOT_FOUND, false },
	{ CYCLE "00b2000303;", "00b2000203", SW_OK, false },
	{ RECORDS, "00b2010104", SW_P1P2, false },
	{ RECORDS, "00b2010204", SW_P1P2, false },
	{ DF, "00b201fc04", SW_P1P2, false },
	{ DF, "00b2012c04", SW_FILE_NOT_FOUND, false },
	{ LOCKED(RECORDS), "00b2010404", SW_INVALIDATED, false },
	{ ADM RECORDS "00e80000;", "00b2010404", SW_CONDITIONS, false },
	{ USIM "00a4000c02 6f3b;", "00b2010408", SW_SECURITY, true },

	/* UPDATE RECORD, 11.1.6 */
	{ RECORDS, "00dc010404 01020304", SW_OK, false },
	{ RECORDS, "00dc000204 01020304", SW_OK, false },
	{ CYCLE, "00dc000303 010203", SW_OK, false },
	{ DF, "00dc010404 01020304", SW_NO_EF, false },
	{ RECORDS, "00dc010403 010203", SW_WRONG_LENGTH, false },
	{ CYCLE, "00dc000302 0102", SW_WRONG_LENGTH, false },
	{ CYCLE, "00dc010403 010203", SW_P1P2, false },
	{ CYCLE, "00dc000203 010203", SW_P1P2, false },
	{ OCTETS, "00dc010404 01020304", SW_FILE_STRUCTURE, false },
	{ RECORDS, "00dc060404 01020304", SW_RECORD_NOT_FOUND, false },
	{ USIM "00a4000c02 6f3b;", "00dc010408 0102030405060708", SW_SECURITY, false },
	{ LOCKED(RECORDS), "00dc010404 01020304", SW_INVALIDATED, false },

	/* SEARCH RECORD, 11.1.7 */
	{ RECORDS, "00a2010402 6263 00", SW_OK, false },
	{ DF, "00a2011402 6263 00", SW_OK, false },
	{ RECORDS, "00a2010602 0400 00", SW_WRONG_LENGTH, false },
	{ RECORDS, "00a2010602 0000 00", SW_WRONG_LENGTH, false },
	{ RECORDS, "00a2010603 000061 00", SW_DATA, false },
	{ RECORDS, "00a2010603 140061 00", SW_DATA, false },
	{ RECORDS, "00a2010603 060061 00", SW_P1P2, false },
	{ RECORDS, "00a2000603 060061 00", SW_OK, false },
	{ RECORDS, "00a2010402 7a7a 00", SW_END_OF_FILE, false },
	{ RECORDS, "00a2010405 6162636465 00", SW_WRONG_LENGTH, false },
	{ RECORDS, "00a2060401 61 00", SW_RECORD_NOT_FOUND, false },
	{ RECORDS, "00a2010301 61 00", SW_P1P2, false },
	{ RECORDS, "00a2010701 61 00", SW_P1P2, false },
	{ DF, "00a2010401 61 00", SW_NO_EF, false },
	{ OCTETS, "00a2010401 61 00", SW_FILE_STRUCTURE, false },
	{ DF, "00a2012c01 61 00", SW_FILE_NOT_FOUND, false },
	{ LOCKED(RECORDS), "00a2010401 61 00", SW_INVALIDATED, false },
	{ USIM "00a4000c02 6f3b;", "00a2010401 01 00", SW_SECURITY, true },

	/* INCREASE, 11.1.8 */
	{ CYCLE, "8032000003 000001 00", SW_OK, false },
	{ DF, "8032830001 01 00", SW_OK, false },
	{ CYCLE, "8032000004 00000001 00", SW_WRONG_LENGTH, false },
	{ CYCLE "00dc000303 fffffe;", "8032000001 02 00", SW_MAX_VALUE, false },
	{ CYCLE "00dc000303 fffffe;", "8032000001 01 00", SW_OK, false },
	{ CYCLE, "8032000101 01 00", SW_P1P2, false },
	{ CYCLE, "8032010001 01 00", SW_P1P2, false },
	{ CYCLE, "80329f0001 01 00", SW_P1P2, false },
	{ DF, "8032000001 01 00", SW_NO_EF, false },
	{ DF, "8032850001 01 00", SW_FILE_NOT_FOUND, false },
	{ RECORDS, "8032000001 01 00", SW_FILE_STRUCTURE, false },
	{ OCTETS, "8032000001 01 00", SW_FILE_STRUCTURE, false },
	{ USIM "00a4000c02 6f39;", "8032000001 01 00", SW_SECURITY, false },
	{ LOCKED(CYCLE), "8032000001 01 00", SW_INVALIDATED, false },

	/* RETRIEVE DATA, 11.3.1 */
	{ OBJECTS "80db0080 03 81 01 aa;", "80cb0080 01 81 00", SW_OK, false },
	{ OBJECTS "80db8000 03 81 01 aa;", "80cb8000 01 81 00", SW_OK, false },
	{ OBJECTS "80db8000 03 81 01 aa;", "80cba000 01 81 00", SW_OK, false },
	{ DF "80db0084 03 81 01 aa;", "80cb0084 01 81 00", SW_OK, false },
	{ OBJECTS, "80cb0080 01 81 00", SW_DATA_NOT_FOUND, false },
	{ OBJECTS, "80cb0080 02 8181 00", SW_DATA, false },
	{ OBJECTS, "80cb0080 01 1f 00", SW_DATA, false },
	{ OBJECTS, "80cb0080 01 00 00", SW_DATA, false },
	{ OBJECTS, "80cb0000 00", SW_CONDITIONS, false },
	{ OBJECTS, "80cb2000 00", SW_CONDITIONS, false },
	{ OBJECTS, "80cb0080 00", SW_WRONG_LENGTH, false },
	{ OBJECTS, "80cb0000 01 81 00", SW_WRONG_LENGTH, false },
	{ OBJECTS, "80cb0100 00", SW_P1P2, false },
	{ OBJECTS, "80cb00c0 01 81 00", SW_P1P2, false },
	{ OBJECTS, "80cb009f 01 81 00", SW_P1P2, false },
	{ OBJECTS, "80cb0085 01 81 00", SW_FILE_NOT_FOUND, false },
	{ OCTETS, "80cb0080 01 81 00", SW_FILE_STRUCTURE, false },
	{ DF, "80cb0080 01 81 00", SW_NO_EF, false },
	{ LOCKED(OBJECTS), "80cb0080 01 81 00", SW_INVALIDATED, false },
	{ ADM OBJECTS "00e80000;", "80cb0080 01 81 00", SW_CONDITIONS, false },

	/* SET DATA, 11.3.2 */
	{ OBJECTS, "80db0080 03 81 01 aa", SW_OK, false },
	{ OBJECTS, "80db0080 03 81 02 aa", SW_MORE_DATA_EXPECTED, false },
	{ OBJECTS "80db0080 03 81 02 aa;", "80db0000 01 bb", SW_OK, false },
	{ OBJECTS "80db0080 03 81 02 aa;", "80db0000 02 bbcc", SW_DATA, false },
	{ OBJECTS "80db0080 03 81 02 aa;00a4000c02 6f13;", "80db0000 01 bb", SW_CONDITIONS, false },
	{ OBJECTS "80db0080 03 81 01 aa;", "80db0080 01 81", SW_OK, false },
	{ OBJECTS, "80db0080 01 81", SW_DATA_NOT_FOUND, false },
	{ OBJECTS, "80db0080 05 81 82 0256 00", SW_NO_SPACE, false },
	{ OBJECTS, "80db0080 05 81 82 0254 00", SW_MORE_DATA_EXPECTED, false },
	{ OBJECTS, "80db0080 04 81 01 aabb", SW_DATA, false },
	{ OBJECTS, "80db0080 02 81 80", SW_DATA, false },
	{ OBJECTS, "80db0080 02 81 82", SW_DATA, false },
	{ OBJECTS, "80db0080 02 ff 00", SW_DATA, false },
	{ OBJECTS, "80db0080 02 5c 00", SW_DATA, false },
	{ OBJECTS, "80db0000 01 bb", SW_CONDITIONS, false },
	{ OBJECTS, "80db2000 01 bb", SW_P1P2, false },
	{ OBJECTS, "80db0020 01 bb", SW_P1P2, false },
	{ OBJECTS "80db0080 03 81 02 aa;", "80db0001 01 bb", SW_P1P2, false },
	{ OCTETS, "80db0080 03 81 01 aa", SW_FILE_STRUCTURE, false },
	{ DF, "80db0080 03 81 01 aa", SW_NO_EF, false },
	{ LOCKED(OBJECTS), "80db0080 03 81 01 aa", SW_INVALIDATED, false },

	/* DEACTIVATE and ACTIVATE FILE, 11.1.14 and 11.1.15 */
	{ ADM OCTETS, "00040000", SW_OK, false },
	{ ADM DF, "0004000002 6f10", SW_OK, false },
	{ ADM, "0004080004 7f206f10", SW_OK, false },
	{ ADM DF, "0004090002 6f10", SW_OK, false },
	{ DF, "0004000002 6f10", SW_SECURITY, false },
	{ ADM DF, "00040000", SW_NO_EF, false },
	{ ADM DF, "0004000002 1234", SW_FILE_NOT_FOUND, false },
	{ ADM DF, "0004010002 6f10", SW_P1P2, false },
	{ ADM DF, "0004000102 6f10", SW_P1P2, false },
	{ ADM DF, "0004000003 6f1000", SW_LC_P1P2, false },
	{ ADM DF, "00040800", SW_LC_P1P2, false },
	{ ADM CLOSED, "00040000", SW_SECURITY, false },
	{ TERMINATED_EF, "00040000", SW_CONDITIONS, false },
	{ LOCKED(OCTETS), "00440000", SW_OK, false },
	{ LOCKED(OCTETS) "00440000;", "00b0000001", SW_OK, false },
	{ LOCKED(OCTETS) "0044080004 7f206f10;", "00b0000001", SW_OK, false },
	{ ADM DF "0004000002 7f20;"
		 "00440000 02 7f20;",
	  "00b0810001", SW_OK, false },
	{ DF, "0044000002 6f10", SW_SECURITY, false },
	{ ADM DF, "0044000002 1234", SW_FILE_NOT_FOUND, false },
	{ ADM DF, "0044020002 6f10", SW_P1P2, false },
	{ ADM DF, "0044000003 6f1000", SW_LC_P1P2, false },
	{ ADM DF, "00440000", SW_NO_EF, false },
	{ TERMINATED_EF, "00440000", SW_CONDITIONS, false },

	/* CREATE FILE, TS 102 222 6.3 */
	{ ADM DF, "00e0000018 6216 82024121 83026f20 8a0105 8b032f0609 80020010 8800", SW_OK, false },
	{ ADM DF, "80e0000018 6216 82024121 83026f20 8a0105 8b032f0609 80020010 8800", SW_OK, false },
	{ ADM DF, "00e000001a 6218 820442210004 83026f20 8a0105 8b032f0609 80020010 8800", SW_OK, false },
	{ ADM DF, "00e000001a 6218 820446210004 83026f20 8a0105 8b032f0609 80020010 8800", SW_OK, false },
	{ ADM DF, "00e0000018 6216 82027921 83026f20 8a0105 8b032f0609 80020010 8800", SW_OK, false },
	{ ADM, "00e0000012 6210 82027821 83027f30 8a0105 8b032f060a", SW_OK, false },
	{ ADM, "00e0000019 6217 82027821 83027f31 8405a000000099 8a0105 8b032f060a", SW_OK, false },
	{ DF, "00e0000018 6216 82024121 83026f20 8a0105 8b032f0609 80020010 8800", SW_SECURITY, false },
	{ ADM USIM, "00e0000018 6216 82024121 83026f20 8a0105 8b032f0609 80020010 8800", SW_SECURITY, false },
	{ ADM DF, "00e0010018 6216 82024121 83026f20 8a0105 8b032f0609 80020010 8800", SW_P1P2, false },
	{ ADM DF, "00e0000018 6216 82024121 83026f10 8a0105 8b032f0609 80020010 8800", SW_FILE_EXISTS, false },
	{ ADM DF, "00e0000018 6216 82024121 83027f20 8a0105 8b032f0609 80020010 8800", SW_FILE_EXISTS, false },
	{ ADM, "00e0000024 6222 82027821 83027f31 8410" FIXTURE_AID "8a0105 8b032f060a", SW_DF_NAME_EXISTS, false },
	{ ADM DF, "00e0000019 6217 82027821 83027f31 8405a000000099 8a0105 8b032f060a", SW_DATA, false },
	{ ADM DF, "00e0000018 6216 82024121 83023f00 8a0105 8b032f0609 80020010 8800", SW_DATA, false },
	{ ADM DF, "00e0000019 6217 82024121 83026f20 8a0105 8b032f0609 80020010 880108", SW_DATA, false },
	{ ADM DF, "00e0000019 6217 82024121 83026f20 8a0105 8b032f0609 80020010 880128", SW_OK, false },
	{ ADM DF, "00e0000018 6216 82024121 83026f20 8a0100 8b032f0609 80020010 8800", SW_DATA, false },
	{ ADM DF, "00e0000018 6216 82020121 83026f20 8a0105 8b032f0609 80020010 8800", SW_FUNCTION, false },
	{ ADM DF, "00e0000018 6216 82024421 83026f20 8a0105 8b032f0609 80020010 8800", SW_DATA, false },
	{ ADM DF, "00e0000016 6214 82024121 83026f20 8a0105 8c0100 80020010 8800", SW_OK, false },
	{ ADM DF, "00e0000017 6215 82024121 83026f20 8a0105 8c027f00 80020010 8800", SW_FUNCTION, false },
	{ ADM DF, "00e0000013 6211 82024121 83026f20 8a0105 80020010 8800", SW_DATA, false },
	{ ADM DF, "00e0000014 6212 82024121 83026f20 8a0105 8b032f0609 8800", SW_DATA, false },
	{ ADM DF, "00e0000018 6216 82024121 83026f20 8a0105 8b032f0609 80020000 8800", SW_DATA, false },
	{ ADM DF, "00e0000018 6216 82024121 83026f20 8a0105 8b032f0609 80028000 8800", SW_NO_SPACE, false },
	{ ADM DF, "00e000001a 6218 820442210005 83026f20 8a0105 8b032f0609 80020010 8800", SW_DATA, false },
	{ ADM DF, "00e0000018 6217 82024121 83026f20 8a0105 8b032f0609 80020010 8800", SW_DATA, false },
	{ ADM DF, "00e0000001 62", SW_DATA, false },
	{ ADM DF "0004000002 7f20;", "00e0000018 6216 82024121 83026f20 8a0105 8b032f0609 80020010 8800",
	  SW_INVALIDATED, false },

	/* DELETE FILE, 6.4 */
	{ ADM DF, "00e4000002 6f10", SW_OK, false },
	{ ADM DF, "80e4000002 6f10", SW_OK, false },
	{ ADM OCTETS, "00e40000", SW_OK, false },
	{ ADM DF, "00e4000002 6f14", SW_OK, false }, /* its own rule gives nothing, its directory's does */
	{ ADM DF, "00e4000002 7f20", SW_OK, false },
	{ ADM, "00e4000002 7f20", SW_OK, false },
	{ ADM OCTETS "00e80000;", "00e40000", SW_OK, false },
	{ LOCKED(OCTETS), "00e40000", SW_OK, false },
	{ DF, "00e4000002 6f10", SW_SECURITY, false },
	{ ADM USIM, "00e4000002 6f07", SW_SECURITY, false },
	{ ADM DF, "00e4000002 1234", SW_FILE_NOT_FOUND, false },
	{ ADM DF, "00e40000", SW_NO_EF, false },
	{ ADM, "00e4000002 3f00", SW_CONDITIONS, false },
	{ ADM DF, "00e4010002 6f10", SW_P1P2, false },
	{ ADM DF, "00e4080004 7f206f10", SW_P1P2, false },
	{ ADM DF, "00e4000003 6f1000", SW_LC_P1P2, false },

	/* TERMINATE DF, TERMINATE EF, TERMINATE CARD USAGE, 6.7 to 6.9 */
	{ ADM DF, "00e60000", SW_OK, false },
	{ ADM DF, "00e6000002 7f20", SW_OK, false },
	{ ADM DF, "00e6000002 6f10", SW_FILE_STRUCTURE, false },
	{ ADM, "00e60000", SW_CONDITIONS, false },
	{ ADM DF, "00e6000002 1234", SW_FILE_NOT_FOUND, false },
	{ ADM DF, "00e60100", SW_P1P2, false },
	{ DF, "00e60000", SW_SECURITY, false },
	{ ADM DF, "00e8000002 6f10", SW_OK, false },
	{ ADM OCTETS, "80e80000", SW_OK, false },
	{ ADM DF, "00e8000002 7f20", SW_FILE_STRUCTURE, false },
	{ ADM DF, "00e80000", SW_NO_EF, false },
	{ ADM DF, "00e8000002 1234", SW_FILE_NOT_FOUND, false },
	{ ADM DF, "00e8000102 6f10", SW_P1P2, false },
	{ ADM DF, "00e8090002 6f10", SW_P1P2, false },
	{ TERMINATED_EF, "00e80000", SW_CONDITIONS, false },
	{ DF, "00e8000002 6f10", SW_SECURITY, false },
	{ ADM, "00fe0000", SW_OK, false },
	{ "", "00fe0000", SW_SECURITY, false },
	{ ADM, "00fe0001", SW_P1P2, false },
	{ DEAD_CARD, "00fe0000", SW_CONDITIONS, false },
	{ DEAD_CARD, "0020000108 31323334ffffffff", SW_CONDITIONS, false },

	/* RESIZE FILE, 6.10 */
	{ ADM DF, "80d400000a 6208 83026f10 80020040", SW_OK, false },
	{ ADM DF, "80d400000a 6208 83026f10 80020002", SW_OK, false },
	{ ADM DF, "80d400000a 6208 83026f11 80020008", SW_OK, false },
	{ ADM DF, "80d400000a 6208 83026f11 80020006", SW_DATA, false },
	{ ADM DF, "80d400000a 6208 83026f12 80020003", SW_FILE_STRUCTURE, false },
	{ ADM DF, "80d400000a 6208 83026f13 80020400", SW_OK, false },
	{ ADM OBJECTS "80db0080 0481 02 aabb;", "80d400000a 6208 83026f13 80020003", SW_NO_SPACE, false },
	{ ADM DF, "80d400000a 6208 83026f10 80020000", SW_DATA, false },
	{ ADM DF, "80d400000a 6208 83026f10 80028000", SW_NO_SPACE, false },
	{ ADM DF, "80d4000006 6204 80020040", SW_DATA, false },
	{ ADM DF, "80d4000006 6204 83026f10", SW_DATA, false },
	{ ADM DF, "80d400000a 6208 83021234 80020040", SW_FILE_NOT_FOUND, false },
	{ ADM DF, "80d400000a 6208 83027f20 80020040", SW_SECURITY, false },
	{ ADM DF, "80d401000a 6208 83026f10 80020040", SW_P1P2, false },
	{ DF, "80d400000a 6208 83026f10 80020040", SW_SECURITY, false },
	{ LOCKED(OCTETS), "80d400000a 6208 83026f10 80020040", SW_INVALIDATED, false },

	/* VERIFY PIN, TS 102 221 11.1.9 */
	{ "", "0020000108 31323334ffffffff", SW_OK, true },
	{ "", "0020000a08 3838383838383838", SW_OK, false },
	{ "", "0020000100", 0x63C3, true },
	{ "", "00200001", 0x63C3, false },
	{ "", "0020000108 30303030ffffffff", 0x63C2, true },
	{ WRONG WRONG, "0020000108 30303030ffffffff", 0x63C0, true },
	{ WRONG WRONG WRONG, "0020000108 31323334ffffffff", SW_BLOCKED, true },
	{ WRONG WRONG WRONG, "0020000100", SW_BLOCKED, true },
	{ "", "0020000108 31323334ffffffff", SW_INVALIDATED, false },
	{ "", "0020000107 31323334ffffff", SW_WRONG_LENGTH, true },
	{ "", "0020000110 31323334ffffffff31323334ffffffff", SW_WRONG_LENGTH, true },
	{ "", "0020010108 31323334ffffffff", SW_P1P2, true },
	{ "", "0020000008 31323334ffffffff", SW_P1P2, true },
	{ "", "0020008008 31323334ffffffff", SW_P1P2, true },
	{ "", "0020002108 31323334ffffffff", SW_P1P2, true },
	{ "", "0020000308 31323334ffffffff", SW_DATA_NOT_FOUND, true },
	{ "", "0020001100", SW_DATA_NOT_FOUND, true },

	/* CHANGE PIN, 11.1.10 */
	{ "", "0024000110 31323334ffffffff 34333231ffffffff", SW_OK, true },
	{ "", "0024000110 30303030ffffffff 34333231ffffffff", 0x63C2, true },
	{ WRONG WRONG WRONG, "0024000110 31323334ffffffff 34333231ffffffff", SW_BLOCKED, true },
	{ "", "0024000110 31323334ffffffff 34333231ffffffff", SW_INVALIDATED, false },
	{ "", "0024000110 31323334ffffffff 343332ffffffffff", SW_DATA, true },
	{ "", "0024000108 31323334ffffffff", SW_WRONG_LENGTH, true },
	{ "", "0024000100", SW_WRONG_LENGTH, true },
	{ "", "0024010110 31323334ffffffff 34333231ffffffff", SW_P1P2, true },
	{ "", "0024000310 31323334ffffffff 34333231ffffffff", SW_DATA_NOT_FOUND, true },

	/* DISABLE PIN, 11.1.11 */
	{ "", "0026000108 31323334ffffffff", SW_OK, true },
	{ "", "0026000108 30303030ffffffff", 0x63C2, true },
	{ WRONG WRONG WRONG, "0026000108 31323334ffffffff", SW_BLOCKED, true },
	{ "", "0026000108 31323334ffffffff", SW_INVALIDATED, false },
	{ "", "0026008108 35363738ffffffff", SW_FUNCTION, true },
	{ "", "0026000a08 3838383838383838", SW_FUNCTION, true },
	{ "", "0026000107 31323334ffffff", SW_WRONG_LENGTH, true },
	{ "", "0026010108 31323334ffffffff", SW_P1P2, true },
	{ "", "0026810108 31323334ffffffff", SW_P1P2, true },
	{ "", "0026918108 35363738ffffffff", SW_P1P2, true },
	{ "", "0026910108 31323334ffffffff", SW_DATA_NOT_FOUND, true },
	{ "", "0026000308 31323334ffffffff", SW_DATA_NOT_FOUND, true },

	/* ENABLE PIN, 11.1.12 */
	{ "", "0028000108 31323334ffffffff", SW_OK, false },
	{ "", "0028000108 30303030ffffffff", 0x63C2, false },
	{ WRONG WRONG WRONG, "0028000108 31323334ffffffff", SW_BLOCKED, true },
	{ "", "0028000108 31323334ffffffff", SW_INVALIDATED, true },
	{ "", "0028000107 31323334ffffff", SW_WRONG_LENGTH, false },
	{ "", "0028910108 31323334ffffffff", SW_P1P2, false },
	{ "", "0028000308 31323334ffffffff", SW_DATA_NOT_FOUND, false },

	/* UNBLOCK PIN, 11.1.13 */
	{ "", "002c000110 3030303030303030 34333231ffffffff", SW_OK, true },
	{ WRONG WRONG WRONG, "002c000110 3030303030303030 34333231ffffffff", SW_OK, true },
	{ "", "002c000110 3030303030303030 34333231ffffffff", SW_OK, false },
	{ "", "002c000100", 0x63CA, true },
	{ WRONG_PUK, "002c000100", 0x63C9, true },
	{ "", "002c000110 3131313131313131 34333231ffffffff", 0x63C9, true },
	{ WRONG_PUK WRONG_PUK WRONG_PUK WRONG_PUK WRONG_PUK WRONG_PUK WRONG_PUK WRONG_PUK WRONG_PUK WRONG_PUK,
	  "002c000110 3030303030303030 34333231ffffffff", SW_BLOCKED, true },
	{ "", "002c000110 3030303030303030 3433323100000000", SW_DATA, true },
	{ "", "002c000108 3030303030303030", SW_WRONG_LENGTH, true },
	{ "", "002c010110 3030303030303030 34333231ffffffff", SW_P1P2, true },
	{ "", "002c000310 3030303030303030 34333231ffffffff", SW_DATA_NOT_FOUND, true },

	/* MANAGE CHANNEL, 11.1.17 */
	{ "", "0070000001", SW_OK, false },
	{ "", "00700002", SW_OK, false },
	{ "00700002;", "00700002", SW_P1P2, false },
	{ "", "00700004", SW_FUNCTION, false },
	{ "0070000001;0070000001;0070000001;", "0070000001", SW_FUNCTION, false },
	{ "80aa000004a9028100;", "00700004", SW_OK, false },
	{ "0070000001;", "00708001", SW_OK, false },
	{ "0070000001;", "01708001", SW_OK, false },
	{ "", "00708001", SW_CHANNEL_UNSUPPORTED, false },
	{ "", "00708000", SW_P1P2, false },
	{ "", "00704001", SW_P1P2, false },
	{ "", "00700014", SW_P1P2, false },
	{ "0070000001;01708001;", "01a4000c02 3f00", SW_CHANNEL_UNSUPPORTED, false },

	/* TERMINAL CAPABILITY, 11.1.19 */
	{ "", "80aa000004 a9028100", SW_OK, false },
	{ "", "80aa000004 a9038100", SW_DATA, false },
	{ "", "80aa000005 a903810100", SW_DATA, false },
	{ "", "80aa000004 a8028100", SW_DATA, false },
	{ "", "80aa010004 a9028100", SW_P1P2, false },
	{ "", "80aa000104 a9028100", SW_P1P2, false },

	/* AUTHENTICATE, 11.1.16 and TS 31.102 7.1: values of TS 35.208 set 1, SQN 20 */
	{ USIM, "0088008122" AUTN_20 "00", SW_OK, false },
	{ USIM PIN1, "0088008122" AUTN_20 "00", SW_OK, true },
	{ USIM, "0088008122" AUTN_20 "00", SW_SECURITY, true },
	{ "", "0088008122" AUTN_20 "00", SW_SECURITY, false },
	{ USIM, "0088008011" RAND_1 "00", SW_OK, false },
	{ USIM, "0088008122" AUTN_STAR_20 "00", SW_AUTH_MAC, false },
	{ USIM, "0088008423 dd" AUTN_STAR_20 "00", SW_OK, false },
	{ USIM, "0088008423 dd" AUTN_20 "00", SW_AUTH_MAC, false },
	{ USIM, "0088008406 de01aa01bb00 00", SW_DATA, false },
	{ USIM, "0088008405 de01aa01bb 00", SW_CONDITIONS, false },
	{ USIM, "0088008102 0000 00", SW_DATA, false },
	{ USIM, "0088008201 04 00", SW_AUTH_CONTEXT, false },
	{ USIM, "0088010101 00 00", SW_P1P2, false },
	{ USIM, "0088000101 00 00", SW_P1P2, false },
	{ USIM, "0088008501 00 00", SW_P1P2, false },
	{ USIM, "0089808503 530101", SW_DATA, false },
	{ USIM, "0089808508 530603 00f110 0001", SW_DATA_NOT_FOUND, false },
	{ USIM, "0089808502 5306", SW_MORE_DATA_EXPECTED, false },
	{ USIM, "0089008502 5306", SW_CONDITIONS, false },
	{ USIM, "0089a08500", SW_CONDITIONS, false },
	{ USIM, "0089108502 5306", SW_P1P2, false },
	{ USIM, "0089808602 5306", SW_AUTH_CONTEXT, false },
	{ USIM, "0089808502 5306", SW_SECURITY, true },
	{ USIM, "00898085", SW_WRONG_LENGTH, false },

	/* GET CHALLENGE, SUSPEND UICC */
	{ "", "0084000008", SW_OK, false },
	{ "", "0084010008", SW_P1P2, false },
	{ "", "8076000004 00010105", SW_OK, false },
	{ "", "8076000004 01050001", SW_DATA, false },
	{ "", "8076000003 000101", SW_WRONG_LENGTH, false },
	{ "", "8076010008 0001020304050607", SW_CONDITIONS, false },
	{ "", "8076020004 00010105", SW_P1P2, false },

	/* TERMINAL PROFILE, FETCH, TERMINAL RESPONSE, ENVELOPE, 11.2: nothing is queued on this card */
	{ "", "8010000001 ff", SW_OK, false },
	{ "", "8010010001 ff", SW_P1P2, false },
	{ "", "8012000000", SW_CONDITIONS, false },
	{ "", "8012010000", SW_P1P2, false },
	{ "", "8014000001 00", SW_CONDITIONS, false },
	{ "", "8014010001 00", SW_P1P2, false },
	{ "", "80c2000004 d6021901 00", SW_DATA, false },
	{ "", "80c2000005 d603190101 00", SW_OK, false },
	{ "", "80c2000103 d6010000", SW_P1P2, false },

	/* GET RESPONSE: what a T=0 reader fetches is kept elsewhere */
	{ "", "00c0000000", SW_CONDITIONS, false },
};

/* 63CX: a wrong code. The one error that does change something, namely how many tries are left. */
static bool spends_try(sw_t sw)
{
	return (sw & 0xFFF0) == SW_TRIES;
}

static struct card *card_before(const struct row *row)
{
	const struct card_options o = { .admin_files = true, .pin1_enabled = row->pin1 };
	struct card *c = card_new(&o);
	char command[600];

	for (const char *at = row->before; *at != '\0';) {
		size_t n = strcspn(at, ";");
		snprintf(command, sizeof command, "%.*s", (int)n, at);
		sw_t sw = *command != '\0' ? card_hex(c, command) : SW_OK;
		if (!sw_ok(sw) && !spends_try(sw)) {
			fprintf(stderr, "before %s: %s does not end well\n", row->command, command);
			CU_FAIL("what goes before must end well");
		}
		at += n + (at[n] == ';');
	}
	return c;
}

static void test_every_error(void)
{
	for (size_t i = 0; i < VU_COUNT(rows); i++) {
		struct card *c = card_before(&rows[i]);
		sw_t sw = card_hex(c, rows[i].command);
		if (sw != rows[i].sw)
			fprintf(stderr, "%s%s: expected %04X, got %04X\n", rows[i].before, rows[i].command, rows[i].sw,
				sw);
		CU_ASSERT_EQUAL(sw, rows[i].sw);
		CU_ASSERT(sw_ok(sw) || c->n == 0);
		card_free(c);
	}
}

static void test_error_changes_nothing(void)
{
	for (size_t i = 0; i < VU_COUNT(rows); i++) {
		if (sw_ok(rows[i].sw) || spends_try(rows[i].sw))
			continue;
		struct card *c = card_before(&rows[i]);
		struct nv_mem *before = nv_mem_copy(c->nv);
		(void)card_hex(c, rows[i].command);
		CU_ASSERT(nv_mem_equal(before, c->nv));
		nv_mem_close(before);
		card_free(c);
	}
}

/* 6581, the store and the card as before: the same command then does what it would have done. */
static void test_failing_store_changes_nothing(void)
{
	size_t changing = 0;

	for (size_t i = 0; i < VU_COUNT(rows); i++) {
		if (rows[i].sw != SW_OK)
			continue;
		struct card *c = card_before(&rows[i]);
		struct nv_mem *before = nv_mem_copy(c->nv);
		nv_mem_fail_after(c->nv, 0);
		sw_t sw = card_hex(c, rows[i].command);
		if (sw == SW_MEMORY_PROBLEM) {
			changing++;
			CU_ASSERT(nv_mem_equal(before, c->nv));
			nv_mem_fail_after(c->nv, -1);
			sw = card_hex(c, rows[i].command);
			CU_ASSERT_EQUAL(sw, SW_OK);
		} else {
			CU_ASSERT_EQUAL(sw, SW_OK);
			CU_ASSERT(nv_mem_equal(before, c->nv));
		}
		nv_mem_close(before);
		card_free(c);
	}
	CU_ASSERT(changing > 30);
}

/* Whether some row sends this INS and ends well, or not well. */
static bool is_walked(uint8_t ins, bool well)
{
	char text[3];

	snprintf(text, sizeof text, "%02x", ins);
	for (size_t i = 0; i < VU_COUNT(rows); i++)
		if (strncmp(rows[i].command + 2, text, 2) == 0 && sw_ok(rows[i].sw) == well)
			return true;
	return false;
}

static void test_every_command_has_rows(void)
{
	for (size_t i = 0; i < cmds_n; i++) {
		/* What these give waits for something that this card does not have. */
		bool waits = cmds[i].ins == INS_GET_RESPONSE || cmds[i].ins == 0x12 || cmds[i].ins == 0x14;
		bool well = waits || is_walked(cmds[i].ins, true);
		bool refused = is_walked(cmds[i].ins, false);
		if (!well || !refused)
			fprintf(stderr, "%s: no row that ends %s\n", cmds[i].name, well ? "in an error" : "well");
		CU_ASSERT(well && refused);
	}
}

/* A command of this class and INS with data and Le as its case wants them. */
static sw_t send_shaped(struct card *c, uint8_t cla, const struct cmd *cmd, bool with_data)
{
	static const uint8_t data[1];

	return card_command(c, cla, cmd->ins, 0x00, 0x00, with_data ? SPAN(data) : (struct span){ 0 }, 0);
}

static void test_class_channel_and_shape_of_every_command(void)
{
	const struct card_options o = { .admin_files = true };
	struct card *c = card_new(&o);

	for (size_t i = 0; i < cmds_n; i++) {
		const struct cmd *cmd = &cmds[i];
		bool takes_data = (cmd->apdu_case & 0x0F) >= 3;
		CU_ASSERT_EQUAL(send_shaped(c, cmd->base | 0x01, cmd, takes_data), SW_CHANNEL_UNSUPPORTED);
		CU_ASSERT_EQUAL(send_shaped(c, cmd->base | 0x04, cmd, takes_data), SW_SM_UNSUPPORTED);
		CU_ASSERT_EQUAL(send_shaped(c, cmd->base | 0x08, cmd, takes_data), SW_SM_UNSUPPORTED);
		CU_ASSERT_EQUAL(send_shaped(c, cmd->base | 0x40, cmd, takes_data), SW_CHANNEL_UNSUPPORTED);
		CU_ASSERT_EQUAL(send_shaped(c, cmd->base | 0x10, cmd, takes_data), SW_CLA);
		if ((cmd->apdu_case & CMD_BOTH_CLASSES) == 0)
			CU_ASSERT_EQUAL(send_shaped(c, cmd->base ^ 0x80, cmd, takes_data), SW_CLA);
		if (!takes_data)
			CU_ASSERT_EQUAL(send_shaped(c, cmd->base, cmd, true), SW_WRONG_LENGTH);
		if (takes_data && (cmd->apdu_case & CMD_DATA_OPTIONAL) == 0)
			CU_ASSERT_EQUAL(send_shaped(c, cmd->base, cmd, false), SW_WRONG_LENGTH);
	}
	card_free(c);
}

static void test_every_other_instruction_is_unknown(void)
{
	const struct card_options o = { .admin_files = true };
	struct card *c = card_new(&o);

	for (unsigned ins = 0; ins <= UINT8_MAX; ins++) {
		const struct cmd unknown = { .ins = (uint8_t)ins };
		if (cmd_find((uint8_t)ins) == NULL)
			CU_ASSERT_EQUAL(send_shaped(c, 0x00, &unknown, false), SW_INS);
	}
	card_free(c);
}

#define SW(c, hex, sw) CU_ASSERT_EQUAL(card_hex(c, hex), sw)
#define SW_AND(c, hex, sw, data)                                                                                       \
	do {                                                                                                           \
		SW(c, hex, sw);                                                                                        \
		CU_ASSERT(card_answered(c, data));                                                                     \
	} while (0)
#define ADM_ON(c) SW(c, "0020000a08 3838383838383838", SW_OK)

static struct card *admin_card(void)
{
	const struct card_options o = { .admin_files = true };

	return card_new(&o);
}

static void test_search_in_every_direction(void)
{
	struct card *c = admin_card();

	SW(c, "00a4080c04 7f206f11", SW_OK);
	SW_AND(c, "00a2010402 6263", SW_OK, "01020405");
	SW_AND(c, "00a2020402 6263", SW_OK, "020405");
	SW_AND(c, "00b2000404", SW_OK, "62636465"); /* the pointer is on the first one found */
	SW_AND(c, "00a2050502 6263", SW_OK, "05040201");
	SW_AND(c, "00a2000404 61626364", SW_OK, "05"); /* P1 00: from the current record on */
	SW_AND(c, "00a2010402 7a7a", SW_END_OF_FILE, "");
	SW_AND(c, "00b2000404", SW_OK, "61626364"); /* which did not move it */
	SW_AND(c, "00a2010604 0401 6263", SW_OK, "010405"); /* at offset 1 or behind it */
	SW_AND(c, "00a2050604 0502 6263", SW_OK, "04");
	SW_AND(c, "00a2010604 0c61 6263", SW_OK, "010405"); /* behind the first 61 */
	SW_AND(c, "00a2010604 0c64 6162", SW_OK, "04");
	SW_AND(c, "00a2010604 0c7a 6162", SW_END_OF_FILE, "");
	SW_AND(c, "00a2010404 62636465", SW_OK, "02");
	SW_AND(c, "00a2000604 0600 6263", SW_OK, "0405"); /* from the next record on */
	SW_AND(c, "00a2000604 0700 6263", SW_OK, "0201"); /* from the previous one back */
	SW_AND(c, "00a2030404 ffffffff", SW_OK, "03");
	SW_AND(c, "00a2050604 0404 6263", SW_END_OF_FILE, ""); /* an offset outside */
	SW(c, "00a4000c02 6f12", SW_OK);
	SW_AND(c, "00a2010402 0000", SW_OK, "0102"); /* cyclic, too */
	card_free(c);
}

static void test_increase(void)
{
	struct card *c = admin_card();

	SW(c, "00a4080c04 7f206f12", SW_OK);
	SW_AND(c, "8032000002 00ff", SW_OK, "000104 00ff");
	SW_AND(c, "00b2010403", SW_OK, "000104");
	SW_AND(c, "00b2020403", SW_OK, "000005");
	SW_AND(c, "00b2030403", SW_OK, "000002"); /* the oldest fell off */
	SW_AND(c, "00b2000403", SW_OK, "000104"); /* the pointer is on the new one */
	SW_AND(c, "8032000003 ffffff", SW_MAX_VALUE, "");
	SW_AND(c, "00b2010403", SW_OK, "000104");
	SW_AND(c, "8032000003 fffefb", SW_OK, "ffffff fffefb");
	card_power_cycle(c);
	SW(c, "00a4080c04 7f206f12", SW_OK);
	SW_AND(c, "00b2010403", SW_OK, "ffffff");
	card_free(c);
}

static void send_long_object(struct card *c)
{
	static uint8_t object[4 + 500];
	struct wr w = WR(object);

	wr_u8(&w, 0x85);
	wr_u8(&w, 0x82);
	wr_u16(&w, 500);
	for (unsigned i = 0; i < 500; i++)
		wr_u8(&w, (uint8_t)i);
	CU_ASSERT_EQUAL(card_command(c, 0x80, 0xDB, 0x00, 0x80, span_sub(wr_done(&w), 0, 255), 0),
			SW_MORE_DATA_EXPECTED);
	SW(c, "80f2000c", SW_OK); /* what does not touch the file may come between */
	CU_ASSERT_EQUAL(card_command(c, 0x80, 0xDB, 0x00, 0x00, span_sub(wr_done(&w), 255, 255), 0), SW_OK);
}

static void test_data_objects(void)
{
	struct card *c = admin_card();

	SW(c, "00a4080c04 7f206f13", SW_OK);
	SW_AND(c, "80cb0080015c00", SW_OK, "5c00");
	SW(c, "80db0080 04 81 02 aabb", SW_OK);
	SW(c, "80db0080 06 bf8001 02 cc dd", SW_OK); /* a tag of three octets */
	SW_AND(c, "80cb0080 01 81", SW_OK, "8102aabb");
	SW_AND(c, "80cb0080 03 bf8001", SW_OK, "bf800102ccdd");
	SW(c, "80db0080 03 81 01 ee", SW_OK); /* replaced */
	SW_AND(c, "80cb0080 01 81", SW_OK, "8101ee");
	SW(c, "80db0080 02 83 00", SW_OK); /* an empty object is one */
	SW_AND(c, "80cb0080 01 83", SW_OK, "8300");
	SW_AND(c, "80cb0080 01 5c", SW_OK, "5c05 bf8001 81 83");
	send_long_object(c);
	CU_ASSERT_EQUAL(card_hex(c, "80cb0080 01 85 00"), SW_RESPONSE_CONTINUES);
	CU_ASSERT_EQUAL(c->n, 256);
	CU_ASSERT_EQUAL(card_hex(c, "80cb000000"), SW_OK);
	CU_ASSERT_EQUAL(c->n, 504 - 256);
	SW(c, "80cb000000", SW_CONDITIONS); /* nothing is left */
	SW(c, "80db0080 64 86 62", SW_WRONG_LENGTH);
	SW(c, "80db0080 04 86 81 60 00", SW_MORE_DATA_EXPECTED); /* fits the file, but not beside the others */
	for (int i = 0; i < 94; i++)
		SW(c, "80db0000 01 00", SW_MORE_DATA_EXPECTED);
	SW(c, "80db0000 01 00", SW_NO_SPACE);
	SW(c, "80db0080 01 85", SW_OK);
	SW(c, "80cb0080 01 85", SW_DATA_NOT_FOUND);
	card_power_cycle(c);
	SW(c, "00a4080c04 7f206f13", SW_OK);
	SW_AND(c, "80cb0080 01 81", SW_OK, "8101ee");
	SW(c, "80db0080 01 81", SW_OK);
	SW(c, "80db0080 01 83", SW_OK);
	SW(c, "80db0080 03 bf8001", SW_OK);
	SW_AND(c, "80cb0080 01 5c", SW_OK, "5c00");
	card_power_cycle(c); /* an empty file opens again */
	SW(c, "00a4080c04 7f206f13", SW_OK);
	SW_AND(c, "80cb0080 01 5c", SW_OK, "5c00");
	card_free(c);
}

static void test_object_comes_whole_or_not_at_all(void)
{
	struct card *c = admin_card();

	SW(c, "00a4080c04 7f206f13", SW_OK);
	SW(c, "80db0080 04 81 02 aabb", SW_OK);
	SW(c, "80db0080 03 81 02 cc", SW_MORE_DATA_EXPECTED);
	SW(c, "00a4000c02 6f10", SW_OK); /* left in the middle */
	SW(c, "00a4000c02 6f13", SW_OK);
	SW(c, "80db0000 01 dd", SW_CONDITIONS);
	SW_AND(c, "80cb0080 01 81", SW_OK, "8102aabb");
	SW(c, "80db0080 03 81 02 cc", SW_MORE_DATA_EXPECTED);
	nv_mem_fail_after(c->nv, 0);
	SW(c, "80db0000 01 dd", SW_MEMORY_PROBLEM);
	nv_mem_fail_after(c->nv, -1);
	SW(c, "80db0000 01 dd", SW_OK); /* the last block once more */
	SW_AND(c, "80cb0080 01 81", SW_OK, "8102ccdd");
	SW(c, "80db0080 03 81 02 cc", SW_MORE_DATA_EXPECTED);
	uicc_reset(c->u);
	SW(c, "00a4080c04 7f206f13", SW_OK);
	SW(c, "80db0000 01 dd", SW_CONDITIONS);
	card_free(c);
}

static void test_transfers_of_two_channels(void)
{
	struct card *c = admin_card();

	SW(c, "0070000001", SW_OK);
	SW(c, "00a4080c04 7f206f13", SW_OK);
	SW(c, "01a4080c04 7f206f13", SW_OK);
	SW(c, "80db0080 03 81 02 aa", SW_MORE_DATA_EXPECTED);
	SW(c, "81db0080 03 82 02 bb", SW_MORE_DATA_EXPECTED);
	SW(c, "80db0000 01 aa", SW_OK);
	SW(c, "81db0000 01 bb", SW_OK);
	SW_AND(c, "80cb0080 01 5c", SW_OK, "5c02 81 82");
	SW_AND(c, "80cb0080 01 82", SW_OK, "8202bbbb");
	card_free(c);
}

static void test_created_file_is_what_was_asked_for(void)
{
	struct card *c = admin_card();

	ADM_ON(c);
	SW(c, "00a4080c02 7f20", SW_OK);
	SW(c, "00e000001f 621d 820442210004 83026f20 8a0105 8b032f0609 80020010 8800 a503c10155", SW_OK);
	SW_AND(c, "00b2040404", SW_OK, "55555555"); /* it is the current file */
	SW_AND(c, "00a4000402 6f20", SW_OK, "621d 82054221000404 83026f20 8a0105 8b032f0609 80020010 81020010 8800");
	SW(c, "00e000001c 621a 82024121 83026f21 8b032f0609 80020005 8800 a505c203616263", SW_OK);
	SW_AND(c, "00b0000000", SW_OK, "6162636162");
	SW(c, "00e0000012 6210 82027821 83025f01 8a0105 8b032f060a", SW_OK);
	SW(c, "00e0000016 6214 82024121 83026f05 8b032f0609 80020003 8a0105", SW_OK);
	SW(c, "00a4030c", SW_OK);
	SW(c, "00a4010c02 5f01", SW_OK);
	SW_AND(c, "00b0850000", SW_OK, "ffffff"); /* without tag 88 the SFI is the FID's */
	SW(c, "00a4000c02 3f00", SW_OK);
	SW(c, "00e0000019 6217 82027821 83027f31 8405a000000099 8a0105 8b032f060a", SW_OK);
	card_power_cycle(c);
	SW(c, "00a4040c05 a000000099", SW_OK);
	SW(c, "00a4080c06 7f205f016f05", SW_OK);
	SW_AND(c, "00b0000000", SW_OK, "ffffff");
	card_free(c);
}

static void test_deleted_file_is_selected_nowhere(void)
{
	struct card *c = admin_card();

	ADM_ON(c);
	SW(c, "0070000001", SW_OK);
	SW(c, "0070000001", SW_OK);
	SW(c, "00a4080c02 7f20", SW_OK);
	SW(c, "01a4080c04 7f206f11", SW_OK);
	SW(c, "01b2000204", SW_OK);
	SW(c, "02a4080c04 7f206f10", SW_OK);
	SW(c, "00e4000002 6f11", SW_OK);
	SW(c, "01b2000404", SW_NO_EF);
	SW(c, "01b0810001", SW_OK); /* the directory is still there */
	SW(c, "01a4000c02 6f11", SW_FILE_NOT_FOUND);
	/* Its number may be used again: nobody is in the new file by accident. */
	SW(c, "00e0000018 6216 82024121 83026f20 8a0105 8b032f0609 80020010 8800", SW_OK);
	SW(c, "01b0000001", SW_OK);
	SW(c, "02b0000001", SW_OK);
	SW(c, "00e4000002 7f20", SW_OK);
	SW(c, "02b0000001", SW_NO_EF);
	SW(c, "01b0810001", SW_FILE_NOT_FOUND);
	SW_AND(c, "82f2000000", SW_OK,
	       "622f 82027821 83023f00 a50f 800171 8304........ 870101 880100 8a0105 8b032f060a"
	       "c60c 900160 830101 830181 83010a");
	SW(c, "00a4000c02 7f20", SW_FILE_NOT_FOUND);
	card_power_cycle(c);
	SW(c, "00a4080c02 7f20", SW_FILE_NOT_FOUND);
	card_free(c);
}

static void test_resize_keeps_what_there_is_room_for(void)
{
	struct card *c = admin_card();

	ADM_ON(c);
	SW(c, "00a4080c02 7f20", SW_OK);
	SW(c, "80d400000a 6208 83026f10 80020016", SW_OK);
	SW_AND(c, "00b0000000", SW_OK, "000102030405060708090a0b0c0d0e0f10111213ffff");
	SW(c, "80d400000a 6208 83026f10 80020002", SW_OK);
	SW_AND(c, "00b0000000", SW_OK, "0001");
	SW(c, "80d400000a 6208 83026f11 80020018", SW_OK);
	SW_AND(c, "00b2060404", SW_OK, "ffffffff");
	SW_AND(c, "00b2050404", SW_OK, "61626364");
	SW(c, "80d400000a 6208 83026f11 80020008", SW_OK);
	SW(c, "00b2030404", SW_RECORD_NOT_FOUND);
	card_power_cycle(c);
	SW(c, "00a4080c04 7f206f11", SW_OK);
	SW_AND(c, "00b2020404", SW_OK, "62636465");
	card_free(c);
}

/* TS 102 221 11.1.1.4.6.9: special file information. */
static void test_file_that_stays_usable(void)
{
	struct card *c = admin_card();

	ADM_ON(c);
	SW(c, "00a4080c02 7f20", SW_OK);
	SW(c, "00e000001d 621b 82024121 83026f20 8a0105 8b032f0609 80020002 8800 a503c00140", SW_OK);
	SW(c, "00040000", SW_OK);
	SW_AND(c, "00a4000402 6f20", SW_FILE_INVALIDATED,
	       "621f 82024121 83026f20 a503c00140 8a0104 8b032f0609 80020002 81020002 8800");
	SW(c, "00d6000001 77", SW_OK);
	SW_AND(c, "00b0000000", SW_OK, "77ff");
	card_free(c);
}

/* CREATE FILE of a transparent EF under the current directory, to be deleted and resized by ADM1. */
static sw_t create(struct card *c, uint16_t fid, uint16_t size)
{
	uint8_t fcp[64], body[64];
	struct wr w = WR(fcp), b = WR(body);

	CU_ASSERT(hex_parse(&b, span_str("82024121 8a0105 8b032f0609 8800 8302")));
	wr_u16(&b, fid);
	wr_u16(&b, 0x8002);
	wr_u16(&b, size);
	wr_tlv(&w, 0x62, wr_done(&b));
	return card_command(c, 0x00, 0xE0, 0x00, 0x00, wr_done(&w), 0);
}

/* TS 102 222 6.3: 6A84 while there is still room for what the card counts and stores by itself. */
static void test_a_card_full_of_files_goes_on_working(void)
{
	struct card *c = admin_card();
	struct key256 muk;
	uint16_t fid = 0x5000;

	SW(c, "0020000a08 3838383838383838", SW_OK);
	SW(c, "00a4080c02 7f20", SW_OK);
	for (uint16_t size = FILE_SIZE_MAX; size != 0; size /= 2)
		while (create(c, fid, size) == SW_OK)
			fid++;
	SW(c, "80d400000a 6208 83026f10 80020800", SW_NO_SPACE);
	card_power_cycle(c);
	SW(c, "0020000a08 3838383838383838", SW_OK);
	SW(c, "00a4080c04 7f205000", SW_OK); /* the longest one */
	SW(c, "00d6000001 aa", SW_OK);
	SW(c, "00a4080c04 7f206f13", SW_OK);
	SW(c, "80db0080 03 810177", SW_OK);
	SW(c, "80db0080 01 81", SW_OK);
	card_provision(c, 0x20, FIXTURE_BTID, span_of(FIXTURE_NAF, sizeof FIXTURE_NAF - 1), &muk);
	const struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 1, 1), SW_OK);
	/* Shorter is always possible, and makes room. */
	SW(c, "00a4080c02 7f20", SW_OK);
	SW(c, "80d400000a 6208 83025000 80024000", SW_OK);
	SW(c, "80d400000a 6208 83026f10 80020800", SW_OK);
	card_free(c);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "each command with each error", test_every_error },
		{ "each command has a row that ends well and one that does not", test_every_command_has_rows },
		{ "an error word means that nothing happened", test_error_changes_nothing },
		{ "a store that fails: 6581, and everything as before", test_failing_store_changes_nothing },
		{ "6E00 6881 6882 6700 of each command", test_class_channel_and_shape_of_every_command },
		{ "6D00 of every other instruction", test_every_other_instruction_is_unknown },
		{ "SEARCH RECORD in every direction and mode", test_search_in_every_direction },
		{ "INCREASE, rotation and overflow", test_increase },
		{ "data objects: set, replaced, listed, deleted, in blocks both ways", test_data_objects },
		{ "a data object comes whole or not at all", test_object_comes_whole_or_not_at_all },
		{ "data objects on two channels at once", test_transfers_of_two_channels },
		{ "a created file is what was asked for", test_created_file_is_what_was_asked_for },
		{ "a deleted file is selected on no channel", test_deleted_file_is_selected_nowhere },
		{ "RESIZE keeps what there is room for", test_resize_keeps_what_there_is_room_for },
		{ "a deactivated file that stays usable", test_file_that_stays_usable },
		{ "a card full of files goes on working", test_a_card_full_of_files_goes_on_working },
	};

	return CU_RUN("card commands", tests);
}
