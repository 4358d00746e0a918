// How an agent has been doing: the last day by the hour, the last weeks by the day, and what went wrong last.

import { chartOf, summaryOf } from "./chart.js";
import { byId, element, show } from "./dom.js";
import { inWords } from "./forms.js";
import { read } from "./session.js";
import { makeTabs } from "./tabs.js";
import { clock, counted, failureInWords, milliseconds, moment, percent } from "./wording.js";

/** Shows the health of the caller's agent at an API path. */
export async function showHealth(path) {
  try {
    const health = await read(`${path}/health`);
    show(byId("health-figures"), ...figuresOf(health.window));
    show(byId("health-notes"), ...notesOf(health).map((text) => element("li", {}, text)));
    for (const [name, bars] of [["hours", health.hours], ["days", health.days]]) {
      byId(`panel-${name}`).replaceChildren(chartOf(bars), element("p", { class: "hint" }, `${summaryOf(bars)}.`));
    }
    makeTabs(byId("health").querySelector(".tabs"));
    byId("health").hidden = false;
  } catch (failure) {
    show(byId("trouble"), inWords(failure));
  }
}

function figuresOf({ calls, failures, latency_ms: latency }) {
  const figures = [
    [counted(calls, "call", "calls"), "in 24 hours"],
    calls > 0 ? [percent(1 - failures / calls), "answered"] : null,
    latency.p50 === null ? null : [milliseconds(latency.p50), "half were faster"],
    latency.p95 === null ? null : [milliseconds(latency.p95), "95 % were faster"],
  ];
  return figures
    .filter(Boolean)
    .map(([value, words]) => element("div", {}, element("dt", {}, words), element("dd", {}, value)));
}

function notesOf(health) {
  const { circuit, failures_in_a_row: row, failing_since: since, last_failure: last, next_probe_at: next } = health;
  return [
    row > 1 && since ? `It has failed ${row} times in a row since ${clock(since)}; at 20 it is suspended.` : null,
    circuit.state === "open" && circuit.rests_until ? `Searches leave it alone until ${clock(circuit.rests_until)}.` : null,
    circuit.state === "probation" ? "It is on probation: one good answer, and it is asked as before." : null,
    last ? `Last failure${last.at ? `, ${moment(last.at)}` : ""}: ${failureInWords(last.reason)}` : null,
    next ? `We probe it again at ${clock(next)}.` : null,
  ].filter(Boolean);
}
