// API tokens: made, listed and revoked.

import { copyButton } from "./copying.js";
import { byId, element, show } from "./dom.js";
import { checks, confirmed, inWords, onSubmit } from "./forms.js";
import { change, read, requireMember } from "./session.js";
import { announce } from "./shell.js";
import { day } from "./wording.js";

const SCOPES = { search: "May ask", manage: "May ask and change agents" };

async function showTokens() {
  const { tokens } = await read("/v1/tokens");
  byId("none").hidden = tokens.length > 0;
  byId("table").hidden = tokens.length === 0;
  byId("tokens").replaceChildren(...tokens.map(rowOf));
}

function rowOf(token) {
  const revoke = element("button", { class: "button danger small", type: "button" }, "Revoke");
  revoke.append(element("span", { class: "visually-hidden" }, ` the token ${token.name}`));
  revoke.addEventListener("click", () => revokeToken(token));
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, token.name, " ", element("code", {}, `${token.hint}…`)),
    element("td", {}, SCOPES[token.scope] ?? token.scope),
    element("td", {}, `until ${day(token.expires_at)}`),
    element("td", {}, revoke),
  );
}

async function revokeToken(token) {
  const text = `Programs that use “${token.name}” are refused from then on.`;
  if (!(await confirmed("Revoke this token?", text, "Revoke"))) return;
  try {
    await change("DELETE", `/v1/tokens/${token.id}`);
    await showTokens();
    announce("The token is revoked.");
    byId("title").focus();
  } catch (failure) {
    show(byId("trouble"), inWords(failure));
  }
}

function showSecret({ token, name }) {
  byId("secret-name").textContent = name;
  byId("secret").textContent = token;
  byId("secret-panel").hidden = false;
  byId("copy-place").replaceChildren(copyButton(() => token, "the token"));
  byId("secret-title").focus();
}

if (requireMember()) {
  showTokens().catch((failure) => show(byId("trouble"), inWords(failure)));
  const form = byId("create");
  onSubmit(
    form,
    async ({ name, scope, expires_in_days: days }) => {
      showSecret(await change("POST", "/v1/tokens", { name, scope, expires_in_days: Number(days) }));
      form.reset();
      await showTokens();
    },
    { name: checks.filled("Name the program or machine that will use it.") },
  );
}
