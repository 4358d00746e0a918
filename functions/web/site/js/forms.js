// Forms: checked while they are filled in, sent by fetch, and told what is wrong where it is wrong.

import { ApiError } from "./api.js";
import { element } from "./dom.js";
import { announce } from "./shell.js";
import { waiting } from "./wording.js";

/**
 * Sends the form by `submit(values)`. `checks` has, by field, a function that says what is wrong with a value, or "".
 * A field's faults stand in the element `<id>-fault`, those of no field in the form's own notice.
 */
export function onSubmit(form, submit, checks = {}) {
  form.noValidate = true;
  for (const [name, check] of Object.entries(checks)) watch(form, name, check);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    tell(form, "");
    if (!areAllRight(form, checks)) return;
    setBusy(form, true);
    try {
      await submit(valuesOf(form));
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      refuse(form, failure);
    } finally {
      setBusy(form, false);
    }
  });
}

export function valuesOf(form) {
  return Object.fromEntries(new FormData(form).entries());
}

/** Says what went wrong with the whole form; with "" nothing did. */
export function tell(form, text, ...more) {
  const notice = form.querySelector("[data-notice]");
  notice.replaceChildren(...(text === "" ? [] : [text, ...more]));
}

/** Says what is wrong with a field, or that nothing is. */
export function mark(field, fault) {
  field.setAttribute("aria-invalid", String(fault !== ""));
  const place = document.getElementById(`${field.id}-fault`);
  if (place) place.textContent = fault;
}

export const checks = {
  filled: (words) => (value) => (value.trim() === "" ? words : ""),
  address: (value) =>
    /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(value) ? "" : "Enter an e-mail address such as name@example.org.",
  password: (value) => {
    const bytes = new TextEncoder().encode(value).length;
    if (bytes < 8) return "Use at least 8 characters. A few words in a row are good.";
    if (bytes > 1_024) return "Use at most 1,024 bytes.";
    return new Set(value).size === 1 ? "Use more than one character." : "";
  },
};

/** A question before something that cannot be undone; whether it was answered with yes. */
export function confirmed(title, text, action) {
  return new Promise((settle) => {
    const dialog = element(
      "dialog",
      { "aria-labelledby": "dialog-title" },
      element(
        "form",
        { method: "dialog" },
        element("h2", { id: "dialog-title" }, title),
        element("p", {}, text),
        element(
          "div",
          { class: "row" },
          element("button", { class: "button danger", value: "yes" }, action),
          element("button", { class: "button quiet", value: "", autofocus: true }, "Cancel"),
        ),
      ),
    );
    dialog.addEventListener("close", () => {
      settle(dialog.returnValue === "yes");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Words for a refusal that no field is to blame for. */
export function inWords(failure) {
  if (failure.status === 429) return `Too many tries. Try again in ${waiting(failure.retryAfter ?? 60)}.`;
  return failure.violations[0]?.detail ?? failure.message;
}

function watch(form, name, check) {
  const field = form.elements[name];
  const judge = () => mark(field, check(field.value, form));
  field.addEventListener("blur", () => field.value !== "" && judge());
  field.addEventListener("input", () => field.getAttribute("aria-invalid") === "true" && judge());
}

function areAllRight(form, rules) {
  let first = null;
  for (const [name, check] of Object.entries(rules)) {
    const field = form.elements[name];
    const fault = check(field.value, form);
    mark(field, fault);
    if (fault !== "") first ??= field;
  }
  first?.focus();
  return first === null;
}

function setBusy(form, isBusy) {
  form.setAttribute("aria-busy", String(isBusy));
  const button = form.querySelector("[type=submit], button:not([type])");
  button?.setAttribute("aria-busy", String(isBusy));
  button?.setAttribute("aria-disabled", String(isBusy));
}

function refuse(form, failure) {
  let first = null;
  for (const { pointer, detail } of failure.violations) {
    const field = form.elements[pointer.split("/")[1]];
    if (!(field instanceof HTMLElement)) continue;
    mark(field, detail);
    first ??= field;
  }
  if (first === null) tell(form, inWords(failure));
  else first.focus();
  announce(inWords(failure));
}
