/* SPDX-License-Identifier: Apache-2.0 */
/* A profile to the objects of card/image.h: the scalars are checked, then the files, then everything is written out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../apdu/hex.h"
#include "../../apdu/tlv.h"
#include "../object.h"
#include "derived.h"
#include "atr.h"
#include "keys.h"
#include "services.h"
#include "text.h"

enum { OBJECT_MAX = 512 /* octets of everything but contents */ };

/* An item that the profile owns. False when memory is short. */
static bool add(struct profile *p, uint32_t key, struct span value)
{
	uint8_t *copy = malloc(value.n + 1);

	if (copy == NULL || p->n_items == ITEMS_MAX) {
		free(copy);
		return false;
	}
	if (value.n != 0)
		memcpy(copy, value.p, value.n);
	p->items[p->n_items++] = (struct nv_item){ .key = key, .value = copy, .n = value.n };
	return true;
}

static int out_of_memory(struct profile *p)
{
	return profile_refuse(p, "(profile)", "expected enough memory, got too little");
}

static int check_iccid(struct profile *p)
{
	const char *iccid = p->model->iccid;
	size_t n = strlen(iccid);

	if (!text_digits(iccid, 19, 20))
		return profile_refuse(p, "iccid", "expected 19 or 20 digits, got \"%.40s\"", iccid);
	unsigned check = text_luhn(iccid, n - 1);
	if (iccid[n - 1] != (char)('0' + check))
		return profile_refuse(p, "iccid", "expected %u as last digit (Luhn), got %c", check, iccid[n - 1]);
	return 0;
}

/* An application's AID and label. --set can name an ISIM's AID without the rest. */
static int check_app(struct profile *p, const struct app_facts *facts, const struct model_app *a)
{
	uint8_t aid[AID_MAX] = { 0 };
	size_t n = strlen(a->aid) / 2;

	if (n > AID_MAX || !text_octets(a->aid, aid, n) || !span_starts(span_of(aid, n), SPAN(facts->aid)))
		return profile_refuse(p, facts->aid_key,
				      "expected 7 to 16 octets in hexadecimal that begin with %s, got \"%.40s\"",
				      facts->aid_text, a->aid);
	size_t label_len = a->label != NULL ? strlen(a->label) : 0;
	if (label_len == 0 || label_len > 32)
		return profile_refuse(p, facts->label_key, "expected a text of 1 to 32 octets, got %zu", label_len);
	if (a->services_count == 0)
		return profile_refuse(p, facts->services_key, "expected a list of services, got none");
	return 0;
}

static int check_scalars(struct profile *p)
{
	const struct model *m = p->model;
	int error = check_iccid(p);

	if (error != 0)
		return error;
	if (!text_digits(m->imsi, 6, 15))
		return profile_refuse(p, "imsi", "expected 6 to 15 digits, got \"%.40s\"", m->imsi);
	if (m->mnc_length != 2 && m->mnc_length != 3)
		return profile_refuse(p, "mnc_length", "expected 2 or 3, got %u", m->mnc_length);
	for (size_t i = 0; error == 0 && i < MODEL_APPS; i++)
		if (apps_has(m, (enum model_app_kind)i))
			error = check_app(p, &app_facts[i], &m->app[i]);
	return error;
}

static int build_card(struct profile *p)
{
	struct card_desc c = { .version = IMAGE_VERSION, .legacy_gsm = p->model->legacy_gsm };
	uint8_t octets[OBJECT_MAX];
	struct wr atr = WR(c.atr), w = WR(octets);
	char why[160];

	if (!hex_parse(&atr, span_str(p->model->atr)))
		return profile_refuse(p, "atr", "expected at most %zu octets in hexadecimal, got something else",
				      sizeof c.atr);
	if (!atr_check(wr_done(&atr), why, sizeof why))
		return profile_refuse(p, "atr", "%s", why);
	c.atr_len = (uint8_t)atr.n;
	card_desc_put(&w, &c);
	return add(p, OBJ(OBJ_CARD, 0), wr_done(&w)) ? 0 : out_of_memory(p);
}

