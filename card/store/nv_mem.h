/* SPDX-License-Identifier: Apache-2.0 */
/* A card in RAM: for tests, fuzzing and many cards in one process. It can lose power on demand. */
#ifndef VUICC_NV_MEM_H
#define VUICC_NV_MEM_H

#include "vuicc/uicc.h"

struct nv_mem;

extern const struct nv_ops nv_mem_ops; /* ctx = struct nv_mem * */

/* Empty. NULL when memory is short. */
struct nv_mem *nv_mem_open(void);
/* NULL is fine; wipes every value. */
void nv_mem_close(struct nv_mem *m);

/* A second store with the same content. */
struct nv_mem *nv_mem_copy(const struct nv_mem *m);

/* Every apply() fails once `applies` more have succeeded, until called again; -1: never. */
void nv_mem_fail_after(struct nv_mem *m, int applies);

/* Whether two stores hold the same objects. */
bool nv_mem_equal(const struct nv_mem *a, const struct nv_mem *b);

#endif
