# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which order a boot sets kernel parameters, and which line decides each of them.

https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html and
https://man7.org/linux/man-pages/man8/sysctl.8.html (``--system``)

Both loaders let the last line win, and a name that is written out beat wildcards wherever they stand. To systemd a line
``-name`` also takes back an earlier line for that name; to procps it doesn't.
"""

from __future__ import annotations

import fnmatch
import re
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple, Union

OVERRIDDEN, MASKED, NOT_READ, TUNED, EXCLUDED = "overridden", "masked", "not_read_by_loader", "tuned", "excluded"

# Setting the first of these makes the kernel set the second to 0, and the other way round.
_OVERCOMMIT = ("vm/overcommit_kbytes", "vm/overcommit_ratio")
_EITHER_OR = (
    ("vm/dirty_bytes", "vm/dirty_ratio"),
    ("vm/dirty_background_bytes", "vm/dirty_background_ratio"),
    _OVERCOMMIT,
)
_OTHER = dict([*_EITHER_OR, *((b, a) for a, b in _EITHER_OR)])

_DEFAULTS = {
    "vm/max_map_count": 65530,
    "vm/overcommit_memory": 0,
    "vm/overcommit_ratio": 50,
    "vm/swappiness": 60,
    "vm/vfs_cache_pressure": 100,
}
"""What the kernel starts with, of the parameters where that doesn't depend on the machine."""

# As strtoul(3) reads them, base 0; the kernel looks no further than the first blank.
_NUMBER = re.compile(r"(-?)(?:0[xX]([0-9a-fA-F]{1,16})|0([0-7]{1,21})|([0-9]{1,20}))(?=\s|\Z)", re.ASCII)


class Declared(NamedTuple):
    """A line that sets ``name`` (``vm/swappiness``); ``value`` None keeps wildcards off it, see sysctl_conf."""

    file: str
    line: int
    name: str
    value: Optional[str]
    dash: bool = False


class Write(NamedTuple):
    """A value that a boot gives the parameter ``name``, and the line that says so."""

    name: str
    by: Declared


Lost = Tuple[str, Declared, str]
"""A parameter, a line that doesn't count for it, and why."""


def has_wildcards(name: str) -> bool:
    """Whether ``name`` is a pattern."""
    return any(character in name for character in "*?[")


def _matches(name: str, pattern: str) -> bool:
    parts, patterns = name.split("/"), pattern.split("/")
    try:
        return len(parts) == len(patterns) and all(map(fnmatch.fnmatchcase, parts, patterns))
    except re.error:  # older versions of Python on a range like [z-a]
        return False


def _expanded(
    ordered: Iterable[Declared], explicit: Dict[str, Declared], names: Sequence[str]
) -> Tuple[List[Write], List[Lost]]:
    writes: List[Write] = []
    lost: List[Lost] = []
    for declared in ordered:
        if declared.value is None:
            continue
        if not has_wildcards(declared.name):
            writes.append(Write(declared.name, declared))
            continue
        for name in names:
            if _matches(name, declared.name):
                closer = explicit.get(name)
                if closer is None:
                    writes.append(Write(name, declared))
                else:
                    lost.append((name, declared, EXCLUDED if closer.value is None else OVERRIDDEN))
    return writes, lost


def by_systemd(lines: Iterable[Declared], names: Sequence[str]) -> Tuple[List[Write], List[Lost]]:
    """What systemd-sysctl writes, in its order, and the lines that lose. ``names``: what wildcards can mean."""
    chosen: Dict[str, Declared] = {}
    lost: List[Lost] = []
    for declared in lines:
        earlier = chosen.get(declared.name)
        if earlier is not None and earlier.value is not None:
            lost.append((declared.name, earlier, EXCLUDED if declared.value is None else OVERRIDDEN))
        if earlier is not None and earlier.value != declared.value:
            # Only another value moves the name to the end, which matters to names that two patterns match.
            del chosen[declared.name]
        chosen[declared.name] = declared
    writes, also_lost = _expanded(chosen.values(), chosen, names)
    return writes, lost + also_lost


