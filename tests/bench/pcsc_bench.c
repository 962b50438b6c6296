/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcsc_bench READER... < COMMANDS: the commands of apdu_bench (NAME SW HEX, an empty line behind each round) on cards in
 * PC/SC readers, all at the same time, a thread and a connection each. 61XX and 6CXX are followed as T=0 wants it.
 *
 * Prints for each name that has as many rounds as ROUNDS (environment): rounds, median and 99th percentile of a round in
 * microseconds, and rounds a second over all readers.
 */
#include "apdu/apdu.h"
#include "apdu/hex.h"

#include <PCSC/winscard.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { STEPS_MAX = 65536, READERS_MAX = 16, NAMES_MAX = 16 };

struct step {
	uint8_t capdu[CAPDU_MAX];
	size_t n;
	unsigned sw; /* expected */
	int name; /* index into names */
	bool last; /* of its round */
};

static char names[NAMES_MAX][32];
static size_t n_names, n_steps;
static struct step steps[STEPS_MAX];
static pthread_barrier_t together;

struct client {
	const char *reader;
	pthread_t thread;
	SCARDHANDLE card;
	SCARD_IO_REQUEST pci;
	double *us; /* of each round of the name at hand */
	size_t n;
};

static struct client clients[READERS_MAX];
static size_t n_clients;

static _Noreturn void give_up(const char *what, const char *about)
{
	fprintf(stderr, "pcsc_bench: %s: %s\n", what, about);
	exit(1);
}

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int name_of(const char *name)
{
	for (size_t i = 0; i < n_names; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	if (n_names == NAMES_MAX)
		give_up("too many names", name);
	snprintf(names[n_names], sizeof names[0], "%s", name);
	return (int)n_names++;
}

static void read_steps(void)
{
	char line[1024], name[32], hex[1000];

	while (fgets(line, sizeof line, stdin) != NULL) {
		struct step *s = &steps[n_steps];
		struct wr w = WR(s->capdu);
		if (line[0] == '\n') {
			steps[n_steps - 1].last = true;
			continue;
		}
		if (n_steps == STEPS_MAX || sscanf(line, "%31s %4x %999s", name, &s->sw, hex) != 3 ||
		    !hex_parse(&w, span_str(hex)))
			give_up("NAME SW HEX expected", line);
		s->n = w.n;
		s->name = name_of(name);
		n_steps++;
	}
}

static unsigned transmit(struct client *c, const uint8_t *capdu, size_t n)
{
	uint8_t rapdu[RAPDU_MAX];
	DWORD got = sizeof rapdu;
	LONG rc = SCardTransmit(c->card, &c->pci, capdu, n, NULL, rapdu, &got);

	if (rc != SCARD_S_SUCCESS || got < 2)
		give_up(c->reader, pcsc_stringify_error(rc));
	struct rd sw = rd_of(span_sub(span_of(rapdu, got), got - 2, 2));
	return rd_u16(&sw);
}

/* One command with what T=0 has behind it. */
static unsigned command(struct client *c, const struct step *s)
{
	uint8_t again[5];
	unsigned sw = transmit(c, s->capdu, s->n);

	if (sw >> 8 == 0x6C) {
		memcpy(again, s->capdu, 4);
		again[4] = sw & 0xFF;
		sw = transmit(c, again, sizeof again);
	}
	while (sw >> 8 == 0x61) {
		const uint8_t get_response[] = { 0x00, 0xC0, 0x00, 0x00, sw & 0xFF };
		sw = transmit(c, get_response, sizeof get_response);
	}
	return sw;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* All clients have done a name; one of them tells. */
static void tell(int name, double us)
{
	size_t n = 0, rounds = strtoul(getenv("ROUNDS"), NULL, 10);
	static double all[READERS_MAX * STEPS_MAX];

	for (size_t i = 0; i < n_clients; i++)
		for (size_t k = 0; k < clients[i].n; k++)
			all[n++] = clients[i].us[k];
	if (n != rounds * n_clients)
		return;
	qsort(all, n, sizeof all[0], by_size);
	printf("%s %zu %.1f %.1f %.0f\n", names[name], n, all[n / 2], all[n * 99 / 100], (double)n / us * 1e6);
}

static void *run(void *arg)
{
	struct client *c = arg;
	bool strict = getenv("NULL_CARD") == NULL;
	double round = 0, begin = now_us();

	for (size_t i = 0; i < n_steps; i++) {
		if (i == 0 || steps[i].name != steps[i - 1].name) {
			c->n = 0;
			pthread_barrier_wait(&together);
			begin = now_us();
		}
		double start = now_us();
		unsigned sw = command(c, &steps[i]);
		round += now_us() - start;
		if (strict && sw != steps[i].sw)
			give_up(names[steps[i].name], "another status word than expected");
		if (steps[i].last) {
			c->us[c->n++] = round;
			round = 0;
		}
		if (i + 1 == n_steps || steps[i].name != steps[i + 1].name) {
			pthread_barrier_wait(&together);
			if (c == clients)
				tell(steps[i].name, now_us() - begin);
			pthread_barrier_wait(&together);
		}
	}
	return NULL;
}

static void connect_client(struct client *c)
{
	SCARDCONTEXT context;
	DWORD protocol = 0;
	LONG rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);

	if (rc == SCARD_S_SUCCESS)
		rc = SCardConnect(context, c->reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, &c->card, &protocol);
	if (rc != SCARD_S_SUCCESS)
		give_up(c->reader, pcsc_stringify_error(rc));
	c->pci = *SCARD_PCI_T0;
	c->us = calloc(STEPS_MAX, sizeof *c->us);
	if (c->us == NULL)
		give_up("memory", "short");
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > READERS_MAX + 1 || getenv("ROUNDS") == NULL)
		give_up("usage", "ROUNDS=N pcsc_bench READER... < COMMANDS");
	read_steps();
	n_clients = (size_t)argc - 1;
	pthread_barrier_init(&together, NULL, (unsigned)n_clients);
	for (size_t i = 0; i < n_clients; i++) {
		clients[i].reader = argv[i + 1];
		connect_client(&clients[i]);
	}
	for (size_t i = 0; i < n_clients; i++)
		pthread_create(&clients[i].thread, NULL, run, &clients[i]);
	for (size_t i = 0; i < n_clients; i++)
		pthread_join(clients[i].thread, NULL);
	return 0;
}
