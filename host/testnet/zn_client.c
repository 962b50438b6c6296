/* SPDX-License-Identifier: Apache-2.0 */
#include "zn_client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "zn_json.h"

enum {
	QUESTIONS = 64, /* at a time; who comes with one more is told that the BSF does not answer */
	CONNECT_MS = 1000,
	ANSWER_MS = 2000, /* of the whole exchange */
	KEPT_MS = 10000, /* an answer that nobody has asked for again is forgotten */
	EVENTS = 16,
};

/* One B-TID that the BSF was asked about. */
struct question {
	bool used, answered;
	enum zn_result result;
	struct zn_keys keys;
	int64_t asked; /* ms since 1970 */
	CURL *curl;
	struct zn_query query;
	char body[ZN_JSON_MAX];
	struct wr answer; /* in octets below */
	uint8_t octets[ZN_JSON_MAX];
};

struct zn_client {
	char *url;
	const struct log *log;
	void (*again)(void *ctx);
	void *ctx;
	int epoll;
	int64_t due; /* when libcurl wants its turn, ms since 1970; -1 = never */
	int64_t now; /* of the call at hand */
	CURLM *multi;
	struct curl_slist *headers;
	struct question question[QUESTIONS];
};

/* libcurl says what it waits for. */
static int on_socket(CURL *curl, curl_socket_t fd, int what, void *ctx, void *known)
{
	struct zn_client *c = ctx;
	struct epoll_event event = { .events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
					       (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0),
				     .data.fd = fd };

	(void)curl;
	if (what == CURL_POLL_REMOVE)
		return epoll_ctl(c->epoll, EPOLL_CTL_DEL, fd, NULL) == 0 || errno == EBADF ? 0 : -1;
	if (epoll_ctl(c->epoll, known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) != 0)
		return -1;
	return curl_multi_assign(c->multi, fd, c) == CURLM_OK ? 0 : -1;
}

static int on_timer(CURLM *multi, long ms, void *ctx)
{
	struct zn_client *c = ctx;

	(void)multi;
	c->due = ms < 0 ? -1 : c->now + ms;
	return 0;
}

static size_t on_octets(char *octets, size_t one, size_t n, void *ctx)
{
	struct question *q = ctx;

	(void)one;
	wr_bytes(&q->answer, octets, n);
	return q->answer.bad ? 0 : n;
}

static void forget(struct zn_client *c, struct question *q)
{
	if (q->curl != NULL) {
		curl_multi_remove_handle(c->multi, q->curl);
		curl_easy_cleanup(q->curl);
	}
	secret_wipe(q, sizeof *q);
}

int zn_client_open(struct zn_client **ret, const char *url, const struct zn_token *token, const struct log *log,
		   void (*again)(void *ctx), void *ctx)
{
	struct zn_client *c = calloc(1, sizeof *c);
	char authorization[ZN_TOKEN_MAX + 32];

	if (c == NULL)
		return -ENOMEM;
	*c = (struct zn_client){ .log = log, .again = again, .ctx = ctx, .due = -1 };
	snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", token->text);
	struct curl_slist *first = curl_slist_append(NULL, "Content-Type: application/json");
	c->headers = first == NULL ? NULL : curl_slist_append(first, authorization);
	secret_wipe(authorization, sizeof authorization);
	c->url = strdup(url);
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->multi = curl_multi_init();
	if (c->headers == NULL || c->url == NULL || c->epoll < 0 || c->multi == NULL ||
	    curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
	    curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c) != CURLM_OK ||
	    curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK ||
	    curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c) != CURLM_OK) {
		if (c->headers == NULL)
			curl_slist_free_all(first);
		zn_client_close(c);
		return -ENOMEM;
	}
	*ret = c;
	return 0;
}

void zn_client_close(struct zn_client *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < QUESTIONS; i++)
		forget(c, &c->question[i]);
	curl_multi_cleanup(c->multi);
	curl_slist_free_all(c->headers);
	if (c->epoll >= 0)
		close(c->epoll);
	free(c->url);
	free(c);
}

