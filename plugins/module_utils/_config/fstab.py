# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/etc/fstab: what is mounted, and swapped to, from the boot on. Its lines for one swap file can be set and removed.

https://man7.org/linux/man-pages/man5/fstab.5.html

    UUID=6f1c /          ext4  errors=remount-ro  0  1
    /swapfile none       swap  sw,pri=5           0  0
    /var/swap\\040file none swap defaults,nofail

Lines for anything else stay as they are, byte for byte.
"""

from __future__ import annotations

import posixpath
import re
from typing import Collection, List, NamedTuple, Optional, Tuple

from .._records.text import text
from .._shapes.octal import unescape

FILE = "/etc/fstab"

KEEP = -1
"""A priority that stays as it is."""

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_FIELD = re.compile(rb"[^ \t\r\n]+")
_ESCAPED = re.compile(rb"[ \t\n\\]")
_PRIORITY = b"pri="


class Entry(NamedTuple):
    """A line that isn't a comment. ``raw`` is all of it; fields that it lacks are empty."""

    line: int
    spec: str
    file: str
    type: str
    options: Tuple[bytes, ...]
    raw: bytes

    @property
    def priorities(self) -> List[str]:
        """Those of a swap area; the kernel gets the last."""
        return [text(option[len(_PRIORITY) :]) for option in self.options if option.startswith(_PRIORITY)]


def parse(data: bytes) -> List[Entry]:
    """The entries in the file's order. Never raises: a file may be empty."""
    return [entry for number, raw in enumerate(_LINE.findall(data), 1) for entry in _entry(number, raw)]


def swap_entries(data: bytes, names: Collection[str]) -> List[Entry]:
    """The entries for the swap file that has these paths, with and without the links that lead to it."""
    return [
        entry
        for entry in parse(data)
        if entry.type == "swap" and entry.spec[:1] == "/" and posixpath.normpath("/" + entry.spec.lstrip("/")) in names
    ]


def with_swap(data: bytes, names: Collection[str], path: bytes, priority: Optional[int]) -> bytes:
    """``data`` with one line that swaps to ``path`` from the boot on; an option that we don't set stays in it.

    ``priority`` None is the kernel's choice, ``KEEP`` what the line has.
    """
    lines, found = _LINE.findall(data), swap_entries(data, names)
    if not found:
        if lines and not lines[-1].endswith(b"\n"):
            lines.append(b"\n")
        chosen = b"" if priority in (None, KEEP) else b",pri=%d" % priority
        return b"".join([*lines, b"%s none swap sw%s 0 0\n" % (_escape(path), chosen)])
    lines[found[0].line - 1] = _with_priority(found[0], priority)
    more = {entry.line for entry in found[1:]}
    return b"".join(line for number, line in enumerate(lines, 1) if number not in more)


def without_swap(data: bytes, names: Collection[str]) -> bytes:
    """``data`` without the lines for that swap file."""
    gone = {entry.line for entry in swap_entries(data, names)}
    return b"".join(line for number, line in enumerate(_LINE.findall(data), 1) if number not in gone)


def _entry(number: int, raw: bytes) -> List[Entry]:
    fields = _FIELD.findall(raw)
    if not fields or fields[0].startswith(b"#"):
        return []
    spec, file, kind, options = (fields + [b""] * 4)[:4]
    chosen = tuple(option for option in options.split(b",") if option)
    return [Entry(number, unescape(spec), unescape(file), text(kind), chosen, raw)]


def _with_priority(entry: Entry, priority: Optional[int]) -> bytes:
    kept = [option for option in entry.options if option != b"noauto"]
    if priority != KEEP and entry.priorities != ([] if priority is None else [str(priority)]):
        kept = [option for option in kept if not option.startswith(_PRIORITY)]
        kept += [] if priority is None else [b"pri=%d" % priority]
    if tuple(kept) == entry.options:
        return entry.raw
    options = b",".join(kept) or b"defaults"
    spans = [found.span() for found in _FIELD.finditer(entry.raw)]
    if len(spans) < 4:
        end = spans[-1][1]
        return entry.raw[:end] + b" " + options + entry.raw[end:]
    start, end = spans[3]
    return entry.raw[:start] + options + entry.raw[end:]


def _escape(path: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: b"\\%03o" % found.group()[0], path)
