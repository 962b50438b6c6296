/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests of the ME share: cards without a reader (a real one from the default profile, in RAM; a scripted one that
 * says what a test wants), and a world for the agent in which time, randomness and the network are the test's.
 */
#ifndef VUICC_TESTS_ME_FIXTURE_H
#define VUICC_TESTS_ME_FIXTURE_H

#include "host/card/card_if.h"
#include "host/me/agent.h"
#include "tests/vectors/json.h"

/* The vectors' card: SQN so that AUTN* of gba-mikey.json (SQN ff9bb4d0b607) is fresh. */
#define VECTOR_SQN_START "sqn.start=ff9bb4d0b5e0"
#define OTHER_CARD "iccid=8900101000000000027"

/* In front of the settings: not of the default profile. */
#define PROFILE_GBA_ONLY VUICC_SOURCE_DIR "/card/profiles/usim-gba-only.yaml"
#define PROFILE_PLAIN VUICC_SOURCE_DIR "/card/profiles/usim-plain.yaml"

/* A card of the default profile with these settings (NULL at the end of the list); t0: it behaves as in a reader. */
struct card_if *real_card(bool t0, ...) __attribute__((sentinel));
/* Another card in the same place, as after a swap. */
void real_card_swap(struct card_if *c, ...) __attribute__((sentinel));
/* Takes the card out: -ENOMEDIUM from now on; swapping puts one in. */
void real_card_remove(struct card_if *c);
/* Another program holds it: -EBUSY at the beginning of a transaction. */
void real_card_busy(struct card_if *c, bool busy);
/* Commands that were sent outside a transaction so far: there must be none. */
unsigned real_card_stray(const struct card_if *c);
/* One command past everything, for looking into the card: data in out. */
sw_t real_card_apdu(struct card_if *c, const char *hex, struct wr *out);

/* What a scripted card is sent, and what it says; want NULL = anything. */
struct scripted {
	const char *want, *say;
};
struct card_if *scripted_card(const struct scripted *script, size_t n);
/* How much of the script is done; SIZE_MAX when something else than wanted was sent. */
size_t scripted_done(const struct card_if *c);

/* A network that says what the test wants, in order. */
struct exchange {
	const char *want_url; /* a part of it */
	const char *want_authorization; /* a part of it; NULL = none at all is allowed, only that */
	const char *head; /* status line and headers, lines ended by \n; NULL = no answer, -ECONNREFUSED */
	const char *body;
};

struct world {
	struct agent_env env;
	struct http_req req; /* the room that the agent makes requests in */
	struct http_req out; /* the one that is out */
	bool is_out;
	unsigned abandoned, flushed;
	uint32_t errand; /* the one that ended last */
	enum agent_end end;
	char why[AGENT_WHY_MAX];
	struct log log;
	char events[65536]; /* human lines */
	size_t events_n;
	int64_t now; /* milliseconds */
	struct exchange script[16];
	size_t exchanges, done;
	bool surprised; /* a request came that the script does not have */
	char authorization[HTTP_AUTH_MAX]; /* of the last request */
	char last_body[8192]; /* of the last request */
	uint8_t reply[MIKEY_MESSAGE_MAX];
	size_t reply_n;
	unsigned replies;
	struct mtk_record mtk; /* the last */
	size_t mtks;
	/* Called before a scripted answer is given, so that a test can compute it from the request. NULL = none. */
	void (*prepare)(struct world *w, const struct http_req *req, struct exchange *e);
};

void world_init(struct world *w);
/* Whether an event line with this text has been written since the last world_forget(). */
bool world_saw(const struct world *w, const char *text);
void world_forget(struct world *w);
void world_expect(struct world *w, struct exchange e);

/* Gives the request that is out what the script has for it. False when none is out. */
bool world_answer(struct world *w, struct agent *a);
/* Answers as long as something is out, and lets the agent go on; what agent_tick() says in the end. */
int64_t world_tick(struct world *w, struct agent *a);
/* The same until this errand has ended; how it did. */
enum agent_end world_errand(struct world *w, struct agent *a, uint32_t errand);
/* A datagram from 127.0.0.1:9. */
enum agent_taken world_datagram(struct agent *a, struct span octets);

/* Fills a response from a head with \n and a body. */
void fill_response(struct http_resp *r, const char *head, const char *body);

/* An empty path in a folder that goes when the program ends. */
const char *temporary_path(const char *name);
/* Whether these octets stand in a file. A file that is not there: false. */
bool file_has(const char *path, struct span octets);
/* No file may grow any more; false: they may again. */
void disk_full(bool full);

#endif
