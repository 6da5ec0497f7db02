# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for a library that the controller lacks.

Ansible's own tools load every plugin where only Ansible is installed, and expect that to work. So what needs a library
can be loaded without it. None of it is used then: the actions look for the libraries first, and say which is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Absent:
    """Whatever is done with it while a file is loaded gives it again."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_args: Any, **_named: Any) -> Any:
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __mro_entries__(self, _bases: tuple[Any, ...]) -> tuple[type, ...]:
        return ()
