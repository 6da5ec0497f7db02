# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What declares the kernel parameters that bear on memory, what a boot makes of it, and what is live."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Sequence, Set, Tuple

from .._derive.sysctl_sources import (
    MASKED,
    NOT_READ,
    OVERRIDDEN,
    TUNED,
    Boot,
    Declared,
    Lost,
    Write,
    by_procps,
    by_systemd,
    has_wildcards,
)
from .._derive.tuned_profile import takes_effect
from .._procfs import cmdline, sysctl
from .._procfs.mountinfo import Mount
from .._shapes.kernel_release import version
from .files import Readings
from .if_present import names_if_present, parsed_if_present
from .links import resolved
from .sysctl_files import SYSCTL_CONF, Folders, SysctlLines, bears_on_memory, scan_folders, scan_loader
from .tuned import Tuned, scan_tuned
from .where_offered import where_offered

_CMDLINE = "/proc/cmdline"
_ALWAYS = (
    "vm/max_map_count",
    "vm/min_free_kbytes",
    "vm/overcommit_memory",
    "vm/overcommit_ratio",
    "vm/swappiness",
    "vm/vfs_cache_pressure",
)


def scan_sysctl_sources(readings: Readings, memory: Dict[str, Any], mounts: Sequence[Mount]) -> Dict[str, Any]:
    """The contract's ``sysctl_sources``; ``memory`` has meminfo, sysctl and kernel already."""
    loader = scan_loader(readings.files, mounts)
    conf_is_last = loader in ("procps", "both") and "sysctl.conf" in names_if_present(readings, "/etc")
    folders = scan_folders(readings, hidden_too=loader == "procps")
    via = next((path for path in folders.files if resolved(readings.files, path) == SYSCTL_CONF), None)
    lines = SysctlLines(readings)
    main = lines.of(SYSCTL_CONF, conf_is_last)
    read = [line for path in folders.files for line in lines.of(path)]
    ignored = [] if via or conf_is_last else [(line, NOT_READ) for line in main]
    ignored += [(line, MASKED) for path, _by in folders.masked for line in lines.of(path, False)]
    ignored += [(line, NOT_READ) for path in folders.passed_over for line in lines.of(path, False)]
    if loader is None:
        ignored += [(line, NOT_READ) for line in read]
    early, too_early = _from_cmdline(readings, memory)
    ignored += [(line, NOT_READ) for line in too_early]
    tuned = scan_tuned(readings)

    named = _named([*read, *main, *early, *tuned.lines, *(line for line, _why in ignored)])
    live = _live(readings, memory["sysctl"], named)
    known = sorted(name for name, value in live.items() if value is not None)
    boot = Boot(live)
    boot.lost += [(line.name, line, why) for line, why in ignored if line.value is not None]
    boot.apply(Write(line.name, line) for line in early)
    if loader in ("systemd-sysctl", "both"):
        _play(boot, by_systemd(read, known))
    if loader in ("procps", "both"):
        _play(boot, by_procps([*read, *main], known))
    if loader:
        _play_tuned(boot, tuned, folders, lines)
    return {
        "loader": loader,
        "reads_sysctl_conf": (via is not None or conf_is_last) if loader else None,
        "via": via,
        "files": folders.files + ([SYSCTL_CONF] if conf_is_last else []),
        "masked": [{"file": path, "by": by} for path, by in folders.masked],
        "parameters": {
            name.replace("/", "."): boot.parameter(name, loader is not None)
            for name in sorted(named.union(_ALWAYS, filter(bears_on_memory, boot.names())))
        },
        "tuned": tuned.described,
        "rejected": lines.rejected + [_refused(line) for line in dict.fromkeys(boot.refused)],
    }


def _from_cmdline(readings: Readings, memory: Dict[str, Any]) -> Tuple[List[Declared], List[Declared]]:
    """What the kernel sets before init starts, and what it would set if it were no older than 5.8."""
    words = parsed_if_present(readings, _CMDLINE, cmdline.parse) or []
    pages = cmdline.default_hugepages(words, memory["meminfo"].get("Hugepagesize"))
    reserved = [] if pages is None else [Declared(_CMDLINE, 1, "vm/nr_hugepages", str(pages))]
    lines = [Declared(_CMDLINE, 1, name, value) for name, value in cmdline.sysctls(words)]
    kernel = version(memory["kernel"]["release"])
    if kernel and kernel < (5, 8):
        return reserved, lines
    return reserved + lines, []


def _named(lines: Iterable[Declared]) -> Set[str]:
    """The parameters that the lines set, wildcards aside."""
    names = {line.name for line in lines if line.value is not None and not has_wildcards(line.name)}
    return {name for name in names if bears_on_memory(name)}


def _live(readings: Readings, values: Dict[str, Any], named: Set[str]) -> Dict[str, Any]:
    """The live values by path: ``values``, read before, and those of the parameters ``named`` that it lacks."""
    live = {name.replace(".", "/"): value for name, value in values.items()}
    more = sorted(named.difference(live))
    live.update(where_offered(readings, "/proc/sys/", more, sysctl.parse))
    return live


def _play(boot: Boot, loaded: Tuple[List[Write], List[Lost]]) -> None:
    writes, lost = loaded
    boot.lost += lost
    boot.apply(writes)


def _play_tuned(boot: Boot, tuned: Tuned, folders: Folders, lines: SysctlLines) -> None:
    for line in tuned.lines:
        effective = takes_effect(line, boot.value(line.name))
        if effective is None:
            boot.lost.append((line.name, line, OVERRIDDEN))
        else:
            boot.apply([Write(line.name, effective)], TUNED, literal=False)
    if tuned.reapplies:
        boot.apply(Write(line.name, line) for path in _reapplied(folders) for line in lines.of(path) if _plain(line))


def _reapplied(folders: Folders) -> List[str]:
    """The files that tuned applies once more: not those of /usr, /run before /etc, sysctl.conf in any case."""
    chosen: Dict[str, str] = {}
    for path in [*folders.files, *(path for path, _by in folders.masked)]:
        place, _slash, name = path.rpartition("/")
        if place == "/run/sysctl.d" or (place == "/etc/sysctl.d" and name not in chosen):
            chosen[name] = path
    return [chosen[name] for name in sorted(chosen)] + [SYSCTL_CONF]


def _plain(line: Declared) -> bool:
    """Whether tuned understands the line too: it knows neither a dash in front nor wildcards."""
    return line.value is not None and not line.dash and not has_wildcards(line.name)


def _refused(line: Declared) -> Dict[str, Any]:
    what = "%s = %s" % (line.name.replace("/", "."), line.value)
    return {"file": line.file, "line": line.line, "text": what, "reason": "the kernel wants a number here"}
