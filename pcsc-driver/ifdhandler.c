/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libifdvuicc.so: cards as readers of pcscd, in its own process. An adapter between the IFD handler interface 3.0 of
 * pcsc-lite and struct slot; reader.conf names a folder of card files:
 *
 *   FRIENDLYNAME "vUICC"
 *   DEVICENAME   /var/lib/vuicc/cards:4     (":SLOTS" may be left out)
 *   LIBPATH      .../libifdvuicc.so
 *
 * The folder's *.card files go into the slots in the order of their names. Without a number there are as many slots as
 * cards, at least one. Everything pcscd's clients send ends up here, in a daemon of root: nothing may abort.
 */
#pragma GCC visibility push(default) /* pcscd calls these, and sees nothing else of the driver */
#include <PCSC/ifdhandler.h>
#pragma GCC visibility pop
#include <PCSC/reader.h>

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../os/sqlite_memory.h"
#include "control.h"

enum {
	READERS_MAX = 16, /* as many as a pcscd before 2.5 has */
	SLOTS_MAX = 16, /* and so many slots in all: with 17 in one reader, such a pcscd makes none (peers) */
	LOG_ERROR = 2, /* pcscd's PCSC_LOG_ERROR */
};

/* SCardControl() with this code gives "vuicc VERSION". */
#define CONTROL_VERSION SCARD_CTL_CODE(2900)

/* A line of reader.conf. */
struct reader {
	bool used;
	char folder[PATH_MAX];
	unsigned n;
	struct slot slot[SLOTS_MAX];
	bool closed[SLOTS_MAX]; /* by pcscd */
	struct control *control;
};

static struct reader readers[READERS_MAX];
/* For the table: pcscd opens and closes readers one after the other, but may ask meanwhile. */
static pthread_mutex_t readers_lock = PTHREAD_MUTEX_INITIALIZER;

/* pcscd's own log; where the driver is loaded by another program there may be none. */
extern void log_msg(const int priority, const char *format, ...) __attribute__((weak, format(printf, 2, 3)));

__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
	char line[SLOT_WHY_MAX + 64];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	if (log_msg != NULL)
		log_msg(LOG_ERROR, "vuicc: %s", line);
	else
		fprintf(stderr, "vuicc: %s\n", line);
}

/* The reader's number is the upper half of a Lun, the slot's the lower. */
static struct reader *reader_of(DWORD lun)
{
	DWORD i = lun >> 16;

	return i < READERS_MAX && readers[i].used ? &readers[i] : NULL;
}

static struct slot *slot_of(DWORD lun)
{
	pthread_mutex_lock(&readers_lock);
	struct reader *r = reader_of(lun);
	struct slot *s = r != NULL && (lun & 0xFFFF) < r->n ? &r->slot[lun & 0xFFFF] : NULL;
	pthread_mutex_unlock(&readers_lock);
	return s;
}

static unsigned slots_of(DWORD lun)
{
	pthread_mutex_lock(&readers_lock);
	const struct reader *r = reader_of(lun);
	unsigned n = r != NULL ? r->n : 0;
	pthread_mutex_unlock(&readers_lock);
	return n;
}

static int is_card(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && dot != entry->d_name && strcmp(dot, ".card") == 0;
}

/* DEVICENAME: a folder, and ":SLOTS" behind it. *ret_n 0 = not said. More than pcscd can have are as many as it can. */
static bool parse_name(const char *name, char folder[static PATH_MAX], unsigned *ret_n)
{
	const char *colon = strrchr(name, ':');
	size_t n = strlen(name);

	*ret_n = 0;
	if (colon != NULL && colon[1] != '\0' && strspn(colon + 1, "0123456789") == strlen(colon + 1)) {
		unsigned long slots = strtoul(colon + 1, NULL, 10);
		n = (size_t)(colon - name);
		if (slots == 0)
			return false;
		if (slots > SLOTS_MAX)
			complain("DEVICENAME: expected 1 to %d slots, got %.100s: %d are made", SLOTS_MAX, name,
				 SLOTS_MAX);
		*ret_n = slots < SLOTS_MAX ? (unsigned)slots : SLOTS_MAX;
	}
	return n != 0 && snprintf(folder, PATH_MAX, "%.*s", (int)n, name) < PATH_MAX;
}

