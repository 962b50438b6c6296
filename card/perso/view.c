/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include <stdlib.h>

static bool take_pin(struct view *v, uint32_t number, struct span value)
{
	struct pin_desc d _secret_pin_ = { 0 };

	if (number >= VU_COUNT(v->pin) || !pin_desc_parse(&d, value))
		return false;
	v->pin[number] = (struct view_pin){
		.present = true,
		.enabled = d.enabled,
		.tries = d.tries,
		.tries_max = d.tries_max,
		.puk_tries = d.puk_tries,
		.puk_tries_max = d.puk_tries_max,
	};
	return true;
}

static bool take_body(struct view *v, uint32_t number, struct span value)
{
	uint8_t *copy = number < FILES_MAX && v->body[number].p == NULL ? malloc(value.n + 1) : NULL;

	if (copy == NULL)
		return false;
	memcpy(copy, value.p, value.n);
	v->body[number] = span_of(copy, value.n);
	return true;
}

static bool take(void *arg, const struct nv_item *item)
{
	struct view *v = arg;
	struct span value = span_of(item->value, item->n);
	uint32_t number = OBJ_NUMBER(item->key);

	switch (OBJ_KIND(item->key)) {
	case OBJ_CARD:
		v->has_card = card_desc_parse(&v->card, value) && v->card.version == IMAGE_VERSION;
		return v->has_card;
	case OBJ_FILE:
		return number < FILES_MAX && file_desc_parse(&v->file[number], value);
	case OBJ_BODY:
		return take_body(v, number, value);
	case OBJ_PIN:
		return take_pin(v, number, value);
	default:
		return true; /* a secret, or nothing for a reader */
	}
}

static bool is_df(const struct file_desc *f)
{
	return f->type == FILE_MF || f->type == FILE_DF || f->type == FILE_ADF;
}

/* File 0 is the MF, every other file lies in a directory, every EF has exactly its content. */
static bool whole(const struct view *v)
{
	if (!v->has_card || v->file[0].type != FILE_MF || v->file[0].parent != FILE_NONE)
		return false;
	for (size_t i = 0; i < FILES_MAX; i++) {
		const struct file_desc *f = &v->file[i];
		size_t size = f->type != 0 ? file_size(f) : 0;
		if (f->type == FILE_BER_TLV ? v->body[i].n > size : v->body[i].n != size)
			return false;
		if (i != 0 && f->type != 0 && (f->parent >= FILES_MAX || !is_df(&v->file[f->parent])))
			return false;
	}
	return true;
}

struct view *view_open(const struct nv_ops *nv, void *nv_ctx, const char **ret_why)
{
	struct view *v = calloc(1, sizeof *v);

	*ret_why = "out of memory";
	if (v == NULL)
		return NULL;
	*ret_why = "the file does not hold a whole card";
	if (!nv->each(nv_ctx, take, v) || !whole(v)) {
		view_close(v);
		return NULL;
	}
	return v;
}

void view_close(struct view *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < FILES_MAX; i++)
		free((void *)(uintptr_t)v->body[i].p);
	free(v);
}

uint16_t view_child(const struct view *v, uint16_t df, uint16_t fid)
{
	for (size_t i = 1; i < FILES_MAX; i++)
		if (v->file[i].type != 0 && v->file[i].parent == df && v->file[i].fid == fid)
			return (uint16_t)i;
	return FILE_NONE;
}

struct span view_body(const struct view *v, uint16_t df, uint16_t fid)
{
	uint16_t no = view_child(v, df, fid);

	return no != FILE_NONE ? v->body[no] : (struct span){ 0 };
}

struct span view_record(const struct view *v, uint16_t no, unsigned record)
{
	const struct file_desc *f = &v->file[no];

	if (record == 0 || record > f->records)
		return (struct span){ 0 };
	return span_sub(v->body[no], (size_t)(record - 1) * f->record_len, f->record_len);
}

bool view_is_app(const struct view *v, uint16_t no, enum model_app_kind app)
{
	const struct file_desc *f = &v->file[no];

	return f->type == FILE_ADF && span_starts(span_of(f->aid, f->aid_len), SPAN(app_facts[app].aid));
}

struct span view_rule(const struct view *v, uint16_t no)
{
	const struct file_desc *f = &v->file[no];

	for (uint16_t df = no == 0 ? 0 : f->parent; df < FILES_MAX; df = v->file[df].parent) {
		uint16_t arr = view_child(v, df, f->arr_fid);
		if (arr != FILE_NONE)
			return view_record(v, arr, f->arr_record);
	}
	return (struct span){ 0 };
}
