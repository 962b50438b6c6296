/* SPDX-License-Identifier: Apache-2.0 */
#include "secdesc.h"

#include <stdio.h>
#include <stdlib.h>

#include "xml_doc.h"

#define NAMESPACE "urn:3GPP:metadata:2005:MBMS:securityDescription"

/* The schema has seen that these are numbers and truth values. */
static uint32_t seconds_of(const xmlNode *element, const char *name)
{
	char text[16];

	return xml_attribute(element, name, text, sizeof text) ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

static bool truth_of(const xmlNode *element, const char *name, bool when_absent)
{
	char text[8];

	if (!xml_attribute(element, name, text, sizeof text))
		return when_absent;
	return strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
}

static bool is_element(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static bool unusable(const xmlNode *node, char *why)
{
	snprintf(why, XML_WHY_MAX, "line %ld, element %.64s: unusable content, or too much of it", xmlGetLineNo(node),
		 (const char *)node->name);
	return false;
}

static bool servers_of(struct secdesc *d, const xmlNode *management, char *why)
{
	for (const xmlNode *n = management->children; n != NULL; n = n->next) {
		if (!is_element(n, "serverURI"))
			continue;
		if (d->n_servers == SECDESC_SERVERS_MAX || !xml_text_in(n, d->server[d->n_servers], SECDESC_URI_MAX))
			return unusable(n, why);
		d->n_servers++;
	}
	return true;
}

static bool key_of(struct secdesc *d, const struct secdesc_key *about, const xmlNode *msk, char *why)
{
	uint8_t id[4];
	struct rd r = rd_of(SPAN(id));

	if (d->n_keys == SECDESC_KEYS_MAX)
		return unusable(msk, why);
	struct secdesc_key *k = &d->key[d->n_keys++];
	*k = *about;
	if (!xml_octets_of(msk, "keyDomainID", k->domain, sizeof k->domain) ||
	    !xml_octets_of(msk, "MSKID", id, sizeof id))
		return unusable(msk, why);
	k->group = rd_u16(&r);
	return true;
}

static bool flow_of(struct secdesc *d, struct secdesc_key about, const xmlNode *flow, char *why)
{
	if (!xml_attribute(flow, "flowID", about.flow, sizeof about.flow))
		return unusable(flow, why);
	for (const xmlNode *n = flow->children; n != NULL; n = n->next)
		if (is_element(n, "MSK") && !key_of(d, &about, n, why))
			return false;
	return true;
}

static bool key_id_of(struct secdesc *d, const xmlNode *key_id, char *why)
{
	struct secdesc_key about = { 0 };

	if (xmlHasProp(key_id, (const xmlChar *)"serviceID") != NULL &&
	    !xml_attribute(key_id, "serviceID", about.service, sizeof about.service))
		return unusable(key_id, why);
	for (const xmlNode *n = key_id->children; n != NULL; n = n->next) {
		if (is_element(n, "MSK") && !key_of(d, &about, n, why))
			return false;
		if (is_element(n, "mediaFlow") && !flow_of(d, about, n, why))
			return false;
	}
	return true;
}

static bool description_of(struct secdesc *d, const xmlNode *root, char *why)
{
	const xmlNode *management = xml_child(root, "keyManagement");

	d->confidentiality = truth_of(root, "confidentialityProtection", true);
	d->integrity = truth_of(root, "integrityProtection", true);
	d->offset = seconds_of(management, "offsetTime");
	d->random = seconds_of(management, "randomTimePeriod");
	d->uicc = truth_of(management, "uiccKeyManagement", true);
	if (!servers_of(d, management, why))
		return false;
	for (const xmlNode *n = root->children; n != NULL; n = n->next)
		if (is_element(n, "keyId") && !key_id_of(d, n, why))
			return false;
	return true;
}

bool secdesc_parse(struct secdesc *ret, struct span body, char *why)
{
	*ret = (struct secdesc){ 0 };
	if (body.n == 0 || body.n > KM_BODY_MAX) {
		snprintf(why, XML_WHY_MAX, "a description of %zu octets (expected 1 to %d)", body.n, KM_BODY_MAX);
		return false;
	}
	xmlDocPtr doc = xml_load(body, XML_SECURITY_DESCRIPTION, why);
	bool ok = doc != NULL && description_of(ret, xmlDocGetRootElement(doc), why);

	xmlFreeDoc(doc);
	return ok;
}

static void put_attribute(struct wr *out, const char *name, const char *value)
{
	wr_str(out, " ");
	wr_str(out, name);
	wr_str(out, "=\"");
	xml_put_escaped(out, value);
	wr_str(out, "\"");
}

static void put_seconds(struct wr *out, const char *name, uint32_t seconds)
{
	char text[16];

	snprintf(text, sizeof text, "%lu", (unsigned long)seconds);
	put_attribute(out, name, text);
}

static void put_truth(struct wr *out, const char *name, bool value)
{
	put_attribute(out, name, value ? "true" : "false");
}

static void put_key(struct wr *out, const struct secdesc_key *k)
{
	uint8_t id[4];
	struct wr w = WR(id);

	wr_u16(&w, k->group);
	wr_u16(&w, 0);
	if (k->flow[0] != '\0') {
		wr_str(out, "<mediaFlow");
		put_attribute(out, "flowID", k->flow);
		wr_str(out, ">");
	}
	wr_str(out, "<MSK>");
	xml_put_octets(out, "keyDomainID", SPAN(k->domain));
	xml_put_octets(out, "MSKID", wr_done(&w));
	wr_str(out, "</MSK>");
	if (k->flow[0] != '\0')
		wr_str(out, "</mediaFlow>");
}

/* The keys from the i-th on that are of the same service; the index behind them. */
static size_t put_key_id(struct wr *out, const struct secdesc *d, size_t i)
{
	const char *service = d->key[i].service;

	wr_str(out, "<keyId");
	if (service[0] != '\0')
		put_attribute(out, "serviceID", service);
	wr_str(out, ">");
	for (; i < d->n_keys && strcmp(d->key[i].service, service) == 0; i++)
		put_key(out, &d->key[i]);
	wr_str(out, "</keyId>");
	return i;
}

void secdesc_put(struct wr *out, const struct secdesc *d)
{
	wr_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><mbmsSecurityDescription");
	put_attribute(out, "xmlns", NAMESPACE);
	put_truth(out, "confidentialityProtection", d->confidentiality);
	put_truth(out, "integrityProtection", d->integrity);
	wr_str(out, "><keyManagement");
	put_seconds(out, "offsetTime", d->offset);
	put_seconds(out, "randomTimePeriod", d->random);
	put_truth(out, "uiccKeyManagement", d->uicc);
	wr_str(out, ">");
	for (size_t i = 0; i < d->n_servers; i++)
		xml_put_text(out, "serverURI", d->server[i]);
	wr_str(out, "</keyManagement>");
	for (size_t i = 0; i < d->n_keys;)
		i = put_key_id(out, d, i);
	wr_str(out, "</mbmsSecurityDescription>");
}