/* The cards of the folder into the slots. What is no card leaves its slot empty, and says so. */
static void fill_slots(struct reader *r, struct dirent **entries, int n)
{
	char path[PATH_MAX], why[SLOT_WHY_MAX];

	for (int i = 0; i < n && (unsigned)i < r->n; i++) {
		if (snprintf(path, sizeof path, "%s/%s", r->folder, entries[i]->d_name) >= (int)sizeof path)
			continue;
		if (slot_insert(&r->slot[i], path, why) != 0)
			complain("slot %d stays empty: %s", i, why);
	}
	if (n > (int)r->n)
		complain("%s: %d cards for %u slots; the last ones are left out", r->folder, n, r->n);
}

static bool open_reader(struct reader *r, const char *name)
{
	char path[PATH_MAX + sizeof "/" CONTROL_NAME], why[CONTROL_WHY_MAX];
	struct dirent **entries = NULL;

	/* pcscd itself has no use for SQLite; where something else in it has, cards work all the same. */
	if (sqlite_memory_wipe() != 0)
		complain("SQLite is in use by another part of pcscd: copies of keys stay in memory that is given back");
	if (!parse_name(name, r->folder, &r->n)) {
		complain("DEVICENAME: expected FOLDER or FOLDER:SLOTS with 1 slot or more, got %.100s", name);
		return false;
	}
	int n = scandir(r->folder, &entries, is_card, alphasort);
	if (n < 0) {
		complain("DEVICENAME: expected a folder of card files: %.100s: %s", r->folder, strerror(errno));
		return false;
	}
	if (r->n == 0)
		r->n = n == 0 ? 1 : n < SLOTS_MAX ? (unsigned)n : SLOTS_MAX;
	int rc = 0;
	unsigned made = 0;
	while (made < r->n && (rc = slot_init(&r->slot[made], r->folder, made)) == 0)
		made++;
	r->n = made;
	if (rc == 0)
		fill_slots(r, entries, n);
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	snprintf(path, sizeof path, "%s/" CONTROL_NAME, r->folder);
	/* Without it the cards still work. */
	if (rc == 0 && control_open(&r->control, path, r->slot, r->n, why) != 0)
		complain("%s", why);
	return rc == 0;
}

static void close_reader(struct reader *r)
{
	control_close(r->control);
	for (unsigned i = 0; i < r->n; i++)
		slot_destroy(&r->slot[i]);
	*r = (struct reader){ .used = false };
}

RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName)
{
	DWORD i = Lun >> 16;

	if (i >= READERS_MAX)
		return IFD_COMMUNICATION_ERROR;
	pthread_mutex_lock(&readers_lock);
	struct reader *r = &readers[i];
	/* pcscd opens each slot; the first one opens the reader. */
	if (!r->used) {
		r->used = open_reader(r, DeviceName);
		if (!r->used)
			close_reader(r);
	}
	bool ok = r->used && (Lun & 0xFFFF) < r->n;
	pthread_mutex_unlock(&readers_lock);
	return ok ? IFD_SUCCESS : IFD_COMMUNICATION_ERROR;
}

RESPONSECODE IFDHCreateChannel(DWORD Lun, DWORD Channel)
{
	(void)Lun, (void)Channel;
	complain("expected DEVICENAME with a folder of card files in reader.conf");
	return IFD_NO_SUCH_DEVICE;
}

