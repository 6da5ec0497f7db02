# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""report.sarif: what does not pass, as a log of the Static Analysis Results Interchange Format 2.1.0 (OASIS).

A result is about one rule on one host; passing rules are only counted. Written host by host.

What a host chose can be in any text, so texts hold nothing that the format gives a meaning to. Every result has a
physical location, since GitHub refuses a whole file with one result that has only a logical location.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from .._policy.model import FAIL, NOT_APPLICABLE, PASS, WAIVED
from .._store.store import Store
from .document import coverage, dumps
from .judged import judged_hosts
from .outcome import clean, gravity, place, remedy, waived, words
from .overview import HostLine, Overview

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

HOME = "https://github.com/fleet-memory/fleet.memory"

HOSTS = "HOSTS"
"""The base of all URIs: a folder that would hold the file system of each host, by name. Nobody has it."""

FINGERPRINT = "fleetMemoryHostRule/v1"
"""What it is made of is part of its name, as the standard asks."""

GITHUB_FINGERPRINT = "primaryLocationLineHash"
"""The only fingerprint that GitHub reads; it would make its own from the file, which isn't in the repository."""

_LEVELS = ("note", "warning", "error")

_DULL = (PASS, NOT_APPLICABLE)
"""Verdicts that are counted, and have no result."""


def pieces(store: Store, overview: Overview) -> Iterator[str]:
    """The log in pieces that are joined without anything between."""
    run = overview.run
    rules = {rule["id"]: rule for rule in run["policies"]}
    numbers = {rule: number for number, rule in enumerate(rules)}
    driver = {
        "name": "fleet.memory",
        "version": run["collection_version"],
        "informationUri": HOME,
        "rules": [_rule(rule) for rule in rules.values()],
    }
    base = {"description": {"text": "One folder for each host, by its name, with the host's own files in it."}}
    yield '{\n"$schema": ' + dumps(SCHEMA) + ',\n"version": "2.1.0",\n"runs": [{\n"tool": '
    yield dumps({"driver": driver})
    yield ',\n"automationDetails": ' + dumps({"id": f"fleet.memory/{clean(run['id'])}"})
    yield ',\n"originalUriBaseIds": ' + dumps({HOSTS: base})
    yield ',\n"columnKind": "unicodeCodePoints"'
    yield ',\n"invocations": ' + dumps([_invocation(overview)])
    yield ',\n"results": ['
    counted: Counter[str] = Counter()
    separator = "\n"
    for host, findings in judged_hosts(store, run["id"]):
        counted.update(finding["verdict"] for finding in findings)
        for finding in findings:
            if finding["verdict"] not in _DULL:
                yield separator + dumps(_result(host["host"], finding, rules, numbers))
                separator = ",\n"
    properties = {"coverage": coverage(overview.coverage), "verdicts": dict(counted)}
    yield "\n]" + ',\n"properties": ' + dumps(properties) + "\n}]\n}\n"


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    title, references = _text(rule["title"]), [clean(url) for url in rule.get("references", [])]
    help_text = "\n\n".join(filter(None, [_text(remedy(rule)), *references]))
    described = {
        "id": rule["id"],
        "shortDescription": {"text": title},
        "fullDescription": {"text": _text(rule.get("rationale") or "") or title},
        "help": {"text": help_text or title},
        "defaultConfiguration": {"level": _level(rule["severity"])},
        "properties": {"tags": rule.get("tags", []), "severity": rule["severity"], "policy": rule.get("policy")},
    }
    return {**described, "helpUri": references[0]} if references else described


def _invocation(overview: Overview) -> dict[str, Any]:
    """A consumer may not take the results for complete when a notification is an error: then hosts were missed."""
    times = {"startTimeUtc": overview.run["started_at"], "endTimeUtc": overview.run["finished_at"]}
    notices = [_missed(host) for host in overview.missed]
    if not overview.hosts:
        notices = [{"level": "error", "message": {"text": "The inventory has no hosts."}}]
    return {
        **{name: time for name, time in times.items() if time},
        "executionSuccessful": overview.coverage.complete and bool(overview.run["finished_at"]),
        "toolExecutionNotifications": notices,
    }


def _missed(host: HostLine) -> dict[str, Any]:
    text = _text(f"{host.name} was not audited, {host.status}: {host.reason}")
    return {"level": "error", "message": {"text": text}, "locations": [_location(host.name, None)]}


def _result(
    host: str, finding: Mapping[str, Any], rules: Mapping[str, Any], numbers: Mapping[str, int]
) -> dict[str, Any]:
    rule, waiver = finding["rule"], finding.get("waiver")
    fails = finding["verdict"] in (FAIL, WAIVED)
    # The hash of a list: of two names put together, "a" + "bc" would be "ab" + "c".
    identity = hashlib.sha256(dumps([host, rule]).encode(errors="backslashreplace")).hexdigest()
    result = {
        "ruleId": rule,
        # The standard's word for "not enough information to decide", and the only level that it allows then.
        "kind": "fail" if fails else "open",
        "level": _level(finding["severity"]) if fails else "none",
        "message": {"text": _text(f"{clean(host)}: {words(finding, rules.get(rule, {}))}")},
        "locations": [_location(host, finding.get("location"))],
        "partialFingerprints": {FINGERPRINT: identity, GITHUB_FINGERPRINT: identity},
        # An empty list says "not suppressed", no list says "not known": either all results have it or none.
        "suppressions": [_suppression(waiver)] if finding["verdict"] == WAIVED and waiver else [],
        "properties": {"verdict": finding["verdict"], "severity": finding["severity"], "actual": finding["actual"]},
    }
    return {**result, "ruleIndex": numbers[rule]} if rule in numbers else result


def _location(host: str, location: Mapping[str, Any] | None) -> dict[str, Any]:
    path, line = place(host, location)
    artifact = {"uri": "/".join(quote(part, safe="") for part in path), "uriBaseId": HOSTS}
    region = {"region": {"startLine": line}} if line else {}
    return {
        "physicalLocation": {"artifactLocation": artifact, **region},
        "logicalLocations": [{"name": clean(host), "kind": "host"}],
    }


def _suppression(waiver: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": "external", "status": "accepted", "justification": waived(waiver)}


def _level(severity: str) -> str:
    return _LEVELS[gravity(severity)]


def _text(text: str) -> str:
    """A plain text message: braces are for placeholders, so the standard doubles them; ``[…](…)`` would be a link."""
    return clean(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")
