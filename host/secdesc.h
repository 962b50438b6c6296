/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The security description of user services, TS 26.346 clause 11.3 (its schema: schema/security-description.xsd): who
 * gives out the keys, how long to wait before asking for them, and which Key Groups protect what.
 */
#ifndef VUICC_SECDESC_H
#define VUICC_SECDESC_H

#include "xml.h"

enum {
	SECDESC_SERVERS_MAX = 8,
	SECDESC_URI_MAX = 512, /* characters of a serverURI and its end */
	SECDESC_KEYS_MAX = 64,
	SECDESC_FLOW_MAX = 64,
	SECDESC_SECONDS_MAX = 604800, /* of offset and random: a week, as in the schema */
};

#define SECDESC_MEDIA_TYPE "application/mbms-protection-description+xml"

/* A Key Group and what it protects. */
struct secdesc_key {
	char service[KM_SERVICE_MAX]; /* "" = the description does not say */
	char flow[SECDESC_FLOW_MAX]; /* flowID of a media flow; "" = all flows of the service */
	uint8_t domain[3];
	uint16_t group;
};

struct secdesc {
	uint32_t offset,
		random; /* seconds: a UE waits offset and a random part of random before it asks (0 = not given) */
	bool uicc; /* key management on the UICC is required */
	bool confidentiality, integrity; /* of the media; both when it is not said */
	size_t n_servers;
	char server[SECDESC_SERVERS_MAX][SECDESC_URI_MAX]; /* key management URIs, in their order */
	size_t n_keys;
	struct secdesc_key key[SECDESC_KEYS_MAX];
};

/*
 * Reads a description and validates it against its schema. False with a sentence in why (XML_WHY_MAX octets) that names
 * the element and line; *ret is then undefined. Key Numbers are ignored.
 */
VU_MUST_USE bool secdesc_parse(struct secdesc *ret, struct span body, char *why);

/* Appends the description; consecutive keys of one service share a keyId. Key Numbers are 0000. */
void secdesc_put(struct wr *out, const struct secdesc *d);

#endif
