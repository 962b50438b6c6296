/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the table of faults, and the functions that rows name. */
#ifndef VUICC_TESTNET_FAULT_INT_H
#define VUICC_TESTNET_FAULT_INT_H

#include "fault.h"

/* A sealed message, and what is needed to seal it again. */
struct fault_sealed {
	struct prim *prim;
	const struct mikey_keys *keys;
	struct wr *out;
};

struct fault {
	const char *name;
	enum fault_place at;
	unsigned on;
	int arg; /* what the function makes of it */
	const char *text; /* likewise */
	union {
		void (*vector)(const struct fault *f, const struct net_env *env, const struct subscriber *s,
			       struct auc_vector *v);
		void (*challenge)(const struct fault *f, struct digest *d);
		void (*run)(const struct fault *f, struct gba_info *info);
		void (*doc)(const struct fault *f, struct km_doc *doc);
		void (*body)(const struct fault *f, struct wr *body);
		void (*info)(const struct fault *f, struct digest *d);
		void (*answer)(const struct fault *f, struct http_answer *a);
		void (*message)(const struct fault *f, struct mikey *m, struct wr *plain);
		void (*octets)(const struct fault *f, struct fault_sealed *s);
	};
	const char *does, *me;
};

extern const struct fault fault_rows[];
extern const size_t fault_rows_count;

/* fault_aka.c. arg: of vector_autn, an enum fault_autn. */
enum fault_autn { AUTN_PLAIN, AUTN_STAR, AUTN_FOREIGN, AUTN_OLD };
void vector_autn(const struct fault *f, const struct net_env *env, const struct subscriber *s, struct auc_vector *v);

/* fault_http.c */
void challenge_realm(const struct fault *f, struct digest *d); /* text */
void challenge_two_realms(const struct fault *f, struct digest *d);
void challenge_algorithm(const struct fault *f, struct digest *d);
void challenge_qop(const struct fault *f, struct digest *d); /* arg: bits */
void challenge_nonce(const struct fault *f, struct digest *d); /* text */
void run_lifetime(const struct fault *f, struct gba_info *info); /* arg: seconds behind the right one */
void run_btid(const struct fault *f, struct gba_info *info);
void doc_code(const struct fault *f, struct km_doc *doc); /* arg: code */
void doc_drop(const struct fault *f, struct km_doc *doc);
void doc_foreign(const struct fault *f, struct km_doc *doc);
void body_namespace(const struct fault *f, struct wr *body);
void body_rename(const struct fault *f, struct wr *body); /* text: "element=other" */
void body_doctype(const struct fault *f, struct wr *body);
void body_lines(const struct fault *f, struct wr *body);
void body_text(const struct fault *f, struct wr *body); /* text */
void body_huge(const struct fault *f, struct wr *body); /* arg: octets */
void info_rspauth(const struct fault *f, struct digest *d);
void info_cnonce(const struct fault *f, struct digest *d);
void info_count(const struct fault *f, struct digest *d);
void answer_status(const struct fault *f, struct http_answer *a); /* arg: instead of 200 */
void answer_bare_401(const struct fault *f, struct http_answer *a);
void answer_no_info(const struct fault *f, struct http_answer *a);
void answer_type(const struct fault *f, struct http_answer *a); /* text */
void answer_manner(const struct fault *f, struct http_answer *a); /* arg: an enum http_manner */
void answer_two_challenges(const struct fault *f, struct http_answer *a);

/* fault_mikey.c */
void message_ts(const struct fault *f, struct mikey *m, struct wr *plain); /* arg: added */
void message_idr(const struct fault *f, struct mikey *m, struct wr *plain); /* text */
void message_idi(const struct fault *f, struct mikey *m, struct wr *plain); /* text: a FQDN */
void message_domain(const struct fault *f, struct mikey *m, struct wr *plain);
void message_number(const struct fault *f, struct mikey *m, struct wr *plain); /* arg: 0, or added to it */
void message_mtk_id(const struct fault *f, struct mikey *m, struct wr *plain); /* arg */
void message_v(const struct fault *f, struct mikey *m, struct wr *plain);
void message_withdraw(const struct fault *f, struct mikey *m, struct wr *plain);
void message_key_length(const struct fault *f, struct mikey *m, struct wr *plain); /* arg: octets */
void message_no_interval(const struct fault *f, struct mikey *m, struct wr *plain);
void message_wide_interval(const struct fault *f, struct mikey *m, struct wr *plain);
void message_salt_length(const struct fault *f, struct mikey *m, struct wr *plain); /* arg: octets */
void octets_mac(const struct fault *f, struct fault_sealed *s);
void octets_head(const struct fault *f, struct fault_sealed *s); /* arg: FAULT_HEAD(index, value) */
void octets_cut(const struct fault *f, struct fault_sealed *s); /* arg: payload, as the next two; 0: the header */
void octets_drop(const struct fault *f, struct fault_sealed *s);
void octets_twice(const struct fault *f, struct fault_sealed *s);
void octets_trail(const struct fault *f, struct fault_sealed *s);
void octets_unknown_ext(const struct fault *f, struct fault_sealed *s);
void octets_unknown_payload(const struct fault *f, struct fault_sealed *s);
void octets_ts_type(const struct fault *f, struct fault_sealed *s);
void octets_encr(const struct fault *f, struct fault_sealed *s); /* arg: algorithm */
void octets_mac_alg(const struct fault *f, struct fault_sealed *s); /* arg: algorithm */

#define FAULT_HEAD(index, value) ((index) << 8 | (value))
/* The second ID payload: IDr. */
enum { FAULT_SECOND = 1 << 8 };

#endif
