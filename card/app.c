/* SPDX-License-Identifier: Apache-2.0 */
#include "app.h"

#include "fs.h"

enum { NO_SUCH_FID = 0xFFFF }; /* reserved, TS 102 221 8.6: no file has it */

static const struct app {
	enum app_kind kind;
	uint8_t aid[7]; /* RID of 3GPP and PIX up to the application code */
	uint16_t ef_services;
	uint16_t fid[4]; /* by enum app_ef */
} apps[] = {
	{ APP_USIM,
	  { 0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02 },
	  0x6F38,
	  { [APP_EF_GBABP] = 0x6FD6, [APP_EF_GBANL] = 0x6FDA, [APP_EF_MUK] = 0x6FD8, [APP_EF_MSK] = 0x6FD7 } },
	{ APP_ISIM,
	  { 0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x04 },
	  0x6F07,
	  { [APP_EF_GBABP] = 0x6FD5,
	    [APP_EF_GBANL] = 0x6FD7,
	    [APP_EF_MUK] = NO_SUCH_FID,
	    [APP_EF_MSK] = NO_SUCH_FID } },
};

static const struct app *find(const struct uicc *u, uint16_t adf)
{
	const struct file_desc *f = fs_file(u, adf);

	for (size_t i = 0; f != NULL && i < VU_COUNT(apps); i++)
		if (span_starts(span_of(f->aid, f->aid_len), SPAN(apps[i].aid)))
			return &apps[i];
	return NULL;
}

unsigned app_kind_of(const struct uicc *u, uint16_t adf)
{
	const struct app *app = find(u, adf);

	return app != NULL ? app->kind : 0;
}

uint16_t app_ef(const struct uicc *u, uint16_t adf, enum app_ef which)
{
	const struct app *app = find(u, adf);

	return app != NULL ? fs_child(u, adf, app->fid[which]) : FILE_NONE;
}

bool app_service(const struct uicc *u, uint16_t adf, unsigned n)
{
	const struct app *app = find(u, adf);

	if (app == NULL || n == 0)
		return false;
	struct span table = fs_body(u, fs_child(u, adf, app->ef_services));
	struct span octet = span_sub(table, (n - 1) / 8, 1);
	return octet.n == 1 && (octet.p[0] >> (n - 1) % 8 & 1) != 0;
}
