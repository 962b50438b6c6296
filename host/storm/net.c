/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../os/unix_sock.h"
#include "../testnet/control.h"
#include "../testnet/loop.h"
#include "measure.h"
#include "sim.h"

enum { MTKS = 256 };

/* What of a BM-SC has its say in a storm. */
static const char config_text[] = "listen: 127.0.0.1\n"
				  "bsf: { port: 0, fqdn: %s, lifetime: 86400 }\n"
				  "bmsc: { port: 0, fqdn: %s, path: /keymanagement, muk_lifetime: 86400 }\n"
				  "mikey: { port: 0, ue_port: %u }\n"
				  "services:\n"
				  "  - { id: '%s', key_domain: 00f110, key_group: '0001', streaming: true,\n"
				  "      mtk_window: 1000 }\n";

struct net {
	struct net_config *config;
	struct loop *loop;
	struct log log;
	char folder[80], socket[96];
	int stop;
	pthread_t thread;
	bool running;
	/* Of the control socket. */
	int fd;
	char answer[CONTROL_LINE_MAX];
	size_t n_answer;
	/* What the events say: written by the thread, read by others under the mutex. */
	pthread_mutex_t mutex;
	bool no_acks;
	size_t ues;
	struct net_ue {
		uint16_t sent; /* Key Number of the MSK it was sent last */
		bool unverified;
	} * ue;
	struct net_tally tally;
	struct net_mtk {
		uint16_t msk, mtk; /* Key Number, MTK ID */
		char tag[NET_TAG];
	} mtk[MTKS]; /* by MTK ID */
};

/* --- events --- */

/* Lines are those of host/log.h, as JSON. The value of a text member; false when there is none. */
static bool member(struct span line, const char *key, char *ret, size_t size)
{
	char name[32];
	int n = snprintf(name, sizeof name, "\"%s\":\"", key);
	const char *at = memmem(line.p, line.n, name, (size_t)n);
	const char *end = (const char *)line.p + line.n;

	if (at == NULL)
		return false;
	at += n;
	const char *quote = memchr(at, '"', (size_t)(end - at));
	if (quote == NULL || (size_t)(quote - at) >= size)
		return false;
	memcpy(ret, at, (size_t)(quote - at));
	ret[quote - at] = '\0';
	return true;
}

/* The UE that an event is about: IMSIs are numbered from 1. NULL = none of ours. */
static struct net_ue *ue_of(struct net *n, struct span line)
{
	char impi[IMPI_MAX];
	char *end = NULL;

	if (!member(line, "ue", impi, sizeof impi) || strlen(impi) < 15)
		return NULL;
	unsigned long number = strtoul(impi + 5, &end, 10);
	return number != 0 && number <= n->ues && *end == '@' ? &n->ue[number - 1] : NULL;
}

/* The last four of eight hexadecimal digits: Key Number; of four: MTK ID. 0 = none. */
static uint16_t number_in(struct span line, const char *key)
{
	char text[16];

	if (!member(line, key, text, sizeof text) || strlen(text) < 4)
		return 0;
	return (uint16_t)strtoul(text + strlen(text) - 4, NULL, 16);
}

static void set_unverified(struct net *n, struct net_ue *u, bool unverified)
{
	if (u->unverified != unverified)
		n->tally.unverified += unverified ? 1 : UINT64_MAX;
	u->unverified = unverified;
}

static void on_msk_sent(struct net *n, struct span line)
{
	struct net_ue *u = ue_of(n, line);
	uint16_t number = number_in(line, "msk_id");

	n->tally.msks++;
	if (u == NULL)
		return;
	if (u->sent == number)
		n->tally.repeated++;
	set_unverified(n, u, u->sent == number || !n->no_acks);
	u->sent = number;
}

static void on_ack(struct net *n, struct span line)
{
	struct net_ue *u = ue_of(n, line);

	n->tally.acks++;
	if (u != NULL)
		set_unverified(n, u, false);
}

static void on_ack_missing(struct net *n, struct span line)
{
	struct net_ue *u = ue_of(n, line);

	n->tally.given_up++;
	if (u != NULL)
		set_unverified(n, u, false);
}