def by_procps(lines: Iterable[Declared], names: Sequence[str]) -> Tuple[List[Write], List[Lost]]:
    """The same of ``sysctl --system`` of procps 4; older versions know no wildcards."""
    lines = list(lines)
    explicit = {declared.name: declared for declared in lines if declared.value is None}
    # A ``-name`` takes no line back, wherever it stands.
    explicit.update((declared.name, declared) for declared in lines if declared.value is not None)
    return _expanded(lines, explicit, names)


def as_kernel(value: str, like: Any) -> Union[int, str, None]:
    """``value`` as a live value that looks ``like`` this would read; None for text where that is a number."""
    if not isinstance(like, int):
        return " ".join(value.split())
    found = _NUMBER.match(value)
    if not found:
        return None
    sign, hexadecimal, octal, decimal = found.groups()
    number = int(hexadecimal, 16) if hexadecimal else int(octal, 8) if octal else int(decimal)
    return -number if sign else number


class Boot:
    """A boot, played through write by write on a host whose parameters are now ``live``."""

    def __init__(self, live: Mapping[str, Any]) -> None:
        self._live = live
        self._decided: Dict[str, Write] = {}
        self._values: Dict[str, str] = {}
        self.lost: List[Lost] = []
        self.refused: List[Declared] = []

    def names(self) -> Set[str]:
        """Every parameter that a line speaks of, also one that has lost, but not the silent half of a pair."""
        spoken = {name for name, write in self._decided.items() if write.name == name}
        return spoken.union(name for name, _by, _why in self.lost)

    def value(self, name: str) -> Optional[str]:
        """What was written so far; None when nothing was."""
        return self._values.get(name)

    def apply(self, writes: Iterable[Write], why: str = OVERRIDDEN, literal: bool = True) -> None:
        """Write all of these; what they replace has lost for the reason ``why``.

        ``literal``: the values are what they say, so that the kernel refuses text where it wants a number.
        """
        for write in writes:
            value = write.by.value or ""
            if literal and as_kernel(value, self._live.get(write.name)) is None:
                self.refused.append(write.by)
                continue
            self._set(write.name, write, value, why)
            # A 0 takes the other overcommit limit away as well; the dirty limits are only set off by a new value.
            if write.name in _OTHER and (write.name in _OVERCOMMIT or as_kernel(value, 0) != 0):
                self._set(_OTHER[write.name], write, "0", why)

    def _set(self, name: str, write: Write, value: str, why: str) -> None:
        earlier = self._decided.get(name)
        if earlier:
            self.lost.append((name, earlier.by, why))
        self._decided[name], self._values[name] = write, value

    def parameter(self, name: str, certain: bool) -> Dict[str, Any]:
        """The contract's entry of one parameter. ``certain``: it is known what sets parameters at boot."""
        live, write = self._live.get(name), self._decided.get(name)
        decider = (write.by.file, write.by.line) if write else None
        losers = {
            (by.file, by.line): {"file": by.file, "line": by.line, "value": by.value, "why": why}
            for lost, by, why in self.lost
            if lost == name and (by.file, by.line) != decider
        }
        next_boot: Union[int, str, None] = None
        if certain and write:
            next_boot = as_kernel(self._values[name], live)
        return {
            "live": live,
            "next_boot": next_boot,
            "decided_by": {"file": decider[0], "line": decider[1]} if decider and certain else None,
            "losers": list(losers.values()),
            "persistent": _persistent(name, live, next_boot, certain, write is not None),
        }


def _persistent(name: str, live: Any, next_boot: Any, certain: bool, declared: bool) -> Optional[bool]:
    if live is None or not certain:
        return None
    if declared:
        return None if next_boot is None else bool(live == next_boot)
    # Nobody declares it. That the kernel chose it can't be known, but that it didn't sometimes can.
    return False if live != _DEFAULTS.get(name, live) else None
