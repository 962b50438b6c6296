/* SPDX-License-Identifier: Apache-2.0 */
#include "fields.h"

#include <stdlib.h>
#include <string.h>

#include "../../apdu/hex.h"
#include "../../apdu/sw.h"
#include "../capture/mask.h"
#include "html.h"
#include "http_fields.h"
#include "message.h"
#include "mikey_fields.h"
#include "rows.h"

/* What members mean. */
static const struct {
	const char *member, *meaning;
	bool is_id; /* stands beside the arrow, too */
} members[] = {
	{ "service", "MBMS user service", true },
	{ "key_domain", "Key Domain ID: mobile country and network code", true },
	{ "msk_id", "MSK ID", true },
	{ "mtk_id", "MTK ID", true },
	{ "ts", "counter of the MIKEY message", true },
	{ "code", "status of the item, as in HTTP", true },
	{ "status", "status of the HTTP answer", true },
	{ "sw", "status word", true },
	{ "tag", "tag of the MTK: four octets of its SHA-256", true },
	{ "mtk_tag", "tag of the MTK: four octets of its SHA-256", true },
	{ "msk_tag", "tag of the MSK: four octets of its SHA-256", true },
	{ "muk_tag", "tag of the MUK: four octets of its SHA-256", true },
	{ "mrk_tag", "tag of the MRK: four octets of its SHA-256", false },
	{ "ks_tag", "tag of Ks: four octets of its SHA-256", true },
	{ "btid", "Bootstrapping Transaction Identifier", true },
	{ "ue", "user: IMPI", true },
	{ "impi", "user: IMPI", false },
	{ "iccid", "number of the UICC", true },
	{ "name", "how the network misbehaves", false },
	{ "reason", "why", false },
	{ "cause", "why, for programs", false },
	{ "lifetime", "of the bootstrapping", false },
	{ "v", "whether the BM-SC wants a verification message", false },
	{ "gba_u", "whether AUTN* was sent: keys stay on the UICC", false },
	{ "rand", "RAND of the authentication vector", false },
	{ "interface", "reference point", false },
	{ "side", "who tells it", false },
	{ "way", "which way it went, as that one sees it", false },
	{ "number", "messages of that log so far", false },
	{ "part", "of the message that this event is; all of them are below", false },
	{ "from", "where it came from", false },
	{ "to", "where it went", false },
	{ "peer", "address of the UE", false },
	{ "ues", "how many UEs", false },
	{ "cut", "the event was longer than a line of a log", false },
	{ "sw_text", "name of the status word", false },
	{ "command", "command APDU; ** is withheld", false },
	{ "answer", "data of the answer; ** is withheld", false },
};

/* Octets of two digits, or ** where one is withheld. 0: something else, or too many. */
static size_t octets_of(const char *text, uint8_t *out, size_t max)
{
	struct wr w = wr_of(out, max);

	for (size_t i = 0; text != NULL && text[i] != '\0' && !w.bad; i += 2) {
		if (text[i] == '*' && text[i + 1] == '*')
			wr_u8(&w, MASK);
		else if (text[i + 1] == '\0' || !hex_parse(&w, span_of(text + i, 2)))
			return 0;
	}
	return w.bad ? 0 : w.n;
}

bool fields_apdu(struct apdu_fields *ret, const struct event *e, struct apdu_before *before)
{
	struct wr answer = WR(ret->answer);
	uint8_t data[RAPDU_MAX];

	_Static_assert((int)FIELDS_NAME_MAX >= (int)APDU_FIELDS_NAME_MAX, "the name of a command has room");
	if (e->source != SOURCE_ME || strcmp(e->name, "apdu") != 0)
		return false;
	ret->n_command = octets_of(event_text(e, "command"), ret->command, sizeof ret->command);
	if (ret->n_command == 0)
		return false;
	const char *sw = event_text(e, "sw");
	wr_bytes(&answer, data, octets_of(event_text(e, "answer"), data, sizeof data));
	wr_bytes(&answer, data, octets_of(sw, data, sizeof(sw_t)));
	ret->n_answer = answer.bad ? 0 : answer.n;
	apdu_fields_follow(ret, before);
	return true;
}

void fields_ids(FILE *out, const struct event *e)
{
	for (size_t i = 0; i < VU_COUNT(members); i++) {
		const json_t *value = json_object_get(e->members, members[i].member);

		if (!members[i].is_id || value == NULL)
			continue;
		fprintf(out, " <span class=\"id\">%s=", members[i].member);
		html_json(out, value);
		fputs("</span>", out);
	}
}

static const char *meaning_of(const char *member)
{
	for (size_t i = 0; i < VU_COUNT(members); i++)
		if (strcmp(members[i].member, member) == 0)
			return members[i].meaning;
	return "";
}