static void on_pull_sent(struct net *n, struct span line)
{
	(void)line;
	n->tally.pulls++;
}

static void on_mtk_sent(struct net *n, struct span line)
{
	struct net_mtk mtk = { .msk = number_in(line, "msk_id"), .mtk = number_in(line, "mtk_id") };

	if (member(line, "mtk_tag", mtk.tag, sizeof mtk.tag))
		n->mtk[mtk.mtk % MTKS] = mtk;
}

static void on_rejected(struct net *n, struct span line)
{
	char interface[8];

	if (member(line, "interface", interface, sizeof interface) && strcmp(interface, "MIKEY") == 0)
		n->tally.unmatched++;
	else
		n->tally.refusals++;
}

static void on_error(struct net *n, struct span line)
{
	(void)line;
	n->tally.errors++;
}

static const struct {
	const char *event;
	void (*fn)(struct net *n, struct span line);
} handlers[] = {
	{ "msk-sent", on_msk_sent },   { "ack", on_ack },	    { "ack-missing", on_ack_missing },
	{ "pull-sent", on_pull_sent }, { "mtk-sent", on_mtk_sent }, { "rejected", on_rejected },
	{ "error", on_error },
};

static void put_event(void *ctx, struct span line)
{
	struct net *n = ctx;
	char event[32];

	if (!member(line, "event", event, sizeof event))
		return;
	for (size_t i = 0; i < VU_COUNT(handlers); i++)
		if (strcmp(event, handlers[i].event) == 0) {
			pthread_mutex_lock(&n->mutex);
			handlers[i].fn(n, line);
			pthread_mutex_unlock(&n->mutex);
			return;
		}
}

struct net_tally net_tally(struct net *n)
{
	pthread_mutex_lock(&n->mutex);
	struct net_tally t = n->tally;
	pthread_mutex_unlock(&n->mutex);
	return t;
}

bool net_has_sent_mtk(struct net *n, uint16_t msk, uint16_t mtk, const char *tag)
{
	pthread_mutex_lock(&n->mutex);
	struct net_mtk m = n->mtk[mtk % MTKS];
	pthread_mutex_unlock(&n->mutex);
	return m.msk == msk && m.mtk == mtk && strcmp(m.tag, tag) == 0;
}

void net_expect_no_acks(struct net *n, bool none)
{
	pthread_mutex_lock(&n->mutex);
	n->no_acks = none;
	pthread_mutex_unlock(&n->mutex);
}

/* --- the network --- */

static bool subscribe(struct subscriber *s, uint64_t seed, size_t ue)
{
	struct sim_identity id __attribute__((cleanup(sim_identity_wipe))) = { .imsi = "" };

	sim_identity_of(&id, seed, ue);
	*s = (struct subscriber){ .gba_u = true, .mbms_uicc = true };
	s->secret.algorithm = AKA_MILENAGE;
	s->secret.k = id.k;
	s->secret.opc = id.opc;
	snprintf(s->imsi, sizeof s->imsi, "%s", id.imsi);
	return auc_impi(s->impi, id.imsi, 2);
}

static int configure(struct net *n, const struct net_options *o, char *why)
{
	char text[1024];
	int len = snprintf(text, sizeof text, config_text, o->bsf_fqdn, o->fqdn, o->ue_port, o->service);
	int rc = net_config_parse(&n->config, "storm", span_of(text, (size_t)len), why);

	if (rc != 0)
		return rc;
	free(n->config->subscriber); /* that of the built-in configuration */
	n->config->n_subscribers = 0;
	n->config->subscriber = calloc(o->ues, sizeof *n->config->subscriber);
	n->ue = calloc(o->ues, sizeof *n->ue);
	n->ues = o->ues;
	snprintf(why, NET_WHY_MAX, "no memory");
	if (n->config->subscriber == NULL || n->ue == NULL)
		return -ENOMEM;
	while (n->config->n_subscribers < o->ues &&
	       subscribe(&n->config->subscriber[n->config->n_subscribers], o->seed, n->config->n_subscribers))
		n->config->n_subscribers++;
	return n->config->n_subscribers == o->ues ? 0 : -EINVAL;
}

static void *run(void *ctx)
{
	struct net *n = ctx;

	loop_run(n->loop, n->stop);
	return NULL;
}

