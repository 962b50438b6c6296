/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include <stdlib.h>

/* Decimal digits and nothing else, up to most. *text goes behind them. */
static bool take_number(const char **text, uint32_t most, uint32_t *ret)
{
	char *end;
	size_t digits = strspn(*text, "0123456789");
	unsigned long value = digits == 0 || digits > 9 ? most + 1UL : strtoul(*text, &end, 10);

	*text += digits;
	*ret = (uint32_t)value;
	return value <= most;
}

/* L:U, MTK IDs in decimal. */
static bool take_interval(struct control *c, struct bmsc_push *push)
{
	const char *text = c->interval;
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
	struct bmsc_push push = { .v = (c->options & CONTROL_NO_ACK) == 0 };

	if (c->interval != NULL && !take_interval(c, &push))
		return false;
	return bmsc_push(c->bmsc, c->arg[0], c->arg[1], &push, c->outbox, c->now, &c->why);
}

static bool run_withdraw(struct control *c)
{
	return bmsc_withdraw(c->bmsc, c->arg[0], c->arg[1], (c->options & CONTROL_NO_ACK) == 0, c->outbox, c->now,
			     &c->why);
}

static bool run_rekey(struct control *c)
{
	const char *text = c->rate;
	uint32_t rate = 0;

	c->why = "--rate: expected UEs a second, 1 to 1000000";
	if (text != NULL && (!take_number(&text, 1000000, &rate) || *text != '\0' || rate == 0))
		return false;
	c->why = "--pull and --no-ack: a pull is never acknowledged";
	if ((c->options & CONTROL_PULL) != 0 && (c->options & CONTROL_NO_ACK) != 0)
		return false;
	enum rekey_way way = (c->options & CONTROL_NO_ACK) != 0 ? REKEY_NO_ACK : REKEY_ACK;
	return bmsc_rekey(c->bmsc, c->arg[0], (c->options & CONTROL_PULL) != 0 ? REKEY_PULL : way, rate, c->outbox,
			  c->now, &c->why);
}

static bool run_pull(struct control *c)
{
	return bmsc_pull(c->bmsc, c->arg[0], c->arg[1], (c->options & CONTROL_NEW) != 0, c->outbox, c->now, &c->why);
}

static bool run_mtk(struct control *c)
{
	return bmsc_mtk(c->bmsc, c->arg[0], (c->options & CONTROL_DOWNLOAD) != 0, c->outbox, c->now, &c->why);
}

static bool run_expire(struct control *c)
{
	return bmsc_expire(c->bmsc, c->arg[0], c->now, &c->why);
}

static bool run_list(struct control *c)
{
	c->out.json = (c->options & CONTROL_JSON) != 0;
	bmsc_list(c->bmsc, &c->out, c->now);
	return true;
}

static bool run_fault(struct control *c)
{
	if (strcmp(c->arg[0], "off") != 0)
		return faults_add(c->faults, c->arg[0], &c->why);
	c->faults->n = 0;
	return true;
}

const struct control_option control_options[] = {
	{ "--no-ack", CONTROL_NO_ACK, false },	  { "--download", CONTROL_DOWNLOAD, false },
	{ "--json", CONTROL_JSON, false },	  { "--new", CONTROL_NEW, false },
	{ "--interval", CONTROL_INTERVAL, true }, { "--rate", CONTROL_RATE, true },
	{ "--pull", CONTROL_PULL, false },
};
const size_t control_options_count = VU_COUNT(control_options);

const struct control_command control_commands[] = {
	{ "push", "UE SERVICE|DOMAIN:GROUP [--no-ack] [--interval=L:U]",
	  "send the UE a new MSK, Key Number + 1; or the current one again, with another interval of MTK IDs", 2, 2,
	  CONTROL_NO_ACK | CONTROL_INTERVAL, run_push },
	{ "withdraw", "UE SERVICE|DOMAIN:GROUP [--no-ack]", "take the current MSK from the UE: SEQl above SEQu", 2, 2,
	  CONTROL_NO_ACK, run_withdraw },
	{ "rekey", "SERVICE|DOMAIN:GROUP [--no-ack|--pull] [--rate=N]",
	  "send a new MSK to all of the group's UEs, N a second (a pull where the MUK's life is over)", 1, 1,
	  CONTROL_NO_ACK | CONTROL_PULL | CONTROL_RATE, run_rekey },
	{ "pull", "UE SERVICE|DOMAIN:GROUP [--new]",
	  "send the UE a solicited pull under the last MUK known; --new: there is a new MSK to ask for", 2, 2,
	  CONTROL_NEW, run_pull },
	{ "mtk", "SERVICE|DOMAIN:GROUP [--download]", "send the next MTK to the group's UEs", 1, 1, CONTROL_DOWNLOAD,
	  run_mtk },
	{ "expire", "UE", "the life of the UE's MUK is over", 1, 1, 0, run_expire },
	{ "fault", "NAME[:n]|off", "misbehave (n times) as `vuicc-testnet --faults` says; off: no more", 1, 1, 0,
	  run_fault },
	{ "list", "[--json]", "show UEs and Key Groups", 0, 0, CONTROL_JSON, run_list },
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
	for (size_t i = 0; i < VU_COUNT(control_options); i++) {
		const struct control_option *o = &control_options[i];

		if (strcmp(word, o->name) != 0 || (command->options & o->bit) == 0 || (value != NULL) != o->has_value)
			continue;
		c->options |= o->bit;
		if (o->bit == CONTROL_INTERVAL)
			c->interval = value;
		if (o->bit == CONTROL_RATE)
			c->rate = value;
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

static bool run(struct control *c, char *line)
{
	char *rest = NULL;
	char *word = strtok_r(line, " \t\r", &rest);
	const struct control_command *command = word == NULL ? NULL : control_find(word);

	c->why = "unknown command (see --help)";
	if (command == NULL)
		return false;
	while ((word = strtok_r(NULL, " \t\r", &rest)) != NULL)
		if (!take_word(c, command, word))
			return false;
	c->why = "too few arguments";
	return c->n >= command->least && command->run(c);
}

void control_run(struct bmsc *b, struct faults *faults, struct span line, const struct outbox *outbox,
		 void (*put)(void *ctx, struct span line), void *ctx, int64_t now)
{
	struct control c = { .bmsc = b, .faults = faults, .outbox = outbox, .out = { put, ctx, false }, .now = now };
	char text[CONTROL_LINE_MAX + 1], answer[CONTROL_LINE_MAX];
	struct wr w = WR(text), said = WR(answer);

	wr_span(&w, line);
	bool usable = wr_cstr(&w) && (line.n == 0 || memchr(line.p, 0, line.n) == NULL);
	c.why = "a line that is too long or has a NUL in it";
	if (usable && run(&c, text)) {
		wr_str(&said, CONTROL_OK);
	} else {
		wr_str(&said, CONTROL_ERROR);
		wr_str(&said, c.why);
		wr_str(&said, "\n");
	}
	put(ctx, wr_done(&said));
}
