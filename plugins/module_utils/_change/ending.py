# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a changing module ends without its result: on another platform, refused by a guard, failed."""

from __future__ import annotations

import contextlib
import sys
from typing import Any, Iterator, List

from .._derive.refusal import Refusal
from .._records.unread import Unread
from .live import CommandFailed
from .record import RecordError
from .transaction import RolledBack


def needs_linux(module: Any, name: str) -> None:
    """``module`` is the AnsibleModule called ``name``."""
    if not sys.platform.startswith("linux"):
        module.fail_json(msg="fleet.memory.%s needs Linux; this host's platform is %s" % (name, sys.platform))


def refused(module: Any, refusals: List[Refusal]) -> None:
    """Fail with all of ``refusals``; nothing happens where there are none."""
    if refusals:
        why = "\n".join(each["why"] for each in refusals)
        module.fail_json(msg="nothing was changed: %s" % why, refused=refusals, changes=[])


@contextlib.contextmanager
def failures_told(module: Any) -> Iterator[None]:
    """What goes wrong inside ends the module with a message: what was taken back, or that nothing was changed."""
    try:
        yield
    except RolledBack as error:
        module.fail_json(msg=error.told, rolled_back=error.undone, changes=[])
    except (RecordError, CommandFailed, Unread, OSError) as error:
        module.fail_json(msg="nothing was changed: %s" % error, changes=[])