static bool set_options(struct zn_client *c, struct question *q)
{
	struct wr body = WR(q->body);

	zn_query_put(&body, &q->query);
	return !body.bad && curl_easy_setopt(q->curl, CURLOPT_URL, c->url) == CURLE_OK &&
	       curl_easy_setopt(q->curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl_easy_setopt(q->curl, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(q->curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(q->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
	       curl_easy_setopt(q->curl, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS) == CURLE_OK &&
	       curl_easy_setopt(q->curl, CURLOPT_HTTPHEADER, c->headers) == CURLE_OK &&
	       curl_easy_setopt(q->curl, CURLOPT_POSTFIELDS, q->body) == CURLE_OK &&
	       curl_easy_setopt(q->curl, CURLOPT_POSTFIELDSIZE, (long)body.n) == CURLE_OK &&
	       curl_easy_setopt(q->curl, CURLOPT_WRITEFUNCTION, on_octets) == CURLE_OK &&
	       curl_easy_setopt(q->curl, CURLOPT_WRITEDATA, q) == CURLE_OK &&
	       curl_easy_setopt(q->curl, CURLOPT_PRIVATE, q) == CURLE_OK;
}

static bool ask(struct zn_client *c, struct question *q, const char *btid, struct span naf_id)
{
	*q = (struct question){ .used = true, .asked = c->now, .query.gba_u_aware = true };
	struct wr w_btid = WR(q->query.btid), w_naf_id = WR(q->query.naf_id);

	q->answer = WR(q->octets);
	wr_str(&w_btid, btid);
	wr_span(&w_naf_id, naf_id);
	q->query.naf_id_len = w_naf_id.n;
	q->curl = curl_easy_init();
	return wr_cstr(&w_btid) && !w_naf_id.bad && q->curl != NULL && set_options(c, q) &&
	       curl_multi_add_handle(c->multi, q->curl) == CURLM_OK;
}

static struct question *find(struct zn_client *c, const char *btid)
{
	for (size_t i = 0; i < QUESTIONS; i++)
		if (c->question[i].used && strcmp(c->question[i].query.btid, btid) == 0)
			return &c->question[i];
	return NULL;
}

/* A free place; else that of the oldest answer: who does not come for it went away, or never meant to. NULL: all wait. */
static struct question *make_room(struct zn_client *c)
{
	struct question *oldest = NULL;

	for (size_t i = 0; i < QUESTIONS; i++) {
		struct question *q = &c->question[i];

		if (!q->used)
			return q;
		if (q->answered && (oldest == NULL || q->asked < oldest->asked))
			oldest = q;
	}
	if (oldest != NULL)
		forget(c, oldest);
	return oldest;
}

static enum zn_result keys(void *ctx, struct zn_keys *ret, const char *btid, struct span naf_id, int64_t now)
{
	struct zn_client *c = ctx;
	struct question *q = find(c, btid);

	c->now = now;
	if (q != NULL && !q->answered)
		return ZN_LATER;
	if (q != NULL) {
		enum zn_result result = q->result;

		if (result == ZN_KEYS)
			*ret = q->keys;
		forget(c, q);
		return result == ZN_KEYS && now >= ret->expires ? ZN_UNKNOWN : result;
	}
	q = make_room(c);
	if (q != NULL && ask(c, q, btid, naf_id))
		return ZN_LATER;
	if (q != NULL)
		forget(c, q);
	return ZN_FAILED;
}

struct zn zn_client_zn(struct zn_client *c)
{
	return (struct zn){ keys, c };
}

static void fail(struct zn_client *c, struct question *q, const char *reason)
{
	LOG(c->log, c->now, "error", LOG_TEXT("what", "asking the BSF on Zn"), LOG_TEXT("btid", q->query.btid),
	    LOG_TEXT("reason", reason));
	q->result = ZN_FAILED;
}

/* The exchange is over. */
static void take_answer(struct zn_client *c, struct question *q, CURLcode code)
{
	const char *why = "";
	long status = 0;
	char text[64];

	(void)curl_easy_getinfo(q->curl, CURLINFO_RESPONSE_CODE, &status);
	snprintf(text, sizeof text, "expected 200 or 404, got %ld", status);
	if (code != CURLE_OK)
		fail(c, q, q->answer.bad ? "an answer that is too long" : curl_easy_strerror(code));
	else if (status == 404)
		q->result = ZN_UNKNOWN;
	else if (status != 200)
		fail(c, q, text);
	else if (!zn_keys_parse(&q->keys, wr_done(&q->answer), &why))
		fail(c, q, why);
	else
		q->result = ZN_KEYS;
	secret_wipe(q->octets, sizeof q->octets);
	curl_multi_remove_handle(c->multi, q->curl);
	curl_easy_cleanup(q->curl);
	q->curl = NULL;
	q->answered = true;
}

static void take_answers(struct zn_client *c)
{
	bool any = false;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(c->multi, &left)) != NULL) {
		char *q = NULL;

		if (m->msg != CURLMSG_DONE || curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &q) != CURLE_OK)
			continue;
		take_answer(c, (struct question *)(void *)q, m->data.result);
		any = true;
	}
	if (any)
		c->again(c->ctx);
}

int zn_client_fd(const struct zn_client *c)
{
	return c == NULL ? -1 : c->epoll;
}

int zn_client_timeout(const struct zn_client *c, int64_t now)
{
	if (c == NULL || c->due < 0)
		return -1;
	return c->due > now ? (int)(c->due - now) : 0;
}

void zn_client_run(struct zn_client *c, int64_t now)
{
	struct epoll_event events[EVENTS];
	int running;

	if (c == NULL)
		return;
	c->now = now;
	int n = epoll_wait(c->epoll, events, EVENTS, 0);
	for (int i = 0; i < n; i++) {
		int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
			   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
			   (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
		(void)curl_multi_socket_action(c->multi, events[i].data.fd, what, &running);
	}
	if (c->due >= 0 && c->due <= now) {
		c->due = -1;
		(void)curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	take_answers(c);
	for (size_t i = 0; i < QUESTIONS; i++)
		if (c->question[i].answered && now - c->question[i].asked > KEPT_MS)
			forget(c, &c->question[i]);
}
