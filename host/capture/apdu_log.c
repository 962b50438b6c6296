/* SPDX-License-Identifier: Apache-2.0 */
#include "apdu_log.h"

#include <stdio.h>

#include "../../apdu/sw.h"

enum { TEXT_MAX = 2 * CAPDU_MAX + 1 };

/* Octets as text: two digits each, or ** where one is withheld. */
static const char *text_of(char text[static TEXT_MAX], struct span real, struct span shown)
{
	struct wr w = wr_of((uint8_t *)text, TEXT_MAX);
	struct rd r = rd_of(shown);

	while (r.n != 0)
		mask_put_octet(&w, rd_take(&r, 1), !span_eq(real, shown));
	return wr_cstr(&w) && text[0] != '\0' ? text : NULL;
}

void apdu_log_put(struct apdu_log *a, int64_t now, struct span capdu, struct span rapdu)
{
	uint8_t command[CAPDU_MAX], answer[RAPDU_MAX];
	char command_text[TEXT_MAX], answer_text[TEXT_MAX], sw_digits[8] = "";
	struct wr c = WR(command), r = WR(answer);
	struct rd data = rd_of(rapdu);

	_Static_assert(CAPDU_MAX >= RAPDU_MAX, "an answer has room as text");
	if (a->log == NULL)
		return;
	mask_command(&a->mask, &c, capdu);
	mask_answer(&a->mask, &r, capdu, rapdu);
	bool answered = rapdu.n >= 2;
	size_t n = answered ? rapdu.n - 2 : 0;
	struct span real = rd_take(&data, n);
	sw_t sw = answered ? rd_u16(&data) : 0;
	if (answered)
		snprintf(sw_digits, sizeof sw_digits, "%04X", sw);
	LOG(a->log, now, "apdu", LOG_TEXT("command", text_of(command_text, capdu, wr_done(&c))),
	    LOG_TEXT("answer", text_of(answer_text, real, span_sub(wr_done(&r), 0, n))),
	    LOG_TEXT("sw", answered ? sw_digits : NULL), LOG_TEXT("sw_text", answered ? sw_text(sw) : NULL));
}
