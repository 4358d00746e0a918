// What every page has: the switch of colours, the member's name in the head, a voice for screen readers.

import { byId } from "./dom.js";
import { memberName } from "./session.js";

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Says something to those who do not see it; politely, when they have heard what came before. */
export function announce(text) {
  byId("announcer").textContent = text;
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : dark.matches;
}

function tellTheme() {
  byId("theme").setAttribute("aria-pressed", String(isDark()));
}

function switchTheme() {
  const chosen = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = chosen;
  try {
    localStorage.setItem("oqtopus.theme", chosen);
  } catch {
    // The choice then holds for this page.
  }
  tellTheme();
}

function tellName() {
  const name = memberName();
  if (name !== null) {
    document.documentElement.dataset.member = "";
    byId("own-name").textContent = name;
  } else {
    delete document.documentElement.dataset.member;
  }
}

byId("theme").addEventListener("click", switchTheme);
dark.addEventListener("change", tellTheme);
addEventListener("storage", tellName);
tellTheme();
tellName();
