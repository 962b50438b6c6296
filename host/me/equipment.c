/* SPDX-License-Identifier: Apache-2.0 */
#include "equipment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

bool equipment_default_store(char path[static EQUIPMENT_PATH_MAX])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int n = -1;

	if (state != NULL && state[0] == '/')
		n = snprintf(path, EQUIPMENT_PATH_MAX, "%s/vuicc/me.sqlite", state);
	else if (home != NULL && home[0] == '/')
		n = snprintf(path, EQUIPMENT_PATH_MAX, "%s/.local/state/vuicc/me.sqlite", home);
	return n > 0 && n < EQUIPMENT_PATH_MAX;
}

static int open_card(struct equipment *e, const struct equipment_options *o, char *why)
{
	_Static_assert((int)EQUIPMENT_WHY_MAX >= (int)CARD_WHY_MAX, "a reason of the card has room");
	int rc = o->card != NULL ? card_if_open_file(&e->card, o->card, why) : card_if_open_pcsc(&e->card, o->reader);

	if (rc != 0 && o->card == NULL)
		snprintf(why, EQUIPMENT_WHY_MAX, "no memory for a reader");
	if (rc == 0 && !usim_init(&e->usim, e->card, o->pin)) {
		snprintf(why, EQUIPMENT_WHY_MAX, "PIN: expected 4 to 8 digits");
		rc = -EINVAL;
	}
	return rc;
}

static int open_capture(struct equipment *e, const struct equipment_options *o, char *why)
{
	_Static_assert((int)EQUIPMENT_WHY_MAX >= (int)CAPTURE_WHY_MAX, "a reason of the capture has room");
	int rc = o->capture != NULL ? capture_open(&e->capture, o->capture, o->capture_keys, &e->log, why) : 0;

	if (e->capture != NULL && e->card != NULL) {
		e->card->tap = capture_apdu;
		e->card->tap_ctx = e->capture;
	}
	return rc;
}

static int open_agent(struct equipment *e, const struct equipment_options *o, char *why)
{
	struct http_url url;

	if (!http_url_parse(&url, o->bmsc) || (o->bsf != NULL && !http_url_parse(&url, o->bsf))) {
		snprintf(why, EQUIPMENT_WHY_MAX, "BSF and BM-SC: expected a URL such as http://HOST/PATH");
		return -EINVAL;
	}
	e->prim = prim_open();
	if (e->prim != NULL)
		e->agent = agent_open(loop_env(e->loop), &e->log, &e->usim, e->store, e->prim, o->bsf, o->bmsc);
	if (e->agent != NULL)
		return 0;
	snprintf(why, EQUIPMENT_WHY_MAX, "no memory, or no cryptography");
	return -ENOMEM;
}

int equipment_open(struct equipment *e, const struct equipment_options *o, char *why)
{
	_Static_assert((int)EQUIPMENT_WHY_MAX >= (int)LOOP_WHY_MAX, "a reason of the loop has room");
	struct loop_options loop = o->loop;
	int rc = o->no_card ? 0 : open_card(e, o, why);

	if (rc == 0)
		rc = open_capture(e, o, why);
	loop.log = &e->log;
	loop.capture = e->capture;
	if (rc == 0)
		rc = loop_open(&e->loop, &loop, why);
	return rc == 0 ? open_agent(e, o, why) : rc;
}

void equipment_close(struct equipment *e)
{
	agent_close(e->agent);
	prim_close(e->prim);
	loop_close(e->loop);
	usim_wipe(&e->usim);
	card_if_close(e->card);
	capture_close(e->capture);
	keystore_close(e->store);
}
