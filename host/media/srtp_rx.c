/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order: a stream has a queue of packets that wait. A packet under a key that the stream has not gone out under yet waits
 * behind those before it, also when its own key is there (MTK messages may overtake each other). One under a key that the
 * stream has used goes out at once: packets with an invented MKI, which wait for nothing, hold up nothing.
 */
#include "srtp_rx.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

enum {
	RTP_HEADER_LEN = 12,
	RTP_VERSION = 2,
	NEWS_MS = 1000, /* between two of the same kind */
	MISSING_MAX = 16, /* MKIs that are remembered as told */
	BURST = 16, /* packets of a stream that waited and go out in a millisecond: who plays them has a buffer to overflow */
};

const struct srtp_rx_options srtp_rx_default = { .mki_len = MTK_MKI_LEN, .hold_ms = 4000, .hold_max = 4096 };

struct key {
	struct srtp_session *session; /* NULL = free */
	struct mtk_record record;
	uint8_t mki[MTK_MKI_LEN];
	uint64_t serial; /* by arrival */
};

struct held {
	struct held *next;
	int64_t until;
	bool ready; /* its key is there; those before it are not gone */
	size_t n;
	uint8_t packet[];
};

struct stream {
	bool used;
	bool proven; /* a packet of it was authentic: index counts */
	uint32_t ssrc;
	uint64_t index; /* the highest so far, ROC ‖ SEQ: RFC 3711 3.3.1 */
	uint32_t keys; /* it went out under: a bit for each of struct srtp_rx's */
	int64_t heard;
	struct held *head, **tail;
	size_t n_ready; /* in the queue */
	int64_t burst_at;
	size_t burst; /* went out of the queue in that millisecond */
};

struct srtp_rx {
	struct srtp_rx_options o;
	struct srtp_rx_sink sink;
	struct srtp_rx_counts counts, told;
	int64_t told_at;
	uint64_t serial;
	struct key key[SRTP_RX_KEYS_MAX];
	struct stream stream[SRTP_RX_STREAMS_MAX];
	struct {
		struct srtp_rx_news news;
		uint8_t mki[MTK_MKI_LEN];
		int64_t until;
	} missing[MISSING_MAX];
	alignas(8) uint8_t packet[SRTP_PACKET_MAX];
};

/* A packet as it came. */
struct arrival {
	struct span octets;
	uint32_t ssrc;
	uint16_t seq;
};

static bool arrival_parse(struct arrival *a, struct span packet)
{
	struct rd r = rd_of(packet);

	a->octets = packet;
	uint8_t version = rd_u8(&r) >> 6;
	(void)rd_u8(&r);
	a->seq = rd_u16(&r);
	(void)rd_u32(&r);
	a->ssrc = rd_u32(&r);
	return !r.bad && version == RTP_VERSION && packet.n <= SRTP_PACKET_MAX;
}

/* What stands in front of a tag of this length; empty when the packet is too short for it. */
static struct span mki_of(const struct srtp_rx *rx, const struct arrival *a, size_t tag_len)
{
	size_t trailer = rx->o.mki_len + tag_len;

	if (a->octets.n < RTP_HEADER_LEN + trailer)
		return (struct span){ 0 };
	return span_sub(a->octets, a->octets.n - trailer, rx->o.mki_len);
}

static struct span mki_of_key(const struct srtp_rx *rx, const struct key *k)
{
	return span_of(k->mki + sizeof k->mki - rx->o.mki_len, rx->o.mki_len);
}

/* Whether the packet names the key. Only the tag proves it: keys of two domains may have the same MKI. */
static bool names(const struct srtp_rx *rx, const struct arrival *a, const struct key *k)
{
	return k->session != NULL &&
	       span_eq(mki_of(rx, a, srtp_session_tag_len(k->session, a->ssrc)), mki_of_key(rx, k));
}

/* The keys that a packet names, a bit for each. */
static uint32_t keys_of(const struct srtp_rx *rx, const struct arrival *a)
{
	uint32_t keys = 0;

	for (size_t i = 0; i < SRTP_RX_KEYS_MAX; i++)
		if (names(rx, a, &rx->key[i]))
			keys |= UINT32_C(1) << i;
	return keys;
}

static struct stream *stream_of(struct srtp_rx *rx, uint32_t ssrc)
{
	for (size_t i = 0; i < SRTP_RX_STREAMS_MAX; i++)
		if (rx->stream[i].used && rx->stream[i].ssrc == ssrc)
			return &rx->stream[i];
	return NULL;
}

static struct held *take_head(struct srtp_rx *rx, struct stream *s)
{
	struct held *h = s->head;

	s->head = h->next;
	if (s->head == NULL)
		s->tail = &s->head;
	s->n_ready -= h->ready;
	rx->counts.held--;
	return h;
}

