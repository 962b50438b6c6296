/* SPDX-License-Identifier: Apache-2.0 */
/* Event logs become a page: what is read, what is told and skipped, the ladder, and that no log writes the page's markup. */
#include "tests/cu.h"

#include <stdlib.h>
#include <string.h>

#include "apdu/bytes.h"
#include "host/log.h"
#include "host/report/ladder.h"
#include "host/report/page.h"

#define AT(t) "{\"time\":\"2026-11-21T04:31:58." t "Z\",\"event\":"
#define FORMAT AT("100") "\"format\",\"format\":1}\n"

/* What reading and writing leave; the texts are to be freed. */
struct result {
	struct events events;
	char *complaints, *page;
};

static void read_log(struct events *e, const char *name, const char *text, FILE *complaints)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	CU_ASSERT_EQUAL(events_read(e, in, name, complaints), 0);
	fclose(in);
}

/* A page from the log a.jsonl and, where it is not NULL, another b.jsonl. */
static struct result report(const char *a, const char *b)
{
	char *logs[] = { (char[]){ "a.jsonl" }, b != NULL ? (char[]){ "b.jsonl" } : NULL, NULL };
	struct result r = { 0 };
	size_t n = 0;
	FILE *f = open_memstream(&r.complaints, &n);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	read_log(&r.events, logs[0], a, f);
	if (b != NULL)
		read_log(&r.events, logs[1], b, f);
	fclose(f);
	CU_ASSERT_EQUAL(events_arrange(&r.events), 0);
	f = open_memstream(&r.page, &n);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	page_write(f, &r.events, logs);
	fclose(f);
	return r;
}

static void done(struct result *r)
{
	events_free(&r->events);
	free(r->complaints);
	free(r->page);
}

static bool has(const struct result *r, const char *text)
{
	return strstr(r->page, text) != NULL;
}

static void a_line_that_is_no_event_is_told_with_file_and_line_and_skipped(void)
{
	static const struct {
		const char *line, *why;
	} bad[] = {
		{ "vuicc-me: no card", "expected one JSON object" },
		{ "[1]", "expected one JSON object" },
		{ "{\"time\":\"2026-11-21T04:31:58.100Z\",\"event\":\"msk\",\"ts\"", "expected one JSON object" },
		{ AT("100") "\"msk\",\"ts\":1,\"ts\":2}", "members that differ" },
		{ AT("100") "7}", "event: expected the name" },
		{ "{\"event\":\"msk\"}", "time: expected a time" },
		{ "{\"time\":\"2026-11-21T04:31:58.1Z\",\"event\":\"msk\"}", "time: expected a time" },
		{ "{\"time\":\"2026-11-21 04:31:58.100Z\",\"event\":\"msk\"}", "time: expected a time" },
		{ "{\"time\":\"2026-11-21T04:31:58.100Z<\",\"event\":\"msk\"}", "time: expected a time" },
		{ "", "expected one JSON object" },
	};

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		char text[512];
		snprintf(text, sizeof text, FORMAT "%s\n" AT("200") "\"wipe\"}\n", bad[i].line);
		struct result r = report(text, NULL);
		CU_ASSERT(strncmp(r.complaints, "a.jsonl:2: ", 11) == 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(r.complaints, bad[i].why));
		CU_ASSERT_EQUAL(r.events.skipped, 1);
		CU_ASSERT_EQUAL(r.events.n, 2);
		CU_ASSERT(has(&r, "1 lines were no events"));
		done(&r);
	}
}

static void a_line_longer_than_any_event_is_skipped_whole(void)
{
	char text[2 * LOG_LINE_MAX + 512] = FORMAT;

	memset(text + strlen(text), 'x', LOG_LINE_MAX + 1);
	strcat(text, "\n" AT("200") "\"wipe\"}");
	struct result r = report(text, NULL);
	CU_ASSERT_STRING_EQUAL(r.complaints, "a.jsonl:2: expected at most 4096 octets in a line; skipped\n");
	CU_ASSERT_EQUAL(r.events.n, 2); /* the last line has no newline */
	done(&r);
}