/* pcscd closes each slot; by then its thread for the slot has ended. The last one closes the reader. */
RESPONSECODE IFDHCloseChannel(DWORD Lun)
{
	RESPONSECODE rc = IFD_COMMUNICATION_ERROR;
	DWORD i = Lun & 0xFFFF;
	bool all = true;

	pthread_mutex_lock(&readers_lock);
	struct reader *r = reader_of(Lun);
	if (r != NULL && i < r->n) {
		slot_rouse(&r->slot[i]);
		r->closed[i] = true;
		for (unsigned k = 0; k < r->n; k++)
			all = all && r->closed[k];
		if (all)
			close_reader(r);
		rc = IFD_SUCCESS;
	}
	pthread_mutex_unlock(&readers_lock);
	return rc;
}

/* What pcscd's thread for a slot waits in (TAG_IFD_POLLING_THREAD_WITH_TIMEOUT): an idle card costs nothing. */
static RESPONSECODE wait_for_change(DWORD lun, int timeout_ms)
{
	struct slot *s = slot_of(lun);

	if (s == NULL)
		return IFD_NO_SUCH_DEVICE;
	slot_wait(s, timeout_ms);
	return IFD_SUCCESS;
}

/* "Stop polling" is what pcscd calls it; it means this wait, also when a client disconnects and the thread has work to do. */
static RESPONSECODE end_waiting(DWORD lun)
{
	struct slot *s = slot_of(lun);

	if (s != NULL)
		slot_rouse(s);
	return IFD_SUCCESS;
}

static RESPONSECODE give(PDWORD length, PUCHAR value, const void *octets, size_t n)
{
	if (*length < n)
		return IFD_ERROR_INSUFFICIENT_BUFFER;
	memcpy(value, octets, n);
	*length = n;
	return IFD_SUCCESS;
}

static RESPONSECODE give_number(PDWORD length, PUCHAR value, unsigned n)
{
	const uint8_t octet = (uint8_t)n;

	return give(length, value, &octet, sizeof octet);
}

static RESPONSECODE give_atr(struct slot *s, PDWORD length, PUCHAR value)
{
	uint8_t atr[UICC_ATR_MAX];
	size_t n = slot_atr(s, atr);

	return give(length, value, atr, n);
}

RESPONSECODE IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length, PUCHAR Value)
{
	static RESPONSECODE (*const waiting)(DWORD lun, int timeout_ms) = wait_for_change;
	static RESPONSECODE (*const ending)(DWORD lun) = end_waiting;
	static const char vendor[] = "vuicc";
	struct slot *s = slot_of(Lun);

	switch (Tag) {
	case TAG_IFD_SIMULTANEOUS_ACCESS:
		return give_number(Length, Value, READERS_MAX);
	case TAG_IFD_THREAD_SAFE:
	case TAG_IFD_SLOT_THREAD_SAFE:
		return give_number(Length, Value, 1);
	case TAG_IFD_SLOTS_NUMBER:
		return s != NULL ? give_number(Length, Value, slots_of(Lun)) : IFD_ERROR_TAG;
	case TAG_IFD_POLLING_THREAD_WITH_TIMEOUT:
		return give(Length, Value, &waiting, sizeof waiting);
	case TAG_IFD_STOP_POLLING_THREAD:
		return give(Length, Value, &ending, sizeof ending);
	case TAG_IFD_POLLING_THREAD_KILLABLE:
		return give_number(Length, Value, 0);
	case TAG_IFD_ATR:
	case SCARD_ATTR_ATR_STRING:
		return s != NULL ? give_atr(s, Length, Value) : IFD_COMMUNICATION_ERROR;
	case SCARD_ATTR_VENDOR_NAME:
		return give(Length, Value, vendor, sizeof vendor);
	default:
		return IFD_ERROR_TAG;
	}
}

RESPONSECODE IFDHSetCapabilities(DWORD Lun, DWORD Tag, DWORD Length, PUCHAR Value)
{
	(void)Lun, (void)Tag, (void)Length, (void)Value;
	return IFD_ERROR_TAG;
}

