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

ERROR = "error"
"""The rule could not be judged, because the policy or a variable of the inventory is wrong."""


class Parameter(TypedDict):
    """A value that the inventory may set, in the variable ``memory_policy_<name>``."""

    default: Any
    type: str
    elements: NotRequired[str]
    description: str


class Rule(TypedDict):
    """One statement about a host. ``needs``, ``pass_when`` and ``actual`` are JMESPath over the snapshot."""

    id: str
    policy: str
    title: str
    severity: str
    needs: list[str]
    pass_when: str
    actual: str
    message: str
    rationale: str
    reference: str
    remediation: str
    tags: list[str]
    parameters: dict[str, Parameter]


class Finding(TypedDict):
    """What a rule says of a host. ``message`` is empty when it passes."""

    rule: str
    severity: str
    verdict: str
    actual: Any
    message: str
