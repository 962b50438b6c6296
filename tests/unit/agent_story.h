/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stories of the agent begin with: a real card in RAM, a key store in a file, a network that is a script with the
 * values of gba-mikey.json, and the test's own time.
 */
#ifndef VUICC_TESTS_AGENT_STORY_H
#define VUICC_TESTS_AGENT_STORY_H

#include "tests/cu.h"
#include "me_fixture.h"
#include "mikey_fixture.h"

extern struct json *vectors;
extern struct prim *prim;
extern struct world w;
extern struct card_if *card;
extern struct keystore *store;
extern struct agent *agent;
extern const char *store_path;
extern int answer_code; /* what the BM-SC says to each item; 200 as a rule */

extern const struct km_item current_msk; /* any MSK of the key group of the vectors */
extern const int64_t lifetime_ends; /* 2030-01-01T00:00:00Z, as the BSF of the vectors says */

#define VEC(path) ((const char *)json_text(vectors, "$." path).p)
#define BSF "http://bsf.mnc001.mcc001.pub.3gppnetwork.org/"
#define BMSC "http://bmsc.home1.net/keymanagement"
#define UA_CHALLENGE                                                                                                   \
	"HTTP/1.1 401 x\nWWW-Authenticate: Digest realm=\"3GPP-bootstrapping@bmsc.home1.net\", nonce=\"n1\", "         \
	"algorithm=MD5, qop=\"auth,auth-int\"\n"

/* A new card, key store (in a file of this name) and agent; and their end, when nothing unexpected has happened. */
void begin(const char *name);
void end(void);
/* Card in, bootstrapped, keys derived, registered: where most stories begin. */
void begin_registered(const char *name);

void open_agent(void);
void close_agent(void);
/* The agent and its key store, closed and opened again. */
void restart(void);

/* The BSF of gba-mikey.json. */
void expect_bootstrap(void);
/* A challenge where no nonce is known, and an answer with answer_code under the MRK of the vectors. */
void expect_ask(const char *type);

struct km_doc services(enum km_kind kind, const char *service);
/* The message of this block of gba-mikey.json comes. */
void datagram(const char *block);
/* Errands, run to their end. */
enum agent_end ask(const struct km_doc *doc);
enum agent_end bootstrap(void);

/* What is waited for apart from the end of the bootstrapping's lifetime; -1 = nothing. */
int64_t but_for_lifetime(int64_t wait);
int64_t tick(void);
/* An MSK has been granted, and nothing else is to be done. */
void waits_for_msk(void);

/* For main(): the tests, with vectors and primitives open. */
int story_run(const char *name, const struct cu_test *tests, size_t n);

#endif
