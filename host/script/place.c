/* SPDX-License-Identifier: Apache-2.0 */
#include "place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The program's path without its last `up` parts, and name behind it. */
static bool place(char path[static PLACE_MAX], int up, const char *name)
{
	char program[PLACE_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);

	if (n < 0)
		return false;
	program[n] = '\0';
	while (up-- > 0) {
		char *slash = strrchr(program, '/');
		if (slash == NULL)
			return false;
		*slash = '\0';
	}
	return snprintf(path, PLACE_MAX, "%s/%s", program, name) < PLACE_MAX;
}

bool place_of_program(char path[static PLACE_MAX], const char *name)
{
	return place(path, 1, name);
}

bool place_of_data(char path[static PLACE_MAX], const char *name)
{
	return place(path, 2, name);
}
