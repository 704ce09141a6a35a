
"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const records = JSON.parse(document.getElementById("records").textContent);
  const findings = all(".finding");
  const entries = new Map(all("nav a[data-finding]").map((entry) => [entry.dataset.finding, entry]));
  const status = document.getElementById("status");
  const filters = document.querySelector(".filters");
  const decided = new Map(); // a finding's id -> "remove" or "keep"
  let shown = findings;
  let current = null;
  let unsaved = false;

  // Where things stand.

  function say() {
    const open = findings.length - decided.size;
    const hidden = findings.length - shown.length;
    const filtered = hidden ? ` · ${hidden} hidden by filters` : "";
    status.textContent = `${decided.size} of ${findings.length} decided${open ? "" : ", all done"}${filtered}`;
  }

  function filter() {
    const wanted = Object.fromEntries(["action", "kind", "rule", "decided"].map((name) => [name, filters[name].value]));
    const least = Number(filters.score.value) / 100;
    filters.least.value = `${filters.score.value}%`;
    const fits = (one) =>
      ["action", "kind", "rule"].every((name) => !wanted[name] || one.dataset[name] === wanted[name]) &&
      Number(one.dataset.score) >= least &&
      (!wanted.decided || (decided.get(one.id) ?? "undecided") === wanted.decided);
    shown = findings.filter(fits);
    const visible = new Set(shown);
    for (const one of findings) {
      one.hidden = !visible.has(one);
      entries.get(one.id).parentElement.hidden = one.hidden;
    }
    const some = new Set(shown.map((one) => one.closest("article")));
    for (const article of all("article")) article.hidden = !some.has(article);
    for (const entry of all("nav [data-article]"))
      entry.hidden = document.getElementById(entry.dataset.article).hidden;
    document.getElementById("undecided").setAttribute("aria-pressed", String(wanted.decided === "undecided"));
    if (current && current.hidden) leave();
    redraw();
    say();
  }

  // Going through the findings.

  function leave() {
    if (!current) return;
    current.classList.remove("current");
    entries.get(current.id).removeAttribute("aria-current");
    for (const original of originals(current)) original.classList.remove("lit");
    const article = current.closest("article");
    current = null;
    draw(article);
  }

  function go(finding, scroll = true) {
    if (!finding) return;
    leave();
    current = finding;
    finding.classList.add("current");
    for (const original of originals(finding)) original.classList.add("lit");
    const entry = entries.get(finding.id);
    entry.setAttribute("aria-current", "true");
    finding.focus({ preventScroll: true });
    if (scroll) show(finding.closest(".row"));
    entry.scrollIntoView({ block: "nearest" });
    draw(finding.closest("article"));
  }

  function show(row) {
    // Articles out of sight have no layout yet; once they have, the place may have moved.
    row.scrollIntoView({ block: "center", behavior: "instant" });
    requestAnimationFrame(() => row.scrollIntoView({ block: "center", behavior: "instant" }));
  }

  function step(by) {
    if (!shown.length) return;
    const at = current ? shown.indexOf(current) : by > 0 ? -1 : 0;
    go(shown[(at + by + shown.length) % shown.length]);
  }

  function originals(finding) {
    return finding.dataset.originals ? finding.dataset.originals.split(" ").map((id) => document.getElementById(id)).filter(Boolean) : [];
  }

  // Decisions.

  function decide(finding, choice) {
    if (choice) decided.set(finding.id, choice);
    else decided.delete(finding.id);
    for (const button of all("button", finding))
      button.setAttribute("aria-pressed", String(button.dataset.choice === (choice ?? "")));
    const row = finding.closest(".row");
    row.classList.toggle("kept", choice === "keep");
    row.classList.toggle("removed", choice === "remove");
    const mark = entries.get(finding.id).querySelector(".choice-mark");
    if (mark) mark.remove();
    if (choice) {
      const made = document.createElement("span");
      made.className = "choice-mark";
      made.textContent = ` ✓ ${choice}`;
      entries.get(finding.id).append(made);
    }
    unsaved = true;
    say();
  }

  function save() {
    const rows = records.flatMap((record) =>
      Object.entries(record.findings)
        .filter(([id]) => decided.has(id))
        .map(([id, one]) => ({ document: record.document, span: one.span, text: one.text, decision: decided.get(id) })));
    const text = `{"schema": 1, "decisions": [\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]}\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "decisions.json";
    link.click();
    URL.revokeObjectURL(link.href);
    unsaved = false;
    status.textContent = `${rows.length} decisions saved; apply them with: dedupe clean --decisions decisions.json`;
  }

  async function open(file) {
    let rows;
    try {
      rows = JSON.parse(await file.text()).decisions;
      if (!Array.isArray(rows)) throw new TypeError();
    } catch {
      status.textContent = `${file.name} is not a file of decisions`;
      return;
    }
    const name = (row) => JSON.stringify([row.document, row.span, row.text]);
    const known = new Map(rows.map((row) => [name(row), row.decision]));
    let count = 0;
    for (const record of records)
      for (const [id, one] of Object.entries(record.findings)) {
        const choice = known.get(name({ document: record.document, span: one.span, text: one.text }));
        if (choice !== "keep" && choice !== "remove") continue;
        decide(document.getElementById(id), choice);
        count += 1;
      }
    unsaved = false;
    filter();
    status.textContent = `${count} of ${rows.length} decisions fit this page`;
  }

  // Lines from each original to its copy. A run of paragraphs that repeats a run has one line.

  function groups(article) {
    const found = new Map();
    for (const one of all(".finding:not([hidden])", article)) {
      const name = one.dataset.block ? `block ${one.dataset.block}` : one.dataset.originals;
      if (originals(one).length) found.set(name, [...(found.get(name) ?? []), one]);
    }
    return [...found.values()];
  }

  function draw(article) {
    const canvas = article.querySelector(".lines");
    const box = canvas.getBoundingClientRect();
    if (!box.width || article.hidden) return;
    const middle = (row) => {
      const place = row.querySelector(".text").getBoundingClientRect();
      return [place.top - box.top, place.bottom - box.top];
    };
    const extent = (rows) => {
      const places = rows.map(middle);
      return [Math.min(...places.map(([top]) => top)), Math.max(...places.map(([, bottom]) => bottom))];
    };
    const centre = ([top, bottom]) => (top + bottom) / 2;
    const row = (one) => one.closest(".row");
    const spans = groups(article).map((members) => {
      const block = members[0].dataset.block;
      const to = block ? [extent(members.map(row))] : members.map((one) => extent([row(one)]));
      const places = [extent(members.flatMap(originals)), ...to];
      const centres = places.map(centre);
      return { action: members[0].dataset.action, places, centres, ends: [Math.min(...centres), Math.max(...centres)] };
    });
    spans.sort((a, b) => a.ends[1] - a.ends[0] - (b.ends[1] - b.ends[0]));
    const lanes = Math.max(2, Math.floor((box.width - 8) / 6));
    const taken = [];
    const paths = [];
    for (const { action, places, centres, ends } of spans) {
      let lane = 0;
      const meets = (other) => other.lane === lane && other.ends[0] < ends[1] && ends[0] < other.ends[1];
      while (lane < lanes - 1 && taken.some(meets)) lane += 1;
      taken.push({ lane, ends });
      const x = box.width - 8 - lane * 6;
      for (const [top, bottom] of places) paths.push([`${action} extent`, `M${box.width - 2} ${top}V${bottom}`]);
      paths.push([action, bracket(box.width - 2, x, ...ends)]);
      for (const at of centres) if (!ends.includes(at)) paths.push([action, `M${x} ${at}H${box.width - 2}`]);
    }
    if (current && current.closest("article") === article && originals(current).length) {
      const ends = [centre(extent(originals(current))), centre(extent([current.closest(".row")]))].sort((a, b) => a - b);
      paths.push(["chosen", bracket(box.width, 3, ...ends)]);
    }
    canvas.replaceChildren(...paths.map(([kind, path]) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", "path");
      made.setAttribute("class", kind);
      made.setAttribute("d", path);
      return made;
    }));
  }

  function bracket(edge, x, top, bottom) {
    const bend = Math.min(6, (bottom - top) / 2, edge - x);
    return `M${edge} ${top}H${x + bend}Q${x} ${top} ${x} ${top + bend}V${bottom - bend}Q${x} ${bottom} ${x + bend} ${bottom}H${edge}`;
  }

  const inSight = new Set();
  function redraw() {
    for (const article of inSight) draw(article);
  }
  const sight = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      inSight[isIntersecting ? "add" : "delete"](target);
      if (isIntersecting) requestAnimationFrame(() => draw(target));
    }
  });
  const sizes = new ResizeObserver((changes) => changes.forEach(({ target }) => inSight.has(target) && draw(target)));
  for (const article of all("article")) {
    sight.observe(article);
    sizes.observe(article);
  }
  const top = document.querySelector(".top");
  new ResizeObserver(() => {
    const sticky = getComputedStyle(top).position === "sticky";
    document.documentElement.style.setProperty("--top", `${sticky ? top.offsetHeight : 0}px`);
  }).observe(top);

  // In a page that has its text from another one, an address such as "#d1" is one of that page.

  const framed = location.href === "about:srcdoc";
  function follow(event, link) {
    event.preventDefault();
    const finding = link.closest(".finding");
    if (finding) go(finding, false);
    show(document.getElementById(link.hash.slice(1)));
  }

  // The dot plot: a click goes to the later of the two paragraphs under it.

  function pointed(plot, event) {
    const stroke = event.target.dataset.rows;
    const article = plot.closest("article");
    if (stroke) return document.getElementById(`${article.id}r${stroke.split(" ")[1]}`);
    const box = plot.getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top].map((place) => (place / box.width) * plot.viewBox.baseVal.width);
    let best = null;
    let least = Infinity;
    for (const path of all("path[data-rows]", plot)) {
      const [a, b, c, d] = path.getAttribute("d").match(/-?\d+/g).map(Number);
      const [x, y] = [Math.min(Math.max(at[0], a), c), Math.min(Math.max(at[1], b), d)];
      const far = Math.hypot(at[0] - x, at[1] - y);
      if (far < least) [best, least] = [path, far];
    }
    return best && document.getElementById(`${article.id}r${best.dataset.rows.split(" ")[1]}`);
  }

  // What people do.

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-choice]");
    if (button) {
      const finding = button.closest(".finding");
      decide(finding, decided.get(finding.id) === button.dataset.choice ? null : button.dataset.choice || null);
      go(finding, false);
      return;
    }
    const entry = event.target.closest("nav a[data-finding]");
    if (entry) {
      event.preventDefault();
      go(document.getElementById(entry.dataset.finding));
      return;
    }
    const link = event.target.closest("a[href^='#']");
    if (link && framed) {
      follow(event, link);
      return;
    }
    const plot = event.target.closest(".plot");
    if (plot) {
      const row = pointed(plot, event);
      if (!row) return;
      const finding = row.querySelector(".finding:not([hidden])");
      if (finding) go(finding);
      else show(row);
      return;
    }
    const finding = event.target.closest(".finding");
    if (finding && finding !== current && !event.target.closest("a")) go(finding, false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const act = {
      n: () => step(1),
      p: () => step(-1),
      r: () => current && decide(current, "remove"),
      k: () => current && decide(current, "keep"),
      u: () => current && decide(current, null),
      s: save,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  filters.addEventListener("input", filter);
  filters.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("undecided").addEventListener("click", () => {
    filters.decided.value = filters.decided.value === "undecided" ? "" : "undecided";
    filter();
  });
  document.getElementById("save").addEventListener("click", save);
  document.getElementById("open").addEventListener("change", (event) => event.target.files[0] && open(event.target.files[0]));
  addEventListener("beforeunload", (event) => unsaved && decided.size && event.preventDefault());
  if (matchMedia("(max-width: 1100px)").matches) document.querySelector("nav details").open = false;
  filter();

  // The first screen shows a finding: one far down is scrolled to, unless the address names a place.

  if (shown.length && !location.hash) {
    const row = shown[0].closest(".row");
    if (row.getBoundingClientRect().bottom > innerHeight) show(row);
  }
})();
