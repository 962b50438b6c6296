/* SPDX-License-Identifier: Apache-2.0 */
/* A capture: what is masked in it, the packets, and that no PIN of a session is in the file, nor a key nobody asked for. */
#include "tests/cu.h"
#include "me_fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "apdu/hex.h"
#include "host/capture/apdu_log.h"
#include "host/capture/capture.h"
#include "host/capture/gsmtap.h"
#include "host/capture/mask.h"
#include "host/capture/packet.h"

static struct json *vectors;

#define VEC(path) ((const char *)json_text(vectors, "$." path).p)
#define VEC_HEX(path) json_hex(vectors, "$." path)
#define PIN "90417852"
#define WRONG_PIN "6039"
#define WRONG_PIN_HEX "36303339"

struct octets {
	uint8_t b[1024];
	size_t n;
};

static struct octets octets(const char *hex)
{
	struct octets o = { .n = 0 };
	struct wr w = WR(o.b);

	CU_ASSERT_TRUE_FATAL(hex_parse(&w, span_str(hex)));
	o.n = w.n;
	return o;
}

static bool is(const struct wr *w, const char *hex)
{
	struct octets o = octets(hex);

	if (!w->bad && span_eq(span_of(w->p, w->n), span_of(o.b, o.n)))
		return true;
	char text[2 * sizeof o.b + 1];
	fprintf(stderr, "expected %s, got %s\n", hex, hex_str(text, sizeof text, wr_done(w)));
	return false;
}

/* One exchange through a mask. */
static void masked(struct mask *m, const char *capdu, const char *rapdu, const char *command, const char *answer)
{
	struct octets c = octets(capdu), r = octets(rapdu);
	uint8_t c_room[CAPDU_MAX], r_room[RAPDU_MAX];
	struct wr w = WR(c_room), v = WR(r_room);

	mask_command(m, &w, span_of(c.b, c.n));
	mask_answer(m, &v, span_of(c.b, c.n), span_of(r.b, r.n));
	CU_ASSERT_TRUE(is(&w, command));
	CU_ASSERT_TRUE(is(&v, answer));
}

#define OCTETS_16 "000102030405060708090a0b0c0d0e0f"
#define STARS_16 "2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a"
#define NEW_PIN "3132333435363738"
#define STARS_8 "2a2a2a2a2a2a2a2a"

static void a_pin_is_masked_in_every_command_and_class(void)
{
	static const char *const classes[] = { "00", "01", "41", "80", "a0", "e3" };
	static const char *const ins[] = { "20", "26", "28" };
	static const char *const two[] = { "24", "2c" };
	char capdu[128], command[128];

	for (int keys = 0; keys < 2; keys++) {
		struct mask m = { .keys = keys != 0 };
		for (size_t i = 0; i < VU_COUNT(classes); i++) {
			for (size_t j = 0; j < VU_COUNT(ins); j++) {
				snprintf(capdu, sizeof capdu, "%s%s000108" NEW_PIN, classes[i], ins[j]);
				snprintf(command, sizeof command, "%s%s000108" STARS_8, classes[i], ins[j]);
				masked(&m, capdu, "63c2", command, "63c2");
			}
			for (size_t j = 0; j < VU_COUNT(two); j++) {
				snprintf(capdu, sizeof capdu, "%s%s000110" NEW_PIN NEW_PIN, classes[i], two[j]);
				snprintf(command, sizeof command, "%s%s000110" STARS_16, classes[i], two[j]);
				masked(&m, capdu, "9000", command, "9000");
			}
		}
	}
}

static void attack_a_pin_in_a_command_that_is_none(void)
{
	struct mask m = { .keys = true };

	masked(&m, "0020000108313233", "6700", "00200001082a2a2a", "6700"); /* cut short */
	masked(&m, "00200001000008" NEW_PIN, "6700", "00200001002a2a" STARS_8, "6700"); /* an extended length */
	masked(&m, "00200001", "63c3", "00200001", "63c3"); /* asks for the tries left */
	masked(&m, "0020000108" NEW_PIN "00", "9000", "0020000108" STARS_8 "00", "9000");
}

#define AUTH_3G_ "0088008122 10 " OCTETS_16 " 10 " OCTETS_16
#define AUTH_GBA_ "0088008412 dd 10 " OCTETS_16
#define ANSWER_3G "db 08 0001020304050607 10 " OCTETS_16 " 10 " OCTETS_16
#define AUTS "dc 0e 000102030405060708090a0b0c0d"

