/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What mikey_parse() and mikey_key_data_parse() refuse, and why: RFC 3830 clause 6, RFC 4563, TS 33.246 clause 6.4. A row is
 * a message that is right but for one thing; its MAC would be right, too.
 */
#include "apdu/hex.h"
#include "apdu/mikey.h"
#include "tests/cu.h"

#include <stdio.h>

/* A payload begins with the code of the one behind it. */
#define MAC "000102030405060708090a0b0c0d0e0f10111213"
#define HDR(next) "0100" next "00 11223344 00 01 "
#define HDR_SRTP(next) "0100" next "00 11223344 01 00 00 deadbeef 00000000 "
#define HDR_V(next) "0100" next "80 11223344 00 01 "
#define HDR_ACK(next) "0101" next "00 11223344 00 01 "
#define DOMAIN "00 03 00f110"
#define MSK_ID "01 04 00010001"
#define EXT(next) next "03 000b" DOMAIN MSK_ID " "
#define EXT_MTK(next) next "03 000f" DOMAIN MSK_ID "02 02 0005 "
#define EXT_UNKNOWN(next) next "63 0002 aabb "
#define T(next) next "02 00000007 "
#define RAND(next) next "10 000102030405060708090a0b0c0d0e0f "
#define IDI(next) next "01 0003 616263 "
#define IDR(next) next "00 0003 646566 "
#define SP(next) next "00 00 0003 000161 "
#define KEMAC "00 01 0004 a1a2a3a4 01" MAC
#define V "00 01" MAC
#define CERT(next) next "00 0000 " /* a payload that MBMS does not know */

#define UP_TO_IDR(hdr) hdr EXT("05") T("0b") RAND("06") IDI("06")
#define MSK UP_TO_IDR(HDR("15")) IDR("01") KEMAC
#define MTK HDR("15") EXT_MTK("05") T("01") KEMAC
#define ACK HDR_ACK("05") T("06") IDR("09") V

