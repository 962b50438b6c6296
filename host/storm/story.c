/* SPDX-License-Identifier: Apache-2.0 */
#include "story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fleet.h"
#include "measure.h"

enum {
	SILENCE_MS = 1000, /* nobody got the key for so long, and nothing is waited for: MTKs tell who missed it */
	MTK_MS = 1000, /* between two of them, and for the datagrams of one to come */
	MTKS = 3, /* in a row: they are lost, too */
	END_MS = 2000, /* for the last verification messages */
	WAIT_MS = 50,
};

const char *const story_names[STORY_PHASES] = { "register", "push", "push-no-ack", "pull", "pull-spread" };
const char *const story_titles[STORY_PHASES] = {
	"bootstrapping, registration, first MSK",
	"new MSK pushed, verified, sent again where it was not",
	"new MSK pushed once; who missed it asks at the next MTK",
	"new MSK, all pulled at once",
	"new MSK, all pulled at once, random spread",
};

/* What the BM-SC is told at the beginning of each; the first begins with the UEs. */
static const struct phase {
	const char *command;
	bool no_acks, pull, spread;
} phases[STORY_PHASES] = {
	{ NULL, false, false, false },
	{ "rekey " FLEET_SERVICE, false, false, true },
	{ "rekey " FLEET_SERVICE " --no-ack", true, false, true },
	{ "rekey " FLEET_SERVICE " --pull", false, true, false },
	{ "rekey " FLEET_SERVICE " --pull", false, true, true },
};

/* What is known of a UE, by itself. */
struct seen {
	uint16_t msk; /* the one that it took last */
	bool proven; /* that it is the one of this phase */
	uint16_t mtk, mtk_msk; /* the MTK that it opened last, under which MSK */
	char tag[NET_TAG];
};

struct teller {
	const struct story_options *o;
	struct story *s;
	struct air *air;
	struct net *net;
	struct fleet *fleet;
	char *why;
	struct seen *seen;
	int64_t began, phase_began; /* ms of the monotonic clock, as the next two */
	int64_t news; /* when a UE got the key last */
	int64_t mtk_at; /* when an MTK was sent last */
	unsigned mtks_left; /* to be sent, one after the other */
	unsigned phase;
	uint16_t target; /* Key Number of the MSK of the phase */
	size_t with_key;
	uint64_t bmsc, bsf, mtks;
	bool told; /* an answer of the network is waited for */
};

/* --- what UEs do --- */

static void on_request(void *ctx, bool at_bmsc)
{
	struct teller *t = ctx;

	t->bmsc += at_bmsc;
	t->bsf += !at_bmsc;
}

static void on_msk(void *ctx, size_t ue, uint16_t number)
{
	struct teller *t = ctx;
	struct seen *seen = &t->seen[ue];
	struct story_phase *p = &t->s->phase[t->phase];

	if (number == t->target)
		t->with_key++;
	else if (seen->msk == t->target)
		t->with_key--;
	seen->msk = number;
	if (number != t->target)
		return;
	t->news = measure_ms();
	if (2 * t->with_key >= t->o->ues && p->half_ms == 0)
		p->half_ms = t->news - t->phase_began;
	p->last_ms = t->news - t->phase_began;
}

static void on_mtk(void *ctx, size_t ue, const struct mikey_key_id *key, const char *tag)
{
	struct teller *t = ctx;
	struct seen *seen = &t->seen[ue];

	seen->mtk_msk = key->number;
	seen->mtk = key->mtk_id;
	snprintf(seen->tag, sizeof seen->tag, "%s", tag);
}

/* --- time goes on --- */

static int take_sample(struct teller *t, int64_t ms)
{
	const struct air_counts air = air_counts(t->air);
	const struct net_tally net = net_tally(t->net);
	const struct sample now = { .phase = t->phase,
				    .bmsc = t->bmsc,
				    .bsf = t->bsf,
				    .down = air.down,
				    .down_lost = air.down_lost,
				    .up = air.up,
				    .up_lost = air.up_lost,
				    .msks = net.msks,
				    .repeated = net.repeated,
				    .with_key = t->with_key };

	return series_put(&t->s->series, ms, &now) ? 0 : -ENOMEM;
}

