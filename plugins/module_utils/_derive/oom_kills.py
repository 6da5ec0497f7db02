# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OOM kills as the kernel's log tells them.

mm/oom_kill.c writes, in this order, and with one kill at a time: who ran out of memory, the state of the memory,
a summary (since 4.19), the kill itself, perhaps that the other tasks of the cgroup follow. Only the line of the kill
is certain: when kills come thick the kernel leaves the rest out, and the ring buffer may have lost it.

    python invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a/b,...
    Memory cgroup out of memory: Killed process 22263 (python) total-vm:114920kB, anon-rss:35456kB, file-rss:5816kB, ...
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

from .._kernel_log.line import Line, iso
from .._records.text import text

Kill = Dict[str, Any]

_OF_INTEREST = re.compile(rb"oom|[Kk]ill")

# A name has at most 15 bytes, so whatever it says, the last "total-vm:" is the kernel's own. The user's id stood in
# two other places in the kernels of RHEL 6 and 7.
_KILLED = re.compile(
    rb"(?:(Memory cgroup out of memory|Out of memory[^:]*): )?Killed process (\d{1,10})(?:, UID (\d{1,10}),)?"
    rb" \((.*)\)(?:, UID (\d{1,10}),)? (total-vm:\d.*)\Z",
    re.DOTALL,
)
_FIGURE = re.compile(rb"([A-Za-z_-]+):(-?\d{1,19})")
_INVOKED = re.compile(rb"(.*) invoked oom-killer: gfp_mask=", re.DOTALL)
_SUMMARY = re.compile(rb"oom-kill:constraint=(CONSTRAINT_\w+),")
# A cpuset is printed by its own name only, without a slash: the first match is none that a name has forged.
_CGROUPS = re.compile(rb".*?,(?:oom_memcg=(/.*)|global_oom,task_memcg=(/.*))\Z", re.DOTALL)
# Up to 5.2 the victim was first announced, and a child of it could be killed in its place.
_CHOSEN = re.compile(
    rb"(Memory cgroup out of memory|Out of memory[^:]*): Kill process (\d{1,10}) \((.*)\) score \d", re.DOTALL
)
# Before 4.19, in place of the summary.
_TASK_IN = re.compile(rb"Task in (/.*) killed as a result of limit of (/.*)\Z", re.DOTALL)
_GROUP = re.compile(rb"Tasks in .* are going to be killed due to memory\.oom\.group set", re.DOTALL)
_REAPER = re.compile(rb"oom_reaper: (?:reaped process (\d{1,10})|unable to reap pid:(\d{1,10})) ")

_CONSTRAINTS = {
    b"CONSTRAINT_NONE": "host",
    b"CONSTRAINT_MEMCG": "cgroup",
    b"CONSTRAINT_CPUSET": "cpuset",
    b"CONSTRAINT_MEMORY_POLICY": "mempolicy",
}
_OF_CGROUP = b"Memory cgroup out of memory"


class Found(NamedTuple):
    """A kill, as the modules return it, and the line that tells it."""

    kill: Kill
    line: Line


def _split(paths: bytes) -> Tuple[Optional[bytes], Optional[bytes]]:
    """``/a,task_memcg=/a/b`` -> ``(/a, /a/b)``.

    A cgroup's name may hold the words between. The right cut is where the second path lies below the first.
    """
    parts = paths.split(b",task_memcg=/")
    for place in range(1, len(parts)):
        limit, task = b",task_memcg=/".join(parts[:place]), b"/" + b",task_memcg=/".join(parts[place:])
        if len(parts) == 2 or (task + b"/").startswith(limit.rstrip(b"/") + b"/"):
            return limit, task
    return None, None


class _Event:
    """What the log says before a kill. ``chosen`` is whom the kernel announced, where it still did."""

    def __init__(self, command: Optional[bytes] = None) -> None:
        self.command = command
        self.summary: Optional[re.Match[bytes]] = None
        self.of_cgroup: Optional[bool] = None
        self.chosen: Optional[Tuple[int, bytes]] = None
        self.cgroups: Tuple[Optional[bytes], Optional[bytes]] = (None, None)

    def concerns(self, pid: int, command: bytes) -> Optional[Dict[str, Any]]:
        """What this says of the kill of process ``pid``; None when it was said of another."""
        chosen_pid, chosen_command = self.chosen or (pid, command)
        limit, task = self.cgroups
        constraint = None
        if self.summary is not None:
            head, _tail, uid = self.summary.string.rpartition(b",task=%s,pid=%d,uid=" % (chosen_command, chosen_pid))
            if not head or not uid.isdigit():
                return None
            constraint = _CONSTRAINTS.get(self.summary.group(1))
            paths = _CGROUPS.match(head)
            if paths:
                limit, task = _split(paths.group(1)) if paths.group(1) else (None, paths.group(2))
        return {
            "constraint": constraint,
            "cgroup": text(task) if task and chosen_pid == pid else None,
            "limit_cgroup": text(limit) if limit else None,
            "triggered_by": None if self.command is None else {"command": text(self.command)},
        }


