/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include <stdlib.h>

#include "../../apdu/hex.h"

/* Decimal digits and nothing else, up to most. *text goes behind them. */
static bool take_number(const char **text, uint32_t most, uint32_t *ret)
{
	char *end;
	size_t digits = strspn(*text, "0123456789");
	unsigned long value = digits == 0 || digits > 10 ? most + 1UL : strtoul(*text, &end, 10);

	*text += digits;
	*ret = (uint32_t)value;
	return value <= most;
}

static const char *option_value(const struct control *c, unsigned option)
{
	for (size_t i = 0; i < CONTROL_OPTIONS; i++)
		if (control_options[i].bit == option)
			return c->value[i];
	return NULL;
}

static bool has_ack(const struct control *c)
{
	return (c->options & CONTROL_NO_ACK) == 0;
}

/* L:U, MTK IDs in decimal. */
static bool take_interval(struct control *c, struct bmsc_push *push)
{
	const char *text = option_value(c, CONTROL_INTERVAL);
	uint32_t from, to;

	c->why = "--interval: expected L:U, two MTK IDs from 0 to 65535";
	if (!take_number(&text, UINT16_MAX, &from) || *text++ != ':' || !take_number(&text, UINT16_MAX, &to) ||
	    *text != '\0')
		return false;
	push->again = true;
	push->seq_l = (uint16_t)from;
	push->seq_u = (uint16_t)to;
	return true;
}

static bool run_push(struct control *c)
{
	struct bmsc_push push = { .v = has_ack(c) };

	if (option_value(c, CONTROL_INTERVAL) != NULL && !take_interval(c, &push))
		return false;
	return bmsc_push(c->net->bmsc, c->arg[0], c->arg[1], &push, c->net->outbox, c->now, &c->why);
}

static bool run_withdraw(struct control *c)
{
	return bmsc_withdraw(c->net->bmsc, c->arg[0], c->arg[1], has_ack(c), c->net->outbox, c->now, &c->why);
}

/* The number of an option, from 1; 0 when it is not given. */
static bool take_amount(struct control *c, unsigned option, uint32_t most, uint32_t *ret, const char *why)
{
	const char *text = option_value(c, option);

	*ret = 0;
	c->why = why;
	return text == NULL || (take_number(&text, most, ret) && *text == '\0' && *ret != 0);
}

static bool run_rekey(struct control *c)
{
	struct bmsc_pace pace;

	enum rekey_way way = has_ack(c) ? REKEY_ACK : REKEY_NO_ACK;

	if ((c->options & CONTROL_PULL) != 0 && way == REKEY_NO_ACK) {
		c->why = "--pull and --no-ack: a pull is never acknowledged";
		return false;
	}
	if ((c->options & CONTROL_PULL) != 0)
		way = REKEY_PULL;
	return take_amount(c, CONTROL_RATE, 1000000, &pace.per_second, "--rate: expected UEs a second, 1 to 1000000") &&
	       take_amount(c, CONTROL_SPREAD, 86400, &pace.spread, "--spread: expected seconds, 1 to 86400") &&
	       bmsc_rekey(c->net->bmsc, c->arg[0], way, &pace, c->net->outbox, c->now, &c->why);
}

static bool run_pull(struct control *c)
{
	return bmsc_pull(c->net->bmsc, c->arg[0], c->arg[1], (c->options & CONTROL_NEW) != 0, c->net->outbox, c->now,
			 &c->why);
}

static bool run_mtk(struct control *c)
{
	struct bmsc_mtk mtk = { .download = (c->options & CONTROL_DOWNLOAD) != 0 };
	const char *text = option_value(c, CONTROL_ROC);
	uint32_t roc;

	if (text != NULL) {
		c->why = "--roc: expected a roll-over counter, 0 to 4294967295";
		if (!take_number(&text, UINT32_MAX, &roc) || *text != '\0')
			return false;
		mtk.roc = &roc;
	}
	return bmsc_mtk(c->net->bmsc, c->arg[0], &mtk, c->net->outbox, c->now, &c->why);
}

static bool run_expire(struct control *c)
{
	return bmsc_expire(c->net->bmsc, c->arg[0], c->now, &c->why);
}

static bool run_revoke(struct control *c)
{
	return bmsc_revoke(c->net->bmsc, c->arg[0], c->arg[1], has_ack(c), c->net->outbox, c->now, &c->why);
}

static bool run_admit(struct control *c)
{
	return bmsc_admit(c->net->bmsc, c->arg[0], c->arg[1], c->now, &c->why);
}