/* For the control socket, which the user alone may open. */
static int make_folder(struct net *n, char *why)
{
	const char *below = getenv("TMPDIR");
	int len = snprintf(n->folder, sizeof n->folder, "%s/vuicc-storm-XXXXXX", below != NULL ? below : "/tmp");
	int rc = len < (int)sizeof n->folder ? 0 : -ENAMETOOLONG;

	if (rc == 0 && mkdtemp(n->folder) == NULL)
		rc = -errno;
	if (rc == 0)
		return 0;
	snprintf(why, NET_WHY_MAX, "a folder below %.200s: %s", below != NULL ? below : "/tmp", strerror(-rc));
	n->folder[0] = '\0';
	return rc;
}

static int start(struct net *n, char *why)
{
	_Static_assert((int)NET_WHY_MAX >= (int)LOOP_WHY_MAX, "a reason has room");
	int rc = make_folder(n, why);
	if (rc != 0)
		return rc;
	snprintf(n->socket, sizeof n->socket, "%s/control", n->folder);
	rc = loop_open(&n->loop, n->config, &(struct loop_options){ .socket = n->socket }, &n->log, why);
	if (rc != 0)
		return rc;
	snprintf(why, NET_WHY_MAX, "a thread for the network");
	n->stop = eventfd(0, EFD_CLOEXEC);
	rc = n->stop >= 0 ? -pthread_create(&n->thread, NULL, run, n) : -errno;
	n->running = rc == 0;
	return rc;
}

int net_open(struct net **ret, const struct net_options *options, char *why)
{
	struct net *n = calloc(1, sizeof *n);

	snprintf(why, NET_WHY_MAX, "no memory");
	if (n == NULL)
		return -ENOMEM;
	n->stop = n->fd = -1;
	n->log = (struct log){ put_event, n, true };
	int rc = -pthread_mutex_init(&n->mutex, NULL);
	if (rc != 0) {
		free(n);
		return rc;
	}
	rc = configure(n, options, why);
	if (rc == 0)
		rc = start(n, why);
	if (rc != 0) {
		net_close(n);
		return rc;
	}
	*ret = n;
	return 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void net_close(struct net *n)
{
	if (n == NULL)
		return;
	if (n->running && eventfd_write(n->stop, 1) == 0)
		pthread_join(n->thread, NULL);
	close_fd(n->fd);
	loop_close(n->loop);
	close_fd(n->stop);
	if (n->folder[0] != '\0')
		rmdir(n->folder);
	net_config_free(n->config);
	pthread_mutex_destroy(&n->mutex);
	free(n->ue);
	free(n);
}

struct net_ports net_ports(const struct net *n)
{
	struct loop_ports p = loop_ports(n->loop);

	return (struct net_ports){ .bsf = p.bsf, .bmsc = p.bmsc };
}

double net_cpu(const struct net *n)
{
	return measure_cpu(n->thread);
}

/* --- the operator --- */

int net_tell(struct net *n, const char *line)
{
	char text[CONTROL_LINE_MAX];
	int len = snprintf(text, sizeof text, "%s\n", line);

	if (n->fd >= 0)
		return -EBUSY;
	n->n_answer = 0;
	n->fd = unix_sock_connect(n->socket);
	if (n->fd < 0)
		return n->fd;
	return send(n->fd, text, (size_t)len, MSG_NOSIGNAL) == len ? 0 : -EIO;
}

int net_fd(const struct net *n)
{
	return n->fd;
}

int net_heard(struct net *n, char *why)
{
	ssize_t got = recv(n->fd, n->answer + n->n_answer, sizeof n->answer - 1 - n->n_answer, MSG_DONTWAIT);

	if (got > 0)
		n->n_answer += (size_t)got;
	if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
		return -EINPROGRESS;
	close_fd(n->fd);
	n->fd = -1;
	n->answer[n->n_answer] = '\0';
	struct span reason;
	bool ok;
	if (control_is_end(span_of(n->answer, n->n_answer), &ok, &reason) && ok)
		return 0;
	snprintf(why, NET_WHY_MAX, "the network: %.*s", (int)strcspn(n->answer, "\n"), n->answer);
	return -EPROTO;
}
