// A letter to those who run this installation.

import { byId } from "./dom.js";
import { checks, onSubmit } from "./forms.js";
import { tell } from "./session.js";
import "./shell.js";

onSubmit(
  byId("contact"),
  async ({ name, email, message }) => {
    await tell("/v1/contact", { name, email, message });
    byId("contact-panel").hidden = true;
    byId("sent").hidden = false;
    byId("sent-title").focus();
  },
  {
    name: checks.filled("Enter your name."),
    email: checks.address,
    message: checks.filled("Write a few words."),
  },
);
