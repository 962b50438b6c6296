/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl behind http_curl.h. `Authorization` is a header like any other here: libcurl's own Digest hashes an empty body
 * for auth-int and ends a password at 00.
 */
#include "http_curl.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct http_client {
	CURL *curl;
	struct curl_slist *connect_to;
	bool (*stop)(void *ctx);
	void *ctx;
	char error[CURL_ERROR_SIZE];
};

bool http_connect_to_ok(const char *rule)
{
	const char *address = strchr(rule, '=');
	const char *port = address != NULL ? strrchr(address, ':') : NULL;
	char *end = NULL;

	if (port == NULL || address == rule || port == address + 1 ||
	    memchr(rule, ':', (size_t)(address - rule)) != NULL)
		return false;
	unsigned long n = strtoul(port + 1, &end, 10);
	return port[1] >= '0' && port[1] <= '9' && *end == '\0' && n > 0 && n <= UINT16_MAX;
}

/* libcurl writes a rule HOST:PORT:HOST:PORT; no port at the front stands for any. */
static int add_rule(struct http_client *c, const char *rule)
{
	char text[2 * HTTP_HOST_MAX];
	const char *address = strchr(rule, '=');

	if (!http_connect_to_ok(rule))
		return -EINVAL;
	int n = snprintf(text, sizeof text, "%.*s::%s", (int)(address - rule), rule, address + 1);
	if (n < 0 || (size_t)n >= sizeof text)
		return -EINVAL;
	struct curl_slist *list = curl_slist_append(c->connect_to, text);
	if (list == NULL)
		return -ENOMEM;
	c->connect_to = list;
	return 0;
}

static size_t take_header(char *line, size_t size, size_t n, void *ctx)
{
	http_resp_line(ctx, span_of(line, size * n));
	return size * n;
}

static size_t take_body(char *octets, size_t size, size_t n, void *ctx)
{
	struct http_resp *r = ctx;
	http_resp_body(r, span_of(octets, size * n));
	return r->fault == NULL ? size * n : 0;
}

static int watch(void *ctx, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
	struct http_client *c = ctx;
	(void)down_all, (void)down, (void)up_all, (void)up;
	return c->stop != NULL && c->stop(c->ctx);
}

static CURLcode set_always(struct http_client *c, const struct http_options *o)
{
	CURLcode rc = CURLE_OK;
#define SET(option, value) rc = rc != CURLE_OK ? rc : curl_easy_setopt(c->curl, (option), (value))
	SET(CURLOPT_ERRORBUFFER, c->error);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	/* MIKEY comes back to the address that the request came from: nothing may stand between. */
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_TIMEOUT_MS, o->timeout);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, watch);
	SET(CURLOPT_XFERINFODATA, c);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	if (o->source != NULL)
		SET(CURLOPT_INTERFACE, o->source);
	if (c->connect_to != NULL)
		SET(CURLOPT_CONNECT_TO, c->connect_to);
	return rc;
}

int http_client_open(struct http_client **ret, const struct http_options *o)
{
	struct http_client *c = calloc(1, sizeof *c);
	int rc = c != NULL ? 0 : -ENOMEM;

	if (rc == 0)
		c->curl = curl_easy_init();
	if (rc == 0 && c->curl == NULL)
		rc = -ENOMEM;
	for (size_t i = 0; rc == 0 && i < o->n_connect_to; i++)
		rc = add_rule(c, o->connect_to[i]);
	if (rc == 0 && set_always(c, o) != CURLE_OK)
		rc = -EINVAL;
	if (rc != 0) {
		http_client_close(c);
		return rc;
	}
	c->stop = o->stop;
	c->ctx = o->ctx;
	*ret = c;
	return 0;
}

void http_client_close(struct http_client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->connect_to);
	free(c);
}

static bool add_header(struct curl_slist **list, const char *name, const char *value)
{
	char line[HTTP_AUTH_MAX + HTTP_FIELD_MAX];

	if (value[0] == '\0')
		return true;
	int n = snprintf(line, sizeof line, "%s: %s", name, value);
	struct curl_slist *longer = n > 0 && (size_t)n < sizeof line ? curl_slist_append(*list, line) : NULL;
	if (longer != NULL)
		*list = longer;
	return longer != NULL;
}

static CURLcode set_request(struct http_client *c, const struct http_req *req, struct http_resp *resp,
			    struct curl_slist *headers)
{
	CURLcode rc = CURLE_OK;
	bool post = strcmp(req->method, "POST") == 0;

	SET(CURLOPT_URL, req->url);
	SET(CURLOPT_HTTPHEADER, headers);
	SET(CURLOPT_HEADERDATA, resp);
	SET(CURLOPT_WRITEDATA, resp);
	if (!post)
		SET(CURLOPT_HTTPGET, 1L);
	if (post) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE, (long)req->body_len);
		SET(CURLOPT_POSTFIELDS, (const char *)req->body);
	}
	return rc;
#undef SET
}

static int errno_of(CURLcode rc)
{
	if (rc == CURLE_ABORTED_BY_CALLBACK)
		return -ECANCELED;
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return -ETIMEDOUT;
	if (rc == CURLE_COULDNT_CONNECT || rc == CURLE_COULDNT_RESOLVE_HOST || rc == CURLE_INTERFACE_FAILED)
		return -ECONNREFUSED;
	if (rc == CURLE_WRITE_ERROR || rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_WEIRD_SERVER_REPLY)
		return -EPROTO;
	return -EIO;
}

int http_client_do(struct http_client *c, const struct http_req *req, struct http_resp *resp, char *why)
{
	struct curl_slist *headers = NULL;
	bool ok = add_header(&headers, "Authorization", req->authorization) &&
		  add_header(&headers, "User-Agent", req->user_agent) &&
		  add_header(&headers, "Content-Type", req->content_type);
	CURLcode rc = CURLE_OUT_OF_MEMORY;

	http_resp_begin(resp);
	c->error[0] = '\0';
	if (ok)
		rc = set_request(c, req, resp, headers);
	if (rc == CURLE_OK)
		rc = curl_easy_perform(c->curl);
	curl_slist_free_all(headers);
	if (rc == CURLE_OK && resp->fault == NULL)
		return 0;
	const char *what = resp->fault != NULL ? resp->fault : c->error[0] != '\0' ? c->error : curl_easy_strerror(rc);
	snprintf(why, HTTP_WHY_MAX, "%.120s, %s %.120s", what, req->method, req->url);
	return resp->fault != NULL ? -EPROTO : errno_of(rc);
}
