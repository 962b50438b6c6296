/* SPDX-License-Identifier: Apache-2.0 */
/* The announcement of what the BM-SC protects: the security description of its services (TS 26.346 clause 11.3). */
#ifndef VUICC_TESTNET_ANNOUNCE_H
#define VUICC_TESTNET_ANNOUNCE_H

#include "bmsc.h"

/* Appends the description of n services as XML; out->bad when it does not fit. */
void announce_put(struct wr *out, const struct bmsc_settings *settings, const struct service *services, size_t n);

/* Answers a request for it. It is public: what is announced to everybody needs no digest. */
void announce_request(const struct bmsc_settings *settings, const struct service *services, size_t n,
		      const struct http_request *request, struct http_answer *answer, const struct log *log,
		      int64_t now);

#endif
