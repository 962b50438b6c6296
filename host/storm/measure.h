/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks, and what this process takes of the machine. */
#ifndef VUICC_STORM_MEASURE_H
#define VUICC_STORM_MEASURE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/* Milliseconds since 1970, as UEs and network count; and of a clock that nobody sets. */
int64_t measure_date_ms(void);
int64_t measure_ms(void);

/* Seconds of a processor that a thread has used so far. */
double measure_cpu(pthread_t thread);

/* Octets of memory that are in use (RSS), and the most there ever were. */
size_t measure_memory(void);
size_t measure_memory_peak(void);

#endif
