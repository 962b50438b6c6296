/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

static double seconds(int64_t ms)
{
	return (double)ms / 1000;
}

/* Microseconds of a processor, and KiB, for each UE. */
static double us_per_ue(double cpu, const struct story_options *o)
{
	return cpu * 1e6 / (double)o->ues;
}

static double kib_per_ue(const struct story *s, const struct story_options *o)
{
	return (double)s->memory_ues / 1024 / (double)o->ues;
}

static void put_row(FILE *f, const char *name, const struct story_phase *p, const struct story_options *o)
{
	fprintf(f, "%-12s %7zu %7zu %8.2f %8.2f %8ju %7.0f %7ju %9ju %7ju %8ju %6ju %8ju %6.0f %6.0f\n", name,
		p->with_key, p->proven, seconds(p->half_ms), seconds(p->last_ms), (uintmax_t)p->bmsc, p->peak,
		(uintmax_t)p->bsf, (uintmax_t)p->air.down, (uintmax_t)(p->air.down_lost + p->air.overflow),
		(uintmax_t)p->net.msks, (uintmax_t)p->net.repeated, (uintmax_t)p->net.acks, us_per_ue(p->ues_cpu, o),
		us_per_ue(p->net_cpu, o));
}

void report_table(FILE *f, const struct story *s, const struct story_options *o)
{
	fprintf(f, "%zu UEs, %.2f %% of datagrams lost, random spread %.1f s, ", o->ues, (double)o->lost / 100,
		(double)o->spread / 1000);
	if (o->rate != 0)
		fprintf(f, "%u pushes or pulls a second, ", o->rate);
	fprintf(f, "seed %ju\n\n", (uintmax_t)o->seed);
	fprintf(f, "%-12s %7s %7s %8s %8s %8s %7s %7s %9s %7s %8s %6s %8s %13s\n", "", "UEs", "", "half of", "the last",
		"requests", "most in", "to the", "datagrams", "of them", "MSK", "of them", "", "us for a UE");
	fprintf(f, "%-12s %7s %7s %8s %8s %8s %7s %7s %9s %7s %8s %6s %8s %6s %6s\n", "phase", "w. key", "proven",
		"UEs, s", "UE, s", "to BM-SC", "a sec.", "BSF", "to UEs", "lost", "messages", "again", "ACKs", "own",
		"netw.");
	for (size_t i = 0; i < s->phases; i++)
		put_row(f, story_names[i], &s->phase[i], o);
	fputc('\n', f);
	for (size_t i = 0; i < s->phases; i++)
		fprintf(f, "  %-12s %s\n", story_names[i], story_titles[i]);
	fprintf(f,
		"\nA UE costs %.0f us of a processor for card and ME, %.0f us for BSF and BM-SC, and %.0f KiB of "
		"memory "
		"for all of them.\n",
		us_per_ue(s->ues_cpu, o), us_per_ue(s->net_cpu, o), kib_per_ue(s, o));
	fprintf(f, "%.1f s for the storm, %.1f s before it for making the cards; %zu MiB of memory at most.\n",
		s->seconds, s->making, s->memory_peak >> 20);
}

static void put_phase(FILE *f, const char *name, const struct story_phase *p, const struct story_options *o)
{
	const struct {
		const char *key;
		uint64_t n;
	} counts[] = {
		{ "with_key", p->with_key },
		{ "proven", p->proven },
		{ "bmsc_requests", p->bmsc },
		{ "bsf_requests", p->bsf },
		{ "datagrams", p->air.down },
		{ "datagrams_lost", p->air.down_lost },
		{ "datagrams_overflow", p->air.overflow },
		{ "acks_sent", p->air.up },
		{ "acks_lost", p->air.up_lost },
		{ "msk_messages", p->net.msks },
		{ "msk_repeated", p->net.repeated },
		{ "pulls", p->net.pulls },
		{ "mtk_datagrams", p->mtks },
		{ "acks", p->net.acks },
		{ "acks_unmatched", p->net.unmatched },
		{ "given_up", p->net.given_up },
		{ "refusals", p->net.refusals },
		{ "errors", p->net.errors },
	};

	fprintf(f,
		"{\"phase\":\"%s\",\"half_s\":%.3f,\"last_s\":%.3f,\"bmsc_requests_peak\":%.0f,\"ue_cpu_us\":%.1f,"
		"\"network_cpu_us\":%.1f",
		name, seconds(p->half_ms), seconds(p->last_ms), p->peak, us_per_ue(p->ues_cpu, o),
		us_per_ue(p->net_cpu, o));
	for (size_t i = 0; i < VU_COUNT(counts); i++)
		fprintf(f, ",\"%s\":%ju", counts[i].key, (uintmax_t)counts[i].n);
	fputc('}', f);
}

void report_json(FILE *f, const struct story *s, const struct story_options *o, int rc)
{
	fprintf(f,
		"{\"ues\":%zu,\"seed\":%ju,\"loss_percent\":%.2f,\"spread_s\":%.3f,\"rate\":%u,\"connections\":%zu,"
		"\"ok\":%s,\"phases\":[",
		o->ues, (uintmax_t)o->seed, (double)o->lost / 100, (double)o->spread / 1000, o->rate, o->lines,
		rc == 0 ? "true" : "false");
	for (size_t i = 0; i < s->phases; i++) {
		fputs(i != 0 ? "," : "", f);
		put_phase(f, story_names[i], &s->phase[i], o);
	}
	fprintf(f,
		"],\"seconds\":%.3f,\"making_cpu_s\":%.3f,\"ue_cpu_us\":%.1f,\"network_cpu_us\":%.1f,\"ue_memory_kib\":"
		"%.1f,"
		"\"memory_peak_mib\":%zu}\n",
		s->seconds, s->making, us_per_ue(s->ues_cpu, o), us_per_ue(s->net_cpu, o), kib_per_ue(s, o),
		s->memory_peak >> 20);
}
