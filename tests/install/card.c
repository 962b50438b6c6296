/* SPDX-License-Identifier: Apache-2.0 */
/* CARD: opens a card file with the installed library, and prints its ATR and what it says to SELECT MF. */
#include <stdio.h>
#include <sys/random.h>
#include <vuicc/nv_sqlite.h>

static bool randomly(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	return n <= 256 && getrandom(out, n, 0) == (ssize_t)n;
}

static void print(const char *what, const uint8_t *octets, size_t n)
{
	printf("%s ", what);
	for (size_t i = 0; i < n; i++)
		printf("%02x", octets[i]);
	printf("\n");
}

int main(int argc, char **argv)
{
	static const uint8_t select_mf[] = { 0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00 };
	const struct uicc_env env = { .random = randomly };
	uint8_t atr[UICC_ATR_MAX], answer[UICC_RAPDU_MAX];
	struct nv_sqlite *store = NULL;
	const char *card_why = NULL;
	char why[NV_WHY_MAX] = "expected CARD";

	if (argc != 2 || nv_sqlite_open(&store, argv[1], why) != 0) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	struct uicc *u = uicc_open(&nv_sqlite_ops, store, &env, &card_why);
	if (u != NULL) {
		print("atr", atr, uicc_atr(u, atr));
		print("select", answer, uicc_transmit(u, select_mf, sizeof select_mf, answer));
		printf("version %s\n", uicc_version());
	}
	uicc_close(u);
	nv_sqlite_close(store);
	return u != NULL ? 0 : 1;
}
