/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../apdu/hex.h"
#include "../../yaml/yamlpos.h"
#include "../secdesc.h"
#include "config_raw.h"

extern const char default_network[];
extern const size_t default_network_len;

enum { MTK_WINDOW = 100, SSRC = 1 }; /* when a service does not say */
#define DESCRIPTION_PATH "/securitydescription"

/* A subscriber in a sorted list. */
struct by_imsi {
	const struct subscriber *s;
};

/* A text that is being turned into a configuration. */
struct load {
	const char *name;
	struct span text;
	char *why;
	struct net_config *config;
	size_t *end_of; /* of each entry of the list: how many subscribers there are behind it */
	struct by_imsi *by_imsi; /* in ascending order, once all subscribers are read */
};

/* path: keys and indices with dots. Says where and what; false. */
__attribute__((format(printf, 3, 4))) static bool fail(const struct load *l, const char *path, const char *format, ...)
{
	char what[CONFIG_WHY_MAX / 2];
	size_t line, column;
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	(void)yamlpos_in_text(l->text, path, &line, &column);
	snprintf(l->why, CONFIG_WHY_MAX, "%s:%zu:%zu: %s: %s", l->name, line, column, path, what);
	return false;
}

/* The path of a key in an entry of a list. */
struct path {
	char text[64];
};

static struct path path_of(const char *list, size_t index, const char *key)
{
	struct path p;
	snprintf(p.text, sizeof p.text, "%s.%zu.%s", list, index, key);
	return p;
}

/* Exactly n octets of hexadecimal digits. The value is not repeated in the message: it may be a key. */
static bool read_hex(const struct load *l, struct path path, const char *text, uint8_t *ret, size_t n)
{
	struct wr w = wr_of(ret, n);

	if (strlen(text) == 2 * n && hex_parse(&w, span_str(text)) && w.n == n)
		return true;
	return fail(l, path.text, "expected %zu hexadecimal digits, got something else (%zu characters)", 2 * n,
		    strlen(text));
}

static bool read_number(const struct load *l, struct path path, const char *text, uint64_t *ret, size_t n)
{
	uint8_t octets[8];
	struct rd r = rd_of(span_of(octets, n));

	if (!read_hex(l, path, text, octets, n))
		return false;
	*ret = rd_uint(&r, n);
	return true;
}

static bool read_bool(const struct load *l, struct path path, const char *text, bool *ret)
{
	*ret = strcmp(text, "true") == 0;
	return *ret || strcmp(text, "false") == 0 || fail(l, path.text, "expected true or false, got \"%.40s\"", text);
}

/* The schema has made sure that it fits. */
static void copy_text(char *to, size_t size, const char *from)
{
	struct wr w = wr_of(to, size);

	wr_str(&w, from);
	if (!wr_cstr(&w))
		to[0] = '\0';
}

static bool read_bsf(const struct load *l, const struct raw_bsf *raw)
{
	if (raw->lifetime == 0)
		return fail(l, "bsf.lifetime", "expected seconds from 1, got 0");
	l->config->bsf_port = raw->port;
	l->config->bsf.lifetime = raw->lifetime;
	copy_text(l->config->bsf.fqdn, sizeof l->config->bsf.fqdn, raw->fqdn);
	return true;
}

static bool is_path(const char *text)
{
	return text[0] == '/' && strpbrk(text, "?# ") == NULL;
}

static bool read_seconds(const struct load *l, struct path path, uint32_t seconds, uint32_t *ret)
{
	*ret = seconds;
	return seconds <= SECDESC_SECONDS_MAX ||
	       fail(l, path.text, "expected seconds up to %d, got %lu", SECDESC_SECONDS_MAX, (unsigned long)seconds);
}

static struct path in_section(const char *section, const char *key)
{
	struct path p;
	snprintf(p.text, sizeof p.text, "%s.%s", section, key);
	return p;
}

/* What the security description is to say. */
static bool read_description(const struct load *l, const struct raw_bmsc *raw, struct bmsc_settings *s)
{
	const char *path = raw->description != NULL ? raw->description : DESCRIPTION_PATH;

	if (!is_path(path) || strcmp(path, s->path) == 0)
		return fail(l, "bmsc.description", "expected a path of its own like %s, got \"%.40s\"",
			    DESCRIPTION_PATH, path);
	copy_text(s->description, sizeof s->description, path);
	if (raw->uicc_key_management != NULL &&
	    !read_bool(l, in_section("bmsc", "uicc_key_management"), raw->uicc_key_management, &s->uicc_key_management))
		return false;
	return read_seconds(l, in_section("bmsc", "offset_time"), raw->offset_time, &s->offset_time) &&
	       read_seconds(l, in_section("bmsc", "random_time_period"), raw->random_time_period,
			    &s->random_time_period);
}

