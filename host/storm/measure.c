/* SPDX-License-Identifier: Apache-2.0 */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ms(clockid_t clock)
{
	struct timespec t = { 0 };

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t measure_date_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t measure_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

double measure_cpu(pthread_t thread)
{
	struct timespec t = { 0 };
	clockid_t clock;

	if (pthread_getcpuclockid(thread, &clock) == 0)
		(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

size_t measure_memory(void)
{
	char line[128] = "", *resident = line;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f != NULL && fgets(line, sizeof line, f) != NULL)
		(void)strtoul(line, &resident,
			      10); /* the first number is what was asked for, the second what is there */
	if (f != NULL)
		fclose(f);
	return strtoul(resident, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

size_t measure_memory_peak(void)
{
	struct rusage r = { 0 };

	(void)getrusage(RUSAGE_SELF, &r);
	return (size_t)r.ru_maxrss * 1024;
}
