/* SPDX-License-Identifier: Apache-2.0 */
/* The driver as pcscd calls it, in a folder of its own; with everything that the fuzzers have found for card and T=0. */
#include "tests/cu.h"
#include "card_fixture.h"
#include "card/perso/profile.h"
#include "card/store/nv_sqlite.h"
#include "os/sqlite_memory.h"
#include "pcsc-driver/slot.h"

#include <PCSC/ifdhandler.h>
#include <PCSC/reader.h>
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ITEMS_MAX = 256, LUN = 0x20000, LOG_ERROR = 2 };

static char folder[] = "/tmp/vuicc-ifd-XXXXXX";

struct items {
	struct nv_item item[ITEMS_MAX];
	size_t n;
};

static bool collect(void *arg, const struct nv_item *item)
{
	struct items *all = arg;

	CU_ASSERT_FATAL(all->n < ITEMS_MAX);
	all->item[all->n++] = *item;
	return true;
}

/* pcscd's log: lines since log_begin(). */
static char log_lines[4096];
static unsigned n_log_lines;

void log_msg(const int priority, const char *format, ...);

__attribute__((format(printf, 2, 3))) void log_msg(const int priority, const char *format, ...)
{
	size_t n = strlen(log_lines);
	va_list ap;

	CU_ASSERT_EQUAL(priority, LOG_ERROR);
	va_start(ap, format);
	vsnprintf(log_lines + n, sizeof log_lines - n, format, ap);
	va_end(ap);
	n_log_lines++;
}

static void log_begin(void)
{
	log_lines[0] = '\0';
	n_log_lines = 0;
}

static const char *path_of(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

/* The fixture's card as a file. */
static void make_card(const char *name)
{
	struct card *c = card_new(&(struct card_options){ .pin1_enabled = false });
	static struct items all;
	char why[NV_WHY_MAX];

	all.n = 0;
	CU_ASSERT_TRUE_FATAL(nv_mem_ops.each(c->nv, collect, &all));
	CU_ASSERT_EQUAL_FATAL(nv_sqlite_create(path_of(name), all.item, all.n, true, why), 0);
	card_free(c);
}

/* A card of the default profile as a file. */
static void make_whole_card(const char *name)
{
	struct profile *p = NULL;
	struct profile_error e;
	const struct nv_item *items;
	char why[NV_WHY_MAX];
	size_t n;

	CU_ASSERT_EQUAL_FATAL(profile_default(&p, &e), 0);
	CU_ASSERT_EQUAL_FATAL(profile_build(p, &items, &n, &e), 0);
	CU_ASSERT_EQUAL_FATAL(nv_sqlite_create(path_of(name), items, n, true, why), 0);
	profile_close(p);
}

static void write_file(const char *name, const char *mode, long at, const void *octets, size_t n)
{
	FILE *f = fopen(path_of(name), mode);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fseek(f, at, SEEK_SET), 0);
	CU_ASSERT_EQUAL(fwrite(octets, 1, n, f), n);
	CU_ASSERT_EQUAL(fclose(f), 0);
}

static RESPONSECODE open_slot(DWORD slot, const char *suffix)
{
	char name[PATH_MAX];

	snprintf(name, sizeof name, "%s%s", folder, suffix);
	return IFDHCreateChannelByName(LUN | slot, name);
}

static DWORD number(DWORD lun, DWORD tag)
{
	UCHAR value[8] = { 0 };
	DWORD n = 1;

	return IFDHGetCapabilities(lun, tag, &n, value) == IFD_SUCCESS ? value[0] : 999;
}

