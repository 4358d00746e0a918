// An agent's keys: the file to install, and its exchange for a new one, step by step.

import { byId, element, show } from "./dom.js";
import { inWords } from "./forms.js";
import { change } from "./session.js";
import { announce } from "./shell.js";
import { clock } from "./wording.js";

/** Shows the keys of an agent; `changed(agent)` is told of the agent as it is after a step. */
export function showKeys(agent, changed) {
  const keys = agent.keys ?? [];
  const staged = keys.find(({ state }) => state === "staged");
  const retired = keys.find(({ state }) => state === "retired");
  const act = (path, done) => () => step(`/v1/agents/${agent.id}${path}`, done, changed);
  const notes = [
    retired ? element("p", { class: "hint" }, `The key before can still be used until ${clock(retired.until)}.`) : null,
  ];
  if (!staged) {
    const button = element("button", { class: "button quiet", type: "button", onclick: act("/keys", "The new key is made.") }, "Make a new key");
    show(byId("keys"), element("p", {}, `Version ${agent.key_version} signs our calls.`), ...notes, button);
    return;
  }
  show(
    byId("keys"),
    element("p", {}, "A new key waits. Calls are signed with whichever your agent takes, so no answer is lost meanwhile."),
    element(
      "ol",
      { class: "steps" },
      element("li", {}, element("p", {}, "Put the new file in place of the old one."), keyLink(agent, staged.version)),
      element("li", {}, element("p", {}, "Restart your agent: it reads its keys when it starts.")),
      element(
        "li",
        {},
        element("p", {}, "We probe it with the new key, and sign with that from then on."),
        element("button", { class: "button", type: "button", onclick: act("/keys/activate", "The new key signs now.") }, "Use the new key"),
      ),
    ),
    ...notes,
  );
}

/** A link that downloads the public key, of the given version or of the one that signs. */
export function keyLink(agent, version = null) {
  const query = version === null ? "" : `?version=${encodeURIComponent(version)}`;
  const href = `/v1/agents/${encodeURIComponent(agent.id)}/key.pem${query}`;
  return element("div", {}, element("a", { class: "button", href, download: agent.key_file_name }, `Download ${agent.key_file_name}`));
}

async function step(path, done, changed) {
  show(byId("keys-trouble"));
  byId("keys").setAttribute("aria-busy", "true");
  try {
    changed(await change("POST", path));
    announce(done);
    byId("keys-title").focus();
  } catch (failure) {
    show(byId("keys-trouble"), inWords(failure));
  } finally {
    byId("keys").removeAttribute("aria-busy");
  }
}
