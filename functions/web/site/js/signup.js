// Making an account.

import { byId } from "./dom.js";
import { checks, onSubmit } from "./forms.js";
import { nextPage } from "./places.js";
import { logIn, tell } from "./session.js";
import "./shell.js";

onSubmit(
  byId("signup"),
  async ({ email, password, username }) => {
    const body = { email, password, ...(username.trim() === "" ? {} : { username: username.trim() }) };
    const reply = await tell("/v1/accounts", body);
    if (reply.status === "verification_sent") {
      byId("signup-panel").hidden = true;
      byId("sent-to").textContent = email;
      byId("sent").hidden = false;
      byId("sent-title").focus();
      return;
    }
    await logIn(email, password);
    location.replace(nextPage());
  },
  { email: checks.address, password: checks.password },
);
