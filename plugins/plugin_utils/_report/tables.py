# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables for a terminal: with Rich where it is installed, else as plain aligned text. The rows are the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from .printable import clipped, columns

try:
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text
except ImportError:  # Rich only makes it prettier
    RichTable = None  # type: ignore[assignment,misc]

_GAP = 2
_NARROWEST = 8

STYLES = {
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "low": "cyan",
    "unreachable": "bold red",
    "failed": "bold red",
}
"""Colours of the words that carry a judgement."""


@dataclass(slots=True)
class Table:
    """``headings`` starting with ``>`` are for figures, and stand to the right. Cells hold printable text only."""

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    note: str = ""

    @property
    def numeric(self) -> list[bool]:
        return [heading.startswith(">") for heading in self.headings]

    @property
    def names(self) -> list[str]:
        return [heading.lstrip(">") for heading in self.headings]


def render(table: Table, width: int, colour: bool) -> str:
    """``table`` in lines of at most ``width`` cells; ``colour`` allows escape sequences."""
    widths = _fitted(table, width)
    if RichTable is None or not colour:
        return _plain(table, widths)
    return _rich(table, widths, width)


def _fitted(table: Table, width: int) -> list[int]:
    """Widths of the columns: figures get what they need, and texts share the rest, the shorter ones first."""
    needed = [max(columns(cell) for cell in column) for column in zip(table.names, *table.rows)]
    room = width - _GAP * (len(needed) - 1) - sum(need for need, right in zip(needed, table.numeric) if right)
    texts = sorted((need, number) for number, need in enumerate(needed) if not table.numeric[number])
    for left, (need, number) in zip(range(len(texts), 0, -1), texts):
        needed[number] = min(need, max(room // left, _NARROWEST))
        room -= needed[number]
    return needed


def _plain(table: Table, widths: list[int]) -> str:
    rule = tuple("-" * width for width in widths)
    lines = [table.title, *(_line(row, widths, table.numeric) for row in (tuple(table.names), rule, *table.rows))]
    return "\n".join([*lines, *([table.note] if table.note else [])])


def _line(cells: tuple[str, ...], widths: list[int], numeric: list[bool]) -> str:
    return (" " * _GAP).join(_padded(*cell) for cell in zip(cells, widths, numeric)).rstrip()


def _padded(cell: str, width: int, right: bool) -> str:
    cell = clipped(cell, width)
    space = " " * (width - columns(cell))
    return space + cell if right else cell + space


def _rich(table: Table, widths: list[int], width: int) -> str:
    drawn = RichTable(
        title=Text(table.title, "bold"), title_justify="left", box=None, pad_edge=False, padding=(0, _GAP, 0, 0)
    )
    for name, room, right in zip(table.names, widths, table.numeric):
        drawn.add_column(Text(name, "dim"), width=room, justify="right" if right else "left", no_wrap=True)
    for row in table.rows:
        drawn.add_row(*(Text(clipped(cell, room), STYLES.get(cell, "")) for cell, room in zip(row, widths)))
    # Names were made printable before; a Text is never read as markup, so "[red]" stays what it is.
    console = Console(width=width + _GAP, force_terminal=True, color_system="standard", highlight=False, emoji=False)
    with console.capture() as captured:
        console.print(drawn)
    lines = [line.rstrip() for line in captured.get().splitlines()]
    return "\n".join([*lines, *([table.note] if table.note else [])])