static void keys_in_answers_of_authenticate_are_masked(void)
{
	struct mask m = { .keys = false };
	struct mask show = { .keys = true };

	masked(&m, AUTH_3G_, ANSWER_3G "9000", AUTH_3G_, "db08" STARS_8 "2a" STARS_16 "2a" STARS_16 "9000");
	masked(&show, AUTH_3G_, ANSWER_3G "9000", AUTH_3G_, ANSWER_3G "9000");
	masked(&m, AUTH_3G_, AUTS "9000", AUTH_3G_, AUTS "9000");
	masked(&m, AUTH_GBA_, "db10" OCTETS_16 "9000", AUTH_GBA_, "db10" STARS_16 "9000");
	masked(&m, "008800801110" OCTETS_16, "04 00010203 0801020304050607089000", "008800801110" OCTETS_16,
	       "2a2a2a2a2a" STARS_8 "2a 9000");
	masked(&m, "a088000010" OCTETS_16, "9f0c", "a088000010" OCTETS_16, "9f0c");
	masked(&m, "a0c000000c", "000102030405060708090a0b 9000", "a0c000000c", STARS_8 "2a2a2a2a 9000");
}

static void an_answer_that_get_response_fetches_is_masked(void)
{
	struct mask m = { .keys = false };

	masked(&m, AUTH_GBA_, "6112", AUTH_GBA_, "6112");
	masked(&m, "00b0000001", "01 9000", "00b0000001", "01 9000"); /* and then it is no more the key's */
	masked(&m, "00c0000004", "01020304 9000", "00c0000004", "01020304 9000");
	masked(&m, AUTH_GBA_, "6112", AUTH_GBA_, "6112");
	masked(&m, "01c0000004", "01020304 9000", "01c0000004", "01020304 9000"); /* another channel's */
	masked(&m, "00c0000002", "db10 6110", "00c0000002", "db10 6110");
	masked(&m, "00c0000010", "dc" OCTETS_16 "9000", "00c0000010", STARS_16 "2a 9000"); /* the rest of the key */
}

static void keys_in_files_are_masked(void)
{
	struct mask m = { .keys = false }, show = { .keys = true };

	masked(&m, "00a4000c026f08", "9000", "00a4000c026f08", "9000");
	masked(&m, "00b0000010", OCTETS_16 "9000", "00b0000010", STARS_16 "9000");
	masked(&m, "00d6000010" OCTETS_16, "9000", "00d6000010" STARS_16, "9000");
	masked(&m, "00b0000010", "6c08", "00b0000010", "6c08");
	masked(&m, "01b0000010", OCTETS_16 "9000", "01b0000010", OCTETS_16 "9000"); /* another channel's */
	masked(&m, "00a4000c026f07", "6a82", "00a4000c026f07", "6a82"); /* and it stays the current one */
	masked(&m, "00b0000010", OCTETS_16 "9000", "00b0000010", STARS_16 "9000");
	masked(&m, "00a40004026f07", "6120", "00a40004026f07", "6120");
	masked(&m, "00c0000010", OCTETS_16 "9000", "00c0000010", OCTETS_16 "9000"); /* an FCP */
	masked(&m, "00b0000010", OCTETS_16 "9000", "00b0000010", OCTETS_16 "9000");

	/* By a path; by an SFI, which selects; a record. */
	masked(&m, "00a4080c067fff5f3b4f20", "9000", "00a4080c067fff5f3b4f20", "9000");
	masked(&m, "00b0000010", OCTETS_16 "9000", "00b0000010", STARS_16 "9000");
	masked(&m, "00b0820010", OCTETS_16 "9000", "00b0820010", STARS_16 "9000"); /* EF_KcGPRS */
	masked(&m, "00a4040c07a0000000871002", "9000", "00a4040c07a0000000871002", "9000");
	masked(&m, "00b0820010", OCTETS_16 "9000", "00b0820010", OCTETS_16 "9000"); /* EF_LI */
	masked(&m, "00b0880010", OCTETS_16 "6282", "00b0880010", STARS_16 "6282");
	masked(&m, "00b0000010", OCTETS_16 "9000", "00b0000010", STARS_16 "9000");
	masked(&m, "00b201c410", OCTETS_16 "9000", "00b201c410", STARS_16 "9000"); /* EF_EPSNSC */
	masked(&m, "00dc01c410" OCTETS_16, "9000", "00dc01c410" STARS_16, "9000");
	masked(&m, "00a204c401aa", "02 9000", "00a204c4012a", "2a 9000");
	masked(&m, "a0a40000026f20", "9f0f", "a0a40000026f20", "9f0f");
	masked(&m, "a0b0000010", OCTETS_16 "9000", "a0b0000010", STARS_16 "9000");

	masked(&show, "00a4000c026f08", "9000", "00a4000c026f08", "9000");
	masked(&show, "00d6000010" OCTETS_16, "9000", "00d6000010" OCTETS_16, "9000");
	masked(&show, "00b0000010", OCTETS_16 "9000", "00b0000010", OCTETS_16 "9000");
}

