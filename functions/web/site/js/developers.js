// The quick start, filled with the reader's own values.

import { offerCopies } from "./copying.js";
import { byId, element, show } from "./dom.js";
import { inWords } from "./forms.js";
import { change, isMember, read } from "./session.js";
import { announce } from "./shell.js";
import { makeTabs } from "./tabs.js";

function fill(name, value) {
  for (const place of document.querySelectorAll(`[data-fill="${name}"]`)) place.textContent = value;
}

function fillAgent(agent) {
  fill("key-file", agent.key_file_name);
  fill("agent-id", agent.id);
  fill("port", URL.canParse(agent.url) ? new URL(agent.url).port || "9601" : "9601");
}

async function offerOwnAgents() {
  const { agents } = await read("/v1/agents?owner=me");
  if (agents.length === 0) return;
  const choice = byId("own-agent");
  choice.replaceChildren(...agents.map(({ id, name }) => element("option", { value: id }, name)));
  choice.addEventListener("change", () => fillAgent(agents.find(({ id }) => id === choice.value)));
  byId("own-agent-field").hidden = false;
  fillAgent(agents[0]);
}

async function makeToken() {
  show(byId("token-trouble"));
  try {
    const { token } = await change("POST", "/v1/tokens", { name: "quick start", scope: "manage", expires_in_days: 7 });
    fill("token", token);
    byId("token-note").textContent = "A token that is valid for a week is filled in below. It is shown on this page only.";
    byId("make-token").hidden = true;
    announce("The token is filled in.");
  } catch (failure) {
    show(byId("token-trouble"), inWords(failure));
  }
}

document.querySelectorAll(".tabs").forEach(makeTabs);
offerCopies(document);
if (isMember()) {
  byId("make-token").hidden = false;
  byId("make-token").addEventListener("click", makeToken);
  offerOwnAgents().catch((failure) => show(byId("token-trouble"), inWords(failure)));
}