_NOTHING: Dict[str, Any] = {"constraint": None, "cgroup": None, "limit_cgroup": None, "triggered_by": None}


def _bytes(figures: Dict[bytes, int], key: bytes) -> Optional[int]:
    return figures[key] * 1024 if key in figures else None


class _Story:
    """Reads the lines of one boot in their order."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.found: List[Found] = []
        self._event = _Event()
        self._group: Optional[Kill] = None

    def read(self, line: Line) -> None:
        message = line.message
        killed = _KILLED.match(message)
        if killed:
            self._killed(line, *killed.groups())
            return
        invoked = _INVOKED.match(message)
        if invoked:
            self._event, self._group = _Event(invoked.group(1)), None
            return
        summary, task_in = _SUMMARY.match(message), _TASK_IN.match(message)
        chosen, reaper = _CHOSEN.match(message), _REAPER.match(message)
        if summary:
            self._event.summary = summary
        elif task_in:
            self._event.cgroups = (task_in.group(2), task_in.group(1))
        elif chosen:
            self._event.chosen = (int(chosen.group(2)), chosen.group(3))
            self._event.of_cgroup = chosen.group(1) == _OF_CGROUP
            self._group = None
        elif reaper:
            self._reaped(int(reaper.group(1) or reaper.group(2)), bool(reaper.group(1)))
        elif _GROUP.match(message) and self.found:
            self._group = self.found[-1].kill
        elif message.startswith(b"Out of memory and no killable processes"):
            self._event = _Event()

    def _killed(
        self,
        line: Line,
        why: Optional[bytes],
        pid: bytes,
        uid_before: Optional[bytes],
        command: bytes,
        uid_behind: Optional[bytes],
        rest: bytes,
    ) -> None:
        figures = {key: int(number) for key, number in _FIGURE.findall(rest)}
        uid = uid_before or uid_behind
        said = self._event.concerns(int(pid), command)
        if self._group is not None:
            # The others of the cgroup share the cause, and the log doesn't say in which cgroup below it each one was.
            said = dict(self._group, cgroup=None)
        said = said or _NOTHING
        of_cgroup = self._event.of_cgroup if why is None else why == _OF_CGROUP
        # 5.1 and 5.2 call a kill for a cgroup's limit CONSTRAINT_NONE.
        constraint = "cgroup" if of_cgroup else said["constraint"]
        if constraint is None and of_cgroup is False:
            constraint = "host"
        kill = {
            "victim": text(command),
            "pid": int(pid),
            "uid": figures.get(b"UID", int(uid) if uid else None),
            "constraint": constraint,
            "cgroup": said["cgroup"],
            "limit_cgroup": said["limit_cgroup"],
            "at": iso(line.realtime),
            "boot_id": line.boot_id,
            "triggered_by": said["triggered_by"],
            "total_vm_bytes": _bytes(figures, b"total-vm"),
            "anon_rss_bytes": _bytes(figures, b"anon-rss"),
            "file_rss_bytes": _bytes(figures, b"file-rss"),
            "shmem_rss_bytes": _bytes(figures, b"shmem-rss"),
            "page_tables_bytes": _bytes(figures, b"pgtables"),
            "oom_score_adj": figures.get(b"oom_score_adj"),
            "source": self.source,
            "reaped": None,
        }
        self.found.append(Found(kill, line))
        self._event = _Event()

    def _reaped(self, pid: int, done: bool) -> None:
        for found in reversed(self.found):
            if found.kill["pid"] == pid:
                found.kill["reaped"] = done
                return


def kills_in(lines: Iterable[Line], source: str) -> List[Found]:
    """The kills that ``lines``, in their order, tell; ``source`` is noted with each."""
    stories: Dict[Optional[str], _Story] = {}
    for line in lines:
        if _OF_INTEREST.search(line.message):
            stories.setdefault(line.boot_id, _Story(source)).read(line)
    return [found for story in stories.values() for found in story.found]


def _stamp(line: Line) -> int:
    return (line.realtime if line.microseconds is None else line.microseconds) or 0


def merged(logs: Iterable[List[Found]]) -> List[Kill]:
    """Each kill once, the newest last. Of the logs that have it the first one's word is taken."""
    seen: Dict[Tuple[Any, ...], Found] = {}
    began: Dict[Optional[str], int] = {}
    for found in chain.from_iterable(logs):
        boot_id, realtime = found.line.boot_id, found.line.realtime or 0
        seen.setdefault((boot_id, _stamp(found.line), found.kill["pid"]), found)
        began[boot_id] = min(realtime, began.get(boot_id, realtime))
    # Within a boot by the kernel's own clock: the journal's is that of its reader, which may have come late.
    ordered = sorted(seen.values(), key=lambda found: (began[found.line.boot_id], _stamp(found.line)))
    return [found.kill for found in ordered]
