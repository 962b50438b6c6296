/* SPDX-License-Identifier: Apache-2.0 */
/* How people write services and MSKs on a command line, and what a security description says of them. */
#ifndef VUICC_NAMES_H
#define VUICC_NAMES_H

#include "../secdesc.h"
#include "agent.h"

/* Services with their Key Groups, and how to ask for keys. */
struct names {
	struct agent_service service[SECDESC_KEYS_MAX];
	size_t n;
	uint32_t offset, spread; /* milliseconds, see struct agent_config */
	bool uicc; /* key management on the UICC is required */
	char bmsc[SECDESC_URI_MAX]; /* URL of the BM-SC, "" = not said */
};

/* Each of the following is false when the text is none, or there are too many. A service or MSK twice is once. */
VU_MUST_USE bool names_add_service(struct km_doc *doc, const char *text);
/* DOMAIN:GROUP[:NUMBER] */
VU_MUST_USE bool names_add_key(struct km_doc *doc, const char *text);
/* SERVICE=DOMAIN:GROUP */
VU_MUST_USE bool names_add_mapping(struct names *names, const char *text);
/* OFFSET,RANDOM: seconds */
VU_MUST_USE bool names_set_back_off(struct names *names, const char *text);

/* Takes over what a description says. False with a sentence in why (XML_WHY_MAX octets). */
VU_MUST_USE bool names_describe(struct names *names, struct span body, char *why);

#endif
