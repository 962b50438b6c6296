/* SPDX-License-Identifier: Apache-2.0 */
#include "xml.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base64.h"

extern const char xsd_register[], xsd_register_response[], xsd_deregister[], xsd_deregister_response[], xsd_msk[],
	xsd_msk_response[], xsd_bootstrapping_info[];

/* What a document of one kind is called: decisions 34, 35 and 57. */
static const struct format {
	const char *request_type, *media_type, *ns, *root;
	const char *entry; /* element around one item; NULL: a serviceID stands in the root itself */
	const char *xsd;
} formats[KM_KINDS][2] = {
	[KM_REGISTER] = { { "register", "application/mbms-register+xml", "urn:3GPP:metadata:2005:MBMS:register",
			    "mbmsSecurityRegister", NULL, xsd_register },
			  { "register", "application/mbms-register-response+xml",
			    "urn:3GPP:metadata:2005:MBMS:registerResponse", "mbmsSecurityRegisterResponse", "Response",
			    xsd_register_response } },
	[KM_DEREGISTER] = { { "deregister", "application/mbms-deregister+xml", "urn:3GPP:metadata:2005:MBMS:deregister",
			      "mbmsSecurityDeregister", NULL, xsd_deregister },
			    { "deregister", "application/mbms-register-response+xml",
			      "urn:3GPP:metadata:2005:MBMS:deregisterResponse", "mbmsSecurityDeregisterResponse",
			      "Response", xsd_deregister_response } },
	[KM_MSK_REQUEST] = { { "msk-request", "application/mbms-msk+xml", "urn:3GPP:metadata:2005:MBMS:msk", "mbmsMSK",
			       "MSK", xsd_msk },
			     { "msk-request", "application/mbms-msk-response+xml",
			       "urn:3GPP:metadata:2005:MBMS:mskResponse", "mbmsMSKResponse", "MSK",
			       xsd_msk_response } },
};

/*
 * The schemas, compiled once. They are read-only from then on, so that threads may share them.
 */
static struct {
	pthread_once_t once;
	xmlSchemaPtr km[KM_KINDS][2];
	xmlSchemaPtr info;
} schemas = { .once = PTHREAD_ONCE_INIT };

static void schemas_free(void)
{
	for (size_t i = 0; i < KM_KINDS; i++)
		for (size_t j = 0; j < 2; j++)
			xmlSchemaFree(schemas.km[i][j]);
	xmlSchemaFree(schemas.info);
	xmlSchemaCleanupTypes();
	xmlCleanupParser();
}

static xmlSchemaPtr schema_compile(const char *xsd)
{
	xmlSchemaParserCtxtPtr ctx = xmlSchemaNewMemParserCtxt(xsd, (int)strlen(xsd));
	xmlSchemaPtr schema = ctx == NULL ? NULL : xmlSchemaParse(ctx);

	xmlSchemaFreeParserCtxt(ctx);
	return schema;
}

/* No document may pull in another one, by whatever feature of XML. */
static xmlParserInputPtr refuse_external(const char *url, const char *id, xmlParserCtxtPtr ctx)
{
	(void)url;
	(void)id;
	(void)ctx;
	return NULL;
}

static void schemas_load(void)
{
	xmlInitParser();
	xmlSetExternalEntityLoader(refuse_external);
	for (size_t i = 0; i < KM_KINDS; i++)
		for (size_t j = 0; j < 2; j++)
			schemas.km[i][j] = schema_compile(formats[i][j].xsd);
	schemas.info = schema_compile(xsd_bootstrapping_info);
	(void)atexit(schemas_free);
}

/* The first complaint is the one worth reading; libxml2's sentence without its line end. */
static void keep_error(void *user, xmlErrorPtr e)
{
	char *why = user;
	const xmlNode *node = e->node;
	const char *said = e->message == NULL ? "unreadable" : e->message;

	if (why[0] != '\0')
		return;
	if (node != NULL && node->type == XML_ELEMENT_NODE && node->name != NULL)
		snprintf(why, XML_WHY_MAX, "line %d, element %.64s: %.*s", e->line, (const char *)node->name,
			 (int)strcspn(said, "\n"), said);
	else
		snprintf(why, XML_WHY_MAX, "line %d: %.*s", e->line, (int)strcspn(said, "\n"), said);
}

