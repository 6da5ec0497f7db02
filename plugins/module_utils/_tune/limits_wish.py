# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a play wishes of limits, entry by entry, checked before the host is looked at."""

from __future__ import annotations

import re
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .._config import limit_value, limits_conf
from .._config.unit_name import SECTIONS, split

MEMORY = ("MemoryMax", "MemoryHigh", "MemorySwapMax", "MemoryMin", "MemoryLow")
OOM = "OOMScoreAdjust"
_TARGETS = ("domain", "unit", "manager", "command", "pid")
_BY_LOWER = {name.lower(): name for name in (*MEMORY, OOM)}
_UNIT = re.compile(r"[A-Za-z0-9:_.\\@-]{1,255}")
_DOMAIN = re.compile(r"[^\s#\0]{1,255}")
_PAM_VALUE = re.compile(r"-1|unlimited|infinity|[0-9]{1,18}", re.ASCII)
_PERCENT = re.compile(r"(?:100|[0-9]{1,2})%", re.ASCII)


class Wish(NamedTuple):
    """``kind`` is one of domain, unit, manager, command, pid, and ``target`` which one.

    ``item`` is ``nofile`` for a domain, otherwise ``NOFILE``, ``MemoryMax``, ``OOMScoreAdjust``. ``soft`` and ``hard``
    are in bytes or a count, -1 for unlimited. What has no halves uses only ``soft``, or ``text`` for a percentage.
    """

    kind: str
    target: str
    item: str
    soft: Optional[int]
    hard: Optional[int]
    text: Optional[str]
    absent: bool
    running: bool
    force: bool

    @property
    def what(self) -> str:
        return "%s of %s" % (self.item, "%s %s" % (self.kind, self.target) if self.kind != "unit" else self.target)

    @property
    def is_limit(self) -> bool:
        return self.item not in MEMORY and self.item != OOM


def wish(entry: Dict[str, Any], force: bool) -> Wish:
    """Raises ValueError with what is wrong, in words."""
    kinds = [name for name in _TARGETS if entry.get(name) is not None]
    if len(kinds) != 1:
        raise ValueError("give exactly one of %s" % ", ".join(_TARGETS))
    kind = kinds[0]
    absent = entry.get("state") == "absent"
    made = Wish(
        kind=kind,
        target=_target(kind, str(entry[kind])),
        item=_item(kind, str(entry["item"])),
        soft=None,
        hard=None,
        text=None,
        absent=absent,
        running=bool(entry.get("running")) or kind in ("command", "pid"),
        force=force if entry.get("force") is None else entry["force"],
    )
    if kind in ("domain", "manager") and made.running:
        raise ValueError("running: only for a unit, a command or a pid")
    if absent and kind in ("command", "pid"):
        raise ValueError("state: absent: what a running process had before is known to the rollback only")
    if kind == "unit" and made.is_limit and split(made.target)[2] in ("slice", "scope"):
        raise ValueError("%s: a %s has no Limit*=" % (made.target, split(made.target)[2]))
    if kind == "manager" and not made.is_limit:
        raise ValueError("%s: managers have defaults for limits only" % made.item)
    return _with_values(made, entry)


def contradiction(wishes: List[Wish]) -> Optional[str]:
    """Two entries that want different values of the same half of the same limit, in words; None when there are none."""
    wanted: Dict[Tuple[str, str, str, str], Any] = {}
    for each in wishes:
        halves = {"soft": each.soft, "hard": each.hard} if each.text is None else {"soft": each.text}
        for half, value in halves.items():
            if value is None:
                continue
            value = "absent" if each.absent else value
            if wanted.setdefault((each.kind, each.target, each.item, half), value) != value:
                return "two entries want different values of %s" % each.what
    return None


def _target(kind: str, name: str) -> str:
    if kind == "unit":
        name = name if split(name)[2] in SECTIONS and split(name)[0] else name + ".service"
        if not _UNIT.fullmatch(name):
            raise ValueError("unit: %r is no name of a unit" % name)
    if kind == "domain":
        if not _DOMAIN.fullmatch(name) or name.startswith("%"):
            raise ValueError("domain: %r is no user, @group, range of ids or *" % name)
        limits_conf.id_range(name)
    if kind == "manager" and name not in ("system", "user"):
        raise ValueError("manager: system or user")
    return name


def _item(kind: str, item: str) -> str:
    if kind == "domain":
        if item.lower() not in limits_conf.RLIMIT_ITEMS:
            raise ValueError("item: %r is not one of %s" % (item, ", ".join(limits_conf.RLIMIT_ITEMS)))
        return item.lower()
    name = item.upper()[5:] if item.lower().startswith("limit") else item.upper()
    if name in limit_value.NAMES:
        return name
    known = _BY_LOWER.get(item.lower())
    if known is None or (known in MEMORY and kind != "unit"):
        raise ValueError("item: %r is not known for a %s" % (item, kind))
    return known


def _with_values(made: Wish, entry: Dict[str, Any]) -> Wish:
    kind = entry.get("type") or "-"
    given = {half: entry[half] for half in ("soft", "hard") if entry.get(half) is not None}
    value = entry.get("value")
    if value is not None and given:
        raise ValueError("give value, or soft and hard, not both")
    if value is not None:
        given = {half: value for half in ("soft", "hard") if kind in ("-", half)}
    if made.absent:
        if value is not None or entry.get("soft") is not None or entry.get("hard") is not None:
            raise ValueError("state: absent takes no value")
        # Which halves go: any number stands for "this one".
        return made._replace(soft=0 if kind != "hard" else None, hard=0 if kind != "soft" else None)
    if not given:
        raise ValueError("give value, soft or hard")
    if not made.is_limit:
        if value is None or kind != "-":
            raise ValueError("%s has a value, neither type nor soft nor hard" % made.item)
        return _whole(made, value)
    numbers = {half: _number(made, raw) for half, raw in given.items()}
    soft, hard = numbers.get("soft"), numbers.get("hard")
    if soft is not None and hard is not None and limit_value.above(soft, hard):
        raise ValueError("soft is above hard")
    return made._replace(soft=soft, hard=hard)


def _whole(made: Wish, value: Any) -> Wish:
    if made.item == OOM:
        if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,4}", str(value), re.ASCII) or abs(int(value)) > 1000:
            raise ValueError("%s: %r is no number from -1000 to 1000" % (made.item, value))
        return made._replace(soft=int(value))
    if _PERCENT.fullmatch(str(value)):
        return made._replace(text=str(value))
    return made._replace(soft=limit_value.parse(value))


def _number(made: Wish, raw: Any) -> int:
    if made.kind != "domain":
        return limit_value.parse(raw, made.item in limit_value.SIZES)
    # The unit of limits.conf is KiB for sizes.
    if isinstance(raw, bool) or not (_PAM_VALUE.fullmatch(str(raw)) or re.fullmatch(r"-[0-9]{1,2}", str(raw))):
        raise ValueError("%r is neither a number nor unlimited" % (raw,))
    if made.item == "nice":
        return int(raw)
    number = limit_value.parse(raw, False) if not str(raw).startswith("-") or str(raw) == "-1" else None
    if number is None:
        raise ValueError("%r is neither a number nor unlimited" % (raw,))
    return number * 1024 if made.item in limits_conf.KIB_ITEMS and number >= 0 else number