/* `D0 { 81 number type qualifier  82 card terminal }` for each, TS 102 223 6.6. */
static int build_toolkit(struct profile *p)
{
	static const uint8_t devices[] = { 0x81, 0x82 };
	uint8_t queue[UINT8_MAX * 16];
	struct wr w = WR(queue);

	for (uint32_t i = 0; i < p->model->toolkit_count; i++) {
		const struct model_toolkit *t = &p->model->toolkit[i];
		const uint8_t details[] = { (uint8_t)(i + 1), (uint8_t)t->command, t->qualifier };
		size_t command = wr_tlv_open(&w, 0xD0);
		wr_tlv(&w, 0x81, SPAN(details));
		wr_tlv(&w, 0x82, SPAN(devices));
		wr_tlv_close(&w, command);
	}
	return w.n == 0 || add(p, OBJ(OBJ_TOOLKIT, 0), wr_done(&w)) ? 0 : out_of_memory(p);
}

static int build_aka(struct profile *p)
{
	struct aka_desc a __attribute__((cleanup(aka_desc_wipe))) = { 0 };
	struct secret_buf octets _secret_buf_ = { 0 };
	struct sqn_desc q;
	struct wr w = WR(octets.b);
	int error = keys_aka(p, &a);

	if (error == 0)
		error = keys_sqn(p, &q);
	if (error != 0)
		return error;
	aka_desc_put(&w, &a);
	bool added = add(p, OBJ(OBJ_AKA, 0), wr_done(&w));
	w = WR(octets.b);
	sqn_desc_put(&w, &q);
	return added && add(p, OBJ(OBJ_SQN, 0), wr_done(&w)) ? 0 : out_of_memory(p);
}

static int build_pin(struct profile *p, const char *name, const struct model_pin *m, uint8_t reference)
{
	struct pin_desc pin _secret_pin_ = { 0 };
	struct secret_buf octets _secret_buf_ = { 0 };
	struct wr w = WR(octets.b);
	int error = keys_pin(p, name, m, &pin);

	if (error != 0)
		return error;
	pin_desc_put(&w, &pin);
	return add(p, OBJ(OBJ_PIN, reference), wr_done(&w)) ? 0 : out_of_memory(p);
}

/* The universal PIN, and PINs that are the ISIM's own instead of the USIM's, which it shares otherwise. */
static int build_optional_pins(struct profile *p)
{
	const struct model_pins *pins = &p->model->pins;
	int error = 0;

	if (pins->isim_pin1.code != NULL && pins->isim_pin2.code == NULL)
		return profile_refuse(p, "pins.isim_pin1.code", "expected isim_pin2 beside it, got none");
	if (pins->isim_pin2.code != NULL && pins->isim_pin1.code == NULL)
		return profile_refuse(p, "pins.isim_pin2.code", "expected isim_pin1 beside it, got none");
	if (apps_own_pins(p->model) && !apps_has(p->model, MODEL_ISIM))
		return profile_refuse(p, "pins.isim_pin1.code", "expected an ISIM that it is the PIN of, got none");
	if (pins->universal.code != NULL)
		error = build_pin(p, "universal", &pins->universal, PIN_UNIVERSAL);
	if (error == 0 && apps_own_pins(p->model))
		error = build_pin(p, "isim_pin1", &pins->isim_pin1, ISIM_APPLICATION);
	if (error == 0 && apps_own_pins(p->model))
		error = build_pin(p, "isim_pin2", &pins->isim_pin2, PIN_SECOND | ISIM_APPLICATION);
	return error;
}

static int build_pins(struct profile *p)
{
	const struct model_pins *pins = &p->model->pins;
	int error = build_pin(p, "pin1", &pins->pin1, PIN_APPL_1);

	if (error == 0)
		error = build_pin(p, "pin2", &pins->pin2, PIN2_APPL_1);
	if (error == 0)
		error = build_pin(p, "adm1", &pins->adm1, PIN_ADM1);
	return error == 0 ? build_optional_pins(p) : error;
}

static int put_transparent(struct profile *p, const struct tree *t, size_t no, struct wr *w)
{
	const char *content = p->model->files[no].content;

	if (content == NULL)
		return derived_put(p, t, no, w);
	if (!hex_parse(w, span_str(content)))
		return profile_refuse_entry(p, "files", no, "content",
					    "expected at most %zu octets in hexadecimal, got %s", w->cap,
					    w->bad ? "more" : "something else");
	wr_pad(w, 0xFF);
	return derived_agrees(p, t, no, wr_done(w));
}

/* Data objects in a row, as SET DATA would leave them. */
static int put_objects(struct profile *p, size_t no, struct wr *w)
{
	const char *content = p->model->files[no].content;

	if (content == NULL)
		return 0;
	bool whole = hex_parse(w, span_str(content));
	for (struct rd r = rd_of(wr_done(w)); whole && r.n != 0;) {
		struct object o = rd_object(&r);
		whole = !r.bad && !object_tag_is_list(o.tag) && object_find(span_of(r.p, r.n), o.tag).n == 0;
	}
	return whole ? 0
		     : profile_refuse_entry(p, "files", no, "content",
					    "expected BER-TLV objects of at most %zu octets, each tag once, got %s",
					    w->cap, w->bad ? "more" : "something else");
}

