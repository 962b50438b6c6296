/* SPDX-License-Identifier: Apache-2.0 */
#include "vuicc/uicc.h"

const char *uicc_version(void)
{
	return VUICC_VERSION;
}
