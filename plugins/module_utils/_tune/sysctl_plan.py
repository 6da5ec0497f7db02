# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans kernel parameters: their lines in our own file, the lines of others that stand in the way, the live values.

A boot is played through on the planned files until our file decides each parameter, or until it is known why it can't.
"""

from __future__ import annotations

import posixpath
from typing import Any, Collection, Dict, List, Mapping, NamedTuple, Optional, Set

from .._change.record import original_value
from .._config.sysctl_conf_own import OWN_FILE, copied, declared, is_idle_copy, line_off, lines_back, render
from .._derive.refusal import Refusal, refusal
from .._records.unread import Unread
from .._scan.files import Readings
from .._scan.if_present import names_if_present
from .._scan.links import resolved
from .._scan.sysctl_files import SYSCTL_CONF, SysctlLines
from .._scan.sysctl_sources import scan_sysctl_sources
from .plan import Host, LiveValue, Plan

_MOST_RIVALS = 64

PAIR = {
    "vm.overcommit_kbytes": "vm.overcommit_ratio",
    "vm.overcommit_ratio": "vm.overcommit_kbytes",
}
"""A write to one makes the kernel set the other to 0."""


def by_other_half(wanted: Mapping[str, int], gone: Collection[str], host: Host) -> Dict[str, int]:
    """0 for one of the pair means that the other counts. That one is set: a line with the 0 would clear it at boot."""
    set_so = dict(wanted)
    for name, other in PAIR.items():
        counts = wanted.get(other, None if other in gone else host.memory["sysctl"].get(other))
        if wanted.get(name) == 0 and counts:
            del set_so[name]
            set_so[other] = counts
    return set_so


class Rival(NamedTuple):
    """A line that would win over ours at boot; ``value`` None keeps the parameter from being set at all."""

    file: str
    line: int
    value: Optional[str]


def simulated(host: Host, plan: Plan) -> Dict[str, Any]:
    """The contract's ``sysctl_sources`` of the host with the planned files."""
    return scan_sysctl_sources(Readings(plan.files), host.memory, host.mounts)


def plan_lines(host: Host, plan: Plan, wanted: Mapping[str, int], gone: Collection[str], takeover: bool) -> List[str]:
    """Plans all files. Returns which of ``gone`` had been declared by us, and so lose their value."""
    before = declared(plan.files.content(OWN_FILE) or b"")
    kept = {name: value for name, value in before.items() if name.replace("/", ".") not in gone}
    for name, value in wanted.items():
        other = PAIR.get(name)
        if other and value:
            # A line for it would be one write too many, whichever comes first.
            kept.pop(other.replace(".", "/"), None)
        kept[name.replace(".", "/")] = str(value)
    content = render(kept)
    if kept != before:
        plan.files.put(OWN_FILE, content or None)
    for name in sorted(set(before).union(kept)):
        if before.get(name) != kept.get(name):
            plan.declare(name.replace("/", "."), OWN_FILE, before.get(name), kept.get(name))
    ours = [name for name in gone if name.replace(".", "/") in before]
    _give_back(host, plan, set(gone) | {PAIR[n] for n in gone if n in PAIR and PAIR[n] not in wanted}, ours)
    _win(host, plan, wanted, takeover)
    return ours


def _give_back(host: Host, plan: Plan, names: Set[str], ours: List[str]) -> None:
    """The lines that were taken out of force for these parameters."""
    if not names:
        return
    places = ["/etc/sysctl.d/" + name for name in names_if_present(Readings(plan.files), "/etc/sysctl.d")]
    paths = {name.replace(".", "/") for name in names}
    for path in dict.fromkeys(resolved(plan.files, place) for place in [*places, SYSCTL_CONF]):
        content = plan.files.content(path) if path.startswith("/etc/") and path != OWN_FILE else None
        new, lines = lines_back(content or b"", paths)
        if not lines:
            continue
        plan.files.put(path, None if is_idle_copy(new) else new)
        for setting in SysctlLines(Readings(_only(plan, path, new))).of(path):
            if setting.line in lines:
                name = setting.name.replace("/", ".")
                plan.declare(name, "%s:%d" % (path, setting.line), None, setting.value)
                if name in names and name not in ours:
                    ours.append(name)


def _only(plan: Plan, path: str, content: bytes) -> Any:
    files = type(plan.files)(plan.files)
    files.put(path, content)
    return files


