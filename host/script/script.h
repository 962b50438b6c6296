/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of an APDU script as a tree. docs/apdu-script.md is the specification of the format.
 *
 * Pure: text in, nodes out. Nothing is looked up and nothing computed here but that a function has the arguments that it
 * wants: value.h makes octets of nodes, match.h holds an answer against them, run.h does what the lines say.
 */
#ifndef VUICC_SCRIPT_H
#define VUICC_SCRIPT_H

#include "../../apdu/apdu.h"

enum {
	SCRIPT_LINE_MAX = 8192, /* octets of a line with its continuations, without its end */
	SCRIPT_NODES_MAX = 768,
	SCRIPT_DEPTH_MAX = 8, /* groups in groups */
	SCRIPT_NAME_MAX = 32, /* octets of a variable's name */
	SCRIPT_REPEAT_MAX = 100000,
};

enum script_kind {
	SCRIPT_NOTHING, /* an empty line, a comment: words is what stands behind # */
	SCRIPT_COMMAND, /* a command APDU; raw: GET RESPONSE is left to the script, as in scriptor's files */
	SCRIPT_EXPECT, /* one or more patterns, any of which will do */
	SCRIPT_RESET,
	SCRIPT_PROFILE, /* words: NAME */
	SCRIPT_CARD, /* words: KEY=VALUE */
	SCRIPT_LET, /* words: the variable; first: its value */
	SCRIPT_CHANNEL, /* number */
	SCRIPT_WITHIN, /* number: microseconds */
	SCRIPT_REPEAT, /* number */
	SCRIPT_IF, /* words: the variable */
	SCRIPT_END,
	SCRIPT_INCLUDE, /* words: the file */
	SCRIPT_CASE, /* words: the name */
	SCRIPT_NEEDS, /* need; words or number */
	SCRIPT_MUST, /* words: what it means when the next answer is not as expected; the script ends then */
	SCRIPT_EXIT, /* nothing behind this line counts */
};

enum script_need {
	NEED_SERVICE, /* number: of EF_UST */
	NEED_APPLICATION, /* words: the AID, or its beginning, in hexadecimal */
	NEED_UICC, /* the MF has EF_ICCID or EF_DIR */
	NEED_PIN1, /* the PIN of the selected application is off, or was given */
	NEED_FRESH, /* a card made for this script alone */
	NEED_DESTRUCTIVE, /* leave to change what cannot be changed back */
	NEED_VARIABLE, /* words: its name; why: what it means that it is not set, or empty */
};

enum node_kind {
	NODE_OCTETS, /* octets */
	NODE_NAME, /* text: a variable */
	NODE_CALL, /* text: a function; child: NODE_ARGUMENT or NODE_NUMBER each */
	NODE_ARGUMENT, /* child: its value */
	NODE_NUMBER, /* number */
	NODE_COUNTED, /* ( … ): child behind its length of one octet */
	NODE_OBJECT, /* TAG{ … }: a BER-TLV, children in this order */
	/* Patterns alone: */
	NODE_OBJECT_SET, /* TAG[ … ]: a BER-TLV, children in any order, each of them an object */
	NODE_ANY, /* ..: number octets, whichever */
	NODE_STAR, /* *: any number of octets */
	NODE_RANGE, /* <LO..HI>: octets and octets_to, of one length */
	NODE_CAPTURE, /* <NAME:N>: number octets into the variable text; 0: as many as there are */
	NODE_OTHERS, /* +: further objects may stand here */
	NODE_ALTERNATIVE, /* child: a whole answer */
};

/* Nodes are referred to by their index; 0 is "none". */
struct script_node {
	enum node_kind kind;
	uint16_t next, child;
	uint16_t column; /* from 1 */
	uint16_t tag;
	uint32_t number;
	struct span text; /* borrowed from the line */
	struct span octets, octets_to; /* in the step */
};

struct script_step {
	enum script_kind kind;
	bool raw;
	enum script_need need;
	uint32_t number;
	struct span words, why; /* borrowed from the line */
	uint16_t first; /* SCRIPT_COMMAND, SCRIPT_LET: octets; SCRIPT_EXPECT: NODE_ALTERNATIVE each */
	uint16_t n_nodes;
	struct script_node node[SCRIPT_NODES_MAX];
	size_t n_octets;
	uint8_t octets[SCRIPT_LINE_MAX / 2];
};

/* Where a line is none, and why. Static sentences; got is borrowed from the line. */
struct script_fault {
	enum script_fault_kind {
		FAULT_GOT, /* got was found in the place of what was expected */
		FAULT_IN_CALL, /* got is the function that cannot work with its arguments */
		FAULT_OF_LINE, /* the line as a whole; got is empty */
	} kind;
	size_t column; /* from 1 */
	const char *expected;
	struct span got; /* empty: the end of the line */
};

/*
 * One line without its end. False with *f when it is none. s points into itself: it is not to be copied.
 */
VU_MUST_USE bool script_parse(struct script_step *s, struct span line, struct script_fault *f);

/* Text without the blanks, tabs and carriage returns at both ends. */
struct span script_trim(struct span text);

/* The beginning of a text, as much as a message may show: six hexadecimal digits or more may be of a key or a PIN. */
struct span script_shown(struct span text);

#endif
