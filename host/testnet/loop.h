/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole test network with its sockets and its clock: BSF, BM-SC, MIKEY over UDP, the control socket. One thread does it
 * all, that of loop_run(); signals are the program's own matter (and it must not die of SIGPIPE).
 */
#ifndef VUICC_TESTNET_LOOP_H
#define VUICC_TESTNET_LOOP_H

#include "config.h"
#include "fault.h"

enum { LOOP_WHY_MAX = 768 };

struct loop;

struct loop_options {
	const char *socket; /* path of the control socket; NULL = none */
	const struct faults *faults; /* to begin with; NULL = none */
	bool messages; /* each message of HTTP and MIKEY is an event (docs/events.md) */
	const char *state; /* file that BSF and BM-SC keep their state in; NULL = nothing is kept */
};

/* Those that are served, where the configuration says 0 (any), too. */
struct loop_ports {
	uint16_t bsf, bmsc, mikey, zn; /* 0 = not served */
};

/*
 * Opens everything and says so by the event "ready"; from then on peers can connect, and loop_run() serves them. config and
 * log are borrowed until loop_close(); log->put() is called by this thread and by that of loop_run(). *ret is for
 * loop_close(). 0, or -errno with a sentence in why.
 */
VU_MUST_USE int loop_open(struct loop **ret, struct net_config *config, const struct loop_options *options,
			  const struct log *log, char why[static LOOP_WHY_MAX]);

struct loop_ports loop_ports(const struct loop *l);

/* Serves until stop_fd (a signalfd, an eventfd, the end of a pipe; it is not read) is readable. It may be run again. */
void loop_run(struct loop *l, int stop_fd);

/* NULL is fine; wipes every key. Not while loop_run() runs. */
void loop_close(struct loop *l);

#endif
