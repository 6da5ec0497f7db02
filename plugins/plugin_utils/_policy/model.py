# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a policy is made of, once it has been validated. Plain JSON, so that it can be kept in the store."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

SEVERITIES = ("info", "low", "medium", "high", "critical")
"""From "good to know" to "act today". A policy's author chooses; reports sort by it."""

PASS = "pass"
FAIL = "fail"
UNKNOWN = "unknown"
"""The rule could not be judged, because a value it needs could not be read. Never the same as pass."""

NOT_APPLICABLE = "not_applicable"
"""The rule says nothing of this host: its ``when`` is false, and the message is its reason."""

WAIVED = "waived"
"""The rule fails or is unknown, and somebody has answered for that until a date. See ``waivers``."""

ERROR = "error"
"""The rule could not be judged, because the policy or a variable of the inventory is wrong."""

VERDICTS = (FAIL, ERROR, UNKNOWN, WAIVED, NOT_APPLICABLE, PASS)
"""All of them, the worst first."""


class Parameter(TypedDict):
    """A value that the inventory may set, in the variable ``memory_policy_<name>``."""

    default: Any
    type: str
    elements: NotRequired[str]
    description: str


class Remediation(TypedDict):
    """What to do about a finding: in words, and as a role with its variables (name -> JMESPath over the snapshot)."""

    text: str
    role: str | None
    variables: dict[str, str]


class Rule(TypedDict):
    """One statement about a host. ``needs``, ``when``, ``pass_when``, ``actual``, ``location`` are JMESPath."""

    id: str
    policy: str
    title: str
    severity: str
    needs: list[str]
    when: str | None
    not_applicable: str
    pass_when: str
    actual: str
    message: str
    rationale: str
    references: list[str]
    remediation: Remediation
    tags: list[str]
    parameters: dict[str, Parameter]
    location: str | None


class Location(TypedDict):
    """Where on the host a value was decided. ``line`` counts from 1, and is null for the file as a whole."""

    file: str
    line: int | None


class AppliedWaiver(TypedDict):
    """A waiver as it holds for one finding. It is valid up to and with the day ``expires``, YYYY-MM-DD in UTC."""

    reason: str
    owner: str
    expires: str
    expired: bool


class Finding(TypedDict):
    """What a rule says of a host. ``message`` is empty when it passes; ``waiver`` is null where none matches."""

    rule: str
    severity: str
    verdict: str
    actual: Any
    message: str
    location: Location | None
    waiver: AppliedWaiver | None


class Waiver(AppliedWaiver):
    """A waiver of the inventory. ``rule`` and ``hosts`` are fnmatch patterns, ``groups`` are names.

    ``matched``: a rule and a host of the run are among what it names.
    """

    rule: str
    hosts: list[str]
    groups: list[str]
    matched: bool