static void an_mtk_is_masked_and_a_verification_message_is_not(void)
{
	struct mask m = { .keys = false };

	masked(&m, "0089808503 530102", "62f3", "0089808503 530102", "62f3");
	masked(&m, "0089a00000", "5311db" OCTETS_16 "9000", "0089a00000", "5311db" STARS_16 "9000");
	masked(&m, "0089808503 530101", "62f3", "0089808503 530101", "62f3");
	masked(&m, "0089a00000", "5311db" OCTETS_16 "9000", "0089a00000", "5311db" OCTETS_16 "9000");
	/* In blocks, whatever the second one begins with. */
	masked(&m, "0089808504 53820200", "63f1", "0089808504 53820200", "63f1");
	masked(&m, "0089008501 02", "62f3", "0089008501 02", "62f3");
	masked(&m, "0089a00000", "5311db" OCTETS_16 "62f1", "0089a00000", STARS_16 "2a2a2a 62f1");
	masked(&m, "0089808503 530102", "62f3", "0089808503 530102", "62f3");
	masked(&m, "0089a00002", "5311 62f1", "0089a00002", "2a2a 62f1");
	masked(&m, "00892000 11", "53" OCTETS_16 "9000", "0089200011", STARS_16 "2a 9000");
	/* Other contexts of INS 89, and an object that is none. */
	masked(&m, "0089808603 530101", "9000", "0089808603 530101", "9000");
	masked(&m, "0089a08600",
	       "db"
	       "9000",
	       "0089a08600", "2a 9000");
	masked(&m, "0089808502 5382", "63f1", "0089808502 5382", "63f1");
	masked(&m, "0089a08500",
	       "db"
	       "9000",
	       "0089a08500", "2a 9000");
}

#define GSMTAP "02 04 04 00 0000 00 00 00000000 00 00 00 00"

static void tpdus(const char *capdu, const char *rapdu, const char *first, const char *second)
{
	struct octets c = octets(capdu), r = octets(rapdu);
	static uint8_t room[2][GSMTAP_SIM_MAX];
	struct wr out[2] = { WR(room[0]), WR(room[1]) };

	CU_ASSERT_EQUAL(gsmtap_put_sim(out, span_of(c.b, c.n), span_of(r.b, r.n)), second != NULL ? 2 : 1);
	CU_ASSERT_TRUE(is(&out[0], first));
	CU_ASSERT_TRUE(second == NULL || is(&out[1], second));
}

static void keep_line(void *ctx, struct span line)
{
	char *events = ctx;

	snprintf(events + strlen(events), 4096 - strlen(events), "%.*s", (int)line.n, (const char *)line.p);
}

/* The event of an exchange. */
static void told(struct apdu_log *a, const char *capdu, const char *rapdu, const char *members)
{
	struct octets c = octets(capdu), r = octets(rapdu);
	char line[LOG_LINE_MAX] = "", expected[LOG_LINE_MAX];
	const struct log log = { .put = keep_line, .ctx = line, .json = true };

	a->log = &log;
	apdu_log_put(a, 1, span_of(c.b, c.n), span_of(r.b, r.n));
	snprintf(expected, sizeof expected, "{\"time\":\"1970-01-01T00:00:00.001Z\",\"event\":\"apdu\",%s}\n", members);
	CU_ASSERT_STRING_EQUAL(line, expected);
	a->log = NULL;
}

static void an_apdu_is_an_event_without_pin_and_key(void)
{
	struct apdu_log a = { .log = NULL };

	told(&a, "0020000108" NEW_PIN, "63c2",
	     "\"command\":\"0020000108****************\",\"sw\":\"63C2\",\"sw_text\":\"verification failed, tries left "
	     "in the last digit\"");
	told(&a, AUTH_GBA_, "db02012a9000",
	     "\"command\":\"0088008412dd10" OCTETS_16
	     "\",\"answer\":\"db02****\",\"sw\":\"9000\",\"sw_text\":\"normal ending\"");
	told(&a, "00b0000001", "2a9000",
	     "\"command\":\"00b0000001\",\"answer\":\"2a\",\"sw\":\"9000\",\"sw_text\":\"normal ending\"");
	told(&a, "00b0000001", "", "\"command\":\"00b0000001\"");
}