def _win(host: Host, plan: Plan, wanted: Mapping[str, int], takeover: bool) -> None:
    """Take the rivals' lines out of force, one after the other; refuse where that isn't asked for or can't be done."""
    lost: Set[str] = set()
    for _round in range(_MOST_RIVALS):
        sources = simulated(host, plan)
        if sources["loader"] is None:
            for name in wanted:
                why = "nothing that is known sets kernel parameters when this host boots, so that %s would be lost then"
                plan.refused.append(refusal(name, why % name, True))
            return
        losing = [name for name in wanted if name not in lost and not is_ours(sources, name, wanted[name])]
        if not losing:
            return
        for name in losing:
            rival = _rival(plan, sources, name)
            blocked = _take(plan, name, rival)
            if blocked:
                lost.add(name)
            if blocked or not takeover:
                # Without takeover the game goes on too, so that all of the rivals are named.
                how = blocked or "takeover makes a comment of that line"
                plan.refused.append(_refusal(name, wanted[name], rival, how))
            elif rival:
                plan.declare(name, "%s:%d" % (rival.file, rival.line), rival.value, None)
                plan.warnings.append("%s:%d is taken out of force" % (rival.file, rival.line))
    plan.refused.append(refusal("takeover", "too many lines stand in the way", False))


def is_ours(sources: Dict[str, Any], name: str, value: int) -> bool:
    """Whether a boot gives ``name`` that value, and our file is why."""
    found = sources["parameters"].get(name) or {}
    return found.get("next_boot") == value and (found.get("decided_by") or {}).get("file") == OWN_FILE


def _rival(plan: Plan, sources: Dict[str, Any], name: str) -> Optional[Rival]:
    found = sources["parameters"].get(name) or {}
    decider = found.get("decided_by")
    lines = SysctlLines(Readings(plan.files))
    if decider and decider["file"] != OWN_FILE:
        at = (decider["file"], decider["line"])
        value = next((each.value for each in lines.of(at[0]) if each.line == at[1]), None)
        return Rival(at[0], at[1], value)
    for path in sources["files"]:
        for each in lines.of(path):
            if each.value is None and each.name == name.replace(".", "/") and path != OWN_FILE:
                return Rival(path, each.line, None)
    return None


def _take(plan: Plan, name: str, rival: Optional[Rival]) -> Optional[str]:
    """Plan to take the rival's line out of force; else why that can't be."""
    if rival is None:
        return "no line is known that could be taken over"
    folder, base = posixpath.split(rival.file)
    if rival.file != SYSCTL_CONF and not folder.endswith("/sysctl.d"):
        return "that is none of the files that can be taken over: change it there (a profile of tuned, for one)"
    real = resolved(plan.files, rival.file)
    try:
        content = plan.files.content(real) or b""
    except Unread as error:
        return "it can't be read (%s)" % error.reason
    if real.startswith("/etc/"):
        plan.files.put(real, line_off(content, rival.line))
    elif folder == "/etc/sysctl.d":
        return "it is a link to %s" % real
    else:
        copy = copied(content, rival.file)
        # The copy's first line tells what it is, so that everything has moved on by one.
        plan.files.put("/etc/sysctl.d/" + base, line_off(copy, rival.line + 1))
    return None


def _refusal(name: str, value: int, rival: Optional[Rival], how: str) -> Refusal:
    if rival is None:
        return refusal(name, "a boot would not set %s to %d: %s" % (name, value, how), False)
    said = "leaves %s alone" % name if rival.value is None else "sets it to %s" % rival.value
    why = "a boot would not set %s to %d, for %s:%d %s: %s" % (name, value, rival.file, rival.line, said, how)
    return refusal(name, why, False, **rival._asdict())


def live_after(host: Host, plan: Plan, wanted: Mapping[str, int], gone: List[str]) -> Dict[str, int]:
    """The live values that are wanted: those asked for, and for what is ``gone`` what a boot, or the past, gives."""
    parameters = simulated(host, plan)["parameters"]
    after = dict(wanted)
    for name in gone:
        value = _without_us(host, parameters, name)
        if value is None:
            plan.warnings.append(
                "%s is no longer set by us; what it was before isn't known, so it stays as it is" % name
            )
            continue
        after[name] = value
        other = PAIR.get(name)
        if other and other not in wanted and value == 0:
            was = _without_us(host, parameters, other)
            after.update({other: was} if was else {})
    return after


def _without_us(host: Host, parameters: Dict[str, Any], name: str) -> Optional[int]:
    booted = (parameters.get(name) or {}).get("next_boot")
    if isinstance(booted, int):
        return booted
    original = original_value(host.root, path_of(name))
    return int(original) if original and original.isdigit() else None


def plan_live(host: Host, plan: Plan, after: Mapping[str, int]) -> None:
    """The writes to /proc/sys, in an order in which none undoes another and memory is never promised too strictly."""
    live = host.memory["sysctl"]
    # Mode 2 last, and its end first: the limit that it enforces is then right, or not enforced.
    order = sorted(after, key=lambda n: (n == "vm.overcommit_memory") == (after.get("vm.overcommit_memory") == 2))
    for name in order:
        other = PAIR.get(name)
        if live.get(name) == after[name] or (other and after.get(other)):
            continue
        plan.live.append(LiveValue(name, path_of(name), str(live[name]), str(after[name])))
        if other and live.get(other):
            plan.live.append(LiveValue(other, path_of(other), str(live[other]), "0", implied_by=path_of(name)))


def path_of(name: str) -> str:
    return "/proc/sys/" + name.replace(".", "/")
