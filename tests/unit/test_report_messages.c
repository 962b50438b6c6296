/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of HTTP and MIKEY in the page: put together, told once, in an order that can have been, and taken apart. */
#include "tests/cu.h"

#include <stdlib.h>
#include <string.h>

#include "apdu/hex.h"
#include "host/message_log.h"
#include "host/report/message.h"
#include "host/report/page.h"

enum { ROOM = 1 << 20 };

/* A log that is written as the programs do it. */
struct log_text {
	char text[ROOM];
	size_t n;
	struct log log;
	struct message_log messages;
};

static struct log_text me, network;

static void append(void *ctx, struct span line)
{
	struct log_text *l = ctx;

	CU_ASSERT_FATAL(line.n < ROOM - l->n);
	memcpy(l->text + l->n, line.p, line.n);
	l->n += line.n;
}

static void begin_log(struct log_text *l, const char *side)
{
	l->n = 0;
	l->log = (struct log){ .put = append, .ctx = l, .json = true };
	l->messages = (struct message_log){ .log = &l->log, .side = side };
}

static void begin(void)
{
	begin_log(&me, "me");
	begin_log(&network, "network");
}

#define UE "127.0.0.2:40000"
#define NET "127.0.0.1:8080"

static struct message_way way_of(const struct log_text *l, const char *interface, bool to_network)
{
	return (struct message_way){ .interface = interface,
				     .sent = (l == &me) == to_network,
				     .from = to_network ? UE : NET,
				     .to = to_network ? NET : UE };
}

static void http(struct log_text *l, int64_t now, const char *interface, bool to_network, const char *text)
{
	const struct message_way way = way_of(l, interface, to_network);

	message_log_http(&l->messages, now, &way, span_str(text));
}

static void datagram(struct log_text *l, int64_t now, bool to_network, const char *digits)
{
	const struct message_way way = way_of(l, "MIKEY", to_network);
	uint8_t octets[512];
	struct wr w = WR(octets);

	CU_ASSERT_FATAL(hex_parse(&w, span_str(digits)));
	message_log_mikey(&l->messages, now, &way, wr_done(&w));
}

/* What reading and writing leave; the page is to be freed. */
struct result {
	struct events events;
	char *page;
};

static void read_log(struct events *e, const char *name, const struct log_text *l)
{
	FILE *in = l->n != 0 ? fmemopen((void *)(uintptr_t)l->text, l->n, "r") : NULL;

	if (in == NULL)
		return;
	CU_ASSERT_EQUAL(events_read(e, in, name, stdout), 0);
	CU_ASSERT_EQUAL(e->skipped, 0);
	fclose(in);
}

static struct result report(void)
{
	char *logs[] = { (char[]){ "me.jsonl" }, (char[]){ "net.jsonl" }, NULL };
	struct result r = { 0 };
	size_t n = 0;

	read_log(&r.events, logs[0], &me);
	read_log(&r.events, logs[1], &network);
	CU_ASSERT_EQUAL(events_arrange(&r.events), 0);
	FILE *f = open_memstream(&r.page, &n);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	page_write(f, &r.events, logs);
	fclose(f);
	return r;
}

static void done(struct result *r)
{
	events_free(&r->events);
	free(r->page);
}

static bool has(const struct result *r, const char *text)
{
	return strstr(r->page, text) != NULL;
}

/* Whether these stand in the page in this order. */
static bool in_order(const struct result *r, const char *const *texts, size_t n)
{
	const char *at = r->page;

	for (size_t i = 0; at != NULL && i < n; i++)
		at = strstr(at, texts[i]);
	return at != NULL;
}

