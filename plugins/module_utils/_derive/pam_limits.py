# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which line of limits.conf decides, and what a session of one user gets: pam_limits' rules.

https://man7.org/linux/man-pages/man5/limits.conf.5.html

A line for the user beats a line for a group, which beats ``*``, wherever they stand; among equals the last one counts.
"""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Tuple, Union

from .._config.limits_conf import RLIMIT_ITEMS, UNLIMITED, Entry, id_range

Value = Union[int, str, None]

_USER, _GROUP, _DEFAULT, _NOTHING = 0, 1, 4, 6


class Line(NamedTuple):
    """An entry and the file it stands in."""

    file: str
    entry: Entry

    @property
    def place(self) -> str:
        """``file:line``."""
        return "%s:%d" % (self.file, self.entry.line)


class Account(NamedTuple):
    """The user of a session; ``groups`` and ``gids`` hold the primary group too."""

    name: str
    uid: int
    gid: int
    groups: FrozenSet[str]
    gids: FrozenSet[int]


class Start(NamedTuple):
    """A limit before pam_limits touches it; None for what isn't known."""

    soft: Value
    hard: Value
    source: str


def winners(lines: Iterable[Line]) -> List[Dict[str, Any]]:
    """The line that counts for each domain, item and type, with the lines of the same domain that it overrides."""
    decided: Dict[Tuple[str, str, str], List[Line]] = {}
    for line in lines:
        entry = line.entry
        if entry.item is None:
            continue
        kinds = ["-"]
        if entry.item in RLIMIT_ITEMS:
            kinds = ["soft", "hard"] if entry.type == "-" else [entry.type]
        for kind in kinds:
            decided.setdefault((entry.domain, entry.item, kind), []).append(line)
    return [
        {
            "domain": domain,
            "item": item,
            "type": kind,
            "value": candidates[-1].entry.value,
            "file": candidates[-1].file,
            "line": candidates[-1].entry.line,
            "shadowed": [candidate.place for candidate in candidates[:-1]],
        }
        for (domain, item, kind), candidates in decided.items()
    ]


def _in_group(domain: str, account: Account) -> bool:
    span = id_range(domain)
    if span is None:
        return domain[1:] in account.groups
    if span.exact:
        return span.low in account.gids
    # A range looks at the primary group only.
    return span.low <= account.gid and (span.high is None or account.gid <= span.high)


def _rank(domain: str, account: Account, root_exempt: bool) -> Optional[int]:
    """How closely ``domain`` means ``account``, low is close; None when it doesn't."""
    if domain == account.name:
        return _USER
    skipped = root_exempt and account.uid == 0
    if domain.startswith("@"):
        return _GROUP if not skipped and _in_group(domain, account) else None
    if domain == "*":
        return None if skipped else _DEFAULT
    span = id_range(domain)
    if span is None or domain.startswith("%"):
        return None
    return _USER if span.low <= account.uid and (span.high is None or account.uid <= span.high) else None


def _rlimit(item: str, value: Value, nr_open: Optional[int]) -> Value:
    """A value of limits.conf as the kernel's number."""
    if item == "nofile" and value == UNLIMITED:
        return UNLIMITED if nr_open is None else nr_open
    if isinstance(value, int):
        return value * 60 if item == "cpu" else 20 - value if item == "nice" else value
    return value


def _above(soft: Value, hard: Value) -> bool:
    if soft is None or hard is None or hard == UNLIMITED:
        return False
    return soft == UNLIMITED or int(soft) > int(hard)


class _Limit:
    """One limit while the lines are applied to it."""

    def __init__(self, start: Start) -> None:
        self.value: Dict[str, Value] = {"soft": start.soft, "hard": start.hard}
        self.source = {"soft": start.source, "hard": start.source}
        self.rank = {"soft": _NOTHING, "hard": _NOTHING}

    def apply(self, kind: str, rank: int, value: Value, source: str) -> None:
        for half in ("soft", "hard") if kind == "-" else (kind,):
            if self.rank[half] < rank:
                # pam_limits gives up on the whole line here: a closer soft limit keeps this line's hard limit out too.
                return
            self.value[half], self.source[half], self.rank[half] = value, source, rank

    def result(self) -> Dict[str, Any]:
        soft, hard = self.value["soft"], self.value["hard"]
        source = self.source["soft"]
        if self.source["hard"] != source:
            source = "soft: %s; hard: %s" % (source, self.source["hard"])
        if _above(soft, hard):
            soft, source = hard, source + " (soft limit lowered to the hard limit)"
        return {"soft": soft, "hard": hard, "source": source}


def session_limits(
    lines: Iterable[Line],
    account: Account,
    inherited: Dict[str, Start],
    reset: Optional[Dict[str, Start]],
    root_exempt: bool,
    nr_open: Optional[int],
) -> Dict[str, Dict[str, Any]]:
    """``{"AS": {soft, hard, source}, ...}`` of a new session of ``account``.

    ``inherited`` are the limits of the program that opens the session. ``reset`` are those that pam_limits puts in
    their place before it applies a line (its option set_all), None when it doesn't. ``root_exempt``: lines for groups
    and ``*`` pass over root, as on Debian. ``nr_open`` is fs.nr_open, which stands for an unlimited nofile and is the
    most that the kernel allows.
    """
    limits = {name: _Limit(start) for name, start in (reset or inherited).items()}
    for line in lines:
        entry = line.entry
        if entry.item is None:
            # That a group's line switches limits off holds for root everywhere; ``*`` can't switch them off.
            if entry.domain != "*" and _rank(entry.domain, account, False) is not None:
                note = " (limits switched off by %s)" % line.place
                return {
                    name: {"soft": start.soft, "hard": start.hard, "source": start.source + note}
                    for name, start in inherited.items()
                }
        elif entry.item in RLIMIT_ITEMS:
            rank = _rank(entry.domain, account, root_exempt)
            if rank is not None:
                limit = limits.setdefault(entry.item.upper(), _Limit(Start(None, None, "unknown")))
                limit.apply(entry.type, rank, _rlimit(entry.item, entry.value, nr_open), line.place)
    results = {name: limit.result() for name, limit in limits.items()}
    nofile, start = results.get("NOFILE"), inherited.get("NOFILE")
    if nofile and start and nr_open is not None and _above(nofile["hard"], nr_open):
        note = "%s (%s is refused: above fs.nr_open, %d)" % (start.source, nofile["source"], nr_open)
        results["NOFILE"] = {"soft": start.soft, "hard": start.hard, "source": note}
    return results
