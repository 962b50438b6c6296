/* SPDX-License-Identifier: Apache-2.0 */
/* The test network's configuration: YAML in, what AuC, BSF and BM-SC want out. */
#ifndef VUICC_TESTNET_CONFIG_H
#define VUICC_TESTNET_CONFIG_H

#include "auc.h"
#include "bmsc.h"
#include "bsf.h"
#include "peers.h"
#include "subscriber.h"

enum { CONFIG_WHY_MAX = 512, CONFIG_TEXT_MAX = 1 << 20 };

enum { PATH_TEXT_MAX = 256 };

/* Zn over HTTP, at both ends. */
struct zn_settings {
	bool served; /* the BSF's end: */
	char listen[PEER_HOST_MAX];
	uint16_t port;
	char token[PATH_TEXT_MAX]; /* file */
	char url[PATH_TEXT_MAX]; /* the BM-SC's end: of a BSF elsewhere; "" = it has our own */
	char url_token[PATH_TEXT_MAX]; /* file */
};

struct net_config {
	char listen[PEER_HOST_MAX]; /* an IP address */
	uint16_t bsf_port, bmsc_port, mikey_port; /* 0 = any */
	struct limits limits;
	struct zn_settings zn;
	struct bsf_settings bsf;
	struct bmsc_settings bmsc;
	struct subscriber *subscriber;
	size_t n_subscribers;
	bool own_subscribers; /* the configuration has a list of them; else they are those built in */
	struct service *service;
	size_t n_services;
};

/*
 * Reads a configuration; path = NULL: the one built in. *ret is for net_config_free(). -EINVAL with
 * "FILE:LINE:COLUMN: key: expected …, got …" in why for a bad one, another -errno with a sentence when it cannot be read.
 */
VU_MUST_USE int net_config_load(struct net_config **ret, const char *path, char why[static CONFIG_WHY_MAX]);

/* The same from memory. name stands for the file in messages. */
VU_MUST_USE int net_config_parse(struct net_config **ret, const char *name, struct span text,
				 char why[static CONFIG_WHY_MAX]);

/* Takes all subscribers out, and wipes them. */
void net_config_no_subscribers(struct net_config *c);

/* NULL is fine; wipes the subscribers' keys. */
void net_config_free(struct net_config *c);

/* The text of the configuration that is built in. */
struct span net_config_default(void);

#endif
