/* SPDX-License-Identifier: Apache-2.0 */
#include "xml_doc.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base64.h"
#include "xml.h"

extern const char xsd_register[], xsd_register_response[], xsd_deregister[], xsd_deregister_response[], xsd_msk[],
	xsd_msk_response[], xsd_bootstrapping_info[], xsd_security_description[];

static const char *const texts[XML_SCHEMAS] = {
	[XML_REGISTER] = xsd_register,
	[XML_REGISTER_RESPONSE] = xsd_register_response,
	[XML_DEREGISTER] = xsd_deregister,
	[XML_DEREGISTER_RESPONSE] = xsd_deregister_response,
	[XML_MSK] = xsd_msk,
	[XML_MSK_RESPONSE] = xsd_msk_response,
	[XML_BOOTSTRAPPING_INFO] = xsd_bootstrapping_info,
	[XML_SECURITY_DESCRIPTION] = xsd_security_description,
};

/*
 * The schemas, compiled once. They are read-only from then on, so that threads may share them.
 */
static struct {
	pthread_once_t once;
	xmlSchemaPtr schema[XML_SCHEMAS];
} schemas = { .once = PTHREAD_ONCE_INIT };

static void schemas_free(void)
{
	for (size_t i = 0; i < XML_SCHEMAS; i++)
		xmlSchemaFree(schemas.schema[i]);
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
	for (size_t i = 0; i < XML_SCHEMAS; i++)
		schemas.schema[i] = schema_compile(texts[i]);
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

bool xml_complain(char *why, const char *text)
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
		(void)xml_complain(why, "no memory to parse XML");
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
		return xml_complain(why, "no schema to validate XML against");
	xmlSchemaSetValidStructuredErrors(ctx, (xmlStructuredErrorFunc)keep_error, why);
	valid = xmlSchemaValidateDoc(ctx, doc) == 0;
	xmlSchemaFreeValidCtxt(ctx);
	if (!valid && why[0] == '\0')
		return xml_complain(why, "does not follow its schema");
	return valid;
}

xmlDocPtr xml_load(struct span text, enum xml_schema schema, char *why)
{
	why[0] = '\0';
	(void)pthread_once(&schemas.once, schemas_load);

	xmlDocPtr doc = xml_read(text, why);
	if (doc != NULL && !xml_valid(doc, schemas.schema[schema], why)) {
		xmlFreeDoc(doc);
		doc = NULL;
	}
	if (doc == NULL && why[0] == '\0')
		(void)xml_complain(why, "not XML");
	return doc;
}

const xmlNode *xml_child(const xmlNode *parent, const char *name)
{
	for (const xmlNode *n = parent->children; n != NULL; n = n->next)
		if (n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0)
			return n;
	return NULL;
}

/* Takes text over. */
static bool copy_collapsed(xmlChar *text, char *ret, size_t size)
{
	xmlChar *collapsed = text == NULL ? NULL : xmlSchemaCollapseString(text);
	const char *s = (const char *)(collapsed != NULL ? collapsed : text);
	bool fits = s != NULL && strlen(s) < size;

	if (fits)
		memcpy(ret, s, strlen(s) + 1);
	xmlFree(collapsed);
	xmlFree(text);
	return fits;
}

bool xml_text_in(const xmlNode *element, char *ret, size_t size)
{
	return copy_collapsed(element == NULL ? NULL : xmlNodeGetContent(element), ret, size);
}

bool xml_attribute(const xmlNode *element, const char *name, char *ret, size_t size)
{
	return copy_collapsed(xmlGetNoNsProp(element, (const xmlChar *)name), ret, size);
}

bool xml_text_of(const xmlNode *parent, const char *name, char *ret, size_t size)
{
	return xml_text_in(xml_child(parent, name), ret, size);
}

bool xml_octets_of(const xmlNode *parent, const char *name, uint8_t *ret, size_t n)
{
	char text[64];
	struct wr out = wr_of(ret, n);

	return xml_text_of(parent, name, text, sizeof text) && base64_parse(&out, span_str(text)) && out.n == n;
}

void xml_put_escaped(struct wr *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '&')
			wr_str(out, "&amp;");
		else if (*text == '<')
			wr_str(out, "&lt;");
		else if (*text == '>')
			wr_str(out, "&gt;");
		else if (*text == '"')
			wr_str(out, "&quot;");
		else
			wr_u8(out, (uint8_t)*text);
	}
}

void xml_put_tag(struct wr *out, const char *before, const char *name)
{
	wr_str(out, before);
	wr_str(out, name);
	wr_str(out, ">");
}

void xml_put_text(struct wr *out, const char *name, const char *text)
{
	xml_put_tag(out, "<", name);
	xml_put_escaped(out, text);
	xml_put_tag(out, "</", name);
}

void xml_put_octets(struct wr *out, const char *name, struct span octets)
{
	xml_put_tag(out, "<", name);
	base64_put(out, octets);
	xml_put_tag(out, "</", name);
}