static bool read_bmsc(const struct load *l, const struct raw_bmsc *raw)
{
	struct bmsc_settings *s = &l->config->bmsc;

	if (raw->muk_lifetime == 0)
		return fail(l, "bmsc.muk_lifetime", "expected seconds from 1, got 0");
	if (!is_path(raw->path))
		return fail(l, "bmsc.path", "expected a path like /keymanagement, got \"%.40s\"", raw->path);
	l->config->bmsc_port = raw->port;
	s->muk_lifetime = raw->muk_lifetime;
	copy_text(s->fqdn, sizeof s->fqdn, raw->fqdn);
	copy_text(s->path, sizeof s->path, raw->path);
	return read_description(l, raw, s);
}

static bool read_mikey(const struct load *l, const struct raw_mikey *raw)
{
	if (raw->ue_port == 0)
		return fail(l, "mikey.ue_port", "expected a port from 1 to 65535, got 0");
	l->config->mikey_port = raw->port;
	l->config->bmsc.ue_port = raw->ue_port;
	return true;
}

static bool read_address(const struct load *l, const char *path, const char *listen, char ret[static PEER_HOST_MAX])
{
	uint8_t address[16];

	if (inet_pton(AF_INET, listen, address) != 1 && inet_pton(AF_INET6, listen, address) != 1)
		return fail(l, path, "expected an IP address, got \"%s\"", listen);
	copy_text(ret, PEER_HOST_MAX, listen);
	return true;
}

/* The BM-SC's end of Zn over HTTP: both or none. */
static bool read_zn_url(const struct load *l, const struct raw_bmsc *raw, struct zn_settings *z)
{
	if ((raw->zn == NULL) != (raw->zn_token == NULL))
		return fail(l, raw->zn == NULL ? "bmsc.zn_token" : "bmsc.zn", "expected zn and zn_token, got only one");
	if (raw->zn == NULL)
		return true;
	if (strncmp(raw->zn, "http://", 7) != 0 && strncmp(raw->zn, "https://", 8) != 0)
		return fail(l, "bmsc.zn", "expected a URL like http://127.0.0.1:8082/, got \"%.80s\"", raw->zn);
	copy_text(z->url, sizeof z->url, raw->zn);
	copy_text(z->url_token, sizeof z->url_token, raw->zn_token);
	return true;
}

/* The BSF's: on loopback unless it says otherwise itself, as it hands out keys. */
static bool read_zn(const struct load *l, const struct raw_zn *raw, struct zn_settings *z)
{
	if (raw == NULL)
		return true;
	if (z->url[0] != '\0')
		return fail(l, "zn", "expected none with bmsc.zn: the BSF is elsewhere then");
	z->served = true;
	z->port = raw->port;
	copy_text(z->token, sizeof z->token, raw->token);
	return read_address(l, "zn.listen", raw->listen != NULL ? raw->listen : "127.0.0.1", z->listen);
}

/* An entry of the list, for complaints about it. */
struct entry {
	const struct load *load;
	size_t index;
};

static void complain_about(void *ctx, const char *key, const char *what)
{
	const struct entry *e = ctx;

	(void)fail(e->load, path_of("subscribers", e->index, key).text, "%s", what);
}

static bool read_subscribers(const struct load *l, const struct raw_config *raw, struct subscribers *all)
{
	for (size_t i = 0; i < raw->subscribers_count; i++) {
		struct subscriber_range range _secret_subscriber_range_ = { 0 };
		struct entry e = { l, i };

		if (!subscriber_read(&range, &raw->subscribers[i], &(struct complain){ complain_about, &e }))
			return false;
		if (all->n + range.count > SUBSCRIBERS_MAX)
			return fail(l, path_of("subscribers", i, "count").text, "expected %d subscribers at most",
				    SUBSCRIBERS_MAX);
		l->end_of[i] = all->n + range.count;
		if (!subscribers_add_range(all, &range))
			return fail(l, "subscribers", "no memory for %zu subscribers", l->end_of[i]);
	}
	return true;
}

/* Of two with the same IMSI, the one that comes first in the text. */
static int in_order(const void *a, const void *b)
{
	const struct by_imsi *x = a, *y = b;
	int order = strcmp(x->s->imsi, y->s->imsi);

	return order != 0 ? order : (x->s > y->s) - (x->s < y->s);
}

/* The entry that a subscriber comes from: an entry may be many. */
static size_t entry_of(const struct load *l, size_t subscriber)
{
	size_t i = 0;

	while (l->end_of[i] <= subscriber)
		i++;
	return i;
}

