/* SPDX-License-Identifier: Apache-2.0 */
/* Text in HTML. Whatever came from a log goes through here: it can neither end an element nor an attribute. */
#ifndef VUICC_REPORT_HTML_H
#define VUICC_REPORT_HTML_H

#include <jansson.h>
#include <stdio.h>

#include "../../apdu/bytes.h"

/*
 * Writes text with the characters of markup as references. Control characters and everything above ASCII, which could
 * turn the direction of the text around it, become \uXXXX, as in the log.
 */
void html_text(FILE *out, const char *text);

/* The same for octets of text, of which none need be a character. */
void html_octets(FILE *out, struct span octets);

/* The same for a value of JSON: a text as it is, anything else as JSON writes it. */
void html_json(FILE *out, const json_t *value);

#endif
