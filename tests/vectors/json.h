/* SPDX-License-Identifier: Apache-2.0 */
/* Test vectors from JSON files, read with SQLite's JSON functions: no parser of our own between a vector and its test. */
#ifndef VUICC_TESTS_JSON_H
#define VUICC_TESTS_JSON_H

#include "apdu/bytes.h"

struct json;

/* A file of tests/vectors. Ends the test program when it cannot be read: nothing could be tested. */
struct json *json_open(const char *name);
void json_close(struct json *j);

/* How many members the array at this path ("$.milenage") has. */
int json_count(struct json *j, const char *path);

/*
 * The hexadecimal string at a printf-like path ("$.milenage[%d].k") as octets, in a buffer that lives until the 8th call
 * after. Ends the test program when it is absent or no hex: a vector that is not there must not pass.
 */
struct span json_hex(struct json *j, const char *path, ...) __attribute__((format(printf, 2, 3)));

/* The same for text, with its NUL behind the span; and for a number. */
struct span json_text(struct json *j, const char *path, ...) __attribute__((format(printf, 2, 3)));
long long json_number(struct json *j, const char *path, ...) __attribute__((format(printf, 2, 3)));

#endif
