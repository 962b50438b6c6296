/* SPDX-License-Identifier: Apache-2.0 */
#include "ladder.h"

#include <string.h>

#include "../../apdu/hex.h"
#include "../../apdu/sw.h"

const char *const lane_names[LANES] = { "UICC", "ME", "BSF", "BM-SC" };

/* clang-format off */
#define UICC_ME LANE_UICC, LANE_ME
#define ME_UICC LANE_ME, LANE_UICC
#define ME_BSF LANE_ME, LANE_BSF
#define BSF_ME LANE_BSF, LANE_ME
#define ME_BMSC LANE_ME, LANE_BMSC
#define BMSC_ME LANE_BMSC, LANE_ME
#define BSF_BMSC LANE_BSF, LANE_BMSC
#define AT_UICC LANE_UICC, LANE_UICC
#define AT_ME LANE_ME, LANE_ME
#define AT_BSF LANE_BSF, LANE_BSF
#define AT_BMSC LANE_BMSC, LANE_BMSC
#define NET SOURCE_NETWORK
#define ME SOURCE_ME
#define ALWAYS NULL, NULL

/* The first row that fits counts. */
static const struct ladder_shape shapes[] = {
	/* Ub, TS 24.109 clause 4 */
	{ NET, "bootstrap-challenge", ALWAYS, PLAIN, false, { { ME_BSF, "GET / with the IMPI" }, { BSF_ME, "401 with RAND and AUTN" } } },
	{ NET, "resynchronised", ALWAYS, NOTABLE, false, { { AT_BSF, "AUTS taken: SQN resynchronised" } } },
	{ NET, "bootstrapped", ALWAYS, PLAIN, false, { { ME_BSF, "GET / with the digest of RES" }, { BSF_ME, "200 with B-TID and lifetime" } } },
	{ NET, "unauthorized", "interface", "Ub", NOTABLE, false, { { ME_BSF, "GET /" }, { BSF_ME, "401" } } },
	{ NET, "rejected", "interface", "Ub", BAD, false, { { ME_BSF, "GET /" }, { BSF_ME, "rejected" } } },
	/* Zn and Ua, TS 33.220 clause 4.5.3, TS 33.246 clause 6 */
	{ NET, "keys", ALWAYS, PLAIN, false, { { BSF_BMSC, "Zn: keys of the NAF for a B-TID" } } },
	{ NET, "unauthorized", "interface", "Ua", NOTABLE, false, { { ME_BMSC, "POST" }, { BMSC_ME, "401" } } },
	{ NET, "renegotiation", ALWAYS, NOTABLE, false, { { ME_BMSC, "POST" }, { BMSC_ME, "401: bootstrap anew" } } },
	{ NET, "registered", ALWAYS, PLAIN, false, { { ME_BMSC, "POST register" }, { BMSC_ME, "200 registered" } } },
	{ NET, "deregistered", ALWAYS, PLAIN, false, { { ME_BMSC, "POST deregister" }, { BMSC_ME, "200 deregistered" } } },
	{ NET, "msk-request", "code", "200", PLAIN, false, { { ME_BMSC, "POST msk-request" }, { BMSC_ME, "200 granted" } } },
	{ NET, "msk-request", ALWAYS, BAD, false, { { ME_BMSC, "POST msk-request" }, { BMSC_ME, "200 with a refusal" } } },
	{ NET, "description-sent", ALWAYS, PLAIN, false, { { ME_BMSC, "GET the security description" }, { BMSC_ME, "200 with it" } } },
	/* MIKEY, TS 33.246 clause 6.4 */
	{ NET, "msk-sent", ALWAYS, PLAIN, false, { { BMSC_ME, "MIKEY: MSK" } } },
	{ NET, "pull-sent", ALWAYS, PLAIN, false, { { BMSC_ME, "MIKEY: solicited pull" } } },
	{ NET, "mtk-sent", ALWAYS, PLAIN, false, { { BMSC_ME, "MIKEY: MTK" } } },
	{ NET, "ack", ALWAYS, PLAIN, false, { { ME_BMSC, "MIKEY: verification message" } } },
	{ NET, "ack-missing", ALWAYS, BAD, false, { { AT_BMSC, "no verification message" } } },
	{ NET, "rejected", "interface", "MIKEY", BAD, false, { { ME_BMSC, "MIKEY: rejected" } } },
	{ NET, "rejected", ALWAYS, BAD, false, { { ME_BMSC, "POST" }, { BMSC_ME, "rejected" } } },
	/* the network about itself */
	{ NET, "ready", ALWAYS, PLAIN, false, { { AT_BMSC, "the network is ready" } } },
	{ NET, "restored", ALWAYS, PLAIN, false, { { AT_BMSC, "state restored" } } },
	{ NET, "rekeyed", ALWAYS, PLAIN, false, { { AT_BMSC, "a new MSK is the current one" } } },
	{ NET, "fault", ALWAYS, NOTABLE, false, { { AT_BMSC, "misbehaves as it was told to" } } },
	{ NET, "error", ALWAYS, BAD, false, { { AT_BMSC, "error" } } },
	/* the UICC */
	{ ME, "apdu", ALWAYS, PLAIN, false, { { ME_UICC, "" }, { UICC_ME, "" } } },
	{ ME, "uicc", ALWAYS, PLAIN, false, { { UICC_ME, "a UICC is in use" } } },
	{ ME, "uicc-missing", ALWAYS, NOTABLE, false, { { AT_UICC, "no UICC yet" } } },
	{ ME, "uicc-gone", ALWAYS, NOTABLE, false, { { AT_UICC, "the UICC is gone" } } },
	/* the ME about messages */
	{ ME, "bootstrap", ALWAYS, PLAIN, true, { { BSF_ME, "200 with B-TID and lifetime" } } },
	{ ME, "registered", ALWAYS, PLAIN, true, { { BMSC_ME, "200 registered" } } },
	{ ME, "deregistered", ALWAYS, PLAIN, true, { { BMSC_ME, "200 deregistered" } } },
	{ ME, "msk-request", ALWAYS, PLAIN, true, { { BMSC_ME, "200 MSK request granted" } } },
	{ ME, "msk", ALWAYS, PLAIN, true, { { BMSC_ME, "MIKEY: MSK, stored" } } },
	{ ME, "msk-withdrawn", ALWAYS, NOTABLE, true, { { BMSC_ME, "MIKEY: MSK withdrawn" } } },
	{ ME, "pull", ALWAYS, PLAIN, true, { { BMSC_ME, "MIKEY: solicited pull" } } },
	{ ME, "mtk", ALWAYS, PLAIN, true, { { BMSC_ME, "MIKEY: MTK, handed out" } } },
	{ ME, "ack-sent", ALWAYS, PLAIN, true, { { ME_BMSC, "MIKEY: verification message" } } },
	{ ME, "rejected", "sw", NULL, BAD, false, { { UICC_ME, "rejected by the UICC" } } },
	{ ME, "rejected", "cause", "bm-sc", BAD, false, { { BMSC_ME, "rejected by the BM-SC" } } },
	/* the ME about itself */
	{ ME, "format", ALWAYS, PLAIN, false, { { AT_ME, "the log begins" } } },
	{ ME, "listening", ALWAYS, PLAIN, false, { { AT_ME, "listens for MIKEY" } } },
	{ ME, "wipe", ALWAYS, NOTABLE, false, { { AT_ME, "every key is wiped" } } },
	{ ME, "bootstrap-over", ALWAYS, NOTABLE, false, { { AT_ME, "the bootstrapping's lifetime is over" } } },
	{ ME, "left", ALWAYS, BAD, false, { { AT_ME, "a service is left" } } },
	{ ME, "srtp-key-missing", ALWAYS, BAD, false, { { AT_ME, "an MTK is missing" } } },
	{ ME, "srtp-dropped", ALWAYS, BAD, false, { { AT_ME, "SRTP packets dropped" } } },
	{ ME, "capture-ended", ALWAYS, BAD, false, { { AT_ME, "the capture has ended" } } },
	{ ME, "rejected", ALWAYS, BAD, false, { { AT_ME, "rejected" } } },
	{ ME, "error", ALWAYS, BAD, false, { { AT_ME, "error" } } },
};

