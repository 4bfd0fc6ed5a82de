/* SPDX-License-Identifier: ISC */
/* pattern_atom_write.c - one character of a pattern, written as octets. */
#include "rules/pattern_atom.h"

bool
atom_is_word(const struct atom *atom)
{
	struct octets words = { { 0 } };

	octets_add_range(&words, 'a', 'z');
	octets_add_range(&words, 'A', 'Z');
	octets_add_range(&words, '0', '9');
	octets_add(&words, '_');
	return atom->texts.data == NULL &&
	    octets_are_within(&atom->octets, &words);
}

static unsigned
only_octet(const struct octets *octets)
{
	unsigned octet = 0;

	while (!octets_have(octets, octet))
		octet++;
	return octet;
}

void
atom_write(const struct atom *atom, struct buf *out)
{
	unsigned octet;

	if (atom->texts.data != NULL) {
		buf_printf(out, "(?:%.*s)", STR_ARG(atom->texts));
		return;
	}
	if (octets_count(&atom->octets) != 1) {
		octets_write(&atom->octets, out);
		return;
	}
	octet = only_octet(&atom->octets);
	if (char_is_alnum((char)octet))
		buf_add_char(out, (char)octet);
	else
		buf_printf(out, "\\x%02x", octet);
}
