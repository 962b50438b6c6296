/* SPDX-License-Identifier: Apache-2.0 */
/* Variables, and octets made of a line's nodes. Pure but for the functions that it is given. */
#ifndef VUICC_SCRIPT_VALUE_H
#define VUICC_SCRIPT_VALUE_H

#include "func.h"
#include "script.h"

enum { VALUE_MAX = FUNC_VALUE_MAX, VALUE_VARS_MAX = 96 };

struct value_var {
	char name[SCRIPT_NAME_MAX + 1];
	size_t n;
	uint8_t octets[VALUE_MAX];
};

/* All zero to begin with but for func. Holds keys: whoever owns it wipes it with value_vars_wipe(). */
struct value_vars {
	struct func_env func;
	size_t n;
	struct value_var var[VALUE_VARS_MAX];
};

void value_vars_wipe(struct value_vars *vars);

/* The octets of a variable; false when it is not set. */
VU_MUST_USE bool value_get(const struct value_vars *vars, struct span name, struct span *ret);

/* Sets a variable, anew or again. False when there are too many, or the value is too long. */
VU_MUST_USE bool value_set(struct value_vars *vars, struct span name, struct span octets);

/* Appends what the nodes from `first` on are. False with *f; f->got is then borrowed from the line. */
VU_MUST_USE bool value_eval(const struct value_vars *vars, const struct script_step *s, uint16_t first, struct wr *out,
			    struct script_fault *f);

/* The same of one node. */
VU_MUST_USE bool value_eval_node(const struct value_vars *vars, const struct script_step *s,
				 const struct script_node *node, struct wr *out, struct script_fault *f);

#endif
