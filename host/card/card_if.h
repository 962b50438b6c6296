/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to a card, wherever the card is: in a PC/SC reader (card_pcsc.c), in this process (card_local.c), or at
 * the other end of a TCP connection (card_vpcd.c). One APDU goes through card_if_command(), the one place that knows
 * 61XX, 6CXX and GET RESPONSE.
 *
 * Results are 0 or -errno; why then says it in words:
 *   -ENODEV      no reader or no PC/SC service
 *   -ENOMEDIUM   no card, or it is not certain any more that it is the same insertion; only connect() mends that
 *   -EBUSY       another program holds the card, or the reader has not come back from an earlier call: nothing has been
 *                sent. wait() ends when it may be worth another try
 *   -ECONNRESET  (transmit) the card was reset under the transaction: what was selected and verified is gone, and whether
 *                it took the last command is not known. The transaction is to be ended, and begun anew
 *   -EIO         what came back is no answer
 * No function waits for ever: each of them comes back within seconds, whatever card, reader and other programs do.
 */
#ifndef VUICC_CARD_IF_H
#define VUICC_CARD_IF_H

#include "../../apdu/apdu.h"
#include "../../apdu/sw.h"

enum { CARD_NAME_MAX = 160, CARD_WHY_MAX = 256 };

struct card_if;

/* Whether the card that was just connected is one the caller wants. */
typedef bool card_if_wanted_fn(struct card_if *c);

struct card_if_ops {
	/*
	 * Connects to the first card that is wanted; later on only to the reader that it was in. -ENOMEDIUM when there are
	 * only others. -EALREADY: it is connected still, nothing has failed, and it is the same insertion.
	 */
	int (*connect)(struct card_if *c, card_if_wanted_fn *wanted);
	/* Gives the card up. wait() ends soon: who is there is to be looked at anew. */
	void (*disconnect)(struct card_if *c);
	/* Resets the connected card: what was selected and verified is gone. */
	int (*reset)(struct card_if *c);
	/* Keeps other programs from the card until end(); nothing in between may wait for anything but the card. */
	int (*begin)(struct card_if *c);
	void (*end)(struct card_if *c);
	/* n octets of an APDU there, *ret_n octets (2..RAPDU_MAX) back. */
	int (*transmit)(struct card_if *c, const uint8_t *capdu, size_t n, uint8_t rapdu[static RAPDU_MAX],
			size_t *ret_n);
	/*
	 * Waits until a card was inserted or removed, or can be had again, or an exchange failed, or the PC/SC service came
	 * or went, since the last call: 0; the first call ends as soon as there is a service. Sleeps until then.
	 * -ECANCELED after stop_waiting(), -ENOTSUP where cards do not come and go. The one function that another thread
	 * may run beside the others.
	 */
	int (*wait)(struct card_if *c);
	void (*stop_waiting)(struct card_if *c);
	void (*close)(struct card_if *c);
};

/*
 * Looks at a command and its answer as they went over the connection, GET RESPONSE and all, PINs and keys in the clear.
 * An empty answer: none came.
 */
typedef void card_if_tap_fn(void *ctx, struct span capdu, struct span rapdu);

struct card_if {
	const struct card_if_ops *ops;
	bool t0; /* Le of a command with data must not be sent: the card answers 61XX */
	char name[CARD_NAME_MAX]; /* of the reader or file, once connected */
	char why[CARD_WHY_MAX]; /* of the last failure; not of wait() */
	card_if_tap_fn *tap; /* NULL = nobody looks; set by whoever opened it, after that */
	void *tap_ctx;
};

/*
 * A reader of the system's PC/SC service; reader NULL = the first one with a wanted card. The service need not be there yet.
 * 0 or -ENOMEM.
 */
int card_if_open_pcsc(struct card_if **ret, const char *reader);

/* A card file, put into a card in this process. 0 or -errno; why has CARD_WHY_MAX octets. */
int card_if_open_file(struct card_if **ret, const char *path, char *why);

/*
 * A card in this process that somebody else has opened; it is borrowed. name: what messages call it, 159 characters at
 * most. 0 or -ENOMEM.
 */
struct uicc;
int card_if_open_uicc(struct card_if **ret, struct uicc *uicc, const char *name);

/*
 * Listens on ADDR:PORT as vsmartcard's vpcd does; connect() waits up to a minute for a card to come. What comes is not
 * asked who it is: the address is better one of loopback. Its name
 * is the address, also where the port was 0. 0 or -errno; why has CARD_WHY_MAX octets.
 */
int card_if_open_vpcd(struct card_if **ret, const char *address, char *why);

/* NULL is fine. */
void card_if_close(struct card_if *c);

/*
 * One command: its data is appended to out, its status word goes to *ret_sw. 61XX is followed by GET RESPONSE, 6CXX by the
 * command with that Le, so neither is ever seen by the caller. A card that announces an answer and then has none was reset
 * in between, unseen by its reader: -ECONNRESET.
 */
int card_if_command(struct card_if *c, const struct capdu *command, struct wr *out, sw_t *ret_sw);

#endif
