// One agent: for its owner all that there is to do with it, for others what they may know.

import { agentChecks, agentOf, offerCategories } from "./agent-form.js";
import { showHealth } from "./agent-health.js";
import { keyLink, showKeys } from "./agent-keys.js";
import { showOpenProbes, verify } from "./agent-probes.js";
import { offerCopies } from "./copying.js";
import { byId, element, show } from "./dom.js";
import { confirmed, inWords, onSubmit, tell } from "./forms.js";
import { change, read } from "./session.js";
import { announce } from "./shell.js";
import { conditionChip, stateChip } from "./tiles.js";
import { milliseconds, moment, percent } from "./wording.js";

const path = `/v1${location.pathname.replace(/\/$/, "")}`;
const form = byId("edit");

let agent = null;

async function begin() {
  agent = await read(path);
  showAgent(agent);
  if (agent.public_key === undefined) return;
  byId("own").hidden = false;
  showOpenProbes();
  byId("install").open = agent.status !== "active";
  byId("verify").addEventListener("click", () => verify(agent, showOwn));
  byId("remove").addEventListener("click", removeAgent);
  showOwn(agent);
  fillForm();
  offerCopies(document);
  await Promise.all([showHealth(path), offerCategories(form, agent.categories)]);
}

function showAgent({ name, url, description, categories, status, verified_at: verifiedAt, health }) {
  document.title = `${name} · oqtopus`;
  byId("name").textContent = name;
  byId("chips").replaceChildren(stateChip({ status }), conditionChip({ health }) ?? "");
  byId("about").textContent = description || "No description.";
  byId("facts").replaceChildren(
    ...fact("Address", url),
    ...fact("Categories", categories.join(", ")),
    ...fact("Verified", verifiedAt ? moment(verifiedAt) : "not yet"),
  );
  const figures = [
    health?.success_rate === null || health?.success_rate === undefined ? null : ["answered", percent(health.success_rate)],
    health?.latency_ms ? ["on average", milliseconds(health.latency_ms)] : null,
    health?.calls === undefined ? null : ["calls", String(health.calls)],
  ].filter(Boolean);
  show(byId("figures"), ...figures.map(([word, value]) => element("div", {}, element("dt", {}, word), element("dd", {}, value))));
}

function fact(name, value) {
  return [element("dt", {}, name), element("dd", {}, value)];
}

/** Everything that depends on the agent's state, again. */
function showOwn(changed) {
  agent = changed;
  showAgent(agent);
  show(byId("key-place"), keyLink(agent));
  for (const place of document.querySelectorAll("[data-fill]")) place.textContent = valueOf(place.dataset.fill);
  showKeys(agent, showOwn);
}

function valueOf(what) {
  switch (what) {
    case "key-file":
      return agent.key_file_name;
    case "port":
      return new URL(agent.url).port || "9601";
    default:
      return agent.url;
  }
}

function fillForm() {
  form.elements.name.value = agent.name;
  form.elements.url.value = agent.url;
  form.elements.description.value = agent.description;
  form.elements.public.checked = agent.public;
  const { name, url } = agentChecks;
  onSubmit(form, saveChange, { name, url });
}

async function saveChange() {
  const wanted = agentOf(form);
  if (wanted === null) return;
  const differing = Object.entries(wanted).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(agent[key]));
  if (differing.length === 0) {
    tell(form, "Nothing is different.");
    return;
  }
  showOwn(await change("PATCH", path, Object.fromEntries(differing)));
  if (agent.status === "pending") byId("install").open = true;
  announce("Saved.");
  byId("saved").textContent = "Saved.";
}

async function removeAgent() {
  const text = `“${agent.name}” gets no more questions, and its keys are destroyed. This cannot be undone.`;
  if (!(await confirmed("Delete this agent?", text, "Delete it"))) return;
  try {
    await change("DELETE", path);
    location.assign("/agents");
  } catch (failure) {
    show(byId("trouble"), inWords(failure));
  }
}

begin().catch((failure) => {
  byId("agent").hidden = true;
  show(byId("trouble"), failure.status === 404 ? "There is no such agent, or it is not yours to see." : inWords(failure));
});
