/* SPDX-License-Identifier: Apache-2.0 */
#include "import.h"

#include <errno.h>
#include <stdlib.h>
#include <yaml.h>

enum { WORDS_MAX = 256, KEY_MAX = 64, DEPTH_MAX = 16, SQN_DIGITS = 2 * AKA_SQN_LEN };

struct place {
	size_t line, column; /* from 1 */
};

/* A value with its path in the entry, "security.k". */
struct word {
	char key[KEY_MAX];
	char *text;
	bool plain; /* without quotes: null is nothing then */
	struct place key_at, at;
};

struct entry {
	struct word word[WORDS_MAX];
	size_t n;
	struct place at;
};

/* A file on its way in. */
struct import {
	const char *name;
	const struct import_options *options;
	const struct import_sink *sink;
	yaml_parser_t parser;
	yaml_event_t event; /* the last one; its values are looked at until the next */
	size_t depth;
	struct entry entry;
	int error;
	char *why;
};

static bool fail_at(struct import *im, int error, struct place at, const char *key, const char *what)
{
	if (im->error == 0)
		snprintf(im->why, IMPORT_WHY_MAX, "%s:%zu:%zu: %s%s%s", im->name, at.line, at.column, key,
			 key[0] != '\0' ? ": " : "", what);
	if (im->error == 0)
		im->error = error;
	return false;
}

static struct place place_of(yaml_mark_t mark)
{
	return (struct place){ mark.line + 1, mark.column + 1 };
}

static bool fail_here(struct import *im, const char *what)
{
	return fail_at(im, -EINVAL, place_of(im->event.start_mark), "", what);
}

/* A scalar may be a key, and libyaml leaves it in memory. */
static void forget_event(struct import *im)
{
	if (im->event.type == YAML_SCALAR_EVENT)
		secret_wipe(im->event.data.scalar.value, im->event.data.scalar.length);
	yaml_event_delete(&im->event);
	memset(&im->event, 0, sizeof im->event);
}

static bool next_event(struct import *im)
{
	forget_event(im);
	if (yaml_parser_parse(&im->parser, &im->event))
		return true;
	const char *problem = im->parser.problem != NULL ? im->parser.problem : "no memory, or it cannot be read";
	return fail_at(im, im->parser.error == YAML_MEMORY_ERROR ? -ENOMEM : -EINVAL,
		       place_of(im->parser.error == YAML_READER_ERROR ? im->parser.mark : im->parser.problem_mark), "",
		       problem);
}

static void forget_entry(struct entry *e)
{
	for (size_t i = 0; i < e->n; i++) {
		secret_wipe(e->word[i].text, strlen(e->word[i].text));
		free(e->word[i].text);
	}
	e->n = 0;
}

/* The word whose path is `key`; NULL when there is none, or when it is null. */
static struct word *find_word(struct entry *e, const char *key)
{
	for (size_t i = 0; i < e->n; i++) {
		struct word *w = &e->word[i];
		bool null =
			w->plain && (w->text[0] == '\0' || strcmp(w->text, "~") == 0 || strcmp(w->text, "null") == 0);

		if (strcmp(w->key, key) == 0)
			return null ? NULL : w;
	}
	return NULL;
}

/* What an entry says in one of the formats, in our words. */
struct meaning {
	struct raw_subscriber raw;
	struct raw_tuak tuak;
	char mnc_length[2], sqn[SQN_DIGITS + 1];
};

/* A key of a format, and the word of ours that its value is. */
struct column {
	const char *theirs, *ours;
	size_t at; /* in struct meaning */
};

#define OWN(key)                                                                                                       \
	{                                                                                                              \
#key, #key, offsetof(struct meaning, raw.key)                                                          \
	}
#define OWN_TUAK(key)                                                                                                  \
	{                                                                                                              \
		"tuak." #key, "tuak." #key, offsetof(struct meaning, tuak.key)                                         \
	}
#define THEIR(key, ours)                                                                                               \
	{                                                                                                              \
		key, #ours, offsetof(struct meaning, raw.ours)                                                         \
	}

static const struct column own_columns[] = {
	OWN(imsi),
	OWN(mnc_length),
	OWN(count),
	OWN(algorithm),
	OWN(k),
	OWN(k_step),
	OWN(opc),
	OWN(op),
	OWN(topc),
	OWN(sqn),
	OWN(amf),
	OWN(gba_u),
	OWN(mbms),
	OWN_TUAK(res_length),
	OWN_TUAK(keccak_iterations),
	{ NULL, NULL, 0 },
};

