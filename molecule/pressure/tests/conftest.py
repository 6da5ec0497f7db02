# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What converge has kept: what was true of each host, what the modules answered, and both reports."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

EVIDENCE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "pressure")


def kept(name: str) -> Any:
    return json.loads((EVIDENCE / f"{name}.json").read_text())


def vmstat(text: str) -> dict[str, int]:
    """The counters of /proc/vmstat."""
    return {key: int(value) for key, value in map(str.split, text.splitlines())}


def _report(audit: str) -> dict[str, Any]:
    """Of the audit ``detected`` or ``relieved``."""
    return json.loads((EVIDENCE / audit / "latest" / "report.json").read_text())


def snapshot(audit: str, host: str) -> dict[str, Any]:
    """What the audit measured on ``host``."""
    store = Store.open(str(EVIDENCE / audit / "fleet-memory.sqlite"))
    return store.snapshot(_report(audit)["run"]["id"], host)


def findings(audit: str) -> dict[str, dict[str, Any]]:
    """Each host's findings by rule."""
    hosts = _report(audit)["hosts"]
    return {host["host"]: {finding["rule"]: finding for finding in host["findings"]} for host in hosts}


@pytest.fixture(scope="session")
def detected() -> dict[str, dict[str, Any]]:
    """The findings while the hosts were pressed."""
    return findings("detected")


@pytest.fixture(scope="session")
def relieved() -> dict[str, dict[str, Any]]:
    """The findings once that was over."""
    return findings("relieved")


@pytest.fixture(scope="session")
def swap() -> None:
    """For tests of what only swapping brings about."""
    reason = kept("thrashing")["swap_unusable"]
    if reason:
        pytest.skip(f"this machine can't have a swap file: {reason}")
