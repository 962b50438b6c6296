/* SPDX-License-Identifier: Apache-2.0 */
#include "value.h"

#include "../../apdu/tlv.h"

struct args {
	struct func_arg arg[FUNC_ARGS_MAX];
	size_t n;
	uint8_t octets[4 * VALUE_MAX]; /* of all of them */
};
SECRET_STRUCT(args)

void value_vars_wipe(struct value_vars *vars)
{
	secret_wipe(vars->var, sizeof vars->var);
	vars->n = 0;
}

bool value_get(const struct value_vars *vars, struct span name, struct span *ret)
{
	for (size_t i = 0; i < vars->n; i++) {
		const struct value_var *v = &vars->var[i];
		if (span_eq(name, span_str(v->name))) {
			*ret = span_of(v->octets, v->n);
			return true;
		}
	}
	return false;
}

static struct value_var *place_for(struct value_vars *vars, struct span name)
{
	for (size_t i = 0; i < vars->n; i++)
		if (span_eq(name, span_str(vars->var[i].name)))
			return &vars->var[i];
	return vars->n < VU_COUNT(vars->var) ? &vars->var[vars->n] : NULL;
}

bool value_set(struct value_vars *vars, struct span name, struct span octets)
{
	struct value_var *v = place_for(vars, name);
	char text[SCRIPT_NAME_MAX + 1];
	struct wr w = WR(text);

	wr_span(&w, name);
	if (v == NULL || !wr_cstr(&w) || octets.n > sizeof v->octets)
		return false;
	if (v == &vars->var[vars->n])
		vars->n++;
	/* octets may lie in this very variable. */
	if (octets.n != 0)
		memmove(v->octets, octets.p, octets.n);
	secret_wipe(v->octets + octets.n, sizeof v->octets - octets.n);
	v->n = octets.n;
	memcpy(v->name, text, sizeof text);
	return true;
}

static bool fail(struct script_fault *f, const struct script_node *n, const char *expected)
{
	*f = (struct script_fault){ .column = n->column, .expected = expected, .got = n->text };
	return false;
}

static bool in_call(struct script_fault *f, const struct script_node *n, const char *expected)
{
	(void)fail(f, n, expected);
	f->kind = FAULT_IN_CALL;
	return false;
}

static bool call(const struct value_vars *vars, const struct script_step *s, const struct script_node *node,
		 struct wr *out, struct script_fault *f)
{
	struct args a __attribute__((cleanup(args_wipe))) = { .n = 0 };
	struct wr room = WR(a.octets);
	const struct func *func = func_find(node->text);
	const char *why = "what the function can work with";

	for (uint16_t i = node->child; i != 0; i = s->node[i].next) {
		const struct script_node *arg = &s->node[i];
		size_t from = room.n;
		if (arg->kind == NODE_ARGUMENT && !value_eval(vars, s, arg->child, &room, f))
			return false;
		a.arg[a.n++] =
			(struct func_arg){ .number = arg->number, .octets = span_of(a.octets + from, room.n - from) };
	}
	if (func == NULL || !func->fn(&vars->func, a.arg, a.n, out, &why))
		return in_call(f, node, why);
	return true;
}

bool value_eval_node(const struct value_vars *vars, const struct script_step *s, const struct script_node *node,
		     struct wr *out, struct script_fault *f)
{
	uint8_t inner[VALUE_MAX];
	struct wr w = WR(inner);
	struct span value;
	bool ok = true;

	switch (node->kind) {
	case NODE_OCTETS:
		wr_span(out, node->octets);
		return true;
	case NODE_NAME:
		if (!value_get(vars, node->text, &value))
			return fail(f, node, "a variable that is set");
		wr_span(out, value);
		return true;
	case NODE_CALL:
		return call(vars, s, node, out, f);
	case NODE_COUNTED:
	case NODE_OBJECT:
		ok = value_eval(vars, s, node->child, &w, f);
		if (ok && node->kind == NODE_OBJECT)
			wr_tlv(out, node->tag, wr_done(&w));
		else if (ok && w.n <= UINT8_MAX)
			wr_lv8(out, wr_done(&w));
		else if (ok)
			ok = fail(f, node, "at most 255 octets between ( and )");
		secret_wipe(inner, sizeof inner);
		return ok;
	case NODE_ARGUMENT:
	case NODE_NUMBER:
	case NODE_OBJECT_SET:
	case NODE_ANY:
	case NODE_STAR:
	case NODE_RANGE:
	case NODE_CAPTURE:
	case NODE_OTHERS:
	case NODE_ALTERNATIVE:
	default:
		return fail(f, node, "octets, not a pattern");
	}
}

bool value_eval(const struct value_vars *vars, const struct script_step *s, uint16_t first, struct wr *out,
		struct script_fault *f)
{
	for (uint16_t i = first; i != 0; i = s->node[i].next) {
		if (!value_eval_node(vars, s, &s->node[i], out, f))
			return false;
		if (out->bad)
			return fail(f, &s->node[i], "a value that is not longer than there is room for");
	}
	return true;
}
