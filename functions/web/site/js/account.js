// The member's own account.

import { byId, element, show } from "./dom.js";
import { checks, inWords, onSubmit } from "./forms.js";
import { change, forget, logOut, me, read, requireMember } from "./session.js";
import "./shell.js";
import { clock, day } from "./wording.js";

async function showAccount() {
  const [account, quota] = await Promise.all([me(), read("/v1/me/quota")]);
  byId("facts").replaceChildren(
    ...fact("Name", account.username),
    ...fact("E-mail", account.email),
    ...fact("Member since", day(account.created_at)),
    ...fact("Questions today", `${quota.remaining} of ${quota.max} left, new ones from ${clock(quota.resets_at)}`),
  );
  byId("address").value = account.email;
}

function fact(name, value) {
  return [element("dt", {}, name), element("dd", {}, value)];
}

if (requireMember()) {
  showAccount().catch((failure) => show(byId("trouble"), inWords(failure)));
  byId("log-out").addEventListener("click", async () => {
    await logOut();
    location.assign("/");
  });
  onSubmit(
    byId("change-password"),
    async ({ current_password, new_password }) => {
      await change("PUT", "/v1/me/password", { current_password, new_password });
      forget();
      byId("own").hidden = true;
      byId("changed").hidden = false;
      byId("changed-title").focus();
    },
    { current_password: checks.filled("Enter your present password."), new_password: checks.password },
  );
}
