/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The XML bodies: key management towards the BM-SC (decisions 34, 35, 56, 57) and bootstrapping info from the BSF (TS
 * 24.109 Annex C). Each follows its schema of host/schema; no network, no DTD, no entities.
 */
#ifndef VUICC_XML_H
#define VUICC_XML_H

#include "../apdu/mikey.h"

enum {
	KM_ITEMS_MAX = 64,
	KM_SERVICE_MAX = 256, /* characters of a serviceID and its end */
	KM_BODY_MAX = 65536, /* octets of a body that is looked at */
	XML_WHY_MAX = 256,
	GBA_BTID_MAX = 256,
	GBA_TIME_MAX = 40,
};

enum km_kind { KM_REGISTER, KM_DEREGISTER, KM_MSK_REQUEST, KM_KINDS };

/* One service or MSK of a request; in a response with its code. */
struct km_item {
	char service[KM_SERVICE_MAX]; /* KM_REGISTER, KM_DEREGISTER */
	struct mikey_key_id key; /* KM_MSK_REQUEST: domain, group, number */
	int code; /* responses: 200, 403, 404 */
};

struct km_doc {
	enum km_kind kind;
	bool response;
	bool base64; /* the body was, or is to be, Base64 of the XML */
	size_t n;
	struct km_item item[KM_ITEMS_MAX];
};

/*
 * Whether a text can be a serviceID (decision 56): a URI, which has no blanks and nothing but ASCII (RFC 3986 clause 2). A
 * control character is not XML, and blanks come back collapsed, as another service.
 */
bool km_service_ok(const char *text);

/* "register", "deregister", "msk-request": value of the URI parameter requesttype. */
const char *km_request_type(enum km_kind kind);
/* False for an unknown one. */
VU_MUST_USE bool km_kind_of(enum km_kind *ret, const char *request_type);
/* Media type of a body; the answer to a deregistration is application/mbms-register-response+xml (decision 57). */
const char *km_media_type(enum km_kind kind, bool response);

/*
 * Parses a body of this kind, raw or Base64, and validates it against its schema. False with a sentence in why
 * (XML_WHY_MAX octets) that names the element and line; *doc is then undefined.
 */
VU_MUST_USE bool km_parse(struct km_doc *doc, enum km_kind kind, bool response, struct span body, char *why);

/* Appends the body, Base64 when doc->base64. */
void km_put(struct wr *out, const struct km_doc *doc);

/* BootstrappingInfo. */
struct gba_info {
	char btid[GBA_BTID_MAX];
	char lifetime[GBA_TIME_MAX]; /* xs:dateTime as it stood there */
	int64_t expires; /* the same as seconds since 1970 UTC */
};

VU_MUST_USE bool gba_info_parse(struct gba_info *info, struct span body, char *why);
/* Writes btid and expires (as UTC with Z). */
void gba_info_put(struct wr *out, const struct gba_info *info);

#endif
