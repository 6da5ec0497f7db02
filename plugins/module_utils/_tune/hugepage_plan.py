# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans transparent huge pages: the live value, and the line of tmpfiles.d that gives it at boot."""

from __future__ import annotations

import posixpath
from typing import Dict, List, Optional, Tuple

from .._change.record import original_value
from .._config import sysctl_conf_own, tmpfiles_conf, tuned_conf
from .._derive.guard_vm import MIN_FREE, guard_reserve, number
from .._derive.refusal import refusal
from .._records.unread import Unread
from .._scan.files import Files, Readings
from .._scan.if_present import names_if_present, parsed_if_present
from .._scan.tuned import scan_tuned
from .plan import Host, LiveValue, Plan

SETTING = "transparent_hugepage"
PATH = "/sys/kernel/mm/transparent_hugepage/enabled"

_SIZE = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"
_FOLDERS = ("/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/local/lib/tmpfiles.d", "/usr/lib/tmpfiles.d")
_TUNED_NAMES = ("transparent_hugepages", "transparent_hugepage")


def plan_hugepage(host: Host, plan: Plan, wanted: str) -> None:
    """``wanted``: always, madvise, never or absent. The kernel must have them."""
    live = host.memory["transparent_hugepage"]["enabled"]
    before = declared(plan.files)
    if wanted == "absent":
        if before is None:
            return
        plan.files.put(tmpfiles_conf.OWN_FILE, None)
        plan.declare(SETTING, tmpfiles_conf.OWN_FILE, before, None)
        after = original_value(host.root, PATH)
        if after is None:
            plan.warnings.append("what %s was before isn't known, so it stays %s" % (SETTING, live))
            return
    else:
        after = wanted
        _refuse_rivals(plan, wanted)
        if before != wanted:
            plan.files.put(tmpfiles_conf.OWN_FILE, tmpfiles_conf.render(PATH, wanted))
            plan.declare(SETTING, tmpfiles_conf.OWN_FILE, before, wanted)
    if after != live:
        plan.live.append(LiveValue(SETTING, PATH, live, after))


def declared(files: Files) -> Optional[str]:
    """What our own file sets at boot."""
    found = parsed_if_present(Readings(files), tmpfiles_conf.OWN_FILE, tmpfiles_conf.parse) or []
    return next((each.value for each in found if each.path == PATH), None)


def check_reserve(host: Host, plan: Plan) -> None:
    """Our line for huge pages comes after the one for MIN_FREE at boot, and has the kernel set it anew."""
    own = sysctl_conf_own.declared(plan.files.content(sysctl_conf_own.OWN_FILE) or b"")
    reserve, huge = number(own.get(MIN_FREE.replace(".", "/"))), declared(plan.files)
    if reserve is None and any(each.path == PATH for each in plan.live):
        plan.warnings.append("the kernel works out %s anew when %s is set" % (MIN_FREE, SETTING))
    if reserve is None or huge is None:
        return
    try:
        size = int(host.files.read(_SIZE))
        zones = host.files.read("/proc/buddyinfo").count(b"\n")
    except (Unread, ValueError):
        return
    refused = guard_reserve(reserve, huge, host.memory["meminfo"].get("MemTotal"), size, zones)
    plan.refused += [refused] if refused else []


def unproven(files: Files, wanted: str) -> Optional[str]:
    """Why a boot would not set what is wanted; None where it does."""
    ours = declared(files)
    if ours != wanted:
        return "a boot would set %s to %s and not %s" % (SETTING, ours, wanted)
    for file, line, value in rivals(Readings(files)):
        if value != wanted:
            return "a boot would set %s to %s, by %s:%d" % (SETTING, value, file, line)
    return None


def _refuse_rivals(plan: Plan, wanted: str) -> None:
    readings = Readings(plan.files)
    if "systemd-tmpfiles" not in names_if_present(readings, "/usr/bin") + names_if_present(readings, "/bin"):
        why = "there is no systemd-tmpfiles here to set it when the host boots"
        plan.refused.append(refusal(SETTING, why, True))
    for file, line, value in rivals(readings):
        if value != wanted:
            why = "a boot would not set it to %s, for %s:%d sets it to %s: change it there"
            text = why % (wanted, file, line, value)
            plan.refused.append(refusal(SETTING, text, False, file=file, line=line, value=value))


def rivals(readings: Readings) -> List[Tuple[str, int, str]]:
    """Who wins over us: lines of tmpfiles.d before ours, for the first counts, and tuned, which comes later."""
    chosen: Dict[str, str] = {}
    for folder in _FOLDERS:
        for name in names_if_present(readings, folder):
            chosen.setdefault(name, "%s/%s" % (folder, name))
    found = []
    for name in sorted(chosen):
        if name.endswith(".conf") and name < posixpath.basename(tmpfiles_conf.OWN_FILE):
            for each in parsed_if_present(readings, chosen[name], tmpfiles_conf.parse) or []:
                if each.path == PATH:
                    found.append((chosen[name], each.line, each.value))
    tuned = scan_tuned(readings).described
    for path in tuned["files"] if tuned and tuned["enabled"] else []:
        for option in parsed_if_present(readings, path, tuned_conf.parse) or []:
            if option.section == "vm" and option.name in _TUNED_NAMES:
                found.append((path, option.line, option.value))
    return found