static void lose_head(struct srtp_rx *rx, struct stream *s)
{
	free(take_head(rx, s));
	rx->counts.lost++;
}

static void stream_drop(struct srtp_rx *rx, struct stream *s)
{
	while (s->used && s->head != NULL)
		lose_head(rx, s);
	*s = (struct stream){ 0 };
}

/* Room for a stream: of one that never proved to be one rather than of one that did, and of who was silent longest. */
static struct stream *stream_new(struct srtp_rx *rx, uint32_t ssrc, int64_t now)
{
	struct stream *s = &rx->stream[0];

	for (size_t i = 0; i < SRTP_RX_STREAMS_MAX && s->used; i++) {
		struct stream *t = &rx->stream[i];
		if (!t->used || t->proven < s->proven || (t->proven == s->proven && t->heard < s->heard))
			s = t;
	}
	stream_drop(rx, s);
	*s = (struct stream){ .used = true, .ssrc = ssrc, .heard = now };
	s->tail = &s->head;
	return s;
}

/* RFC 3711 3.3.1: the index that is nearest to the highest one. */
static uint64_t guess_index(uint64_t highest, uint16_t seq)
{
	uint64_t roc = highest >> 16, half = 0x8000;
	uint64_t index = roc << 16 | seq;

	if (index + half < highest)
		return index + 0x10000;
	if (index > highest + half && roc != 0)
		return index - 0x10000;
	return index;
}

/*
 * Where a stream's counter may stand: where it was heard last, or where the BM-SC said that it stood when it made the MTK
 * message, and it may have rolled over since (a sender that began again is at 0 again; so is one nobody spoke of).
 */
static struct srtp_rocs rocs_of(const struct mtk_record *r, const struct stream *s, const struct arrival *a)
{
	struct srtp_rocs rocs = { .known = s != NULL && s->proven };
	uint32_t told = 0;

	for (size_t i = 0; i < r->n_sessions; i++)
		if (r->session[i].ssrc == a->ssrc)
			told = r->session[i].roc;
	if (rocs.known)
		rocs.roc[rocs.n++] = (uint32_t)(guess_index(s->index, a->seq) >> 16);
	rocs.roc[rocs.n++] = told;
	rocs.roc[rocs.n++] = told + 1;
	return rocs;
}

static void went_out(struct srtp_rx *rx, const struct arrival *a, size_t slot, uint32_t roc, int64_t now)
{
	const struct mtk_record *r = &rx->key[slot].record;
	struct stream *s = stream_of(rx, a->ssrc);
	uint32_t bit = UINT32_C(1) << slot;
	uint64_t index = (uint64_t)roc << 16 | a->seq;

	if (s == NULL)
		s = stream_new(rx, a->ssrc, now);
	/* Behind the highest by more than reordering explains: the sender began anew. */
	if (!s->proven || index > s->index || guess_index(s->index, a->seq) != index)
		s->index = index;
	s->proven = true;
	s->heard = now;
	if ((s->keys & bit) != 0)
		return;
	s->keys |= bit;
	rx->sink.news(rx->sink.ctx, &(struct srtp_rx_news){ .what = SRTP_RX_KEY,
							    .ssrc = a->ssrc,
							    .has_id = true,
							    .group = r->group,
							    .number = r->number,
							    .mtk_id = r->mtk_id,
							    .n = 1 });
}

/* With a key of those given; none will do for one that is forged. */
static void deliver(struct srtp_rx *rx, const struct arrival *a, uint32_t keys, int64_t now)
{
	enum srtp_verdict verdict = SRTP_FORGED;
	uint32_t roc = 0;

	for (size_t i = 0; i < SRTP_RX_KEYS_MAX && verdict != SRTP_GOOD; i++) {
		size_t n = a->octets.n;
		if ((keys & UINT32_C(1) << i) == 0)
			continue;
		memcpy(rx->packet, a->octets.p, n);
		const struct srtp_rocs rocs = rocs_of(&rx->key[i].record, stream_of(rx, a->ssrc), a);
		enum srtp_verdict v = srtp_session_unprotect(rx->key[i].session, rx->packet, &n, &rocs, &roc);
		if (v != SRTP_FORGED)
			verdict = v;
		if (v != SRTP_GOOD)
			continue;
		went_out(rx, a, i, roc, now);
		rx->counts.forwarded++;
		rx->sink.rtp(rx->sink.ctx, span_of(rx->packet, n));
	}
	rx->counts.forged += verdict == SRTP_FORGED;
	rx->counts.replayed += verdict == SRTP_REPLAYED;
}

static bool head_ready(const struct stream *s)
{
	return s->head != NULL && s->head->ready;
}

