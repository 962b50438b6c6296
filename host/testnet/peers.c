/* SPDX-License-Identifier: Apache-2.0 */
#include "peers.h"

#include <stdlib.h>

/* A peer can be in any place of one row, which its address chooses. */
enum { ROWS = 4096, PLACES = 8, SAY_MS = 1000, COST = 1000 };

struct seen {
	struct peer_id who;
	bool used;
	uint32_t connections;
	int64_t last; /* ms */
	int64_t said; /* ms; when an event told of it */
	int64_t tokens[PEERS_KINDS]; /* thousandths of a request or datagram */
};

struct peers {
	const struct limits *limits;
	uint64_t seed;
	struct seen seen[ROWS][PLACES];
};

struct peers *peers_open(const struct limits *limits, uint64_t seed)
{
	struct peers *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->limits = limits;
	p->seed = seed;
	return p;
}

void peers_close(struct peers *p)
{
	free(p);
}

/* The finish of SplitMix64: every bit of the address and of the seed moves every bit of the row. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
	return x ^ x >> 31;
}

static struct seen *row_of(struct peers *p, const struct peer_id *who)
{
	struct rd r = rd_of(SPAN(who->octets));
	uint64_t h = mix(p->seed ^ rd_uint(&r, 8));

	return p->seen[mix(h ^ rd_uint(&r, 8)) % ROWS];
}

static uint32_t per_second(const struct peers *p, enum peers_kind kind)
{
	return kind == PEERS_REQUEST ? p->limits->requests_per_second : p->limits->datagrams_per_second;
}

/* What one that was quiet may do at once: two seconds' worth. */
static int64_t full(const struct peers *p, enum peers_kind kind)
{
	return (int64_t)per_second(p, kind) * 2 * COST;
}

static struct seen *find(struct peers *p, const struct peer_id *who)
{
	struct seen *row = row_of(p, who);

	for (size_t i = 0; i < PLACES; i++)
		if (row[i].used && memcmp(&row[i].who, who, sizeof *who) == 0)
			return &row[i];
	return NULL;
}

/* The place of the one that was not seen for longest, and is not here now. NULL: all of them are. */
static struct seen *make_room(struct seen *row)
{
	struct seen *oldest = NULL;

	for (size_t i = 0; i < PLACES; i++) {
		struct seen *s = &row[i];

		if (!s->used)
			return s;
		if (s->connections == 0 && (oldest == NULL || s->last < oldest->last))
			oldest = s;
	}
	return oldest;
}

/* The peer, with the tokens that time has brought it. NULL without room. */
static struct seen *seen_of(struct peers *p, const struct peer_id *who, int64_t now)
{
	struct seen *s = find(p, who);

	if (s == NULL) {
		s = make_room(row_of(p, who));
		if (s == NULL)
			return NULL;
		*s = (struct seen){ .who = *who, .used = true, .last = now, .said = now - SAY_MS };
		for (int kind = 0; kind < PEERS_KINDS; kind++)
			s->tokens[kind] = full(p, (enum peers_kind)kind);
	}
	for (int kind = 0; kind < PEERS_KINDS; kind++) {
		int64_t most = full(p, (enum peers_kind)kind);
		int64_t more = (now - s->last) * per_second(p, (enum peers_kind)kind);

		s->tokens[kind] = more < most - s->tokens[kind] ? s->tokens[kind] + more : most;
	}
	s->last = now;
	return s;
}

static bool refuse(struct seen *s, int64_t now, bool *ret_say)
{
	*ret_say = s != NULL && now - s->said >= SAY_MS;
	if (*ret_say)
		s->said = now;
	return false;
}

bool peers_take(struct peers *p, const struct peer_id *who, enum peers_kind kind, int64_t now, bool *ret_say)
{
	if (per_second(p, kind) == 0)
		return true;
	struct seen *s = seen_of(p, who, now);
	if (s == NULL || s->tokens[kind] < COST)
		return refuse(s, now, ret_say);
	s->tokens[kind] -= COST;
	return true;
}

bool peers_enter(struct peers *p, const struct peer_id *who, int64_t now, bool *ret_say)
{
	struct seen *s = seen_of(p, who, now);
	uint32_t most = p->limits->connections_per_peer;

	if (s == NULL || (most != 0 && s->connections >= most))
		return refuse(s, now, ret_say);
	s->connections++;
	return true;
}

void peers_leave(struct peers *p, const struct peer_id *who)
{
	struct seen *s = find(p, who);

	if (s != NULL && s->connections != 0)
		s->connections--;
}
