# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows a report where Ansible shows its own lines."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from typing import Any

from ansible.utils import color

from .inert import inert


def show(display: Any, text: Callable[[int, bool], str], paths: Iterable[str] = ()) -> None:
    """Put ``text`` of a width, with or without colours, on the screen; a log file gets it without. ``paths`` follow.

    GitHub takes what it reads on the screen for commands, and a name in a table may be written like one.
    """
    width = shutil.get_terminal_size((display.columns, 24)).columns
    places = "\n".join(f"Report: {path}" for path in paths)
    for colour, target in ((color.ANSIBLE_COLOR, {"screen_only": True}), (False, {"log_only": True})):
        shown = "\n\n".join(filter(None, [text(width, colour), places]))
        shown = f"\n{shown}\n"
        if "screen_only" in target and os.environ.get("GITHUB_ACTIONS") == "true":
            shown = inert(shown, secrets.token_hex())
        display.display(shown, **target)
