/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vuicc-me: a mobile equipment for MBMS key management (TS 33.246) as a library. It bootstraps with a USIM (TS 33.220),
 * asks the BM-SC for keys, takes MIKEY messages to the card or keeps MUK and MSKs itself where the card cannot, and hands
 * out MTKs for SRTP.
 *
 *   struct vuicc_me_options o;
 *   vuicc_me_defaults(&o, sizeof o);
 *   o.card = "my.card"; o.mtk = play_with;
 *   if (vuicc_me_open(&me, &o, why) == 0) {
 *           vuicc_me_request(me, domain, group, 0);
 *           vuicc_me_run(me, why);
 *   }
 *   vuicc_me_close(me);
 *
 * Threads: vuicc_me_run() takes the thread that calls it, and every callback comes from there; to have an own thread for it
 * is the owner's to decide. (Some also come from vuicc_me_close().) vuicc_me_stop() and the functions that ask for something may be called from any thread, and
 * from callbacks; vuicc_me_open() and vuicc_me_close() when no other call with this handle is under way. Different handles
 * are independent of each other. No signal's handling is changed, and the process's environment is not.
 *
 * Errors: functions that return int return 0 or -errno; an output is untouched on failure. `why` is NULL or has
 * VUICC_ME_WHY_MAX octets, and then holds a sentence.
 *
 * Keys: what the library holds is wiped when it is no longer used. What SQLite and libcurl copied of it goes back to the
 * program's free(), which wipes nothing unless the program brings one that does; for SQLite there is vuicc_me_wipe_sqlite().
 */
#ifndef VUICC_ME_H
#define VUICC_ME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum {
	VUICC_ME_WHY_MAX = 512, /* octets of a reason, with its end */
	VUICC_ME_REQUESTS_MAX = 16, /* that have not ended, of a handle */
	VUICC_ME_STREAMS_MAX = 8, /* of an MTK */
};

struct vuicc_me;

/* How a request ended. */
enum vuicc_me_end {
	VUICC_ME_OK,
	VUICC_ME_REFUSED, /* card or network said no; to ask again changes nothing */
	VUICC_ME_FAILED, /* somebody answered something of no use; may be asked again */
	VUICC_ME_UNREACHABLE, /* card, network or key store did not answer; may be asked again */
};

/* How an SRTP stream is protected: the parameters of RFC 3830 6.10.1, lengths in octets. */
struct vuicc_me_srtp {
	uint32_t encryption; /* 0 none, 1 AES-CM, 2 AES-F8 */
	uint32_t encryption_key_length;
	uint32_t authentication; /* 0 none, 1 HMAC-SHA-1 */
	uint32_t authentication_key_length;
	uint32_t salt_length;
	uint32_t prf; /* 0 AES-CM */
	uint32_t key_derivation_rate; /* packets; 0 = session keys are derived once */
	bool srtp_encrypted, srtcp_encrypted, srtp_authenticated;
	uint32_t fec_order; /* 0 = the sender makes FEC first, then SRTP */
	uint32_t tag_length;
	uint32_t prefix_length;
};

/* A stream that the MTK is for, RFC 3830 6.1.1. */
struct vuicc_me_stream {
	uint32_t ssrc;
	uint32_t roc; /* when the message was made */
	struct vuicc_me_srtp srtp;
};

/* An MTK, in the clear: an SRTP master key with how packets name it. Later versions may have more at the end. */
struct vuicc_me_mtk {
	uint8_t key_domain[3];
	uint16_t key_group, key_number; /* of the MSK that it came under */
	uint16_t mtk_id;
	uint8_t mki[6]; /* in SRTP packets: Key Group, Key Number, MTK ID */
	uint8_t key[16];
	bool has_salt;
	uint8_t salt[14];
	struct vuicc_me_srtp srtp; /* of streams that are not listed */
	size_t n_streams;
	struct vuicc_me_stream stream[VUICC_ME_STREAMS_MAX];
};

/* Texts are borrowed until vuicc_me_close(), as is ctx; none of the callbacks may call vuicc_me_run() or _close(). */
struct vuicc_me_options {
	size_t size; /* vuicc_me_defaults() sets it */

	/* The card: a PC/SC reader (NULL = the first with a USIM), or a file of vuicc-perso, in this process. Not both. */
	const char *reader;
	const char *card;
	const char *pin; /* PIN1, 4 to 8 digits; NULL = none. One that the card refused is not tried again */

