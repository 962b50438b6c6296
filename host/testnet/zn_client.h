/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zn over HTTP from the BM-SC's side: a struct zn whose answers come later. Nothing waits for the BSF: its owner polls
 * zn_client_fd(), and asks again when it is told to.
 */
#ifndef VUICC_TESTNET_ZN_CLIENT_H
#define VUICC_TESTNET_ZN_CLIENT_H

#include "zn.h"
#include "zn_token.h"

struct zn_client;

/*
 * url: of the BSF's Zn; token, log: borrowed until zn_client_close(). again: called by zn_client_run() when an answer is
 * there. 0, or -errno.
 */
VU_MUST_USE int zn_client_open(struct zn_client **ret, const char *url, const struct zn_token *token,
			       const struct log *log, void (*again)(void *ctx), void *ctx);

/* NULL is fine; wipes keys that nobody has asked for again. */
void zn_client_close(struct zn_client *c);

struct zn zn_client_zn(struct zn_client *c);

/* Readable = zn_client_run() has something to do. c = NULL: -1. */
int zn_client_fd(const struct zn_client *c);

/* Milliseconds until it has something to do all the same; -1 = never. now: ms since 1970. */
int zn_client_timeout(const struct zn_client *c, int64_t now);

void zn_client_run(struct zn_client *c, int64_t now);

#endif