static void the_longest_apdu_has_room_in_an_event(void)
{
	struct apdu_log a = { .log = NULL };
	char capdu[2 * CAPDU_MAX + 1] = "00d60000ff", members[LOG_LINE_MAX];

	memset(capdu + 10, 'a', sizeof capdu - 11);
	capdu[sizeof capdu - 1] = '\0';
	snprintf(members, sizeof members, "\"command\":\"%s\"", capdu);
	told(&a, capdu, "", members);
}

static void apdus_stand_as_they_would_over_t0(void)
{
	tpdus("00a4000c 02 3f00", "9000", GSMTAP "00a4000c023f009000", NULL);
	tpdus("00a40004 02 3f00", "6105", GSMTAP "00a40004023f006105", NULL);
	tpdus("00a40004 02 3f00 00", "6203800101 9000", GSMTAP "00a40004023f006105",
	      GSMTAP "00c0000005 6203800101 9000");
	tpdus("80f20000", "9000", GSMTAP "80f20000009000", NULL);
	tpdus("00b0000000", "010203 9000", GSMTAP "00b0000003 010203 9000", NULL);
	tpdus("00b0000000", "6c03", GSMTAP "00b0000000 6c03", NULL);
	tpdus("41a40004 02 3f00 00", "62 9000", GSMTAP "41a40004023f006101", GSMTAP "41c0000001 62 9000");
	tpdus("a0a40000 02 3f00 00", "62 9000", GSMTAP "a0a40000023f006101", GSMTAP "a0c0000001 62 9000");
	tpdus("00b0000003", "", GSMTAP "00b0000003", NULL); /* the card was gone */
	tpdus("00a4", "6700", GSMTAP "00a46700", NULL);
}

static uint32_t words(struct span s)
{
	uint32_t sum = 0;

	for (struct rd r = rd_of(s); r.n != 0;)
		sum += r.n > 1 ? rd_u16(&r) : (uint32_t)rd_u8(&r) << 8;
	return sum;
}

static bool sum_is_right(uint32_t sum)
{
	while (sum > 0xFFFF)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return sum == 0xFFFF;
}

/* Header, pseudo header and payload of a packet add up, RFC 1071; ips: addresses, header: their IP header. */
static void adds_up(const struct wr *w, bool v6, uint8_t protocol)
{
	struct span all = wr_done(w), body = span_sub(all, v6 ? 40 : 20, all.n);
	struct span ips = v6 ? span_sub(all, 8, 32) : span_sub(all, 12, 8);
	struct rd length = rd_of(span_sub(all, v6 ? 4 : 2, 2));

	CU_ASSERT_TRUE_FATAL(body.n != 0);
	CU_ASSERT_EQUAL(rd_u16(&length), v6 ? body.n : all.n);
	CU_ASSERT_TRUE(v6 || sum_is_right(words(span_sub(all, 0, 20))));
	CU_ASSERT_TRUE(sum_is_right(words(ips) + words(body) + protocol + (uint32_t)body.n));
}

static void checksums_and_lengths_of_packets_are_right(void)
{
	struct packet_end a = { .ip = { 10, 0, 0, 1 }, .port = 40000 }, b = { .ip = { 127, 0, 0, 1 }, .port = 2269 };
	struct packet_end c = { .v6 = true, .ip = { 0xFE, 0x80, [15] = 1 }, .port = 1 };
	const struct packet_end *const ends[] = { &a, &b, &c };
	const struct packet_tcp tcp = { .seq = 0xFFFFFFFF, .ack = 7, .flags = TCP_ACK };
	static uint8_t payload[1500], room[PACKET_MAX];

	for (size_t i = 0; i < sizeof payload; i++)
		payload[i] = (uint8_t)(i * 37 + 0xF0);
	for (size_t n = 0; n < sizeof payload; n += n < 20 ? 1 : 97) {
		for (size_t i = 0; i < VU_COUNT(ends); i++) {
			const struct packet_end *from = ends[i], *to = ends[(i + 1) % VU_COUNT(ends)];
			bool v6 = from->v6 || to->v6;
			struct wr w = WR(room);

			packet_put_udp(&w, from, to, span_of(payload, n));
			adds_up(&w, v6, 17);
			w = WR(room);
			packet_put_tcp(&w, from, to, &tcp, span_of(payload, n));
			adds_up(&w, v6, 6);
		}
	}
	CU_ASSERT_TRUE(packet_end_same(&a, &a) && !packet_end_same(&a, &b) && !packet_end_same(&a, &c));
}

