/* SPDX-License-Identifier: Apache-2.0 */
/* The hand-out of MTKs: a file, a Unix socket with its receivers, a descriptor; and receivers that do not read. */
#include "tests/cu.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/media/mtk_out.h"
#include "os/unix_sock.h"

static char folder[] = "/tmp/vuicc-mtk-out-XXXXXX";
static char events[16384];

static void keep_event(void *ctx, struct span line)
{
	size_t n = strlen(events);
	(void)ctx;
	if (n + line.n < sizeof events)
		memcpy(events + n, line.p, line.n);
}

static const struct log event_log = { .put = keep_event, .json = true };

static size_t events_with(const char *text)
{
	size_t n = 0;
	for (const char *at = events; (at = strstr(at, text)) != NULL; at++)
		n++;
	return n;
}

static struct mtk_record record(uint16_t group, uint16_t mtk_id)
{
	struct mtk_record r = { .group = group, .number = 1, .mtk_id = mtk_id, .policy = srtp_policy_default };
	memset(r.mtk.b, mtk_id, sizeof r.mtk.b);
	return r;
}

static struct mtk_out *open_out(const char *prefix, const char *name, char target[static 128])
{
	struct mtk_out *o = NULL;
	char why[MTK_OUT_WHY_MAX] = "";

	memset(events, 0, sizeof events);
	snprintf(target, 128, "%s%s/%s", prefix, folder, name);
	if (mtk_out_open(&o, target, &event_log, why) != 0)
		CU_FAIL_FATAL(why);
	return o;
}

static void put(struct mtk_out *o, uint16_t group, uint16_t mtk_id)
{
	const struct mtk_record r = record(group, mtk_id);
	CU_ASSERT_EQUAL(mtk_out_put(o, &r, 0), 0);
}

static int receiver(struct mtk_out *o, const char *target)
{
	int fd = unix_sock_connect(target + strlen("unix:"));

	CU_ASSERT_FATAL(fd >= 0);
	struct pollfd p = { .fd = mtk_out_fd(o), .events = POLLIN };
	CU_ASSERT_EQUAL(poll(&p, 1, 1000), 1);
	mtk_out_run(o, 0);
	return fd;
}

/* The MTK IDs of the lines that can be read now, as "1 2 3". */
static const char *ids(int fd)
{
	static char text[512];
	static char octets[65536];
	ssize_t n = read(fd, octets, sizeof octets - 1);
	size_t at = 0;

	text[0] = '\0';
	octets[n > 0 ? n : 0] = '\0';
	for (char *line = strtok(octets, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		struct mtk_record r;
		char why[MTK_WHY_MAX];
		if (!mtk_record_parse(&r, span_str(line), why))
			return why[0] != '\0' ? "broken" : "?";
		at += (size_t)snprintf(text + at, sizeof text - at, "%s%u", at == 0 ? "" : " ", r.mtk_id);
	}
	return text;
}

static void close_receiver(int fd)
{
	CU_ASSERT_EQUAL(close(fd), 0);
}

static void a_file_is_appended_to_and_its_owners_alone(void)
{
	char target[128];
	struct stat st;
	int fd = -1;

	snprintf(target, sizeof target, "%s/file", folder);
	fd = open(target, O_WRONLY | O_CREAT, 0644);
	close_receiver(fd);
	for (uint16_t i = 1; i <= 2; i++) {
		struct mtk_out *o = open_out("", "file", target);
		CU_ASSERT_EQUAL(mtk_out_fd(o), -1);
		put(o, 1, i);
		mtk_out_close(o);
	}
	fd = open(target, O_RDONLY);
	CU_ASSERT_STRING_EQUAL(ids(fd), "1 2");
	close_receiver(fd);
	CU_ASSERT(stat(target, &st) == 0 && (st.st_mode & 0777) == 0600);
}

/* A limit on the size of files stands for a full disk: it, too, lets a part of a line in. */
static void a_full_disk_is_an_error_and_tears_no_other_line(void)
{
	const struct mtk_record one = record(1, 1), two = record(1, 2);
	struct rlimit before, small = { 0 };
	char target[128], octets[4096] = "", why[MTK_WHY_MAX];
	struct mtk_out *o = open_out("", "full", target);
	struct mtk_record r;

	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){ 100, before.rlim_max };
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &small), 0);
	CU_ASSERT_EQUAL(mtk_out_put(o, &one, 0), -ENOSPC);
	CU_ASSERT(mtk_out_put(o, &one, 0) != 0);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
	CU_ASSERT_EQUAL(mtk_out_put(o, &two, 0), 0);
	mtk_out_close(o);
	int fd = open(target, O_RDONLY);
	CU_ASSERT(read(fd, octets, sizeof octets - 1) > 100);
	const char *line = strchr(octets, '\n');
	CU_ASSERT_FATAL(line != NULL);
	CU_ASSERT(mtk_record_parse(&r, span_str(line + 1), why) && r.mtk_id == 2);
	close_receiver(fd);
}

