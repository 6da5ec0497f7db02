# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Opens report.html in a real browser: what the page's own script makes of the data and of hostile names.

Chromium gets no network that it could use: everything is a file, and the page's policy forbids the rest.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import page
from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview
from ansible_collections.fleet.memory.plugins.plugin_utils._report.printable import printable
from ansible_collections.fleet.memory.plugins.plugin_utils._report.sizes import size
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

from tests.support.fleets import AT_RISK, HOSTILE, RUN, SIGNALS, audited, consumer, finding, fleet, missed, waiver

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--log-level=0",
    "--virtual-time-budget=5000",
    "--dump-dom",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser: none of " + ", ".join(_NAMES) + " is installed")


@dataclass
class Opened:
    """The page after its script ran. ``complaints`` are the browser's: errors, and what the policy has blocked."""

    dom: str
    complaints: list[str]

    @property
    def answer(self) -> object:
        """What the test's own script has left behind."""
        found = re.search(r'<pre id="answer">(.*?)</pre>', self.dom, re.DOTALL)
        assert found, "the test's script gave no answer"
        return json.loads(unescape(found[1]))


Open = Callable[..., Opened]


@pytest.fixture
def browse(tmp_path: Path) -> Open:
    def browse(store: Store, script: str = "", spoil: Callable[[str], str] = lambda text: text) -> Opened:
        """Opens the report of ``store``; ``script`` is a function body that acts on the page and returns a value."""
        text = "".join(page.pieces(Overview(store, store.run(RUN))))
        path = tmp_path / "report.html"
        path.write_text(spoil(_with(text, script) if script else text), encoding="utf-8")
        command = [str(CHROMIUM), *_FLAGS, f"--user-data-dir={tmp_path / 'profile'}", path.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        complaints = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
        return Opened(done.stdout, complaints)

    return browse


def _with(text: str, script: str) -> str:
    """The page with one more script, which its policy then has to know."""
    code = f"""
    const result = (() => {{ {script} }})();
    const answer = document.createElement("pre");
    answer.id = "answer";
    answer.textContent = JSON.stringify(result);
    document.body.append(answer);
    """
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    text = text.replace("script-src ", f"script-src 'sha256-{digest}' ")
    return text.replace("</body>", f"<script>{code}</script></body>")


_ROWS = (
    "[...document.querySelectorAll('#host-rows tr:not(.detail)')]"
    ".map((row) => [...row.children].map((cell) => cell.textContent))"
)
_HEADER = "const header = (key) => document.querySelector(`th[data-key='${key}']`);"


def some(path: Path) -> Store:
    return fleet(
        path,
        audited("web2", finding("swappiness", "fail", 60, "m"), used_percent=20.0, available_percent=80.0, **SIGNALS),
        audited("web10", finding("available", "fail", 3, "m"), used_percent=97.0, available_percent=3.0, **AT_RISK),
        audited("db1", finding("available", "pass", 40), used_percent=None, available_percent=None, total_bytes=None),
        audited("db2", finding("available", "unknown", None, "denied"), swap_total_bytes=0, used_percent=50.0),
        missed("gone", "unreachable", "Connection timed out"),
    )


def test_every_host_has_a_row_the_missed_first_and_then_the_worst(browse: Open, tmp_path: Path) -> None:
    opened = browse(some(tmp_path / "store"), f"return {_ROWS};")
    assert opened.answer == [
        ["gone", "unreachable", "Connection timed out"],
        ["web10", "audited", "8.00 GiB", "3.0%", "97.0%", "0 B of 1.00 GiB", "severe", "14", "critical available"],
        ["web2", "audited", "8.00 GiB", "80.0%", "20.0%", "0 B of 1.00 GiB", "quiet", "0", "medium swappiness"],
        ["db2", "audited", "8.00 GiB", "25.0%", "50.0%", "none", "unknown", "unknown", "unknown available"],
        ["db1", "audited", "unknown", "unknown", "unknown", "0 B of 1.00 GiB", "unknown", "unknown", "none"],
    ]
    assert opened.complaints == []


def test_hostile_names_are_shown_and_nothing_of_them_runs(browse: Open, tmp_path: Path) -> None:
    consumers = tuple(consumer(name, rank) for rank, name in enumerate(HOSTILE, 1))
    store = fleet(
        tmp_path / "store",
        *(audited(name, finding("swappiness", "fail", name, name), consumers=consumers) for name in HOSTILE),
        *(missed(f"missed {name}", reason=name) for name in HOSTILE),
    )
    opened = browse(
        store,
        f"""
        document.querySelectorAll("details").forEach((each) => {{
          each.open = true;
          each.dispatchEvent(new Event("toggle"));
        }});
        document.querySelectorAll("#host-rows button").forEach((each) => each.click());
        return {{
          rows: {_ROWS}.map((row) => row[0]),
          listed: [...document.querySelectorAll(".groups .name")].map((each) => each.textContent),
          consumers: [...document.querySelectorAll(".consumers tbody th")].map((each) => each.textContent),
          foreign: document.querySelectorAll("img, iframe, script[src], b").length,
          scripts: document.scripts.length,
          title: document.title,
        }};
        """,
    )
    answer = opened.answer
    assert isinstance(answer, dict)
    shown = {printable(name, 255) for name in HOSTILE}
    assert shown <= set(answer["rows"])
    assert shown == set(answer["listed"])
    assert {printable(name, 80) for name in HOSTILE} == set(answer["consumers"])
    assert (answer["foreign"], answer["scripts"], answer["title"]) == (0, 3, f"Memory audit {RUN}")
    assert opened.complaints == []


def test_the_test_would_notice_a_script_that_the_policy_blocks(browse: Open, tmp_path: Path) -> None:
    opened = browse(
        some(tmp_path / "store"),
        spoil=lambda text: text.replace("</body>", "<script>document.title = 'pwned'</script></body>"),
    )
    assert any("Content Security Policy" in line for line in opened.complaints)
    assert "<title>Memory audit" in opened.dom


def test_sorting_keeps_the_unknown_last_and_tells_assistive_technology(browse: Open, tmp_path: Path) -> None:
    opened = browse(
        some(tmp_path / "store"),
        f"""
        {_HEADER}
        const names = () => {_ROWS}.map((row) => row[0]), sorted = () => header("used").getAttribute("aria-sort");
        const seen = [];
        for (const key of ["name", "used", "used", "kills", "paging"]) {{
          header(key).querySelector("button").click();
          seen.push([names(), sorted()]);
        }}
        return seen;
        """,
    )
    assert opened.answer == [
        [["db1", "db2", "gone", "web2", "web10"], None],
        [["web10", "db2", "web2", "db1", "gone"], "descending"],
        [["web2", "db2", "web10", "db1", "gone"], "ascending"],
        [["web10", "web2", "db2", "db1", "gone"], None],
        [["gone", "web10", "web2", "db2", "db1"], None],
    ]


def test_search_and_filters(browse: Open, tmp_path: Path) -> None:
    opened = browse(
        some(tmp_path / "store"),
        f"""
        const names = () => {_ROWS}.map((row) => row[0]);
        const set = (id, value) => {{
          document.getElementById(id).value = value;
          document.getElementById(id).dispatchEvent(new Event("change"));
        }};
        const seen = [];
        set("status-filter", "unreachable"); seen.push(names());
        set("status-filter", ""); set("severity-filter", "4"); seen.push(names());
        set("severity-filter", "0");
        document.getElementById("search").value = "TIMED"; set("status-filter", ""); seen.push(names());
        document.getElementById("search").value = "nobody"; set("status-filter", ""); seen.push(names());
        return [...seen, document.getElementById("host-count").textContent];
        """,
    )
    assert opened.answer == [["gone"], ["web10", "web2"], ["gone"], [], "No host matches."]


def test_a_host_opens_to_its_findings(browse: Open, tmp_path: Path) -> None:
    opened = browse(
        some(tmp_path / "store"),
        """
        const button = [...document.querySelectorAll("#host-rows button")].find((each) => each.textContent === "web2");
        const texts = (tag) => [...document.querySelectorAll(".detail " + tag)].map((each) => each.textContent);
        const detail = () => [texts("li"), texts("dd")];
        const seen = [];
        for (let time = 0; time < 2; time += 1) {
          button.click();
          seen.push([button.getAttribute("aria-expanded"), detail()]);
        }
        return seen;
        """,
    )
    risks = [
        "quiet, 0.2 major faults per second",
        "0",
        "java (hog), the largest",
        "1.9% used: RLIMIT_STACK of java",
        "0.4%",
        "99.4%",
    ]
    assert opened.answer == [["true", [['medium "Title of swappiness" fails: 60'], risks]], ["false", [[], []]]]


def test_a_host_tells_what_is_waived_and_nothing_of_rules_for_others(browse: Open, tmp_path: Path) -> None:
    elsewhere = finding("swappiness", "not_applicable", None, "No swap.")
    store = fleet(
        tmp_path / "store",
        audited("a", finding("available", "waived", 4, "m", waiver=waiver()), elsewhere),
        audited("b", finding("swappiness", "fail", 60, "m")),
        audited("c", finding("available", "pass", 40), elsewhere),
    )
    opened = browse(
        store,
        f"""
        for (const button of document.querySelectorAll("#host-rows button")) button.click();
        const seen = [...document.querySelectorAll(".detail td")].map((each) => each.firstChild.textContent);
        const details = document.querySelector("details[data-rule='0']");
        details.open = true;
        details.dispatchEvent(new Event("toggle"));
        return [{_ROWS}.map((row) => row[8]), seen, details.querySelector(".groups").textContent];
        """,
    )
    held = "(until 2027-03-31, storage team: Moves away in spring)"
    assert opened.answer == [
        ["medium swappiness", "waived available", "none"],
        [
            'medium "Title of swappiness" fails: 60',
            f'waived "Title of available" is waived: 4 {held}',
            "Every rule that applies passes.",
        ],
        "not applicable: No swap. on 2 hostsacb 60",
    ]
    assert opened.complaints == []


def test_pages(browse: Open, tmp_path: Path) -> None:
    store = fleet(tmp_path / "store", *(audited(f"h{number:03d}") for number in range(120)))
    opened = browse(
        store,
        f"""
        const seen = [], next = document.getElementById("next"), previous = document.getElementById("previous");
        for (const button of [null, next, next, previous]) {{
          if (button) button.click();
          const rows = {_ROWS};
          const count = document.getElementById("host-count").textContent;
          seen.push([rows.length, rows[0][0], count, next.disabled, previous.disabled]);
        }}
        return seen;
        """,
    )
    assert opened.answer == [
        [50, "h000", "1 to 50 of 120 hosts", False, True],
        [50, "h050", "51 to 100 of 120 hosts", False, False],
        [20, "h100", "101 to 120 of 120 hosts", True, False],
        [50, "h050", "51 to 100 of 120 hosts", False, False],
    ]


def test_the_hosts_of_a_finding(browse: Open, tmp_path: Path) -> None:
    hosts = [audited(f"h{number:03d}", finding("swappiness", "fail", 60, "m")) for number in range(1, 130, 2)]
    store = fleet(tmp_path / "store", audited("a", finding("swappiness", "fail", 10, "m")), *hosts, missed("h002"))
    opened = browse(
        store,
        """
        const details = document.querySelector("details[data-rule]");
        details.open = true;
        details.dispatchEvent(new Event("toggle"));
        const names = () => [...details.querySelectorAll(".groups .name")].map((each) => each.textContent);
        const before = names();
        details.querySelector(".more").click();
        return [before.length, names(), [...details.querySelectorAll(".value")].map((each) => each.textContent)];
        """,
    )
    names = [f"h{number:03d}" for number in range(1, 130, 2)]
    assert opened.answer == [61, [*names, "a"], ["60"]]


def test_a_finding_that_is_open_from_the_start_has_its_hosts(browse: Open, tmp_path: Path) -> None:
    opened = browse(
        some(tmp_path / "store"), spoil=lambda text: text.replace("<details data-rule", "<details open data-rule")
    )
    assert len(re.findall(r'<div class="group">', opened.dom)) == 2


def test_the_browser_and_the_terminal_write_sizes_alike(browse: Open, tmp_path: Path) -> None:
    totals = [1024 * number for number in (0, 1, 999, 1000, 1023, 1024, 10234, 123456, 24543228, 2**31, 3 * 2**40)]
    store = fleet(
        tmp_path / "store", *(audited(f"h{number:02d}", total_bytes=total) for number, total in enumerate(totals))
    )
    opened = browse(store, f"return {_ROWS}.map((row) => row[2]);")
    assert opened.answer == [size(total) for total in totals]


def test_ten_thousand_hosts_are_drawn_quickly(browse: Open, tmp_path: Path) -> None:
    """The data of a small fleet, blown up in the page itself: writing ten thousand hosts to a store takes minutes."""

    def blown_up(text: str) -> str:
        head, data, tail = re.split(r'(?<=id="data">)(.*?)(?=</script>)', text, maxsplit=1, flags=re.DOTALL)
        columns = json.loads(data)
        for key in ("status", "worst", "total", "available", "used", "swap_total", "swap_used", "worst_rule"):
            columns[key] = columns[key] * 2000
        for key in ("paging", "faults", "kills", "victim", "ceiling", "ceiling_used", "residual", "exact"):
            columns[key] = columns[key] * 2000
        columns["name"] = [f"{name}-{number}" for number in range(2000) for name in columns["name"]]
        columns["rules"][0]["groups"] = [["fail", "60", [0] + [1] * 9999]]
        return head + json.dumps(columns).replace("<", "\\u003c") + tail

    opened = browse(
        some(tmp_path / "store"),
        f"""
        {_HEADER}
        const begun = performance.now();
        header("name").querySelector("button").click();
        return [{_ROWS}.length, document.getElementById("host-count").textContent, performance.now() - begun];
        """,
        spoil=blown_up,
    )
    answer = opened.answer
    assert isinstance(answer, list)
    assert answer[:2] == [50, "1 to 50 of 10,000 hosts"]
    assert answer[2] < 2000
    assert opened.complaints == []