/* What is ready at the head of a queue goes out. What is too much for now srtp_rx_tick() brings. */
static void drain(struct srtp_rx *rx, struct stream *s, int64_t now)
{
	if (s->burst_at != now)
		s->burst = 0;
	s->burst_at = now;
	while (head_ready(s) && s->burst++ < BURST) {
		struct held *h = take_head(rx, s);
		struct arrival a;
		uint32_t keys = arrival_parse(&a, span_of(h->packet, h->n)) ? keys_of(rx, &a) : 0;
		if (keys != 0)
			deliver(rx, &a, keys, now);
		else
			rx->counts.lost++; /* its key made room for a newer one while it waited for its turn */
		free(h);
	}
}

/* Where many wait, the one that waited longest gives way. */
static void make_room(struct srtp_rx *rx, int64_t now)
{
	struct stream *longest = NULL;

	for (size_t i = 0; i < SRTP_RX_STREAMS_MAX; i++) {
		struct stream *s = &rx->stream[i];
		if (s->head != NULL && (longest == NULL || s->head->until < longest->head->until))
			longest = s;
	}
	if (longest == NULL)
		return;
	lose_head(rx, longest);
	drain(rx, longest, now);
}

static void hold(struct srtp_rx *rx, const struct arrival *a, bool ready, int64_t now)
{
	struct held *h = malloc(sizeof *h + a->octets.n);

	if (h == NULL || rx->o.hold_max == 0) {
		rx->counts.lost++;
		free(h);
		return;
	}
	if (rx->counts.held >= rx->o.hold_max)
		make_room(rx, now);
	struct stream *s = stream_of(rx, a->ssrc);
	if (s == NULL)
		s = stream_new(rx, a->ssrc, now);
	*h = (struct held){ .until = now + rx->o.hold_ms, .ready = ready, .n = a->octets.n };
	memcpy(h->packet, a->octets.p, a->octets.n);
	*s->tail = h;
	s->tail = &h->next;
	s->heard = now;
	s->n_ready += ready;
	rx->counts.held++;
	drain(rx, s, now);
}

/* Which tag stands behind the MKI of a packet whose key is not there? As long a one as the last MTK's, or RFC 3711's. */
static size_t likely_tag_len(const struct srtp_rx *rx, uint32_t ssrc)
{
	const struct key *newest = NULL;

	for (size_t i = 0; i < SRTP_RX_KEYS_MAX; i++)
		if (rx->key[i].session != NULL && (newest == NULL || rx->key[i].serial > newest->serial))
			newest = &rx->key[i];
	return newest != NULL ? srtp_session_tag_len(newest->session, ssrc) : srtp_policy_default.param[SP_TAG_LEN];
}

static void tell_missing(struct srtp_rx *rx, const struct arrival *a, int64_t now)
{
	struct span mki = mki_of(rx, a, likely_tag_len(rx, a->ssrc));
	struct srtp_rx_news news = { .what = SRTP_RX_MISSING, .ssrc = a->ssrc, .has_id = mki.n == MTK_MKI_LEN, .n = 1 };
	size_t slot = MISSING_MAX;

	for (size_t i = 0; i < MISSING_MAX; i++) {
		if (rx->missing[i].until <= now)
			slot = i;
		else if (span_eq(span_of(rx->missing[i].mki, mki.n), mki))
			return;
	}
	if (mki.n == 0 || slot == MISSING_MAX)
		return;
	memcpy(rx->missing[slot].mki, mki.p, mki.n);
	rx->missing[slot].until = now + NEWS_MS;
	if (news.has_id) {
		struct rd r = rd_of(mki);
		news.group = rd_u16(&r);
		news.number = rd_u16(&r);
		news.mtk_id = rd_u16(&r);
	}
	rx->sink.news(rx->sink.ctx, &news);
}

void srtp_rx_packet(struct srtp_rx *rx, struct span packet, int64_t now)
{
	struct arrival a;

	if (!arrival_parse(&a, packet)) {
		rx->counts.forged++;
		return;
	}
	uint32_t keys = keys_of(rx, &a);
	const struct stream *s = stream_of(rx, a.ssrc);
	bool passes = s == NULL || s->head == NULL || ((keys & s->keys) != 0 && s->n_ready == 0);
	if (keys != 0 && passes) {
		deliver(rx, &a, keys, now);
		return;
	}
	if (keys == 0)
		tell_missing(rx, &a, now);
	hold(rx, &a, keys != 0, now);
}

static void key_drop(struct srtp_rx *rx, size_t slot)
{
	struct key *k = &rx->key[slot];

	srtp_session_close(k->session);
	secret_wipe(k, sizeof *k);
	for (size_t i = 0; i < SRTP_RX_STREAMS_MAX; i++)
		rx->stream[i].keys &= ~(UINT32_C(1) << slot);
}

