// The form of an agent: for a new one, and for one that is changed.

import { element, show } from "./dom.js";
import { checks, mark } from "./forms.js";
import { read } from "./session.js";

const MOST_CATEGORIES = 20;

export const agentChecks = {
  name: checks.filled("Give it a name."),
  url: urlFault,
  orchestrator_id: (value) =>
    /^[a-z0-9_]{1,63}$/.test(value) ? "" : "Use small letters, digits and underscores, 63 at most.",
};

/** Fills the list of categories, of which `chosen` are checked, and makes it searchable. */
export async function offerCategories(form, chosen = []) {
  const { categories } = await read("/v1/categories");
  const list = form.querySelector(".categories");
  list.replaceChildren(
    ...categories.map(({ name, description }) =>
      element(
        "label",
        { class: "check" },
        element("input", { type: "checkbox", name: "categories", value: name, checked: chosen.includes(name) }),
        element("span", {}, name, element("small", {}, description)),
      ),
    ),
  );
  const tell = () => tellChosen(form);
  list.addEventListener("change", tell);
  form.elements["category-filter"].addEventListener("input", (event) => filter(list, event.target.value));
  tell();
}

/** What the form asks for, or null when something is missing, which it then says. */
export function agentOf(form) {
  const categories = chosenIn(form);
  const list = form.querySelector(".categories");
  const fault = categories.length === 0 ? "Choose at least one." : "";
  show(form.querySelector("#categories-fault"), fault || tooMany(categories));
  if (fault || tooMany(categories)) {
    list.querySelector("input")?.focus();
    return null;
  }
  return {
    name: form.elements.name.value.trim(),
    url: form.elements.url.value.trim(),
    description: form.elements.description.value.trim(),
    categories,
    public: form.elements.public.checked,
  };
}

/** Says at once when an address can be seen to be none, or to be one that calls would not work with. */
export function adviseOnUrl(form) {
  const field = form.elements.url;
  const hint = form.querySelector("#url-target");
  field.addEventListener("input", () => {
    const fault = urlFault(field.value);
    show(hint, fault === "" ? `Questions will be sent to ${field.value.trim().replace(/\/$/, "")}/agent` : "");
    if (fault === "") mark(field, "");
  });
}

function urlFault(value) {
  const given = value.trim();
  if (!URL.canParse(given)) return "Enter an address such as https://films.example.com.";
  const url = new URL(given);
  const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !isLocal) return "The address must begin with https://.";
  if (url.search !== "" || url.hash !== "") return "Leave out everything from “?” or “#” on.";
  if (url.username !== "" || url.password !== "") return "Leave out the name and password before “@”.";
  return "";
}

function chosenIn(form) {
  return [...form.querySelectorAll("[name=categories]:checked")].map((box) => box.value);
}

function tooMany(categories) {
  return categories.length > MOST_CATEGORIES ? `Choose at most ${MOST_CATEGORIES}.` : "";
}

function tellChosen(form) {
  const chosen = chosenIn(form);
  form.querySelector("#categories-chosen").textContent =
    chosen.length === 0 ? "None chosen yet." : `Chosen: ${chosen.join(", ")}.`;
  if (chosen.length > 0) show(form.querySelector("#categories-fault"), tooMany(chosen));
}

function filter(list, text) {
  const wanted = text.trim().toLowerCase();
  for (const label of list.children) label.hidden = !label.textContent.toLowerCase().includes(wanted);
}