static int turn(struct teller *t)
{
	struct pollfd fds[] = { { .fd = net_fd(t->net), .events = POLLIN } };

	snprintf(t->why, STORY_WHY_MAX, "interrupted");
	if (*t->o->stop != 0)
		return -EINTR;
	int rc = fleet_turn(t->fleet, fds, VU_COUNT(fds), WAIT_MS);

	if (rc != 0)
		snprintf(t->why, STORY_WHY_MAX, "HTTP: %s", strerror(-rc));
	if (rc == 0 && fds[0].revents != 0) {
		rc = net_heard(t->net, t->why);
		t->told = rc == -EINPROGRESS;
		rc = t->told ? 0 : rc;
	}
	return rc != 0 ? rc : take_sample(t, measure_ms() - t->began);
}

/* Gives the network a line; its answer is waited for while others go on. */
static int tell(struct teller *t, const char *line)
{
	int rc = net_tell(t->net, line);

	snprintf(t->why, STORY_WHY_MAX, "the network's control socket: %s", strerror(-rc));
	t->told = rc == 0;
	return rc;
}

static int tell_mtk(struct teller *t)
{
	t->mtks += t->o->ues;
	t->mtk_at = measure_ms();
	return tell(t, "mtk " FLEET_SERVICE);
}

static bool is_over(const struct teller *t)
{
	return measure_ms() - t->phase_began >= t->o->limit;
}

static bool is_settled(struct teller *t)
{
	return !t->told && net_tally(t->net).unverified == 0;
}

/* Nobody who was told of the key, by a pull or by an MTK, can still be on the way to it. */
static bool is_silent(struct teller *t)
{
	const struct phase *p = &phases[t->phase];
	int64_t now = measure_ms(), spread = p->spread ? (int64_t)t->o->spread : 0;
	int64_t pulled = p->pull ? t->phase_began + spread : 0, heard = t->mtk_at != 0 ? t->mtk_at + spread : 0;

	return is_settled(t) && now - t->news >= SILENCE_MS && now - pulled >= SILENCE_MS && now - heard >= SILENCE_MS;
}

/* Who has missed the key hears of it by an MTK that it has no MSK for (TS 33.246 clause 6.3.2.2.3). */
static int tell_of_key(struct teller *t)
{
	if (t->phase == 0 || t->with_key == t->o->ues || t->told)
		return 0;
	if (t->mtks_left == 0 && is_silent(t))
		t->mtks_left = MTKS;
	if (t->mtks_left == 0 || measure_ms() - t->mtk_at < MTK_MS)
		return 0;
	t->mtks_left--;
	return tell_mtk(t);
}

/* Until all UEs have the key and have said so. */
static int bring_keys(struct teller *t)
{
	int rc = 0;

	t->news = measure_ms();
	t->mtk_at = 0;
	t->mtks_left = 0;
	while (rc == 0 && !is_over(t) && !(t->with_key == t->o->ues && is_settled(t))) {
		rc = turn(t);
		if (rc == 0)
			rc = tell_of_key(t);
	}
	return rc;
}

/* Those who have opened an MTK that the BM-SC has sent under this MSK: the one that they hold is the BM-SC's. */
static size_t count_proven(struct teller *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->o->ues; i++) {
		struct seen *seen = &t->seen[i];
		if (!seen->proven && seen->mtk_msk == t->target)
			seen->proven = net_has_sent_mtk(t->net, seen->mtk_msk, seen->mtk, seen->tag);
		n += seen->proven;
	}
	return n;
}

