// Copyright (c) 2026 fleet.memory contributors
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Draws the host table and the lists of hosts under each finding from the data at the end of the page.
// Names from hosts only ever become text nodes; nothing here parses HTML.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const hosts = data.name.map((name, index) => ({
    index, name,
    rule: data.rules[data.worst_rule[index]],
    status: data.statuses[data.status[index]],
    worst: Number(data.worst[index]),
    total: data.total[index], available: data.available[index], used: data.used[index],
    swap: data.swap_used[index], swapTotal: data.swap_total[index],
    paging: Number(data.paging[index]), faults: data.faults[index],
    kills: data.kills[index], lastKill: data.last_kill[index] || "",
    victim: data.victims[data.victim[index]],
    ceiling: data.ceilings[data.ceiling[index]], ceilingUsed: data.ceiling_used[index],
    residual: data.residual[index], exact: data.exact[index],
    reason: data.reason[index] || "",
  }));
  const PAGE = 50, CHIPS = 60;

  function element(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }
  const unknown = () => element("span", { class: "no-figure" }, "unknown");
  const badge = (kind) => element("span", { class: "badge " + kind }, kind);
  const percent = (value) => value === null ? unknown() : value.toFixed(1) + "%";
  function size(kib) {  // the same steps and digits as sizes.py
    if (kib === null) return unknown();
    if (kib === 0) return "0 B";
    let unit = 1, number = kib;
    const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    while (number >= 999.5 && unit < units.length - 1) { number /= 1024; unit += 1; }
    return number.toFixed(number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2) + " " + units[unit];
  }
  function swap(host) {
    if (host.swapTotal === 0) return element("span", { class: "muted" }, "none");
    if (host.swapTotal === null || host.swap === null) return unknown();
    return size(host.swap) + " of " + size(host.swapTotal);
  }
  function paging(host) {
    if (!host.paging) return unknown();
    return host.paging > 2 ? element("span", { class: "badge high" }, data.pagings[host.paging]) : data.pagings[host.paging];
  }
  const count = (number) => number === null ? unknown() : number.toLocaleString("en");
  // Host numbers are stored as steps from one to the next, which keeps a finding on every host at two bytes a host.
  function unpacked(steps) {
    let at = 0;
    return steps.map((step) => (at += step));
  }

  // Findings: the hosts behind a rule are drawn when its row is opened. A value that many hosts share is a heading over
  // their names; values that one host has alone stand beside its name.
  function list(items) {
    const node = element("ul", { class: "hosts-of" }, ...items.slice(0, CHIPS).map((item) => item()));
    if (items.length > CHIPS) {
      const more = element("button", { class: "more", type: "button" },
        "Show the other " + (items.length - CHIPS).toLocaleString("en"));
      more.addEventListener("click", () => {
        more.parentNode.remove();
        node.append(...items.slice(CHIPS).map((item) => item()));
      });
      node.append(element("li", {}, more));
    }
    return node;
  }
  const named = (number) => element("span", { class: "name" }, hosts[number].name);
  const verdictNote = (verdict) => verdict === "fail" ? "" : verdict.replace("_", " ") + ": ";
  function groupNodes(groups) {
    const alone = groups.filter((group) => group[2].length === 1), shared = groups.filter((group) => group[2].length > 1);
    const nodes = shared.map(([verdict, value, steps]) => element("div", { class: "group" },
      element("span", { class: "value" }, verdictNote(verdict) + value),
      element("span", { class: "muted" }, " on " + steps.length.toLocaleString("en") + " hosts"),
      list(unpacked(steps).map((number) => () => element("li", {}, named(number))))));
    if (alone.length) {
      nodes.push(element("div", { class: "group" }, list(alone.map(([verdict, value, [number]]) => () =>
        element("li", {}, named(number), " ", element("span", { class: "muted" }, verdictNote(verdict) + value))))));
    }
    return nodes;
  }
  function fill(details) {
    const place = details.querySelector(".groups");
    if (!details.open || place.childElementCount) return;
    place.append(...groupNodes(data.rules[details.dataset.rule].groups));
  }
  for (const details of document.querySelectorAll("details[data-rule]")) {
    details.addEventListener("toggle", () => fill(details));
    fill(details);  // a browser that restores the page may have opened it before this script ran
  }
  const groupHosts = new Map();
  function findingsOf(index) {
    const found = [];
    for (const rule of data.rules) {
      for (const group of rule.groups) {
        if (group[0] === "not_applicable") continue;
        if (!groupHosts.has(group)) groupHosts.set(group, new Set(unpacked(group[2])));
        if (groupHosts.get(group).has(index)) found.push([rule, group[0], group[1]]);
      }
    }
    return found.sort((a, b) => (a[1] !== "fail") - (b[1] !== "fail"));
  }

  // The host table.
  const body = document.getElementById("host-rows");
  const search = document.getElementById("search");
  const statusFilter = document.getElementById("status-filter");
  const severityFilter = document.getElementById("severity-filter");
  const output = document.getElementById("host-count");
  const previous = document.getElementById("previous"), next = document.getElementById("next");
  const headers = [...document.querySelectorAll("#hosts th[data-key]")];
  const names = new Intl.Collator("en", { numeric: true });
  const missed = (host) => host.status === "audited" ? 0 : 1;
  const orders = {
    name: (a, b) => names.compare(a.name, b.name),
    status: (a, b) => missed(a) - missed(b) || (a.status < b.status ? -1 : a.status > b.status ? 1 : 0),
    worst: (a, b) => missed(a) - missed(b) || a.worst - b.worst,
    paging: (a, b) => missed(a) - missed(b) || a.paging - b.paging,
  };
  let key = "worst", direction = -1, page = 0, shown = [];

  function byNumber(a, b) {  // what is unknown comes last in both directions
    const x = a[key], y = b[key];
    if (x === null || y === null) return (x === null) - (y === null);
    return direction * (x - y);
  }
  function select() {
    const wanted = search.value.trim().toLowerCase(), least = Number(severityFilter.value);
    shown = hosts.filter((host) =>
      (!wanted || host.name.toLowerCase().includes(wanted) || host.reason.toLowerCase().includes(wanted)) &&
      (!statusFilter.value || host.status === statusFilter.value) && host.worst >= least);
    const order = orders[key] ? (a, b) => direction * orders[key](a, b) : byNumber;
    const available = (host) => host.available === null ? Infinity : host.available;
    shown.sort((a, b) => order(a, b) || available(a) - available(b) || a.index - b.index);
    page = 0;
    draw();
  }
  function worst(host) {
    if (!host.worst) return element("span", { class: "muted" }, "none");
    return element("span", {}, badge(data.levels[host.worst]), " ", element("code", {}, host.rule.rule));
  }
  function cellsOf(host) {
    if (host.status !== "audited") {
      const reason = element("span", { class: "missed-text name" }, host.reason);
      return [element("td", {}, badge(host.status)), element("td", { colspan: "7" }, reason)];
    }
    const figures = [size(host.total), percent(host.available), percent(host.used), swap(host)];
    return [element("td", {}, host.status), ...figures.map((figure) => element("td", { class: "number" }, figure)),
      element("td", {}, paging(host)), element("td", { class: "number" }, count(host.kills)), element("td", {}, worst(host))];
  }
  function rowOf(host) {
    const button = element("button", { type: "button", class: "name", "aria-expanded": "false" }, host.name);
    const row = element("tr", {}, element("th", { scope: "row" }, button), ...cellsOf(host));
    button.addEventListener("click", () => toggle(row, button, host));
    return row;
  }
  function risks(host) {
    const steady = host.faults === null ? "" : ", " + count(host.faults) + " major faults per second";
    const rows = [
      ["Paging", [paging(host), steady]],
      ["OOM kills since boot", [count(host.kills), host.lastKill && ", the last: " + host.lastKill]],
      ["Next OOM victim", [host.victim]],
      ["Nearest limit", host.ceilingUsed === null ? [unknown()] : [percent(host.ceilingUsed), " used: " + host.ceiling]],
      ["RAM unaccounted for", [percent(host.residual)]],
      ["PSS known exactly", [percent(host.exact)]],
    ];
    return element("dl", {}, ...rows.flatMap(([title, words]) => [element("dt", {}, title), element("dd", {}, ...words)]));
  }
  function toggle(row, button, host) {
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    if (open) { row.nextElementSibling.remove(); return; }
    const says = { fail: "fails: ", waived: "is waived: " };
    const items = findingsOf(host.index).map(([rule, verdict, value]) => element("li", {},
      badge(verdict === "fail" ? data.levels[rule.level] : verdict),
      ' "' + rule.title + '" ' + (says[verdict] || "can't be judged: "),
      element("span", { class: "name" }, value)));
    const content = items.length ? element("ul", {}, ...items)
      : host.status === "audited" ? "Every rule that applies passes." : host.reason;
    const more = host.status === "audited" ? [risks(host)] : [];
    row.after(element("tr", { class: "detail" }, element("td", { colspan: "9" }, content, ...more)));
  }
  function draw() {
    const first = page * PAGE, rows = shown.slice(first, first + PAGE);
    body.replaceChildren(...rows.map(rowOf));
    output.textContent = shown.length
      ? (first + 1).toLocaleString("en") + " to " + (first + rows.length).toLocaleString("en") + " of " +
        shown.length.toLocaleString("en") + (shown.length === 1 ? " host" : " hosts")
      : "No host matches.";
    previous.disabled = page === 0;
    next.disabled = first + PAGE >= shown.length;
    for (const header of headers) {
      if (header.dataset.key === key) header.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      else header.removeAttribute("aria-sort");
    }
  }
  for (const header of headers) {
    header.querySelector("button").addEventListener("click", () => {
      direction = header.dataset.key === key ? -direction : Number(header.dataset.first || 1);
      key = header.dataset.key;
      select();
    });
  }
  let waiting;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(select, 120); });
  for (const filter of [statusFilter, severityFilter]) filter.addEventListener("change", select);
  previous.addEventListener("click", () => { page -= 1; draw(); });
  next.addEventListener("click", () => { page += 1; draw(); });
  for (const hidden of document.querySelectorAll("[data-needs-script]")) hidden.hidden = false;
  select();
})();
