/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether pcscd may have come: something happened where its socket is. winscard can wait for cards and readers, but not
 * for the service itself.
 */
#ifndef VUICC_PCSC_SERVICE_H
#define VUICC_PCSC_SERVICE_H

#include <stdbool.h>

/* Watches from now on. A file descriptor to be closed by the caller, or -1 when there is nothing to watch. */
int pcsc_service_watch(void);

/*
 * Sleeps until something happened at the place that `watch` watches (-1 = nothing does), `wake` is readable, or ms
 * milliseconds are over. True when something happened there.
 */
bool pcsc_service_sleep(int watch, int wake, int ms);

#endif