static void a_packet_too_long_is_none(void)
{
	static uint8_t payload[PACKET_MAX], room[2 * PACKET_MAX];
	const struct packet_end a = { .port = 1 };
	struct wr w = WR(room);

	packet_put_udp(&w, &a, &a, span_of(payload, PACKET_MAX - PACKET_HEADERS_MAX));
	CU_ASSERT_FALSE(w.bad);
	packet_put_udp(&w, &a, &a, SPAN(payload));
	CU_ASSERT_TRUE(w.bad);
	w = WR(room);
	packet_put_tcp(&w, &a, &a, &(struct packet_tcp){ .seq = 1 }, SPAN(payload));
	CU_ASSERT_TRUE(w.bad);
}

/* What an ME does with the card of gba-mikey.json, PIN1 on, all of it captured. */
static void session(const char *path, bool t0, bool keys)
{
	struct card_if *c = real_card(t0, VECTOR_SQN_START, "pins.pin1.enabled=true", "pins.pin1.code=" PIN, NULL);
	const struct log log = { 0 };
	struct capture *capture = NULL;
	char why[CAPTURE_WHY_MAX];
	struct usim u;
	struct usim_identity id;
	struct usim_aka aka;
	struct auth_challenge challenge;
	struct key256 key;
	struct usim_mtk mtk;
	uint8_t buf[MIKEY_MESSAGE_MAX];
	struct wr ack = WR(buf);

	CU_ASSERT_EQUAL_FATAL(capture_open(&capture, path, keys, &log, why), 0);
	c->tap = capture_apdu;
	c->tap_ctx = capture;
	CU_ASSERT_TRUE_FATAL(usim_init(&u, c, WRONG_PIN));
	CU_ASSERT_EQUAL(usim_connect(&u), 0);
	CU_ASSERT_EQUAL(usim_identify(&u, &id), -EACCES);
	CU_ASSERT_TRUE_FATAL(usim_init(&u, c, PIN));
	CU_ASSERT_EQUAL(usim_connect(&u), 0);
	CU_ASSERT_EQUAL(usim_identify(&u, &id), 0);
	memcpy(challenge.rand, VEC_HEX("gba.rand").p, 16);
	memcpy(challenge.autn, VEC_HEX("gba.autn_star").p, 16);
	CU_ASSERT_EQUAL(usim_gba_bootstrap(&u, &challenge, &aka), 0);
	CU_ASSERT_EQUAL(usim_gbabp_write(&u, challenge.rand, VEC("gba.b_tid"), "2030-01-01T00:00:00Z"), 0);
	CU_ASSERT_EQUAL(usim_naf_key(&u, VEC_HEX("gba.naf_id"), span_str(VEC("gba.impi")), &key), 0);
	CU_ASSERT_EQUAL(usim_msk_update(&u, VEC_HEX("msk_message_download_V1.message"), &ack), 0);
	CU_ASSERT_EQUAL(usim_mtk_generate(&u, VEC_HEX("mtk_message_streaming.message"), &mtk), 0);
	capture_close(capture);
	card_if_close(c);
}

static void captured(const char *path, bool keys)
{
	struct octets padded = octets(WRONG_PIN_HEX "ffffffff");
	struct stat st;

	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_FALSE(file_has(path, span_str(PIN)));
	CU_ASSERT_FALSE(file_has(path, span_of(padded.b, padded.n)));
	CU_ASSERT_FALSE(file_has(path, VEC_HEX("gba.k")));
	CU_ASSERT_FALSE(file_has(path, VEC_HEX("gba.ks_int_naf")));
	CU_ASSERT_EQUAL(file_has(path, VEC_HEX("gba.res")), keys);
	CU_ASSERT_EQUAL(file_has(path, VEC_HEX("gba.ks_ext_naf")), keys);
	CU_ASSERT_EQUAL(file_has(path, VEC_HEX("mtk_message_streaming.mtk")), keys);
	CU_ASSERT_EQUAL(file_has(path, VEC_HEX("mtk_message_streaming.salt")), keys);
	/* What is no secret is there: the challenge, the last octets of the MSK message, and the verification message. */
	CU_ASSERT_TRUE(file_has(path, VEC_HEX("gba.rand")));
	CU_ASSERT_TRUE(file_has(path, VEC_HEX("msk_message_download_V1.mac")));
	CU_ASSERT_TRUE(file_has(path, VEC_HEX("msk_verification_for_it.ts_as_sent_4_octets.message")));
}