static bool run_list(struct control *c)
{
	const struct bmsc_filter filter = { .ue = c->arg[0],
					    .group = option_value(c, CONTROL_KEYS),
					    .unverified = (c->options & CONTROL_UNVERIFIED) != 0 };

	c->answer->lists = bmsc_list_begin(c->net->bmsc, &c->answer->listing, &filter, &c->why);
	return c->answer->lists;
}

static bool run_fault(struct control *c)
{
	if (strcmp(c->arg[0], "off") != 0)
		return faults_add(c->net->faults, c->arg[0], &c->why);
	c->net->faults->n = 0;
	return true;
}

const struct control_option control_options[CONTROL_OPTIONS] = {
	{ "--no-ack", CONTROL_NO_ACK, false },
	{ "--download", CONTROL_DOWNLOAD, false },
	{ "--json", CONTROL_JSON, false },
	{ "--new", CONTROL_NEW, false },
	{ "--interval", CONTROL_INTERVAL, true },
	{ "--rate", CONTROL_RATE, true },
	{ "--spread", CONTROL_SPREAD, true },
	{ "--keys", CONTROL_KEYS, true },
	{ "--unverified", CONTROL_UNVERIFIED, false },
	{ "--pull", CONTROL_PULL, false },
	{ "--roc", CONTROL_ROC, true },
};

const struct control_command control_commands[] = {
	{ "push", "UE KEYS [--no-ack] [--interval=L:U]",
	  "send the UE a new MSK, Key Number + 1; or the current one again, with another interval of MTK IDs", 2, 2,
	  CONTROL_NO_ACK | CONTROL_INTERVAL, run_push, 2 },
	{ "withdraw", "UE KEYS [--no-ack]", "take the current MSK from the UE: SEQl above SEQu", 2, 2, CONTROL_NO_ACK,
	  run_withdraw, 2 },
	{ "rekey", "KEYS [--no-ack|--pull] [--rate=N] [--spread=S]",
	  "send all of the group's UEs a new MSK, N a second at most, within S seconds at random; a pull "
	  "where a MUK is over, or to all of them",
	  1, 1, CONTROL_NO_ACK | CONTROL_PULL | CONTROL_RATE | CONTROL_SPREAD, run_rekey, 1 },
	{ "pull", "UE KEYS [--new]",
	  "send the UE a solicited pull under the last MUK known; --new: there is a new MSK to ask for", 2, 2,
	  CONTROL_NEW, run_pull, 2 },
	{ "mtk", "KEYS [--download] [--roc=N]",
	  "send the next MTK to the group's UEs; N: the stream's roll-over counter from now on", 1, 1,
	  CONTROL_DOWNLOAD | CONTROL_ROC, run_mtk, 1 },
	{ "expire", "UE", "the life of the UE's MUK is over", 1, 1, 0, run_expire, 0 },
	{ "revoke", "UE [KEYS] [--no-ack]",
	  "the UE is a member of its services no more: its MSKs are taken away, what it asks for is not authorised", 1,
	  2, CONTROL_NO_ACK, run_revoke, 0 },
	{ "admit", "UE [KEYS]", "and again it may register", 1, 2, 0, run_admit, 0 },
	{ "fault", "NAME[:n]|off", "misbehave (n times) as `vuicc-testnet --faults` says; off: no more", 1, 1, 0,
	  run_fault, 0 },
	{ "list", "[UE] [--keys=KEYS] [--unverified]",
	  "show UEs and Key Groups: who has which MSK, who has not verified what was sent, how long MUKs live", 0, 1,
	  CONTROL_KEYS | CONTROL_UNVERIFIED, run_list, 0 },
};
const size_t control_commands_count = VU_COUNT(control_commands);

const struct control_command *control_find(const char *name)
{
	for (size_t i = 0; i < control_commands_count; i++)
		if (strcmp(control_commands[i].name, name) == 0)
			return &control_commands[i];
	return NULL;
}

static bool take_option(struct control *c, const struct control_command *command, char *word)
{
	char *value = strchr(word, '=');

	if (value != NULL)
		*value++ = '\0';
	for (size_t i = 0; i < CONTROL_OPTIONS; i++) {
		const struct control_option *o = &control_options[i];

		if (strcmp(word, o->name) != 0 || ((command->options | CONTROL_JSON) & o->bit) == 0 ||
		    (value != NULL) != o->has_value)
			continue;
		c->options |= o->bit;
		c->value[i] = value;
		return true;
	}
	c->why = "an option that this command does not take (see --help)";
	return false;
}

static bool take_word(struct control *c, const struct control_command *command, char *word)
{
	if (strncmp(word, "--", 2) == 0)
		return take_option(c, command, word);
	if (c->n == command->most) {
		c->why = "too many arguments";
		return false;
	}
	c->arg[c->n++] = word;
	return true;
}

