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

/* A card_if_tap_fn. */
static void on_apdu(void *ctx, struct span capdu, struct span rapdu)
{
	struct equipment *e = ctx;

	if (e->capture != NULL)
		capture_apdu(e->capture, capdu, rapdu);
	/* No card is asked for anything before there is a loop. */
	apdu_log_put(&e->apdus, loop_env(e->loop)->now(NULL), capdu, rapdu);
}

static int open_capture(struct equipment *e, const struct equipment_options *o, char *why)
{
	_Static_assert((int)EQUIPMENT_WHY_MAX >= (int)CAPTURE_WHY_MAX, "a reason of the capture has room");
	int rc = o->capture != NULL ? capture_open(&e->capture, o->capture, o->capture_keys, &e->log, why) : 0;

	e->apdus.log = o->apdus ? &e->log : NULL;
	if ((e->capture != NULL || o->apdus) && e->card != NULL) {
		e->card->tap = on_apdu;
		e->card->tap_ctx = e;
	}
	return rc;
}

/* From a file, or by HTTP. */
static int read_description(struct equipment *e, const char *from, char *why)
{
	struct http_resp *resp = calloc(1, sizeof *resp);
	char xml_why[XML_WHY_MAX];
	struct http_url url;
	FILE *file = NULL;
	int rc = resp != NULL ? 0 : -ENOMEM;

	snprintf(why, EQUIPMENT_WHY_MAX, "description: no memory");
	if (rc == 0 && http_url_parse(&url, from)) {
		rc = loop_get(e->loop, from, resp, why);
	} else if (rc == 0 && (file = fopen(from, "re")) != NULL) {
		resp->body_len = fread(resp->body, 1, sizeof resp->body, file);
		fclose(file);
	} else if (rc == 0) {
		rc = -errno;
		snprintf(why, EQUIPMENT_WHY_MAX, "description %.200s: %s", from, strerror(-rc));
	}
	if (rc == 0 && !names_describe(&e->names, span_of(resp->body, resp->body_len), xml_why)) {
		snprintf(why, EQUIPMENT_WHY_MAX, "description %.200s: %s", from, xml_why);
		rc = -EPROTO;
	}
	free(resp);
	return rc;
}

static const char *bmsc_of(const struct equipment *e, const struct equipment_options *o)
{
	if (o->bmsc != NULL)
		return o->bmsc;
	return e->names.bmsc[0] != '\0' ? e->names.bmsc : EQUIPMENT_BMSC;
}

static int open_agent(struct equipment *e, const struct equipment_options *o, char *why)
{
	const struct agent_config config = { .offset = e->names.offset,
					     .spread = e->names.spread,
					     .uicc = e->names.uicc,
					     .service = e->names.service,
					     .n_services = e->names.n };
	const char *bmsc = bmsc_of(e, o);
	struct http_url url;

	if (!http_url_parse(&url, bmsc) || (o->bsf != NULL && !http_url_parse(&url, o->bsf))) {
		snprintf(why, EQUIPMENT_WHY_MAX, "BSF and BM-SC: expected a URL such as http://HOST/PATH");
		return -EINVAL;
	}
	e->prim = prim_open();
	if (e->prim != NULL)
		e->agent = agent_open(loop_env(e->loop), &e->log, &e->usim, e->store, e->prim, o->bsf, bmsc);
	if (e->agent != NULL) {
		agent_configure(e->agent, &config);
		return 0;
	}
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
	e->messages = (struct message_log){ .log = &e->log, .side = "me" };
	loop.messages = o->messages ? &e->messages : NULL;
	if (rc == 0)
		rc = loop_open(&e->loop, &loop, why);
	if (o->names != NULL)
		e->names = *o->names;
	if (rc == 0 && o->description != NULL && !o->no_card)
		rc = read_description(e, o->description, why);
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