/* Sorts them, and looks for two with the same IMSI. */
static bool sort_subscribers(struct load *l)
{
	const struct subscriber *first = l->config->subscriber;
	size_t n = l->config->n_subscribers;

	l->by_imsi = calloc(n + 1, sizeof *l->by_imsi);
	if (l->by_imsi == NULL)
		return fail(l, "subscribers", "no memory for %zu subscribers", n);
	for (size_t i = 0; i < n; i++)
		l->by_imsi[i].s = &first[i];
	qsort(l->by_imsi, n, sizeof *l->by_imsi, in_order);
	for (size_t i = 1; i < n; i++)
		if (strcmp(l->by_imsi[i - 1].s->imsi, l->by_imsi[i].s->imsi) == 0)
			return fail(l,
				    path_of("subscribers", entry_of(l, (size_t)(l->by_imsi[i].s - first)), "imsi").text,
				    "expected an IMSI of its own, got %s, which another subscriber has",
				    l->by_imsi[i].s->imsi);
	return true;
}

static int is_imsi(const void *imsi, const void *subscriber)
{
	const struct by_imsi *s = subscriber;

	return strcmp(imsi, s->s->imsi);
}

static bool known_imsi(const struct load *l, const char *imsi)
{
	return bsearch(imsi, l->by_imsi, l->config->n_subscribers, sizeof *l->by_imsi, is_imsi) != NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool read_members(const struct load *l, size_t i, const struct raw_service *raw, struct service *s)
{
	/* With no list of subscribers, they may be those that were imported. */
	s->everyone = raw->members == NULL;
	s->member = calloc(raw->members_count + 1, sizeof *s->member);
	if (s->member == NULL)
		return fail(l, path_of("services", i, "members").text, "no memory for %u members", raw->members_count);
	for (size_t j = 0; j < raw->members_count; j++) {
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): members is there when members_count is not 0 */
		if (!(l->config->own_subscribers ? known_imsi(l, raw->members[j]) : auc_is_imsi(raw->members[j])))
			return fail(l, path_of("services", i, "members").text,
				    "expected IMSIs of subscribers, got \"%.40s\"", raw->members[j]);
		copy_text(s->member[s->n_members++], sizeof *s->member, raw->members[j]);
	}
	qsort(s->member, s->n_members, sizeof *s->member, by_text);
	return true;
}

/* What services of one Key Group share, they have to agree on. */
static bool check_group(const struct load *l, size_t i)
{
	const struct service *s = &l->config->service[i];

	for (size_t j = 0; j < i; j++) {
		const struct service *o = &l->config->service[j];

		if (strcmp(s->id, o->id) == 0)
			return fail(l, path_of("services", i, "id").text,
				    "expected an id of its own, got one that another service has");
		if (s->group != o->group || memcmp(s->domain, o->domain, sizeof s->domain) != 0)
			continue;
		if (s->streaming != o->streaming || s->mtk_window != o->mtk_window || s->ssrc != o->ssrc)
			return fail(
				l, path_of("services", i, "key_group").text,
				"expected streaming, mtk_window and ssrc as in service %zu, which shares the Key Group",
				j);
	}
	return true;
}

static bool read_service(const struct load *l, size_t i, const struct raw_service *raw)
{
	struct service *s = &l->config->service[i];
	uint64_t group, ssrc = SSRC;

	l->config->n_services = i + 1;
	copy_text(s->id, sizeof s->id, raw->id);
	if (!read_hex(l, path_of("services", i, "key_domain"), raw->key_domain, s->domain, sizeof s->domain) ||
	    !read_number(l, path_of("services", i, "key_group"), raw->key_group, &group, 2))
		return false;
	if (raw->ssrc != NULL && !read_number(l, path_of("services", i, "ssrc"), raw->ssrc, &ssrc, 4))
		return false;
	if (!read_bool(l, path_of("services", i, "streaming"), raw->streaming, &s->streaming))
		return false;
	s->group = (uint16_t)group;
	s->ssrc = (uint32_t)ssrc;
	s->mtk_window = raw->mtk_window != 0 ? raw->mtk_window : MTK_WINDOW;
	return read_members(l, i, raw, s) && check_group(l, i);
}

