// A new password: first a mail is asked for, then its link leads back here.

import { byId } from "./dom.js";
import { checks, onSubmit } from "./forms.js";
import { linkSecret } from "./places.js";
import { forget, tell } from "./session.js";
import "./shell.js";

const secret = linkSecret();

byId(secret === null ? "ask-panel" : "choose-panel").hidden = false;

onSubmit(
  byId("ask-for-reset"),
  async ({ email }) => {
    await tell("/v1/password-resets", { email });
    byId("ask-panel").hidden = true;
    byId("sent-to").textContent = email;
    byId("sent-panel").hidden = false;
    byId("sent-title").focus();
  },
  { email: checks.address },
);

onSubmit(
  byId("choose"),
  async ({ password }) => {
    await tell(`/v1/password-resets/${secret}`, { password });
    forget();
    byId("choose-panel").hidden = true;
    byId("done-panel").hidden = false;
    byId("done-title").focus();
  },
  { password: checks.password },
);
