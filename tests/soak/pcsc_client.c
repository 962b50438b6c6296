/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcsc_client START READER... < CARDS: uses the cards in these readers without a rest, beginning with reader START, until
 * standard input ends. CARDS is a line "ICCID CONTENT" a card, each as READ BINARY gives it, and an empty line.
 *
 * Whatever a card answers has to be that of the card whose ICCID was read first on this connection. A card that is taken
 * away or reset is nothing wrong: the client looks anew, at the next reader or the same one.
 *
 * Prints what has happened how often. Exit status 1: a wrong answer, or a call that did not return.
 */
#include "apdu/apdu.h"
#include "apdu/hex.h"

#include <PCSC/winscard.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	CARDS_MAX = 32,
	READERS_MAX = 16,
	LIMIT_S = 20, /* for a call of PC/SC: far more than any takes that returns at all */
	READS = 20, /* outside of a transaction, between two of them */
	RESET_EVERY = 40, /* transactions */
	EMPTY_US = 300, /* between looks at empty readers */
};

struct card {
	char iccid[32], content[32];
};

static struct card cards[CARDS_MAX];
static size_t n_cards;

/*
 * What may come instead of an answer when somebody moves cards about. SCARD_E_PROTO_MISMATCH: pcscd forgets the protocol
 * a moment before it tells of a reset.
 */
static struct {
	LONG code;
	const char *name;
	unsigned long n;
} interruptions[] = {
	{ SCARD_W_REMOVED_CARD, "removed", 0 },		  { SCARD_W_RESET_CARD, "reset", 0 },
	{ SCARD_E_PROTO_MISMATCH, "protocol", 0 },	  { SCARD_E_NO_SMARTCARD, "no-card", 0 },
	{ SCARD_E_NOT_TRANSACTED, "not-transacted", 0 },  { SCARD_W_UNPOWERED_CARD, "unpowered", 0 },
	{ SCARD_W_UNRESPONSIVE_CARD, "unresponsive", 0 },
};

static unsigned long commands, identified, transactions;

struct client {
	const char *reader;
	SCARDCONTEXT context;
	SCARDHANDLE handle; /* 0 = not connected */
	const struct card *card; /* the one that was there when this connection began; NULL = not yet known */
};

static _Noreturn void wrong(const struct client *c, const char *what, const char *got)
{
	printf("WRONG %s: %s: %s, on a connection to the card %s\n", c->reader, what, got,
	       c->card != NULL ? c->card->iccid : "not known yet");
	exit(1);
}

static void on_limit(int signal_number)
{
	static const char text[] = "WRONG: a call of PC/SC has not returned\n";

	(void)signal_number;
	(void)!write(STDOUT_FILENO, text, sizeof text - 1);
	_exit(1);
}

/* False: the card is gone, and the connection of no use until somebody has looked anew. */
static bool good(const struct client *c, const char *what, LONG rc)
{
	if (rc == SCARD_S_SUCCESS)
		return true;
	for (size_t i = 0; i < VU_COUNT(interruptions); i++) {
		if (interruptions[i].code == rc) {
			interruptions[i].n++;
			return false;
		}
	}
	wrong(c, what, pcsc_stringify_error(rc));
}

/*
 * One command; its data in hexadecimal. None depends on what is selected: pcscd may let a command of another client through
 * that waited for its turn when a transaction or a reset came.
 */
static bool command(struct client *c, const char *text, char *ret_hex, size_t size)
{
	uint8_t rapdu[RAPDU_MAX];
	uint8_t capdu[CAPDU_MAX];
	struct wr w = WR(capdu);
	DWORD n = sizeof rapdu;

	if (!hex_parse(&w, span_str(text)))
		wrong(c, "not hexadecimal", text);
	alarm(LIMIT_S);
	if (!good(c, text, SCardTransmit(c->handle, SCARD_PCI_T0, capdu, w.n, NULL, rapdu, &n)))
		return false;
	commands++;
	hex_str(ret_hex, size, span_of(rapdu, n));
	if (n < 2 || 2 * n >= size || rapdu[n - 2] != 0x90 || rapdu[n - 1] != 0x00)
		wrong(c, text, ret_hex);
	ret_hex[2 * (n - 2)] = '\0';
	return true;
}

