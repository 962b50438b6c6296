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

enum { FDS_MAX = 64 };

struct http_client {
	CURLM *multi;
	struct curl_slist *connect_to;
	char *source, *ca_file;
	long timeout;
	http_tap_fn *tap;
	void *tap_ctx;
};

struct http_exchange {
	struct http_client *client;
	http_done_fn *done;
	void *ctx;
	CURL *curl;
	bool out;
	/* While one is out. */
	struct curl_slist *headers;
	struct http_resp *resp;
	const char *method;
	char url[HTTP_URL_MAX];
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

static int copy_text(char **ret, const char *text)
{
	if (text == NULL)
		return 0;
	*ret = strdup(text);
	return *ret != NULL ? 0 : -ENOMEM;
}

int http_client_open(struct http_client **ret, const struct http_options *o)
{
	struct http_client *c = calloc(1, sizeof *c);
	int rc = c != NULL ? 0 : -ENOMEM;

	if (rc == 0) {
		c->timeout = o->timeout;
		c->tap = o->tap;
		c->tap_ctx = o->tap_ctx;
		c->multi = curl_multi_init();
		rc = c->multi != NULL ? copy_text(&c->source, o->source) : -ENOMEM;
	}
	if (rc == 0 && o->connections != 0 &&
	    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)o->connections) != CURLM_OK)
		rc = -EINVAL;
	if (rc == 0)
		rc = copy_text(&c->ca_file, o->ca_file);
	for (size_t i = 0; rc == 0 && i < o->n_connect_to; i++)
		rc = add_rule(c, o->connect_to[i]);
	if (rc != 0) {
		http_client_close(c);
		return rc;
	}
	*ret = c;
	return 0;
}

void http_client_close(struct http_client *c)
{
	if (c == NULL)
		return;
	curl_multi_cleanup(c->multi);
	curl_slist_free_all(c->connect_to);
	free(c->source);
	free(c->ca_file);
	free(c);
}

static size_t take_header(char *line, size_t size, size_t n, void *ctx)
{
	struct http_exchange *x = ctx;
	http_resp_line(x->resp, span_of(line, size * n));
	return size * n;
}

static size_t take_body(char *octets, size_t size, size_t n, void *ctx)
{
	struct http_exchange *x = ctx;
	http_resp_body(x->resp, span_of(octets, size * n));
	return x->resp->fault == NULL ? size * n : 0;
}

/* What libcurl tells of an exchange; its remarks and TLS records are left out. */
static int look(CURL *curl, curl_infotype type, char *octets, size_t n, void *ctx)
{
	const struct http_client *c = ctx;
	struct http_ends ends = { .local = NULL };
	long local = 0, remote = 0;
	bool in = type == CURLINFO_HEADER_IN || type == CURLINFO_DATA_IN;

	if (!in && type != CURLINFO_HEADER_OUT && type != CURLINFO_DATA_OUT)
		return 0;
	(void)curl_easy_getinfo(curl, CURLINFO_LOCAL_IP, &ends.local);
	(void)curl_easy_getinfo(curl, CURLINFO_LOCAL_PORT, &local);
	(void)curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &ends.remote);
	(void)curl_easy_getinfo(curl, CURLINFO_PRIMARY_PORT, &remote);
	ends.local_port = (uint16_t)local;
	ends.remote_port = (uint16_t)remote;
	c->tap(c->tap_ctx, &ends, in, span_of(octets, n));
	return 0;
}

#define SET(option, value) rc = rc != CURLE_OK ? rc : curl_easy_setopt(x->curl, (option), (value))

static CURLcode set_always(struct http_exchange *x)
{
	const struct http_client *c = x->client;
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_PRIVATE, x);
	SET(CURLOPT_ERRORBUFFER, x->error);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	/* Who gives up a name that nobody resolves does not wait for the resolver's thread: it ends by itself. */
	SET(CURLOPT_QUICK_EXIT, 1L);
	/* MIKEY comes back to the address that the request came from: nothing may stand between. */
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_TIMEOUT_MS, c->timeout);
	if (c->tap != NULL) {
		SET(CURLOPT_VERBOSE, 1L);
		SET(CURLOPT_DEBUGFUNCTION, look);
		SET(CURLOPT_DEBUGDATA, c);
	}
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, x);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, x);
	if (c->source != NULL)
		SET(CURLOPT_INTERFACE, c->source);
	if (c->ca_file != NULL)
		SET(CURLOPT_CAINFO, c->ca_file);
	if (c->connect_to != NULL)
		SET(CURLOPT_CONNECT_TO, c->connect_to);
	return rc;
}

static CURLcode set_request(struct http_exchange *x, const struct http_req *req)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_URL, req->url);
	SET(CURLOPT_HTTPHEADER, x->headers);
	if (strcmp(req->method, "POST") != 0) {
		SET(CURLOPT_HTTPGET, 1L);
		return rc;
	}
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDSIZE, (long)req->body_len);
	SET(CURLOPT_COPYPOSTFIELDS, (const char *)req->body);
	return rc;
}
#undef SET

