// Draws one run: the JSON object of a report that lies in the page, or a run that is going on and
// arrives as server-sent events. Both are the same object, `run`; while live it grows. Or it draws
// an upstream that is controlled by hand, and is asked how it is.
//
// Every text in it may come from an attacker (paths, names, causes), so text goes into the page as
// text nodes and attributes only. The chart library gets numbers and fixed words.
"use strict";
(() => {
  // A seed may be too big for a number here; the first one in the text is the run's.
  function parse(text) {
    const object = JSON.parse(text);
    const seed = /(?<!\\)"seed"\s*:\s*(\d+)/.exec(text);
    return seed && object.seed !== undefined ? { ...object, seed: seed[1] } : object;
  }

  const given = parse(document.getElementById("data").textContent);
  const live = given.live ?? null; // how to follow a run that goes on; null for a report
  const control = given.control ?? null; // what can be done to an upstream; null where there is none
  let run = live || control ? {} : given;

  // ---- Building the page --------------------------------------------------------------------

  const byId = (id) => document.getElementById(id);

  function el(tag, properties, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(properties ?? {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return node;
  }

  // Fills a section, or hides it when there is nothing to fill it with.
  function fill(id, title, ...children) {
    const section = byId(id);
    section.hidden = title === null;
    if (title === null) return;
    const heading = el("h2", { id: `${id}-heading` }, title);
    section.setAttribute("aria-labelledby", heading.id);
    section.replaceChildren(heading, ...children.flat().filter(Boolean));
  }

  // columns: [{title, cell(row), right, wide, bare, head}]; a cell is text or a node.
  function table(label, columns, rows) {
    const cell = (column, row) => {
      const kind = column.head ? "th" : "td";
      const classes = [column.right && "right", column.wide && "wide", column.bare && "bare"];
      return el(kind, {
        class: classes.filter(Boolean).join(" ") || null,
        role: column.head ? "rowheader" : "cell",
        scope: column.head ? "row" : null,
        "data-label": column.title,
      }, [column.cell(row) ?? ""].flat());
    };
    return el("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" },
      el("table", { class: "cards", role: "table", "aria-label": label },
        el("thead", { role: "rowgroup" },
          el("tr", { role: "row" }, columns.map((column) =>
            el("th", { scope: "col", role: "columnheader", class: column.right ? "right" : null },
              column.title)))),
        el("tbody", { role: "rowgroup" }, rows.map((row) =>
          el("tr", { role: "row" }, columns.map((column) => cell(column, row)))))));
  }

  const more = (title, ...children) => el("details", {}, el("summary", {}, title), ...children);

  // ---- Numbers and words --------------------------------------------------------------------

  const none = "\u2013";
  const count = (n) => (typeof n === "number" ? n.toLocaleString("en-US") : none);
  const counted = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
  const digits = (x) =>
    x === 0 ? "0" : x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2);

  // Durations, shares and moments read as in the text report (core/units.cpp).
  const units = [["us", 1e3], ["ms", 1e6], ["s", 1e9]];
  function duration(ms) {
    if (typeof ms !== "number") return none;
    const ns = Math.round(ms * 1e6);
    const rounded = (unit) => Math.floor(ns / unit) + Math.floor(((ns % unit) * 2) / unit);
    if (ns === 0) return "0ms";
    if (ns < 1e3) return `${ns}ns`;
    for (const [name, scale] of units) {
      for (const decimals of [2, 1, 0]) {
        const unit = scale / 10 ** decimals;
        if (rounded(unit) < 1000) return `${((rounded(unit) * unit) / scale).toFixed(decimals)}${name}`;
      }
    }
    const parts = (small, great) => [Math.floor(small / great), String(small % great).padStart(2, "0")];
    const [minutes, second] = parts(rounded(1e9), 60);
    const [hours, minute] = parts(rounded(60e9), 60);
    return rounded(1e9) < 6000 ? `${minutes}m${second}s` : `${hours}h${minute}m`;
  }

  const shortDuration = (ms) => (ms >= 1000 ? `${ms / 1000}s` : ms >= 1 ? `${ms}ms` : `${Math.round(ms * 1000)}us`);
  const moment = (ms) => (typeof ms === "number" ? `${(ms / 1000).toFixed(3)}s` : none);
  const rate = (x) => (typeof x === "number" ? `${digits(x)}/s` : none);

  function percentage(part) {
    if (part > 0 && part < 0.001) return "<0.1%";
    if (part < 1 && part > 0.999) return ">99.9%";
    return `${(100 * part).toFixed(1)}%`;
  }
  const share = (part, whole) => (whole ? percentage(part / whole) : none);

  // A long text without spaces, such as a breaker with its settings, breaks after its commas.
  const broken = (text, where) => String(text).split(where).flatMap((part) => [part, el("wbr")]);
  const breakable = (text) => broken(text, /(?<=,)/);

  // What is text already, or a number with its unit.
  const shown = (value, unit) =>
    typeof value === "number" ? `${+value.toPrecision(4)}${unit ? ` ${unit}` : ""}` : value ?? none;

  // A state is told by its word, its letter and how high its block is; see drawStrip().
  const states = {
    closed: { word: "CLOSED", letter: "C", sign: "\u2500", tone: "good", height: 0.16 },
    half_open: { word: "HALF-OPEN", letter: "H", sign: "\u2592", tone: "warn", height: 0.58 },
    open: { word: "OPEN", letter: "O", sign: "\u2588", tone: "bad", height: 1 },
    forced_open: { word: "FORCED OPEN", letter: "F", sign: "\u2588", tone: "bad", height: 1 },
    disabled: { word: "DISABLED", letter: "D", sign: "\u2500", tone: "plain", height: 0.16 },
  };
  const stateOf = (name) =>
    states[name] ?? { word: String(name), letter: "?", sign: "?", tone: "plain", height: 0.3 };
  const stateMark = (name) => {
    const state = stateOf(name);
    return el("span", { class: `state ${state.tone}` }, `${state.sign} ${state.word}`);
  };

  const results = {
    pass: { word: "PASS", sign: "\u2713", tone: "good" },
    fail: { word: "FAIL", sign: "\u2717", tone: "bad" },
    unhealthy: { word: "UNHEALTHY", sign: "!", tone: "bad" },
    inconclusive: { word: "INCONCLUSIVE", sign: "?", tone: "warn" },
    interrupted: { word: "INTERRUPTED", sign: "\u25a0", tone: "warn" },
    terminated: { word: "TERMINATED", sign: "\u25a0", tone: "warn" },
    stopped: { word: "STOPPED", sign: "\u25a0", tone: "warn" },
    finished: { word: "FINISHED", sign: "\u25cf", tone: "plain" },
    running: { word: "RUNNING", sign: "\u25b6", tone: "plain" },
  };
  const resultOf = (name) =>
    results[name] ?? { word: String(name).toUpperCase(), sign: "?", tone: "plain" };

  // ---- What is asked of a run more than once ------------------------------------------------

  const phases = () => run.phases ?? [];
  const breakers = () => run.breakers ?? [];
  const transitions = () => run.transitions ?? [];
  const series = () => (run.series?.t_ms?.length ? run.series : null);
  const title = () => run.name || run.experiment?.name || "experiment";
  const running = () => live !== null && !run.verdict;
  const planned = () => Math.max(1, ...phases().map((phase) => phase.end_ms));
  const now = () => run.ended_at_ms ?? Math.max(
    series()?.t_ms.at(-1) ?? (live ? 0 : planned()), transitions().at(-1)?.t_ms ?? 0);
  const phaseAt = (ms) => phases().findLast((phase) => phase.begin_ms <= ms) ?? phases()[0];

  // Faults that follow each other at once are one.
  const faultWindows = () => phases().filter((phase) => phase.fault).reduce((all, { begin_ms, end_ms }) => {
    if (all.at(-1)?.end === begin_ms) all.at(-1).end = end_ms;
    else all.push({ begin: begin_ms, end: end_ms });
    return all;
  }, []);

  // When something happened, seen from the latest fault: "305ms in" it, "3.49s after" it.
  function sinceFault(ms) {
    const latest = faultWindows().findLast((fault) => fault.begin <= ms);
    if (!latest) return "";
    return ms < latest.end ? `${duration(ms - latest.begin)} in` : `${duration(ms - latest.end)} after`;
  }

  // Counts from the series, for what the report has no totals of yet. An interval belongs to where
  // its middle lies, because it ends a little later than asked for.
  function countsBetween(begin, end, columns = series()) {
    const sum = { calls: 0, sent: 0, ok: 0, ignored: 0, failed: 0, fail_fast: 0, full: 0, fallback: 0,
      fallback_open: 0, cached: 0, cache_misses: 0, queued: 0, queue_full: 0, drained: 0, lost: 0, dropped: 0 };
    columns?.t_ms.forEach((t, i) => {
      const middle = (t + (columns.t_ms[i - 1] ?? 0)) / 2;
      if (middle >= begin && middle < end) for (const key in sum) sum[key] += columns[key]?.[i] ?? 0;
    });
    return sum;
  }
  const totals = () => run.totals?.counts ?? countsBetween(0, Infinity);

  // The stays of breaker `name` in its states: [{state, begin, end}].
  function stays(breaker) {
    const own = transitions().filter((transition) => transition.breaker === breaker.name);
    const all = [{ state: own[0]?.from ?? breaker.initial_state ?? "closed", begin: 0 }];
    for (const transition of own) {
      all.at(-1).end = transition.t_ms;
      all.push({ state: transition.to, begin: transition.t_ms });
    }
    all.at(-1).end = Math.max(now(), all.at(-1).begin);
    return all;
  }
  // While the run goes on; in the end the result says it. From letting calls through to rejecting
  // them, as breaker/totals.hpp defines it.
  const rejects = (state) => state === "open" || state === "forced_open";
  const opensOf = (breaker) => breaker.opens ?? transitions().filter((transition) =>
    transition.breaker === breaker.name && rejects(transition.to) && !rejects(transition.from)).length;
  // Of the calls whose end is known: dropped ones, and those under way, are in no share.
  const ended = (counts) => counts.ok + counts.failed + counts.fail_fast + (counts.full ?? 0) + (counts.fallback ?? 0);
  const rejected = (counts) => counts.fail_fast + (counts.fallback_open ?? 0);  // by the breaker
  // What a service that calls went through answered by itself: its rejections are answers.
  const withheld = (phase) => phase?.through;
  const withheldShare = (seen) => {
    const answered = seen.calls - seen.lost;
    const least = share(seen.withheld, answered);
    return seen.unknown ? `${least} to ${share(Math.min(seen.withheld + seen.unknown, answered), answered)}` : least;
  };
  const stillQueued = (counts) => counts.queued - counts.drained - counts.lost;
  // Some calls made more than one request, as the text report says it. While the run goes on, calls
  // that are under way have been sent and have not ended.
  const triesAgain = (counts) => counts.sent > (running()
    ? counts.calls - counts.fail_fast - (counts.full ?? 0) - counts.dropped
    : counts.ok + counts.failed + (counts.ignored ?? 0) + (counts.unfinished ?? 0));

  // ---- Verdict and numbers at a glance ------------------------------------------------------

  function drawHead() {
    byId("title").textContent = title();
    byId("description").hidden = !run.description;
    byId("description").textContent = run.description ?? "";
    const facts = [
      run.command && `tripcurve ${run.command}`,
      run.load,
      run.target,
      breakers()[0]?.dialect,
      run.seed !== undefined && `seed ${run.seed}`,
    ];
    byId("facts").replaceChildren(...breakable(facts.filter(Boolean).join(" \u00b7 ")));
    byId("footer").textContent = [
      run.tool_version && `tripcurve ${run.tool_version}`,
      ...Object.entries(run.host ?? {}).map(([key, value]) => (key === "cpus" ? `${value} CPUs` : value)),
      run.command === "simulate" ? "virtual time" : null,
    ].filter(Boolean).join(" \u00b7 ");
  }

  function drawVerdict() {
    const section = byId("verdict");
    const verdict = run.verdict ?? { result: "running" };
    const result = resultOf(verdict.result);
    const exit = verdict.exit_code === undefined ? null : `exit code ${verdict.exit_code}`;
    const phase = phaseAt(now());
    const meaning = running()
      ? `${phase ? `phase ${phase.name}` : "about to begin"}${phase?.fault ? " (fault)" : ""}, ` +
        `${(now() / 1000).toFixed(1)}s of ${(planned() / 1000).toFixed(1)}s`
      : verdict.meaning ?? (verdict.result === "finished" ? "the run ended as planned" : "");
    section.className = result.tone;
    section.replaceChildren(
      el("p", { class: "word" }, `${result.sign} ${result.word}`),
      el("p", { class: "meaning" }, meaning, exit && el("span", { class: "exit" }, ` (${exit})`)),
      ...(verdict.reasons?.length
        ? [el("ul", {}, verdict.reasons.map((reason) => el("li", {}, reason)))] : []),
      ...(run.repeats ? [el("ul", {}, repeatLines(run.repeats, verdict.reasons ?? []))] : []));
    document.title = `${result.word} \u00b7 ${title()} \u00b7 tripcurve`;
  }

  // What the verdict's reasons do not say already.
  function repeatLines(repeats, said) {
    const range = typeof repeats.low === "number"
      ? `; 95 % interval for the share that passes: ${percentage(repeats.low)} to ${percentage(repeats.high)}` : "";
    const bad = (repeats.results ?? []).filter((one) => one.result !== "pass");
    const passed = `${count(repeats.passed)} of ${counted(repeats.runs, "run")} passed, and at least ` +
      `${count(repeats.needed)} had to pass${range}`;
    return [
      said.includes(passed) ? null : el("li", {}, passed),
      bad.length ? el("li", {}, "seeds of the runs that did not pass: " + bad.slice(0, 20).map((one) =>
        `${one.seed} (${resultOf(one.result).word})`).join(", ") + (bad.length > 20 ? ", \u2026" : "")) : null,
    ].filter(Boolean);
  }

  const scopeTags = (one) => Object.entries(one.scope ?? {}).filter(([, value]) => value !== null)
    .map(([kind, value]) => el("span", { class: "tag" }, `${kind} ${value}`));

  function drawRepeats() {
    const all = run.repeats?.metrics ?? [];
    if (!all.length) return fill("repeats", null);
    const right = (name, cell) => ({ title: name, right: true, cell });
    fill("repeats", `Metrics of ${counted(all[0].completed_runs, "completed run")}`, table("Metrics of the runs", [
      { title: "Metric", head: true, cell: (one) => [el("span", {}, one.metric), ...scopeTags(one)] },
      right("Min", (one) => one.min_text),
      right("Median", (one) => one.median_text),
      right("Max", (one) => one.max_text),
      right("Runs", (one) => count(one.runs)),
    ], all), el("p", { class: "note" }, "Runs: in how many of them the metric had a value. The rest of this page is about one of the runs."));
  }

  function drawGlance() {
    const counts = totals();
    const opens = breakers().reduce((sum, breaker) => sum + opensOf(breaker), 0);
    const reactions = breakers().flatMap((breaker) => breaker.reactions ?? []);
    const worst = (key) => {
      const values = reactions.map((reaction) => reaction[key]).filter((x) => typeof x === "number");
      return values.length ? Math.max(...values) : null;
    };
    const missed = reactions.filter((reaction) => !reaction.opened && !reaction.opened_for_previous).length;
    const unclosed = reactions.filter((reaction) => !reaction.closed_again && !reaction.cut_off).length;
    const tiles = [
      ["calls", count(counts.calls), counts.dropped ? `${count(counts.dropped)} dropped` : null],
      ["availability", share(counts.ok, ended(counts)), "of calls answered well"],
      ["failed", share(counts.failed, ended(counts)), counted(counts.failed, "call")],
      withheld(run.totals) ? ["withheld", withheldShare(withheld(run.totals)), `${counted(withheld(run.totals).withheld, "call")} that the service answered by itself`]
        : ["fail-fast", share(counts.fail_fast, ended(counts)), counted(counts.fail_fast, "call")],
      ...(counts.full ? [["full", share(counts.full, ended(counts)), `${counted(counts.full, "call")} without a place in the bulkhead`]] : []),
      ...(counts.fallback ? [
        ["fallback", share(counts.fallback, ended(counts)), `${counted(counts.fallback, "call")} answered by it`],
        ["with fallback", share(counts.ok + counts.fallback, ended(counts)), "availability, fallback included"],
      ] : []),
      ...(counts.queued ? [["still queued", count(stillQueued(counts)), `of ${counted(counts.queued, "call")} queued${counts.lost ? `, ${count(counts.lost)} lost` : ""}`]] : []),
      ...(triesAgain(counts) ? [["requests", count(counts.sent), `${(counts.sent / Math.max(counts.calls, 1)).toFixed(2)} per call`]] : []),
      ["opened", `${count(opens)}\u00d7`, breakers().length > 1 ? `${breakers().length} breakers` : null],
    ];
    if (running()) {
      const columns = series();
      tiles.push(["in flight", count(columns?.in_flight?.at(-1) ?? 0), null]);
      tiles.push(["p99 response", duration(columns?.p99_ms?.at(-1)), "latest interval"]);
    } else {
      if (reactions.length) {
        tiles.push(["time to open", worst("time_to_open_ms") === null ? "never" : duration(worst("time_to_open_ms")),
          missed ? `${missed} of ${counted(reactions.length, "fault")} missed` : "the longest"]);
        tiles.push(["time to close", worst("time_to_close_ms") === null ? "never" : duration(worst("time_to_close_ms")),
          unclosed ? `${unclosed} of ${reactions.length} not closed` : "the longest, after the fault"]);
      }
      tiles.push(["p99 response", duration(run.totals?.response_ms?.p99), "of calls sent"]);
      if (run.totals?.wasted_time_ms) tiles.push(["wasted waiting", duration(run.totals.wasted_time_ms), "on calls that failed"]);
    }
    byId("glance").replaceChildren(...tiles.map(([name, value, note]) => el("div", {},
      el("dl", {}, el("dt", {}, name), el("dd", {}, value, note && el("small", {}, note))))));
  }

  // What was judged: the baseline and the expectations alike.
  function drawJudged(place, title, all) {
    if (!all?.length) return fill(place, null);
    const held = all.filter((one) => one.result === "pass").length;
    fill(place, `${title}: ${held} of ${all.length} hold`, table(title, [
      { title: "Result", bare: true, cell: (one) => {
        const result = resultOf(one.result);
        return el("span", { class: `result ${result.tone}` }, `${result.sign} ${result.word}`);
      } },
      { title: "Expected", head: true, cell: (one) => [el("span", {}, one.text), ...scopeTags(one),
        one.place ? el("div", { class: "note mono place" }, one.place) : ""] },
      { title: "Observed", right: true, cell: (one) => shown(one.observed, one.unit) },
      { title: "Bound", right: true, cell: (one) => shown(one.bound, one.unit) },
      { title: "Margin", right: true, cell: (one) => shown(one.margin) },
      { title: "Samples", right: true, cell: (one) => count(one.samples) },
      { title: "Reason", wide: true, cell: (one) => one.reason },
    ], all));
  }

  // ---- Timeline -----------------------------------------------------------------------------

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const coarse = matchMedia("(pointer: coarse)").matches;

  // Labels are set by hand: the library's own legend would want a style attribute.
  const plugins = Dygraph.PLUGINS.filter((plugin) => plugin.prototype.toString() !== "Legend Plugin");
  Dygraph.PLUGINS = plugins;

  const axisWidth = 50;
  const seconds = (x) => (x >= 120 && x % 60 === 0 ? `${x / 60}m` : `${+x.toFixed(3)}s`);

  const rateLines = [
    { key: "ok", name: "ok", css: "ok", dash: null, width: 2 },
    { key: "failed", name: "failed", css: "failed", dash: [7, 3], width: 2 },
    { key: "fail_fast", name: "fail-fast", css: "fail-fast", dash: [2, 3], width: 2.2 },
    { key: "full", name: "full", css: "full", dash: [1, 2], width: 2, ifAny: true },
    { key: "fallback", name: "fallback", css: "fallback", dash: [9, 2, 2, 2], width: 2, ifAny: true },
    { key: "upstream_requests", name: "upstream requests", css: "arrived", dash: null, width: 1 },
  ];
  const shownRates = (columns) => rateLines.filter((line) => columns?.[line.key]?.some((value) =>
    value !== null && (!line.ifAny || value > 0)));
  const namesOf = (lines) => lines.map((line) => line.key).join();
  const latencyLines = [
    { key: "p50_ms", name: "p50", css: "ok", legend: "p50", dash: null, width: 2 },
    { key: "p99_ms", name: "p99", css: "fail-fast", legend: "p99", dash: [7, 3], width: 1.6 },
  ];

  // The stretches that are charted as one point each: {first, last, begin, end}, the intervals from
  // `first` to `last`, from `begin` to `end` in seconds. At least `intervals` of the usual
  // length lie in one, because in a much shorter one (the last) a single call is a high rate.
  function stretches(columns, intervals = 1) {
    const ends = columns.t_ms;
    // A run that goes on does not say how long its intervals are.
    const usual = columns.interval_ms || ends.at(-1) / ends.length;
    const begin = Math.max(0, ends[0] - usual) / 1000;
    const all = [{ first: 0, last: -1, begin, end: begin }];
    ends.forEach((end, i) => {
      const open = all.at(-1);
      const full = open.end - open.begin >= (intervals - 0.5) * usual / 1000;
      const left = ends.at(-1) - open.end * 1000;
      if (full && left >= (intervals - 0.5) * usual) all.push({ first: i, last: i, begin: open.end, end: end / 1000 });
      else Object.assign(open, { last: i, end: end / 1000 });
    });
    return all;
  }
  const sumOf = (column, { first, last }) => {
    const values = column.slice(first, last + 1).filter((x) => typeof x === "number");
    return values.length ? values.reduce((a, b) => a + b, 0) : null;
  };
  const worstOf = (column, { first, last }) => {
    const values = column.slice(first, last + 1).filter((x) => typeof x === "number" && x > 0);
    return values.length ? Math.max(...values) : null;
  };
  const middle = ({ begin, end }) => (begin + end) / 2;
  const perSecond = (column, stretch) => {
    const sum = sumOf(column, stretch);
    return sum === null ? null : sum / Math.max(stretch.end - stretch.begin, 1e-9);
  };
  const rateRows = (columns, lines) => stretches(columns).map((stretch) =>
    [middle(stretch), ...lines.map(({ key }) => perSecond(columns[key], stretch))]);
  const latencyRows = (columns, lines) => stretches(columns).map((stretch) =>
    [middle(stretch), ...lines.map(({ key }) => worstOf(columns[key], stretch))]);

  // A logarithmic axis wants a range above zero, also before there is a value.
  function valueRange(data, log) {
    if (!log) return [0, null];
    const values = data.flatMap((row) => row.slice(1)).filter((x) => x !== null);
    const least = values.reduce((a, b) => Math.min(a, b), Infinity);
    const most = values.reduce((a, b) => Math.max(a, b), 0);
    return most > 0 ? [least / 1.3, most * 1.3] : [1, 1000];
  }

  // Marks of a logarithmic axis at 1, 2 and 5, or at fewer where these would be crowded.
  function logMarks(low, high, pixels) {
    const from = Math.max(low, 1e-3);
    const room = pixels / Math.max(Math.log10(high / from), 0.1); // pixels of one decade
    const marks = [];
    for (let ten = 10 ** Math.floor(Math.log10(from)); ten <= high; ten *= 10) {
      for (const step of room > 75 ? [1, 2, 5] : room > 36 ? [1, 3] : [1]) marks.push(+(ten * step).toPrecision(1));
    }
    return marks.filter((v) => v >= from && v <= high).map((v) => ({ v, label: shortDuration(v) }));
  }

  const timeline = { charts: [], strips: [], window: null, drawn: null };

  function hatch(context, x, y, width, height, step) {
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.beginPath();
    for (let at = x - height; at < x + width; at += step) {
      context.moveTo(at, y + height);
      context.lineTo(at + height, y);
    }
    context.stroke();
    context.restore();
  }

  // When the upstream was worse than normal on purpose: in phases, and as people injected it.
  function faultSpans() {
    const injections = (run.interventions ?? []).map((one, i, all) =>
      ({ begin: one.t_ms, end: all[i + 1]?.t_ms ?? Math.max(now(), one.t_ms), fault: one.faulty }));
    return [...faultWindows(), ...injections.filter((one) => one.fault)];
  }

  // Faults are shaded; phases begin, and people intervene, at vertical lines.
  function shade(context, area, chart) {
    const line = (ms, dash) => {
      const x = Math.round(chart.toDomXCoord(ms / 1000)) + 0.5;
      context.setLineDash(dash);
      context.beginPath();
      context.moveTo(x, area.y);
      context.lineTo(x, area.y + area.h);
      context.stroke();
    };
    context.save();
    context.beginPath();
    context.rect(area.x, area.y, area.w, area.h);
    context.clip();
    context.fillStyle = colour("--fault");
    for (const span of faultSpans()) {
      const from = chart.toDomXCoord(span.begin / 1000);
      context.fillRect(from, area.y, chart.toDomXCoord(span.end / 1000) - from, area.h);
    }
    context.strokeStyle = colour("--line");
    for (const phase of phases()) line(phase.begin_ms, []);
    context.strokeStyle = colour("--accent");
    for (const one of run.interventions ?? []) line(one.t_ms, [4, 3]);
    if (running()) {
      context.strokeStyle = colour("--dim");
      line(now(), [1, 2]);
    }
    context.restore();
  }

  function chartColours(lines) {
    return {
      colors: lines.map((line) => colour(`--${line.css}`)),
      axisLineColor: colour("--line"),
      gridLineColor: colour("--grid"),
    };
  }

  function makeChart(parent, { heading, lines, rows, format, log, low }) {
    const legend = el("span", { class: "legend" });
    const at = el("span", { class: "dim number" });
    const values = lines.map((line) => {
      const value = el("b");
      legend.append(el("span", { class: line.legend ?? line.css }, el("i", { "aria-hidden": "true" }), line.name, value));
      return value;
    });
    legend.append(at);
    const box = el("div", {
      class: low ? "chart low" : "chart", tabindex: "0", role: "img",
      "aria-label": `Chart: ${heading}, over the time of the run. Left and right arrow keys read it, ` +
        "plus and minus zoom, Escape shows all. The same numbers are in the table below it.",
    });
    parent.append(el("h3", {}, heading, legend), box);

    const show = (row) => {
      const data = row >= 0 ? rows(series(), lines)[row] : null;
      values.forEach((value, i) => { value.textContent = data ? format(data[i + 1]) : ""; });
      at.textContent = data ? `at ${data[0].toFixed(2)}s` : "";
    };
    const data = rows(series(), lines);
    const chart = new Dygraph(box, data, {
      labels: ["time", ...lines.map((line) => line.name)],
      series: Object.fromEntries(lines.map((line) => [line.name, { strokePattern: line.dash, strokeWidth: line.width }])),
      ...chartColours(lines),
      logscale: log,
      valueRange: valueRange(data, log),
      dateWindow: timeline.window,
      drawGapEdgePoints: true,
      highlightCircleSize: 3,
      axisLabelFontSize: 12,
      axes: {
        x: { axisLabelFormatter: seconds, pixelsPerLabel: 70, axisLabelWidth: 64, drawGrid: false },
        y: { axisLabelFormatter: (x) => `${+x.toPrecision(3)}`, axisLabelWidth: axisWidth, pixelsPerLabel: 34,
          ...(log ? { ticker: logMarks } : {}) },
      },
      // A finger that moves over a chart scrolls the page.
      ...(coarse ? { interactionModel: {} } : {}),
      underlayCallback: shade,
      highlightCallback: (_event, _x, _points, row) => select(row),
      unhighlightCallback: () => select(-1),
      zoomCallback: (from, to) => zoom([from, to]),
    });
    timeline.charts.push({ chart, lines, rows, show, log });

    let cursor = -1;
    box.addEventListener("keydown", (event) => {
      const last = chart.numRows() - 1;
      const step = event.shiftKey ? 10 : 1;
      if (event.key === "ArrowRight") cursor = Math.min(last, cursor + step);
      else if (event.key === "ArrowLeft") cursor = Math.max(0, cursor - step);
      else if (event.key === "Home") cursor = 0;
      else if (event.key === "End") cursor = last;
      else if (event.key === "Escape") zoom(null);
      else if (event.key === "+" || event.key === "-") {
        const [from, to] = timeline.window;
        const centre = cursor >= 0 ? chart.getValue(cursor, 0) : (from + to) / 2;
        const half = (to - from) * (event.key === "+" ? 0.25 : 1);
        zoom([Math.max(0, centre - half), Math.min(fullWindow()[1], centre + half)]);
      } else return;
      event.preventDefault();
      if (cursor >= 0) select(cursor);
    });
    box.addEventListener("blur", () => select(-1));
  }

  // All of it; of a long run that goes on, what was and a part of what is to come.
  const fullWindow = () => [0, running()
    ? Math.min(planned(), Math.max(20000, now() * 1.25)) / 1000
    : Math.max(planned(), now()) / 1000];

  let selecting = false;
  function select(row) {
    if (selecting) return; // the charts tell each other
    selecting = true;
    for (const { chart, show } of timeline.charts) {
      if (row >= 0) chart.setSelection(row);
      else chart.clearSelection();
      show(row);
    }
    selecting = false;
  }

  function zoom(window) {
    timeline.zoomed = window !== null;
    timeline.window = window ?? fullWindow();
    timeline.reset.hidden = !timeline.zoomed;
    for (const { chart } of timeline.charts) chart.updateOptions({ dateWindow: timeline.window });
    drawStrips();
  }

  // Where the charts' time axis lies within their box, in CSS pixels.
  function plotArea() {
    const chart = timeline.charts[0]?.chart;
    if (chart) {
      const area = chart.getArea();
      return { left: area.x, width: area.w };
    }
    return { left: 0, width: timeline.strips[0]?.canvas.clientWidth ?? 0 };
  }

  // A canvas as sharp as the screen; returns its context with CSS pixels as units.
  function fresh(canvas, height) {
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    context.font = "600 11px system-ui, 'DejaVu Sans', sans-serif";
    context.textBaseline = "middle";
    return { context, width };
  }

  // The longest of `texts` that fits, in the middle of the block.
  function label(context, texts, x, width, y) {
    const text = texts.find((one) => context.measureText(one).width + 6 <= width);
    if (text) context.fillText(text, x + (width - context.measureText(text).width) / 2, y);
  }

  function drawStrip({ canvas, blocks }) {
    const height = 24;
    const { context } = fresh(canvas, height);
    const { left, width } = plotArea();
    const [from, to] = timeline.window;
    const x = (ms) => left + (Math.min(Math.max(ms / 1000, from), to) - from) / (to - from) * width;
    context.fillStyle = colour("--grid");
    context.fillRect(left, height - 1, width, 1);
    for (const block of blocks()) {
      const begin = x(block.begin);
      const length = Math.max(x(block.end) - begin, block.end / 1000 < from || block.begin / 1000 > to ? 0 : 1);
      const top = height * (1 - block.height);
      context.fillStyle = colour(`--${block.tone}-soft`);
      context.fillRect(begin, top, length, height - top);
      context.strokeStyle = colour(`--${block.tone}`);
      context.fillStyle = colour(`--${block.tone}`);
      context.lineWidth = 1;
      if (block.hatched && length > 2) {
        context.globalAlpha = 0.35;
        hatch(context, begin, top, length, height - top, 6);
        context.globalAlpha = 1;
      }
      context.fillRect(begin, top, length, block.solid ? height - top : 2);
      context.fillRect(begin, top, 1, height - top);
      if (block.solid) context.fillStyle = colour("--surface");
      label(context, block.words, begin, length, block.height < 0.5 ? height * 0.45 : top + (height - top) / 2 + 1);
    }
  }
  const drawStrips = () => timeline.strips.forEach(drawStrip);

  // Lists end somewhere, and say so: a browser takes long to draw many rows, and longer for strips.
  const breakerLimit = 1000;
  const stripLimit = 100;
  const leftOut = (all, limit, what) => all > limit
    ? el("p", { class: "note" }, `The first ${count(limit)} of ${count(all)} ${what} are shown here, and ${count(all - limit)} are left out.`)
    : null;

  const phaseBlocks = () => phases().map((phase) => ({
    begin: phase.begin_ms, end: phase.end_ms, height: phase.fault ? 1 : 0.75, hatched: phase.fault,
    tone: phase.fault ? "bad" : "plain",
    words: [phase.fault ? `${phase.name} (fault)` : phase.name, phase.name],
  }));
  const stateBlocks = (name) => () => {
    const breaker = breakers().find((one) => one.name === name);
    return breaker ? stays(breaker).map((stay) => {
      const state = stateOf(stay.state);
      return { ...stay, height: state.height, tone: state.tone, words: [state.word, state.letter],
        solid: state.height === 1, hatched: stay.state === "half_open" };
    }) : [];
  };
  // What a service says itself of its breaker, by source.
  const claimed = () => run.through?.claimed ?? [];
  const claimTitle = (one) => `Claimed by ${one.source}`;
  const claimBlocks = (one) => () => one.spells.map((spell) => {
    const base = { begin: spell.first_ms, end: spell.last_ms };
    if (spell.claim === null) return { ...base, height: 0.75, tone: "plain", words: ["says nothing", "?"] };
    const [first, ...more] = spell.claim.split("/").map(stateOf);
    return { ...base, height: first.height, tone: first.tone, solid: first.height === 1 && !more.length,
      hatched: more.length > 0 || spell.claim === "half_open", words: [spell.claim, first.letter] };
  });
  const strip = (name, blocks) => {
    const canvas = el("canvas", { role: "img" });
    const head = el("div", { class: "name" });
    timeline.strips.push({ canvas, blocks, head, name });
    return el("div", { class: "strip" }, head, canvas);
  };

  function describeStrips() {
    for (const { canvas, head, name, phase } of timeline.strips.map((one) => ({ ...one, phase: one.name === null }))) {
      if (phase) {
        canvas.setAttribute("aria-label", "Phases: " + phases().map((one) =>
          `${one.name}${one.fault ? " (fault)" : ""} from ${duration(one.begin_ms)} to ${duration(one.end_ms)}`).join(", "));
        continue;
      }
      const breaker = breakers().find((one) => one.name === name);
      if (!breaker) {
        const source = claimed().find((one) => claimTitle(one) === name);
        canvas.setAttribute("aria-label", `${name}: ` + source.spells.slice(0, 12)
          .map((spell) => `${spell.claim ?? "nothing"} from ${duration(spell.first_ms)}`).join(", "));
        head.replaceChildren(el("b", {}, name), el("span", {}, source.wrong ? `wrong ${source.wrong}\u00d7` : ""));
        continue;
      }
      const all = stays(breaker);
      const words = all.slice(0, 12).map((stay) => `${stateOf(stay.state).word.toLowerCase()} from ${duration(stay.begin)}`);
      canvas.setAttribute("aria-label", `States of breaker ${name}: ${words.join(", ")}` +
        (all.length > 12 ? `, and ${all.length - 12} more in the table of transitions` : ""));
      head.replaceChildren(el("b", {}, name), `${running() ? "is" : "ends"} `, stateMark(all.at(-1).state),
        el("span", {}, `opened ${opensOf(breaker)}\u00d7`));
    }
  }

  function buildTimeline() {
    timeline.charts = [];
    timeline.strips = [];
    timeline.window = fullWindow();
    timeline.zoomed = false;
    timeline.reset = el("button", { type: "button", class: "small", hidden: true, onclick: () => zoom(null) }, "Show all");
    timeline.numbers = el("details", {}, el("summary", {}, "These charts as a table"), el("div"));
    timeline.numbers.addEventListener("toggle", drawNumbers);
    const phaseStrip = strip(null, phaseBlocks);
    const stripBox = el("div", {}, breakers().slice(0, stripLimit).map((breaker) => strip(breaker.name, stateBlocks(breaker.name))),
      claimed().slice(0, stripLimit).map((one) => strip(claimTitle(one), claimBlocks(one))),
      leftOut(breakers().length, stripLimit, "breakers"));
    const chartBox = el("div");
    fill("timeline", "Timeline", el("div", {}, timeline.reset), phaseStrip, chartBox, stripBox,
      el("p", { class: "key note" }, "State by height: ",
        ...["closed", "half_open", "open"].map((name) => el("span", {}, el("span", { class: `mono ${stateOf(name).tone}` }, stateOf(name).letter), ` ${stateOf(name).word.toLowerCase()}, ${{ closed: "low line", half_open: "hatched, half high", open: "full block" }[name]}`)),
        faultSpans().length ? el("span", {}, el("span", { class: "shaded", "aria-hidden": "true" }), " shaded: a fault") : null,
        run.interventions?.length ? el("span", {}, "Dashed lines: done by hand.") : null,
        coarse || !series() ? null : el("span", {}, "Drag over a chart to zoom.")),
      timeline.numbers);
    const columns = series();
    if (columns) {
      makeChart(chartBox, { heading: "Calls per second", lines: shownRates(columns), rows: rateRows, format: rate });
      if (columns.p50_ms && columns.p99_ms) {
        makeChart(chartBox, { heading: "Response time of calls sent (log scale)", lines: latencyLines, rows: latencyRows,
          format: duration, log: true, low: true });
      }
    } else {
      chartBox.append(el("p", { class: "note" }, live ? "The charts begin with the first interval." : "This file holds no series, so there is nothing to chart."));
      timeline.numbers.hidden = true;
    }
    timeline.drawn = { charted: columns !== null, breakers: breakers().length, rates: namesOf(shownRates(columns)) };
    describeStrips();
    drawStrips();
  }

  // At most 120 rows: more do not help who reads them one by one.
  function drawNumbers() {
    const columns = series();
    if (!timeline.numbers.open || !columns) return;
    const rows = stretches(columns, Math.ceil(columns.t_ms.length / 120));
    timeline.numbers.lastElementChild.replaceChildren(table("Series", [
      { title: "Up to", head: true, cell: (row) => moment(row.end * 1000) },
      ...shownRates(columns).map((line) =>
        ({ title: line.name, right: true, cell: (row) => rate(perSecond(columns[line.key], row)) })),
      ...(columns.p99_ms ? [{ title: "worst p99", right: true, cell: (row) => duration(worstOf(columns.p99_ms, row)) }] : []),
    ], rows));
  }

  function drawTimeline() {
    if (!phases().length) return;
    const columns = series();
    const drawn = timeline.drawn;
    if (!drawn || drawn.charted !== (columns !== null) || drawn.breakers !== breakers().length ||
        drawn.rates !== namesOf(shownRates(columns))) {
      return buildTimeline();
    }
    if (!timeline.zoomed) timeline.window = fullWindow();
    for (const { chart, lines, rows, log } of timeline.charts) {
      const data = rows(columns, lines);
      chart.updateOptions({ file: data, dateWindow: timeline.window, valueRange: valueRange(data, log) });
    }
    describeStrips();
    drawStrips();
  }

  // ---- Tables -------------------------------------------------------------------------------

  const rowLimit = 200;
  let allTransitions = false;

  function drawTransitions() {
    const all = transitions();
    const total = Math.max(run.transitions_total ?? 0, all.length);
    const rows = allTransitions ? all : live && running() ? all.slice(-rowLimit) : all.slice(0, rowLimit);
    const button = rows.length < all.length
      ? el("button", { type: "button", class: "small", onclick: () => { allTransitions = true; drawTransitions(); } }, `Show all ${count(all.length)}`)
      : null;
    fill("transitions", total ? `Transitions: ${count(total)}` : "Transitions: none",
      total ? table("Transitions", [
        { title: "Time", right: true, bare: true, cell: (one) => moment(one.t_ms) },
        { title: "Breaker", head: true, cell: (one) => one.breaker },
        { title: "Change", bare: true, wide: true, cell: (one) => el("span", {}, stateMark(one.from), " \u2192 ", stateMark(one.to)) },
        { title: "Cause", wide: true, bare: true, cell: (one) => one.cause },
        { title: "Phase", cell: (one) => phaseAt(one.t_ms)?.name },
        { title: "Fault", right: true, cell: (one) => sinceFault(one.t_ms) },
      ], rows) : el("p", {}, running() ? "No breaker has changed its state yet." : "No breaker changed its state in this run."),
      button,
      total > all.length ? el("p", { class: "note" }, `Only the first ${count(all.length)} of ${count(total)} transitions were kept.`) : null);
  }

  function drawPhases() {
    const all = phases().map((phase) => ({ ...phase, counts: phase.counts ?? countsBetween(phase.begin_ms, phase.end_ms) }));
    if (!all.length) return fill("phases", null);
    const reported = all.some((phase) => phase.response_ms);
    const upstream = all.some((phase) => phase.upstream);
    // In virtual time these can only be zero.
    const wired = run.command !== "simulate";
    const leaks = upstream && (wired || all.some((phase) => phase.upstream?.leaked_while_open));
    const rows = reported && run.totals ? [...all, { ...run.totals, name: "total", total: true }] : all;
    const right = (name, cell) => ({ title: name, right: true, cell });
    fill("phases", running() ? "Phases so far" : "Phases", table("Phases", [
      { title: "Phase", head: true, cell: (phase) => [phase.name,
        phase.fault && !phase.total ? el("span", { class: "tag fault" }, "fault") : null].filter(Boolean) },
      { title: "From \u2013 to", right: true, cell: (phase) => `${+(phase.begin_ms / 1000).toFixed(2)} \u2013 ${+(phase.end_ms / 1000).toFixed(2)}s` },
      right("Calls", (phase) => count(phase.counts.calls)),
      right("Ok", (phase) => count(phase.counts.ok)),
      right("Failed", (phase) => count(phase.counts.failed)),
      withheld(run.totals) ? right("Withheld", (phase) => withheld(phase) ? `${count(withheld(phase).withheld)} (${withheldShare(withheld(phase))})` : "-")
        : right("Fail-fast", (phase) => count(phase.counts.fail_fast)),
      ...(all.some((phase) => phase.counts.full) ? [right("Full", (phase) => count(phase.counts.full))] : []),
      ...(all.some((phase) => phase.counts.fallback) ? [right("Fallback", (phase) => count(phase.counts.fallback))] : []),
      ...(all.some((phase) => triesAgain(phase.counts)) ? [right("Requests sent", (phase) => count(phase.counts.sent))] : []),
      right("Availability", (phase) => share(phase.counts.ok, ended(phase.counts))),
      ...(reported ? [right("p50", (phase) => duration(phase.response_ms?.p50)), right("p99", (phase) => duration(phase.response_ms?.p99))] : []),
      ...(upstream ? [right("Upstream requests", (phase) => count(phase.upstream?.requests))] : []),
      ...(leaks ? [right("Leaked while open", (phase) => count(phase.upstream?.leaked_while_open))] : []),
    ], rows),
    reported ? el("p", { class: "note" }, "p50 and p99 are response times of calls that were sent and ended, from when they were due." +
      (upstream ? " Upstream requests are what the upstream counted." : "") +
      (leaks ? " Leaked are those that reached it while their breaker claimed to be open." : "")) : null,
    reported ? more("More numbers", table("More numbers by phase", [
      { title: "Phase", head: true, cell: (phase) => phase.name },
      ...["p90", "p95", "p99.9", "max"].map((key) => right(key, (phase) => duration(phase.response_ms?.[key]))),
      right("Service p99", (phase) => duration(phase.service_ms?.p99)),
      ...(all.some((phase) => phase.gap_ms?.count) ? [right("First byte p99", (phase) => duration(phase.ttfb_ms?.p99)), right("Longest gap", (phase) => duration(phase.gap_ms?.max))] : []),
      ...(wired ? [right("Schedule error p99", (phase) => duration(typeof phase.schedule_error_us?.p99 === "number" ? phase.schedule_error_us.p99 / 1000 : null))] : []),
      ...(leaks ? [right("Overtaken", (phase) => count(phase.upstream?.overtaken))] : []),
      ...(all.some((phase) => phase.wasted_time_ms !== undefined) ? [right("Wasted waiting", (phase) => duration(phase.wasted_time_ms))] : []),
      ...(all.some((phase) => phase.peak_in_flight !== undefined) ? [right("Peak in flight", (phase) => count(phase.peak_in_flight))] : []),
      ...(all.some((phase) => phase.limit) ? [right("Limit at the end", (phase) => count(phase.limit?.last)), right("least", (phase) => count(phase.limit?.least)), right("most", (phase) => count(phase.limit?.most))] : []),
      { title: "Failures", wide: true, cell: (phase) => ["error_answers", "timeouts", "resets", "closed", "connect_failed", "bad_answers", "abandoned", "cut", "ignored", "dropped", "unfinished"]
        .filter((key) => phase.counts[key]).map((key) => `${key.replace(/_/g, " ")} ${count(phase.counts[key])}`).join(", ") || "none" },
      ...(upstream ? [{ title: "Injected", wide: true, cell: (phase) => Object.entries(phase.upstream?.injected ?? {})
        .filter(([, n]) => n).map(([kind, n]) => `${kind} ${count(n)}`).join(", ") || "none" }] : []),
    ], rows)) : null);
  }

  // What a fallback answered with, if there was one, and what became of its queue.
  function drawFallback() {
    const all = phases().map((phase) => ({ ...phase, counts: phase.counts ?? countsBetween(phase.begin_ms, phase.end_ms) }));
    const sum = totals();
    if (!sum.fallback && !sum.cache_misses && !sum.queue_full) return fill("fallback", null);
    const rows = run.totals ? [...all, { ...run.totals, name: "total" }] : all;
    const right = (name, cell) => ({ title: name, right: true, cell });
    const cached = sum.cached || sum.cache_misses;
    const queued = sum.queued || sum.queue_full;
    fill("fallback", running() ? "Fallback so far" : "Fallback", table("Fallback", [
      { title: "Phase", head: true, cell: (phase) => phase.name },
      right("Availability", (phase) => share(phase.counts.ok, ended(phase.counts))),
      right("With fallback", (phase) => share(phase.counts.ok + phase.counts.fallback, ended(phase.counts))),
      ...(sum.fallback_open ? [right("Of rejected", (phase) => count(phase.counts.fallback_open))] : []),
      ...(sum.fallback > sum.cached + sum.queued ? [right("Static", (phase) => count(phase.counts.fallback - phase.counts.cached - phase.counts.queued))] : []),
      ...(cached ? [right("Cached", (phase) => count(phase.counts.cached)),
        right("Hit rate", (phase) => share(phase.counts.cached, phase.counts.cached + phase.counts.cache_misses))] : []),
      ...(cached && run.totals ? [right("Age p50", (phase) => duration(phase.stale_age_ms?.p50)),
        right("Age max", (phase) => duration(phase.stale_age_ms?.max))] : []),
      ...(queued ? [right("Queued", (phase) => count(phase.counts.queued)), right("Drained", (phase) => count(phase.counts.drained))] : []),
      ...(sum.lost ? [right("Lost", (phase) => count(phase.counts.lost))] : []),
      ...(queued ? [right("Still queued", (phase) => count(stillQueued(phase.counts)))] : []),
      ...(sum.queue_full ? [right("No place in queue", (phase) => count(phase.counts.queue_full))] : []),
      ...(queued && run.totals ? [right("Longest wait", (phase) => duration(phase.queue_wait_ms?.max))] : []),
    ], rows), queued ? el("p", { class: "note" },
      (running() ? "A call counts when it was answered, drained or lost." : "A call counts in the phase in which it was due, whenever it left the queue.") +
      " Queued is the sum of drained, lost and still queued.") : null);
  }

  function drawEndpoints() {
    const endpoints = run.totals?.endpoints ?? run.endpoints ?? [];
    if (endpoints.length < 2) return fill("endpoints", null);
    const all = endpoints.slice(0, breakerLimit);
    const right = (name, cell) => ({ title: name, right: true, cell });
    fill("endpoints", "Endpoints", table("Endpoints", [
      { title: "Endpoint", head: true, cell: (one) => one.name },
      right("Calls", (one) => count(one.counts?.calls)),
      right("Ok", (one) => count(one.counts?.ok)),
      right("Failed", (one) => count(one.counts?.failed)),
      right("Fail-fast", (one) => count(one.counts?.fail_fast)),
      right("Availability", (one) => share(one.counts?.ok, one.counts && ended(one.counts))),
      ...(all.some((one) => one.response_ms) ? [right("p50", (one) => duration(one.response_ms?.p50)), right("p99", (one) => duration(one.response_ms?.p99))] : []),
    ], all), leftOut(endpoints.length, breakerLimit, "endpoints"));
  }

  // ---- The other run ------------------------------------------------------------------------

  // While the run goes on: what both had come to by now.
  function drawVersusNow({ label, series }) {
    const columns = run.series?.t_ms?.length ? run.series : null;
    if (!columns) return fill("versus", null);
    const until = columns.t_ms.at(-1);
    const rows = [["this run", countsBetween(0, Infinity)], [label, countsBetween(0, until, series)]].map(([side, counts]) => ({ side, counts }));
    const right = (name, cell) => ({ title: name, right: true, cell });
    fill("versus", "The other run at the same time", table("The other run at the same time", [
      { title: "Run", head: true, cell: (row) => row.side },
      right("Calls", (row) => count(row.counts.calls)),
      right("Requests sent", (row) => count(row.counts.sent)),
      right("Ok", (row) => count(row.counts.ok)),
      right("Failed", (row) => count(row.counts.failed)),
      right("Rejected", (row) => count(rejected(row.counts) + row.counts.full)),
      right("Availability", (row) => share(row.counts.ok + row.counts.fallback, ended(row.counts))),
    ], rows), el("p", { class: "note" }, "The other run has the same seed, load and faults. Availability includes calls that a fallback answered."));
  }

  function drawVersus() {
    if (run.beside && running()) return drawVersusNow(run.beside);
    if (!run.versus || !run.totals) return fill("versus", null);
    const faulty = phases().map((phase, i) => ({ name: phase.name, with: phase, without: run.versus.phases[i], fault: phase.fault }))
      .filter((pair) => pair.fault && pair.without);
    const pairs = [...faulty, { name: "total", with: run.totals, without: run.versus.totals }];
    const requests = (phase) => phase.upstream?.requests ?? phase.counts.sent;
    const available = (phase) => share(phase.counts.ok + (phase.counts.fallback ?? 0), ended(phase.counts));
    const shared = run.versus.breaker === "shared";
    const [own, other] = shared ? [breakers()[0]?.endpoint ? "per endpoint" : "per client", "shared"]
      : run.through ? ["observed", "configured"] : ["with", "without"];
    const rows = pairs.flatMap((pair) => [[own, pair.with], [other, pair.without]].map(([side, phase]) => ({ name: pair.name, side, phase })));
    const right = (name, cell) => ({ title: name, right: true, cell });
    const saved = requests(run.versus.totals) - requests(run.totals);
    const title = shared ? `A breaker ${own}, and one that all calls share`
      : run.through ? "The service as observed, and as configured" : "With and without the breaker";
    const lost = (phase) => `${counted(rejected(phase.counts), "call")}` + (phase.upstream ? `, ${count(phase.counts.rejected_good)} of which would have been answered well` : "");
    const opened = (all) => {
      const times = all.flatMap((breaker) => breaker.reactions ?? []).map((one) => one.time_to_open_ms).filter((ms) => typeof ms === "number");
      return times.length ? [Math.min(...times), Math.max(...times)].map((ms) => duration(ms)) : ["never", "never"];
    };
    const sides = [[own, run.totals, breakers()], [other, run.versus.totals, run.versus.breakers ?? []]]
      .map(([side, totals, all]) => ({ side, number: all.length, times: opened(all), totals }));
    fill("versus", title,
      el("p", {}, shared ? `One breaker for all calls rejects ${lost(run.versus.totals)}. The breakers ${own} reject ${lost(run.totals)}.`
        : run.through ? `The service sent ${counted(requests(run.totals), "request")} to its dependency; with the settings that it is meant to have it would have sent ${count(requests(run.versus.totals))}.`
        : saved >= 0 ? `The breaker saved ${count(saved)} upstream requests and rejected ${counted(rejected(run.totals.counts), "call")}.`
        : `With the breaker the upstream got ${count(-saved)} more requests.`),
      table(title, [
        { title: "Phase", head: true, cell: (row) => row.name },
        { title: "Breaker", cell: (row) => row.side },
        right("Upstream requests", (row) => count(requests(row.phase))),
        right("Availability", (row) => available(row.phase)),
        right("Failed", (row) => count(row.phase.counts.failed)),
        right("Rejected", (row) => count(withheld(row.phase)?.withheld ?? rejected(row.phase.counts) + (row.phase.counts.full ?? 0))),
        right("p50", (row) => duration(row.phase.response_ms?.p50)),
        right("p99", (row) => duration(row.phase.response_ms?.p99)),
      ], rows),
      shared ? table("Breakers of both runs", [
        { title: "Breaker", head: true, cell: (row) => row.side },
        right("Number", (row) => count(row.number)),
        right("First opened after", (row) => row.times[0]),
        right("Last opened after", (row) => row.times[1]),
        right("Good calls rejected", (row) => count(row.totals.counts.rejected_good)),
      ], sides) : null,
      shared && run.totals.endpoints?.length > 1 ? table("Endpoints of both runs", [
        { title: "Endpoint", head: true, cell: (row) => row.name },
        right(`Availability ${own}`, (row) => available(row.own)),
        right("Availability shared", (row) => available(row.other)),
        right(`Good rejected ${own}`, (row) => count(row.own.counts.rejected_good)),
        right("Good rejected shared", (row) => count(row.other.counts.rejected_good)),
      ], run.totals.endpoints.slice(0, breakerLimit).map((one, i) => ({ name: one.name, own: one, other: run.versus.totals.endpoints[i] }))) : null,
      el("p", { class: "note" }, `${shared ? "Shared: the same seed, load and faults with one breaker for all calls" : `${run.through ? "Configured" : "Without"}: the same seed, load and faults with ${run.versus.breaker}`}` +
        `${run.versus.command && run.versus.command !== run.command ? ", simulated" : ""}. Availability includes calls that a fallback answered.`));
  }

  // ---- Services -----------------------------------------------------------------------------

  const svg = (tag, properties, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(properties)) node.setAttribute(name, value);
    node.append(...children.flat().filter((child) => child !== null));
    return node;
  };

  // The services in columns: each to the right of all that call it, and the upstream last.
  function placed(services) {
    const column = new Map(services.map((one) => [one.name, 0]));
    for (let round = 0; round < services.length; ++round) {
      for (const { name, links } of services) {
        for (const { to } of links) column.set(to, Math.max(column.get(to) ?? 0, column.get(name) + 1));
      }
    }
    const last = Math.max(...column.values());
    if (column.has("upstream")) column.set("upstream", last);
    const rows = new Map();
    return new Map([...column].map(([name, at]) => {
      const row = rows.get(at) ?? 0;
      rows.set(at, row + 1);
      return [name, { column: at, row }];
    }));
  }

  const picture = { width: 172, height: 74, across: 290, down: 104, margin: 8 };
  let shownPhase = null;

  function drawGraph(services, index, seconds) {
    const places = placed(services);
    const { width, height, across, down, margin } = picture;
    const most = (key) => Math.max(...[...places.values()].map((place) => place[key]));
    const size = { x: most("column") * across + width + 2 * margin, y: most("row") * down + height + 2 * margin };
    const corner = (name) => ({ x: margin + places.get(name).column * across, y: margin + places.get(name).row * down });
    const perSecond = (n) => (seconds > 0 ? `${digits(n / seconds)}/s` : none);
    const arrived = new Map();
    const edges = services.flatMap((service) => service.links.map((link) => {
      const counts = link.phases[index];
      arrived.set(link.to, (arrived.get(link.to) ?? 0) + counts.requests);
      const bad = counts.failed + counts.timed_out + counts.open + counts.full;
      const from = corner(service.name), to = corner(link.to);
      const [x1, y1, x2, y2] = [from.x + width, from.y + height / 2, to.x, to.y + height / 2];
      const tone = bad * 2 > counts.calls ? "bad" : bad || counts.fallback ? "warn" : "plain";
      const words = [perSecond(counts.calls), bad ? `${share(bad, counts.calls)} fail` : null,
        counts.fallback ? `${share(counts.fallback, counts.calls)} fallback` : null].filter(Boolean);
      return svg("g", { class: `edge ${tone}` },
        svg("title", {}, `${service.name} to ${link.to}: ${count(counts.calls)} calls, ${count(counts.requests)} requests, ` +
          `${count(counts.ok)} ok, ${count(counts.failed)} failed, ${count(counts.timed_out)} timed out, ${count(counts.open)} rejected by the breaker`),
        svg("path", { d: `M${x1},${y1} C${x1 + 50},${y1} ${x2 - 50},${y2} ${x2},${y2}` }),
        svg("path", { class: "tip", d: `M${x2},${y2} l-9,-5 v10 z` }),
        words.map((word, line) => svg("text", { x: (x1 + x2) / 2, y: (y1 + y2) / 2 - 6 + 19 * line, "text-anchor": "middle" }, word)));
    }));
    const boxes = [...places.keys()].map((name) => {
      const at = corner(name);
      const service = services.find((one) => one.name === name);
      const numbers = service?.phases[index];
      const full = numbers && service.workers !== null && numbers.peak_busy >= service.workers;
      const busy = numbers && service.workers !== null ? Math.min(1, numbers.mean_busy / service.workers) : 0;
      const lines = numbers
        ? [service.workers === null ? `${count(numbers.peak_busy)} busy` : `${count(numbers.peak_busy)} of ${count(service.workers)} busy`,
           numbers.peak_waiting ? `${count(numbers.peak_waiting)} waiting` : numbers.full ? `${count(numbers.full)} turned away` : `p99 ${duration(numbers.response_ms.p99)}`]
        : [perSecond(arrived.get(name) ?? 0), ""];
      return svg("g", { class: `node ${full ? "bad" : "plain"}`, transform: `translate(${at.x},${at.y})` },
        svg("rect", { class: "box", width, height, rx: 6 }),
        svg("rect", { class: "busy", y: height - 6, width: width * busy, height: 6, rx: 3 }),
        svg("text", { class: "name", x: 10, y: 22 }, name.length > 19 ? `${name.slice(0, 18)}\u2026` : name),
        lines.map((line, i) => svg("text", { x: 10, y: 41 + 17 * i }, line)));
    });
    return el("div", { class: "scroll", role: "region", "aria-label": "Picture of the services", tabindex: "0" },
      svg("svg", { class: "graph", viewBox: `0 0 ${size.x} ${size.y}`, width: size.x, height: size.y, role: "img",
        "aria-label": "The services and the calls between them; the tables below have the same numbers" },
        edges, boxes));
  }

  // The services of a run that goes on, as they are at this moment.
  function drawServicesNow(services) {
    const right = (name, cell) => ({ title: name, right: true, cell });
    const breaker = ({ to, state }) => el("div", {}, `${to} `, stateMark(state));
    fill("services", "Services",
      table("Services", [
        { title: "Service", head: true, cell: (one) => one.name },
        right("Busy workers", (one) => el("span", { class: one.workers !== null && one.busy >= one.workers ? "bad" : null },
          count(one.busy) + (one.workers === null ? "" : ` of ${count(one.workers)}`))),
        { title: "", cell: (one) => one.workers === null ? "" : el("meter", { min: 0, max: one.workers, value: one.busy, high: one.workers - 0.5, optimum: 0, "aria-label": `${one.name}: busy workers` }) },
        right("Waiting", (one) => count(one.waiting)),
        { title: "Breakers of its clients", wide: true, cell: (one) => one.links.filter((link) => link.state !== null).map(breaker) },
      ], services));
  }

  function drawServices() {
    const services = run.services ?? [];
    if (!services.length && run.services_now?.length) return drawServicesNow(run.services_now);
    if (!services.length) return fill("services", null);
    const all = phases();
    if (shownPhase === null) shownPhase = Math.max(0, all.findIndex((phase) => phase.fault));
    const phase = all[shownPhase];
    const right = (name, cell) => ({ title: name, right: true, cell });
    const links = services.flatMap((one) => one.links.map((link) => ({ from: one.name, ...link, counts: link.phases[shownPhase] })));
    fill("services", "Services",
      el("p", { role: "group", "aria-label": "Phase that is shown" }, all.map((one, i) =>
        el("button", { type: "button", class: "small", "aria-pressed": String(i === shownPhase), onclick: () => { shownPhase = i; drawServices(); } }, one.name))),
      drawGraph(services, shownPhase, (phase.lasted_ms ?? 0) / 1000),
      table("Services", [
        { title: "Service", head: true, cell: (one) => one.name },
        right("Arrived", (one) => count(one.phases[shownPhase].arrived)),
        right("Ok", (one) => count(one.phases[shownPhase].ok)),
        right("Failed", (one) => count(one.phases[shownPhase].failed)),
        right("Turned away", (one) => count(one.phases[shownPhase].full)),
        right("Busy at most", (one) => count(one.phases[shownPhase].peak_busy) + (one.workers === null ? "" : ` of ${count(one.workers)}`)),
        right("Waiting at most", (one) => count(one.phases[shownPhase].peak_waiting)),
        right("All busy for", (one) => duration(one.phases[shownPhase].full_for_ms)),
        right("p99", (one) => duration(one.phases[shownPhase].response_ms?.p99)),
      ], services),
      links.length ? table("Calls between services", [
        { title: "Call", head: true, cell: (one) => `${one.from} \u2192 ${one.to}` },
        right("Calls", (one) => count(one.counts.calls)),
        right("Requests", (one) => count(one.counts.requests)),
        right("Ok", (one) => count(one.counts.ok)),
        right("Failed", (one) => count(one.counts.failed)),
        right("Timed out", (one) => count(one.counts.timed_out)),
        right("Breaker open", (one) => count(one.counts.open)),
        right("Fallback", (one) => count(one.counts.fallback)),
        ...(links.some((one) => one.counts.fallback_open) ? [right("Fallback of open", (one) => count(one.counts.fallback_open))] : []),
        ...(links.some((one) => one.counts.queued) ? [right("Queued", (one) => count(one.counts.queued)),
          right("Still queued", (one) => count(stillQueued(one.counts))),
          right("Lost", (one) => count(one.counts.lost))] : []),
        ...(links.some((one) => one.counts.limit) ? [right("Limit at the end", (one) => count(one.counts.limit?.last)),
          right("least", (one) => count(one.counts.limit?.least)), right("most", (one) => count(one.counts.limit?.most))] : []),
        { title: "Breaker", wide: true, cell: (one) => one.breaker === "none" ? "none"
          : one.first_opened_ms === null ? "never opened" : `opened first at ${moment(one.first_opened_ms)}, ${count(one.opens)}\u00d7` },
      ], links) : null,
      (run.selectivity ?? []).map((line) => el("p", {}, line)),
      el("p", { class: "note" }, "The picture shows the most workers busy and calls waiting at once in the phase. A red service had all its workers busy; the bar at its bottom is how many were busy on average."));
  }

  // ---- Latency distribution -----------------------------------------------------------------

  const ridges = { rows: [], axis: null, low: 1, high: 1000 };

  function drawDistribution() {
    const all = [...phases(), ...(phases().length > 1 && run.totals ? [run.totals] : [])]
      .filter((phase) => phase.distribution?.some(([, n]) => n));
    if (!all.length) return fill("distribution", null);
    const edges = all.flatMap((phase) => phase.distribution.filter(([, n]) => n).map(([upto]) => Math.max(upto, 0.001)));
    ridges.low = 10 ** Math.floor(Math.log10(edges.reduce((a, b) => Math.min(a, b))));
    ridges.high = 10 ** Math.ceil(Math.log10(edges.reduce((a, b) => Math.max(a, b)) * 1.0001));
    ridges.rows = all.map((phase) => ({ phase, canvas: el("canvas", { role: "img", "aria-label":
      `Response times in ${phase.name}: median ${duration(phase.response_ms?.p50)}, 99th percentile ${duration(phase.response_ms?.p99)}, longest ${duration(phase.response_ms?.max)}` }) }));
    ridges.axis = el("canvas", { class: "axis", "aria-hidden": "true" });
    fill("distribution", "Response times by phase",
      el("div", { class: "ridges" },
        ridges.rows.flatMap(({ phase, canvas }) => [
          el("div", {}, el("b", {}, phase.name), el("span", { class: "dim" }, `${counted(phase.response_ms?.count, "call")} sent`)),
          el("div", {}, canvas)]),
        el("div", { class: "blank" }), el("div", {}, ridges.axis)),
      el("p", { class: "note" }, "How many calls took how long; each phase to its own height. Time on a log scale; the lines are p50 and p99."));
    paintDistribution();
  }

  function paintDistribution() {
    const decades = Math.log10(ridges.high / ridges.low);
    const place = (ms, width) => (Math.log10(Math.max(ms, ridges.low) / ridges.low) / decades) * width;
    for (const { phase, canvas } of ridges.rows) {
      const height = 54;
      const { context, width } = fresh(canvas, height);
      const bins = new Array(Math.max(1, Math.round(width / 6))).fill(0);
      for (const [upto, n] of phase.distribution) {
        bins[Math.min(bins.length - 1, Math.floor(place(upto, width) / width * bins.length))] += n;
      }
      const most = Math.max(...bins);
      context.fillStyle = colour("--grid");
      for (let ms = ridges.low; ms <= ridges.high * 1.001; ms *= 10) context.fillRect(Math.min(width - 1, Math.round(place(ms, width))), 0, 1, height);
      context.fillStyle = colour(phase.fault && phase !== run.totals ? "--failed" : "--ok");
      bins.forEach((n, i) => {
        const tall = n ? Math.max(1.5, (n / most) * (height - 14)) : 0;
        context.fillRect((i * width) / bins.length, height - 1 - tall, width / bins.length - 1, tall);
      });
      context.fillStyle = colour("--line");
      context.fillRect(0, height - 1, width, 1);
      context.fillStyle = colour("--ink");
      let taken = -Infinity;
      for (const key of ["p50", "p99"]) {
        const ms = phase.response_ms?.[key];
        if (typeof ms !== "number") continue;
        const x = place(ms, width);
        context.fillRect(x, 3, 1, height - 4);
        const text = `${key} ${duration(ms)}`;
        const length = context.measureText(text).width;
        const at = x + 4 + length > width ? x - 4 - length : x + 4;
        if (at < taken) continue; // the numbers are in the table
        context.fillText(text, at, 7);
        taken = at + length + 4;
      }
    }
    if (!ridges.axis) return;
    const { context, width } = fresh(ridges.axis, 18);
    context.fillStyle = colour("--dim");
    context.font = "12px system-ui, 'DejaVu Sans', sans-serif";
    for (let ms = ridges.low; ms <= ridges.high * 1.001; ms *= 10) {
      const text = shortDuration(+ms.toPrecision(1));
      const length = context.measureText(text).width;
      context.fillText(text, Math.min(width - length, Math.max(0, place(ms, width) - length / 2)), 9);
    }
  }

  // ---- Breakers, warnings, how to repeat it -------------------------------------------------

  // A name breaks before its capitals and after its dots. A long value gets a row of its own.
  const pairs = (entries) => el("dl", { class: "pairs" }, entries.map(([key, value]) => {
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    return el("div", { class: text.length > 24 ? "long" : null },
      el("dt", {}, broken(key, /(?<=[a-z])(?=[A-Z])|(?<=[._])/)), el("dd", {}, breakable(text)));
  }));

  function drawBreakers() {
    const settings = Object.entries(run.breaker_settings ?? {});
    const reported = breakers().filter((breaker) => typeof breaker.time_closed_ms === "number");
    if (!settings.length && !reported.length) return fill("breakers", null);
    const policies = (run.experiment?.client?.policies ?? []).map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
    const reactions = reported.flatMap((breaker) => (breaker.reactions ?? []).map((reaction) => ({ breaker: breaker.name, ...reaction })));
    const right = (name, cell) => ({ title: name, right: true, cell });
    fill("breakers", "Breaker settings",
      settings.length ? pairs(settings) : null,
      run.experiment?.client?.breaker_per === "endpoint" ? el("p", { class: "note" }, "One breaker for each endpoint.") : null,
      policies.length ? el("p", { class: "note" }, "A call goes through these policies, the outermost first: ", breakable(policies.join(" \u2192 ")), ".") : null,
      reported.length ? table("Breakers", [
        { title: "Breaker", head: true, cell: (breaker) => breaker.name },
        { title: "Ends", bare: true, cell: (breaker) => stateMark(breaker.final_state) },
        right("Opened", (breaker) => `${count(breaker.opens)}\u00d7`),
        right("Closed for", (breaker) => duration(breaker.time_closed_ms)),
        right("Open for", (breaker) => duration(breaker.time_open_ms)),
        right("Half-open for", (breaker) => duration(breaker.time_half_open_ms)),
      ], reported.slice(0, breakerLimit)) : null,
      leftOut(reported.length, breakerLimit, "breakers"),
      reactions.length ? [el("h3", {}, "How they reacted to the faults"), table("Reactions", [
        { title: "Breaker", head: true, cell: (one) => one.breaker },
        { title: "Fault", right: true, cell: (one) => `${+(one.fault_begin_ms / 1000).toFixed(2)} \u2013 ${+(one.fault_end_ms / 1000).toFixed(2)}s` },
        right("Time to open", (one) => one.opened ? duration(one.time_to_open_ms)
          : one.opened_for_previous ? "had opened for the previous fault" : "did not open"),
        right("Time to close", (one) => one.closed_again ? duration(one.time_to_close_ms)
          : one.cut_off === "run_ended" ? "the run ended during the fault"
          : one.cut_off === "log_full" ? "not known" : "did not close"),
      ], reactions.slice(0, breakerLimit)), leftOut(reactions.length, breakerLimit, "reactions")] : null);
  }

  function drawClaimed() {
    if (!claimed().length) return fill("claimed", null);
    const between = (from, to) => `${moment(from)} to ${moment(to)}`;
    const right = (name, cell) => ({ title: name, right: true, cell });
    const late = (one) => one.lag_most_ms === null ? "never"
      : one.lag_most_ms === 0 ? "already" : `${duration(one.lag_least_ms)} to ${duration(one.lag_most_ms)}`;
    fill("claimed", "What the service says itself", claimed().flatMap((one) => [
      el("h3", {}, one.source),
      el("p", {}, `${counted(one.readings, "reading")} with a state, of which ${count(one.wrong)} contradict what was observed` +
        `${one.missing ? `; ${count(one.missing)} without a state, the first because ${one.why_missing}` : ""}.`),
      one.lags.length ? table("Changes observed and claimed", [
        { title: "Entered", head: true, cell: (lag) => stateMark(lag.to) },
        right("Observed between", (lag) => between(lag.earliest_ms, lag.latest_ms)),
        right("Claimed after", late),
      ], one.lags.slice(0, breakerLimit)) : null,
      one.contradictions.length ? table("Claims that were wrong", [
        { title: "It said", head: true, cell: (wrong) => wrong.claim },
        { title: "While the breaker was", cell: (wrong) => stateMark(wrong.state) },
        right("From and to", (wrong) => between(wrong.first_ms, wrong.last_ms) + (wrong.to_the_end ? ", its last word" : "")),
        right("Readings", (wrong) => count(wrong.readings)),
      ], one.contradictions.slice(0, breakerLimit)) : null,
    ]));
  }

  function drawWarnings() {
    const list = (items) => el("ul", { class: "plain-list" }, items.map((item) => el("li", {}, item)));
    const warnings = run.warnings ?? [];
    const notes = run.notes ?? [];
    const interventions = (run.interventions ?? []).map((one) => `${moment(one.t_ms)}: ${one.text}`);
    if (!warnings.length && !notes.length && !interventions.length) return fill("warnings", null);
    fill("warnings", warnings.length ? `Warnings: ${warnings.length}` : "Notes",
      warnings.length ? list(warnings) : null,
      notes.length ? [warnings.length ? el("h3", {}, "Notes") : null, list(notes)] : null,
      interventions.length ? [el("h3", {}, "Done by hand during the run"), list(interventions)] : null);
  }

  function drawReproduce() {
    if (!run.reproduce && run.seed === undefined) return fill("reproduce", null);
    const shown = (text) => el("pre", { class: "command", tabindex: "0", "aria-label": "Command" }, text);
    const command = run.reproduce ? shown(run.reproduce) : null;
    const said = el("span", { role: "status", class: "note" });
    const copy = command && navigator.clipboard ? el("button", { type: "button", class: "small", onclick: () =>
      navigator.clipboard.writeText(run.reproduce).then(() => { said.textContent = " copied"; }, () => { said.textContent = " the browser did not allow it"; }) }, "Copy") : null;
    fill("reproduce", "How to reproduce", command, copy, said,
      run.reproduce_all ? [el("p", {}, "All runs of the series again:"), shown(run.reproduce_all)] : null,
      el("p", { class: "note" }, `Seed ${run.seed}: the same seed and version draw the same faults` +
        (run.command === "simulate" ? " and give the same run." : "; on real sockets the machine's own timing still differs.")));
  }

  // ---- All together -------------------------------------------------------------------------

  function drawAll() {
    drawHead();
    drawVerdict();
    drawGlance();
    drawJudged("baseline", "Baseline", run.baseline);
    drawJudged("expectations", "Expectations", run.expectations);
    drawRepeats();
    drawVersus();
    drawTimeline();
    drawTransitions();
    drawClaimed();
    drawPhases();
    drawFallback();
    drawEndpoints();
    drawServices();
    drawDistribution();
    drawBreakers();
    drawWarnings();
    drawReproduce();
  }

  function recolour() {
    for (const { chart, lines } of timeline.charts) chart.updateOptions(chartColours(lines));
    drawStrips();
    paintDistribution();
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  let resizing = null;
  addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(recolour, 60);
  });
  // Paper is white, and has nothing to click on.
  addEventListener("beforeprint", () => {
    document.documentElement.dataset.theme = "light";
    document.querySelectorAll("#phases details").forEach((one) => { one.open = true; });
    recolour();
  });
  addEventListener("afterprint", () => {
    delete document.documentElement.dataset.theme;
    recolour();
  });

  // ---- Live ---------------------------------------------------------------------------------

  const announcer = el("p", { class: "quiet", role: "log", "aria-live": "polite" });

  function say(state, text) {
    const line = byId("connection");
    if (line.textContent === text) return;
    line.className = state;
    line.textContent = text;
  }

  // What changed is drawn with the next frame, and the tables at most once a second.
  let pending = false;
  let tablesAt = 0;
  function changed() {
    if (pending) return;
    pending = true;
    requestAnimationFrame((time) => {
      pending = false;
      drawVerdict();
      drawGlance();
      drawTimeline();
      if (time - tablesAt >= 1000) {
        tablesAt = time;
        drawVersus();
        drawPhases();
        drawEndpoints();
        drawNumbers();
        drawServices();
      }
    });
  }

  function addTick(tick) {
    run.series ??= { t_ms: [] };
    const columns = run.series;
    const { endpoints, services_now, ...interval } = tick;
    for (const [key, value] of Object.entries(interval)) (columns[key] ??= []).push(value);
    run.endpoints = endpoints ?? run.endpoints;
    run.services_now = services_now ?? run.services_now;
    changed();
  }

  function follow() {
    const source = new EventSource(live.events);
    const on = (name, act) => source.addEventListener(name, (event) => act(parse(event.data)));
    source.onopen = () => say("live", "\u25cf live");
    source.onerror = () => say("lost", "\u25cb the run's server does not answer; trying again");
    on("state", (state) => {
      run = state;
      drawAll();
      byId("controls").hidden = !live.examples && !live.stop;
    });
    on("tick", addTick);
    on("transition", (transition) => {
      run.transitions.push(transition);
      const { breaker, to, cause } = transition;
      announcer.textContent = `${breaker} ${stateOf(to).word.toLowerCase()}: ${cause}`;
      drawTransitions();
      changed();
    });
    on("note", (note) => {
      if (note.t_ms === undefined) (run.notes ??= []).push(note.text);
      else (run.interventions ??= []).push(note);
      drawWarnings();
      changed();
    });
    on("report", (report) => {
      source.close();
      run = report;
      say("", "\u25cf the run is over; this is its report");
      byId("controls").hidden = true;
      drawAll();
    });
  }

  function buildControls() {
    if (!live.examples && !live.stop) return;
    const said = el("output", { id: "said", role: "status" });
    const post = async (path, body) => {
      said.className = "";
      try {
        const answer = await fetch(path, { method: "POST", body: JSON.stringify(body ?? {}),
          headers: { "Content-Type": "application/json", "X-Tripcurve-Token": live.token } });
        const text = await answer.text();
        said.className = answer.ok ? "good" : "bad";
        said.textContent = text;
      } catch {
        said.className = "bad";
        said.textContent = "the run's server does not answer";
      }
    };
    const stop = live.stop ? el("button", { type: "button", id: "stop", class: "strong", onclick: () => post("/stop") }, "Stop the run") : null;
    const others = [el("span", { class: "spacer" }), stop];
    byId("controls").append(el("h2", { id: "controls-heading" }, live.examples ? "Break it now" : "Controls"),
      ...(live.examples ? faultForm(live.examples, (fault) => post("/inject", fault), () => post("/clear"), others) : [el("form", {}, others)]),
      said);
    byId("controls").hidden = true;
  }

  // What is injected by hand: presets, and a form with its buttons and others. `examples` name all
  // that can be, as pairs of a setting's name and an example of it.
  function faultForm(examples, inject, clear, others) {
    const field = ([name, example]) => el("input", { id: name, name, autocomplete: "off", spellcheck: "false", placeholder: example });
    const fields = examples.map(field);
    const labelled = (names) => fields.filter((one) => names(one.name)).map((one) =>
      el("label", {}, (one.name[0].toUpperCase() + one.name.slice(1)).replace("_", " "), one));
    const isUsual = (name) => name === "errors" || name === "latency";
    const preset = (text, settings) => el("button", { type: "button", class: "small",
      onclick: () => fields.forEach((one) => { one.value = settings[one.name] ?? ""; }) }, text);
    return [
      el("div", { class: "presets" }, "Presets:", preset("errors 503:100%", { errors: "503:100%" }),
        preset("latency 2s", { latency: "2s" }), preset("503:50% and 500ms", { errors: "503:50%", latency: "500ms" }),
        preset("bandwidth 1KB/s", { bandwidth: "1KB/s" })),
      el("form", { onsubmit: (event) => {
        event.preventDefault();
        inject(Object.fromEntries(fields.map((one) => [one.name, one.value.trim()]).filter(([, text]) => text)));
      } },
      labelled(isUsual),
      el("button", { id: "inject" }, "Inject now"),
      el("button", { type: "button", id: "clear", onclick: clear }, "Clear"), others,
      el("details", { id: "more-faults" }, el("summary", {}, "More faults"),
        el("div", { class: "fields" }, labelled((name) => !isUsual(name)))))];
  }

  // ---- An upstream that is controlled by hand -------------------------------------------------

  const askAgain = 1000; // ms

  function controlUpstream() {
    const said = el("output", { id: "said", role: "status" });
    const token = el("input", { id: "token", type: "password", autocomplete: "off" });
    const tokenLine = el("label", { hidden: true }, "Token", token);
    const phase = el("select", { id: "phase" });
    let drawn = "";

    // What it answers: the upstream as it is now, or what was wrong.
    async function ask(method, path, body) {
      const headers = { "Content-Type": "application/json" };
      if (token.value) headers.Authorization = `Bearer ${token.value}`;
      const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
      tokenLine.hidden = tokenLine.hidden && answer.status !== 401;
      const told = parse(await answer.text());
      if (!answer.ok) throw new Error(`${told.error}; ${told.hint}`);
      drawState(told);
    }
    async function act(words, method, path, body) {
      try {
        await ask(method, path, body);
        said.className = "good";
        said.textContent = words;
      } catch (error) {
        said.className = "bad";
        said.textContent = error.message;
      }
    }
    async function look() {
      try {
        await ask("GET", "/faults");
        say("live", "\u25cf live");
      } catch (error) {
        say("lost", `\u25cb ${error instanceof TypeError ? "the server does not answer" : error.message}; trying again`);
      }
      setTimeout(look, askAgain);
    }

    function drawState(state) {
      byId("title").textContent = `Phase ${state.phase}`;
      byId("facts").textContent = `seed ${state.seed} \u00b7 ${duration(state.now_ms)} of its plan are over`;
      const news = JSON.stringify({ ...state, now_ms: 0 });
      if (news === drawn) return;
      drawn = news;
      byId("verdict").replaceChildren(el("p", { id: "by-hand" }, state.injected
        ? `Injected by hand: ${Object.entries(state.injected).map(([name, text]) => `${name}=${text}`).join(" ")}`
        : "Nothing is injected by hand: the plan holds."));
      const names = [...new Set(state.phases.map((one) => one.name))];
      if (names.join() !== [...phase.options].map((one) => one.value).join()) {
        phase.replaceChildren(...names.map((name) => el("option", { value: name }, name)));
      }
      fill("phases", "Phases", table("Phases", [
        { title: "Phase", head: true, cell: (one) => one.name },
        { title: "As written", wide: true, cell: (one) => breakable(one.text) },
        { title: "Arrived", right: true, cell: (one) => count(one.arrived) },
        { title: "Served", right: true, cell: (one) => count(one.served) },
        { title: "Injected", wide: true, cell: (one) => Object.entries(one.injected).map(([kind, hits]) => `${count(hits)} ${kind}`).join(", ") || none },
      ], state.phases));
      fill("reproduce", "Plan", el("div", { class: "scroll", role: "region", "aria-label": "The plan", tabindex: "0" },
        el("pre", {}, state.plan)));
    }

    const steps = control.steers ? [
      el("label", {}, "Phase", phase),
      el("button", { type: "button", id: "begin", onclick: () => act(`phase ${phase.value} has begun`, "POST", "/phase", { phase: phase.value }) }, "Begin"),
      el("span", { class: "spacer" }),
      el("button", { type: "button", id: "reset", class: "strong", onclick: () => act("set back to its beginning", "POST", "/reset", {}) }, "Set back")] : [];
    byId("controls").append(el("h2", { id: "controls-heading" }, "Break it now"),
      ...faultForm(control.examples, (fault) => act("injected", "PUT", "/faults", fault), () => act("cleared", "DELETE", "/faults"), [...steps, tokenLine]),
      said);
    byId("controls").hidden = false;
    byId("glance").hidden = true;
    document.title = "tripcurve: faults";
    look();
  }

  if (control) {
    say("", "connecting");
    controlUpstream();
  } else if (live) {
    document.body.append(announcer);
    say("", "connecting");
    buildControls();
    follow();
  } else {
    drawAll();
  }
})();