static void logs_are_merged_by_time_and_each_event_has_its_source(void)
{
	struct result r = report(FORMAT AT("300") "\"msk-request\",\"msk_id\":\"00010000\"}\n" AT(
					 "310") "\"ack-sent\",\"ts\":1}\n" AT("320") "\"error\",\"what\":\"w\"}\n",
				 AT("000") "\"ready\",\"listen\":\"127.0.0.1\"}\n" AT(
					 "300") "\"msk-request\",\"ue\":\"u\",\"msk_id\":\"00010000\",\"code\":200}"
						"\n" AT("310") "\"ack\",\"ue\":\"u\",\"ts\":1}\n" AT("330") "\"error\","
													    "\"what\":"
													    "\"w\"}\n");
	static const struct {
		const char *name;
		enum event_source source;
	} expected[] = {
		{ "ready", SOURCE_NETWORK },  { "format", SOURCE_ME },	   { "msk-request", SOURCE_NETWORK },
		{ "msk-request", SOURCE_ME }, { "ack-sent", SOURCE_ME },   { "ack", SOURCE_NETWORK },
		{ "error", SOURCE_ME },	      { "error", SOURCE_NETWORK },
	};

	CU_ASSERT_EQUAL_FATAL(r.events.n, VU_COUNT(expected));
	for (size_t i = 0; i < VU_COUNT(expected); i++) {
		CU_ASSERT_STRING_EQUAL(r.events.item[i].name, expected[i].name);
		CU_ASSERT_EQUAL(r.events.item[i].source, expected[i].source);
	}
	CU_ASSERT_STRING_EQUAL(r.complaints, "");
	done(&r);
}

static void a_message_that_both_tell_is_one_arrow(void)
{
	static const char me[] = FORMAT AT("300") "\"registered\",\"service\":\"s\"}\n";
	static const char net[] = AT("290") "\"registered\",\"ue\":\"u\",\"service\":\"s\",\"code\":200}\n";
	struct result both = report(me, net), alone = report(me, NULL);

	CU_ASSERT(has(&both, "ME to BM-SC: </span><b>POST register</b>"));
	CU_ASSERT(has(&both, "BM-SC to ME: </span><b>200 registered</b>"));
	CU_ASSERT(has(&both, "ME: </span><b>registered</b>"));
	CU_ASSERT(!has(&alone, "POST register"));
	CU_ASSERT(has(&alone, "BM-SC to ME: </span><b>200 registered</b>"));
	done(&both);
	done(&alone);
}

static void errors_and_rejections_are_marked_with_their_cause(void)
{
	struct result r = report(
		FORMAT AT("200") "\"rejected\",\"message\":\"msk\",\"cause\":\"mac\",\"sw\":\"9862\",\"sw_text\":"
				 "\"MAC\"}\n" AT("300") "\"rejected\",\"cause\":\"replay\",\"reason\":\"not fresh\"}\n",
		AT("400") "\"rejected\",\"interface\":\"Ub\",\"status\":403,\"reason\":\"no such user\"}\n" AT(
			"500") "\"msk-request\",\"ue\":\"u\",\"msk_id\":\"00010000\",\"code\":404}\n");

	CU_ASSERT(has(&r, "UICC to ME: </span><b>rejected by the UICC</b> <span class=\"cause\">MAC</span>"));
	CU_ASSERT(has(&r, "<b>rejected</b> <span class=\"cause\">not fresh</span>"));
	CU_ASSERT(has(&r, "BSF to ME: </span><b>rejected</b> <span class=\"cause\">no such user</span>"));
	CU_ASSERT(has(&r, "<b>200 with a refusal</b>"));
	for (unsigned i = 2; i <= 5; i++) {
		char text[64];
		snprintf(text, sizeof text, "<details class=\"event bad\" id=\"e%u\">", i);
		CU_ASSERT(has(&r, text));
		snprintf(text, sizeof text, "<a href=\"#e%u\">", i);
		CU_ASSERT(has(&r, text));
	}
	CU_ASSERT(has(&r, "<details class=\"event\" id=\"e1\">"));
	done(&r);
}

static void an_event_that_is_not_known_is_a_note_of_who_wrote_it(void)
{
	struct result r = report(FORMAT AT("200") "\"new-thing\",\"list\":[1,{\"a\":null}]}\n",
				 AT("300") "\"ready\"}\n" AT("400") "\"newer-thing\"}\n" AT(
					 "500") "\"fault\",\"name\":\"wrong-mac\"}\n");

	CU_ASSERT(has(&r, "ME: </span><b>new-thing</b>"));
	CU_ASSERT(has(&r, "<td>[1, {&quot;a&quot;: null}]</td>"));
	CU_ASSERT(has(&r, "BM-SC: </span><b>newer-thing</b>"));
	CU_ASSERT(has(&r, "misbehaves as it was told to</b> <span class=\"cause\">wrong-mac</span>"));
	done(&r);
}

#define ATTACK                                                                                                         \
	"</td></script></style><script>alert(1)</script><img src=x onerror='a' alt=\\\"\\u202e\\u0085\\u0007&amp;"