int http_exchange_open(struct http_exchange **ret, struct http_client *c, http_done_fn *done, void *ctx)
{
	struct http_exchange *x = calloc(1, sizeof *x);

	if (x == NULL)
		return -ENOMEM;
	x->client = c;
	x->done = done;
	x->ctx = ctx;
	x->curl = curl_easy_init();
	int rc = x->curl == NULL ? -ENOMEM : set_always(x) != CURLE_OK ? -EINVAL : 0;
	if (rc != 0) {
		http_exchange_close(x);
		return rc;
	}
	*ret = x;
	return 0;
}

void http_exchange_close(struct http_exchange *x)
{
	if (x == NULL)
		return;
	http_exchange_abandon(x);
	curl_easy_cleanup(x->curl);
	free(x);
}

int http_exchange_source(struct http_exchange *x, const char *address)
{
	/* libcurl keeps each such address among the names it has resolved, and goes through all of them for each connection. */
	if (curl_easy_setopt(x->curl, CURLOPT_DNS_CACHE_TIMEOUT, 0L) != CURLE_OK)
		return -ENOMEM;
	return curl_easy_setopt(x->curl, CURLOPT_INTERFACE, address) == CURLE_OK ? 0 : -ENOMEM;
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

int http_exchange_start(struct http_exchange *x, const struct http_req *req)
{
	if (x->out)
		return -EBUSY;
	x->resp = malloc(sizeof *x->resp);
	x->out = true;
	bool ok = x->resp != NULL && add_header(&x->headers, "Authorization", req->authorization) &&
		  add_header(&x->headers, "User-Agent", req->user_agent) &&
		  add_header(&x->headers, "Content-Type", req->content_type) && set_request(x, req) == CURLE_OK;
	if (ok) {
		http_resp_begin(x->resp);
		x->error[0] = '\0';
		x->method = req->method;
		snprintf(x->url, sizeof x->url, "%s", req->url);
	}
	if (!ok || curl_multi_add_handle(x->client->multi, x->curl) != CURLM_OK) {
		http_exchange_abandon(x);
		return -ENOMEM;
	}
	return 0;
}

void http_exchange_abandon(struct http_exchange *x)
{
	if (!x->out)
		return;
	(void)curl_multi_remove_handle(x->client->multi, x->curl);
	curl_slist_free_all(x->headers);
	x->headers = NULL;
	free(x->resp);
	x->resp = NULL;
	x->out = false;
}

static int errno_of(CURLcode rc)
{
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return -ETIMEDOUT;
	if (rc == CURLE_COULDNT_CONNECT || rc == CURLE_COULDNT_RESOLVE_HOST || rc == CURLE_INTERFACE_FAILED)
		return -ECONNREFUSED;
	if (rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE || rc == CURLE_SSL_CONNECT_ERROR)
		return -EKEYREJECTED;
	if (rc == CURLE_WRITE_ERROR || rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_WEIRD_SERVER_REPLY)
		return -EPROTO;
	return -EIO;
}

/* The room is free again before done() is called, so that it can start the next exchange there. */
static void finish(struct http_exchange *x, CURLcode result)
{
	char why[HTTP_WHY_MAX] = "";
	struct http_resp *resp = x->resp;
	const char *fault = resp->fault;
	int rc = 0;

	if (fault != NULL || result != CURLE_OK) {
		const char *what = fault != NULL ? fault : x->error[0] != '\0' ? x->error : curl_easy_strerror(result);
		snprintf(why, sizeof why, "%.120s, %s %.120s", what, x->method, x->url);
		rc = fault != NULL ? -EPROTO : errno_of(result);
	}
	x->resp = NULL;
	http_exchange_abandon(x);
	x->done(x->ctx, rc, rc == 0 ? resp : NULL, why);
	free(resp);
}

int http_client_poll(struct http_client *c, struct pollfd *fds, size_t n, int timeout)
{
	struct curl_waitfd extra[FDS_MAX];
	int running, left;

	if (n > FDS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		extra[i] = (struct curl_waitfd){
			.fd = fds[i].fd,
			.events = (short)((fds[i].events & POLLIN ? CURL_WAIT_POLLIN : 0) |
					  (fds[i].events & POLLOUT ? CURL_WAIT_POLLOUT : 0)),
		};
	/* An exchange that was just started makes it return at once: libcurl counts it as a timer that is over. */
	CURLMcode rc = curl_multi_poll(c->multi, extra, (unsigned)n, timeout < 0 ? INT32_MAX : timeout, NULL);
	if (rc == CURLM_OK)
		rc = curl_multi_perform(c->multi, &running);
	if (rc != CURLM_OK)
		return rc == CURLM_OUT_OF_MEMORY ? -ENOMEM : -EIO;
	for (size_t i = 0; i < n; i++)
		fds[i].revents = (short)((extra[i].revents & CURL_WAIT_POLLIN ? POLLIN : 0) |
					 (extra[i].revents & CURL_WAIT_POLLOUT ? POLLOUT : 0));
	for (CURLMsg *m; (m = curl_multi_info_read(c->multi, &left)) != NULL;) {
		struct http_exchange *x;
		if (m->msg == CURLMSG_DONE &&
		    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&x) == CURLE_OK)
			finish(x, m->data.result);
	}
	return 0;
}