static const struct column open5gs_columns[] = {
	OWN(imsi),
	OWN(mnc_length), /* not of theirs, but a place to say it */
	THEIR("security.k", k),
	THEIR("security.opc", opc),
	THEIR("security.op", op),
	THEIR("security.amf", amf),
	THEIR("security.sqn", sqn),
	{ NULL, NULL, 0 },
};

static const struct column ueransim_columns[] = {
	THEIR("supi", imsi), THEIR("mnc", mnc_length), THEIR("key", k),	  THEIR("op", opc),
	THEIR("op", op),     THEIR("amf", amf),	       { NULL, NULL, 0 },
};

struct format;
/* What a table of columns cannot say. False after a complaint. */
typedef bool mend_fn(struct import *im, struct meaning *m);

struct format {
	const char *mark; /* the key that gives it away, or the beginning of one */
	const struct column *column;
	mend_fn *mend;
	bool strict; /* another key is a mistake */
};

static bool fail_word(struct import *im, const char *key, const char *what)
{
	const struct word *w = find_word(&im->entry, key);

	return fail_at(im, -EINVAL, w != NULL ? w->at : im->entry.at, key, what);
}

static void drop_blanks(char *text)
{
	char *to = text;

	if (text == NULL)
		return;
	for (const char *from = text; *from != '\0'; from++)
		if (*from != ' ')
			*to++ = *from;
	*to = '\0';
}

/* A fresh USIM of UERANSIM begins with SQN 0; who does not say where MBMS keys are has them where Ks is. */
static void mend_both(const struct import *im, struct meaning *m)
{
	static const char no_sqn[] = "000000000000";

	m->raw.gba_u = (char *)(uintptr_t)(im->options->gba_u ? "true" : "false");
	if (m->raw.sqn == NULL) {
		memcpy(m->sqn, no_sqn, sizeof no_sqn);
		m->raw.sqn = m->sqn;
	}
}

static bool mend_open5gs(struct import *im, struct meaning *m)
{
	if (m->raw.sqn != NULL) {
		size_t n = strspn(m->raw.sqn, "0123456789");
		unsigned long long v = n == 0 || n > 15 ? 0 : strtoull(m->raw.sqn, NULL, 10);

		if (n == 0 || n > 15 || m->raw.sqn[n] != '\0' || v >> (8 * AKA_SQN_LEN) != 0)
			return fail_word(im, "security.sqn",
					 "expected a decimal number of 48 bits, got something else");
		snprintf(m->sqn, sizeof m->sqn, "%012llx", v);
		m->raw.sqn = m->sqn;
	}
	if (m->raw.mnc_length == NULL) {
		snprintf(m->mnc_length, sizeof m->mnc_length, "%u", im->options->mnc_length % 10);
		m->raw.mnc_length = m->mnc_length;
	}
	drop_blanks(m->raw.k);
	drop_blanks(m->raw.opc);
	drop_blanks(m->raw.op);
	mend_both(im, m);
	return true;
}

/* The IMSI begins with MCC and MNC. */
static bool mend_plmn(struct import *im, struct meaning *m)
{
	const struct word *mcc = find_word(&im->entry, "mcc");
	const char *mnc = m->raw.mnc_length;

	if (mcc == NULL || strlen(mcc->text) != 3 || strncmp(m->raw.imsi, mcc->text, 3) != 0)
		return fail_word(im, "mcc", "expected the first 3 digits of supi, got something else");
	if (mnc == NULL || (strlen(mnc) != 2 && strlen(mnc) != 3) || strncmp(m->raw.imsi + 3, mnc, strlen(mnc)) != 0)
		return fail_word(im, "mnc", "expected the 2 or 3 digits of supi behind mcc, got something else");
	snprintf(m->mnc_length, sizeof m->mnc_length, "%zu", strlen(mnc) % 10);
	m->raw.mnc_length = m->mnc_length;
	return true;
}

static bool mend_ueransim(struct import *im, struct meaning *m)
{
	static const char scheme[] = "imsi-";
	const struct word *type = find_word(&im->entry, "opType");

	if (strncmp(m->raw.imsi, scheme, strlen(scheme)) != 0)
		return fail_word(im, "supi", "expected imsi- and digits, got something else");
	m->raw.imsi += strlen(scheme);
	if (!mend_plmn(im, m))
		return false;
	if (type == NULL || (strcmp(type->text, "OP") != 0 && strcmp(type->text, "OPC") != 0))
		return fail_word(im, "opType", "expected OP or OPC, got something else");
	*(strcmp(type->text, "OP") == 0 ? &m->raw.opc : &m->raw.op) = NULL;
	mend_both(im, m);
	return true;
}

