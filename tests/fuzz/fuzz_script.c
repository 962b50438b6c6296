/* SPDX-License-Identifier: Apache-2.0 */
/* Target: script_parse on every line, value_eval and match_answer on what it has made of them. */
#include "fuzz.h"
#include "host/script/match.h"

static const uint8_t answer[] = { 0x62, 0x0B, 0x82, 0x02, 0x41, 0x21, 0x83, 0x02,
				  0x2F, 0xE2, 0x8A, 0x01, 0x05, 0x90, 0x00 };

static bool counting(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)i;
	return true;
}

/* Every node is one of the step's, behind those that refer to it, and borrows from line or step. */
static void check_nodes(const struct script_step *s, struct span line)
{
	for (uint16_t i = 1; i <= s->n_nodes; i++) {
		const struct script_node *n = &s->node[i];
		FUZZ_CHECK(n->next <= s->n_nodes && n->child <= s->n_nodes);
		FUZZ_CHECK((n->next == 0 || n->next > i) && (n->child == 0 || n->child > i));
		FUZZ_CHECK(n->column >= 1 && n->column <= line.n + 1);
		FUZZ_CHECK(fuzz_inside(n->text, line));
		FUZZ_CHECK(fuzz_inside(n->octets, line) || fuzz_inside(n->octets, SPAN(s->octets)));
	}
}

static void one_line(struct value_vars *vars, struct span line)
{
	static struct script_step s;
	static struct match m;
	uint8_t octets[VALUE_MAX];
	struct wr w = WR(octets);
	struct script_fault f;

	if (!script_parse(&s, line, &f)) {
		FUZZ_CHECK(f.expected != NULL && f.column >= 1 && f.column <= line.n + 1);
		FUZZ_CHECK(fuzz_inside(f.got, line));
		return;
	}
	check_nodes(&s, line);
	FUZZ_CHECK(fuzz_inside(s.words, line));
	if (s.kind == SCRIPT_LET && value_eval(vars, &s, s.first, &w, &f) && value_set(vars, s.words, wr_done(&w)))
		FUZZ_CHECK(value_get(vars, s.words, &(struct span){ 0 }));
	if (s.kind != SCRIPT_EXPECT)
		return;
	if (match_answer(vars, &s, SPAN(answer), &m, &f) == MATCH_NO)
		FUZZ_CHECK(m.at <= sizeof answer);
	for (size_t i = 0; i < m.n_captures; i++)
		FUZZ_CHECK(fuzz_inside(m.capture[i].octets, SPAN(answer)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct value_vars vars;
	struct span text = span_of(data, size);

	if (vars.func.prim == NULL)
		vars.func = (struct func_env){ .prim = prim_open(), .random = counting };
	FUZZ_CHECK(vars.func.prim != NULL);
	value_vars_wipe(&vars);
	while (text.n != 0) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end != NULL ? (size_t)(end - text.p) : text.n;
		uint8_t *line = fuzz_copy(span_sub(text, 0, n));
		one_line(&vars, span_of(line, n));
		free(line);
		text = span_sub(text, n + 1, text.n);
	}
	return 0;
}
