/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML documents that follow a schema of host/schema, for those who know what is in them: xml.c and secdesc.c. libxml2 is
 * known here and there alone; no network, no DTD, no entities.
 */
#ifndef VUICC_XML_DOC_H
#define VUICC_XML_DOC_H

#include <libxml/tree.h>

#include "../apdu/bytes.h"

enum xml_schema {
	XML_REGISTER,
	XML_REGISTER_RESPONSE,
	XML_DEREGISTER,
	XML_DEREGISTER_RESPONSE,
	XML_MSK,
	XML_MSK_RESPONSE,
	XML_BOOTSTRAPPING_INFO,
	XML_SECURITY_DESCRIPTION,
	XML_SCHEMAS
};

/* A document that follows the schema, or NULL with the reason in why (XML_WHY_MAX octets). xmlFreeDoc() it. */
xmlDocPtr xml_load(struct span text, enum xml_schema schema, char *why);

/* Puts a sentence into why; false. */
bool xml_complain(char *why, const char *text);

/* The first child element with this local name, or NULL. */
const xmlNode *xml_child(const xmlNode *parent, const char *name);

/*
 * The text in an element, in a child of it, or in an attribute, its white space collapsed as the types of the schemas
 * say, as a C string. False when it is not there, or does not fit.
 */
VU_MUST_USE bool xml_text_in(const xmlNode *element, char *ret, size_t size);
VU_MUST_USE bool xml_text_of(const xmlNode *parent, const char *name, char *ret, size_t size);
VU_MUST_USE bool xml_attribute(const xmlNode *element, const char *name, char *ret, size_t size);

/* Exactly n octets in Base64 in a child. */
VU_MUST_USE bool xml_octets_of(const xmlNode *parent, const char *name, uint8_t *ret, size_t n);

/* Character data for the content of an element or an attribute in double quotes. */
void xml_put_escaped(struct wr *out, const char *text);
/* before, name, ">": an element's begin or end. */
void xml_put_tag(struct wr *out, const char *before, const char *name);
/* An element with text, or with octets in Base64. */
void xml_put_text(struct wr *out, const char *name, const char *text);
void xml_put_octets(struct wr *out, const char *name, struct span octets);

#endif
