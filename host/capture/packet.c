/* SPDX-License-Identifier: Apache-2.0 */
#include "packet.h"

enum {
	V4_LEN = 4,
	V6_LEN = 16,
	V4_HEADER = 20,
	UDP_HEADER = 8,
	TCP_HEADER = 20,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	HOPS = 64,
	TCP_OFFSET = TCP_HEADER / 4 << 4, /* words of the header, in the upper half of its octet */
	TCP_WINDOW = 65535,
};

static struct span ip_of(const struct packet_end *e)
{
	return span_of(e->ip, e->v6 ? V6_LEN : V4_LEN);
}

bool packet_end_same(const struct packet_end *a, const struct packet_end *b)
{
	return a->v6 == b->v6 && a->port == b->port && span_eq(ip_of(a), ip_of(b));
}

/* ::ffff:a.b.c.d, RFC 4291 2.5.5.2. */
static struct packet_end as_v6(const struct packet_end *e)
{
	struct packet_end v6 = { .v6 = true, .port = e->port };
	struct wr w = WR(v6.ip);

	if (e->v6)
		return *e;
	wr_fill(&w, 0, V6_LEN - V4_LEN - 2);
	wr_u16(&w, 0xFFFF);
	wr_span(&w, ip_of(e));
	return v6;
}

/* The Internet checksum of RFC 1071 over these, all but the last of even length. */
static uint16_t checksum(const struct span *parts, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		struct rd r = rd_of(parts[i]);
		while (r.n > 1)
			sum += rd_u16(&r);
		if (r.n != 0)
			sum += (uint32_t)rd_u8(&r) << 8;
		sum = (sum & 0xFFFF) + (sum >> 16);
	}
	sum = (sum & 0xFFFF) + (sum >> 16);
	return (uint16_t) ~((sum & 0xFFFF) + (sum >> 16));
}

/* What goes over the wire between two ends. */
struct packet {
	struct packet_end from, to;
	uint8_t protocol;
	uint16_t n; /* octets behind the IP header */
};

/* Of UDP and TCP: addresses, protocol and length count, too. The two forms hold the same numbers at other places. */
static uint16_t transport_checksum(const struct packet *p, struct span header, struct span payload)
{
	uint8_t octets[4];
	struct wr w = WR(octets);

	wr_u16(&w, p->protocol);
	wr_u16(&w, p->n);
	const struct span parts[] = { ip_of(&p->from), ip_of(&p->to), wr_done(&w), header, payload };
	return checksum(parts, VU_COUNT(parts));
}

static void put_v4(struct wr *out, const struct packet *p, uint16_t sum)
{
	wr_u16(out, 0x4500); /* version 4, 5 words, no service asked for */
	wr_u16(out, (uint16_t)(V4_HEADER + p->n));
	wr_u16(out, 0);
	wr_u16(out, 0x4000); /* not to be fragmented: so the identification means nothing, RFC 6864 */
	wr_u8(out, HOPS);
	wr_u8(out, p->protocol);
	wr_u16(out, sum);
	wr_span(out, ip_of(&p->from));
	wr_span(out, ip_of(&p->to));
}

static void put_v6(struct wr *out, const struct packet *p)
{
	wr_u32(out, 0x60000000); /* version 6, no class, no flow */
	wr_u16(out, p->n);
	wr_u8(out, p->protocol);
	wr_u8(out, HOPS);
	wr_span(out, ip_of(&p->from));
	wr_span(out, ip_of(&p->to));
}

static void put_ip(struct wr *out, const struct packet *p)
{
	uint8_t octets[V4_HEADER];
	struct wr w = WR(octets);

	if (p->from.v6) {
		put_v6(out, p);
		return;
	}
	put_v4(&w, p, 0);
	const struct span header = wr_done(&w);
	put_v4(out, p, checksum(&header, 1));
}

/* False when it would be longer than a packet can be. */
static bool packet_of(struct packet *ret, const struct packet_end *from, const struct packet_end *to, uint8_t protocol,
		      size_t n)
{
	bool v6 = from->v6 || to->v6;

	if (n > PACKET_MAX - V4_HEADER)
		return false;
	*ret = (struct packet){ v6 ? as_v6(from) : *from, v6 ? as_v6(to) : *to, protocol, (uint16_t)n };
	return true;
}

static void put_udp_header(struct wr *out, const struct packet *p, uint16_t sum)
{
	wr_u16(out, p->from.port);
	wr_u16(out, p->to.port);
	wr_u16(out, p->n);
	wr_u16(out, sum);
}

void packet_put_udp(struct wr *out, const struct packet_end *from, const struct packet_end *to, struct span payload)
{
	uint8_t octets[UDP_HEADER];
	struct wr w = WR(octets);
	struct packet p;

	if (!packet_of(&p, from, to, PROTOCOL_UDP, UDP_HEADER + payload.n)) {
		out->bad = true;
		return;
	}
	put_udp_header(&w, &p, 0);
	uint16_t sum = transport_checksum(&p, wr_done(&w), payload);
	put_ip(out, &p);
	put_udp_header(out, &p, sum != 0 ? sum : 0xFFFF); /* 0 stands for none, RFC 768 */
	wr_span(out, payload);
}

static void put_tcp_header(struct wr *out, const struct packet *p, const struct packet_tcp *tcp, uint16_t sum)
{
	wr_u16(out, p->from.port);
	wr_u16(out, p->to.port);
	wr_u32(out, tcp->seq);
	wr_u32(out, tcp->ack);
	wr_u8(out, TCP_OFFSET);
	wr_u8(out, tcp->flags);
	wr_u16(out, TCP_WINDOW);
	wr_u16(out, sum);
	wr_u16(out, 0);
}

void packet_put_tcp(struct wr *out, const struct packet_end *from, const struct packet_end *to,
		    const struct packet_tcp *tcp, struct span payload)
{
	uint8_t octets[TCP_HEADER];
	struct wr w = WR(octets);
	struct packet p;

	if (!packet_of(&p, from, to, PROTOCOL_TCP, TCP_HEADER + payload.n)) {
		out->bad = true;
		return;
	}
	put_tcp_header(&w, &p, tcp, 0);
	uint16_t sum = transport_checksum(&p, wr_done(&w), payload);
	put_ip(out, &p);
	put_tcp_header(out, &p, tcp, sum);
	wr_span(out, payload);
}
