/* SPDX-License-Identifier: Apache-2.0 */
/* The ME's rim: time, randomness, HTTP, the UDP port, signals and the watch on the reader. */
#ifndef VUICC_LOOP_H
#define VUICC_LOOP_H

#include "../capture/capture.h"
#include "../media/srtp_relay.h"
#include "../message_log.h"
#include "agent.h"

struct loop;

enum { LOOP_WHY_MAX = 384 };

/* Who runs the loop in a thread of its own program, instead of a program that SIGTERM, SIGINT and SIGHUP end. */
struct loop_owner {
	int fd; /* readable: woken() is to be called */
	bool (*woken)(void *ctx); /* false: time to end */
	void (*mtk)(void *ctx, const struct mtk_record *mtk);
	void (*ended)(void *ctx, uint32_t errand, enum agent_end end, const char *why); /* of struct agent_env */
	void *ctx;
};

struct loop_options {
	const char *listen; /* ADDR:PORT or [ADDR]:PORT; port 0 = any */
	const char *const *connect_to; /* of http_curl.h */
	size_t n_connect_to;
	const char *mtk_out; /* target of mtk_out.h, NULL = none */
	const char *srtp_listen, *srtp_forward; /* of srtp_relay.h; NULL = no receiver of SRTP */
	struct srtp_rx_options srtp_rx;
	const struct log *log; /* borrowed, as the next three */
	const struct loop_owner *owner; /* NULL = the loop minds signals */
	struct capture *capture; /* of UDP and HTTP, and of the card while loop_run() serves; NULL = none */
	struct message_log *messages; /* the same of UDP and HTTP as events */
	const char *ca_file; /* of http_curl.h */
	long http_timeout; /* milliseconds for a whole exchange */
};

/* Whether a text is ADDR:PORT or [ADDR]:PORT. */
VU_MUST_USE bool loop_listen_ok(const char *text);

/* 0 or -errno; why has LOOP_WHY_MAX octets. Nothing is bound yet. */
int loop_open(struct loop **ret, const struct loop_options *o, char *why);

/* NULL is fine. */
void loop_close(struct loop *l);

/* The world for an agent. */
const struct agent_env *loop_env(struct loop *l);

/*
 * Binds the port, then serves until SIGTERM, SIGINT or SIGHUP (unless ignored, as under nohup), or until the owner ends
 * it: datagrams, timers, cards that come and go. 0, or -errno with why when it cannot begin. Once.
 */
int loop_run(struct loop *l, struct agent *a, char *why);

/* Waits for the end of an errand of agent_ask() or agent_bootstrap(); 0 = there is none (no memory). */
enum agent_end loop_errand(struct loop *l, struct agent *a, uint32_t errand);

/* GETs a document: 0 with status 200 in *ret, or -errno with why (LOOP_WHY_MAX octets). Waits, before anything else runs. */
int loop_get(struct loop *l, const char *url, struct http_resp *ret, char *why);

#endif
