/* SPDX-License-Identifier: Apache-2.0 */
/* The rim of a capture: its file by libpcap, its clock, and the TCP conversations that HTTP is put into. */
#include "capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../card/crypto/secret.h"
#include "gsmtap.h"
#include "mask.h"
#include "packet.h"

enum {
	FLOWS = 16, /* conversations open at a time; one more ends the one that was quiet the longest */
	SEGMENT = 1400, /* octets of HTTP in one packet */
	HTTPS_PORT = 443,
	HTTP_PORT = 80,
};

/* A conversation: the next sequence number of each side, the client first. */
struct flow {
	bool open;
	struct packet_end end[2];
	uint32_t seq[2];
	uint64_t turn;
};

struct capture {
	const struct log *log;
	pcap_t *pcap;
	pcap_dumper_t *file; /* NULL: no more is written */
	struct mask mask;
	struct flow flow[FLOWS];
	uint64_t turns;
	uint32_t isn; /* of the next conversation: far from those before, should a port come again */
	uint8_t octets[PACKET_MAX];
};

static struct packet_end end_of(const struct capture_end *e)
{
	struct packet_end ret = { .port = e->port };

	ret.v6 = e->address != NULL && inet_pton(AF_INET6, e->address, ret.ip) == 1;
	if (!ret.v6 && (e->address == NULL || inet_pton(AF_INET, e->address, ret.ip) != 1))
		memset(ret.ip, 0, sizeof ret.ip);
	return ret;
}

static struct packet_end end_of_addr(const struct udp_addr *a)
{
	struct packet_end ret = { .v6 = a->any.sa_family == AF_INET6 };
	struct wr w = WR(ret.ip);

	if (ret.v6)
		wr_bytes(&w, &a->in6.sin6_addr, sizeof a->in6.sin6_addr);
	else
		wr_bytes(&w, &a->in.sin_addr, sizeof a->in.sin_addr);
	ret.port = ntohs(ret.v6 ? a->in6.sin6_port : a->in.sin_port);
	return ret;
}

static void give_up(struct capture *c, const struct timespec *now)
{
	const char *why = strerror(errno);

	pcap_dump_close(c->file);
	c->file = NULL;
	LOG(c->log, (int64_t)now->tv_sec * 1000 + now->tv_nsec / 1000000, "capture-ended", LOG_TEXT("reason", why));
}

/* One packet into the file, at once: what looks at it does so while it grows. */
static void put(struct capture *c, const struct wr *packet)
{
	struct timespec now;

	if (c->file == NULL || packet->bad)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	const struct pcap_pkthdr header = { .ts = { .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 },
					    .caplen = (bpf_u_int32)packet->n,
					    .len = (bpf_u_int32)packet->n };
	pcap_dump((u_char *)c->file, &header, packet->p);
	if (pcap_dump_flush(c->file) != 0)
		give_up(c, &now);
}

/* The file as libpcap wants it: 0600 even if it was there with other rights. A device keeps those it has. */
static FILE *make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct stat st;
	FILE *f = NULL;

	if (fd >= 0 && fstat(fd, &st) == 0 && (!S_ISREG(st.st_mode) || fchmod(fd, 0600) == 0))
		f = fdopen(fd, "w");
	if (f == NULL && fd >= 0) {
		int saved = errno;
		close(fd);
		errno = saved;
	}
	return f;
}

int capture_open(struct capture **ret, const char *path, bool keys, const struct log *log, char *why)
{
	pcap_t *pcap = pcap_open_dead(DLT_RAW, PACKET_MAX);
	struct capture *c = pcap != NULL ? calloc(1, sizeof *c) : NULL;
	int rc = -ENOMEM;

	if (c != NULL) {
		FILE *f = make_file(path);
		rc = f != NULL ? 0 : -errno;
		*c = (struct capture){ .log = log, .pcap = pcap, .mask.keys = keys, .isn = 1 };
		/* Closes the file when it fails. */
		c->file = f != NULL ? pcap_dump_fopen(pcap, f) : NULL;
	} else if (pcap != NULL) {
		pcap_close(pcap);
	}
	if (rc == 0 && c->file == NULL)
		rc = -EIO;
	if (rc == 0 && pcap_dump_flush(c->file) != 0)
		rc = -errno;
	if (rc != 0) {
		snprintf(why, CAPTURE_WHY_MAX, "capture %.200s: %s", path, strerror(-rc));
		capture_close(c);
		return rc;
	}
	*ret = c;
	return 0;
}

