/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The primitives over OpenSSL's EVP. Everything is fetched once (an implicit fetch costs more than the digest), and HMAC
 * is our own over EVP_MD: EVP_MAC would cost half of an MSK update.
 */
#include "prim.h"

#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <stdlib.h>

#include "../../apdu/hex.h"

enum { HASH_BLOCK = 64 }; /* of MD5, SHA-1 and SHA-256 alike */

struct prim {
	EVP_MD *md5, *sha1, *sha256;
	EVP_MD_CTX *md;
	EVP_CIPHER *ecb, *ctr;
	EVP_CIPHER_CTX *ecb_ctx, *ctr_ctx;
	bool failed;
};

struct prim *prim_open(void)
{
	struct prim *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	p->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	p->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	p->ecb = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	p->ctr = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL);
	p->md = EVP_MD_CTX_new();
	p->ecb_ctx = EVP_CIPHER_CTX_new();
	p->ctr_ctx = EVP_CIPHER_CTX_new();

	/* The first use allocates inside the contexts: done here, so that no later call does. MD5 is only the ME's. */
	uint8_t out[SHA256_LEN];
	const struct key128 zero = { { 0 } };
	const uint8_t iv[AES_BLOCK] = { 0 };
	struct wr w = WR(out);
	if (p->sha1 == NULL || p->sha256 == NULL || p->ecb == NULL || p->ctr == NULL || p->md == NULL ||
	    p->ecb_ctx == NULL || p->ctr_ctx == NULL)
		p->failed = true;
	prim_sha256(p, out, SPAN(iv));
	prim_sha1(p, out, SPAN(iv));
	prim_aes128_ecb(p, &zero, out, iv, 1);
	prim_aes128_ctr(p, &zero, iv, &w, SPAN(iv));
	if (!prim_ok(p)) {
		prim_close(p);
		return NULL;
	}
	return p;
}

void prim_close(struct prim *p)
{
	if (p == NULL)
		return;
	EVP_CIPHER_CTX_free(p->ctr_ctx); /* these cleanse the key schedules */
	EVP_CIPHER_CTX_free(p->ecb_ctx);
	EVP_MD_CTX_free(p->md);
	EVP_CIPHER_free(p->ctr);
	EVP_CIPHER_free(p->ecb);
	EVP_MD_free(p->sha256);
	EVP_MD_free(p->sha1);
	EVP_MD_free(p->md5);
	free(p);
}

bool prim_ok(const struct prim *p)
{
	return !p->failed;
}

void prim_aes128_ecb(struct prim *p, const struct key128 *key, uint8_t *out, const uint8_t *in, size_t blocks)
{
	int n = 0, size = (int)(blocks * AES_BLOCK);

	if (!p->failed && (EVP_EncryptInit_ex2(p->ecb_ctx, p->ecb, key->b, NULL, NULL) != 1 ||
			   EVP_CIPHER_CTX_set_padding(p->ecb_ctx, 0) != 1 ||
			   EVP_EncryptUpdate(p->ecb_ctx, out, &n, in, size) != 1 || n != size))
		p->failed = true;
	if (p->failed)
		memset(out, 0, (size_t)size);
}

void prim_aes128_ctr(struct prim *p, const struct key128 *key, const uint8_t iv[static AES_BLOCK], struct wr *out,
		     struct span in)
{
	int n = 0;

	if (out->bad || in.n > out->cap - out->n || in.n > INT32_MAX) {
		out->bad = true;
		return;
	}
	if (in.n == 0)
		return;
	uint8_t *dst = out->p + out->n;
	if (!p->failed && (EVP_EncryptInit_ex2(p->ctr_ctx, p->ctr, key->b, iv, NULL) != 1 ||
			   EVP_EncryptUpdate(p->ctr_ctx, dst, &n, in.p, (int)in.n) != 1 || (size_t)n != in.n))
		p->failed = true;
	if (p->failed)
		memset(dst, 0, in.n);
	out->n += in.n;
}

static bool hash_start(struct prim *p, const EVP_MD *md)
{
	if (!p->failed && (md == NULL || EVP_DigestInit_ex2(p->md, md, NULL) != 1))
		p->failed = true;
	return !p->failed;
}

static void hash_add(struct prim *p, struct span part)
{
	if (!p->failed && part.n != 0 && EVP_DigestUpdate(p->md, part.p, part.n) != 1)
		p->failed = true;
}

static void hash_end(struct prim *p, uint8_t *out, size_t size)
{
	unsigned n = 0;

	if (!p->failed && (EVP_DigestFinal_ex(p->md, out, &n) != 1 || n != size))
		p->failed = true;
	if (p->failed)
		memset(out, 0, size);
}

static void hash(struct prim *p, const EVP_MD *md, uint8_t *out, size_t size, const struct span *parts, size_t n)
{
	hash_start(p, md);
	for (size_t i = 0; i < n; i++)
		hash_add(p, parts[i]);
	hash_end(p, out, size);
}

void prim_md5(struct prim *p, uint8_t out[static MD5_LEN], const struct span *parts, size_t n)
{
	hash(p, p->md5, out, MD5_LEN, parts, n);
}

void prim_sha1(struct prim *p, uint8_t out[static SHA1_LEN], struct span in)
{
	hash(p, p->sha1, out, SHA1_LEN, &in, 1);
}

void prim_sha256(struct prim *p, uint8_t out[static SHA256_LEN], struct span in)
{
	hash(p, p->sha256, out, SHA256_LEN, &in, 1);
}

/* RFC 2104: H(K xor opad, H(K xor ipad, text)). */
static void hmac(struct prim *p, const EVP_MD *md, uint8_t *out, size_t size, struct span key, const struct span *parts,
		 size_t n)
{
	uint8_t pad[HASH_BLOCK] = { 0 };

	if (key.n > sizeof pad)
		hash(p, md, pad, size, &key, 1);
	else if (key.n != 0)
		memcpy(pad, key.p, key.n);

	for (size_t i = 0; i < sizeof pad; i++)
		pad[i] ^= 0x36;
	hash_start(p, md);
	hash_add(p, SPAN(pad));
	for (size_t i = 0; i < n; i++)
		hash_add(p, parts[i]);
	hash_end(p, out, size);

	for (size_t i = 0; i < sizeof pad; i++)
		pad[i] ^= 0x36 ^ 0x5C;
	const struct span outer[] = { SPAN(pad), span_of(out, size) };
	hash(p, md, out, size, outer, VU_COUNT(outer));
	secret_wipe(pad, sizeof pad);
}

void prim_hmac_sha1(struct prim *p, uint8_t out[static SHA1_LEN], struct span key, const struct span *parts, size_t n)
{
	hmac(p, p->sha1, out, SHA1_LEN, key, parts, n);
}

void prim_hmac_sha256(struct prim *p, uint8_t out[static SHA256_LEN], struct span key, const struct span *parts,
		      size_t n)
{
	hmac(p, p->sha256, out, SHA256_LEN, key, parts, n);
}

char *prim_tag(struct prim *p, char text[static 9], struct span key)
{
	uint8_t sum[SHA256_LEN];

	prim_sha256(p, sum, key);
	hex_str(text, 9, span_of(sum, 4));
	secret_wipe(sum, sizeof sum);
	return text;
}