/* Also a line that makes no sense is answered in the form that it asks for. */
static bool asks_for_json(const char *line)
{
	static const char option[] = "--json";
	const char *at = strstr(line, option);

	return at != NULL && (at == line || at[-1] == ' ') && strchr(" \t\r", at[strlen(option)]) != NULL;
}

static bool run(struct control *c, char *line)
{
	char *rest = NULL;
	char *word = strtok_r(line, " \t\r", &rest);
	const struct control_command *command = word == NULL ? NULL : control_find(word);

	c->why = "unknown command (see --help)";
	if (command == NULL)
		return false;
	c->answer->command = command->name;
	while ((word = strtok_r(NULL, " \t\r", &rest)) != NULL)
		if (!take_word(c, command, word))
			return false;
	c->why = "too few arguments";
	const char *keys = command->keys != 0 ? c->arg[command->keys - 1] : NULL;
	if (c->n < command->least || !command->run(c))
		return false;
	if (keys != NULL)
		c->answer->has_msk = bmsc_current_msk(c->net->bmsc, keys, &c->answer->msk);
	return true;
}

static const char *const ok_line = "ok\n", *const error_begin = "error: ";
static const char *const ok_object = "{\"result\":\"ok\"", *const error_object = "{\"result\":\"error\"";

/* The MSK that the command was about. */
static void put_msk(struct wr *out, const struct mikey_key_id *msk)
{
	uint8_t octets[9];
	struct wr w = WR(octets);

	wr_bytes(&w, msk->domain, sizeof msk->domain);
	wr_u16(&w, msk->group);
	wr_u16(&w, msk->number);
	wr_u16(&w, msk->mtk_id);
	wr_str(out, ",\"key_domain\":\"");
	hex_put(out, span_of(octets, 3));
	wr_str(out, "\",\"msk_id\":\"");
	hex_put(out, span_of(octets + 3, 4));
	wr_str(out, "\",\"mtk_id\":\"");
	hex_put(out, span_of(octets + 7, 2));
	wr_str(out, "\"");
}

void control_end_put(struct wr *out, const struct control_answer *a, bool ok, const char *why)
{
	bool json = a->json;
	const char *command = a->command;

	if (!json) {
		wr_str(out, ok ? ok_line : error_begin);
		wr_str(out, ok ? "" : why);
		wr_str(out, ok ? "" : "\n");
		return;
	}
	wr_str(out, ok ? ok_object : error_object);
	if (command != NULL) {
		wr_str(out, ",\"command\":");
		log_json_put(out, span_str(command));
	}
	if (ok && a->has_msk)
		put_msk(out, &a->msk);
	if (!ok) {
		wr_str(out, ",\"reason\":");
		log_json_put(out, span_str(why));
	}
	wr_str(out, "}\n");
}

bool control_is_end(struct span line, bool *ret_ok, struct span *ret_why)
{
	struct span begin = span_str(error_begin);
	bool ok = span_eq(line, span_str(ok_line)) || span_starts(line, span_str(ok_object));

	*ret_ok = ok;
	*ret_why = span_starts(line, begin) ? span_sub(line, begin.n, line.n) : (struct span){ 0 };
	return ok || span_starts(line, begin) || span_starts(line, span_str(error_object));
}

static void end(struct control_answer *a, bool ok, const char *why, control_put *put, void *ctx)
{
	char text[CONTROL_LINE_MAX];
	struct wr said = WR(text);

	control_end_put(&said, a, ok, why);
	put(ctx, wr_done(&said));
	a->over = true;
}

void control_begin(struct control_answer *ret, const struct control_net *net, struct span line, control_put *put,
		   void *ctx, int64_t now)
{
	struct control c = { .net = net, .answer = ret, .now = now };
	char text[CONTROL_LINE_MAX + 1];
	struct wr w = WR(text);

	*ret = (struct control_answer){ .over = false };
	wr_span(&w, line);
	bool usable = wr_cstr(&w) && (line.n == 0 || memchr(line.p, 0, line.n) == NULL);
	c.why = "a line that is too long or has a NUL in it";
	ret->json = usable && asks_for_json(text);
	bool ok = usable && run(&c, text);
	if (!ok || !ret->lists)
		end(ret, ok, c.why, put, ctx);
}

void control_go_on(struct control_answer *a, const struct control_net *net, control_put *put, void *ctx, int64_t now)
{
	const struct log to = { put, ctx, a->json };

	if (!bmsc_list_next(net->bmsc, &a->listing, &to, now))
		end(a, true, "", put, ctx);
}

void control_run(const struct control_net *net, struct span line, control_put *put, void *ctx, int64_t now)
{
	struct control_answer a;

	control_begin(&a, net, line, put, ctx, now);
	while (!a.over)
		control_go_on(&a, net, put, ctx, now);
}
