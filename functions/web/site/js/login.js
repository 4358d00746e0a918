// Logging in.

import { ApiError } from "./api.js";
import { byId, element } from "./dom.js";
import { checks, onSubmit, tell } from "./forms.js";
import { nextPage } from "./places.js";
import { logIn } from "./session.js";
import "./shell.js";

const form = byId("login");

onSubmit(
  form,
  async ({ email, password }) => {
    try {
      await logIn(email, password);
    } catch (failure) {
      if (!(failure instanceof ApiError && failure.status === 401)) throw failure;
      const link = element("a", { href: "/verify" }, "Ask for a new mail");
      tell(form, "No account has this address and password. Is your address confirmed yet? ", link, ".");
      form.elements.password.focus();
      return;
    }
    location.replace(nextPage());
  },
  { email: checks.address, password: checks.filled("Enter your password.") },
);
