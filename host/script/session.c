/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include "../../card/crypto/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FILE_MAX = 4 * 1024 * 1024, PATH_TEXT_MAX = 4096 };

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

static const char *why(void *ctx)
{
	return ((struct session *)ctx)->card->why;
}

static const char *read_all(struct session_file *f, FILE *in)
{
	f->text = malloc(FILE_MAX + 1);
	if (f->text == NULL)
		return "no memory";
	f->n = fread(f->text, 1, FILE_MAX + 1, in);
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
