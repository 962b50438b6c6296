/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other side: BSF and BM-SC of the test network with a subscriber for each UE, in a thread of their own; what the
 * operator can tell them (vuicc-testnet ctl), and what their events say came of it.
 */
#ifndef VUICC_STORM_NET_H
#define VUICC_STORM_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NET_WHY_MAX = 1024, NET_TAG = 9 };

struct net;

struct net_options {
	size_t ues;
	uint64_t seed;
	uint16_t ue_port;
	const char *fqdn, *service; /* of the BM-SC, and the one service there is */
	const char *bsf_fqdn;
};

struct net_ports {
	uint16_t bsf, bmsc;
};

/* Counts since net_open(). */
struct net_tally {
	uint64_t msks; /* MSK messages sent */
	uint64_t repeated; /* of them: the same MSK to the same UE again, by the timer or because it asked */
	uint64_t pulls;
	uint64_t acks; /* verification messages that verified one */
	uint64_t unmatched; /* others: late ones, and the second one for the same message */
	uint64_t given_up; /* MSK messages that nobody verified, after the last try */
	uint64_t unverified; /* not a count: UEs that one is waited for from now */
	uint64_t refusals; /* of requests; a 401 is none */
	uint64_t errors;
};

/* 0 or -errno; why has NET_WHY_MAX octets. */
int net_open(struct net **ret, const struct net_options *options, char *why);
/* NULL is fine; ends the thread. */
void net_close(struct net *n);

struct net_ports net_ports(const struct net *n);

/*
 * Gives the network a line of vuicc-testnet ctl. One at a time: its answer is there when net_fd() is readable and net_heard()
 * says so. 0 or -errno.
 */
int net_tell(struct net *n, const char *line);
/* -1 = no answer is waited for. */
int net_fd(const struct net *n);
/* 0 when it was done, -EINPROGRESS while the answer is not whole, -EPROTO with why when it was refused. */
int net_heard(struct net *n, char *why);

/* Whether from now on the first message that brings a UE a new MSK wants no verification message (--no-ack). */
void net_expect_no_acks(struct net *n, bool none);

struct net_tally net_tally(struct net *n);

/* Whether the network has sent the MTK with this tag (prim_tag()) under that MSK (Key Number), not too many MTKs ago. */
bool net_has_sent_mtk(struct net *n, uint16_t msk, uint16_t mtk, const char *tag);

/* What the thread has used of a processor, in seconds. */
double net_cpu(const struct net *n);

#endif