static bool complain(char *why, const char *text)
{
	snprintf(why, XML_WHY_MAX, "%s", text);
	return false;
}

/* A DOCTYPE ends the parse before anything in it is looked at: entities have no business here. */
static void refuse_doctype(void *user, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	xmlParserCtxtPtr ctx = user;

	(void)name;
	(void)external;
	(void)system;
	ctx->_private = ctx; /* the mark that tells xml_read() why it ended */
	xmlStopParser(ctx);
}

static xmlDocPtr xml_read(struct span text, char *why)
{
	xmlParserCtxtPtr ctx = xmlNewParserCtxt();
	xmlDocPtr doc;

	if (ctx == NULL) {
		(void)complain(why, "no memory to parse XML");
		return NULL;
	}
	ctx->sax->internalSubset = refuse_doctype;
	doc = xmlCtxtReadMemory(ctx, (const char *)text.p, (int)text.n, NULL, NULL,
				XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (ctx->_private != NULL) {
		snprintf(why, XML_WHY_MAX, "line %d: a DOCTYPE is not allowed", xmlSAX2GetLineNumber(ctx));
		xmlFreeDoc(doc);
		doc = NULL;
	} else if (doc == NULL && xmlCtxtGetLastError(ctx) != NULL) {
		keep_error(why, xmlCtxtGetLastError(ctx));
	}
	xmlFreeParserCtxt(ctx);
	return doc;
}

static bool xml_valid(xmlDocPtr doc, xmlSchemaPtr schema, char *why)
{
	xmlSchemaValidCtxtPtr ctx = schema == NULL ? NULL : xmlSchemaNewValidCtxt(schema);
	bool valid;

	if (ctx == NULL)
		return complain(why, "no schema to validate XML against");
	xmlSchemaSetValidStructuredErrors(ctx, (xmlStructuredErrorFunc)keep_error, why);
	valid = xmlSchemaValidateDoc(ctx, doc) == 0;
	xmlSchemaFreeValidCtxt(ctx);
	if (!valid && why[0] == '\0')
		return complain(why, "does not follow its schema");
	return valid;
}

/* A document that follows the schema, or NULL with the reason. xmlFreeDoc() it. */
static xmlDocPtr xml_load(struct span text, xmlSchemaPtr const *schema, char *why)
{
	why[0] = '\0';
	(void)pthread_once(&schemas.once, schemas_load);

	xmlDocPtr doc = xml_read(text, why);
	if (doc != NULL && !xml_valid(doc, *schema, why)) {
		xmlFreeDoc(doc);
		doc = NULL;
	}
	if (doc == NULL && why[0] == '\0')
		(void)complain(why, "not XML");
	return doc;
}

/* The first child element with this local name. */
static const xmlNode *child_of(const xmlNode *parent, const char *name)
{
	for (const xmlNode *n = parent->children; n != NULL; n = n->next)
		if (n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0)
			return n;
	return NULL;
}

/* The text in an element, its white space collapsed as the types of the schemas say, as a C string. */
static bool text_in(const xmlNode *element, char *ret, size_t size)
{
	xmlChar *text = element == NULL ? NULL : xmlNodeGetContent(element);
	xmlChar *collapsed = text == NULL ? NULL : xmlSchemaCollapseString(text);
	const char *s = (const char *)(collapsed != NULL ? collapsed : text);
	bool fits = s != NULL && strlen(s) < size;

	if (fits)
		memcpy(ret, s, strlen(s) + 1);
	xmlFree(collapsed);
	xmlFree(text);
	return fits;
}

static bool text_of(const xmlNode *parent, const char *name, char *ret, size_t size)
{
	return text_in(child_of(parent, name), ret, size);
}

static bool octets_of(const xmlNode *parent, const char *name, uint8_t *ret, size_t n)
{
	char text[64];
	struct wr out = wr_of(ret, n);

	return text_of(parent, name, text, sizeof text) && base64_parse(&out, span_str(text)) && out.n == n;
}

static bool key_of(struct mikey_key_id *ret, const xmlNode *entry)
{
	uint8_t id[4];
	struct rd r = rd_of(SPAN(id));

	if (!octets_of(entry, "keyDomainID", ret->domain, sizeof ret->domain) ||
	    !octets_of(entry, "MSKID", id, sizeof id))
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
		if (!text_of(entry, "ResponseCode", code, sizeof code))
			return false;
		ret->code = (int)strtol(code, NULL, 10);
	}
	if (doc->kind == KM_MSK_REQUEST)
		return key_of(&ret->key, entry);
	return text_in(doc->response ? child_of(entry, "serviceID") : entry, ret->service, sizeof ret->service);
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
	xmlDocPtr xml = xml_load(text, &schemas.km[doc->kind][doc->response], why);
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
		return complain(why, "an empty body (expected XML or Base64 of it)");
	if (body.n > KM_BODY_MAX) {
		snprintf(why, XML_WHY_MAX, "a body of %zu octets (expected at most %d)", body.n, KM_BODY_MAX);
		return false;
	}
	if (!doc->base64)
		return km_parse_text(doc, body, why);

	uint8_t text[KM_BODY_MAX];
	struct wr out = WR(text);
	if (!base64_parse(&out, body))
		return complain(why, "a body that is neither XML nor Base64");
	return km_parse_text(doc, wr_done(&out), why);
}

