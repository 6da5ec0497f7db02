# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A captured host whose kernel files a test changes before it is scanned, packed, unpacked and judged.

So a rule is tried on what the scanner really makes of such a host, and not on a snapshot that a test imagined.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from ansible_collections.fleet.memory.plugins.module_utils._scan import snapshot
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import evaluate
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.expressions import trees
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.model import Rule
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.parameters import Parameters
from ansible_collections.fleet.memory.plugins.plugin_utils._store.packed import unpack

from tests.support.trees import copy_of


class ChangedHost:
    """The captured host ``tree``; paths are those on the host."""

    def __init__(self, tree: str, tmp_path: Path) -> None:
        self.root = copy_of(tree, tmp_path)
        self.watched_seconds = 0.0
        """How long a scan watches the paging; not at all as long as nothing changes the files meanwhile."""

    def at(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def write(self, path: str, content: object) -> None:
        """The file ``path`` with this content (a number or a word gets its line end), its folders made."""
        self.at(path).parent.mkdir(parents=True, exist_ok=True)
        text = str(content)
        self.at(path).write_bytes(os.fsencode(text if text.endswith("\n") else text + "\n"))

    def folder(self, path: str) -> None:
        """The folder ``path``: empty ones are missing from captures."""
        self.at(path).mkdir(parents=True)

    def link(self, path: str, target: str) -> None:
        self.at(path).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, self.at(path))

    def remove(self, path: str) -> None:
        """Without the file or the folder ``path``, which must have been there."""
        place = self.at(path)
        shutil.rmtree(place) if place.is_dir() else place.unlink()

    def change(self, path: str, pattern: str, replacement: str) -> None:
        """The first line of ``path`` that matches ``pattern`` (which must exist), its match replaced."""
        text, count = re.subn(pattern, replacement, self.at(path).read_text("latin-1"), count=1, flags=re.MULTILINE)
        assert count == 1, f"{path} has no {pattern}"
        self.at(path).write_text(text, "latin-1")

    def keys(self, path: str, **values: int) -> None:
        """``Key:   1 kB`` lines of meminfo, status and rollups."""
        for key, value in values.items():
            self.change(path, rf"^{re.escape(key)}:\s+\d+", f"{key}: {value}")

    def sysctl(self, name: str, value: object) -> None:
        """``vm.swappiness`` as it is now, not as files declare it."""
        self.write("/proc/sys/" + name.replace(".", "/", 1), value)

    def process(self, pid: int, name: str, *, like: int, cgroup: str, exe: str | None = None, ppid: int = 1) -> None:
        """One more process: a copy of the captured ``like`` with a name and a cgroup (``/system.slice/x.service``)."""
        shutil.copytree(self.at(f"/proc/{like}"), self.at(f"/proc/{pid}"), symlinks=True)
        self.change(f"/proc/{pid}/stat", r"^\d+ \(.*\) (\S) \d+", rf"{pid} ({name}) \1 {ppid}")
        self.change(f"/proc/{pid}/status", r"^Name:\t.*", f"Name:\t{name}")
        self.keys(f"/proc/{pid}/status", Tgid=pid, Pid=pid, PPid=ppid)
        self.write(f"/proc/{pid}/cgroup", f"0::{cgroup}")
        if exe:
            self.link(f"/proc/{pid}/exe", exe)

    def limit(self, pid: int, title: str, soft: object, hard: object | None = None) -> None:
        """A line of ``/proc/PID/limits``, such as ``Max open files``."""
        values = f"{soft!s:<20} {soft if hard is None else hard!s:<20}"
        self.change(f"/proc/{pid}/limits", rf"^{re.escape(title)}\s+\S+\s+\S+\s", f"{title:<25} {values}")

    def snapshot(self) -> dict[str, Any]:
        """What a scan finds, as the controller gets it."""
        wanted = Wanted(group_by="command", pss="all")
        taken = snapshot.take_snapshot(Files(str(self.root)), wanted, self.watched_seconds)
        return unpack(snapshot.pack(taken)).document

    def finding(self, rule: Rule, **variables: Any) -> dict[str, Any]:
        """What ``rule`` says of the host; ``variables`` are the policy's parameters as the inventory sets them."""
        given = {f"memory_policy_{key}": value for key, value in variables.items()}
        parameters = Parameters([rule], "h", given, lambda value: value)
        # As they come from the run, through JSON.
        expressions = json.loads(json.dumps(trees([rule])))
        (finding,) = evaluate.judge([rule], expressions, self.snapshot(), parameters)
        return dict(finding)
