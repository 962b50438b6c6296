/* SPDX-License-Identifier: Apache-2.0 */
#include "xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base64.h"
#include "xml_doc.h"

/* What a document of one kind is called: decisions 34, 35 and 57. */
static const struct format {
	const char *request_type, *media_type, *ns, *root;
	const char *entry; /* element around one item; NULL: a serviceID stands in the root itself */
	enum xml_schema schema;
} formats[KM_KINDS][2] = {
	[KM_REGISTER] = { { "register", "application/mbms-register+xml", "urn:3GPP:metadata:2005:MBMS:register",
			    "mbmsSecurityRegister", NULL, XML_REGISTER },
			  { "register", "application/mbms-register-response+xml",
			    "urn:3GPP:metadata:2005:MBMS:registerResponse", "mbmsSecurityRegisterResponse", "Response",
			    XML_REGISTER_RESPONSE } },
	[KM_DEREGISTER] = { { "deregister", "application/mbms-deregister+xml", "urn:3GPP:metadata:2005:MBMS:deregister",
			      "mbmsSecurityDeregister", NULL, XML_DEREGISTER },
			    { "deregister", "application/mbms-register-response+xml",
			      "urn:3GPP:metadata:2005:MBMS:deregisterResponse", "mbmsSecurityDeregisterResponse",
			      "Response", XML_DEREGISTER_RESPONSE } },
	[KM_MSK_REQUEST] = { { "msk-request", "application/mbms-msk+xml", "urn:3GPP:metadata:2005:MBMS:msk", "mbmsMSK",
			       "MSK", XML_MSK },
			     { "msk-request", "application/mbms-msk-response+xml",
			       "urn:3GPP:metadata:2005:MBMS:mskResponse", "mbmsMSKResponse", "MSK",
			       XML_MSK_RESPONSE } },
};

static bool key_of(struct mikey_key_id *ret, const xmlNode *entry)
{
	uint8_t id[4];
	struct rd r = rd_of(SPAN(id));

	if (!xml_octets_of(entry, "keyDomainID", ret->domain, sizeof ret->domain) ||
	    !xml_octets_of(entry, "MSKID", id, sizeof id))
		return false;
	ret->group = rd_u16(&r);
	ret->number = rd_u16(&r);
	ret->mtk_id = 0;
	return rd_end(&r);
}

static bool item_of(struct km_item *ret, const struct km_doc *doc, const xmlNode *entry)
{
	char code[16];

	*ret = (struct km_item){ 0 };
	if (doc->response) {
		if (!xml_text_of(entry, "ResponseCode", code, sizeof code))
			return false;
		ret->code = (int)strtol(code, NULL, 10);
	}
	if (doc->kind == KM_MSK_REQUEST)
		return key_of(&ret->key, entry);
	return xml_text_in(doc->response ? xml_child(entry, "serviceID") : entry, ret->service, sizeof ret->service);
}

static bool items_of(struct km_doc *doc, const xmlNode *root, char *why)
{
	for (const xmlNode *n = root->children; n != NULL; n = n->next) {
		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (doc->n == KM_ITEMS_MAX || !item_of(&doc->item[doc->n], doc, n)) {
			snprintf(why, XML_WHY_MAX, "line %ld, element %.64s: unusable content", xmlGetLineNo(n),
				 (const char *)n->name);
			return false;
		}
		doc->n++;
	}
	return true;
}

/* Decision 34: XML begins with `<`, everything else is Base64 of it. */
static bool is_raw(struct span body)
{
	for (size_t i = 0; i < body.n; i++)
		/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): four octets are looked at, not a string */
		if (memchr(" \t\r\n", body.p[i], 4) == NULL)
			return body.p[i] == '<';
	return false;
}

static bool km_parse_text(struct km_doc *doc, struct span text, char *why)
{
	xmlDocPtr xml = xml_load(text, formats[doc->kind][doc->response].schema, why);
	bool ok = xml != NULL && items_of(doc, xmlDocGetRootElement(xml), why);

	xmlFreeDoc(xml);
	return ok;
}

bool km_parse(struct km_doc *doc, enum km_kind kind, bool response, struct span body, char *why)
{
	doc->kind = kind;
	doc->response = response;
	doc->n = 0;
	doc->base64 = !is_raw(body);
	if (body.n == 0)
		return xml_complain(why, "an empty body (expected XML or Base64 of it)");
	if (body.n > KM_BODY_MAX) {
		snprintf(why, XML_WHY_MAX, "a body of %zu octets (expected at most %d)", body.n, KM_BODY_MAX);
		return false;
	}
	if (!doc->base64)
		return km_parse_text(doc, body, why);

	uint8_t text[KM_BODY_MAX];
	struct wr out = WR(text);
	if (!base64_parse(&out, body))
		return xml_complain(why, "a body that is neither XML nor Base64");
	return km_parse_text(doc, wr_done(&out), why);
}

