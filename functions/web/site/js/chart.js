// How an agent's calls went over time: a bar for each hour or day, good calls below failed ones, and a line for how
// long they took.

import { drawn } from "./dom.js";
import { clock, counted, milliseconds } from "./wording.js";

const WIDTH = 600;
const HEIGHT = 140;
const FOOT = 18;
const ROOM = HEIGHT - FOOT;
const GAP = 0.25;

/** A drawing of bars `{from, calls, failures, latency_ms}`, oldest first, with its summary as its name. */
export function chartOf(bars) {
  const most = Math.max(1, ...bars.map(({ calls }) => calls));
  const slowest = Math.max(1, ...bars.map((bar) => bar.latency_ms ?? 0));
  const step = WIDTH / bars.length;
  return drawn(
    "svg",
    { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": summaryOf(bars) },
    ...bars.flatMap((bar, index) => columns(bar, index * step, step * (1 - GAP), most)),
    drawn("polyline", { class: "pace", points: pace(bars, step, slowest) }),
    drawn("text", { x: 0, y: HEIGHT - 4 }, clock(bars[0].from)),
    drawn("text", { x: WIDTH, y: HEIGHT - 4, "text-anchor": "end" }, "now"),
  );
}

export function summaryOf(bars) {
  const calls = bars.reduce((sum, bar) => sum + bar.calls, 0);
  const failures = bars.reduce((sum, bar) => sum + bar.failures, 0);
  const times = bars.map((bar) => bar.latency_ms).filter((ms) => ms !== null && ms !== undefined);
  const slowest = times.length > 0 ? `, at most ${milliseconds(Math.max(...times))} on average` : "";
  return `${counted(calls, "call", "calls")}, ${failures} failed${slowest}`;
}

function columns({ from, calls, failures }, x, width, most) {
  if (calls === 0) return [drawn("rect", { class: "none", x, y: ROOM - 2, width, height: 2 })];
  const whole = Math.max(3, (calls / most) * (ROOM - 6));
  const bad = (failures / calls) * whole;
  const title = `${clock(from)}: ${counted(calls, "call", "calls")}, ${failures} failed`;
  return [
    drawn("rect", { class: "good", x, y: ROOM - whole + bad, width, height: whole - bad }, drawn("title", {}, title)),
    failures > 0
      ? drawn("rect", { class: "bad", x, y: ROOM - whole, width, height: bad }, drawn("title", {}, title))
      : null,
  ].filter(Boolean);
}

function pace(bars, step, slowest) {
  return bars
    .map((bar, index) => [index * step + (step * (1 - GAP)) / 2, bar.latency_ms])
    .filter(([, ms]) => ms !== null && ms !== undefined)
    .map(([x, ms]) => `${x.toFixed(1)},${(ROOM - 6 - (ms / slowest) * (ROOM - 16)).toFixed(1)}`)
    .join(" ");
}
