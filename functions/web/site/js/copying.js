// Blocks of code with a button that copies them.

import { element } from "./dom.js";
import { announce } from "./shell.js";

/** Puts a button into each `.code` block of a part of the page. */
export function offerCopies(root) {
  for (const block of root.querySelectorAll(".code:not(:has(.copy))")) block.append(copyButton(() => block.querySelector("pre").textContent, block.dataset.what));
}

/** A button that copies what `text()` gives when it is pressed. */
export function copyButton(text, what = "the code") {
  const button = element("button", { class: "button quiet small copy", type: "button", "aria-label": `Copy ${what}` }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text());
    button.textContent = "Copied";
    announce("Copied.");
    setTimeout(() => (button.textContent = "Copy"), 2_000);
  });
  return button;
}
