# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts made by hand on which the module limits is run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.memory.plugins.module_utils._change import live
from ansible_collections.fleet.memory.plugins.modules import limits

from .hand_made import hand_made

PAM = "/etc/security/limits.d/90-fleet-memory.conf"
CONF = "/etc/security/limits.conf"
UNIT = "/etc/systemd/system/search.service.d/90-fleet-memory.conf"
STAT = "7 (java) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 3 0 99 2147483648 10"
STATUS = (
    "Name:\tjava\nUid:\t1000\t1000\t1000\t1000\nVmPeak:\t 3145728 kB\nVmSize:\t 2097152 kB\nVmLck:\t 64 kB\n"
    "VmData:\t 1048576 kB\nVmStk:\t 132 kB\nThreads:\t3\nCapEff:\t0000000000000000\n"
)
LIMITS = (
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max stack size            8388608              unlimited            bytes     \n"
    "Max open files            1024                 524288               files     \n"
    "Max address space         unlimited            unlimited            bytes     \n"
)
HOST = {
    "/etc/security/limits.conf": "# nothing\n",
    "/etc/security/limits.d/README": "",
    "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000:A:/home/alice:/bin/sh\n",
    "/etc/group": "root:x:0:\nalice:x:1000:\n",
    "/etc/pam.d/sshd": "session required pam_limits.so\n",
    "/proc/sys/fs/nr_open": "1048576\n",
    "/proc/self/status": "Name:\tx\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n",
    "/proc/self/mountinfo": "20 1 0:5 / /proc rw - proc proc rw\n",
    "/proc/sys/kernel/random/boot_id": "b1\n",
    "/proc/1/limits": LIMITS,
    "/proc/1/cgroup": "0::/init.scope\n",
    "/run/systemd/system/x": "",
    "/lib/systemd/system/x.service": "[Service]\nExecStart=/x\n",
    "/usr/lib/systemd/system/search.service": "[Service]\nExecStart=/x\n",
}
RUNNING = {
    "/proc/7/stat": STAT,
    "/proc/7/status": STATUS,
    "/proc/7/limits": LIMITS,
    "/proc/7/cgroup": "0::/system.slice/search.service\n",
    "/proc/7/fd/0": "",
    "/proc/7/fd/99": "",
    "/proc/7/oom_score_adj": "0\n",
}


class Machine:
    """A host whose systemd says what it was told; ``set`` runs the module on it."""

    def __init__(self, root: Path, capsys: Any) -> None:
        self.root = root
        self._capsys = capsys
        self.commands: List[str] = []
        self.failing = ""
        self.shown = ""

    def set(self, *entries: Dict[str, Any], check: bool = False, **options: Any) -> Dict[str, Any]:
        arguments = dict(options, limits=list(entries), _ansible_check_mode=check)
        with patch_module_args(arguments), pytest.raises(SystemExit):
            limits.main()
        result: Dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return result

    def read(self, path: str) -> str:
        return (self.root / path.lstrip("/")).read_text()

    def body(self, path: str) -> List[str]:
        return [line for line in self.read(path).splitlines() if not line.startswith("#")]

    def files(self) -> Dict[str, bytes]:
        """All but the rollback records."""
        return {
            str(path): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file() and "fleet-memory/rollback" not in str(path)
        }

    def command(self, command: List[str], **_options: Any) -> Tuple[int, str, str]:
        self.commands.append(" ".join(word for word in command if word != "--no-ask-password"))
        failed = bool(self.failing) and self.failing in self.commands[-1]
        return int(failed), self.shown if "show" in command else "", "it failed" if failed else ""


Make = Callable[..., Machine]


def maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Make:
    """The body of the fixture `machine`."""

    def make(files: Optional[Dict[str, str]] = None, but: Tuple[str, ...] = ()) -> Machine:
        made = Machine(tmp_path, capsys)
        hand_made(tmp_path, {path: text for path, text in {**HOST, **(files or {})}.items() if path not in but})
        monkeypatch.setattr(limits, "ROOT", str(tmp_path))
        # A bound method: the module isn't handed over.
        monkeypatch.setattr(AnsibleModule, "run_command", made.command)
        # A write to a file of the kernel leaves nothing of what was in it.
        monkeypatch.setattr(live, "set_value", lambda place, text: Path(place).write_text(text) and None)
        monkeypatch.setattr(live, "limit", lambda pid, name: (1024, 524288) if name == "NOFILE" else (-1, -1))
        return made

    return make


def pam(domain: str, kind: str, item: str, value: Any, **more: Any) -> Dict[str, Any]:
    return dict(more, domain=domain, type=kind, item=item, value=value)


def unit(item: str, value: Any = None, **more: Any) -> Dict[str, Any]:
    made = dict(more, unit="search.service", item=item)
    return made if value is None else dict(made, value=value)