/* MTKs, until one has reached each of the UEs: they are lost like everything else. */
static int prove_keys(struct teller *t)
{
	struct story_phase *p = &t->s->phase[t->phase];
	int rc = 0;

	while (rc == 0 && p->proven < t->o->ues && t->with_key == t->o->ues && !is_over(t)) {
		struct air_counts before = air_counts(t->air), now = before;
		int64_t end = measure_ms() + MTK_MS;
		rc = tell_mtk(t);
		while (rc == 0 && measure_ms() < end &&
		       (t->told || now.down + now.overflow < before.down + before.overflow + t->o->ues)) {
			rc = turn(t);
			now = air_counts(t->air);
		}
		while (rc == 0 && t->told)
			rc = turn(t);
		p->proven = count_proven(t);
	}
	return rc;
}

/* --- phases --- */

static void begin_counts(struct teller *t, struct story_phase *p)
{
	p->bmsc = t->bmsc;
	p->bsf = t->bsf;
	p->mtks = t->mtks;
	p->ues_cpu = measure_cpu(pthread_self());
	p->net_cpu = net_cpu(t->net);
	p->air = air_counts(t->air);
	p->net = net_tally(t->net);
}

/* What was counted since then. */
static void end_counts(struct teller *t, struct story_phase *p)
{
	struct air_counts air = air_counts(t->air);
	struct net_tally net = net_tally(t->net);

	p->with_key = t->with_key;
	p->bmsc = t->bmsc - p->bmsc;
	p->bsf = t->bsf - p->bsf;
	p->mtks = t->mtks - p->mtks;
	p->ues_cpu = measure_cpu(pthread_self()) - p->ues_cpu;
	p->net_cpu = net_cpu(t->net) - p->net_cpu;
	p->air = (struct air_counts){ .down = air.down - p->air.down,
				      .down_lost = air.down_lost - p->air.down_lost,
				      .up = air.up - p->air.up,
				      .up_lost = air.up_lost - p->air.up_lost,
				      .overflow = air.overflow - p->air.overflow };
	p->net = (struct net_tally){ .msks = net.msks - p->net.msks,
				     .repeated = net.repeated - p->net.repeated,
				     .pulls = net.pulls - p->net.pulls,
				     .acks = net.acks - p->net.acks,
				     .unmatched = net.unmatched - p->net.unmatched,
				     .given_up = net.given_up - p->net.given_up,
				     .refusals = net.refusals - p->net.refusals,
				     .errors = net.errors - p->net.errors,
				     .unverified = net.unverified };
}

static int begin(struct teller *t)
{
	char line[128];
	const char *command = phases[t->phase].command;

	fleet_spread(t->fleet, phases[t->phase].spread ? t->o->spread : 0);
	net_expect_no_acks(t->net, phases[t->phase].no_acks);
	if (command == NULL) {
		fleet_subscribe(t->fleet);
		return 0;
	}
	int n = snprintf(line, sizeof line, "%s", command);
	if (t->o->rate != 0)
		snprintf(line + n, sizeof line - (size_t)n, " --rate=%u", t->o->rate);
	return tell(t, line);
}

static void say_trouble(struct teller *t)
{
	for (size_t i = 0; i < t->o->ues; i++)
		if (t->seen[i].msk != t->target || !t->seen[i].proven) {
			const char *trouble = fleet_trouble(t->fleet, i);
			snprintf(t->s->trouble, sizeof t->s->trouble, "UE %zu in phase %s: %s%s%s", i + 1,
				 story_names[t->phase],
				 t->seen[i].msk != t->target ? "it has not got the MSK"
							     : "it has opened no MTK of the BM-SC's",
				 trouble[0] != '\0' ? "; last: " : "", trouble);
			return;
		}
}

static int tell_phase(struct teller *t, unsigned phase)
{
	struct story_phase *p = &t->s->phase[phase];

	t->phase = phase;
	t->target = (uint16_t)(phase + 1);
	t->with_key = 0;
	for (size_t i = 0; i < t->o->ues; i++)
		t->seen[i].proven = false;
	begin_counts(t, p);
	t->phase_began = measure_ms();
	int rc = begin(t);
	if (rc == 0)
		rc = bring_keys(t);
	if (rc == 0)
		rc = prove_keys(t);
	end_counts(t, p);
	p->peak = series_peak(&t->s->series, phase);
	t->s->phases++;
	if (rc == 0 && (p->with_key != t->o->ues || p->proven != t->o->ues)) {
		say_trouble(t);
		rc = -ETIMEDOUT;
	}
	return rc;
}

