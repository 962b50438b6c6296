/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test network without a process: time and randomness are the test's, datagrams and events are caught. And a UE made
 * by hand of card/crypto, which talks to it.
 */
#ifndef VUICC_TESTS_NET_FIXTURE_H
#define VUICC_TESTS_NET_FIXTURE_H

#include "tests/cu.h"
#include "tests/vectors/json.h"

#include "card/crypto/mgv.h"
#include "host/http/digest.h"
#include "host/testnet/config.h"
#include "host/testnet/control.h"
#include "host/testnet/http_msg.h"

enum { NET_SENT_MAX = 160, NET_EVENTS_MAX = 1 << 20, NET_CHANCE_MAX = 512 };

#define NET_NOW INT64_C(1795228318000) /* 2026-11-21T02:31:58Z */
#define NET_KM "/keymanagement"
#define NET_IMSI "001010123456789"
#define NET_IMPI NET_IMSI "@ims.mnc001.mcc001.3gppnetwork.org"
#define NET_SERVICE "urn:3gpp:mbms:demo"
#define NET_GROUP "00f110:0001"

struct net_sent {
	struct peer to;
	uint8_t octets[MIKEY_MESSAGE_MAX];
	size_t n;
};

struct net {
	struct net_config *config;
	struct net_env env;
	struct log log;
	struct outbox outbox;
	struct faults faults;
	const char *content_type; /* of requests on Ua; NULL = the right one */
	struct bsf *bsf;
	struct bmsc *bmsc;
	int64_t now;
	uint8_t chance[NET_CHANCE_MAX]; /* randomness to come, then the noise's */
	size_t n_chance, at_chance;
	uint32_t noise;
	char events[NET_EVENTS_MAX];
	size_t n_events;
	struct net_sent sent[NET_SENT_MAX];
	size_t n_sent;
	struct http_answer answer; /* the last one */
	uint8_t body[HTTP_ANSWER_MAX];
};

/* A network of this configuration (NULL: the built-in one). Ends the program when it cannot be made. */
struct net *net_open(const char *yaml);
void net_close(struct net *net);

/* Randomness that is drawn next. */
void net_chance(struct net *net, struct span octets);

/* Whether an event with this name was logged since the last net_forget(); its line holds `text` (NULL: whatever). */
bool net_event(const struct net *net, const char *name, const char *text);
/* Forgets events and datagrams. */
void net_forget(struct net *net);

/* One request to either side. authorization NULL = none. The status. */
int net_ub(struct net *net, const char *authorization);
int net_ua(struct net *net, const char *method, const char *target, const char *authorization, struct span body);

/* The k-th datagram sent, parsed; the program ends when there is none, or when it is no MIKEY. */
struct mikey net_message(const struct net *net, size_t k);

/* Runs a control line; whether it said ok. */
bool net_control(struct net *net, const char *line);

/* A UE with a GBA_U card (or, gba_u false, without), its MBMS keys on the UICC or in the ME. */
struct phone {
	struct net *net;
	struct aka_secret secret;
	char impi[IMPI_MAX];
	bool gba_u, mbms_uicc;
	uint64_t sqn; /* of the last AUTN taken */
	char btid[GBA_BTID_MAX];
	struct key256 mrk, muk;
	char nonce[DIGEST_TEXT_MAX];
	uint32_t nc;
	unsigned qop;
	uint32_t counter; /* MGV-F */
	struct mgv_group group;
};

struct phone phone_of(struct net *net, size_t subscriber);

/* A challenge on Ub taken apart: RAND, AUTN, and the digest for the answer. False when it is none. */
bool phone_challenged(struct phone *p, struct digest *d, uint8_t rand[16], uint8_t autn[16]);

/* Ub to the end; true with btid, mrk and muk. */
bool phone_bootstrap(struct phone *p);

/* One Authorization on Ua, with the phone's nonce and next count. */
void phone_authorize(struct phone *p, char ret[static HTTP_HEADER_MAX], const char *method, const char *target,
		     struct span body);

/*
 * A request of key management: asks for a nonce when it has none. The status; a 200's body is parsed into *answer (NULL:
 * not looked at) and its rspauth checked.
 */
int phone_request(struct phone *p, const struct km_doc *request, struct km_doc *answer);

/* Register to a service, and ask for an MSK; the item's code, or the negative HTTP status. */
int phone_register(struct phone *p, const char *service);
int phone_ask(struct phone *p, uint16_t group, uint16_t number);

/* Takes the k-th datagram as a card would; the ACK goes into ack. */
enum mgv_verdict phone_take(struct phone *p, size_t k, struct wr *ack);

#endif
