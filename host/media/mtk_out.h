/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hand-out of MTKs to receivers of media, a line of mtk_record.h each:
 *
 *   FILE        appended to; made 0600
 *   unix:PATH   a listening Unix socket, 0600; every receiver that connects gets the MTKs still current, then each new one
 *   fd:N        a descriptor that this process was started with: a pipe, a socket, a file
 *
 * No receiver can make the ME wait: who does not read what a socket or pipe holds is dropped, with an event.
 */
#ifndef VUICC_MTK_OUT_H
#define VUICC_MTK_OUT_H

#include "../log.h"
#include "mtk_record.h"

enum {
	MTK_OUT_RECEIVERS_MAX = 16,
	MTK_OUT_CURRENT_MAX = 32, /* MTKs kept for late receivers: the two newest of each key group, at most so many */
	MTK_OUT_WHY_MAX = 256,
};

struct mtk_out;

/*
 * Whether a target is one. For fd:N that it is open for writing now: ask before anything else is opened, or another
 * descriptor that happened to get this number would be taken for it.
 */
VU_MUST_USE bool mtk_out_target_ok(const char *target);

/* 0 or -errno with why (MTK_OUT_WHY_MAX octets). log is borrowed. SIGPIPE is to be ignored by the program. */
int mtk_out_open(struct mtk_out **ret, const char *target, const struct log *log, char *why);

/* NULL is fine; wipes what was kept, and removes the socket. */
void mtk_out_close(struct mtk_out *o);

/*
 * Hands out. 0, also without any receiver at a Unix socket; -errno when a file could not be written, or who read from a
 * descriptor is gone (-EPIPE, each time). now: milliseconds since 1970, for events.
 */
VU_MUST_USE int mtk_out_put(struct mtk_out *o, const struct mtk_record *r, int64_t now);

/* What was kept for late receivers is no more: another UICC, or none. */
void mtk_out_forget(struct mtk_out *o);

/* Readable when mtk_out_run() has something to do; -1 when it never has. */
int mtk_out_fd(const struct mtk_out *o);

/* Receivers that came and went. Does not wait. */
void mtk_out_run(struct mtk_out *o, int64_t now);

#endif
