/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target on every file of the folders named: what was found once stays found, without a fuzzer. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "fuzz.h"

enum { PATH_SIZE = 4096 };

static _Noreturn void give_up(const char *path)
{
	fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
	exit(2);
}

static void run_file(const char *path)
{
	struct stat st;
	FILE *f = fopen(path, "rb");

	if (f == NULL || fstat(fileno(f), &st) != 0)
		give_up(path);
	size_t n = (size_t)st.st_size;
	uint8_t *octets = malloc(n != 0 ? n : 1);
	if (octets == NULL || fread(octets, 1, n, f) != n)
		give_up(path);
	fclose(f);
	/* A finding ends the process: the last line tells which file it was. */
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(octets, n);
	free(octets);
}

static unsigned run_folder(const char *folder)
{
	char path[PATH_SIZE];
	unsigned files = 0;
	struct dirent *entry;
	DIR *d = opendir(folder);

	if (d == NULL)
		give_up(folder);
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path)
			continue;
		run_file(path);
		files++;
	}
	closedir(d);
	return files;
}

int main(int argc, char **argv)
{
	unsigned files = 0;

	for (int i = 1; i < argc; i++)
		files += run_folder(argv[i]);
	printf("%u files replayed\n", files);
	return files != 0 ? 0 : 1;
}