static void put_item(struct wr *out, const struct km_doc *doc, const struct km_item *item)
{
	const char *entry = formats[doc->kind][doc->response].entry;
	uint8_t id[4];
	struct wr w = WR(id);
	char code[16];

	if (entry != NULL)
		xml_put_tag(out, "<", entry);
	if (doc->kind == KM_MSK_REQUEST) {
		wr_u16(&w, item->key.group);
		wr_u16(&w, item->key.number);
		xml_put_octets(out, "keyDomainID", SPAN(item->key.domain));
		xml_put_octets(out, "MSKID", wr_done(&w));
	} else {
		xml_put_text(out, "serviceID", item->service);
	}
	if (doc->response) {
		snprintf(code, sizeof code, "%d", item->code);
		xml_put_text(out, "ResponseCode", code);
	}
	if (entry != NULL)
		xml_put_tag(out, "</", entry);
}

static void put_document(struct wr *out, const struct km_doc *doc)
{
	const struct format *f = &formats[doc->kind][doc->response];

	wr_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><");
	wr_str(out, f->root);
	wr_str(out, " xmlns=\"");
	wr_str(out, f->ns);
	wr_str(out, "\">");
	for (size_t i = 0; i < doc->n; i++)
		put_item(out, doc, &doc->item[i]);
	xml_put_tag(out, "</", f->root);
}

void km_put(struct wr *out, const struct km_doc *doc)
{
	if (!doc->base64) {
		put_document(out, doc);
		return;
	}
	uint8_t text[KM_BODY_MAX];
	struct wr w = WR(text);

	put_document(&w, doc);
	out->bad |= w.bad;
	base64_put(out, wr_done(&w));
}

bool km_service_ok(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return n != 0 && n < KM_SERVICE_MAX;
}

const char *km_request_type(enum km_kind kind)
{
	return formats[kind][0].request_type;
}

bool km_kind_of(enum km_kind *ret, const char *request_type)
{
	for (size_t i = 0; i < KM_KINDS; i++) {
		if (strcmp(formats[i][0].request_type, request_type) == 0) {
			*ret = (enum km_kind)i;
			return true;
		}
	}
	return false;
}

const char *km_media_type(enum km_kind kind, bool response)
{
	return formats[kind][response].media_type;
}

/* xs:dateTime of a year with four digits; without a zone it is taken as UTC. */
static bool date_time_parse(int64_t *ret, const char *text)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int hours = 0, minutes = 0;
	char sign = '+';

	if (rest == NULL)
		return false;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	/* NOLINTNEXTLINE(cert-err34-c): two digits each */
	if (*rest != '\0' && strcmp(rest, "Z") != 0 && sscanf(rest, "%c%2d:%2d", &sign, &hours, &minutes) != 3)
		return false;
	int64_t offset = ((int64_t)hours * 60 + minutes) * 60;
	*ret = (int64_t)timegm(&tm) - (sign == '-' ? -offset : offset);
	return true;
}

bool gba_info_parse(struct gba_info *info, struct span body, char *why)
{
	if (body.n == 0 || body.n > KM_BODY_MAX) {
		snprintf(why, XML_WHY_MAX, "a body of %zu octets (expected 1 to %d)", body.n, KM_BODY_MAX);
		return false;
	}
	xmlDocPtr doc = xml_load(body, XML_BOOTSTRAPPING_INFO, why);
	if (doc == NULL)
		return false;

	const xmlNode *root = xmlDocGetRootElement(doc);
	bool ok = xml_text_of(root, "btid", info->btid, sizeof info->btid) &&
		  xml_text_of(root, "lifetime", info->lifetime, sizeof info->lifetime) &&
		  date_time_parse(&info->expires, info->lifetime);

	xmlFreeDoc(doc);
	return ok || xml_complain(why, "element btid or lifetime: unusable content");
}

void gba_info_put(struct wr *out, const struct gba_info *info)
{
	time_t expires = (time_t)info->expires;
	char lifetime[GBA_TIME_MAX];
	struct tm tm;

	if (gmtime_r(&expires, &tm) == NULL || strftime(lifetime, sizeof lifetime, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
		out->bad = true;
		return;
	}
	wr_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><BootstrappingInfo xmlns=\"uri:3gpp-gba\">");
	xml_put_text(out, "btid", info->btid);
	xml_put_text(out, "lifetime", lifetime);
	wr_str(out, "</BootstrappingInfo>");
}
