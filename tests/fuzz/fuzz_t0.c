/* SPDX-License-Identifier: Apache-2.0 */
/* Target: t0_transmit, t0_reset: a session with the fixture's card by the manners of T=0. */
#include "apdu/sw.h"
#include "sequence.h"
#include "tests/unit/card_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sequence s = sequence_of(span_of(data, size));
	struct card *c = card_new(&(struct card_options){ .pin1_enabled = s.pin1 });
	struct span step;

	sequence_begin(&s, c->nv);
	while (sequence_next(&s, &step)) {
		uint8_t *answer = malloc(UICC_RAPDU_MAX);
		FUZZ_CHECK(answer != NULL);
		if (step.n == 0)
			t0_reset(c->t0);
		else
			sequence_check_answer(answer, t0_transmit(c->t0, step.p, step.n, answer));
		free(answer);
	}
	sequence_end(&s, c->nv);
	card_power_cycle(c);
	card_free(c);
	return 0;
}