/* TS 33.246 clause 6.3.2.1: an MSK ID is Key Group part and Key Number part. */
static void put_parts(FILE *out, const char *member, const json_t *value)
{
	const char *text = json_string_value(value);

	if (text == NULL || strcmp(member, "msk_id") != 0 || strlen(text) != 8)
		return;
	fputs(": Key Group ", out);
	for (size_t i = 0; i < 8; i++) {
		const char digit[2] = { text[i] };
		if (i == 4)
			fputs(", Key Number ", out);
		html_text(out, digit);
	}
	if (strcmp(text + 4, "0000") == 0)
		fputs(" (the current one)", out);
}

/* Which octets a message's text stands for; *room is the caller's to free. */
static struct span octets_of_message(const struct message *m, uint8_t **room)
{
	struct span text = span_of(m->octets, m->n);
	struct rd r = rd_of(text);

	*room = NULL;
	if (m->interface != MESSAGE_MIKEY)
		return text;
	*room = malloc(m->n / 2 + 1);
	struct wr w = wr_of(*room, *room != NULL ? m->n / 2 : 0);
	while (r.n > 1) {
		struct span digits = rd_take(&r, 2);

		if (span_eq(digits, span_str("**")))
			wr_u8(&w, MASK);
		else if (!hex_parse(&w, digits))
			return (struct span){ 0 };
	}
	return wr_done(&w);
}

static bool name_message(char name[static FIELDS_NAME_MAX], const struct message *m)
{
	uint8_t *room;
	struct span octets = octets_of_message(m, &room);
	bool good = true;

	_Static_assert((int)FIELDS_NAME_MAX >= (int)HTTP_FIELDS_NAME_MAX, "the name of a request has room");
	_Static_assert((int)FIELDS_NAME_MAX >= (int)MIKEY_FIELDS_NAME_MAX, "and so has that of a datagram");
	if (m->interface == MESSAGE_MIKEY)
		good = mikey_fields_name(name, octets);
	else
		http_fields_name(name, octets);
	free(room);
	return good;
}

int fields_message_status(const struct message *m)
{
	return m->interface == MESSAGE_MIKEY ? 0 : http_fields_status(span_of(m->octets, m->n));
}

bool fields_message_is_bad(const struct message *m)
{
	char name[FIELDS_NAME_MAX];

	if (m->interface == MESSAGE_MIKEY)
		return !name_message(name, m);
	return http_fields_refuses(span_of(m->octets, m->n));
}

void fields_message_name(char name[static FIELDS_NAME_MAX], const struct message *m)
{
	(void)name_message(name, m);
}
/* Of HTTP the ME has the octets that were on the wire, so they are shown where there are both. */
static void put_message(FILE *out, const struct message *m)
{
	const struct message *shown = m->peer != NULL && m->side == SOURCE_NETWORK ? m->peer : m;
	uint8_t *room;
	struct span octets = octets_of_message(shown, &room);

	if (m->peer != NULL) {
		rows_text(out, "received", span_str(m->peer->time), "by the other end's clock");
		fputs("<tr><th scope=\"row\">log of the other end</th><td colspan=\"2\">", out);
		html_text(out, m->peer->file);
		fprintf(out, ":%lu</td></tr>\n", m->peer->line);
	} else if (m->unseen) {
		rows_fault(out, "the other end does not tell of it");
	}
	if (m->interface == MESSAGE_MIKEY)
		mikey_fields(out, octets);
	else
		http_fields(out, octets);
	rows_section(out, "octets");
	rows_lines(out, m->interface == MESSAGE_MIKEY ? "hex" : "text", span_of(shown->octets, shown->n));
	free(room);
}

void fields_table(FILE *out, const struct event *e, const struct apdu_fields *apdu)
{
	const char *key;
	json_t *value;

	fputs("<table>\n", out);
	json_object_foreach(e->members, key, value)
	{
		/* Put together with the other parts they stand below. */
		if (e->message != NULL && (strcmp(key, "text") == 0 || strcmp(key, "hex") == 0))
			continue;
		fputs("<tr><th scope=\"row\">", out);
		html_text(out, key);
		fputs("</th><td>", out);
		html_json(out, value);
		fprintf(out, "</td><td>%s", meaning_of(key));
		put_parts(out, key, value);
		fputs("</td></tr>\n", out);
	}
	fputs("<tr><th scope=\"row\">log</th><td colspan=\"2\">", out);
	html_text(out, e->file);
	fprintf(out, ":%lu</td></tr>\n", e->line);
	if (apdu != NULL)
		apdu_fields(out, apdu);
	if (e->message != NULL)
		put_message(out, e->message);
	fputs("</table>\n", out);
}