/* The place of the same MTK, a free one, or that of the oldest. */
static size_t slot_for(const struct srtp_rx *rx, const struct mtk_record *r)
{
	size_t slot = 0;

	for (size_t i = 0; i < SRTP_RX_KEYS_MAX; i++) {
		const struct key *k = &rx->key[i];
		if (k->session != NULL && mtk_record_same_id(&k->record, r))
			return i;
		if (k->serial < rx->key[slot].serial)
			slot = i;
	}
	return slot;
}

static bool same_key(const struct mtk_record *a, const struct mtk_record *b)
{
	return mtk_record_same_id(a, b) && ct_eq(a->mtk.b, b->mtk.b, sizeof a->mtk.b) && a->has_salt == b->has_salt &&
	       ct_eq(a->salt, b->salt, sizeof a->salt);
}

/* Those that wait for a key that is there now. */
static void look_again(struct srtp_rx *rx, struct stream *s)
{
	s->n_ready = 0;
	for (struct held *h = s->head; h != NULL; h = h->next) {
		struct arrival a;
		h->ready = arrival_parse(&a, span_of(h->packet, h->n)) && keys_of(rx, &a) != 0;
		s->n_ready += h->ready;
	}
}

int srtp_rx_key(struct srtp_rx *rx, const struct mtk_record *r, int64_t now, char *why)
{
	size_t slot = slot_for(rx, r);
	struct key key = { .record = *r, .serial = rx->serial + 1 };

	if (rx->key[slot].session != NULL && same_key(&rx->key[slot].record, r))
		return 0;
	mtk_record_mki(r, key.mki);
	int rc = srtp_session_open(&key.session, r, mki_of_key(rx, &key), why);
	if (rc == 0) {
		key_drop(rx, slot);
		rx->key[slot] = key;
		rx->serial++;
	}
	secret_wipe(&key, sizeof key);
	for (size_t i = 0; i < SRTP_RX_STREAMS_MAX && rc == 0; i++) {
		struct stream *s = &rx->stream[i];
		look_again(rx, s);
		drain(rx, s, now);
	}
	return rc;
}

static void tell_count(struct srtp_rx *rx, enum srtp_rx_what what, uint64_t count, uint64_t *told)
{
	if (count != *told)
		rx->sink.news(rx->sink.ctx, &(struct srtp_rx_news){ .what = what, .n = count - *told });
	*told = count;
}

static bool has_news(const struct srtp_rx *rx)
{
	return rx->counts.lost != rx->told.lost || rx->counts.forged != rx->told.forged ||
	       rx->counts.replayed != rx->told.replayed;
}

int64_t srtp_rx_tick(struct srtp_rx *rx, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < SRTP_RX_STREAMS_MAX; i++) {
		struct stream *s = &rx->stream[i];
		drain(rx, s, now);
		while (s->head != NULL && !s->head->ready && s->head->until <= now) {
			lose_head(rx, s);
			drain(rx, s, now);
		}
		if (head_ready(s))
			next = now + 1;
		else if (s->head != NULL && s->head->until < next)
			next = s->head->until;
	}
	if (has_news(rx) && rx->told_at + NEWS_MS <= now) {
		rx->told_at = now;
		tell_count(rx, SRTP_RX_LOST, rx->counts.lost, &rx->told.lost);
		tell_count(rx, SRTP_RX_FORGED, rx->counts.forged, &rx->told.forged);
		tell_count(rx, SRTP_RX_REPLAYED, rx->counts.replayed, &rx->told.replayed);
	}
	if (has_news(rx) && rx->told_at + NEWS_MS < next)
		next = rx->told_at + NEWS_MS;
	return next == INT64_MAX ? -1 : next - now;
}

void srtp_rx_forget(struct srtp_rx *rx)
{
	for (size_t i = 0; i < SRTP_RX_STREAMS_MAX; i++)
		stream_drop(rx, &rx->stream[i]);
	for (size_t i = 0; i < SRTP_RX_KEYS_MAX; i++)
		key_drop(rx, i);
	secret_wipe(rx->missing, sizeof rx->missing);
	secret_wipe(rx->packet, sizeof rx->packet);
}

struct srtp_rx_counts srtp_rx_counts(const struct srtp_rx *rx)
{
	return rx->counts;
}

struct srtp_rx *srtp_rx_open(const struct srtp_rx_options *o, const struct srtp_rx_sink *sink)
{
	if (o->mki_len < SRTP_RX_MKI_MIN || o->mki_len > MTK_MKI_LEN || !srtp_session_prepare())
		return NULL;
	struct srtp_rx *rx = calloc(1, sizeof *rx);
	if (rx == NULL)
		return NULL;
	rx->o = *o;
	rx->sink = *sink;
	rx->told_at = -NEWS_MS;
	return rx;
}

void srtp_rx_close(struct srtp_rx *rx)
{
	if (rx == NULL)
		return;
	srtp_rx_forget(rx);
	secret_wipe(rx, sizeof *rx);
	free(rx);
}
