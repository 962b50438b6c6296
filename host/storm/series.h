/* SPDX-License-Identifier: Apache-2.0 */
/* How the storm went, every tenth of a second: for the plot and the CSV file. */
#ifndef VUICC_STORM_SERIES_H
#define VUICC_STORM_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { SERIES_MS = 100, SERIES_A_SECOND = 1000 / SERIES_MS };

/* Counts since the beginning, at the end of an interval. */
struct sample {
	unsigned phase; /* from 0 */
	uint64_t bmsc, bsf; /* requests that have been answered */
	uint64_t down, down_lost, up, up_lost; /* datagrams, as struct air_counts has them */
	uint64_t msks, repeated; /* MSK messages, as struct net_tally has them */
	uint64_t with_key; /* not since the beginning: UEs that have the MSK of the phase */
};

/* All zero = empty. */
struct series {
	struct sample *sample; /* the i-th is at the end of i + 1 intervals */
	size_t n, room;
};

void series_close(struct series *s);

/* Repeats the last sample up to this time, if it was forgotten in between, and appends now. False when memory is short. */
bool series_put(struct series *s, int64_t ms, const struct sample *now);

/* Requests to the BM-SC in interval i, a second. */
double series_rate(const struct series *s, size_t i);

/* The most requests to the BM-SC in a whole second of a phase; in all of the phase when that is shorter. */
double series_peak(const struct series *s, unsigned phase);

/* A line for each interval, with what happened in it. False when it could not be written. */
bool series_csv(const struct series *s, const char *const *phases, FILE *f);

#endif
