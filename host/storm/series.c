/* SPDX-License-Identifier: Apache-2.0 */
#include "series.h"

#include <stdlib.h>

void series_close(struct series *s)
{
	free(s->sample);
	*s = (struct series){ .sample = NULL };
}

static bool append(struct series *s, const struct sample *one)
{
	if (s->n == s->room) {
		size_t room = 2 * s->room + 256;
		struct sample *more = realloc(s->sample, room * sizeof *more);
		if (more == NULL)
			return false;
		s->sample = more;
		s->room = room;
	}
	s->sample[s->n++] = *one;
	return true;
}

bool series_put(struct series *s, int64_t ms, const struct sample *now)
{
	size_t end = (size_t)(ms / SERIES_MS);
	struct sample quiet = { 0 };

	if (s->n != 0)
		quiet = s->sample[s->n - 1];
	else
		quiet.phase = now->phase;
	while (s->n + 1 < end)
		if (!append(s, &quiet))
			return false;
	return s->n >= end || append(s, now);
}

/* What there was before interval i. */
static struct sample before(const struct series *s, size_t i)
{
	return i != 0 ? s->sample[i - 1] : (struct sample){ 0 };
}

double series_rate(const struct series *s, size_t i)
{
	return (double)(s->sample[i].bmsc - before(s, i).bmsc) * SERIES_A_SECOND;
}

double series_peak(const struct series *s, unsigned phase)
{
	uint64_t most = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->sample[i].phase != phase)
			continue;
		size_t from = i;
		while (from > 0 && i - from + 1 < SERIES_A_SECOND && s->sample[from - 1].phase == phase)
			from--;
		uint64_t requests = s->sample[i].bmsc - before(s, from).bmsc;
		most = requests > most ? requests : most;
	}
	return (double)most;
}

bool series_csv(const struct series *s, const char *const *phases, FILE *f)
{
	fprintf(f, "seconds,phase,bmsc_requests,bsf_requests,datagrams,datagrams_lost,acks,acks_lost,msk_messages,"
		   "msk_repeated,ues_with_key\n");
	for (size_t i = 0; i < s->n; i++) {
		const struct sample *x = &s->sample[i], y = before(s, i);
		fprintf(f, "%.1f,%s,%ju,%ju,%ju,%ju,%ju,%ju,%ju,%ju,%ju\n", (double)(i + 1) / SERIES_A_SECOND,
			phases[x->phase], (uintmax_t)(x->bmsc - y.bmsc), (uintmax_t)(x->bsf - y.bsf),
			(uintmax_t)(x->down - y.down), (uintmax_t)(x->down_lost - y.down_lost),
			(uintmax_t)(x->up - y.up), (uintmax_t)(x->up_lost - y.up_lost), (uintmax_t)(x->msks - y.msks),
			(uintmax_t)(x->repeated - y.repeated), (uintmax_t)x->with_key);
	}
	return fflush(f) == 0 && !ferror(f);
}