static const struct card *find_card(const char *iccid)
{
	for (size_t i = 0; i < n_cards; i++)
		if (strcmp(cards[i].iccid, iccid) == 0)
			return &cards[i];
	return NULL;
}

static bool read_iccid(struct client *c)
{
	char iccid[64];

	if (!command(c, "00b082000a", iccid, sizeof iccid))
		return false;
	const struct card *card = find_card(iccid);
	if (card == NULL || (c->card != NULL && c->card != card))
		wrong(c, "EF_ICCID", iccid);
	c->card = card;
	return true;
}

/* What is this card's alone is written into its EF_PL, and read. */
static bool write_content(struct client *c)
{
	char update[64], answer[64];

	snprintf(update, sizeof update, "00d6850002%s", c->card->content);
	if (!command(c, update, answer, sizeof answer) || !command(c, "00b0850002", answer, sizeof answer))
		return false;
	if (strcmp(answer, c->card->content) != 0)
		wrong(c, "EF_PL", answer);
	return true;
}

static bool transaction(struct client *c)
{
	bool reset = ++transactions % RESET_EVERY == 0;

	alarm(LIMIT_S);
	if (!good(c, "SCardBeginTransaction", SCardBeginTransaction(c->handle)))
		return false;
	bool ok = read_iccid(c) && write_content(c);
	alarm(LIMIT_S);
	LONG rc = SCardEndTransaction(c->handle, reset && ok ? SCARD_RESET_CARD : SCARD_LEAVE_CARD);
	return good(c, "SCardEndTransaction", rc) && ok;
}

/* The same card, or whichever is there: `card` is forgotten, as a reset or a removal has been told. */
static bool look_anew(struct client *c, bool again)
{
	DWORD protocol = 0;
	LONG rc;

	c->card = NULL;
	alarm(LIMIT_S);
	if (again) {
		rc = SCardReconnect(c->handle, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, SCARD_LEAVE_CARD, &protocol);
	} else {
		if (c->handle != 0)
			SCardDisconnect(c->handle, SCARD_LEAVE_CARD);
		c->handle = 0;
		alarm(LIMIT_S);
		rc = SCardConnect(c->context, c->reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, &c->handle, &protocol);
	}
	if (!good(c, again ? "SCardReconnect" : "SCardConnect", rc))
		return false;
	bool ok = read_iccid(c);
	identified += ok;
	return ok;
}

static bool over(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&in, 1, 0) != 0;
}

/* Until the card goes. */
static void use_card(struct client *c)
{
	while (!over() && transaction(c))
		for (int i = 0; i < READS; i++)
			if (!read_iccid(c))
				return;
}

static void read_cards(void)
{
	char line[128];

	while (n_cards < CARDS_MAX && fgets(line, sizeof line, stdin) != NULL && line[0] != '\n') {
		struct card *card = &cards[n_cards++];
		if (sscanf(line, "%31s %31s", card->iccid, card->content) != 2)
			exit(2);
	}
}

int main(int argc, char **argv)
{
	struct client c = { .handle = 0 };
	size_t n = (size_t)argc - 2, at;

	if (argc < 3 || n > READERS_MAX || (at = strtoul(argv[1], NULL, 10)) >= n)
		return 2;
	setvbuf(stdin, NULL, _IONBF, 0);
	read_cards();
	signal(SIGALRM, on_limit);
	c.reader = argv[2 + at];
	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &c.context) != SCARD_S_SUCCESS)
		wrong(&c, "SCardEstablishContext", "no pcscd");
	while (!over()) {
		/* Where a card was reset there is one; where it was taken out there may be the next one. */
		for (bool there = look_anew(&c, false); there && !over(); there = look_anew(&c, true))
			use_card(&c);
		usleep(EMPTY_US);
		at = (at + 1) % n;
		c.reader = argv[2 + at];
	}
	if (c.handle != 0)
		SCardDisconnect(c.handle, SCARD_LEAVE_CARD);
	SCardReleaseContext(c.context);
	printf("commands %lu\nidentified %lu\ntransactions %lu\n", commands, identified, transactions);
	for (size_t i = 0; i < VU_COUNT(interruptions); i++)
		printf("%s %lu\n", interruptions[i].name, interruptions[i].n);
	return 0;
}
