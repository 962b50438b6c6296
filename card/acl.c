/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule is a row of { access mode DO, one or more security condition DOs }:
 *
 *   80 01 AM     modes, a bit each             90 00                       always
 *   84 n INS…    commands by their INS         97 00                       never
 *                                              A4 06 83 01 ref 95 01 08    this PIN
 *                                              A0 { … }  AF { … }          one of, all of
 *
 * Access mode DOs that stand together share the conditions behind them. 81 to 8F other than 84 describe more of a command
 * header than this card's rules ever do; they grant nothing.
 */
#include "acl.h"

#include "../apdu/tlv.h"
#include "fs.h"
#include "pin.h"

enum { NESTING_MAX = 4 };

static bool is_condition(uint16_t tag)
{
	return tag == 0x90 || tag == 0x97 || tag == 0xA0 || tag == 0xA4 || tag == 0xAF;
}

/* What conditions are held against: the card's security status, or, without a card, one PIN and nothing else. */
struct status {
	const struct uicc *u;
	uint8_t reference;
};

static bool satisfied(const struct status *s, uint8_t reference)
{
	return s->u != NULL ? pin_satisfied(s->u, reference) : s->reference == reference;
}

static bool holds(const struct status *s, struct tlv condition, unsigned depth);

/* A0 or AF: true for `decisive` when a member is, else for the other. An empty template grants nothing. */
static bool any_or_all(const struct status *s, struct span members, bool decisive, unsigned depth)
{
	struct rd r = rd_of(members);

	if (depth >= NESTING_MAX || r.n == 0)
		return false;
	while (r.n != 0) {
		struct tlv member = rd_tlv(&r);
		if (r.bad)
			return false;
		if (holds(s, member, depth + 1) == decisive)
			return decisive;
	}
	return !decisive;
}

static bool holds(const struct status *s, struct tlv condition, unsigned depth)
{
	struct span reference;

	switch (condition.tag) {
	case 0x90:
		return true;
	case 0xA0:
		return any_or_all(s, condition.v, true, depth);
	case 0xAF:
		return any_or_all(s, condition.v, false, depth);
	case 0xA4:
		return tlv_find(condition.v, 0x83, &reference) && reference.n == 1 && satisfied(s, reference.p[0]);
	default:
		return false;
	}
}

static bool names(struct tlv access_mode, enum acl_mode mode)
{
	if ((mode & ACL_BY_INS) == 0)
		return access_mode.tag == 0x80 && access_mode.v.n == 1 && (access_mode.v.p[0] & mode) != 0;
	for (size_t i = 0; access_mode.tag == 0x84 && i < access_mode.v.n; i++)
		if (access_mode.v.p[i] == (mode & 0xFF))
			return true;
	return false;
}

/* Whether a rule grants this mode under this status. Conditions in a row are alternatives. */
static bool grants(const struct status *s, struct span rule, enum acl_mode mode)
{
	struct rd r = rd_of(rule);
	bool covered = false, after_condition = true;

	while (r.n != 0 && r.p[0] != 0xFF) { /* FF: the record's unused end */
		struct tlv o = rd_tlv(&r);
		if (r.bad)
			return false;
		bool condition = is_condition(o.tag);
		if (!condition)
			covered = names(o, mode) || (covered && !after_condition);
		else if (covered && holds(s, o, 0))
			return true;
		after_condition = condition;
	}
	return false;
}

/* EF_ARR stands in the file's directory or in one above; the MF's own in the MF. */
static uint16_t find_arr(const struct uicc *u, const struct file_desc *f)
{
	for (uint16_t df = f->type == FILE_MF ? 0 : f->parent; df != FILE_NONE; df = u->file[df].parent) {
		uint16_t arr = fs_child(u, df, f->arr_fid);
		if (arr != FILE_NONE)
			return arr;
	}
	return FILE_NONE;
}

static struct span rule_of(const struct uicc *u, const struct file_desc *f)
{
	return fs_record(u, find_arr(u, f), f->arr_record);
}

sw_t acl_check(const struct uicc *u, uint16_t no, enum acl_mode mode)
{
	const struct file_desc *f = fs_file(u, no);
	const struct status now = { .u = u };

	return f != NULL && grants(&now, rule_of(u, f), mode) ? SW_OK : SW_SECURITY;
}

bool acl_enough(const struct uicc *u, uint16_t no, enum acl_mode mode, uint8_t reference)
{
	const struct file_desc *f = fs_file(u, no);
	const struct status alone = { .reference = reference };

	return f != NULL && grants(&alone, rule_of(u, f), mode);
}