static void each_receiver_of_a_socket_gets_each_mtk(void)
{
	char target[128];
	struct stat st;
	struct mtk_out *o = open_out("unix:", "each", target);

	CU_ASSERT(stat(target + 5, &st) == 0 && (st.st_mode & 0777) == 0600);
	int first = receiver(o, target), second = receiver(o, target);
	put(o, 1, 1);
	put(o, 1, 2);
	CU_ASSERT_STRING_EQUAL(ids(first), "1 2");
	CU_ASSERT_STRING_EQUAL(ids(second), "1 2");
	CU_ASSERT_EQUAL(events_with("\"state\":\"connected\""), 2);
	close_receiver(first);
	mtk_out_run(o, 0);
	CU_ASSERT_EQUAL(events_with("\"state\":\"gone\""), 1);
	put(o, 1, 3);
	CU_ASSERT_STRING_EQUAL(ids(second), "3");
	close_receiver(second);
	mtk_out_close(o);
	CU_ASSERT(stat(target + 5, &st) != 0);
}

static void a_late_receiver_gets_the_two_newest_of_each_group(void)
{
	char target[128];
	struct mtk_out *o = open_out("unix:", "late", target);

	put(o, 1, 1);
	put(o, 2, 21);
	put(o, 1, 2);
	put(o, 1, 3);
	put(o, 1, 2); /* the same again becomes the newest */
	int fd = receiver(o, target);
	CU_ASSERT_STRING_EQUAL(ids(fd), "21 3 2");
	close_receiver(fd);
	mtk_out_forget(o);
	fd = receiver(o, target);
	put(o, 1, 9);
	CU_ASSERT_STRING_EQUAL(ids(fd), "9");
	close_receiver(fd);
	mtk_out_close(o);
}

static void what_is_kept_for_late_receivers_is_bounded(void)
{
	char target[128];
	struct mtk_out *o = open_out("unix:", "bound", target);

	for (uint16_t i = 1; i <= MTK_OUT_CURRENT_MAX + 3; i++)
		put(o, i, i);
	int fd = receiver(o, target);
	const char *got = ids(fd);
	CU_ASSERT(strncmp(got, "4 5 6 ", 6) == 0);
	CU_ASSERT(strcmp(got + strlen(got) - 3, " 35") == 0);
	close_receiver(fd);
	mtk_out_close(o);
}

static void a_receiver_that_does_not_read_is_dropped_and_the_others_stay(void)
{
	char target[128];
	struct mtk_out *o = open_out("unix:", "slow", target);
	int slow = receiver(o, target), quick = receiver(o, target);
	size_t got = 0;

	for (uint16_t i = 1; i <= 2000 && events_with("\"dropped\"") == 0; i++) {
		put(o, 1, i);
		got += ids(quick)[0] != '\0';
	}
	CU_ASSERT_EQUAL(events_with("\"dropped\",\"reason\":\"it does not read what it is given\""), 1);
	CU_ASSERT(got > 10);
	put(o, 1, 7);
	CU_ASSERT_STRING_EQUAL(ids(quick), "7");
	close_receiver(slow);
	close_receiver(quick);
	mtk_out_close(o);
}

