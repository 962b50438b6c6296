/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include "../../card/crypto/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	FILE_MAX = 4 * 1024 * 1024,
	PATH_TEXT_MAX = 4096,
	PATIENCE_US = 30 * 1000 * 1000, /* with another program */
	HELD_MAX_US = 500 * 1000, /* of time with the card, before others get PAUSE_MS */
	PAUSE_MS = 150,
};

uint64_t session_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static uint64_t now_us(void *ctx)
{
	(void)ctx;
	return session_now_us();
}

static int transmit(void *ctx, struct span capdu, bool raw, struct wr *rapdu)
{
	struct session *s = ctx;
	uint8_t answer[RAPDU_MAX];
	struct capdu c;
	size_t n = 0;
	sw_t sw = 0;
	int rc;

	if (raw) {
		rc = s->card->ops->transmit(s->card, capdu.p, capdu.n, answer, &n);
		if (rc == 0)
			wr_bytes(rapdu, answer, n);
		secret_wipe(answer, sizeof answer);
		return rc;
	}
	if (!capdu_parse(&c, capdu))
		return -EINVAL;
	rc = card_if_command(s->card, &c, rapdu, &sw);
	if (rc == 0)
		wr_u16(rapdu, sw);
	return rc;
}

static int reset(void *ctx)
{
	struct session *s = ctx;

	return s->card->ops->reset(s->card);
}

static void pause_for_ms(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

static bool any_card(struct card_if *c)
{
	(void)c;
	return true;
}

/* Begins, or connects: until another program has given the card free, or for so long that it seems to keep it. */
static int patiently(struct session *s, bool connecting)
{
	uint64_t end = session_now_us() + PATIENCE_US;
	bool told = false;
	int rc;

	for (;;) {
		rc = connecting ? s->card->ops->connect(s->card, any_card) : s->card->ops->begin(s->card);
		if (rc != -EBUSY || session_now_us() >= end)
			return rc;
		if (!told)
			fprintf(stderr, "vuicc-apdu: waiting up to %d s for another program: %s\n",
				PATIENCE_US / 1000000, s->card->why);
		told = true;
		pause_for_ms(PAUSE_MS);
	}
}

int session_connect(struct session *s)
{
	return patiently(s, true);
}

static int hold(void *ctx)
{
	struct session *s = ctx;
	int rc = patiently(s, false);

	s->held_since = session_now_us();
	return rc;
}

/*
 * libpcsclite asks every 100 ms whether the card is free: whoever gives it free for an instant only keeps it from
 * everybody.
 */
static void release(void *ctx)
{
	struct session *s = ctx;

	s->card->ops->end(s->card);
	s->held_us += session_now_us() - s->held_since;
	if (!s->shared || s->held_us < HELD_MAX_US)
		return;
	s->held_us = 0;
	pause_for_ms(PAUSE_MS);
}

static const char *why(void *ctx)
{
	return ((struct session *)ctx)->card->why;
}

static const char *read_all(struct session_file *f, FILE *in)
{
	static const uint8_t mark[] = { 0xEF, 0xBB, 0xBF }; /* some editors put it in front of UTF-8 */

	f->text = malloc(FILE_MAX + 1);
	if (f->text == NULL)
		return "no memory";
	f->n = fread(f->text, 1, FILE_MAX + 1, in);
	if (f->n >= sizeof mark && memcmp(f->text, mark, sizeof mark) == 0)
		memset(f->text, ' ', sizeof mark);
	if (ferror(in) != 0)
		return strerror(errno);
	return f->n > FILE_MAX ? "a script of at most 4 MB is expected" : NULL;
}

const char *session_load(struct session *s, const char *name, struct span *ret_text)
{
	struct session_file *f = &s->file[s->n_files];

	for (size_t i = 0; i < s->n_files; i++)
		if (strcmp(s->file[i].name, name) == 0) {
			*ret_text = span_of(s->file[i].text, s->file[i].n);
			return NULL;
		}
	if (s->n_files >= SESSION_FILES_MAX)
		return "too many files";
	FILE *in = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	if (in == NULL) {
		snprintf(s->why, sizeof s->why, "%s: %s", name, strerror(errno));
		return s->why;
	}
	*f = (struct session_file){ .name = strdup(name) };
	const char *reason = f->name == NULL ? "no memory" : read_all(f, in);
	if (in != stdin)
		fclose(in);
	if (reason == NULL) {
		uint8_t *fit = realloc(f->text, f->n + 1);
		f->text = fit != NULL ? fit : f->text;
		*ret_text = span_of(f->text, f->n);
		s->n_files++;
		return NULL;
	}
	snprintf(s->why, sizeof s->why, "%s: %s", name, reason);
	free(f->text);
	free(f->name);
	*f = (struct session_file){ 0 };
	return s->why;
}

/* A name is relative to the folder of the file that includes it. */
static const char *load(void *ctx, const char *from, struct span name, const char **ret_name, struct span *ret_text)
{
	struct session *s = ctx;
	char path[PATH_TEXT_MAX];
	const char *slash = strrchr(from, '/');
	struct wr w = WR(path);

	if (slash != NULL && name.n != 0 && *name.p != '/')
		wr_bytes(&w, from, (size_t)(slash - from) + 1);
	wr_span(&w, name);
	if (!wr_cstr(&w))
		return "a shorter name of a file is expected";
	const char *reason = session_load(s, path, ret_text);
	for (size_t i = 0; reason == NULL && i < s->n_files; i++)
		if (strcmp(s->file[i].name, path) == 0)
			*ret_name = s->file[i].name;
	return reason;
}

static void event(void *ctx, const struct run_event *e)
{
	const struct session *s = ctx;

	s->event(s->event_ctx, e);
}

void session_ops(struct session *s, struct run_ops *ret)
{
	*ret = (struct run_ops){
		.transmit = transmit,
		.reset = reset,
		.hold = hold,
		.release = release,
		.why = why,
		.load = load,
		.now_us = now_us,
		.event = event,
		.ctx = s,
	};
}

void session_wipe(struct session *s)
{
	for (size_t i = 0; i < s->n_files; i++) {
		secret_wipe(s->file[i].text, s->file[i].n);
		free(s->file[i].text);
		free(s->file[i].name);
	}
	s->n_files = 0;
}
