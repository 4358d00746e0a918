// Showing that an address is one's own, by the link of a mail, or asking for another mail. It takes a click, because
// programs that read mail follow links too.

import { byId } from "./dom.js";
import { checks, onSubmit } from "./forms.js";
import { linkSecret } from "./places.js";
import { tell } from "./session.js";
import "./shell.js";

const secret = linkSecret();

byId(secret === null ? "ask-panel" : "confirm-panel").hidden = false;

onSubmit(byId("confirm"), async () => {
  await tell(`/v1/email-verifications/${secret}`);
  byId("confirm-panel").hidden = true;
  byId("done-panel").hidden = false;
  byId("done-title").focus();
});

onSubmit(
  byId("ask-for-mail"),
  async ({ email }) => {
    await tell("/v1/email-verifications", { email });
    byId("ask-panel").hidden = true;
    byId("sent-to").textContent = email;
    byId("sent-panel").hidden = false;
    byId("sent-title").focus();
  },
  { email: checks.address },
);
