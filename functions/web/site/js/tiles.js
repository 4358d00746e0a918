// Agents as tiles in a list.

import { element } from "./dom.js";
import { CONDITIONS, hostOf, milliseconds, percent, STATES } from "./wording.js";

/** Shows agents in a list that was waiting for them. */
export function showTiles(list, agents, isOwn) {
  list.classList.remove("is-coming");
  list.replaceChildren(...agents.map((agent) => tileOf(agent, isOwn)));
}

/** A tile that leads to the agent's page; `isOwn` shows its state as its owner needs it. */
function tileOf(agent, isOwn) {
  const link = element("a", { href: `/agents/${encodeURIComponent(agent.id)}` }, agent.name);
  const chips = agent.categories.slice(0, 4).map((name) => element("li", { class: "chip" }, name));
  const more = agent.categories.length - chips.length;
  if (more > 0) chips.push(element("li", { class: "chip" }, `+ ${more}`));
  return element(
    "li",
    {},
    element(
      "article",
      { class: "tile" },
      element("header", {}, element("h2", {}, link), isOwn ? stateChip(agent) : conditionChip(agent)),
      element("p", {}, agent.description || "No description."),
      element("ul", { class: "chips", "aria-label": "Categories" }, ...chips),
      element("footer", {}, ...figuresOf(agent).map((text) => element("span", {}, text))),
    ),
  );
}

export function stateChip({ status }) {
  const [words, kind] = STATES[status] ?? [status, ""];
  return element("span", { class: `chip ${kind}` }, words);
}

/** A word for an agent's health, where the API has one. */
export function conditionChip({ health }) {
  if (!health?.condition) return null;
  const [words, kind] = CONDITIONS[health.condition] ?? [health.condition, ""];
  return element("span", { class: `chip ${kind}` }, words);
}

function figuresOf({ url, health, public: isPublic }) {
  return [
    hostOf(url),
    health?.success_rate === null || health?.success_rate === undefined ? "" : `${percent(health.success_rate)} answered`,
    health?.latency_ms ? milliseconds(health.latency_ms) : "",
    isPublic === false ? "Private" : "",
  ].filter(Boolean);
}