/* The card speaks through struct t0 whatever is agreed upon (decision 42). */
RESPONSECODE IFDHSetProtocolParameters(DWORD Lun, DWORD Protocol, UCHAR Flags, UCHAR PTS1, UCHAR PTS2, UCHAR PTS3)
{
	(void)Lun, (void)Flags, (void)PTS1, (void)PTS2, (void)PTS3;
	return Protocol == SCARD_PROTOCOL_T0 || Protocol == SCARD_PROTOCOL_T1 ? IFD_SUCCESS
									      : IFD_PROTOCOL_NOT_SUPPORTED;
}

RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength)
{
	struct slot *s = slot_of(Lun);
	uint8_t atr[UICC_ATR_MAX];
	size_t n = 0;

	*AtrLength = 0;
	if (s == NULL || (Action != IFD_POWER_UP && Action != IFD_RESET && Action != IFD_POWER_DOWN))
		return IFD_NOT_SUPPORTED;
	if (!slot_power(s, Action == IFD_POWER_DOWN ? SLOT_POWER_DOWN : SLOT_POWER_UP, atr, &n))
		return IFD_ERROR_POWER_ACTION;
	memcpy(Atr, atr, n);
	*AtrLength = n;
	return IFD_SUCCESS;
}

RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR TxBuffer, DWORD TxLength, PUCHAR RxBuffer,
			       PDWORD RxLength, PSCARD_IO_HEADER RecvPci)
{
	struct slot *s = slot_of(Lun);
	uint8_t rapdu[UICC_RAPDU_MAX];
	char trouble[SLOT_WHY_MAX];
	DWORD room = *RxLength;
	RESPONSECODE rc = IFD_SUCCESS;

	*RxLength = 0;
	if (RecvPci != NULL)
		RecvPci->Protocol = SendPci.Protocol;
	if (s == NULL)
		return IFD_NO_SUCH_DEVICE;
	size_t n = slot_transmit(s, span_of(TxBuffer, TxLength), rapdu, trouble);
	if (trouble[0] != '\0')
		complain("%s", trouble);
	if (n == 0)
		rc = slot_present(s) ? IFD_COMMUNICATION_ERROR : IFD_ICC_NOT_PRESENT;
	else if (n > room)
		rc = IFD_ERROR_INSUFFICIENT_BUFFER;
	if (rc == IFD_SUCCESS) {
		memcpy(RxBuffer, rapdu, n);
		*RxLength = n;
	}
	explicit_bzero(rapdu, sizeof rapdu); /* RES, CK, IK, MTK */
	return rc;
}

RESPONSECODE IFDHICCPresence(DWORD Lun)
{
	struct slot *s = slot_of(Lun);

	if (s == NULL)
		return IFD_NO_SUCH_DEVICE;
	return slot_present(s) ? IFD_ICC_PRESENT : IFD_ICC_NOT_PRESENT;
}

RESPONSECODE IFDHControl(DWORD Lun, DWORD dwControlCode, PUCHAR TxBuffer, DWORD TxLength, PUCHAR RxBuffer,
			 DWORD RxLength, LPDWORD pdwBytesReturned)
{
	static const char version[] = "vuicc " VUICC_VERSION;
	DWORD n = RxLength;

	(void)Lun, (void)TxBuffer, (void)TxLength;
	*pdwBytesReturned = 0;
	/* No feature of PC/SC part 10 is there: an empty list. */
	if (dwControlCode == CM_IOCTL_GET_FEATURE_REQUEST)
		return IFD_SUCCESS;
	if (dwControlCode != CONTROL_VERSION)
		return IFD_ERROR_NOT_SUPPORTED;
	RESPONSECODE rc = give(&n, RxBuffer, version, sizeof version - 1);
	if (rc == IFD_SUCCESS)
		*pdwBytesReturned = n;
	return rc;
}