static void no_pin_is_in_a_capture_and_keys_only_when_asked_for(void)
{
	for (int i = 0; i < 4; i++) {
		const char *path = temporary_path("session.pcap");
		session(path, (i & 1) != 0, (i & 2) != 0);
		captured(path, (i & 2) != 0);
	}
}

/* A file of other rights that is there becomes ours alone. */
static void a_file_that_was_there_is_emptied_and_closed_to_others(void)
{
	const char *path = temporary_path("old.pcap");
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(PIN, f);
	fclose(f);
	CU_ASSERT_EQUAL(chmod(path, 0644), 0);
	session(path, true, false);
	captured(path, false);
}

static void a_file_that_cannot_be_made_is_told(void)
{
	struct capture *capture;
	char why[CAPTURE_WHY_MAX] = "";

	CU_ASSERT_EQUAL(capture_open(&capture, "/nowhere/x.pcap", false, NULL, why), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "/nowhere/x.pcap"));
	CU_ASSERT_EQUAL(capture_open(&capture, "/dev/full", false, NULL, why), -ENOSPC);
}

/* Without TLS nothing there is what Wireshark looks for at 443. */
static void https_stands_at_the_port_of_http(void)
{
	const struct capture_end client = { "127.0.0.1", 40000 }, server = { "127.0.0.1", 443 };
	const struct log log = { 0 };
	const char *path = temporary_path("https.pcap");
	struct capture *capture;
	char why[CAPTURE_WHY_MAX];

	CU_ASSERT_EQUAL_FATAL(capture_open(&capture, path, false, &log, why), 0);
	capture_http(capture, &client, &server, false, span_str("GET / HTTP/1.1\r\n\r\n"));
	capture_close(capture);
	CU_ASSERT_TRUE(file_has(path, span_of("\x9c\x40\x00\x50", 4)));
	CU_ASSERT_FALSE(file_has(path, span_of("\x9c\x40\x01\xbb", 4)));
}

static void a_capture_that_finds_no_room_ends_and_says_so_once(void)
{
	const struct capture_end a = { "127.0.0.1", 1 };
	struct udp_addr u;
	struct rlimit before, limit;
	char why[CAPTURE_WHY_MAX], events[4096] = "";
	const struct log log = { .put = keep_line, .ctx = events };
	static const uint8_t octets_[1000];
	struct capture *capture;

	CU_ASSERT_EQUAL_FATAL(capture_open(&capture, temporary_path("full.pcap"), false, &log, why), 0);
	CU_ASSERT_TRUE_FATAL(udp_addr_parse(&u, "127.0.0.1:1"));
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){ .rlim_cur = 2500, .rlim_max = before.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (int i = 0; i < 5; i++)
		capture_udp(capture, &u, &u, SPAN(octets_));
	capture_http(capture, &a, &a, false, span_str("GET"));
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
	capture_close(capture);
	const char *first = strstr(events, "capture-ended reason=\"File too large\"");
	CU_ASSERT_PTR_NOT_NULL_FATAL(first);
	CU_ASSERT_PTR_NULL(strstr(first + 1, "capture-ended"));
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(a_pin_is_masked_in_every_command_and_class),
		T(attack_a_pin_in_a_command_that_is_none),
		T(keys_in_answers_of_authenticate_are_masked),
		T(keys_in_files_are_masked),
		T(an_answer_that_get_response_fetches_is_masked),
		T(an_mtk_is_masked_and_a_verification_message_is_not),
		T(an_apdu_is_an_event_without_pin_and_key),
		T(the_longest_apdu_has_room_in_an_event),
		T(apdus_stand_as_they_would_over_t0),
		T(checksums_and_lengths_of_packets_are_right),
		T(a_packet_too_long_is_none),
		T(no_pin_is_in_a_capture_and_keys_only_when_asked_for),
		T(a_file_that_was_there_is_emptied_and_closed_to_others),
		T(a_file_that_cannot_be_made_is_told),
		T(https_stands_at_the_port_of_http),
		T(a_capture_that_finds_no_room_ends_and_says_so_once),
#undef T
	};

	vectors = json_open("gba-mikey.json");
	int failed = CU_RUN("capture", tests);
	json_close(vectors);
	return failed;
}
