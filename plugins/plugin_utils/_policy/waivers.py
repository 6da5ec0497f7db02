# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waivers: findings that somebody answers for until a date.

A waiver holds up to and with the day that it names, in UTC; from the next day on the rule fails again, and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from .load import find_file, read
from .model import FAIL, UNKNOWN, WAIVED, AppliedWaiver, Finding, Waiver
from .validate import PolicyError, problems

VARIABLE = "memory_compliance_waivers"


def load(source: Any, folders: Iterable[str], today: date) -> list[Waiver]:
    """The waivers of ``source``: a list of them, or the path, or a list of paths, of YAML files with such a list.

    A relative path is looked for in ``folders``. None has matched yet. Raises PolicyError with all that is wrong.
    """
    folders = list(folders)
    items = source if isinstance(source, list) else [source]
    wrong: list[str] = []
    found: list[dict[str, Any]] = []
    for path in (item for item in items if isinstance(item, str)):
        try:
            found += _load_file(find_file(path, folders))
        except PolicyError as error:
            wrong += error.problems
    inline = {number: item for number, item in enumerate(items) if not isinstance(item, str)}
    plain = [_plain(item) for item in inline.values()]
    for place, expected in problems("waivers-1", {"waivers": plain}):
        wrong.append(_in_words(f"{VARIABLE}: ", ("waivers", list(inline)[place[1]], *place[2:]), expected))
    if wrong:
        raise PolicyError(wrong)
    return [_normalised(raw, today) for raw in found + plain]


def match(waivers: Iterable[Waiver], rules: Collection[str], hosts: Mapping[str, Collection[str]]) -> list[Waiver]:
    """The waivers, each with whether it names a rule and a host of the run; ``hosts`` gives each host's groups."""
    return [
        {
            **waiver,
            "matched": any(fnmatchcase(rule, waiver["rule"]) for rule in rules)
            and any(_names(waiver, host, groups) for host, groups in hosts.items()),
        }
        for waiver in waivers
    ]


def apply(findings: Iterable[Finding], waivers: Iterable[Waiver], host: str, groups: Collection[str]) -> list[Finding]:
    """The findings of ``host`` as they are with the waivers: what fails or is unknown is waived, or was lately."""
    of_host = [waiver for waiver in waivers if _names(waiver, host, groups)]
    # Where many name a finding, the one that holds longest counts.
    of_host.sort(key=lambda waiver: (not waiver["expired"], waiver["expires"]), reverse=True)
    return [_applied(finding, of_host) for finding in findings]


def idle(waivers: Iterable[Waiver]) -> list[str]:
    """A warning for each waiver that names no rule or no host of the run: it may be left over, or misspelt."""
    return [f"{described(waiver)} matches no host or rule" for waiver in waivers if not waiver["matched"]]


def described(waiver: Waiver) -> str:
    """``the waiver of storage team for swap-* on db1, databases``"""
    return f"the waiver of {waiver['owner']} for {waiver['rule']} on {', '.join([*waiver['hosts'], *waiver['groups']])}"


def _applied(finding: Finding, waivers: list[Waiver]) -> Finding:
    if finding["verdict"] not in (FAIL, UNKNOWN):
        return finding
    for waiver in waivers:
        if fnmatchcase(finding["rule"], waiver["rule"]):
            applied: AppliedWaiver = {
                "reason": waiver["reason"],
                "owner": waiver["owner"],
                "expires": waiver["expires"],
                "expired": waiver["expired"],
            }
            if not waiver["expired"]:
                return {**finding, "verdict": WAIVED, "waiver": applied}
            expired = f"(the waiver of {waiver['owner']} expired on {waiver['expires']})"
            return {**finding, "message": f"{finding['message']} {expired}", "waiver": applied}
    return finding


def _names(waiver: Waiver, host: str, groups: Collection[str]) -> bool:
    by_name = any(fnmatchcase(host, pattern) for pattern in waiver["hosts"])
    return by_name or not set(waiver["groups"]).isdisjoint(groups)


def _plain(item: Any) -> Any:
    """With the date as the text that stood in the inventory."""
    if isinstance(item, dict) and isinstance(item.get("expires"), date):
        return {**item, "expires": item["expires"].isoformat()}
    return item


def _load_file(path: Path) -> list[dict[str, Any]]:
    document = read(path)
    found = problems("waivers-1", document.data)
    if found:
        raise PolicyError([_in_words(f"{path}:{document.line(place)}: ", place, words) for place, words in found])
    return list(document.data["waivers"])


def _in_words(where: str, place: tuple[Any, ...], expected: str) -> str:
    """``waivers.yml:7: waiver 2: key 'hosts.0': expected ...``; waivers are counted from 1."""
    waiver, key = "", place
    if len(place) > 1 and place[0] == "waivers":
        waiver, key = f"waiver {place[1] + 1}: ", place[2:]
    named = f"key {'.'.join(map(str, key))!r}: " if key else ""
    return f"{where}{waiver}{named}expected {expected}"


def _normalised(raw: dict[str, Any], today: date) -> Waiver:
    return {
        "rule": raw["rule"],
        "hosts": raw.get("hosts", []),
        "groups": raw.get("groups", []),
        "reason": " ".join(raw["reason"].split()),
        "owner": " ".join(raw["owner"].split()),
        "expires": raw["expires"],
        "expired": date.fromisoformat(raw["expires"]) < today,
        "matched": False,
    }
