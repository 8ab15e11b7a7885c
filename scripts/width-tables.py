#!/usr/bin/env python3
"""Writes core/billing/width-tables.ts from Python's unicodedata:

    python3 scripts/width-tables.py > core/billing/width-tables.ts

The tables are pinned in the repository because bills are compared byte for byte: a runtime's own Unicode data
changes with its version. Where the output changes, so may the bytes of a bill: raise TEXT_RENDERER.
"""
import sys
import unicodedata

# Unassigned code points that UAX #11 makes wide by default, and the emoji block whose every assignment is wide.
# (unicodedata answers "F" for whatever is unassigned, so it can't be asked.)
WIDE_UNASSIGNED = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x1FA70, 0x1FAFF),
                   (0x20000, 0x2FFFD), (0x30000, 0x3FFFD)]
# Vowels and finals of conjoining Hangul: the leading consonant before them already takes two cells.
HANGUL_TAIL = [(0x1160, 0x11FF), (0xD7B0, 0xD7FF)]
# Format characters that are seen: signs that enclose or precede Arabic, Syriac, Kaithi numbers.
VISIBLE_FORMAT = {*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD}
# What U+FE0F may turn into a two-cell emoji, and what a zero width joiner may join; from the blocks that
# emoji-data.txt draws on, which unicodedata doesn't carry.
PICTOGRAPHS = [(0xA9, 0xA9), (0xAE, 0xAE), (0x203C, 0x203C), (0x2049, 0x2049), (0x2122, 0x2122),
               (0x2139, 0x2139), (0x2194, 0x21AA), (0x2300, 0x23FF), (0x24C2, 0x24C2), (0x25AA, 0x25FE),
               (0x2600, 0x27BF), (0x2934, 0x2935), (0x2B05, 0x2B55), (0x3030, 0x303D), (0x3297, 0x3299),
               (0x1F000, 0x1F1E5), (0x1F200, 0x1FAFF)]
# Emoji skin tones: they color the pictograph before them.
SKIN_TONES = [(0x1F3FB, 0x1F3FF)]


def within(code, ranges):
    return any(first <= code <= last for first, last in ranges)


def is_zero(code):
    category = unicodedata.category(chr(code))
    if category == "Cf":
        return code not in VISIBLE_FORMAT
    return category in ("Mn", "Me") or within(code, HANGUL_TAIL)


def is_wide(code):
    if is_zero(code):
        return False
    if unicodedata.category(chr(code)) == "Cn":
        return within(code, WIDE_UNASSIGNED)
    return unicodedata.east_asian_width(chr(code)) in ("W", "F")


def is_spacing_mark(code):
    return unicodedata.category(chr(code)) == "Mc"


def is_right_to_left(code):
    return unicodedata.bidirectional(chr(code)) in ("R", "AL", "AN")


def ranges_of(holds):
    ranges = []
    for code in range(sys.maxunicode + 1):
        if 0xD800 <= code <= 0xDFFF or not holds(code):
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return ranges


def table(name, docstring, ranges):
    lines, line = [], " "
    for number in (f"{value:#x}" for pair in ranges for value in pair):
        if len(line) + len(number) + 2 > 110:
            lines.append(line)
            line = " "
        line += f" {number},"
    body = "\n".join([*lines, line])
    flat = f"[{body.strip().rstrip(',')}]"
    one_line = f"export const {name}: readonly number[] = {flat};"
    fits = not lines and len(one_line) <= 110
    return f"\n/** {docstring} */\n" + (one_line if fits else f"export const {name}: readonly number[] = [\n{body}\n];")


print(f"""// Made by scripts/width-tables.py from Python's unicodedata, Unicode {unicodedata.unidata_version}. Don't edit it: run the
// script. Each table is a flat list of ranges in rising order: first code point, last code point, and so on.""")
print(table("WIDE_RANGES", "Two cells: East Asian Wide and Fullwidth.", ranges_of(is_wide)))
print(table("ZERO_RANGES", "No cell: nonspacing and enclosing marks, format characters, Hangul vowels and finals.",
            ranges_of(is_zero)))
print(table("PICTOGRAPH_RANGES", "What a variation selector 16 makes two cells wide and a zero width joiner joins.",
            [list(pair) for pair in PICTOGRAPHS]))
print(table("SKIN_TONE_RANGES", "No cell of their own after a pictograph.", [list(pair) for pair in SKIN_TONES]))
print(table("SPACING_MARK_RANGES", "Marks that have cells of their own and are never parted from what they follow.",
            ranges_of(is_spacing_mark)))
print(table("RIGHT_TO_LEFT_RANGES", "Written from right to left: bidirectional class R, AL or AN.",
            ranges_of(is_right_to_left)))
