/* SPDX-License-Identifier: Apache-2.0 */
/* What scripts say about themselves, before it reaches a terminal or a file that has to be UTF-8. */
#ifndef VUICC_SCRIPT_PLAIN_H
#define VUICC_SCRIPT_PLAIN_H

/*
 * Makes text, in place, UTF-8 (RFC 3629) without control characters: each octet that is neither becomes '?'. Ends of
 * lines and tabs stay. A terminal does with an escape sequence what it says, and XML has no place for one.
 */
void plain_text(char *text);

#endif
