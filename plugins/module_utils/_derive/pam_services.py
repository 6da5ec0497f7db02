# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules that a PAM service runs for a session, through whatever files it includes.

https://man7.org/linux/man-pages/man5/pam.conf.5.html
"""

from __future__ import annotations

from typing import Callable, List, NamedTuple, Optional, Tuple

from .._config.pam_stack import Rule

Load = Callable[[str], Optional[Tuple[str, List[Rule]]]]
"""From the name of a service or an included file to its path and rules; None when there is no such file."""


class Module(NamedTuple):
    """A module, the line that runs it, and the arguments that it is given there."""

    name: str
    file: str
    line: int
    arguments: Tuple[str, ...]


def session_modules(name: str, load: Load, above: Tuple[str, ...] = ()) -> List[Module]:
    """The session stack of ``name`` in the order of its run; ``above`` are the files that led here.

    A file that includes itself, on whatever way, counts once: PAM gives up on such a service.
    """
    path, rules = (None if name in above else load(name)) or ("", [])
    modules: List[Module] = []
    for rule in rules:
        if rule.includes:
            modules.extend(session_modules(rule.target, load, (*above, name)))
        else:
            modules.append(Module(rule.target.rsplit("/", 1)[-1], path, rule.line, rule.arguments))
    return modules