void capture_udp(struct capture *c, const struct udp_addr *from, const struct udp_addr *to, struct span octets)
{
	struct packet_end source = end_of_addr(from), target = end_of_addr(to);
	struct wr w = WR(c->octets);

	packet_put_udp(&w, &source, &target, octets);
	put(c, &w);
}

static void send_tcp(struct capture *c, struct flow *f, unsigned who, uint8_t flags, struct span payload)
{
	const struct packet_tcp tcp = {
		.seq = f->seq[who],
		.ack = (flags & TCP_ACK) != 0 ? f->seq[1 - who] : 0,
		.flags = flags,
	};
	struct wr w = WR(c->octets);

	packet_put_tcp(&w, &f->end[who], &f->end[1 - who], &tcp, payload);
	put(c, &w);
	/* SYN and FIN count as an octet, RFC 9293 3.4. */
	f->seq[who] += (uint32_t)payload.n + ((flags & (TCP_SYN | TCP_FIN)) != 0);
}

static void end_flow(struct capture *c, struct flow *f)
{
	const struct span nothing = { 0 };

	if (!f->open)
		return;
	send_tcp(c, f, 0, TCP_FIN | TCP_ACK, nothing);
	send_tcp(c, f, 1, TCP_FIN | TCP_ACK, nothing);
	send_tcp(c, f, 0, TCP_ACK, nothing);
	f->open = false;
}

static void begin_flow(struct capture *c, struct flow *f, const struct packet_end *client,
		       const struct packet_end *server)
{
	const struct span nothing = { 0 };

	end_flow(c, f);
	*f = (struct flow){ .open = true, .end = { *client, *server }, .seq = { c->isn, c->isn + HTTP_BODY_MAX } };
	c->isn += 1U << 24;
	send_tcp(c, f, 0, TCP_SYN, nothing);
	send_tcp(c, f, 1, TCP_SYN | TCP_ACK, nothing);
	send_tcp(c, f, 0, TCP_ACK, nothing);
}

/* The conversation between these two; a new one when there is none. */
static struct flow *flow_of(struct capture *c, const struct packet_end *client, const struct packet_end *server)
{
	struct flow *quiet = &c->flow[0];

	for (size_t i = 0; i < FLOWS; i++) {
		struct flow *f = &c->flow[i];
		if (f->open && packet_end_same(&f->end[0], client) && packet_end_same(&f->end[1], server))
			return f;
		if (f->turn < quiet->turn)
			quiet = f;
	}
	begin_flow(c, quiet, client, server);
	return quiet;
}

void capture_http(struct capture *c, const struct capture_end *client, const struct capture_end *server,
		  bool from_server, struct span octets)
{
	struct packet_end a = end_of(client), b = end_of(server);
	struct rd r = rd_of(octets);

	/* There is no TLS in it any more, which is what Wireshark would look for at that port. */
	if (b.port == HTTPS_PORT)
		b.port = HTTP_PORT;
	struct flow *f = flow_of(c, &a, &b);
	f->turn = ++c->turns;
	while (r.n != 0)
		send_tcp(c, f, from_server, TCP_PSH | TCP_ACK, rd_take(&r, r.n < SEGMENT ? r.n : SEGMENT));
}

void capture_apdu(void *ctx, struct span capdu, struct span rapdu)
{
	static const struct packet_end here = { .ip = { 127, 0, 0, 1 }, .port = GSMTAP_PORT };
	struct capture *c = ctx;
	uint8_t command[CAPDU_MAX], answer[RAPDU_MAX], message[2][GSMTAP_SIM_MAX];
	struct wr cmd = WR(command), ans = WR(answer), out[2] = { WR(message[0]), WR(message[1]) };

	mask_command(&c->mask, &cmd, capdu);
	mask_answer(&c->mask, &ans, capdu, rapdu);
	size_t n = gsmtap_put_sim(out, wr_done(&cmd), wr_done(&ans));
	for (size_t i = 0; i < n; i++) {
		struct wr w = WR(c->octets);
		packet_put_udp(&w, &here, &here, wr_done(&out[i]));
		put(c, &w);
	}
	/* With --capture-keys they were in the clear. */
	secret_wipe(message, sizeof message);
	secret_wipe(answer, sizeof answer);
}

void capture_close(struct capture *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < FLOWS; i++)
		end_flow(c, &c->flow[i]);
	if (c->file != NULL)
		pcap_dump_close(c->file);
	pcap_close(c->pcap);
	secret_wipe(c->octets, sizeof c->octets);
	free(c);
}
