# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks a host for a snapshot, and tells a host that is gone from one that answered badly."""

from __future__ import annotations

import zlib
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from .._policy.brief import what_failed
from .._store.packed import NotASnapshot, unpack
from .interpreter import with_interpreter
from .run import run_snapshot


def ask_packed(action: ActionBase, arguments: dict[str, Any], task_vars: dict[str, Any]) -> Any:
    """The snapshot as the host sent it. Raises AnsibleConnectionFailure, or another AnsibleError with the reason."""
    result = run_snapshot(action, {**arguments, "packed": True}, with_interpreter(action, task_vars))
    if result.get("unreachable"):
        raise AnsibleConnectionFailure(str(result.get("msg")))
    if result.get("failed") or "snapshot_zlib" not in result:
        raise AnsibleActionFail(what_failed(result))
    return result["snapshot_zlib"]


def ask(action: ActionBase, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
    """The snapshot. Raises as ``ask_packed`` does, and NotASnapshot."""
    document = unpack(ask_packed(action, arguments, task_vars)).document
    try:
        # The list of processes is unpacked when somebody looks at it: here, where it is known what a bad one means.
        if isinstance(document.get("processes"), dict):
            document["processes"].get("processes")
    except (zlib.error, ValueError, RecursionError) as error:
        raise NotASnapshot(f"the host's list of processes can't be unpacked: {error}") from error
    return document