static RESPONSECODE transmit(DWORD slot, const void *octets, size_t n, uint16_t *ret_sw)
{
	uint8_t answer[UICC_RAPDU_MAX];
	UCHAR *command = malloc(n != 0 ? n : 1); /* of exactly this size, for the address sanitizer */
	DWORD got = sizeof answer;
	SCARD_IO_HEADER pci = { 0 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(command);
	memcpy(command, octets, n);
	RESPONSECODE rc = IFDHTransmitToICC(LUN | slot, pci, command, n, answer, &got, &pci);
	free(command);
	if (rc == IFD_SUCCESS) {
		struct rd sw = rd_of(span_sub(span_of(answer, got), got - 2, 2));
		CU_ASSERT_TRUE(got >= 2 && got <= sizeof answer);
		*ret_sw = rd_u16(&sw);
	} else {
		CU_ASSERT_EQUAL(got, 0);
	}
	return rc;
}

static bool power(DWORD slot, DWORD action, size_t *ret_n)
{
	UCHAR atr[MAX_ATR_SIZE];
	DWORD n = sizeof atr;
	RESPONSECODE rc = IFDHPowerICC(LUN | slot, action, atr, &n);

	*ret_n = n;
	return rc == IFD_SUCCESS;
}

/* What pcscd's thread for a slot does between two looks. */
static void wait_for(DWORD slot, int ms)
{
	RESPONSECODE (*wait)(DWORD, int) = NULL;
	DWORD n = sizeof wait;

	CU_ASSERT_EQUAL_FATAL(IFDHGetCapabilities(LUN, TAG_IFD_POLLING_THREAD_WITH_TIMEOUT, &n, (PUCHAR)&wait),
			      IFD_SUCCESS);
	wait(LUN | slot, ms);
}

static void a_folder_is_a_reader(void)
{
	size_t n;

	make_card("a.card");
	make_whole_card("b.card");
	write_file("c.card", "w", 0, "this is no card", 15);
	log_begin();
	CU_ASSERT_EQUAL(open_slot(0, ""), IFD_SUCCESS);
	CU_ASSERT_EQUAL(open_slot(1, ""), IFD_SUCCESS);
	CU_ASSERT_EQUAL(open_slot(2, ""), IFD_SUCCESS);
	CU_ASSERT_EQUAL(open_slot(3, ""), IFD_COMMUNICATION_ERROR);
	CU_ASSERT_EQUAL(n_log_lines, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(log_lines, "slot 2 stays empty: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(log_lines, "c.card is not a card file"));
	CU_ASSERT_EQUAL(number(LUN, TAG_IFD_SLOTS_NUMBER), 3);
	CU_ASSERT_EQUAL(number(LUN, TAG_IFD_THREAD_SAFE), 1);
	CU_ASSERT_EQUAL(number(LUN, TAG_IFD_SLOT_THREAD_SAFE), 1);
	CU_ASSERT_EQUAL(number(LUN, 0x4711), 999);
	/* pcscd is to see each card come, the first ones too: only so its clients notice when one is swapped. */
	for (DWORD slot = 0; slot < 3; slot++) {
		CU_ASSERT_EQUAL(IFDHICCPresence(LUN | slot), IFD_ICC_NOT_PRESENT);
		wait_for(slot, slot == 2 ? 0 : 60000); /* ends at once where a card is */
	}
	CU_ASSERT_EQUAL(IFDHICCPresence(LUN), IFD_ICC_PRESENT);
	CU_ASSERT_EQUAL(IFDHICCPresence(LUN | 1), IFD_ICC_PRESENT);
	CU_ASSERT_EQUAL(IFDHICCPresence(LUN | 2), IFD_ICC_NOT_PRESENT); /* no card: empty */
	CU_ASSERT_TRUE(power(0, IFD_POWER_UP, &n) && n != 0);
	CU_ASSERT_FALSE(power(2, IFD_POWER_UP, &n));
	CU_ASSERT_EQUAL(n, 0);
}

static void a_card_answers_when_it_has_power(void)
{
	static const uint8_t select[] = { 0x00, 0xA4, 0x00, 0x04, 0x02, 0x3F, 0x00 };
	size_t n;
	uint16_t sw = 0;

	CU_ASSERT_EQUAL(transmit(1, select, sizeof select, &sw), IFD_COMMUNICATION_ERROR);
	CU_ASSERT_TRUE(power(1, IFD_POWER_UP, &n));
	CU_ASSERT_EQUAL(transmit(1, select, sizeof select, &sw), IFD_SUCCESS);
	CU_ASSERT_EQUAL(sw & 0xFF00, 0x6100);
	CU_ASSERT_TRUE(power(1, IFD_POWER_DOWN, &n));
	CU_ASSERT_EQUAL(transmit(1, select, sizeof select, &sw), IFD_COMMUNICATION_ERROR);
	CU_ASSERT_EQUAL(transmit(2, select, sizeof select, &sw), IFD_ICC_NOT_PRESENT);
}

static void slots_that_are_not_there_are_refused(void)
{
	static const DWORD luns[] = { LUN | 3, LUN | 0xFFFF, 0x30000, 0xFFFF0000, (DWORD)-1 };
	uint8_t answer[2];
	UCHAR atr[MAX_ATR_SIZE];

	for (size_t i = 0; i < VU_COUNT(luns); i++) {
		DWORD n = sizeof answer, n_atr = sizeof atr;
		SCARD_IO_HEADER pci = { 0 };
		UCHAR command[5] = { 0 };
		CU_ASSERT_EQUAL(IFDHTransmitToICC(luns[i], pci, command, 5, answer, &n, NULL), IFD_NO_SUCH_DEVICE);
		CU_ASSERT_EQUAL(n, 0);
		CU_ASSERT_EQUAL(IFDHICCPresence(luns[i]), IFD_NO_SUCH_DEVICE);
		CU_ASSERT_NOT_EQUAL(IFDHPowerICC(luns[i], IFD_POWER_UP, atr, &n_atr), IFD_SUCCESS);
		CU_ASSERT_EQUAL(IFDHCloseChannel(luns[i]), IFD_COMMUNICATION_ERROR);
		CU_ASSERT_NOT_EQUAL(IFDHCreateChannelByName(luns[i], (LPSTR) "/nonexistent"), IFD_SUCCESS);
	}
	CU_ASSERT_EQUAL(IFDHCreateChannel(0, 0), IFD_NO_SUCH_DEVICE);
}

static void an_answer_must_fit(void)
{
	static const uint8_t get_response[] = { 0x00, 0xC0, 0x00, 0x00, 0x00 };
	uint8_t answer[1];
	DWORD n = sizeof answer;
	SCARD_IO_HEADER pci = { 0 };
	size_t atr;
	UCHAR command[sizeof get_response];

	memcpy(command, get_response, sizeof command);
	CU_ASSERT_TRUE(power(0, IFD_RESET, &atr));
	CU_ASSERT_EQUAL(IFDHTransmitToICC(LUN, pci, command, sizeof command, answer, &n, NULL),
			IFD_ERROR_INSUFFICIENT_BUFFER);
	CU_ASSERT_EQUAL(n, 0);
}

static void it_tells_its_version(void)
{
	UCHAR text[64] = { 0 };
	DWORD n = 0;

	CU_ASSERT_EQUAL(IFDHControl(LUN, SCARD_CTL_CODE(2900), NULL, 0, text, sizeof text, &n), IFD_SUCCESS);
	CU_ASSERT_EQUAL(strncmp((char *)text, "vuicc ", 6), 0);
	CU_ASSERT_EQUAL(IFDHControl(LUN, SCARD_CTL_CODE(2900), NULL, 0, text, 3, &n), IFD_ERROR_INSUFFICIENT_BUFFER);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(IFDHControl(LUN, 1, NULL, 0, text, sizeof text, &n), IFD_ERROR_NOT_SUPPORTED);
}

static int64_t ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* pcscd's two functions for its thread of a slot. */
static void waiting_ends_when_told(void)
{
	RESPONSECODE (*rouse)(DWORD) = NULL;
	DWORD n = sizeof rouse;

	CU_ASSERT_EQUAL_FATAL(IFDHGetCapabilities(LUN, TAG_IFD_STOP_POLLING_THREAD, &n, (PUCHAR)&rouse), IFD_SUCCESS);
	wait_for(2, 0);
	int64_t begin = ms_now();
	wait_for(2, 30);
	CU_ASSERT_TRUE(ms_now() - begin >= 30);
	begin = ms_now();
	CU_ASSERT_EQUAL(rouse(LUN | 2), IFD_SUCCESS);
	wait_for(2, 60000);
	CU_ASSERT_TRUE(ms_now() - begin < 30000);
}

/* A slot by itself, with a card that pcscd has seen come. */
static void open_one(struct slot *s)
{
	char why[SLOT_WHY_MAX];

	CU_ASSERT_EQUAL_FATAL(slot_init(s, "a reader", 0), 0);
	CU_ASSERT_EQUAL_FATAL(slot_insert(s, path_of("d.card"), why), 0);
	CU_ASSERT_FALSE(slot_present(s));
	slot_wait(s, 60000);
	CU_ASSERT_TRUE(slot_present(s));
}

static bool power_up(struct slot *s)
{
	uint8_t atr[UICC_ATR_MAX];
	size_t n;

	return slot_power(s, SLOT_POWER_UP, atr, &n);
}

static void pcscd_sees_every_removal(void)
{
	struct slot s;
	char why[SLOT_WHY_MAX];
	int64_t begin = ms_now();

	make_card("d.card");
	make_card("e.card");
	open_one(&s);
	CU_ASSERT_EQUAL(slot_swap(&s, path_of("e.card"), why), 0);
	slot_wait(&s, 60000); /* ends at once: there is news */
	/* A client's question is not that of pcscd's thread. */
	for (int i = 0; i < 3; i++)
		CU_ASSERT_FALSE(slot_present(&s));
	CU_ASSERT_FALSE(power_up(&s));
	slot_wait(&s, 60000); /* ends at once: there is a card */
	CU_ASSERT_TRUE(slot_present(&s));
	CU_ASSERT_TRUE(power_up(&s));
	/* Two changes while pcscd's thread does something else: the second removal needs its own round. */
	CU_ASSERT_EQUAL(slot_eject(&s), 0);
	slot_wait(&s, 60000);
	CU_ASSERT_EQUAL(slot_insert(&s, path_of("d.card"), why), 0);
	CU_ASSERT_EQUAL(slot_swap(&s, path_of("e.card"), why), 0);
	slot_wait(&s, 60000);
	CU_ASSERT_FALSE(slot_present(&s));
	slot_wait(&s, 60000);
	CU_ASSERT_TRUE(slot_present(&s));
	slot_wait(&s, 0); /* no news any more */
	CU_ASSERT_TRUE(ms_now() - begin < 30000);
	slot_destroy(&s);
}

static void behind_a_used_card_the_slot_stays_empty(void)
{
	static const uint8_t status[] = { 0x80, 0xF2, 0x00, 0x0C, 0x00 };
	uint8_t rapdu[UICC_RAPDU_MAX];
	char why[SLOT_WHY_MAX];
	struct slot s;

	open_one(&s);
	CU_ASSERT_TRUE(power_up(&s));
	CU_ASSERT_EQUAL(slot_transmit(&s, span_of(status, sizeof status), rapdu, why), 2);
	CU_ASSERT_EQUAL(slot_swap(&s, path_of("e.card"), why), 0);
	CU_ASSERT_EQUAL(slot_swap(&s, path_of("d.card"), why), 0); /* before pcscd has looked */
	slot_wait(&s, 60000);
	int64_t begin = ms_now();
	slot_rouse(&s);
	slot_wait(&s, 60000); /* roused too early; the card is not forgotten over that */
	slot_wait(&s, 60000);
	CU_ASSERT_TRUE(ms_now() - begin >= 2);
	CU_ASSERT_TRUE(ms_now() - begin < 30000);
	CU_ASSERT_TRUE(slot_present(&s));
	slot_destroy(&s);
}

static void faults_go_with_their_card(void)
{
	struct slot_state state;
	char why[SLOT_WHY_MAX];
	struct slot s;

	open_one(&s);
	CU_ASSERT_TRUE(slot_fault(&s, "mute", why));
	slot_state(&s, &state);
	CU_ASSERT_STRING_EQUAL(state.faults, "mute");
	CU_ASSERT_EQUAL(slot_swap(&s, path_of("e.card"), why), 0);
	slot_state(&s, &state);
	CU_ASSERT_STRING_EQUAL(state.faults, "");
	CU_ASSERT_EQUAL(slot_eject(&s), 0);
	CU_ASSERT_FALSE(slot_fault(&s, "mute", why));
	CU_ASSERT_STRING_EQUAL(why, "no card is in the slot");
	slot_destroy(&s);
}

/* The steps of a fuzzer's input: two octets of head, then length and command; FF stands for 255 + the next. */
static void run_steps(DWORD slot, struct span in)
{
	struct rd r = rd_of(in);
	uint16_t sw;
	size_t atr;

	(void)rd_u16(&r);
	while (!r.bad && r.n != 0) {
		size_t n = rd_u8(&r);
		if (n == 0xFF)
			n += rd_u8(&r);
		struct span step = rd_take(&r, n < r.n ? n : r.n);
		if (step.n == 0)
			(void)power(slot, IFD_RESET, &atr);
		else
			(void)transmit(slot, step.p, step.n, &sw);
	}
}

static void run_corpus(DWORD slot, const char *name)
{
	static const uint8_t status[] = { 0x80, 0xF2, 0x00, 0x0C, 0x00 };
	static uint8_t octets[1 << 16];
	char folder_of[256], path[PATH_MAX];
	struct dirent *entry;
	size_t atr, files = 0;
	uint16_t sw;

	snprintf(folder_of, sizeof folder_of, VUICC_SOURCE_DIR "/tests/fuzz/corpus/%s", name);
	DIR *d = opendir(folder_of);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((entry = readdir(d)) != NULL) {
		if (snprintf(path, sizeof path, "%s/%s", folder_of, entry->d_name) >= (int)sizeof path)
			continue;
		FILE *f = entry->d_name[0] != '.' ? fopen(path, "rb") : NULL;
		if (f == NULL)
			continue;
		(void)power(slot, IFD_RESET, &atr);
		run_steps(slot, span_of(octets, fread(octets, 1, sizeof octets, f)));
		fclose(f);
		files++;
	}
	closedir(d);
	CU_ASSERT_TRUE(files > 20);
	CU_ASSERT_TRUE(power(slot, IFD_POWER_UP, &atr));
	CU_ASSERT_EQUAL(transmit(slot, status, sizeof status, &sw), IFD_SUCCESS);
}

static void what_the_fuzzers_found_does_no_harm(void)
{
	run_corpus(0, "t0");
	run_corpus(1, "card");
}

/* What may lie in the folder of cards. Each leaves its slot empty with one line that says what was wrong with it. */
static void whatever_is_in_the_folder(void)
{
	enum { USER_VERSION_AT = 60, APPLICATION_ID_AT = 68, PAGE_2_AT = 1024 };
	static const struct {
		const char *name, *words;
	} expected[] = {
		{ "1-foreign.card", "but not a card file" },
		{ "2-newer.card", "another version" },
		{ "3-damaged.card", "malformed" },
		{ "4-cut.card", "is damaged" },
		{ "5-empty.card", "is not a card file" },
		{ "6-folder.card", "no ordinary file" },
		{ "7-nothing.card", "No such file or directory" },
		{ "8-again.card", "is in slot 0 of " },
		{ "",
		  "a name of printable characters" }, /* "9 TAB x.card": it would be two fields, and ESC speaks to terminals */
	};
	char cards[PATH_MAX], line[PATH_MAX];
	uint8_t ff[512];
	size_t n;

	memset(ff, 0xFF, sizeof ff);
	CU_ASSERT_EQUAL(mkdir(path_of("cards"), 0700), 0);
	make_card("cards/0.card");
	for (int i = 1; i <= 4; i++) {
		snprintf(line, sizeof line, "cards/%s", expected[i - 1].name);
		make_card(line);
	}
	write_file("cards/1-foreign.card", "r+", APPLICATION_ID_AT, "else", 4);
	write_file("cards/2-newer.card", "r+", USER_VERSION_AT, "\0\0\0\x63", 4);
	write_file("cards/3-damaged.card", "r+", PAGE_2_AT, ff, sizeof ff);
	CU_ASSERT_EQUAL(truncate(path_of("cards/4-cut.card"), PAGE_2_AT + 100), 0);
	write_file("cards/5-empty.card", "w", 0, "", 0);
	CU_ASSERT_EQUAL(mkdir(path_of("cards/6-folder.card"), 0700), 0);
	CU_ASSERT_EQUAL(symlink("nowhere", path_of("cards/7-nothing.card")), 0);
	snprintf(cards, sizeof cards, "%s", path_of("cards/0.card"));
	CU_ASSERT_EQUAL(link(cards, path_of("cards/8-again.card")), 0);
	write_file("cards/9\t\x1b[2J.card", "w", 0, "", 0);
	log_begin();
	CU_ASSERT_EQUAL(open_slot(0, "/cards"), IFD_SUCCESS);
	CU_ASSERT_EQUAL(number(LUN, TAG_IFD_SLOTS_NUMBER), 1 + VU_COUNT(expected));
	CU_ASSERT_EQUAL(n_log_lines, VU_COUNT(expected));
	const char *rest = log_lines;
	for (DWORD i = 0; i < VU_COUNT(expected); i++) {
		snprintf(line, sizeof line, "slot %lu stays empty: ", i + 1);
		rest = strstr(rest, line);
		CU_ASSERT_PTR_NOT_NULL_FATAL(rest);
		const char *end = strstr(rest + 1, "vuicc: ");
		snprintf(line, sizeof line, "%.*s", end != NULL ? (int)(end - rest) : (int)strlen(rest), rest);
		CU_ASSERT_PTR_NOT_NULL(strstr(line, expected[i].name));
		CU_ASSERT_PTR_NOT_NULL(strstr(line, expected[i].words));
		wait_for(i + 1, 0);
		CU_ASSERT_EQUAL(IFDHICCPresence(LUN | (i + 1)), IFD_ICC_NOT_PRESENT);
	}
	wait_for(0, 60000);
	CU_ASSERT_TRUE(power(0, IFD_POWER_UP, &n));
	for (DWORD i = 0; i <= VU_COUNT(expected); i++)
		CU_ASSERT_EQUAL(IFDHCloseChannel(LUN | i), IFD_SUCCESS);
}

static void all_is_given_back(void)
{
	struct stat st;

	CU_ASSERT_EQUAL(IFDHCloseChannel(LUN), IFD_SUCCESS);
	CU_ASSERT_EQUAL(IFDHCloseChannel(LUN | 2), IFD_SUCCESS);
	CU_ASSERT_EQUAL(stat(path_of("control"), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	CU_ASSERT_EQUAL(IFDHCloseChannel(LUN | 1), IFD_SUCCESS);
	CU_ASSERT_NOT_EQUAL(stat(path_of("control"), &st), 0);
	CU_ASSERT_EQUAL(IFDHICCPresence(LUN), IFD_NO_SUCH_DEVICE);
	/* And again, now with a number of slots: more than pcscd can take are cut down to 16. */
	CU_ASSERT_EQUAL(open_slot(0, ":0"), IFD_COMMUNICATION_ERROR);
	log_begin();
	CU_ASSERT_EQUAL(open_slot(0, ":17"), IFD_SUCCESS);
	CU_ASSERT_PTR_NOT_NULL(strstr(log_lines, "expected 1 to 16 slots, got "));
	CU_ASSERT_EQUAL(number(LUN, TAG_IFD_SLOTS_NUMBER), 16);
	for (DWORD i = 0; i < 16; i++)
		CU_ASSERT_EQUAL(IFDHCloseChannel(LUN | i), IFD_SUCCESS);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "a folder of cards is a reader; what is no card leaves its slot empty", a_folder_is_a_reader },
		{ "a card answers when it has power", a_card_answers_when_it_has_power },
		{ "slots that are not there are refused", slots_that_are_not_there_are_refused },
		{ "an answer that does not fit is refused, not cut", an_answer_must_fit },
		{ "it tells its version", it_tells_its_version },
		{ "waiting ends when told", waiting_ends_when_told },
		{ "pcscd sees every removal, however quick the next card", pcscd_sees_every_removal },
		{ "behind a used card the slot stays empty", behind_a_used_card_the_slot_stays_empty },
		{ "faults go with the card that they were for", faults_go_with_their_card },
		{ "what the fuzzers found for card and T=0 does no harm to pcscd",
		  what_the_fuzzers_found_does_no_harm },
		{ "all is given back, and can be had again", all_is_given_back },
		{ "what is no card that can be used leaves its slot empty, with a line", whatever_is_in_the_folder },
	};

	/* As in pcscd, which has no SQLite before the driver is there; here the tests make cards. */
	if (sqlite_memory_wipe() != 0 || mkdtemp(folder) == NULL)
		return 2;
	int status = CU_RUN("IFD handler", tests);
	char command[128];
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command) == 0 ? status : 2;
}
