/* SPDX-License-Identifier: Apache-2.0 */
/* vuicc-perso: a YAML profile to a card file, and a card file in words. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../store/nv_sqlite.h"
#include "apps.h"
#include "profile_int.h"
#include "show.h"

enum { EXIT_OK, EXIT_REFUSED, EXIT_USAGE, EXIT_PROFILE, EXIT_ENVIRONMENT };

static const char usage[] =
	"usage: vuicc-perso [--profile FILE] [--set KEY=VALUE]... [--force] CARD\n"
	"       vuicc-perso show CARD\n"
	"\n"
	"Makes the card file CARD from a profile, or shows what a reader could see of a card file.\n"
	"\n"
	"  -p, --profile FILE   the profile, in YAML; without it, the built-in usim-gba.yaml\n"
	"  -s, --set KEY=VALUE  replaces one value of the profile: imsi, k, sqn.start, pins.pin1.code ...\n"
	"                       A value on the command line is seen by every user of the machine: keys that\n"
	"                       matter belong into a profile.\n"
	"  -f, --force          replaces CARD if it is a card file already\n"
	"  -h, --help           this text\n"
	"\n"
	"Exit status: 0 done; 1 refused (CARD exists already); 2 usage; 3 bad profile; 4 a file could not be\n"
	"read or written, is in use, or is not a card file.\n";

struct options {
	const char *profile, *card;
	const char *set[SETS_MAX];
	size_t sets;
	bool force, show, help;
};

/* False when the command line is wrong; getopt has said why, or *ret_why does. */
static bool parse(struct options *o, int argc, char **argv, const char **ret_why)
{
	static const struct option longs[] = {
		{ "profile", required_argument, NULL, 'p' },
		{ "set", required_argument, NULL, 's' },
		{ "force", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*ret_why = NULL;
	while ((c = getopt_long(argc, argv, "p:s:fh", longs, NULL)) != -1) {
		if (c == 'p')
			o->profile = optarg;
		else if (c == 'f')
			o->force = true;
		else if (c == 'h')
			o->help = true;
		else if (c == 's' && o->sets < SETS_MAX)
			o->set[o->sets++] = optarg;
		else
			return false;
	}
	int left = argc - optind;
	o->show = left > 0 && strcmp(argv[optind], "show") == 0;
	if (o->help)
		return true;
	*ret_why = o->show ? "expected one card file after show" : "expected one card file";
	if (left != (o->show ? 2 : 1))
		return false;
	o->card = argv[optind + (o->show ? 1 : 0)];
	*ret_why = "expected no options with show";
	return !o->show || (o->profile == NULL && o->sets == 0 && !o->force);
}

static int complain(const struct profile_error *e)
{
	fprintf(stderr, "vuicc-perso: %s: %s: %s\n", e->where, e->key, e->what);
	return EXIT_PROFILE;
}

static int write_card(const struct options *o, const struct nv_item *items, size_t n)
{
	char why[NV_WHY_MAX] = "";
	int error = nv_sqlite_create(o->card, items, n, o->force, why);

	if (error == 0)
		return EXIT_OK;
	fprintf(stderr, "vuicc-perso: %s%s\n", why, error == -EEXIST ? " (--force replaces a card file)" : "");
	return error == -EEXIST ? EXIT_REFUSED : EXIT_ENVIRONMENT;
}

/* One line: what the card is, and how much of it. */
static void say_what_was_made(const char *card, const struct model *m)
{
	printf("%s: a USIM", card);
	if (apps_has(m, MODEL_ISIM))
		printf(" and an ISIM");
	printf(" with IMSI %s, ICCID %s, %u files, %u", m->imsi, m->iccid, (unsigned)m->files_count,
	       (unsigned)m->app[MODEL_USIM].services_count);
	if (apps_has(m, MODEL_ISIM))
		printf(" and %u", (unsigned)m->app[MODEL_ISIM].services_count);
	printf(" services%s\n", m->legacy_gsm ? ", class A0" : "");
}

static int make_from(const struct options *o, struct profile *p)
{
	struct profile_error e;
	const struct nv_item *items;
	size_t n;

	for (size_t i = 0; i < o->sets; i++)
		if (profile_set(p, o->set[i], &e) != 0)
			return complain(&e);
	if (profile_build(p, &items, &n, &e) != 0)
		return complain(&e);
	int status = write_card(o, items, n);
	if (status == EXIT_OK)
		say_what_was_made(o->card, p->model);
	return status;
}

static int make(const struct options *o)
{
	struct profile *p = NULL;
	struct profile_error e;
	int error = o->profile != NULL ? profile_load(&p, o->profile, &e) : profile_default(&p, &e);

	if (error != 0) {
		complain(&e);
		return error == -EINVAL ? EXIT_PROFILE : EXIT_ENVIRONMENT;
	}
	int status = make_from(o, p);
	profile_close(p);
	return status;
}

static int show(const struct options *o)
{
	struct nv_sqlite *store = NULL;
	char why[NV_WHY_MAX] = "";
	const char *view_why;

	if (nv_sqlite_open(&store, o->card, why) != 0) {
		fprintf(stderr, "vuicc-perso: %s\n", why);
		return EXIT_ENVIRONMENT;
	}
	struct view *v = view_open(&nv_sqlite_ops, store, &view_why);
	if (v != NULL) {
		show_card(stdout, v);
		show_tree(stdout, v);
	} else {
		const char *error = nv_sqlite_error(store);
		fprintf(stderr, "vuicc-perso: %s: %s\n", o->card, error[0] != '\0' ? error : view_why);
	}
	int status = v != NULL ? EXIT_OK : EXIT_ENVIRONMENT;
	view_close(v);
	nv_sqlite_close(store);
	return status;
}

/* What was printed has arrived, or the status says so. */
static int finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "vuicc-perso: the output could not be written: %s\n", strerror(errno));
	return status == EXIT_OK ? EXIT_ENVIRONMENT : status;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	const char *why;

	if (!parse(&o, argc, argv, &why)) {
		if (why != NULL)
			fprintf(stderr, "vuicc-perso: %s\n", why);
		fprintf(stderr, "try vuicc-perso --help\n");
		return EXIT_USAGE;
	}
	if (o.help) {
		fputs(usage, stdout);
		return finish(EXIT_OK);
	}
	return finish(o.show ? show(&o) : make(&o));
}