static void more_receivers_than_there_may_be_are_refused(void)
{
	char target[128];
	struct mtk_out *o = open_out("unix:", "many", target);
	int fd[MTK_OUT_RECEIVERS_MAX + 1];
	char octet;

	for (size_t i = 0; i < VU_COUNT(fd); i++)
		fd[i] = receiver(o, target);
	CU_ASSERT_EQUAL(events_with("\"refused\""), 1);
	CU_ASSERT_EQUAL(read(fd[MTK_OUT_RECEIVERS_MAX], &octet, 1), 0);
	for (size_t i = 0; i < VU_COUNT(fd); i++)
		close_receiver(fd[i]);
	mtk_out_run(o, 0);
	CU_ASSERT_EQUAL(events_with("\"gone\""), MTK_OUT_RECEIVERS_MAX);
	mtk_out_close(o);
}

/* Else the listener stays readable, and the program that polls it never sleeps again. */
static void attack_without_descriptors_who_comes_is_refused(void)
{
	char target[128];
	struct mtk_out *o = open_out("unix:", "descriptors", target);
	struct pollfd p = { .fd = mtk_out_fd(o), .events = POLLIN };
	int fd = unix_sock_connect(target + strlen("unix:"));
	struct rlimit before;
	uint8_t octet;

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &before), 0);
	int lowest = dup(fd); /* of those that are free */
	close_receiver(lowest);
	const struct rlimit none_left = { (rlim_t)lowest, before.rlim_max };
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &none_left), 0);
	CU_ASSERT_EQUAL(poll(&p, 1, 1000), 1);
	mtk_out_run(o, 0);
	CU_ASSERT_EQUAL(poll(&p, 1, 0), 0);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &before), 0);
	CU_ASSERT_EQUAL(events_with("\"state\":\"refused\",\"reason\":\"Too many open files\""), 1);
	CU_ASSERT_EQUAL(recv(fd, &octet, 1, MSG_DONTWAIT), 0);
	close_receiver(fd);
	/* The next one is welcome. */
	fd = receiver(o, target);
	put(o, 1, 1);
	CU_ASSERT_STRING_EQUAL(ids(fd), "1");
	close_receiver(fd);
	mtk_out_close(o);
}

static void what_a_receiver_says_is_nobodys_business(void)
{
	char target[128];
	struct mtk_out *o = open_out("unix:", "talk", target);
	int fd = receiver(o, target);

	CU_ASSERT_EQUAL(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	mtk_out_run(o, 0);
	put(o, 1, 1);
	CU_ASSERT_STRING_EQUAL(ids(fd), "1");
	close_receiver(fd);
	mtk_out_close(o);
}

static void open_fd(struct mtk_out **o, int fd, char target[static 128])
{
	char why[MTK_OUT_WHY_MAX] = "";

	memset(events, 0, sizeof events);
	snprintf(target, 128, "fd:%d", fd);
	CU_ASSERT(mtk_out_target_ok(target));
	if (mtk_out_open(o, target, &event_log, why) != 0)
		CU_FAIL_FATAL(why);
}

static void a_pipe_gets_lines_until_it_is_full_and_nobody_waits(void)
{
	char target[128];
	struct mtk_out *o = NULL;
	int fds[2], rc = 0;

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	open_fd(&o, fds[1], target);
	put(o, 1, 1);
	CU_ASSERT_STRING_EQUAL(ids(fds[0]), "1");
	for (uint16_t i = 0; i < 2000 && rc == 0; i++) {
		const struct mtk_record r = record(1, i);
		rc = mtk_out_put(o, &r, 0);
	}
	CU_ASSERT_EQUAL(rc, -EPIPE);
	const struct mtk_record r = record(1, 1);
	CU_ASSERT_EQUAL(mtk_out_put(o, &r, 0), -EPIPE);
	CU_ASSERT_EQUAL(events_with("\"dropped\""), 1);
	close_receiver(fds[0]);
	mtk_out_close(o);
}

static void a_descriptor_whose_reader_is_gone_is_an_error(void)
{
	const struct mtk_record r = record(1, 1);
	char target[128];
	struct mtk_out *o = NULL;
	int fds[2];

	for (int sockets = 0; sockets < 2; sockets++) {
		CU_ASSERT_EQUAL_FATAL(sockets ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) : pipe(fds), 0);
		open_fd(&o, fds[1], target);
		close_receiver(fds[0]);
		CU_ASSERT_EQUAL(mtk_out_put(o, &r, 0), -EPIPE);
		mtk_out_close(o);
	}
}