static const struct ladder_shape unknown[] = {
	[SOURCE_ME] = { ME, "", ALWAYS, PLAIN, false, { { AT_ME, "" } } },
	[SOURCE_NETWORK] = { NET, "", ALWAYS, PLAIN, false, { { AT_BMSC, "" } } },
};
/* clang-format on */

enum event_source ladder_source(const struct event *e, enum event_source before)
{
	bool written[2] = { false, false };

	if (event_has(e, "side", NULL))
		return event_has(e, "side", "network") ? SOURCE_NETWORK : SOURCE_ME;
	/* No event of the ME has these. */
	if (event_has(e, "interface", NULL) || event_has(e, "ue", NULL))
		return SOURCE_NETWORK;
	for (size_t i = 0; i < VU_COUNT(shapes); i++)
		if (strcmp(shapes[i].event, e->name) == 0)
			written[shapes[i].source] = true;
	if (written[SOURCE_ME] == written[SOURCE_NETWORK])
		return before;
	return written[SOURCE_ME] ? SOURCE_ME : SOURCE_NETWORK;
}

const struct ladder_shape *ladder_shape(const struct event *e)
{
	for (size_t i = 0; i < VU_COUNT(shapes); i++) {
		const struct ladder_shape *s = &shapes[i];

		if (s->source == e->source && strcmp(s->event, e->name) == 0 &&
		    (s->member == NULL || event_has(e, s->member, s->value)))
			return s;
	}
	return &unknown[e->source];
}

/* 61XX, 6CXX and 9FXX tell the reader how to go on, TS 102 221 clause 7.3.1.1.5. */
static bool sw_is_good(const char *text)
{
	uint8_t octets[2];
	struct wr w = WR(octets);

	if (text == NULL || !hex_parse(&w, span_str(text)))
		return false;
	struct rd r = rd_of(wr_done(&w));
	sw_t sw = rd_u16(&r);
	return rd_end(&r) &&
	       (sw_ok(sw) || (sw & 0xFF00) == SW_MORE || (sw & 0xFF00) == SW_WRONG_LE || (sw & 0xFF00) == SW_GSM_MORE);
}

/* VERIFY PIN without a PIN asks for the tries left: 63CX is its answer, TS 102 221 clause 11.1.9.1. */
static bool asks_for_tries(const struct event *e)
{
	const char *command = event_text(e, "command"), *sw = event_text(e, "sw");

	return command != NULL && sw != NULL && strlen(command) == 8 && strncmp(sw, "63C", 3) == 0;
}

enum ladder_mood ladder_mood(const struct event *e)
{
	if (e->source == SOURCE_ME && strcmp(e->name, "apdu") == 0)
		return sw_is_good(event_text(e, "sw")) || asks_for_tries(e) ? PLAIN : BAD;
	return ladder_shape(e)->mood;
}
