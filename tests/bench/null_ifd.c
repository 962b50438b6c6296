/* SPDX-License-Identifier: Apache-2.0 */
/* An IFD handler that does nothing: pcscd's own share. DEVICENAME is "ANYTHING:SLOTS". */
#pragma GCC visibility push(default)
#include <PCSC/ifdhandler.h>
#pragma GCC visibility pop
#include <stdlib.h>
#include <unistd.h>

#include "null_card.h"

static UCHAR slots = 1;

RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName)
{
	const char *colon = strrchr(DeviceName, ':');

	(void)Lun;
	if (colon != NULL)
		slots = (UCHAR)strtoul(colon + 1, NULL, 10);
	return IFD_SUCCESS;
}

RESPONSECODE IFDHCreateChannel(DWORD Lun, DWORD Channel)
{
	(void)Lun, (void)Channel;
	return IFD_NOT_SUPPORTED;
}

RESPONSECODE IFDHCloseChannel(DWORD Lun)
{
	(void)Lun;
	return IFD_SUCCESS;
}

static RESPONSECODE wait_for_ever(DWORD lun, int timeout_ms)
{
	(void)lun;
	usleep((useconds_t)timeout_ms * 1000);
	return IFD_SUCCESS;
}

static RESPONSECODE give(PDWORD length, PUCHAR value, const void *p, size_t n)
{
	memcpy(value, p, n);
	*length = n;
	return IFD_SUCCESS;
}

RESPONSECODE IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length, PUCHAR Value)
{
	static RESPONSECODE (*const waiting)(DWORD lun, int timeout_ms) = wait_for_ever;
	static const UCHAR one = 1;

	(void)Lun;
	switch (Tag) {
	case TAG_IFD_SIMULTANEOUS_ACCESS:
	case TAG_IFD_THREAD_SAFE:
	case TAG_IFD_SLOT_THREAD_SAFE:
	case TAG_IFD_POLLING_THREAD_KILLABLE:
		return give(Length, Value, &one, 1);
	case TAG_IFD_SLOTS_NUMBER:
		return give(Length, Value, &slots, 1);
	case TAG_IFD_POLLING_THREAD_WITH_TIMEOUT:
		return give(Length, Value, &waiting, sizeof waiting);
	case TAG_IFD_ATR:
		return give(Length, Value, null_atr, sizeof null_atr);
	default:
		return IFD_ERROR_TAG;
	}
}

RESPONSECODE IFDHSetCapabilities(DWORD Lun, DWORD Tag, DWORD Length, PUCHAR Value)
{
	(void)Lun, (void)Tag, (void)Length, (void)Value;
	return IFD_ERROR_TAG;
}

RESPONSECODE IFDHSetProtocolParameters(DWORD Lun, DWORD Protocol, UCHAR Flags, UCHAR PTS1, UCHAR PTS2, UCHAR PTS3)
{
	(void)Lun, (void)Protocol, (void)Flags, (void)PTS1, (void)PTS2, (void)PTS3;
	return IFD_SUCCESS;
}

RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength)
{
	(void)Lun, (void)Action;
	return give(AtrLength, Atr, null_atr, sizeof null_atr);
}

RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR TxBuffer, DWORD TxLength, PUCHAR RxBuffer,
			       PDWORD RxLength, PSCARD_IO_HEADER RecvPci)
{
	uint8_t rapdu[NULL_RAPDU_MAX];

	(void)Lun, (void)SendPci, (void)RecvPci;
	return give(RxLength, RxBuffer, rapdu, null_answer(span_of(TxBuffer, TxLength), rapdu));
}

RESPONSECODE IFDHICCPresence(DWORD Lun)
{
	(void)Lun;
	return IFD_ICC_PRESENT;
}

RESPONSECODE IFDHControl(DWORD Lun, DWORD dwControlCode, PUCHAR TxBuffer, DWORD TxLength, PUCHAR RxBuffer,
			 DWORD RxLength, LPDWORD pdwBytesReturned)
{
	(void)Lun, (void)dwControlCode, (void)TxBuffer, (void)TxLength, (void)RxBuffer, (void)RxLength;
	*pdwBytesReturned = 0;
	return IFD_ERROR_NOT_SUPPORTED;
}
