/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../apdu/hex.h"

static bool add_item(struct km_doc *doc, const struct km_item *item)
{
	for (size_t i = 0; i < doc->n; i++)
		if (mbms_same_item(&doc->item[i], item))
			return true;
	if (doc->n == KM_ITEMS_MAX)
		return false;
	doc->item[doc->n++] = *item;
	return true;
}

bool names_add_service(struct km_doc *doc, const char *text)
{
	struct km_item item = { 0 };

	struct wr w = WR(item.service);
	wr_str(&w, text);
	return km_service_ok(text) && wr_cstr(&w) && add_item(doc, &item);
}

/* Exactly n octets of digits in front of `:` or the end; *text goes behind it. */
static bool take_hex(const char **text, uint8_t *out, size_t n)
{
	struct wr w = wr_of(out, n);
	size_t digits = strcspn(*text, ":");

	if (digits != 2 * n || !hex_parse(&w, span_of(*text, digits)) || w.n != n)
		return false;
	*text += digits;
	*text += **text == ':' && (*text)[1] != '\0';
	return true;
}

/* DOMAIN:GROUP[:NUMBER] */
bool names_add_key(struct km_doc *doc, const char *text)
{
	uint8_t octets[3 + 2 + 2] = { 0 };
	struct km_item item = { 0 };

	if (!take_hex(&text, octets, 3) || !take_hex(&text, octets + 3, 2))
		return false;
	if (*text != '\0' && !take_hex(&text, octets + 5, 2))
		return false;
	struct rd r = rd_of(SPAN(octets));
	rd_copy(&r, item.key.domain, sizeof item.key.domain);
	item.key.group = rd_u16(&r);
	item.key.number = rd_u16(&r);
	return *text == '\0' && add_item(doc, &item);
}

static bool add_mapping(struct names *names, struct span id, const uint8_t domain[static 3], uint16_t group)
{
	struct agent_service *s = &names->service[names->n];

	if (names->n == VU_COUNT(names->service) || id.n == 0)
		return false;
	struct wr w = WR(s->id);
	wr_span(&w, id);
	memcpy(s->domain, domain, sizeof s->domain);
	s->group = group;
	names->n += wr_cstr(&w);
	return !w.bad;
}

bool names_add_mapping(struct names *names, const char *text)
{
	const char *equals = strrchr(text, '=');
	struct km_doc key = { .n = 0 };

	if (equals == NULL || !names_add_key(&key, equals + 1) || key.item[0].key.number != 0)
		return false;
	return add_mapping(names, span_of(text, (size_t)(equals - text)), key.item[0].key.domain,
			   key.item[0].key.group);
}

/* Seconds in front of end, as milliseconds. */
static bool take_seconds(const char **text, char end, uint32_t *ret)
{
	char *behind = NULL;

	if (**text < '0' || **text > '9')
		return false;
	unsigned long n = strtoul(*text, &behind, 10);
	if (*behind != end || n > SECDESC_SECONDS_MAX)
		return false;
	*ret = (uint32_t)n * 1000;
	*text = behind + (end != '\0');
	return true;
}

bool names_set_back_off(struct names *names, const char *text)
{
	return take_seconds(&text, ',', &names->offset) && take_seconds(&text, '\0', &names->spread);
}

bool names_describe(struct names *names, struct span body, char *why)
{
	struct secdesc d;

	if (!secdesc_parse(&d, body, why))
		return false;
	if (d.offset != 0 || d.random != 0) {
		names->offset = d.offset * 1000;
		names->spread = d.random * 1000;
	}
	names->uicc = d.uicc;
	if (d.n_servers != 0)
		memcpy(names->bmsc, d.server[0], sizeof names->bmsc);
	for (size_t i = 0; i < d.n_keys; i++) {
		const struct secdesc_key *key = &d.key[i];
		if (key->service[0] == '\0' || add_mapping(names, span_str(key->service), key->domain, key->group))
			continue;
		snprintf(why, XML_WHY_MAX, "more services than there is room for (%zu)", VU_COUNT(names->service));
		return false;
	}
	return true;
}