static const struct {
	const char *name, *hex;
	enum mikey_fault fault;
} messages[] = {
	{ "an MSK message", MSK, MIKEY_OK },
	{ "with the V bit", UP_TO_IDR(HDR_V("15")) IDR("01") KEMAC, MIKEY_OK },
	{ "a pull", UP_TO_IDR(HDR("15")) IDR("01") "00 01 0000 01" MAC, MIKEY_OK },
	{ "an MTK message", MTK, MIKEY_OK },
	{ "an ACK", ACK, MIKEY_OK },
	{ "an unknown extension", HDR("15") EXT_UNKNOWN("15") EXT_MTK("05") T("01") KEMAC, MIKEY_OK },
	{ "two policies of a stream", UP_TO_IDR(HDR_SRTP("15")) IDR("0a") SP("0a") SP("01") KEMAC, MIKEY_OK },

	{ "version 2", "02001500 11223344 00 01" EXT_MTK("05") T("01") KEMAC, MIKEY_BAD_VERSION },
	{ "data type 2", "01021500 11223344 00 01" EXT_MTK("05") T("01") KEMAC, MIKEY_BAD_TYPE },
	{ "PRF 1", "01001501 11223344 00 01" EXT_MTK("05") T("01") KEMAC, MIKEY_BAD_PRF },
	{ "CS map type 2", "01001500 11223344 00 02" EXT_MTK("05") T("01") KEMAC, MIKEY_BAD_CS_MAP },
	{ "an empty map of one stream", "01001500 11223344 01 01 00deadbeef00000000" EXT_MTK("05") T("01") KEMAC,
	  MIKEY_BAD_CS_MAP },
	{ "half a header", "01001500 1122", MIKEY_CUT_SHORT },
	{ "a map that is cut short", "01001500 11223344 01 00 00deadbeef", MIKEY_CUT_SHORT },

	{ "an unknown payload", HDR("15") EXT_MTK("07") CERT("05") T("01") KEMAC, MIKEY_BAD_PAYLOAD },
	{ "a payload behind KEMAC", HDR("15") EXT_MTK("05") T("01") "15 01 0004 a1a2a3a4 01" MAC EXT_UNKNOWN("00"),
	  MIKEY_BAD_PAYLOAD },
	{ "octets behind the last payload", MTK "00", MIKEY_TRAILING },
	{ "a MAC of 19 octets", HDR("15") EXT_MTK("05") T("01") "00 01 0000 01 000102030405060708090a0b0c0d0e0f101112",
	  MIKEY_CUT_SHORT },
	{ "encryption NULL", HDR("15") EXT_MTK("05") T("01") "00 00 0004 a1a2a3a4 01" MAC, MIKEY_BAD_ENCR },
	{ "MAC NULL", HDR("15") EXT_MTK("05") T("01") "00 01 0004 a1a2a3a4 00", MIKEY_BAD_MAC_ALG },

	{ "a Key Domain ID of 2 octets", HDR("15") "05 03 000a 00 02 00f1" MSK_ID T("01") KEMAC, MIKEY_BAD_EXT },
	{ "an MSK ID of 5 octets", HDR("15") "05 03 000c" DOMAIN "01 05 0001000100" T("01") KEMAC, MIKEY_BAD_EXT },
	{ "an ID of type 3", HDR("15") "05 03 000f" DOMAIN MSK_ID "03 02 0005" T("01") KEMAC, MIKEY_BAD_EXT },
	{ "an MSK ID twice", HDR("15") "05 03 0011" DOMAIN MSK_ID MSK_ID T("01") KEMAC, MIKEY_BAD_EXT },
	{ "no MSK ID", HDR("15") "05 03 0005" DOMAIN T("01") KEMAC, MIKEY_BAD_EXT },
	{ "no Key Domain ID", HDR("15") "05 03 0006" MSK_ID T("01") KEMAC, MIKEY_BAD_EXT },
	{ "an ID that runs past its extension", HDR("15") "05 03 000a" DOMAIN "01 04 000100" T("01") KEMAC,
	  MIKEY_BAD_EXT },
	{ "Key ID information twice", HDR("15") EXT("15") EXT("05") T("0b") RAND("06") IDI("06") IDR("01") KEMAC,
	  MIKEY_BAD_PAYLOAD },

	{ "a time stamp of NTP", HDR("15") EXT_MTK("05") "01 00 0000000000000007" KEMAC, MIKEY_BAD_TS },
	{ "T twice", HDR("15") EXT_MTK("05") T("05") T("01") KEMAC, MIKEY_BAD_PAYLOAD },
	{ "RAND twice", HDR("15") EXT("05") T("0b") RAND("0b") RAND("06") IDI("06") IDR("01") KEMAC,
	  MIKEY_BAD_PAYLOAD },
	{ "a third identity", UP_TO_IDR(HDR("15")) IDR("06") IDR("01") KEMAC, MIKEY_BAD_PAYLOAD },
	{ "policies that do not stand in a row",
	  HDR_SRTP("15") EXT("05") T("0b") RAND("06") IDI("0a") SP("06") IDR("0a") SP("01") KEMAC, MIKEY_BAD_PAYLOAD },
	{ "a policy without a stream", UP_TO_IDR(HDR("15")) IDR("0a") SP("01") KEMAC, MIKEY_BAD_PAYLOAD },

	{ "no T", HDR("15") EXT_MTK("01") KEMAC, MIKEY_MISSING },
	{ "no Key ID information", HDR("05") T("0b") RAND("06") IDI("06") IDR("01") KEMAC, MIKEY_MISSING },
	{ "no KEMAC", HDR("15") EXT("05") T("0b") RAND("06") IDI("06") IDR("00"), MIKEY_MISSING },
	{ "an MSK message without RAND", HDR("15") EXT("05") T("06") IDI("06") IDR("01") KEMAC, MIKEY_MISSING },
	{ "with an empty RAND", HDR("15") EXT("05") T("0b") "06 00" IDI("06") IDR("01") KEMAC, MIKEY_MISSING },
	{ "with IDi alone", HDR("15") EXT("05") T("0b") RAND("06") IDI("01") KEMAC, MIKEY_MISSING },
	{ "without identities", HDR("15") EXT("05") T("0b") RAND("01") KEMAC, MIKEY_MISSING },

	{ "an MTK message with a RAND", HDR("15") EXT_MTK("05") T("0b") RAND("01") KEMAC, MIKEY_BAD_PAYLOAD },
	{ "with an identity", HDR("15") EXT_MTK("05") T("06") IDI("01") KEMAC, MIKEY_BAD_PAYLOAD },
	{ "with a policy", HDR_SRTP("15") EXT_MTK("05") T("0a") SP("01") KEMAC, MIKEY_BAD_PAYLOAD },
	{ "with the V bit", HDR_V("15") EXT_MTK("05") T("01") KEMAC, MIKEY_V_NOT_ALLOWED },
	{ "with a verification", HDR("15") EXT_MTK("05") T("09") V, MIKEY_BAD_PAYLOAD },

	{ "an ACK with KEMAC", HDR_ACK("05") T("06") IDR("01") KEMAC, MIKEY_BAD_PAYLOAD },
	{ "with Key ID information", HDR_ACK("15") EXT("05") T("06") IDR("09") V, MIKEY_BAD_PAYLOAD },
	{ "with the V bit", "01010580 11223344 00 01" T("06") IDR("09") V, MIKEY_V_NOT_ALLOWED },
	{ "with two identities", HDR_ACK("05") T("06") IDR("06") IDR("09") V, MIKEY_BAD_PAYLOAD },
	{ "without T", HDR_ACK("06") IDR("09") V, MIKEY_MISSING },
	{ "without IDr", HDR_ACK("05") T("09") V, MIKEY_MISSING },
	{ "without V", HDR_ACK("05") T("06") IDR("00"), MIKEY_MISSING },
};

