// The two probes of an agent: one that it must answer, one that it must refuse.

import { ApiError } from "./api.js";
import { byId, element, show } from "./dom.js";
import { inWords } from "./forms.js";
import { change } from "./session.js";
import { announce } from "./shell.js";

const PROBES = [
  {
    title: "A question that is signed properly",
    good: "Your agent answered it.",
    open: "Your agent must answer it.",
    told: /The properly signed probe[^.]*(?:\([a-z_]+\))?\./,
  },
  {
    title: "A question that is signed with a foreign key",
    good: "Your agent refused it.",
    open: "Your agent must refuse it with status 401.",
    told: /The probe signed with a foreign key[^.]*(?:\([a-z_]+\))?\./,
  },
];

export function showOpenProbes() {
  show(byId("probes"), ...PROBES.map(({ title, open }) => itemOf(title, open, "")));
}

/** Has the agent probed, and shows how both probes went; `changed(agent)` is told when it is active. */
export async function verify(agent, changed) {
  const button = byId("verify");
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  show(byId("verify-trouble"));
  try {
    const verified = await change("POST", `/v1/agents/${agent.id}/verify`);
    show(byId("probes"), ...PROBES.map(({ title, good }) => itemOf(title, good, "is-good")));
    announce("Both probes went as they must. Your agent is active.");
    changed(verified);
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    showFailure(failure);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** A refusal that names a probe says how that one went; the other one then went well. */
function showFailure(failure) {
  const found = PROBES.map(({ told }) => told.exec(failure.message)?.[0] ?? null);
  if (failure.status !== 409 || found.every((text) => text === null)) {
    show(byId("verify-trouble"), inWords(failure));
    return;
  }
  const items = PROBES.map(({ title, good }, index) =>
    found[index] === null ? itemOf(title, good, "is-good") : itemOf(title, found[index], "is-bad"),
  );
  show(byId("probes"), ...items);
  announce(`Not verified. ${found.filter(Boolean).join(" ")}`);
}

function itemOf(title, text, kind) {
  return element("li", { class: kind }, title, element("small", {}, text));
}
