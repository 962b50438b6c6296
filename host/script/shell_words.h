/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the prompt: what people type becomes lines of a script, and what they begin is completed. Pure. */
#ifndef VUICC_SCRIPT_SHELL_WORDS_H
#define VUICC_SCRIPT_SHELL_WORDS_H

#include "names.h"

enum { SHELL_LINE_MAX = 1024, SHELL_CHOICES_MAX = 64 };

/*
 * Appends the script lines that a line of the prompt stands for, each ended by \n. False with a sentence in *ret_why when it
 * stands for none. A line that begins with > < ! # or an octet is a script's already.
 */
VU_MUST_USE bool shell_lines(struct wr *out, struct span line, const char **ret_why);

/*
 * What the last word of a line may become: at most SHELL_CHOICES_MAX whole words, borrowed from tables or from `room`.
 * *ret_word is how much of it stands there.
 */
size_t shell_choices(struct span line, struct wr *room, struct span choices[static SHELL_CHOICES_MAX],
		     struct span *ret_word);

/* A line for each word of the prompt. */
extern const char shell_help[];

#endif
