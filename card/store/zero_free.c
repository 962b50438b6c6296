/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zero on free, for a whole program. Our own secrets are wiped where their scope ends; SQLite's pages, libyaml's scalars and
 * libcyaml's buffers hold copies of them, and these libraries have no hook, or none for all of it, to wipe what they give
 * back. So free() and realloc() of our programs do (vuicc_program() in cmake/Targets.cmake): every library of the process
 * is bound to these.
 *
 * A sanitizer brings a free() of its own, and this file is then empty.
 */
#include "../crypto/secret.h"

#include <malloc.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define OTHERS_FREE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OTHERS_FREE 1
#endif
#endif

#if defined(__GLIBC__) && !defined(OTHERS_FREE)

#define EVERYBODYS __attribute__((visibility("default")))

/* glibc's own, under the name that is left when it is replaced. */
extern void __libc_free(void *p);

EVERYBODYS void free(void *p)
{
	if (p == NULL)
		return;
	secret_wipe(p, malloc_usable_size(p));
	__libc_free(p);
}

/* As ever, but that an old block which is left is wiped. A block that shrinks stays where it is: its end is wiped with it. */
EVERYBODYS void *realloc(void *p, size_t n)
{
	if (p == NULL)
		return malloc(n);
	if (n == 0) {
		free(p);
		return NULL;
	}
	size_t room = malloc_usable_size(p);
	if (n <= room)
		return p;
	void *new = malloc(n);
	if (new == NULL)
		return NULL;
	memcpy(new, p, room);
	free(p);
	return new;
}

#else
typedef int vuicc_zero_free_is_not_needed; /* ISO C forbids an empty file */
#endif
