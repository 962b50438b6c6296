/* SPDX-License-Identifier: Apache-2.0 */
/* Cards, readers and pcscd as they come and go. One thread waits; the other functions are for any other. */
#ifndef VUICC_PCSC_WATCH_H
#define VUICC_PCSC_WATCH_H

struct pcsc_watch;

/* 0 or -errno. */
int pcsc_watch_open(struct pcsc_watch **ret);

/* NULL is fine. Nobody waits any more. */
void pcsc_watch_close(struct pcsc_watch *w);

/* wait() of card_if.h. */
int pcsc_watch_wait(struct pcsc_watch *w);

/* Ends wait() with -ECANCELED, now and always. */
void pcsc_watch_stop(struct pcsc_watch *w);

/* Only what happens to this reader ends wait() from now on. */
void pcsc_watch_only(struct pcsc_watch *w, const char *reader);

/* Ends wait() now: what could not be had before may be had. */
void pcsc_watch_poke(struct pcsc_watch *w);

/*
 * Ends wait() soon, whether winscard sees anything or not: an exchange failed, and who is there must be looked at. Each
 * time that nothing else had happened, "soon" is twice as late, so that a broken card does not keep everybody busy.
 */
void pcsc_watch_look_again(struct pcsc_watch *w);

#endif