static bool read_config(struct load *l, const struct raw_config *raw)
{
	struct net_config *c = l->config;
	struct subscribers all = { .v = NULL };

	l->end_of = calloc(raw->subscribers_count + 1, sizeof *l->end_of);
	c->service = calloc(raw->services_count + 1, sizeof *c->service);
	if (l->end_of == NULL || c->service == NULL)
		return fail(l, "subscribers", "no memory for %u entries", raw->subscribers_count);
	c->limits = *raw->limits;
	if (!read_address(l, "listen", raw->listen, c->listen) || !read_bsf(l, raw->bsf) || !read_bmsc(l, raw->bmsc) ||
	    !read_mikey(l, raw->mikey) || !read_zn_url(l, raw->bmsc, &c->zn) || !read_zn(l, raw->zn, &c->zn))
		return false;
	bool ok = read_subscribers(l, raw, &all);
	c->subscriber = all.v;
	c->n_subscribers = all.n;
	if (!ok || !sort_subscribers(l))
		return false;
	for (size_t i = 0; i < raw->services_count; i++)
		if (!read_service(l, i, &raw->services[i]))
			return false;
	return true;
}

/* A section that is not there is the built-in one; a list without entries is there. Borrows from both. */
static struct raw_config merge(const struct raw_config *own, const struct raw_config *built_in, struct span text)
{
	struct raw_config m = *own;

	if (m.listen == NULL)
		m.listen = built_in->listen;
	if (m.bsf == NULL)
		m.bsf = built_in->bsf;
	if (m.bmsc == NULL)
		m.bmsc = built_in->bmsc;
	if (m.mikey == NULL)
		m.mikey = built_in->mikey;
	if (m.limits == NULL)
		m.limits = built_in->limits;
	if (m.subscribers == NULL) {
		m.subscribers = built_in->subscribers;
		m.subscribers_count = built_in->subscribers_count;
	}
	size_t line, column;
	if (m.services == NULL && !yamlpos_in_text(text, "services", &line, &column)) {
		m.services = built_in->services;
		m.services_count = built_in->services_count;
	}
	return m;
}

struct span net_config_default(void)
{
	return span_of(default_network, default_network_len);
}

int net_config_parse(struct net_config **ret, const char *name, struct span text, char why[static CONFIG_WHY_MAX])
{
	struct raw_config *own = NULL, *built_in = NULL;
	struct load l = { name, text, why, calloc(1, sizeof *l.config), NULL, NULL };
	int error = l.config == NULL ? -ENOMEM : config_raw_load(&own, name, text, why);

	if (error == 0)
		error = config_raw_load(&built_in, "(built in)", net_config_default(), why);
	if (error == 0) {
		struct raw_config raw = merge(own, built_in, text);
		l.config->own_subscribers = own->subscribers != NULL;
		error = read_config(&l, &raw) ? 0 : -EINVAL;
	}
	free(l.by_imsi);
	free(l.end_of);
	config_raw_free(own);
	config_raw_free(built_in);
	if (error != 0) {
		net_config_free(l.config);
		return error;
	}
	*ret = l.config;
	return 0;
}

/* Reads a whole file of at most n octets; the count, or -errno. */
static ssize_t read_file(const char *path, uint8_t *to, size_t n)
{
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return -errno;
	errno = 0;
	size_t got = fread(to, 1, n, file);
	int error = ferror(file) ? (errno != 0 ? -errno : -EIO) : 0;
	if (error == 0 && got == n && fgetc(file) != EOF)
		error = -EFBIG;
	fclose(file);
	return error != 0 ? error : (ssize_t)got;
}

int net_config_load(struct net_config **ret, const char *path, char why[static CONFIG_WHY_MAX])
{
	if (path == NULL)
		return net_config_parse(ret, "(built in)", net_config_default(), why);

	uint8_t *text = malloc(CONFIG_TEXT_MAX);
	if (text == NULL)
		return -ENOMEM;
	ssize_t n = read_file(path, text, CONFIG_TEXT_MAX);
	int error = n < 0 ? (int)n : net_config_parse(ret, path, span_of(text, (size_t)n), why);
	if (n == -EFBIG)
		snprintf(why, CONFIG_WHY_MAX,
			 "%s: expected %d octets at most, got more (`vuicc-testnet import` takes subscribers of a file "
			 "of any "
			 "length)",
			 path, CONFIG_TEXT_MAX);
	else if (n < 0)
		snprintf(why, CONFIG_WHY_MAX, "%s: %s", path, strerror(-error));
	secret_wipe(text, CONFIG_TEXT_MAX);
	free(text);
	return error;
}

void net_config_no_subscribers(struct net_config *c)
{
	subscribers_free(&(struct subscribers){ .v = c->subscriber, .n = c->n_subscribers });
	c->subscriber = NULL;
	c->n_subscribers = 0;
}

void net_config_free(struct net_config *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; c->service != NULL && i < c->n_services; i++)
		free(c->service[i].member);
	free(c->service);
	net_config_no_subscribers(c);
	free(c);
}
