/* SPDX-License-Identifier: Apache-2.0 */
/* A profile's life: read, checked for its shape, overridden, and put away. Its meaning is the business of build.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../yaml/yamlpos.h"
#include "../crypto/secret.h"
#include "profile_int.h"
#include "yamlcheck.h"
#include "yamlset.h"

enum { PROFILE_FILE_MAX = 1 << 20 };

/* card/profiles/usim-gba.yaml, put in by the build. */
extern const char profile_default_yaml[];
extern const size_t profile_default_yaml_len;

const char profile_default_name[] = "usim-gba.yaml (built in)";

static const cyaml_config_t cyaml_config = {
	.log_level = CYAML_LOG_ERROR, /* without a log function: yamlcheck() has reported before libcyaml could */
	.mem_fn = yamlset_memory,
	.flags = CYAML_CFG_DEFAULT,
};

static int load(struct profile **ret, const char *name, struct span text, struct profile_error *e)
{
	struct profile *p = calloc(1, sizeof *p);
	cyaml_data_t *data = NULL;

	*e = (struct profile_error){ 0 };
	if (p == NULL || yamldoc_open(&p->doc, name, text, e) != 0) {
		free(p);
		return -EINVAL;
	}
	int error = yamlcheck(&p->doc, &model_schema, e);
	if (error == 0) {
		cyaml_err_t refused = cyaml_load_data(text.p, text.n, &cyaml_config, &model_schema, &data, NULL);
		p->model = data;
		if (refused != CYAML_OK) {
			snprintf(e->where, sizeof e->where, "%s", p->doc.name);
			snprintf(e->key, sizeof e->key, "(text)");
			snprintf(e->what, sizeof e->what, "expected a profile, got: %s", cyaml_strerror(refused));
			error = -EINVAL;
		}
	}
	if (error != 0) {
		profile_close(p);
		return error;
	}
	*ret = p;
	return 0;
}

int profile_default(struct profile **ret, struct profile_error *e)
{
	return load(ret, profile_default_name, span_of(profile_default_yaml, profile_default_yaml_len), e);
}

/* Everything in the file, n octets of it in buf. 0 or an errno; EFBIG when there is more. */
static int read_all(int fd, uint8_t *buf, size_t size, size_t *ret_n)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(fd, buf + n, size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		if (got == 0) {
			*ret_n = n;
			return 0;
		}
		n += (size_t)got;
	}
	return EFBIG;
}

int profile_load(struct profile **ret, const char *path, struct profile_error *e)
{
	size_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 ? errno : 0;
	uint8_t *text = malloc(PROFILE_FILE_MAX);

	if (error == 0)
		error = text == NULL ? ENOMEM : read_all(fd, text, PROFILE_FILE_MAX, &n);
	if (error != 0) {
		*e = (struct profile_error){ 0 };
		snprintf(e->where, sizeof e->where, "%s", path);
		snprintf(e->key, sizeof e->key, "(file)");
		snprintf(e->what, sizeof e->what, "expected a profile of at most %d octets, got: %s",
			 PROFILE_FILE_MAX - 1, strerror(error));
		error = -error;
	} else {
		error = load(ret, path, span_of(text, n), e);
	}
	if (text != NULL)
		secret_wipe(text, PROFILE_FILE_MAX);
	free(text);
	if (fd >= 0)
		close(fd);
	return error;
}

static int fail_set(struct profile_error *e, const char *key, const char *what)
{
	*e = (struct profile_error){ .where = "--set" };
	snprintf(e->key, sizeof e->key, "%s", key);
	snprintf(e->what, sizeof e->what, "%s", what);
	return -EINVAL;
}

/* OP, OPc, TOP and TOPc exclude each other: the one set last is meant. */
static void drop_others(struct model *m, const char *key)
{
	const struct {
		const char *key;
		char **text;
	} one_of[] = { { "op", &m->op }, { "opc", &m->opc }, { "top", &m->top }, { "topc", &m->topc } };
	bool among_them = false;

	for (size_t i = 0; i < VU_COUNT(one_of); i++)
		among_them = among_them || strcmp(key, one_of[i].key) == 0;
	for (size_t i = 0; among_them && i < VU_COUNT(one_of); i++) {
		if (strcmp(key, one_of[i].key) == 0)
			continue;
		yamlset_memory(NULL, *one_of[i].text, 0);
		*one_of[i].text = NULL;
	}
}

static bool was_set(const struct profile *p, const char *key)
{
	for (size_t i = 0; i < p->sets; i++)
		if (strcmp(p->set[i], key) == 0)
			return true;
	return false;
}

int profile_set(struct profile *p, const char *assignment, struct profile_error *e)
{
	char key[YAMLDOC_KEY_MAX], expected[160], what[200];
	size_t n = strcspn(assignment, "=");

	if (assignment[n] == '\0' || n == 0 || n >= sizeof key)
		return fail_set(e, "--set", "expected KEY=VALUE, got something else");
	snprintf(key, sizeof key, "%.*s", (int)n, assignment);
	/* The value is not repeated: it may be a key or a PIN. */
	if (!yamlset(&model_schema, p->model, key, assignment + n + 1, expected, sizeof expected)) {
		snprintf(what, sizeof what, "expected %s, got another", expected);
		return fail_set(e, key, what);
	}
	drop_others(p->model, key);
	if (was_set(p, key))
		return 0;
	if (p->sets == SETS_MAX || (p->set[p->sets] = strdup(key)) == NULL)
		return fail_set(e, key, "expected fewer of them, got too many");
	p->sets++;
	return 0;
}

void profile_drop_items(struct profile *p)
{
	for (size_t i = 0; i < p->n_items; i++) {
		void *value = (void *)(uintptr_t)p->items[i].value; /* const to everybody else */
		secret_wipe(value, p->items[i].n);
		free(value);
	}
	p->n_items = 0;
}

void profile_close(struct profile *p)
{
	if (p == NULL)
		return;
	profile_drop_items(p);
	for (size_t i = 0; i < p->sets; i++)
		free(p->set[i]);
	cyaml_free(&cyaml_config, &model_schema, p->model, 0);
	yamldoc_close(&p->doc);
	free(p);
}

__attribute__((format(printf, 3, 0))) static int refuse(struct profile *p, const char *key, const char *format,
							va_list args)
{
	struct profile_error *e = p->error;

	*e = (struct profile_error){ 0 };
	if (was_set(p, key)) {
		snprintf(e->where, sizeof e->where, "--set");
	} else {
		yaml_node_t *node = yamlpos_find(&p->doc.document, key, NULL);
		yamldoc_where(&p->doc, node != NULL ? node->start_mark : (yaml_mark_t){ 0 }, e->where);
	}
	snprintf(e->key, sizeof e->key, "%s", key);
	vsnprintf(e->what, sizeof e->what, format, args);
	return -EINVAL;
}

int profile_refuse(struct profile *p, const char *key, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int error = refuse(p, key, format, args);
	va_end(args);
	return error;
}

int profile_refuse_entry(struct profile *p, const char *list, size_t index, const char *key, const char *format, ...)
{
	char path[YAMLDOC_KEY_MAX];
	va_list args;

	snprintf(path, sizeof path, "%s[%zu]%s%s", list, index, key != NULL ? "." : "", key != NULL ? key : "");
	va_start(args, format);
	int error = refuse(p, path, format, args);
	va_end(args);
	return error;
}