static bool mend_own(struct import *im, struct meaning *m)
{
	(void)im;
	if (m->tuak.res_length != NULL || m->tuak.keccak_iterations != NULL)
		m->raw.tuak = &m->tuak;
	return true;
}

/* The first one whose mark is there. */
static const struct format formats[] = {
	{ "supi", ueransim_columns, mend_ueransim, false },
	{ "security.", open5gs_columns, mend_open5gs, false },
	{ "imsi", own_columns, mend_own, true },
};

static const struct format *format_of(const struct entry *e)
{
	for (size_t i = 0; i < VU_COUNT(formats); i++)
		for (size_t j = 0; j < e->n; j++)
			if (strncmp(e->word[j].key, formats[i].mark, strlen(formats[i].mark)) == 0)
				return &formats[i];
	return NULL;
}

static const struct column *column_of(const struct format *f, const char *theirs)
{
	for (const struct column *c = f->column; c->theirs != NULL; c++)
		if (strcmp(c->theirs, theirs) == 0)
			return c;
	return NULL;
}

static bool fill(struct import *im, const struct format *f, struct meaning *m)
{
	for (size_t i = 0; f->strict && i < im->entry.n; i++)
		if (column_of(f, im->entry.word[i].key) == NULL)
			return fail_at(im, -EINVAL, im->entry.word[i].key_at, im->entry.word[i].key,
				       "unknown key (expected one that `vuicc-testnet config` shows)");
	for (const struct column *c = f->column; c->theirs != NULL; c++) {
		const struct word *w = find_word(&im->entry, c->theirs);
		char *text = w != NULL ? w->text : NULL;

		memcpy((uint8_t *)m + c->at, &text, sizeof text);
	}
	return true;
}

struct complaint {
	struct import *im;
	const struct format *format;
};

static void complain_about(void *ctx, const char *key, const char *what)
{
	const struct complaint *c = ctx;
	const struct column *at = c->format->column;

	while (at->theirs != NULL && strcmp(at->ours, key) != 0)
		at++;
	(void)fail_word(c->im, at->theirs != NULL ? at->theirs : key, what);
}

/* The entry is whole. */
static bool take_entry(struct import *im)
{
	struct subscriber_range range _secret_subscriber_range_;
	const struct format *f = format_of(&im->entry);
	struct meaning m = { .raw = { .imsi = NULL } };
	char what[SUBSCRIBER_WHY_MAX] = "";

	if (f == NULL)
		return fail_at(im, -EINVAL, im->entry.at, "",
			       "expected a subscriber (imsi, imsi and security, or supi), got none");
	struct complaint c = { im, f };
	if (!fill(im, f, &m) ||
	    (m.raw.imsi == NULL && !fail_word(im, f->column->theirs, "expected it here, got none")) ||
	    !f->mend(im, &m) || !subscriber_read(&range, &m.raw, &(struct complain){ complain_about, &c }))
		return false;
	int error = im->sink->take(im->sink->ctx, &range, what);
	const struct word *imsi = find_word(&im->entry, f->column->theirs);
	return error == 0 || fail_at(im, error, imsi != NULL ? imsi->at : im->entry.at, f->column->theirs, what);
}

static bool join_key(char ret[static KEY_MAX], const char *path, const yaml_event_t *scalar)
{
	int n = snprintf(ret, KEY_MAX, "%s%s%s", path, path[0] != '\0' ? "." : "",
			 (const char *)scalar->data.scalar.value);

	return n > 0 && n < KEY_MAX;
}

static bool keep_word(struct import *im, const char *key, struct place key_at)
{
	struct entry *e = &im->entry;
	struct word *w = &e->word[e->n];

	if (e->n == WORDS_MAX)
		return fail_here(im, "too many keys in one entry");
	if (strlen((const char *)im->event.data.scalar.value) != im->event.data.scalar.length)
		return fail_at(im, -EINVAL, place_of(im->event.start_mark), key, "a NUL in it");
	for (size_t i = 0; i < e->n; i++)
		if (strcmp(e->word[i].key, key) == 0)
			return fail_at(im, -EINVAL, key_at, key, "the same key again");
	*w = (struct word){ .text = strdup((const char *)im->event.data.scalar.value),
			    .plain = im->event.data.scalar.plain_implicit != 0,
			    .key_at = key_at,
			    .at = place_of(im->event.start_mark) };
	if (w->text == NULL)
		return fail_at(im, -ENOMEM, w->at, key, "no memory");
	memcpy(w->key, key, sizeof w->key);
	e->n++;
	return true;
}