static void nothing_of_a_log_becomes_markup(void)
{
	struct result r =
		report(AT("100") "\"" ATTACK "\"}\n" AT(
			       "200") "\"rejected\",\"reason\":\"" ATTACK "\",\"sw\":\"" ATTACK
				      "\",\"msk_id\":\"<\\\"'>&<>&\",\"" ATTACK "\":{\"" ATTACK
				      "\":1}}\n" AT("300") "\"apdu\",\"command\":\"" ATTACK "\",\"sw\":\"<b>\"}\n" AT(
					      "400") "\"apdu\",\"command\":\"00A40004023F00\",\"sw\":\"<b>\"}\n",
		       NULL);
	size_t tags = 0;

	CU_ASSERT_EQUAL(r.events.n, 4);
	CU_ASSERT(!has(&r, "<script") && !has(&r, "<img") && !has(&r, "</script"));
	CU_ASSERT(has(&r, "&lt;/td&gt;&lt;/script&gt;") && has(&r, "onerror=&#39;a&#39;"));
	CU_ASSERT(has(&r, "alt=&quot;\\u202E\\u0085\\u0007&amp;amp;"));
	CU_ASSERT(!has(&r, "<b><b>") && has(&r, "<b>&lt;b&gt;</b>"));
	for (const char *p = r.page; (p = strstr(p, "</style")) != NULL; p++)
		tags++;
	CU_ASSERT_EQUAL(tags, 1);
	for (const char *p = r.page; *p != '\0'; p++)
		if ((*p < 0x20 && *p != '\n' && *p != '\t') || *p > 0x7E)
			CU_FAIL("an octet that is not printable ASCII");
	done(&r);
}

static void an_apdu_is_named_and_taken_apart(void)
{
	struct result r = report(
		AT("100") "\"apdu\",\"command\":\"00A40004022FE2\",\"answer\":\"620483022FE2\",\"sw\":\"9000\"}\n" AT(
			"200") "\"apdu\",\"command\":\"0020000108****************\",\"sw\":\"63C2\",\"sw_text\":"
			       "\"wrong PIN\"}\n" AT("300") "\"apdu\",\"command\":\"00B0\"}\n" AT(
				       "400") "\"apdu\",\"command\":\"00200001\",\"sw\":\"63C3\"}\n",
		NULL);

	CU_ASSERT(has(&r, "ME to UICC: </span><b>SELECT EF.ICCID</b>"));
	CU_ASSERT(has(&r, "UICC to ME: </span><b>9000</b>"));
	CU_ASSERT(has(&r, "<th scope=\"row\">INS</th><td>a4</td>"));
	CU_ASSERT(has(&r, "<th scope=\"row\">objects</th>"));
	CU_ASSERT(has(&r, "<td>0020000108****************</td>"));
	CU_ASSERT(has(&r, "<details class=\"event bad\" id=\"e2\">"));
	CU_ASSERT(has(&r, "<b>63C2</b> <span class=\"cause\">wrong PIN</span>"));
	CU_ASSERT(has(&r, "<b>no answer</b>"));
	CU_ASSERT(has(&r, "<details class=\"event\" id=\"e4\">")); /* how many tries are left is no failure */
	done(&r);
}

static void over_t0_a_file_is_selected_before_its_fcp_is_fetched(void)
{
	struct result r = report(AT("100") "\"apdu\",\"command\":\"00A40004022FE2\",\"sw\":\"611D\"}\n" AT(
					 "200") "\"apdu\",\"command\":\"00C000001D\",\"answer\":\"62\",\"sw\":\"9000\"}"
						"\n" AT("300") "\"apdu\",\"command\":\"00B000000A\",\"answer\":\"98\","
							       "\"sw\":\"9000\"}\n",
				 NULL);

	CU_ASSERT(has(&r, "<b>READ BINARY EF.ICCID</b>"));
	CU_ASSERT(!has(&r, "class=\"event bad\""));
	done(&r);
}

static void the_page_needs_nothing_beside_itself(void)
{
	struct result r = report(FORMAT, NULL);

	CU_ASSERT(has(&r, "Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\""));
	CU_ASSERT(!has(&r, "http:") && !has(&r, "https:") && !has(&r, "src=") && !has(&r, "<link") && !has(&r, "url("));
	done(&r);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "a line that is no event is told with FILE:LINE and skipped",
		  a_line_that_is_no_event_is_told_with_file_and_line_and_skipped },
		{ "a line longer than any event is skipped whole", a_line_longer_than_any_event_is_skipped_whole },
		{ "logs are merged by time, and each event has its source",
		  logs_are_merged_by_time_and_each_event_has_its_source },
		{ "a message that both tell is one arrow", a_message_that_both_tell_is_one_arrow },
		{ "errors and rejections are marked with their cause",
		  errors_and_rejections_are_marked_with_their_cause },
		{ "an event that is not known is a note of who wrote it",
		  an_event_that_is_not_known_is_a_note_of_who_wrote_it },
		{ "nothing of a log becomes markup", nothing_of_a_log_becomes_markup },
		{ "an APDU is named and taken apart", an_apdu_is_named_and_taken_apart },
		{ "over T=0 a file is selected before its FCP is fetched",
		  over_t0_a_file_is_selected_before_its_fcp_is_fetched },
		{ "the page needs nothing beside itself", the_page_needs_nothing_beside_itself },
	};

	return CU_RUN("report", tests);
}