/* The last verification messages are on their way. */
static int wait_for_acks(struct teller *t)
{
	int64_t end = measure_ms() + END_MS;
	int rc = 0;

	while (rc == 0 && measure_ms() < end) {
		struct air_counts air = air_counts(t->air);
		struct net_tally net = net_tally(t->net);
		if (air.up - air.up_lost == net.acks + net.unmatched)
			break;
		rc = turn(t);
	}
	return rc;
}

static int tell_all(struct teller *t)
{
	double ues = measure_cpu(pthread_self()), net = net_cpu(t->net);
	int rc = 0;

	t->began = measure_ms();
	for (unsigned i = 0; i < STORY_PHASES && rc == 0; i++)
		rc = tell_phase(t, i);
	if (rc == 0)
		rc = wait_for_acks(t);
	/* With what happened since the last full interval. */
	if (rc == 0)
		rc = take_sample(t, measure_ms() - t->began + SERIES_MS);
	t->s->seconds = (double)(measure_ms() - t->began) / 1000;
	t->s->ues_cpu = measure_cpu(pthread_self()) - ues;
	t->s->net_cpu = net_cpu(t->net) - net;
	return rc;
}

static int open_network(struct teller *t)
{
	const struct net_options o = { .ues = t->o->ues,
				       .seed = t->o->seed,
				       .fqdn = FLEET_BMSC_FQDN,
				       .service = FLEET_SERVICE,
				       .bsf_fqdn = FLEET_BSF_FQDN };
	int rc = air_open(&t->air, t->o->ues, t->o->lost, t->o->seed);

	snprintf(t->why, STORY_WHY_MAX, "UDP on loopback: %s", strerror(-rc));
	if (rc != 0)
		return rc;
	struct net_options with_port = o;
	with_port.ue_port = air_port(t->air);
	return net_open(&t->net, &with_port, t->why);
}

static int open_fleet(struct teller *t)
{
	const struct net_ports ports = net_ports(t->net);
	const struct fleet_options o = { .ues = t->o->ues,
					 .lines = t->o->lines,
					 .seed = t->o->seed,
					 .bsf_port = ports.bsf,
					 .bmsc_port = ports.bmsc,
					 .air = t->air,
					 .watch = { .request = on_request, .msk = on_msk, .mtk = on_mtk, .ctx = t } };
	double before = measure_cpu(pthread_self());
	int rc = fleet_open(&t->fleet, &o, t->why);

	t->s->making = measure_cpu(pthread_self()) - before;
	return rc;
}

int story_run(struct story *ret, const struct story_options *options, char *why)
{
	_Static_assert((int)STORY_WHY_MAX >= (int)NET_WHY_MAX && (int)STORY_WHY_MAX >= (int)FLEET_WHY_MAX,
		       "a reason has room");
	struct teller t = { .o = options, .s = ret, .why = why };
	size_t before = measure_memory();

	*ret = (struct story){ .phases = 0 };
	snprintf(why, STORY_WHY_MAX, "no memory");
	t.seen = calloc(options->ues, sizeof *t.seen);
	int rc = t.seen != NULL ? open_network(&t) : -ENOMEM;
	if (rc == 0)
		rc = open_fleet(&t);
	if (rc == 0)
		rc = tell_all(&t);
	ret->memory_ues = measure_memory() - before;
	ret->memory_peak = measure_memory_peak();
	fleet_close(t.fleet);
	net_close(t.net);
	air_close(t.air);
	free(t.seen);
	return rc;
}

void story_free(struct story *s)
{
	series_close(&s->series);
}