	const char *store; /* file of the key store, made 0600; NULL = that of the program vuicc-me */
	const char *bsf; /* URL; NULL = http:// and the name that follows from the IMSI (TS 23.003) */
	const char *
		bmsc; /* URL of key management, whose host is the NAF's FQDN; NULL = of the description, or of vuicc-me */
	const char *description; /* a security description (TS 26.346), file or URL; NULL = none */
	const char *const *services; /* each SERVICE=DOMAIN:GROUP: left when no key of this Key Group is to be had */
	size_t n_services;
	unsigned back_off,
		back_off_random; /* milliseconds, and a random part of the second, after a pull or a missed key */
	const char *const *connect_to; /* each FQDN=ADDR:PORT: connect there instead of resolving FQDN */
	size_t n_connect_to;
	const char *ca_file; /* PEM, what https:// trusts; NULL = what the system does */
	unsigned http_timeout; /* seconds that a whole exchange may take, 1 to 600 */
	const char *
		listen; /* ADDR:PORT or [ADDR]:PORT for MIKEY messages; port 0 = any: the event `listening` says which */
	bool forget_keys; /* at vuicc_me_close(), keep no key that TS 33.246 6.1 lets a phone lose when it is switched off */

	const char *capture; /* pcap file of UDP, HTTP and APDUs, made 0600; no PIN is in it. NULL = none */
	bool capture_keys; /* the keys that the card gives to the ME are in it, too */

	void *ctx; /* for the callbacks; any of these may be NULL */
	/* An event as one JSON object without a line's end, as docs/events.md has them. Never with a key in it. */
	void (*event)(void *ctx, const char *json);
	/* An MTK. It is wiped when the callback returns. */
	void (*mtk)(void *ctx, const struct vuicc_me_mtk *mtk);
	/* The end of what vuicc_me_bootstrap(), _register(), _deregister() or _request() asked for. why: "" when it is OK. */
	void (*ended)(void *ctx, uint32_t request, enum vuicc_me_end end, const char *why);
};

/* "MAJOR.MINOR.PATCH" of the library that runs. Static. */
const char *vuicc_me_version(void);

/*
 * Before the program's first use of SQLite, by whomever, and while no other thread begins one: from then on SQLite, all of it
 * in this process, wipes its memory before it gives it back. 0, also the second time; -EBUSY when SQLite is in use: nothing
 * has changed.
 */
int vuicc_me_wipe_sqlite(void);

/*
 * Fills n = sizeof *o octets: no card named, no callback, http_timeout 10, listen "127.0.0.1:2269", back_off 0,
 * back_off_random 2000.
 */
void vuicc_me_defaults(struct vuicc_me_options *o, size_t n);

/*
 * Opens key store and card (a reader need not be there yet); but for a description from a URL nothing goes over the network
 * before vuicc_me_run(). *o itself is copied. -EINVAL (an option, or options of a newer version than the library), -ENOENT, -EACCES, -EBUSY (card file in
 * use), -EPROTO (a file that is something else), -ENOSPC, -EIO, -ENOMEM.
 */
int vuicc_me_open(struct vuicc_me **ret, const struct vuicc_me_options *o, char *why);

/*
 * Serves until vuicc_me_stop(): requests, MIKEY messages, the card's coming and going. Once a handle: -EALREADY after that.
 * -EADDRINUSE and the like when it cannot listen; 0 when it was stopped.
 */
int vuicc_me_run(struct vuicc_me *me, char *why);

/*
 * Lets vuicc_me_run() return soon; when it has not been called yet, as soon as it is. Async-signal-safe: a signal handler may
 * call it.
 */
void vuicc_me_stop(struct vuicc_me *me);

/*
 * Closes and wipes. Requests that have not ended do so now, as unreachable: their callbacks come from within this call. NULL
 * is fine.
 */
void vuicc_me_close(struct vuicc_me *me);

/*
 * These ask for something, and return at once: a number for ended(), which comes from vuicc_me_run() when it is done, one
 * after the other in the order of the calls. 0 with errno: EAGAIN (VUICC_ME_REQUESTS_MAX have not ended), EINVAL.
 */

/* Bootstraps with the BSF, whatever keys there are. */
uint32_t vuicc_me_bootstrap(struct vuicc_me *me);

/* Registers to a user service, or takes that back: its id, at most 255 octets (TS 33.246 6.3.2). */
uint32_t vuicc_me_register(struct vuicc_me *me, const char *service);
uint32_t vuicc_me_deregister(struct vuicc_me *me, const char *service);

/* Requests an MSK; key_number 0 = the current one. The MSK itself comes as a MIKEY message: event `msk`. */
uint32_t vuicc_me_request(struct vuicc_me *me, const uint8_t key_domain[3], uint16_t key_group, uint16_t key_number);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