static bool skip(struct import *im);

/* Over what is inside a list or mapping that has just begun. */
static bool skip_inside(struct import *im, yaml_event_type_t end)
{
	if (++im->depth > DEPTH_MAX)
		return fail_here(im, "too deep");
	while (next_event(im)) {
		if (im->event.type == end) {
			im->depth--;
			return true;
		}
		if (!skip(im))
			return false;
	}
	return false;
}

/* Over the value that has just begun. */
static bool skip(struct import *im)
{
	if (im->event.type == YAML_MAPPING_START_EVENT)
		return skip_inside(im, YAML_MAPPING_END_EVENT);
	if (im->event.type == YAML_SEQUENCE_START_EVENT)
		return skip_inside(im, YAML_SEQUENCE_END_EVENT);
	return true;
}

static bool read_list(struct import *im);

/* A mapping that has just begun: its words, and those of mappings in it. root: it may have the list of subscribers. */
static bool read_mapping(struct import *im, const char *path, bool root, bool *ret_list)
{
	if (++im->depth > DEPTH_MAX)
		return fail_here(im, "too deep");
	while (next_event(im) && im->event.type != YAML_MAPPING_END_EVENT) {
		struct place key_at = place_of(im->event.start_mark);
		char key[KEY_MAX];

		if (im->event.type != YAML_SCALAR_EVENT || !join_key(key, path, &im->event))
			return fail_here(im, "expected a short word as key, got something else");
		if (!next_event(im))
			return false;
		if (im->event.type == YAML_ALIAS_EVENT)
			return fail_at(im, -EINVAL, key_at, key,
				       "expected a value, got an alias, which is not followed");
		bool list = root && im->event.type == YAML_SEQUENCE_START_EVENT && strcmp(key, "subscribers") == 0;
		if (list)
			*ret_list = true;
		bool ok = list					       ? read_list(im)
			  : im->event.type == YAML_SCALAR_EVENT	       ? keep_word(im, key, key_at)
			  : im->event.type == YAML_MAPPING_START_EVENT ? read_mapping(im, key, false, ret_list)
								       : skip(im);
		if (!ok)
			return false;
	}
	im->depth--;
	return im->error == 0;
}

/* A mapping that has just begun: an entry, or at the root what has the list. */
static bool read_entry(struct import *im, bool root)
{
	bool list = false;

	if (im->event.type != YAML_MAPPING_START_EVENT)
		return fail_here(im, "expected a mapping, got something else");
	forget_entry(&im->entry);
	im->entry.at = place_of(im->event.start_mark);
	return read_mapping(im, "", root, &list) && (list || take_entry(im));
}

static bool read_list(struct import *im)
{
	while (next_event(im) && im->event.type != YAML_SEQUENCE_END_EVENT) {
		if (im->event.type == YAML_ALIAS_EVENT)
			return fail_here(im, "expected a mapping, got an alias, which is not followed");
		if (!read_entry(im, false))
			return false;
	}
	return im->error == 0;
}

static bool read_stream(struct import *im)
{
	size_t documents = 0;

	while (next_event(im) && im->event.type != YAML_STREAM_END_EVENT) {
		if (im->event.type != YAML_DOCUMENT_START_EVENT)
			continue;
		documents++;
		if (!next_event(im) ||
		    !(im->event.type == YAML_SEQUENCE_START_EVENT ? read_list(im) : read_entry(im, true)))
			return false;
	}
	return im->error == 0 && (documents != 0 || fail_here(im, "expected subscribers, got nothing"));
}

int import_read(FILE *in, const char *name, const struct import_options *options, const struct import_sink *sink,
		char why[static IMPORT_WHY_MAX])
{
	struct import *im = calloc(1, sizeof *im);

	if (im == NULL || !yaml_parser_initialize(&im->parser)) {
		snprintf(why, IMPORT_WHY_MAX, "%s: no memory", name);
		free(im);
		return -ENOMEM;
	}
	im->name = name;
	im->options = options;
	im->sink = sink;
	im->why = why;
	yaml_parser_set_input_file(&im->parser, in);
	(void)read_stream(im);
	int error = im->error;
	forget_event(im);
	forget_entry(&im->entry);
	yaml_parser_delete(&im->parser);
	free(im);
	return error;
}
