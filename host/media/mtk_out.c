/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A receiver's buffer is its socket's or its pipe's: the kernel bounds it, and no line with a key lies about here. Lines
 * are shorter than PIPE_BUF, so each goes whole or not at all.
 */
#include "mtk_out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../os/unix_sock.h"

enum { OF_A_GROUP = 2 };

static const char prefix_unix[] = "unix:", prefix_fd[] = "fd:";

struct mtk_out {
	const struct log *log;
	int file; /* or descriptor of fd:N; -1 = none */
	bool torn; /* a disk was full in the middle of a line */
	int listener, epoll; /* -1 = none */
	int spare; /* a descriptor kept for who comes when there is none left: taken, and told to go */
	char *path; /* of the listener, to be removed */
	int receiver[MTK_OUT_RECEIVERS_MAX]; /* -1 = free */
	size_t n_current;
	struct mtk_record current[MTK_OUT_CURRENT_MAX]; /* oldest first */
};

static bool starts(const char *text, const char *prefix)
{
	return span_starts(span_str(text), span_str(prefix));
}

/* N of fd:N, or -1: no number, not open, not for writing. */
static int fd_of(const char *target)
{
	const char *digits = target + strlen(prefix_fd);
	char *end = NULL;

	if (digits[0] < '0' || digits[0] > '9')
		return -1;
	long n = strtol(digits, &end, 10);
	if (*end != '\0' || n < 0 || n > INT32_MAX)
		return -1;
	int flags = fcntl((int)n, F_GETFL);
	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY ? (int)n : -1;
}

bool mtk_out_target_ok(const char *target)
{
	if (starts(target, prefix_fd))
		return fd_of(target) >= 0;
	return target[starts(target, prefix_unix) ? strlen(prefix_unix) : 0] != '\0';
}

static int open_file(struct mtk_out *o, const char *path)
{
	o->file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (o->file < 0)
		return -errno;
	/* One that was there may have been open to others; what is no plain file keeps what it has. */
	struct stat st;
	if (fstat(o->file, &st) != 0 || (S_ISREG(st.st_mode) && fchmod(o->file, 0600) != 0))
		return -errno;
	return 0;
}

static int open_fd(struct mtk_out *o, const char *target)
{
	o->file = fd_of(target);
	if (o->file < 0)
		return -EBADF;
	return fcntl(o->file, F_SETFD, FD_CLOEXEC) == 0 ? 0 : -errno;
}

static int watch(struct mtk_out *o, int fd)
{
	/* A receiver says nothing: what comes from it is its end. */
	struct epoll_event e = { .events = EPOLLIN | EPOLLRDHUP, .data = { .fd = fd } };
	return epoll_ctl(o->epoll, EPOLL_CTL_ADD, fd, &e) == 0 ? 0 : -errno;
}

static int open_unix(struct mtk_out *o, const char *path)
{
	o->listener = unix_sock_listen(path);
	if (o->listener < 0)
		return o->listener;
	o->path = strdup(path);
	o->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	o->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (o->epoll < 0 || o->spare < 0)
		return -errno;
	return o->path != NULL ? watch(o, o->listener) : -ENOMEM;
}

int mtk_out_open(struct mtk_out **ret, const char *target, const struct log *log, char *why)
{
	struct mtk_out *o = calloc(1, sizeof *o);
	int rc;

	if (o == NULL) {
		snprintf(why, MTK_OUT_WHY_MAX, "no memory");
		return -ENOMEM;
	}
	o->log = log;
	o->file = o->listener = o->epoll = o->spare = -1;
	for (size_t i = 0; i < MTK_OUT_RECEIVERS_MAX; i++)
		o->receiver[i] = -1;
	if (starts(target, prefix_fd))
		rc = open_fd(o, target);
	else if (starts(target, prefix_unix))
		rc = open_unix(o, target + strlen(prefix_unix));
	else
		rc = open_file(o, target);
	if (rc != 0) {
		snprintf(why, MTK_OUT_WHY_MAX, "%.180s: %s", target,
			 rc == -EBADF ? "expected a descriptor that is open for writing" : strerror(-rc));
		mtk_out_close(o);
		return rc;
	}
	*ret = o;
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void mtk_out_close(struct mtk_out *o)
{
	if (o == NULL)
		return;
	mtk_out_forget(o);
	for (size_t i = 0; i < MTK_OUT_RECEIVERS_MAX; i++)
		close_fd(&o->receiver[i]);
	if (o->path != NULL)
		unlink(o->path);
	free(o->path);
	close_fd(&o->listener);
	close_fd(&o->epoll);
	close_fd(&o->spare);
	close_fd(&o->file);
	free(o);
}

void mtk_out_forget(struct mtk_out *o)
{
	for (size_t i = 0; i < MTK_OUT_CURRENT_MAX; i++)
		mtk_record_wipe(&o->current[i]);
	o->n_current = 0;
}

static void drop_current(struct mtk_out *o, size_t i)
{
	o->n_current--;
	memmove(&o->current[i], &o->current[i + 1], (o->n_current - i) * sizeof o->current[0]);
	mtk_record_wipe(&o->current[o->n_current]);
}

/*
 * Two of a group: packets under the last key are still under way when the next comes. Another record with the same
 * identifiers replaces.
 */
static void keep_current(struct mtk_out *o, const struct mtk_record *r)
{
	size_t of_group = 0, oldest = 0;

	for (size_t i = o->n_current; i-- > 0;) {
		const struct mtk_record *c = &o->current[i];
		if (mtk_record_same_id(c, r)) {
			drop_current(o, i);
			oldest -= of_group != 0;
		} else if (c->group == r->group && span_eq(SPAN(c->key_domain), SPAN(r->key_domain))) {
			of_group++;
			oldest = i;
		}
	}
	if (of_group >= OF_A_GROUP)
		drop_current(o, oldest);
	else if (o->n_current == MTK_OUT_CURRENT_MAX)
		drop_current(o, 0);
	o->current[o->n_current++] = *r;
}

/* Whole, now, or not: 0 or -errno. -EAGAIN: who reads is too slow. -ENOSPC: a disk took a part at most. */
static int put_line(int fd, struct span line)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	ssize_t n = send(fd, line.p, line.n, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno == ENOTSOCK) {
		/* A pipe with room for one octet has room for a page: it holds whole pages. */
		if (poll(&p, 1, 0) == 0)
			return -EAGAIN;
		if ((p.revents & POLLERR) != 0)
			return -EPIPE;
		n = write(fd, line.p, line.n);
	}
	if (n < 0)
		return -errno;
	return n == (ssize_t)line.n ? 0 : -ENOSPC;
}

