# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one rule found over the fleet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .._policy.model import ERROR, FAIL, NOT_APPLICABLE, PASS, UNKNOWN, WAIVED
from .printable import printable
from .severity import level, verdict_order
from .values import Spread, shown

LONGEST_NAME = 255
"""Characters of a name shown; report.json has all of them."""


class RuleResult:
    """``groups`` holds host numbers by (verdict, shown value).

    ``example`` is what the rule says of the first host where it fails, ``place`` the file and line that decide there.
    """

    def __init__(self, finding: Mapping[str, Any], policy: Mapping[str, Any]) -> None:
        self.rule = printable(finding["rule"], LONGEST_NAME)
        self.severity = finding["severity"]
        self.title = printable(policy.get("title", finding["rule"]), LONGEST_NAME)
        self.policy = policy
        self.level = 0
        self.example = self.place = ""
        self.verdicts: Counter[str] = Counter()
        self.groups: dict[tuple[str, str], list[int]] = {}
        self._spread = Spread()
        self._values: dict[str, None] = {}

    def add(self, finding: Mapping[str, Any], host_number: int) -> None:
        verdict = finding["verdict"]
        self.verdicts[verdict] += 1
        self.level = max(self.level, level(finding["severity"], verdict))
        if verdict == PASS:
            return
        if verdict == FAIL:
            if not self.verdicts[FAIL] > 1:
                self.example, self.place = printable(finding["message"], LONGEST_NAME), _place(finding["location"])
            self._spread.add(finding["actual"])
            self._values[shown(finding["actual"])] = None
        self.groups.setdefault((verdict, _told(finding)), []).append(host_number)

    @property
    def range(self) -> str:
        """The values of the hosts where the rule fails."""
        return self._spread.text(list(self._values))

    @property
    def unjudged(self) -> int:
        """On how many hosts the rule couldn't be judged."""
        return self.verdicts[UNKNOWN] + self.verdicts[ERROR]

    @property
    def verdict_text(self) -> str:
        """``14 fail, 2 unknown, 30 not applicable, 834 pass``."""
        counts = sorted(self.verdicts.items(), key=lambda item: verdict_order(item[0]))
        return ", ".join(f"{count:,} {verdict.replace('_', ' ')}" for verdict, count in counts)

    @property
    def inapplicable(self) -> str:
        """Why the rule applies to no host; empty when it applies to some."""
        if set(self.verdicts) != {NOT_APPLICABLE}:
            return ""
        return "; ".join(reason for _verdict, reason in self.groups)


def _told(finding: Mapping[str, Any]) -> str:
    """What is said of a host that a rule doesn't simply pass on: the value, or why there is none; and its waiver."""
    by_value = finding["verdict"] == FAIL or (finding["verdict"] == WAIVED and finding["actual"] is not None)
    text = shown(finding["actual"]) if by_value else printable(finding["message"], LONGEST_NAME)
    waiver = finding["waiver"]
    if not waiver or (not by_value and waiver["expired"]):  # then the message says so
        return text
    if waiver["expired"]:
        return printable(f"{text} (the waiver of {waiver['owner']} expired on {waiver['expires']})", LONGEST_NAME)
    return printable(f"{text} (until {waiver['expires']}, {waiver['owner']}: {waiver['reason']})", LONGEST_NAME)


def _place(location: Mapping[str, Any] | None) -> str:
    """``/etc/sysctl.d/50-app.conf:3``"""
    if not location:
        return ""
    line = "" if location["line"] is None else f":{location['line']}"
    return printable(f"{location['file']}{line}", LONGEST_NAME)
