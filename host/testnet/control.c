/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

/* The option, when it is the last argument. */
static bool has_option(char *const *args, size_t n, const char *option)
{
	return n != 0 && strcmp(args[n - 1], option) == 0;
}

static const char unknown_option[] = "unknown option (see --help)";

static bool run_push(struct bmsc *b, char *const *args, size_t n, const struct outbox *outbox, const struct log *out,
		     int64_t now, const char **ret_why)
{
	bool no_ack = has_option(args, n, "--no-ack");

	(void)out;
	*ret_why = unknown_option;
	return (n == 2 || no_ack) && bmsc_push(b, args[0], args[1], !no_ack, outbox, now, ret_why);
}

static bool run_pull(struct bmsc *b, char *const *args, size_t n, const struct outbox *outbox, const struct log *out,
		     int64_t now, const char **ret_why)
{
	(void)n;
	(void)out;
	return bmsc_pull(b, args[0], args[1], outbox, now, ret_why);
}

static bool run_mtk(struct bmsc *b, char *const *args, size_t n, const struct outbox *outbox, const struct log *out,
		    int64_t now, const char **ret_why)
{
	bool download = has_option(args, n, "--download");

	(void)out;
	*ret_why = unknown_option;
	return (n == 1 || download) && bmsc_mtk(b, args[0], download, outbox, now, ret_why);
}

static bool run_expire(struct bmsc *b, char *const *args, size_t n, const struct outbox *outbox, const struct log *out,
		       int64_t now, const char **ret_why)
{
	(void)n;
	(void)outbox;
	(void)out;
	return bmsc_expire(b, args[0], now, ret_why);
}

static bool run_list(struct bmsc *b, char *const *args, size_t n, const struct outbox *outbox, const struct log *out,
		     int64_t now, const char **ret_why)
{
	struct log to = *out;

	(void)outbox;
	to.json = has_option(args, n, "--json");
	*ret_why = unknown_option;
	if (n == 0 || to.json)
		bmsc_list(b, &to, now);
	return n == 0 || to.json;
}

const struct control_command control_commands[] = {
	{ "push", "UE SERVICE|DOMAIN:GROUP [--no-ack]", "send the UE a new MSK, Key Number + 1", 2, 3, run_push },
	{ "pull", "UE SERVICE|DOMAIN:GROUP", "send the UE a solicited pull under the last MUK known", 2, 2, run_pull },
	{ "mtk", "SERVICE|DOMAIN:GROUP [--download]", "send the next MTK to the group's UEs", 1, 2, run_mtk },
	{ "expire", "UE", "the life of the UE's MUK is over", 1, 1, run_expire },
	{ "list", "[--json]", "show UEs and Key Groups", 0, 1, run_list },
};
const size_t control_commands_count = VU_COUNT(control_commands);

const struct control_command *control_find(const char *name)
{
	for (size_t i = 0; i < control_commands_count; i++)
		if (strcmp(control_commands[i].name, name) == 0)
			return &control_commands[i];
	return NULL;
}

/* Cuts the line into words; how many, or one more than there is room for. */
static size_t split(char *line, char **words, size_t max)
{
	size_t n = 0;
	char *rest = NULL;

	for (char *word = strtok_r(line, " \t\r", &rest); word != NULL; word = strtok_r(NULL, " \t\r", &rest)) {
		if (n == max)
			return max + 1;
		words[n++] = word;
	}
	return n;
}

static bool run(struct bmsc *b, char *line, const struct outbox *outbox, const struct log *out, int64_t now,
		const char **ret_why)
{
	char *words[1 + CONTROL_ARGS_MAX];
	size_t n = split(line, words, VU_COUNT(words));
	const struct control_command *c = n == 0 ? NULL : control_find(words[0]);

	*ret_why = "unknown command (expected push, pull, mtk, expire or list)";
	if (c == NULL)
		return false;
	*ret_why = "a wrong number of arguments";
	if (n - 1 < c->least || n - 1 > c->most)
		return false;
	return c->run(b, words + 1, n - 1, outbox, out, now, ret_why);
}

void control_run(struct bmsc *b, struct span line, const struct outbox *outbox,
		 void (*put)(void *ctx, struct span line), void *ctx, int64_t now)
{
	struct log out = { put, ctx, false };
	char text[CONTROL_LINE_MAX + 1], answer[CONTROL_LINE_MAX];
	struct wr w = WR(text), said = WR(answer);
	const char *why = "a line that is too long or has a NUL in it";

	wr_span(&w, line);
	bool usable = wr_cstr(&w) && (line.n == 0 || memchr(line.p, 0, line.n) == NULL);
	if (usable && run(b, text, outbox, &out, now, &why)) {
		wr_str(&said, CONTROL_OK);
	} else {
		wr_str(&said, CONTROL_ERROR);
		wr_str(&said, why);
		wr_str(&said, "\n");
	}
	put(ctx, wr_done(&said));
}