static void targets_that_are_none_are_refused(void)
{
	static const char *const none[] = { "",	     "unix:", "fd:",	"fd:x",		 "fd:-1",
					    "fd:1x", "fd: 1", "fd:999", "fd:99999999999" };
	char read_only[32], name[160], why[MTK_OUT_WHY_MAX] = "";
	struct mtk_out *o = NULL;
	int fd = open("/dev/null", O_RDONLY);

	for (size_t i = 0; i < VU_COUNT(none); i++)
		CU_ASSERT_FALSE(mtk_out_target_ok(none[i]));
	snprintf(read_only, sizeof read_only, "fd:%d", fd);
	CU_ASSERT_FALSE(mtk_out_target_ok(read_only));
	close_receiver(fd);
	CU_ASSERT_EQUAL(mtk_out_open(&o, read_only, &event_log, why), -EBADF);
	CU_ASSERT(strstr(why, "expected a descriptor that is open for writing") != NULL);
	snprintf(name, sizeof name, "%s/no/such/folder", folder);
	CU_ASSERT_EQUAL(mtk_out_open(&o, name, &event_log, why), -ENOENT);
	snprintf(name, sizeof name, "unix:%s/file", folder);
	CU_ASSERT_EQUAL(mtk_out_open(&o, name, &event_log, why), -EEXIST);
	CU_ASSERT_PTR_NULL(o);
}

static const struct cu_test tests[] = {
	{ "a file is appended to, and its owner's alone", a_file_is_appended_to_and_its_owners_alone },
	{ "a full disk is an error and tears no other line", a_full_disk_is_an_error_and_tears_no_other_line },
	{ "each receiver of a socket gets each MTK", each_receiver_of_a_socket_gets_each_mtk },
	{ "a late receiver gets the two newest of each group", a_late_receiver_gets_the_two_newest_of_each_group },
	{ "what is kept for late receivers is bounded", what_is_kept_for_late_receivers_is_bounded },
	{ "a receiver that does not read is dropped, the others stay",
	  a_receiver_that_does_not_read_is_dropped_and_the_others_stay },
	{ "more receivers than there may be are refused", more_receivers_than_there_may_be_are_refused },
	{ "attack: without descriptors who comes is refused", attack_without_descriptors_who_comes_is_refused },
	{ "what a receiver says is nobody's business", what_a_receiver_says_is_nobodys_business },
	{ "a pipe gets lines until it is full, and nobody waits", a_pipe_gets_lines_until_it_is_full_and_nobody_waits },
	{ "a descriptor whose reader is gone is an error", a_descriptor_whose_reader_is_gone_is_an_error },
	{ "targets that are none are refused", targets_that_are_none_are_refused },
};

int main(void)
{
	char command[64];

	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(folder) == NULL)
		return 2;
	int status = CU_RUN("hand-out of MTKs", tests);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command) == 0 ? status : 2;
}
