/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that are the same for the same seed: which datagram is lost, what a UE's keys are. Not fit for real keys. */
#ifndef VUICC_STORM_CHANCE_H
#define VUICC_STORM_CHANCE_H

#include "../../apdu/bytes.h"

/* The next number of a stream; any state will do to begin with (SplitMix64: Steele, Lea and Flood, 2014). */
static inline uint64_t chance(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

/* The beginning of a stream of its own for each UE and purpose. */
static inline uint64_t chance_stream(uint64_t seed, uint64_t ue, uint64_t purpose)
{
	uint64_t state = seed;

	state = chance(&state) ^ ue;
	state = chance(&state) ^ purpose;
	return chance(&state);
}

static inline void chance_octets(uint64_t *state, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)chance(state);
}

#endif