static int put_records(struct profile *p, const struct tree *t, size_t no, struct wr *w)
{
	const struct model_file *m = &p->model->files[no];
	char key[YAMLDOC_KEY_MAX];

	if (tree_is_arr(t, no)) {
		tree_put_rules(t, no, w);
		return 0;
	}
	if (m->record_contents == NULL)
		return derived_put(p, t, no, w);
	for (size_t i = 0; i < m->record_contents_count; i++) {
		struct wr record = wr_of(w->p + w->n, t->file[no].record_len);
		if (!hex_parse(&record, span_str(m->record_contents[i]))) {
			snprintf(key, sizeof key, "files[%zu].record_contents[%zu]", no, i);
			return profile_refuse(p, key, "expected at most %u octets in hexadecimal, got %s",
					      t->file[no].record_len, record.bad ? "more" : "something else");
		}
		wr_pad(&record, 0xFF);
		w->n += record.n;
	}
	return 0;
}

static int build_file(struct profile *p, const struct tree *t, size_t no)
{
	const struct file_desc *f = &t->file[no];
	uint8_t octets[OBJECT_MAX];
	struct wr desc = WR(octets);

	file_desc_put(&desc, f);
	if (!add(p, OBJ(OBJ_FILE, no), wr_done(&desc)))
		return out_of_memory(p);
	if (tree_is_df(f))
		return 0;
	uint8_t *body = malloc(file_size(f));
	if (body == NULL)
		return out_of_memory(p);
	struct wr w = wr_of(body, file_size(f));
	int error = f->type == FILE_BER_TLV	  ? put_objects(p, no, &w)
		    : f->type == FILE_TRANSPARENT ? put_transparent(p, t, no, &w)
						  : put_records(p, t, no, &w);
	if (f->type != FILE_BER_TLV)
		wr_pad(&w, 0xFF);
	if (error == 0 && w.n != 0 && !add(p, OBJ(OBJ_BODY, no), wr_done(&w)))
		error = out_of_memory(p);
	free(body);
	return error;
}

/* Whether the card can hold, and change, what there is up to file `no`. */
static int check_room(struct profile *p, size_t no)
{
	size_t octets = 0;

	for (size_t i = 0; i < p->n_items; i++)
		octets += p->items[i].n;
	if (octets <= CARD_OCTETS_MAX)
		return 0;
	return profile_refuse_entry(p, "files", no, NULL, "expected at most %d octets in all files together, got %zu",
				    CARD_OCTETS_MAX, octets);
}

/* An ADF's name is a scalar of the profile. check_scalars() has approved it. */
static int name_adfs(struct profile *p, struct tree *t)
{
	for (size_t i = 0; i < MODEL_APPS; i++) {
		const char *aid = p->model->app[i].aid;
		if (aid == NULL)
			continue;
		struct file_desc *f = &t->file[t->adf[i]];
		f->aid_len = (uint8_t)(strlen(aid) / 2);
		if (!text_octets(aid, f->aid, f->aid_len))
			return out_of_memory(p);
	}
	return 0;
}

static int build(struct profile *p, struct tree *t)
{
	int error;

	if ((error = check_scalars(p)) != 0 || (error = build_card(p)) != 0 || (error = build_aka(p)) != 0 ||
	    (error = build_pins(p)) != 0 || (error = build_toolkit(p)) != 0)
		return error;
	if ((error = tree_build(p, t)) != 0 || (error = derived_check(p, t)) != 0 ||
	    (error = services_check(p, t)) != 0 || (error = name_adfs(p, t)) != 0)
		return error;
	for (size_t i = 0; error == 0 && i < t->n; i++) {
		error = build_file(p, t, i);
		if (error == 0)
			error = check_room(p, i);
	}
	return error;
}

int profile_build(struct profile *p, const struct nv_item **ret_items, size_t *ret_n, struct profile_error *e)
{
	struct tree *t = calloc(1, sizeof *t);

	*e = (struct profile_error){ 0 };
	p->error = e;
	profile_drop_items(p);
	int error = t != NULL ? build(p, t) : out_of_memory(p);
	p->error = NULL;
	free(t);
	if (error != 0)
		return error;
	*ret_items = p->items;
	*ret_n = p->n_items;
	return 0;
}
