/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"

#include <errno.h>
#include <sys/random.h>

#include "../apdu/bytes.h"

bool os_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	struct wr w = wr_of(out, n);
	while (w.n < w.cap) {
		ssize_t got = getrandom(w.p + w.n, w.cap - w.n, 0);
		if (got < 0 && errno != EINTR)
			return false;
		w.n += got > 0 ? (size_t)got : 0;
	}
	return true;
}
