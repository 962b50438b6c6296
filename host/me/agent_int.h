/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the agent share; for agent*.c alone. */
#ifndef VUICC_AGENT_INT_H
#define VUICC_AGENT_INT_H

#include "agent.h"

/* LOG() with the agent's clock. */
#define AGENT_LOG(a, event, ...) LOG((a)->log, (a)->env->now((a)->env->ctx), event, __VA_ARGS__)

enum { MSK_ID_TEXT = 9 };

/* "00010002" */
char *agent_msk_id(char text[static MSK_ID_TEXT], const struct mikey_key_id *key);

/* 32 hexadecimal digits nobody can guess. False when the system gives no randomness; an error is logged. */
bool agent_cnonce(struct agent *a, char out[static 33]);

/*
 * After a failed call to the card: logs `rejected` with the status word, or `error` when there was none, and marks the
 * card as gone when it is. what: the reason in words, NULL = the card's.
 */
enum agent_end agent_card_failed(struct agent *a, int rc, const char *what);

/* Logs an error and returns end. */
enum agent_end agent_error(struct agent *a, enum agent_end end, const char *what);

/* An error of the key store, logged. */
enum agent_end agent_store_failed(struct agent *a);

/*
 * The store belongs to the card in use still, or again: `wipe`, or another ME with another card, may have been at it.
 * Without this its rows would have no owner, and outlive the UICC (TS 33.246 clause 6.1).
 */
enum agent_end agent_keep_store(struct agent *a);

#endif
