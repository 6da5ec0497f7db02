# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the baseline says of captured hosts: the troubles that were made for them, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan import snapshot
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import evaluate, load
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.expressions import trees
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.parameters import Parameters
from ansible_collections.fleet.memory.plugins.plugin_utils._store.packed import unpack

from tests.support.trees import host

RULES = load.load(["baseline"], [])
TREES = trees(RULES)

MADE = {
    "oom-kills",  # oom.service was killed at its limit
    "process-near-limit",  # swapper.service lives at its limit
    "cgroup-near-limit",
    "login-limit-not-in-service",  # limits.d/50-db.conf names a user whose services run with less
    "unreadable-data",  # the capture has the rollup of one process only
}


def judged(tree: str, tmp_path: Path) -> dict[str, Any]:
    """Findings by rule; watching a tree of files page would tell nothing, so it isn't done."""
    taken = snapshot.take_snapshot(host(tree, tmp_path), Wanted(group_by="command", pss="all"), 0.0)
    document = unpack(snapshot.pack(taken)).document
    found = evaluate.judge(RULES, TREES, document, Parameters(RULES, "h", {}, lambda value: value))
    return {finding["rule"]: finding for finding in found}


def having(findings: dict[str, Any], verdict: str) -> set[str]:
    return {rule for rule, finding in findings.items() if finding["verdict"] == verdict}


@pytest.mark.parametrize("tree", ["linux-5.10-debian-11", "linux-6.1-debian-12", "linux-6.12-debian-13"])
def test_a_host_with_troubles_of_which_each_is_found(tree: str, tmp_path: Path) -> None:
    findings = judged(tree, tmp_path)
    assert having(findings, "fail") - {"limits-conf-without-effect"} == MADE
    # The capture has no links to the programs.
    assert having(findings, "unknown") - {"sysctl-not-persistent"} == {"paging-pressure", "program-deleted"}
    assert findings["cgroup-near-limit"]["actual"][0]["path"] == "/system.slice/swapper.service"
    assert findings["oom-kills"]["actual"]["log"].endswith("no kernel log could be read.")


def test_a_host_without_troubles(tmp_path: Path) -> None:
    findings = judged("linux-6.1-uml", tmp_path)
    assert having(findings, "fail") == {"swap-absent"}
    assert "swappiness-range" in having(findings, "not_applicable")  # it has no swap


def test_a_container_does_not_answer_for_its_host(tmp_path: Path) -> None:
    findings = judged("linux-6.18-podman", tmp_path)
    assert having(findings, "fail") == set()
    assert having(findings, "not_applicable") >= {
        "ledger-residual",
        "overcommit-mode",
        "pss-identity",
        "swap-absent",
        "swappiness-range",
        "sysctl-not-persistent",
        "thp-always",
    }
    assert "memory-available" in having(findings, "pass")


@pytest.mark.parametrize("tree", ["linux-4.18-handmade", "linux-2.6.32-handmade"])
def test_what_an_old_kernel_does_not_count_is_no_leak(tree: str, tmp_path: Path) -> None:
    assert judged(tree, tmp_path)["ledger-residual"]["verdict"] == "unknown"


@pytest.mark.parametrize("tree", ["linux-6.12-debian-13", "linux-6.18-podman", "linux-2.6.32-handmade"])
def test_no_rule_breaks(tree: str, tmp_path: Path) -> None:
    assert having(judged(tree, tmp_path), "error") == set()
