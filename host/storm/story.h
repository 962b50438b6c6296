/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of a storm: all UEs register, are rekeyed by push with and without verification messages, and are pulled with
 * and without the random spread (TS 33.246 clauses 6.3.2.1 to 6.3.2.3, TS 26.346 clause 11.3). At the end of each phase
 * an MTK goes to all of them, which only the MSK of the phase opens.
 */
#ifndef VUICC_STORM_STORY_H
#define VUICC_STORM_STORY_H

#include <signal.h>

#include "air.h"
#include "net.h"
#include "series.h"

enum { STORY_WHY_MAX = 1280, STORY_PHASES = 5 };

struct story_options {
	size_t ues, lines;
	uint64_t seed;
	unsigned lost; /* of 10,000 datagrams */
	unsigned spread; /* milliseconds */
	unsigned rate; /* MSK messages or pulls a second that the BM-SC begins with, 0 = as fast as it can */
	int64_t limit; /* milliseconds for a phase */
	const volatile sig_atomic_t *stop; /* not 0: it is to end where it is; -EINTR */
};

/* What came of a phase. */
struct story_phase {
	size_t with_key; /* UEs that took its MSK */
	size_t proven; /* UEs that opened an MTK under it, and the one that the BM-SC sent */
	int64_t half_ms, last_ms; /* from the beginning until half of the UEs, and the last one, had the key */
	uint64_t bmsc, bsf; /* requests */
	double peak; /* requests to the BM-SC in the busiest second */
	double ues_cpu, net_cpu; /* seconds of a processor that UEs, and BSF and BM-SC, have used */
	struct air_counts air;
	struct net_tally net;
	uint64_t mtks; /* datagrams with an MTK: one for each UE each time */
};

struct story {
	struct story_phase phase[STORY_PHASES];
	size_t phases; /* that were told to their end */
	struct series series;
	double seconds; /* of all phases */
	double making; /* seconds of a processor for making the cards and switching the UEs on */
	double ues_cpu, net_cpu; /* of all phases */
	size_t memory_ues, memory_peak; /* octets that the UEs take on both sides, and the most that the process took */
	char trouble[STORY_WHY_MAX]; /* of a UE without a key, "" = none */
};

/* "register", …, and what happens in it. */
extern const char *const story_names[STORY_PHASES];
extern const char *const story_titles[STORY_PHASES];

/*
 * Tells it. *ret is for story_free(), also after a failure: what was reached by then. 0; -ETIMEDOUT when UEs stayed without a
 * key; another -errno with why (STORY_WHY_MAX octets) when it could not go on.
 */
int story_run(struct story *ret, const struct story_options *options, char *why);

void story_free(struct story *s);

#endif
