/* SPDX-License-Identifier: Apache-2.0 */
/* Where in a YAML text a value stands. */
#include "tests/cu.h"

#include "yaml/yamlpos.h"

#include <stdio.h>

static const char text[] = "listen: ::1\n"
			   "files:\n"
			   "  - name: a\n"
			   "  - {name: b, size: 7}\n"
			   "empty:\n";

static void every_value_has_its_place(void)
{
	static const struct {
		const char *path;
		size_t line, column;
		bool there;
	} cases[] = {
		{ "", 1, 1, true },
		{ "listen", 1, 9, true },
		{ "files", 3, 3, true },
		{ "files.0.name", 3, 11, true },
		{ "files[0].name", 3, 11, true },
		{ "files[1].size", 4, 21, true },
		{ "files.1", 4, 5, true },
		{ "empty", 5, 7, true },
		/* What is missing is where it should be. */
		{ "files[0].size", 3, 5, false },
		{ "files[2]", 3, 3, false },
		{ "files[2].size", 3, 3, false },
		{ "files.x", 3, 3, false },
		{ "files[]", 3, 3, false },
		{ "files.-1", 3, 3, false },
		{ "listen.0", 1, 9, false },
		{ "list", 1, 1, false },
		{ "listens", 1, 1, false },
	};

	for (size_t i = 0; i < VU_COUNT(cases); i++) {
		size_t line = 0, column = 0;
		bool there = yamlpos_in_text(span_str(text), cases[i].path, &line, &column);
		if (there != cases[i].there || line != cases[i].line || column != cases[i].column) {
			printf("%s: %zu:%zu, %d\n", cases[i].path, line, column, there);
			CU_FAIL("another place");
		}
	}
}

static void what_is_no_yaml_has_no_places(void)
{
	static const char *const bad[] = { "", "# nothing\n", "a: [\n", "a: b: c\n" };

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		size_t line = 0, column = 0;
		CU_ASSERT_FALSE(yamlpos_in_text(span_str(bad[i]), "a", &line, &column));
		CU_ASSERT_EQUAL(line, 1);
		CU_ASSERT_EQUAL(column, 1);
	}
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "every value has its place, and what is missing the place where it should be",
		  every_value_has_its_place },
		{ "what is no YAML has no places", what_is_no_yaml_has_no_places },
	};
	return CU_RUN("yamlpos", tests);
}
