# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names from hosts, made safe to look at.

A process may be called ``\\x1b[2J`` (clears the screen), or hold U+202E (turns the rest of the line around), or a
newline that forges a row. The stored string stays as it is; what a person sees is the escape, spelled out.
"""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that draw nothing, or change how their neighbours are drawn."""

ELLIPSIS = "…"


def printable(text: str, limit: int = 0) -> str:
    """``text`` with every control, bidi and invisible character spelled out; at most ``limit`` characters (0: all)."""
    if limit and len(text) > limit:
        text = text[: limit - 1] + ELLIPSIS
    if text.isascii() and text.isprintable():
        return text
    return "".join(_spelled(character) if _is_hidden(character) else character for character in text)


def columns(text: str) -> int:
    """How many terminal cells ``text`` takes: East Asian wide characters take two, combining ones none."""
    return len(text) if text.isascii() else sum(_cells(character) for character in text)


def clipped(text: str, width: int) -> str:
    """``text`` cut to ``width`` terminal cells, the last one an ellipsis when something was cut."""
    if columns(text) <= width:
        return text
    kept, room = [], width - 1
    for character in text:
        room -= _cells(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + ELLIPSIS


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN


def _spelled(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
