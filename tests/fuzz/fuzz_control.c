/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target: control_run, lines of the control socket one after the other, at a network with one registered UE. With them
 * come faults, so this is what spoils MIKEY messages, too.
 */
#include "fuzz.h"
#include "host/testnet/config.h"
#include "host/testnet/control.h"

#define IMPI "001010123456789@ims.mnc001.mcc001.3gppnetwork.org"

static struct {
	struct net_config *config;
	struct prim *prim;
} fixed;

struct answer {
	size_t ends; /* lines that end an answer */
	bool last_is_end;
};

static void some_octets(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	memset(out, 0xA5, n);
}

static void check_datagram(void *ctx, const struct peer *to, struct span datagram)
{
	(void)ctx;
	FUZZ_CHECK(to->port == 1 && datagram.n <= FAULT_PADDED);
}

static void check_line(void *ctx, struct span line)
{
	struct answer *a = ctx;

	FUZZ_CHECK(line.n != 0 && line.p[line.n - 1] == '\n');
	bool ok;
	struct span why;
	a->last_is_end = control_is_end(line, &ok, &why);
	a->ends += a->last_is_end;
}

static struct zn no_zn(void)
{
	return (struct zn){ 0 };
}

static struct bmsc *begin(const struct net_env *env)
{
	static const struct peer peer = { "127.0.0.1", 1 };
	static const struct ue_keys keys = { .btid = "a@b", .expires = INT64_MAX };
	struct net_config *c = fixed.config;
	struct bmsc *b = bmsc_open(&c->bmsc, c->service, c->n_services, 1, no_zn(), env);

	FUZZ_CHECK(b != NULL && bmsc_restore_ue(b, IMPI, &peer, &keys));
	bmsc_restore_registration(b, IMPI, c->service[0].id);
	return b;
}

static void fix(void)
{
	char why[CONFIG_WHY_MAX];

	FUZZ_CHECK(net_config_load(&fixed.config, NULL, why) == 0);
	fixed.prim = prim_open();
	FUZZ_CHECK(fixed.prim != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct outbox outbox = { .send = check_datagram };
	static const struct log nowhere = { 0 };
	struct faults faults = { .n = 0 };
	struct rd r = rd_of(span_of(data, size));
	int64_t now = INT64_C(1700000000000);

	if (fixed.config == NULL)
		fix();
	const struct net_env env = { .prim = fixed.prim, .random = some_octets, .log = &nowhere, .faults = &faults };
	struct bmsc *b = begin(&env);
	const struct control_net net = { .bmsc = b, .faults = &faults, .outbox = &outbox };
	while (r.n != 0) {
		const uint8_t *end = memchr(r.p, '\n', r.n);
		struct span line = rd_take(&r, end == NULL ? r.n : (size_t)(end - r.p));
		uint8_t *copy = fuzz_copy(line);
		struct answer answer = { 0 };

		control_run(&net, span_of(copy, line.n), check_line, &answer, now);
		FUZZ_CHECK(answer.ends == 1 && answer.last_is_end && faults.n <= FAULTS_ACTIVE_MAX);
		free(copy);
		(void)rd_u8(&r); /* the line's end */
		now += 300;
		(void)bmsc_timer(b, &outbox, now);
	}
	bmsc_close(b);
	return 0;
}
