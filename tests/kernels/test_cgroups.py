# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tree of cgroup v2 that systemd has made there, against its files."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernels.conftest import Observed

FILES = {
    "max_bytes": "memory.max",
    "high_bytes": "memory.high",
    "low_bytes": "memory.low",
    "min_bytes": "memory.min",
    "swap_max_bytes": "memory.swap.max",
}
MIB = 2**20


def number(content: str | None) -> int | None:
    """No file and no limit are both None."""
    return None if content is None or content.strip() == "max" else int(content)


def ancestors(path: str) -> list[str]:
    """The path, its parents, and the root."""
    parts = path.strip("/").split("/")
    return [*("/" + "/".join(parts[:depth]) for depth in range(len(parts), 0, -1)), *(["/"] if path != "/" else [])]


@pytest.fixture
def cgroups(observed: Observed) -> dict[str, dict[str, Any]]:
    return {cgroup["path"]: cgroup for cgroup in observed.snapshot["limits"]["cgroups"]}


def test_every_cgroup_with_processes_and_all_above(cgroups: dict[str, Any], observed: Observed) -> None:
    tree = observed.witness["cgroups"]
    populated = {path for path, files in tree.items() if (files["cgroup.procs"] or "").strip()}
    expected = {above for path in populated for above in ancestors(path)}
    # The session of who looks is another one each time.
    assert {path for path in expected ^ set(cgroups) if "/user.slice/" not in path} == set()


def test_against_the_files(cgroups: dict[str, Any], observed: Observed) -> None:
    tree = observed.witness["cgroups"]
    compared = 0
    for path in set(cgroups) & set(tree):
        ours, files = cgroups[path], tree[path]
        assert {key: ours["limits"][key] for key in FILES} == {
            key: number(files.get(name)) for key, name in FILES.items()
        }, path
        current = number(files.get("memory.current"))
        assert (ours["current_bytes"] is None) == (current is None)
        if current is not None and path.startswith("/app.slice"):
            assert ours["current_bytes"] == pytest.approx(current, abs=MIB), path
        if files.get("memory.events"):
            assert ours["events"] == {
                name: int(count) for name, count in map(str.split, files["memory.events"].splitlines())
            }
            compared += 1
    assert compared > 10


def test_which_limit_binds(cgroups: dict[str, Any], observed: Observed) -> None:
    tree = observed.witness["cgroups"]
    for path, ours in cgroups.items():
        if path not in tree:
            continue
        finite = [(number(tree[above].get("memory.max")), above) for above in ancestors(path)]
        limit, binding = min(((limit, above) for limit, above in finite if limit is not None), default=(None, None))
        assert ours["effective_max_bytes"] == limit
        if [each for each, _above in finite].count(limit) == 1:
            assert ours["binding"] == binding
    database = cgroups["/app.slice/app-database.slice/database.service"]
    assert (database["effective_max_bytes"], database["binding"]) == (90 * MIB, "/app.slice/app-database.slice")


def test_stalls_of_a_cgroup(cgroups: dict[str, Any]) -> None:
    for path, ours in cgroups.items():
        assert ours["pressure"]["some"]["total_microseconds"] >= ours["pressure"]["full"]["total_microseconds"], path
