/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char suffix[] = ".apdu";

static bool folder(char path[static PACK_PATH_MAX])
{
	const char *named = getenv("VUICC_PACKS");
	char program[PACK_PATH_MAX];

	if (named != NULL && named[0] != '\0')
		return snprintf(path, PACK_PATH_MAX, "%s", named) < PACK_PATH_MAX;
	ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
	if (n < 0)
		return false;
	program[n] = '\0';
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(program, '/');
		if (slash == NULL)
			return false;
		*slash = '\0';
	}
	return snprintf(path, PACK_PATH_MAX, "%s/share/vuicc/packs", program) < PACK_PATH_MAX;
}

bool pack_path(char path[static PACK_PATH_MAX], const char *name)
{
	char in[PACK_PATH_MAX];

	if (name[0] == '\0' || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
		return false;
	return folder(in) && snprintf(path, PACK_PATH_MAX, "%s/%s%s", in, name, suffix) < PACK_PATH_MAX;
}

/* A pack says on its first line what it is about. */
static int describe(FILE *out, const char *name)
{
	char path[PACK_PATH_MAX], line[PACK_PATH_MAX], about[PACK_PATH_MAX] = "";
	unsigned cases = 0;

	if (!pack_path(path, name))
		return 0; /* a file that is none of ours */
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return -errno;
	while (fgets(line, sizeof line, f) != NULL) {
		if (about[0] == '\0' && line[0] == '#')
			snprintf(about, sizeof about, "%.*s", (int)strcspn(line + 2, "\n"), line + 2);
		cases += strncmp(line, "! case ", strlen("! case ")) == 0;
	}
	fclose(f);
	fprintf(out, "%-12s %3u cases  %s\n", name, cases, about);
	return 0;
}

static int is_pack(const struct dirent *d)
{
	size_t n = strlen(d->d_name), end = sizeof suffix - 1;

	return n > end && strcmp(d->d_name + n - end, suffix) == 0;
}

int pack_list(FILE *out)
{
	char in[PACK_PATH_MAX];
	struct dirent **entries = NULL;
	int rc = 0, n = folder(in) ? scandir(in, &entries, is_pack, alphasort) : -1;

	if (n < 0) {
		rc = -errno;
		fprintf(stderr, "vuicc-apdu: %s: %s\n", in, strerror(errno));
		return rc;
	}
	for (int i = 0; i < n; i++) {
		entries[i]->d_name[strlen(entries[i]->d_name) - (sizeof suffix - 1)] = '\0';
		if (rc == 0)
			rc = describe(out, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return rc;
}
