/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "place.h"

enum { ABOUT_MAX = 512 };

static const char suffix[] = ".apdu";

/* What a script says about itself in its first lines. */
struct about {
	char is[ABOUT_MAX], changes[ABOUT_MAX];
	unsigned cases;
};

static bool packs_folder(char path[static PLACE_MAX])
{
	const char *named = getenv("VUICC_PACKS");

	if (named != NULL && named[0] != '\0')
		return snprintf(path, PLACE_MAX, "%s", named) < PLACE_MAX;
	return place_of_data(path, "share/vuicc/packs");
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* How long a name is without .apdu; 0 when that is not at its end. */
static size_t stem(const char *name)
{
	size_t n = strlen(name), end = sizeof suffix - 1;

	return n > end && strcmp(name + n - end, suffix) == 0 ? n - end : 0;
}

static int is_script(const struct dirent *d)
{
	return d->d_name[0] != '.' && stem(d->d_name) != 0;
}

static int may_be_pack(const struct dirent *d)
{
	return d->d_name[0] != '.' && (stem(d->d_name) != 0 || strchr(d->d_name, '.') == NULL);
}

/* Names of a folder in alphabetical order, each to fn; what fn says ends it when it is not 0. */
static int for_each(const char *folder, int (*filter)(const struct dirent *),
		    int (*fn)(void *ctx, const char *folder, const char *name), void *ctx)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, filter, alphasort), rc = n < 0 ? -errno : 0;

	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = fn(ctx, folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

static bool copy_behind(char into[ABOUT_MAX], const char *line, const char *word)
{
	if (strncmp(line, word, strlen(word)) != 0)
		return false;
	if (into[0] == '\0')
		snprintf(into, ABOUT_MAX, "%.*s", (int)strcspn(line + strlen(word), "\n"), line + strlen(word));
	return true;
}

static int describe(const char *path, struct about *a)
{
	char line[PLACE_MAX];
	FILE *f = fopen(path, "re");

	*a = (struct about){ .is = "" };
	if (f == NULL)
		return -errno;
	while (fgets(line, sizeof line, f) != NULL) {
		a->cases += strncmp(line, "! case ", strlen("! case ")) == 0;
		if (!copy_behind(a->changes, line, "# changes: "))
			(void)copy_behind(a->is, line, "# ");
	}
	fclose(f);
	if (a->cases == 0)
		a->cases = 1; /* the script itself */
	return 0;
}

static int add(struct pack_scripts *scripts, const char *path, const char *title, const char *changes)
{
	if (scripts->n >= PACK_SCRIPTS_MAX)
		return -E2BIG;
	struct pack_script *s = &scripts->script[scripts->n++];
	s->path = strdup(path);
	s->title = strdup(title);
	s->changes = changes[0] != '\0' ? strdup(changes) : NULL;
	return s->path != NULL && s->title != NULL && (changes[0] == '\0' || s->changes != NULL) ? 0 : -ENOMEM;
}

int pack_add_file(struct pack_scripts *scripts, const char *path)
{
	return add(scripts, path, path, "");
}

static int add_script(struct pack_scripts *scripts, const char *folder, const char *prefix, const char *name)
{
	char path[PLACE_MAX], title[PLACE_MAX];
	struct about about;

	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path ||
	    snprintf(title, sizeof title, "%s%.*s", prefix, (int)stem(name), name) >= (int)sizeof title)
		return -ENAMETOOLONG;
	int rc = describe(path, &about);
	return rc != 0 ? rc : add(scripts, path, title, about.changes);
}

/* A member of the folder that is a pack. */
static int add_member(void *scripts, const char *folder, const char *name)
{
	char prefix[PLACE_MAX];
	const char *slash = strrchr(folder, '/');

	if (snprintf(prefix, sizeof prefix, "%s/", slash != NULL ? slash + 1 : folder) >= (int)sizeof prefix)
		return -ENAMETOOLONG;
	return add_script(scripts, folder, prefix, name);
}

/* NAME.apdu, or the folder NAME. */
static int add_entry(void *scripts, const char *folder, const char *name)
{
	char path[PLACE_MAX];

	if (stem(name) != 0)
		return add_script(scripts, folder, "", name);
	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
		return -ENAMETOOLONG;
	return is_folder(path) ? for_each(path, is_script, add_member, scripts) : 0;
}

int pack_add(struct pack_scripts *scripts, const char *name)
{
	char folder[PLACE_MAX], path[PLACE_MAX], file[PLACE_MAX];

	if (name[0] == '\0' || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0' ||
	    !packs_folder(folder))
		return -ENOENT;
	if (strcmp(name, "all") == 0)
		return for_each(folder, may_be_pack, add_entry, scripts);
	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path ||
	    snprintf(file, sizeof file, "%s%s", name, suffix) >= (int)sizeof file)
		return -ENAMETOOLONG;
	return add_entry(scripts, folder, is_folder(path) ? name : file);
}

void pack_scripts_free(struct pack_scripts *scripts)
{
	for (size_t i = 0; i < scripts->n; i++) {
		free(scripts->script[i].path);
		free(scripts->script[i].title);
		free(scripts->script[i].changes);
	}
	scripts->n = 0;
}

static int count(void *cases, const char *folder, const char *name)
{
	char path[PLACE_MAX];
	struct about about;
	unsigned *n = cases;

	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
		return -ENAMETOOLONG;
	int rc = describe(path, &about);
	*n += about.cases;
	return rc;
}

/* A folder has what it is about in the heading of its README.md. */
static int print_entry(void *out, const char *folder, const char *name)
{
	char path[PLACE_MAX], readme[PLACE_MAX];
	struct about about;
	unsigned cases = 0;
	size_t n = stem(name);

	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path ||
	    snprintf(readme, sizeof readme, "%s/%s/README.md", folder, name) >= (int)sizeof readme)
		return -ENAMETOOLONG;
	if (n == 0 && !is_folder(path))
		return 0;
	int rc = describe(n != 0 ? path : readme, &about);
	if (rc == 0 && n == 0)
		rc = for_each(path, is_script, count, &cases);
	if (rc != 0)
		return rc;
	fprintf(out, "%-12.*s %3u cases  %s\n", n != 0 ? (int)n : (int)strlen(name), name, n != 0 ? about.cases : cases,
		about.is);
	if (about.changes[0] != '\0')
		fprintf(out, "%24schanges: %s\n", "", about.changes);
	return 0;
}

int pack_list(FILE *out)
{
	char folder[PLACE_MAX];
	int rc = packs_folder(folder) ? for_each(folder, may_be_pack, print_entry, out) : -ENOENT;

	if (rc != 0)
		fprintf(stderr, "vuicc-apdu: %s: %s\n", folder, strerror(-rc));
	return rc;
}
