# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the values of systemd's memory and limit settings mean.

https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html (Limit*=, OOMScoreAdjust=),
https://www.freedesktop.org/software/systemd/man/latest/systemd.resource-control.html (Memory*=, TasksMax=)

    LimitNOFILE=1024:524288
    MemoryMax=1.5G
    MemoryHigh=80%
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Dict, Union

from .._records.unread import Malformed

INFINITY = "infinity"

_SIZES = ("FSIZE", "DATA", "STACK", "CORE", "RSS", "AS", "MEMLOCK", "MSGQUEUE")
_COUNTS = ("NOFILE", "NPROC", "LOCKS", "SIGPENDING", "RTPRIO")
_MEMORY = ("MemoryMin", "MemoryLow", "MemoryHigh", "MemoryMax", "MemorySwapMax", "MemoryZSwapMax", "MemoryLimit")
_SWITCHES = ("MemoryAccounting", "TasksAccounting", "MemoryZSwapWriteback", "MemoryKSM")
_WORDS = (
    "OOMPolicy",
    "ManagedOOMSwap",
    "ManagedOOMMemoryPressure",
    "ManagedOOMMemoryPressureLimit",
    "ManagedOOMPreference",
    "MemoryPressureWatch",
)

_SIZE = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,9}))?[ \t]*([BKMGTPE]?)[ \t]*", re.ASCII)
_TIME = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,9}))?[ \t]*([a-zA-Zµμ]*)[ \t]*", re.ASCII)
_PERCENT = re.compile(r"^[0-9]{1,3}(?:\.[0-9]{1,2})?%$", re.ASCII)
_UNITS = {"": 1, "B": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40, "P": 2**50, "E": 2**60}
_MICROSECONDS = {
    name: microseconds
    for names, microseconds in (
        ("usec us µs μs", 1),
        ("msec ms", 10**3),
        ("seconds second sec s", 10**6),
        ("minutes minute min m", 60 * 10**6),
        ("hours hour hr h", 3600 * 10**6),
        ("days day d", 86400 * 10**6),
        ("weeks week w", 7 * 86400 * 10**6),
        ("months month M", 2629800 * 10**6),
        ("years year y", 31557600 * 10**6),
    )
    for name in names.split()
}


def _sum(raw: str, pattern: Any, units: Dict[str, int]) -> Fraction:
    """``1G 500M`` or ``1h 30min``: numbers with units, added."""
    total, position = Fraction(0), 0
    while position < len(raw) or position == 0:
        found = pattern.match(raw, position)
        if not found or found.group(3) not in units:
            raise Malformed("%r has no number with a known unit" % raw)
        whole, fraction, unit = found.groups()
        total += (int(whole) + Fraction(int(fraction or 0), 10 ** len(fraction or ""))) * units[unit]
        position = found.end()
    return total


def _size(raw: str) -> Union[int, str]:
    return INFINITY if raw == INFINITY else int(_sum(raw, _SIZE, _UNITS))


def _count(raw: str) -> Union[int, str]:
    if raw == INFINITY:
        return INFINITY
    if not re.match(r"^[0-9]{1,20}$", raw, re.ASCII):
        raise Malformed("%r isn't a number" % raw)
    return int(raw)


def _time(raw: str, default: str, per: int) -> Union[int, str]:
    if raw == INFINITY:
        return INFINITY
    units = dict(_MICROSECONDS)
    units[""] = _MICROSECONDS[default]
    # Rounded up: a limit of half a second of CPU is a limit of one.
    return int(-(-_sum(raw, _TIME, units) // per))


def _nice(raw: str) -> Union[int, str]:
    """RLIMIT_NICE counts upwards from 20 - nice; a sign says that a nice level is meant."""
    found = re.match(r"^([+-]?)([0-9]{1,3})$", raw, re.ASCII)
    if not found:
        return _count(raw)
    number = int(found.group(1) + found.group(2))
    return 20 - number if found.group(1) else number


def _one_limit(name: str, raw: str) -> Union[int, str]:
    if name in _SIZES:
        return _size(raw)
    if name in _COUNTS:
        return _count(raw)
    if name == "CPU":
        return _time(raw, "s", 10**6)
    if name == "RTTIME":
        return _time(raw, "us", 1)
    return _nice(raw)


def _limit(name: str, raw: str) -> Dict[str, Any]:
    soft, colon, hard = raw.partition(":")
    low = _one_limit(name, soft.strip())
    high = _one_limit(name, hard.strip()) if colon else low
    if high != INFINITY and (low == INFINITY or int(low) > int(high)):
        raise Malformed("the soft limit is above the hard limit")
    return {"value": low, "hard": high}


def _switch(raw: str) -> bool:
    word = raw.lower()
    if word not in ("1", "yes", "y", "true", "t", "on", "0", "no", "n", "false", "f", "off"):
        raise Malformed("%r is neither yes nor no" % raw)
    return word in ("1", "yes", "y", "true", "t", "on")


def known(key: str) -> bool:
    """Whether ``key`` is a setting that is understood here, with ``Default`` or ``Startup`` in front or not."""
    base = _base(key)
    if base.startswith("Limit"):
        return base[5:] in _SIZES + _COUNTS + ("CPU", "RTTIME", "NICE")
    return base in _MEMORY + _SWITCHES + _WORDS + ("TasksMax", "OOMScoreAdjust")


def _base(key: str) -> str:
    for prefix in ("Default", "Startup"):
        if key.startswith(prefix):
            key = key[len(prefix) :]
    return key


def normalise(key: str, raw: str) -> Dict[str, Any]:
    """``{"value": ...}`` of the setting ``key``, for which ``known`` holds, written as ``raw``. Raises Malformed.

    Sizes are bytes, CPU seconds, RTTIME microseconds, NICE the kernel's 1 to 40; ``"infinity"`` stays the word. For
    ``Limit*`` the value is the soft limit and ``hard`` stands beside it. A percentage stays text, with ``of``.
    """
    base = _base(key)
    if base.startswith("Limit"):
        return _limit(base[5:], raw)
    if base in _SWITCHES:
        return {"value": _switch(raw)}
    if base in _WORDS:
        return {"value": raw}
    if base == "OOMScoreAdjust":
        if not re.match(r"^[+-]?[0-9]{1,4}$", raw, re.ASCII) or abs(int(raw)) > 1000:
            raise Malformed("%r isn't a number from -1000 to 1000" % raw)
        return {"value": int(raw)}
    if _PERCENT.match(raw):
        return {"value": raw, "of": "the kernel's maximum of tasks" if base == "TasksMax" else "MemTotal"}
    return {"value": _count(raw) if base == "TasksMax" else _size(raw)}
