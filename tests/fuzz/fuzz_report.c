/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets: events_read, events_arrange, page_write, and through them what takes HTTP and MIKEY apart for people.
 *
 * The first octet says what follows: 0: lines of a log. 1, 2, 3: an HTTP message of Ub or Ua, or a datagram, that the network
 * and the ME have told of.
 */
#include "fuzz.h"
#include "host/message_log.h"
#include "host/report/message.h"
#include "host/report/page.h"

static void append(void *ctx, struct span line)
{
	FUZZ_CHECK(line.n <= LOG_LINE_MAX);
	FUZZ_CHECK(line.n == 0 || fwrite(line.p, 1, line.n, ctx) == line.n);
}

/* A log of one side with this message. */
static void put_log(FILE *out, uint8_t form, struct span octets, const char *side)
{
	static const char *const interfaces[] = { "Ub", "Ua", "MIKEY" };
	const struct log log = { .put = append, .ctx = out, .json = true };
	struct message_log m = { .log = &log, .side = side };
	const struct message_way way = { .interface = interfaces[form - 1],
					 .sent = strcmp(side, "me") != 0,
					 .from = "127.0.0.1:1",
					 .to = "127.0.0.2:2" };

	if (form == 3)
		message_log_mikey(&m, 0, &way, octets);
	else
		message_log_http(&m, 0, &way, octets);
}

static void read_events(struct events *e, uint8_t form, struct span octets, FILE *nowhere)
{
	static const char *const sides[] = { "me", "network" };

	for (size_t i = 0; i < (form == 0 ? 1 : VU_COUNT(sides)); i++) {
		char *text = NULL;
		size_t n = 0;
		FILE *f = open_memstream(&text, &n);

		FUZZ_CHECK(f != NULL);
		if (form == 0)
			append(f, span_sub(octets, 0, LOG_LINE_MAX));
		else
			put_log(f, form, octets, sides[i]);
		fclose(f);
		f = n != 0 ? fmemopen(text, n, "r") : NULL;
		FUZZ_CHECK(f == NULL || events_read(e, f, sides[i], nowhere) == 0);
		if (f != NULL)
			fclose(f);
		free(text);
	}
	FUZZ_CHECK(events_arrange(e) == 0);
}

static size_t count(const char *page, const char *text)
{
	size_t n = 0;

	for (const char *p = page; (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

/* Whatever stands in a log, the page's markup is ours. */
static void check_page(const char *page, size_t n, const struct events *e)
{
	size_t shown = 0;

	for (size_t i = 0; i < e->n; i++)
		shown += event_is_shown(&e->item[i]);
	FUZZ_CHECK(strlen(page) == n && strcmp(page + n - strlen("</html>\n"), "</html>\n") == 0);
	for (size_t i = 0; i < n; i++)
		FUZZ_CHECK((page[i] >= ' ' && page[i] <= '~') || page[i] == '\n' || page[i] == '\t');
	FUZZ_CHECK(count(page, "<details") == shown && count(page, "</details>") == shown);
	FUZZ_CHECK(count(page, "<table>") == shown && count(page, "</table>") == shown);
	FUZZ_CHECK(count(page, "<pre>") == count(page, "</pre>") && count(page, "<tr") == count(page, "</tr>"));
	FUZZ_CHECK(count(page, "<script") == 0 && count(page, "<img") == 0 && count(page, "<html") == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t form = size != 0 ? data[0] & 3 : 0;
	struct span octets = span_sub(span_of(data, size), 1, size);
	char *logs[] = { (char[]){ "fuzz.jsonl" }, NULL }, *page = NULL;
	FILE *nowhere = fopen("/dev/null", "we");
	struct events e = { 0 };
	size_t n = 0;

	FUZZ_CHECK(nowhere != NULL);
	read_events(&e, form, octets, nowhere);
	/* Both ends tell of one message, and HTTP comes back as it was. */
	if (form != 0)
		FUZZ_CHECK(e.n >= 2 && e.item[0].message != NULL && e.item[0].message->peer != NULL);
	if (form == 1 || form == 2)
		FUZZ_CHECK(span_eq(span_of(e.item[0].message->octets, e.item[0].message->n), octets));
	FILE *out = open_memstream(&page, &n);
	FUZZ_CHECK(out != NULL);
	page_write(out, &e, logs);
	fclose(out);
	check_page(page, n, &e);
	free(page);
	events_free(&e);
	fclose(nowhere);
	return 0;
}
