# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The newest report and the hosts' snapshots, as the audit left them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

REPORTS = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "reports")
INVENTORY = Path(__file__).parents[2] / "inventory" / "hosts.yml"


@pytest.fixture(scope="session")
def inventory() -> set[str]:
    """The names of the hosts that were to be audited."""
    groups = yaml.safe_load(INVENTORY.read_text())["all"]["children"].values()
    return {host for group in groups for host in group["hosts"]}


@pytest.fixture(scope="session")
def report_folder() -> Path:
    return (REPORTS / "latest").resolve()


@pytest.fixture(scope="session")
def report(report_folder: Path) -> dict[str, Any]:
    return json.loads((report_folder / "report.json").read_text())


@pytest.fixture
def snapshot(host: Any, report: dict[str, Any]) -> dict[str, Any]:
    """What the audit measured on ``host``."""
    store = Store.open(str(REPORTS / "fleet-memory.sqlite"))
    return store.snapshot(report["run"]["id"], host.backend.name)


@pytest.fixture
def processes(snapshot: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """The host's processes by pid."""
    return {process["pid"]: process for process in snapshot["processes"]["processes"]}