/* Character data, for element content. */
static void put_escaped(struct wr *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '&')
			wr_str(out, "&amp;");
		else if (*text == '<')
			wr_str(out, "&lt;");
		else if (*text == '>')
			wr_str(out, "&gt;");
		else
			wr_u8(out, (uint8_t)*text);
	}
}

static void put_tag(struct wr *out, const char *before, const char *name)
{
	wr_str(out, before);
	wr_str(out, name);
	wr_str(out, ">");
}

static void put_text(struct wr *out, const char *name, const char *text)
{
	put_tag(out, "<", name);
	put_escaped(out, text);
	put_tag(out, "</", name);
}

static void put_octets(struct wr *out, const char *name, struct span octets)
{
	put_tag(out, "<", name);
	base64_put(out, octets);
	put_tag(out, "</", name);
}

static void put_item(struct wr *out, const struct km_doc *doc, const struct km_item *item)
{
	const char *entry = formats[doc->kind][doc->response].entry;
	uint8_t id[4];
	struct wr w = WR(id);
	char code[16];

	if (entry != NULL)
		put_tag(out, "<", entry);
	if (doc->kind == KM_MSK_REQUEST) {
		wr_u16(&w, item->key.group);
		wr_u16(&w, item->key.number);
		put_octets(out, "keyDomainID", SPAN(item->key.domain));
		put_octets(out, "MSKID", wr_done(&w));
	} else {
		put_text(out, "serviceID", item->service);
	}
	if (doc->response) {
		snprintf(code, sizeof code, "%d", item->code);
		put_text(out, "ResponseCode", code);
	}
	if (entry != NULL)
		put_tag(out, "</", entry);
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
	put_tag(out, "</", f->root);
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
	xmlDocPtr doc = xml_load(body, &schemas.info, why);
	if (doc == NULL)
		return false;

	const xmlNode *root = xmlDocGetRootElement(doc);
	bool ok = text_of(root, "btid", info->btid, sizeof info->btid) &&
		  text_of(root, "lifetime", info->lifetime, sizeof info->lifetime) &&
		  date_time_parse(&info->expires, info->lifetime);

	xmlFreeDoc(doc);
	return ok || complain(why, "element btid or lifetime: unusable content");
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
	put_text(out, "btid", info->btid);
	put_text(out, "lifetime", lifetime);
	wr_str(out, "</BootstrappingInfo>");
}
