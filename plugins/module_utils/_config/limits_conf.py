# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/etc/security/limits.conf and limits.d/*.conf: the limits that PAM sets for a login session.

https://man7.org/linux/man-pages/man5/limits.conf.5.html; where the page is silent, what pam_limits.so really does.

    *           soft    core      0
    @student    hard    nproc     20
    ftp         -
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, Tuple, Union

from .._records.text import text

UNLIMITED = "unlimited"

KIB_ITEMS = ("fsize", "data", "stack", "core", "memlock", "rss", "as")
RLIMIT_ITEMS = KIB_ITEMS + ("cpu", "nofile", "nproc", "locks", "sigpending", "msgqueue", "nice", "rtprio")
LOGIN_ITEMS = ("maxlogins", "maxsyslogins")
# chroot is Debian's own; pam_limits knows the others everywhere.
OTHER_ITEMS = LOGIN_ITEMS + ("priority", "nonewprivs", "chroot")

_SIGNED_ITEMS = LOGIN_ITEMS + ("priority", "nice")
_NO_LIMIT_WORDS = ("-1", "-", "unlimited", "infinity")
_TYPES = ("soft", "hard", "-")
_INFINITY = 2**64 - 1
_NUMBER = re.compile(r"[+-]?[0-9]+", re.ASCII)


class Entry(NamedTuple):
    """One line. ``item`` and ``value`` are None in a ``DOMAIN -`` line, which switches all limits off for the domain.

    ``value`` is bytes for sizes, minutes for cpu, a path for chroot, otherwise a number; or ``"unlimited"``.
    """

    line: int
    domain: str
    type: str
    item: Optional[str]
    value: Union[int, str, None]


class Rejected(NamedTuple):
    """A line that pam_limits skips, and why."""

    line: int
    reason: str


class Range(NamedTuple):
    """The ids of a ``MIN:MAX`` domain. ``exact``: written ``:ID``, which for groups looks at the other groups too."""

    low: int
    high: Optional[int]
    exact: bool


def id_range(domain: str) -> Optional[Range]:
    """The range in ``domain``, with or without ``@`` or ``%`` in front; None when it isn't one. Raises ValueError."""
    if ":" not in domain:
        return None
    low, _colon, high = (domain[1:] if domain[:1] in ("@", "%") else domain).partition(":")
    if not all(re.match(r"^[0-9]{1,10}$", number, re.ASCII) for number in (low, high) if number) or not low + high:
        raise ValueError("invalid range of ids in %r" % domain)
    if not low:
        return Range(int(high), int(high), True)
    return Range(int(low), int(high) if high else None, False)


def _number(raw: str) -> Optional[int]:
    """Like strtol: digits up to the first other character; None without a digit. Saturates far above any limit."""
    found = _NUMBER.match(raw)
    return None if found is None else int(found.group()[:24])


def _value(item: str, raw: str) -> Union[int, str]:
    if item == "chroot":
        return raw
    if item == "nonewprivs":
        if raw not in ("0", "1"):
            raise ValueError("nonewprivs is 0 or 1, not %r" % raw)
        return int(raw)
    if raw in _NO_LIMIT_WORDS and item not in ("priority", "nice"):
        return UNLIMITED
    number = _number(raw)
    if number is None:
        raise ValueError("%r isn't a value for %s" % (raw, item))
    if item in _SIGNED_ITEMS:
        low, high = (-20, 19) if item == "nice" else (-(2**31), 2**31 - 1)
        return max(low, min(high, number))
    # pam_limits reads an unsigned number: -5 becomes an enormous one, not an error.
    number = number % (_INFINITY + 1) if number < 0 else number
    if number >= (_INFINITY // 1024 if item in KIB_ITEMS else _INFINITY // 60 if item == "cpu" else _INFINITY):
        return UNLIMITED
    return number * 1024 if item in KIB_ITEMS else number


def _entry(line: int, fields: List[str]) -> Entry:
    domain, kind = fields[0], fields[1].lower() if len(fields) > 1 else ""
    span = id_range(domain)
    if len(fields) == 2 and kind.startswith("-"):
        return Entry(line, domain, "-", None, None)
    if len(fields) < 4:
        raise ValueError("expected: domain type item value")
    item, raw = fields[2].lower(), fields[3].lower()
    if item not in RLIMIT_ITEMS + OTHER_ITEMS:
        raise ValueError("unknown item %r" % item)
    if item in RLIMIT_ITEMS + ("priority",) and kind not in _TYPES:
        raise ValueError("unknown type %r" % kind)
    if domain.startswith("%"):
        if item != "maxlogins":
            raise ValueError("a domain with % is for maxlogins only")
        if span is not None and not span.exact:
            raise ValueError("a domain with % takes one id, not a range")
    return Entry(line, domain, kind, item, _value(item, raw))


def parse(data: bytes) -> Tuple[List[Entry], List[Rejected]]:
    """The lines that count and those that pam_limits skips, in the file's order. Never raises: a file may be empty."""
    entries, rejected = [], []
    for number, raw in enumerate(data.split(b"\n"), 1):
        # A zero byte ends the line for pam_limits, as in every C program.
        fields = [text(field) for field in raw.split(b"#", 1)[0].split(b"\0", 1)[0].split()]
        if not fields:
            continue
        try:
            entries.append(_entry(number, fields))
        except ValueError as error:
            rejected.append(Rejected(number, str(error)))
    return entries, rejected
