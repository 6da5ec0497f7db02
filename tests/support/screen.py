# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an action shows."""

from __future__ import annotations


class Screen:
    """In place of Ansible's display."""

    columns = 100

    def __init__(self) -> None:
        self.screen = self.log = ""

    def display(self, text: str, screen_only: bool = False, log_only: bool = False) -> None:
        self.screen += "" if log_only else text
        self.log += "" if screen_only else text
