/* SPDX-License-Identifier: Apache-2.0 */
#include "apps.h"

const struct app_facts app_facts[MODEL_APPS] = {
	[MODEL_USIM] = {
		.adf = "ADF.USIM",
		.aid = { 0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02 },
		.aid_text = "A0000000871002",
		.aid_key = "aid",
		.label_key = "label",
		.services_key = "services",
	},
	[MODEL_ISIM] = {
		.adf = "ADF.ISIM",
		.aid = { 0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x04 },
		.aid_text = "A0000000871004",
		.aid_key = "isim.aid",
		.label_key = "isim.label",
		.services_key = "isim.services",
	},
};

bool apps_has(const struct model *m, enum model_app_kind app)
{
	return m->app[app].aid != NULL;
}

bool apps_own_pins(const struct model *m)
{
	return m->pins.isim_pin1.code != NULL;
}
