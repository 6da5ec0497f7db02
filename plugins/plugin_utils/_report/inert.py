# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GitHub takes what it reads in a job's log for commands: a text that holds names from hosts must not be taken so."""

from __future__ import annotations


def inert(text: str, token: str) -> str:
    """``text`` for a log of GitHub, where nothing in it is a command. ``token`` must be one that nobody can guess."""
    return f"::stop-commands::{token}\n{text}\n::{token}::"
