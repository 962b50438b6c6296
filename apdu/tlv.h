/* SPDX-License-Identifier: Apache-2.0 */
/* BER-TLV data objects (TS 101 220 clause 7.1): tags of one or two octets, lengths of one, 81 XX, 82 XX XX, 83 XX XX XX. */
#ifndef VUICC_TLV_H
#define VUICC_TLV_H

#include "bytes.h"

struct tlv {
	uint16_t tag;
	struct span v;
};

/* Reads a length field, strict: an indefinite or longer form poisons r. */
size_t rd_ber_len(struct rd *r);

/* Reads one object; poisons r when it is cut short. */
struct tlv rd_tlv(struct rd *r);

/* The value of the first object with this tag at the top level of `body`; false when it is absent or a length is wrong. */
VU_MUST_USE bool tlv_find(struct span body, uint16_t tag, struct span *ret_value);

void wr_tag(struct wr *w, uint16_t tag);
void wr_ber_len(struct wr *w, size_t n);
void wr_tlv(struct wr *w, uint16_t tag, struct span v);

/* Begins an object whose length is not known yet; returns the mark that wr_tlv_close() wants. */
size_t wr_tlv_open(struct wr *w, uint16_t tag);

/* Ends it: patches the length in, widening it to 81 XX or 82 XX XX where needed. */
void wr_tlv_close(struct wr *w, size_t mark);

#endif
