/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A USIM as the ME speaks to it: typed calls over a card connection. Every call is one transaction that begins with
 * SELECT (and VERIFY where PIN1 is on), because other programs use the card, too. A command that is cut off by a reset of
 * the card is given once more as a whole, to the same card; -EBUSY when that one is cut off, too.
 *
 * Here status words become errors, and nowhere else in host: usim_errno(). After a failure u->sw holds the status word,
 * 0 when the failure had none, and u->why a sentence.
 */
#ifndef VUICC_USIM_H
#define VUICC_USIM_H

#include "card_if.h"
#include "../../apdu/auth.h"
#include "../../apdu/mikey.h"
#include "../../card/crypto/secret.h"

enum {
	USIM_WHY_MAX = 384,
	USIM_PIN_MAX = 8, /* digits */
	USIM_ICCID_MAX = 21, /* 20 digits and the end */
	USIM_IMSI_MAX = 16, /* 15 digits and the end */
	USIM_BTID_MAX = 256,
	USIM_LIFETIME_MAX = 40,
};

struct usim {
	struct card_if *card;
	uint8_t aid[16];
	size_t aid_len;
	char pin[USIM_PIN_MAX + 1]; /* "" = none was given */
	bool pin_good; /* this PIN was right for this card */
	bool pin_refused; /* this card refused it: never tried again by itself */
	bool pin_unsure; /* it went out, and no answer came back */
	unsigned pin_left; /* tries there were before it went out */
	char pin_iccid[USIM_ICCID_MAX]; /* of the card that this is about, "" = none */
	char iccid[USIM_ICCID_MAX]; /* of the card that is connected, "" = not identified yet */
	bool selected; /* in this transaction: the USIM is selected, PIN1 verified */
	bool again; /* the command is given for the second time */
	sw_t sw;
	char why[USIM_WHY_MAX];
};

/* Who the card is (decision 38), and what it can do. */
struct usim_identity {
	char iccid[USIM_ICCID_MAX];
	char imsi[USIM_IMSI_MAX];
	unsigned mnc_len; /* 2 or 3 digits, EF_AD */
	bool gba, mbms; /* services 68 and 69 of EF_UST */
};

/* Answer to a challenge. */
struct usim_aka {
	bool sync_failure;
	uint8_t auts[AUTS_LEN]; /* when sync_failure */
	uint8_t res[32];
	size_t res_len; /* octets */
	struct key128 ck, ik; /* of the 3G context alone: in the GBA context they stay on the card */
};
SECRET_STRUCT(usim_aka)
#define _secret_usim_aka_ __attribute__((cleanup(usim_aka_wipe)))

/* EF_GBABP. */
struct usim_gbabp {
	uint8_t rand[16];
	bool has_rand;
	char btid[USIM_BTID_MAX]; /* "" = none, as with the next */
	char lifetime[USIM_LIFETIME_MAX];
};

struct usim_mtk {
	struct key128 mtk;
	bool has_salt;
	uint8_t salt[MTK_SALT_LEN];
};
SECRET_STRUCT(usim_mtk)
#define _secret_usim_mtk_ __attribute__((cleanup(usim_mtk_wipe)))

/* card is borrowed; pin NULL = none. False when pin is not 4 to 8 digits. */
VU_MUST_USE bool usim_init(struct usim *u, struct card_if *card, const char *pin);

/* Wipes the PIN; does not close the card. */
void usim_wipe(struct usim *u);

/*
 * -errno for a status word: -EBADMSG MAC wrong (9862), -ESTALE not fresh (9865), -ENOKEY no such key (6A88), -EPERM
 * conditions not satisfied (6985), -EACCES PIN (6982, 6983, 63CX), -EOPNOTSUPP service off (9864), -ENOSPC (9866, 9867),
 * -EINVAL data (6A80), -ENOENT no such file, -EIO memory, -EPROTO any other. 0 for a success.
 */
int usim_errno(sw_t sw);

/*
 * Connects to a card with a USIM: EF_DIR says which application that is. Errors of card_if.h; -EALREADY is no failure: all
 * that is known of the card holds on.
 */
int usim_connect(struct usim *u);

int usim_identify(struct usim *u, struct usim_identity *ret);

/* RAND and AUTN* into the GBA context; -EBADMSG when the card finds the MAC wrong. */
int usim_gba_bootstrap(struct usim *u, const struct auth_challenge *challenge, struct usim_aka *ret);

/*
 * RAND and AUTN into the 3G context, for GBA_ME: CK and IK come into the ME. -EBADMSG when the card finds the MAC wrong.
 */
int usim_3g_authenticate(struct usim *u, const struct auth_challenge *challenge, struct usim_aka *ret);

int usim_gbabp_read(struct usim *u, struct usim_gbabp *ret);

/*
 * Puts B-TID and lifetime behind the RAND in EF_GBABP (TS 31.102 4.2.79). -ESTALE when another RAND stands there:
 * somebody else has bootstrapped in between.
 */
int usim_gbabp_write(struct usim *u, const uint8_t rand[static 16], const char *btid, const char *lifetime);

/* NAF derivation: Ks_ext_NAF. -EPERM when the card has no Ks or no B-TID. */
int usim_naf_key(struct usim *u, struct span naf_id, struct span impi, struct key256 *ret);

/*
 * An MSK message or solicited pull, as it came. The verification message is appended to ack when the card made one: it
 * does so when the V bit is set. A card that was reset when it had taken the message, and before it had answered, has the
 * MSK and no verification message any more: that is a success without one, and the BM-SC sends the message again.
 */
int usim_msk_update(struct usim *u, struct span message, struct wr *ack);

/* An MTK message. -ESTALE also when the card took it and was reset before it answered: that MTK is lost. */
int usim_mtk_generate(struct usim *u, struct span message, struct usim_mtk *ret);

/* Both MSKs of a Key Group. -ENOKEY when there are none. */
int usim_msk_delete(struct usim *u, const uint8_t domain[static 3], uint16_t group);

int usim_muk_delete(struct usim *u, const struct muk_id *id);

#endif