static void messages_are_refused_for_what_is_wrong(void)
{
	for (size_t i = 0; i < VU_COUNT(messages); i++) {
		uint8_t b[512];
		struct wr w = WR(b);
		struct mikey m;

		CU_ASSERT_FATAL(hex_parse(&w, span_str(messages[i].hex)));
		enum mikey_fault fault = mikey_parse(&m, wr_done(&w));
		CU_ASSERT_EQUAL(fault, messages[i].fault);
		if (fault != messages[i].fault)
			fprintf(stderr, "%s: expected '%s', got '%s'\n", messages[i].name,
				mikey_fault_text(messages[i].fault), mikey_fault_text(fault));
	}
}

static void key_data_are_refused(void)
{
#define KEY "0004 a1a2a3a4"
	static const struct {
		const char *hex;
		bool good;
	} rows[] = {
		{ "0002" KEY "02 0000 02 0064", true },
		{ "0032" KEY "0002 c0c1 01 00 04 00000064", true },
		{ "0020" KEY, true },
		{ "0021" KEY "04 00000001", true }, /* SPI: a MKI, passed over */
		{ "0102" KEY "02 0000 02 0064", false }, /* another key behind it */
		{ "0042" KEY "02 0000 02 0064", false },
		{ "0003" KEY, false }, /* no such validity */
		{ "0002" KEY "00 02 0064", false },
		{ "0002" KEY "02 0000 00", false },
		{ "0002" KEY "05 0000000000 02 0064", false },
		{ "0002" KEY "02 0000", false },
		{ "0020" KEY "00", false },
		{ "0020 0005 a1a2a3a4", false },
		{ "00", false },
	};

	for (size_t i = 0; i < VU_COUNT(rows); i++) {
		struct mikey_key_data k;
		uint8_t b[64];
		struct wr w = WR(b);

		CU_ASSERT_FATAL(hex_parse(&w, span_str(rows[i].hex)));
		CU_ASSERT_EQUAL(mikey_key_data_parse(&k, wr_done(&w)), rows[i].good);
	}
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "decisions 27 and 47: a message that is wrong in one thing", messages_are_refused_for_what_is_wrong },
		{ "decision 18: key data that are none", key_data_are_refused },
	};

	return CU_RUN("MIKEY messages", tests);
}