static size_t count(const struct result *r, const char *text)
{
	size_t n = 0;

	for (const char *p = r->page; (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

static bool has_row(const struct result *r, const char *name, const char *value)
{
	char row[512];

	snprintf(row, sizeof row, "<tr><th scope=\"row\">%s</th><td>%s</td>", name, value);
	return has(r, row);
}

#define REQUEST "GET / HTTP/1.1\r\nHost: bsf\r\n\r\n"
#define ANSWER "HTTP/1.1 401 Unauthorized\r\nDate: x\r\n\r\n"

static void a_message_of_both_logs_is_one_arrow(void)
{
	begin();
	for (int64_t t = 100; t < 300; t += 100) { /* twice the same over the same connection */
		http(&me, t, "Ub", true, REQUEST);
		http(&network, t, "Ub", true, REQUEST);
		http(&network, t, "Ub", false, "HTTP/1.1 401 Unauthorized\r\n\r\n"); /* without what its library adds */
		http(&me, t, "Ub", false, ANSWER);
	}
	struct result r = report();
	CU_ASSERT_EQUAL(count(&r, "<details"), 4);
	CU_ASSERT_EQUAL(count(&r, "ME to BSF: </span><b>GET /</b>"), 2);
	CU_ASSERT_EQUAL(count(&r, "BSF to ME: </span><b>401 Unauthorized</b>"), 2);
	CU_ASSERT(has(&r, "me.jsonl:4<") && has(&r, "net.jsonl:4<"));
	CU_ASSERT_EQUAL(count(&r, "<th scope=\"row\">Date</th>"), 2); /* the ME's octets are those that were sent */
	CU_ASSERT(has(&r, ": 4 events from"));
	CU_ASSERT(!has(&r, "not seen by the other end"));
	done(&r);
}

static void a_message_comes_behind_its_sending_whatever_the_clocks_say(void)
{
	static const char *const order[] = { "<b>GET /</b>",
					     "<b>bootstrap-challenge</b>",
					     "<b>401 Unauthorized</b>",
					     "<b>SELECT</b>",
					     "<b>MIKEY: ",
					     "<b>msk</b>",
					     "<b>MIKEY: veri",
					     "<b>ack</b>" };
	static const char msk[] = "0100158022db832201000000000001000000000503000b000300f1100104000100010b020000000106"
				  "1015940e9f6dbb5aa2906f5773e9b4cb2c06010001610100000162000100000100000000000000000000"
				  "00000000000000000000000000";
	static const char ack[] = "0101050022db832201000000000001000000000602000000010900000161000100000000000000000000"
				  "00000000000000000000";

	for (int64_t shift = -3600000; shift <= 3600000; shift += 900000) { /* of the network's clock */
		begin();
		http(&me, 4000000, "Ub", true, REQUEST);
		http(&network, 4000000 + shift, "Ub", true, REQUEST);
		LOG(&network.log, 4000000 + shift, "bootstrap-challenge", LOG_TEXT("ue", "u"));
		http(&network, 4000000 + shift, "Ub", false, ANSWER);
		http(&me, 4000000, "Ub", false, ANSWER);
		LOG(&me.log, 4000000, "apdu", LOG_TEXT("command", "00a40004022fe2"), LOG_TEXT("sw", "9000"));
		datagram(&network, 4000000 + shift, false, msk);
		datagram(&me, 4000000, false, msk);
		LOG(&me.log, 4000000, "msk", LOG_TEXT("msk_id", "00010001"));
		datagram(&me, 4000000, true, ack);
		datagram(&network, 4000000 + shift, true, ack);
		LOG(&network.log, 4000000 + shift, "ack", LOG_TEXT("ue", "u"));
		struct result r = report();
		const char *const select = strstr(r.page, "<b>SELECT");
		CU_ASSERT_PTR_NOT_NULL(select);
		CU_ASSERT(in_order(&r, order, 3));
		CU_ASSERT(in_order(&r, order + 4, 4));
		CU_ASSERT(select > strstr(r.page, order[2]) && select < strstr(r.page, order[5]));
		CU_ASSERT_EQUAL(count(&r, "class=\"arrow\""), 6);
		done(&r);
	}
}

static void a_message_in_parts_is_put_together(void)
{
	static char text[60000] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";
	static const char tail[] = "the last line";

	begin();
	memset(text + strlen(text), '\xE4', sizeof text - strlen(text) - sizeof tail);
	memcpy(text + sizeof text - sizeof tail, tail, sizeof tail);
	const struct message_way way = way_of(&me, "Ua", false);
	message_log_begin(&me.messages, 0, &way);
	message_log_add(&me.messages, 0, span_sub(span_str(text), 0, 30000));
	datagram(&me, 0, false, "00"); /* comes in between */
	message_log_add(&me.messages, 0, span_sub(span_str(text), 30000, sizeof text));
	message_log_end(&me.messages, 0);
	struct result r = report();
	CU_ASSERT(r.events.n > 10);
	CU_ASSERT_EQUAL(count(&r, "<details"), 2);
	CU_ASSERT_EQUAL(r.events.item[0].message->n, sizeof text - 1);
	CU_ASSERT(memcmp(r.events.item[0].message->octets, text, sizeof text - 1) == 0);
	CU_ASSERT(has_row(&r, "Content-Type", "text/plain") && has(&r, "the last line</pre>"));
	done(&r);
}

static void what_did_not_arrive_is_told(void)
{
	begin();
	http(&me, 100, "Ua", true, "POST /km HTTP/1.1\r\n\r\n");
	datagram(&network, 200, false, "01");
	struct result r = report();
	CU_ASSERT_EQUAL(count(&r, "not seen by the other end"), 2);
	CU_ASSERT_EQUAL(count(&r, "does not tell of it"), 2);
	done(&r);
	/* Who has no log of the other end knows nothing. */
	network.n = 0;
	r = report();
	CU_ASSERT(!has(&r, "not seen by the other end"));
	done(&r);
}

static void http_is_taken_apart(void)
{
	begin();
	http(&me, 100, "Ub", false,
	     "HTTP/1.1 401 Unauthorized\r\nServer: a<b\r\nWWW-Authenticate: Digest realm=\"bsf\", "
	     "nonce=\"AAECAwQFBgcICQoLDA0ODxAREhMUFYAAICEiIyQlJic=\", algorithm=AKAv1-MD5, qop=\"auth-int\"\r\n\r\n");
	http(&me, 200, "Ub", true,
	     "GET /x?y=1 HTTP/1.1\r\nAuthorization: Digest username=\"u\", response=\"00ff\", "
	     "auts=\"AAECAwQFBgcICQoLDA0=\", qop=auth-int, nc=00000001, again\r\n\r\n");
	http(&me, 300, "Ua", true,
	     "POST /km?requesttype=msk-request HTTP/1.1\r\nContent-Type: application/mbms-msk+xml\r\n\r\n"
	     "PG1ibXNNU0sgeG1sbnM9InVybjozR1BQOm1ldGFkYXRhOjIwMDU6TUJNUzptc2siPjxNU0s+PGtleURvbWFpbklEPkFQRVE8L2tleURv"
	     "bWFpbklEPjxNU0tJRD5BQUVBQWc9PTwvTVNLSUQ+PC9NU0s+PC9tYm1zTVNLPg==");
	http(&me, 400, "Ub", false,
	     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n<BootstrappingIn\r\n63\r\nfo xmlns="
	     "\"uri:3gpp-gba\"><btid>b&amp;tid</btid><lifetime>2026-11-21T11:27:23Z</lifetime></Bootstrapp\r\n6"
	     "\r\ningInf\r\n2\r\no>\r\n0\r\n\r\n");
	http(&me, 500, "Ua", false, "HTTP/1.1 403 Forbidden\r\n\r\n");
	struct result r = report();
	CU_ASSERT(has_row(&r, "Server", "a&lt;b"));
	CU_ASSERT(has_row(&r, "realm", "bsf") && has_row(&r, "algorithm", "AKAv1-MD5"));
	CU_ASSERT(has_row(&r, "RAND", "000102030405060708090a0b0c0d0e0f"));
	CU_ASSERT(has_row(&r, "AUTN: SQN xor AK", "101112131415") && has_row(&r, "AUTN: AMF", "8000"));
	CU_ASSERT(has_row(&r, "AUTN: MAC", "2021222324252627"));
	CU_ASSERT(has_row(&r, "target", "/x?y=1") && has_row(&r, "username", "u") && has_row(&r, "nc", "00000001"));
	CU_ASSERT(has_row(&r, "AUTS: MAC-S", "060708090a0b0c0d"));
	CU_ASSERT(has(&r, "<tr class=\"fault\"><th scope=\"row\">wrong</th><td colspan=\"2\">expected name=value"));
	CU_ASSERT(has_row(&r, "key_domain", "00f110") && has_row(&r, "msk_id", "00010002"));
	CU_ASSERT(has(&r, "&lt;mbmsMSK") &&
		  has(&r, "\n  &lt;MSK&gt;\n    &lt;keyDomainID&gt;APEQ&lt;/keyDomainID&gt;\n"));
	CU_ASSERT(has_row(&r, "btid", "b&amp;tid") && has_row(&r, "lifetime", "2026-11-21T11:27:23Z"));
	CU_ASSERT(has(&r, "<details class=\"event notable message\" id=\"e1\">"));
	CU_ASSERT(has(&r, "<details class=\"event bad message\" id=\"e5\">") &&
		  has(&r, "<a href=\"#e5\">403 Forbidden "));
	done(&r);
}

static void mikey_is_taken_apart_payload_by_payload(void)
{
	static const char msk[] = "01001580 22db8322 01 00 0000000001 00000000" /* HDR */
				  "05 03 000b 00 03 00f110 01 04 00010001" /* EXT */
				  "0b 02 00000007" /* T */
				  "06 10 15940e9f6dbb5aa2906f5773e9b4cb2c" /* RAND */
				  "06 01 0003 612f62 0a 00 0002 6364" /* IDi, IDr */
				  "01 00 00 0003 0b 01 0a" /* SP */
				  "00 01 001a 00112233445566778899aabbccddeeff00112233445566778899" /* KEMAC */
				  "01 000102030405060708090a0b0c0d0e0f10111213";

	begin();
	datagram(&network, 100, false, msk);
	struct result r = report();
	CU_ASSERT(has(&r, "BM-SC to ME: </span><b>MIKEY: MSK 00010001, counter 7</b>"));
	CU_ASSERT(has_row(&r, "V", "1") && has_row(&r, "CSB ID", "22db8322") && has_row(&r, "#CS", "1"));
	CU_ASSERT(has_row(&r, "SSRC", "00000001") && has_row(&r, "Key Domain ID", "00f110"));
	CU_ASSERT(has_row(&r, "MSK ID", "00010001") && has_row(&r, "TS value", "7"));
	CU_ASSERT(has_row(&r, "RAND", "15940e9f6dbb5aa2906f5773e9b4cb2c"));
	CU_ASSERT(has(&r, ">IDi: ") && has_row(&r, "ID data", "a/b") && has(&r, ">IDr: ") &&
		  has_row(&r, "ID data", "cd"));
	CU_ASSERT(has_row(&r, "tag_len", "10"));
	CU_ASSERT(has_row(&r, "encr data length", "26"));
	CU_ASSERT(has_row(&r, "MAC", "000102030405060708090a0b0c0d0e0f10111213"));
	CU_ASSERT(!has(&r, "class=\"fault\""));
	done(&r);
}

static void a_broken_datagram_is_red_and_taken_apart_as_far_as_it_goes(void)
{
	begin();
	datagram(&network, 100, false, "0100057f00000001 00 01 17 02 00000009 ffff");
	datagram(&network, 200, false, "ff");
	struct result r = report();
	CU_ASSERT(has(&r, "<b>MIKEY: PRF function is not MIKEY-1</b>"));
	CU_ASSERT(has_row(&r, "TS value", "9") && has_row(&r, "PRF func", "127"));
	CU_ASSERT(has(&r, "<tr class=\"fault\"><th scope=\"row\">wrong</th><td colspan=\"2\">PRF function"));
	CU_ASSERT(has_row(&r, "behind that", "2"));
	CU_ASSERT_EQUAL(count(&r, "<details class=\"event bad message\""), 2);
	done(&r);
}

static void apdu(const char *command)
{
	LOG(&me.log, 0, "apdu", LOG_TEXT("command", command), LOG_TEXT("sw", "9000"));
}

static void what_authenticate_is_asked_is_taken_apart(void)
{
	begin();
	apdu("0088008423dd10000102030405060708090a0b0c0d0e0f1010111213141580002021222324252627");
	apdu("008800840ade0362010204"
	     "75736572");
	/* The end of an object that never began, and the beginning of one that never ends. */
	apdu("0089008503010203");
	apdu("0089808505533d010100");
	struct result r = report();
	CU_ASSERT(has_row(&r, "RAND", "000102030405060708090a0b0c0d0e0f"));
	CU_ASSERT(has_row(&r, "AUTN: SQN xor AK", "101112131415") && has_row(&r, "AUTN: MAC", "2021222324252627"));
	CU_ASSERT(has_row(&r, "NAF_ID", "b\\u0001\\u0002") && has_row(&r, "IMPI", "user"));
	CU_ASSERT(!has(&r, "MBMS security context"));
	done(&r);

	begin();
	apdu("0089808514"
	     "533d01"
	     "0100150022db83220001"
	     "0503000f000300");
	apdu("008900852b"
	     "f1100104000100010202"
	     "0007"
	     "010200000009"
	     "000100000100000000000000000000000000000000"
	     "00000000");
	apdu("0089008501ff"); /* no object goes on here */
	apdu("0089808508"
	     "5306"
	     "03"
	     "00f1100102");
	r = report();
	CU_ASSERT_EQUAL(count(&r, "MBMS security context, all blocks"), 2);
	CU_ASSERT(has_row(&r, "mode", "1") && has(&r, ">MSK update<"));
	CU_ASSERT(has_row(&r, "MTK ID", "0007") && has_row(&r, "TS value", "9"));
	CU_ASSERT(has_row(&r, "mode", "3") && has_row(&r, "Key Group", "258"));
	done(&r);
}

/* Numbers, parts and texts of a log that nobody of ours has written. */
static void an_event_that_is_not_quite_a_message_is_an_event(void)
{
	static const char text[] =
#define M "{\"time\":\"2026-11-21T04:31:58.100Z\",\"event\":\"message\","
		M
		"\"side\":\"me\",\"interface\":\"Ub\",\"way\":\"sent\",\"from\":1,\"to\":\"x\",\"text\":\"a\"}\n" M
		"\"side\":\"me\",\"interface\":\"Ux\",\"way\":\"sent\",\"from\":\"x\",\"to\":\"x\",\"text\":\"a\"}\n" M
		"\"side\":\"me\",\"interface\":\"MIKEY\",\"way\":\"sent\",\"from\":\"x\",\"to\":\"x\",\"text\":\"a\"}"
		"\n" M "\"side\":\"me\",\"interface\":\"Ua\",\"way\":\"sent\",\"from\":\"x\",\"to\":\"x\",\"text\":"
		"\"\\u2028\\u0000\"}\n" M "\"side\":\"me\",\"interface\":\"MIKEY\",\"way\":\"\",\"from\":\"x\","
		"\"to\":\"x\",\"hex\":\"0g*\",\"part\":-7}\n" M
		"\"side\":\"network\",\"interface\":\"Ua\",\"way\":\"sent\",\"from\":\"x\",\"to\":\"<script>\","
		"\"number\":1,"
		"\"part\":9,\"text\":\"</pre><script>\\r\\n<script>:<script>\\n\\n<script></script>\"}\n" M
		"\"side\":7}\n";

	begin();
	append(&me, span_str(text));
	struct result r = report();
	CU_ASSERT_EQUAL(count(&r, "<details"), 7);
	CU_ASSERT(!has(&r, "<script") && !has(&r, "</script") && !has(&r, "2028</pre>"));
	done(&r);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "a message of both logs is one arrow", a_message_of_both_logs_is_one_arrow },
		{ "a message comes behind its sending, whatever the clocks say",
		  a_message_comes_behind_its_sending_whatever_the_clocks_say },
		{ "a message in parts is put together", a_message_in_parts_is_put_together },
		{ "what did not arrive is told", what_did_not_arrive_is_told },
		{ "HTTP is taken apart", http_is_taken_apart },
		{ "MIKEY is taken apart payload by payload", mikey_is_taken_apart_payload_by_payload },
		{ "a broken datagram is red, and taken apart as far as it goes",
		  a_broken_datagram_is_red_and_taken_apart_as_far_as_it_goes },
		{ "what AUTHENTICATE is asked is taken apart", what_authenticate_is_asked_is_taken_apart },
		{ "an event that is not quite a message is an event",
		  an_event_that_is_not_quite_a_message_is_an_event },
	};
	return CU_RUN("messages in reports", tests);
}
