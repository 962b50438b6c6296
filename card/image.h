/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a card is made of when it is stored: objects of (key, octets), and their layouts.
 *
 * The personaliser writes them, the card reads and updates them, `vuicc-perso show` prints the public ones. No other
 * part of the project knows them.
 */
#ifndef VUICC_IMAGE_H
#define VUICC_IMAGE_H

#include "crypto/aka.h"

/* An object's key: kind, then a number within the kind. */
#define OBJ(kind, number) ((uint32_t)(kind) << 24 | (uint32_t)(number))
#define OBJ_KIND(key) ((uint8_t)((key) >> 24))
#define OBJ_NUMBER(key) ((key)&0xFFFFFF)

enum obj_kind {
	OBJ_CARD = 1, /* number 0: struct card_desc */
	OBJ_FILE = 2, /* number = file number: struct file_desc. The MF is file 0 */
	OBJ_BODY =
		3, /* number = file number: content of an EF, all records in a row, exactly file_size() octets; BER-TLV: up to */
	OBJ_PIN = 4, /* number = key reference: struct pin_desc */
	OBJ_AKA = 5, /* number 0: struct aka_desc. SECRET */
	OBJ_SQN = 6, /* number 0: struct sqn_desc */
	OBJ_KS =
		7, /* number = ADF's file number: Ks and RAND of the last bootstrapping, written by the card alone. SECRET */
	OBJ_NAF = 8, /* number = ADF's file number << 8 | record of EF_GBANL: Ks_int_NAF and its counter. SECRET */
	OBJ_MUK = 9, /* number = ADF's file number << 8 | record of EF_MUK: the MUK. SECRET */
	OBJ_MSK = 10, /* number = ADF's file number << 8 | record of EF_MSK: both MSKs of the group. SECRET */
	OBJ_NAF_USE = 11, /* number = ADF's file number: order of use of EF_GBANL */
	OBJ_TOOLKIT = 13, /* number 0: proactive commands, `D0 L …` in a row, as the profile queued them */
	OBJ_SPENT = 12, /* number = ADF's file number: counters of keys that are gone (card/spent.h) */
};

enum {
	IMAGE_VERSION = 1,
	FILES_MAX = 512,
	FILE_SIZE_MAX = 0x7FFF, /* what a 15-bit offset reaches */
	FILE_NONE = 0xFFFF,
	CARD_OCTETS_MAX = 768 * 1024, /* of a new card, all in all; it wants room for keys and changes beside it */
	RECORDS_MAX = 254, /* of an EF, TS 102 221 8.2.2.2 */
	AID_MIN = 5,
	AID_MAX = 16,
	PIN_LEN = 8, /* filled up with FF, TS 102 221 9.5.1 */
	SQN_ENTRIES = 32, /* TS 33.102 C.2, IND of 5 bits */
};

struct card_desc {
	uint8_t version; /* IMAGE_VERSION */
	uint8_t atr[33];
	uint8_t atr_len;
	bool legacy_gsm; /* it speaks class A0, too */
};

enum file_type {
	FILE_MF = 1,
	FILE_DF,
	FILE_ADF,
	FILE_TRANSPARENT,
	FILE_LINEAR,
	FILE_CYCLIC,
	FILE_BER_TLV, /* content: BER-TLV objects in a row; size = how many octets they may take together */
};

/* Life cycle status, TS 102 221 11.1.1.4.9. */
enum { LCS_CREATION = 0x01, LCS_ACTIVATED = 0x05, LCS_DEACTIVATED = 0x04, LCS_TERMINATED = 0x0C };

struct file_desc {
	enum file_type type;
	uint16_t parent; /* file number; of the MF: FILE_NONE */
	uint16_t fid; /* an ADF without one: 7FFF */
	uint8_t sfi; /* 1..30, 0 = none */
	uint8_t lcs;
	bool usable_inactive; /* EFs: may be read and updated when deactivated (special file information, tag C0) */
	uint16_t arr_fid; /* EFs: where the access rule stands, and which record */
	uint8_t arr_record;
	uint16_t size; /* FILE_TRANSPARENT, FILE_BER_TLV: octets */
	uint8_t record_len, records; /* FILE_LINEAR, FILE_CYCLIC */
	uint8_t aid[AID_MAX]; /* FILE_ADF */
	uint8_t aid_len;
	uint8_t application; /* FILE_ADF: 1 to 8, which PIN and PIN2 are its own; others: 0 */
};

/* Octets of content of an EF; 0 for an MF, DF or ADF. */
size_t file_size(const struct file_desc *f);

struct pin_desc {
	bool enabled;
	bool by_universal; /* while it is off, the universal PIN stands in for it, TS 102 221 9.4.1 */
	uint8_t tries, tries_max; /* left, and after a success */
	uint8_t puk_tries, puk_tries_max; /* puk_tries_max 0: this PIN has no PUK */
	uint8_t code[PIN_LEN], puk[PIN_LEN];
};
SECRET_STRUCT(pin_desc)
#define _secret_pin_ __attribute__((cleanup(pin_desc_wipe)))

/* Key references, TS 102 221 table 9.3: application n has PIN n and, as its second one, PIN 80 + n. */
enum {
	PIN_APPL_1 = 0x01,
	PIN_APPL_8 = 0x08,
	PIN_ADM1 = 0x0A,
	PIN_ADM5 = 0x0E,
	PIN_UNIVERSAL = 0x11,
	PIN2_APPL_1 = 0x81,
	PIN2_APPL_8 = 0x88,
	PIN_ADM6 = 0x8A,
	PIN_ADM10 = 0x8E,
	PIN_SECOND = 0x80, /* the bit between an application's PIN and its PIN2 */
	APPLICATIONS = 8,
};

struct aka_desc {
	struct aka_secret secret;
	uint64_t delta; /* of SEQ, decision 4: 2^28 unless the profile says otherwise */
};
SECRET_STRUCT(aka_desc)

struct sqn_desc {
	uint64_t seq[SQN_ENTRIES]; /* SEQ_MS by IND, 43 bits each */
	uint8_t last; /* IND accepted last, decision 53 */
};

/* Each writer appends the layout, each parser wants exactly it. */
void card_desc_put(struct wr *w, const struct card_desc *c);
VU_MUST_USE bool card_desc_parse(struct card_desc *c, struct span s);
void file_desc_put(struct wr *w, const struct file_desc *f);
VU_MUST_USE bool file_desc_parse(struct file_desc *f, struct span s);
void pin_desc_put(struct wr *w, const struct pin_desc *p);
VU_MUST_USE bool pin_desc_parse(struct pin_desc *p, struct span s);
void aka_desc_put(struct wr *w, const struct aka_desc *a);
VU_MUST_USE bool aka_desc_parse(struct aka_desc *a, struct span s);
void sqn_desc_put(struct wr *w, const struct sqn_desc *q);
VU_MUST_USE bool sqn_desc_parse(struct sqn_desc *q, struct span s);

#endif