static int put_record(int fd, const struct mtk_record *r)
{
	struct mtk_line line _secret_mtk_line_;
	struct wr w = WR(line.b);

	mtk_record_put_json(&w, r);
	return w.bad ? -EMSGSIZE : put_line(fd, wr_done(&w));
}

static void drop_receiver(struct mtk_out *o, int *fd, int rc, int64_t now)
{
	LOG(o->log, now, "mtk-receiver", LOG_TEXT("state", rc == 0 ? "gone" : "dropped"),
	    LOG_TEXT("reason", rc == 0	       ? NULL
			       : rc == -EAGAIN ? "it does not read what it is given"
					       : strerror(-rc)));
	close_fd(fd);
}

static void put_to_receiver(struct mtk_out *o, int *fd, const struct mtk_record *r, int64_t now)
{
	int rc = *fd >= 0 ? put_record(*fd, r) : 0;

	if (rc != 0)
		drop_receiver(o, fd, rc, now);
}

/* A descriptor cannot come again: its receiver, once dropped, stays so. */
static int put_to_file(struct mtk_out *o, const struct mtk_record *r, int64_t now)
{
	if (o->file < 0)
		return -EPIPE;
	/* What is behind half a line is not to be taken for its rest. */
	int rc = o->torn ? put_line(o->file, span_str("\n")) : 0;
	o->torn = o->torn && rc != 0;
	if (rc == 0)
		rc = put_record(o->file, r);
	o->torn = o->torn || rc == -ENOSPC;
	if (rc == -EAGAIN || rc == -EPIPE || rc == -ECONNRESET) {
		drop_receiver(o, &o->file, rc, now);
		rc = -EPIPE;
	}
	return rc;
}

int mtk_out_put(struct mtk_out *o, const struct mtk_record *r, int64_t now)
{
	if (o->listener < 0)
		return put_to_file(o, r, now);
	keep_current(o, r);
	for (size_t i = 0; i < MTK_OUT_RECEIVERS_MAX; i++)
		put_to_receiver(o, &o->receiver[i], r, now);
	return 0;
}

int mtk_out_fd(const struct mtk_out *o)
{
	return o->epoll;
}

static int take_receiver(struct mtk_out *o)
{
	return accept4(o->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

static void refuse(struct mtk_out *o, int fd, const char *reason, int64_t now)
{
	LOG(o->log, now, "mtk-receiver", LOG_TEXT("state", "refused"), LOG_TEXT("reason", reason),
	    LOG_NUMBER("receivers", MTK_OUT_RECEIVERS_MAX));
	close_fd(&fd);
}

/* Who waits to be accepted keeps the listener readable, and whoever polls it awake. */
static void refuse_for_want_of_a_descriptor(struct mtk_out *o, int error, int64_t now)
{
	close_fd(&o->spare);
	refuse(o, take_receiver(o), strerror(error), now);
	o->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_connect(struct mtk_out *o, int64_t now)
{
	size_t slot = 0;
	int fd = take_receiver(o);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE))
		refuse_for_want_of_a_descriptor(o, errno, now);
	if (fd < 0)
		return;
	while (slot < MTK_OUT_RECEIVERS_MAX && o->receiver[slot] >= 0)
		slot++;
	if (slot == MTK_OUT_RECEIVERS_MAX || watch(o, fd) != 0) {
		refuse(o, fd, "there are as many as there may be", now);
		return;
	}
	o->receiver[slot] = fd;
	LOG(o->log, now, "mtk-receiver", LOG_TEXT("state", "connected"), LOG_NUMBER("current", o->n_current));
	for (size_t i = 0; i < o->n_current; i++)
		put_to_receiver(o, &o->receiver[slot], &o->current[i], now);
}

static void on_receiver(struct mtk_out *o, int fd, int64_t now)
{
	uint8_t octets[64];
	ssize_t n = recv(fd, octets, sizeof octets, MSG_DONTWAIT);

	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return; /* nobody asked it to say something; it is read so that its end is seen */
	for (size_t i = 0; i < MTK_OUT_RECEIVERS_MAX; i++)
		if (o->receiver[i] == fd)
			drop_receiver(o, &o->receiver[i], 0, now);
}

void mtk_out_run(struct mtk_out *o, int64_t now)
{
	struct epoll_event e[MTK_OUT_RECEIVERS_MAX + 1];
	int n = o->epoll >= 0 ? epoll_wait(o->epoll, e, VU_COUNT(e), 0) : 0;

	for (int i = 0; i < n; i++) {
		if (e[i].data.fd == o->listener)
			on_connect(o, now);
		else
			on_receiver(o, e[i].data.fd, now);
	}
}
