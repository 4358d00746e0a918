// The small window that shows whose words a sentence rests on, for the pointer, the keyboard and the finger alike.

import { element } from "./dom.js";

const DELAY = 120;
const GRACE = 250;
const GAP = 8;

export class Words {
  #window = element("div", { class: "words", id: "words", popover: "manual", role: "tooltip" });
  #timer = 0;
  #anchor = null;
  #light;

  /** `light(node, entries)` lights up what words are shown about and whose they are; (null, []) lights up nothing. */
  constructor(light) {
    this.#light = light;
    document.querySelector("main").append(this.#window);
    this.#window.addEventListener("pointerenter", () => clearTimeout(this.#timer));
    this.#window.addEventListener("pointerleave", () => this.#hideSoon());
    addEventListener("keydown", (event) => event.key === "Escape" && this.hide());
    addEventListener("scroll", () => this.#follow(), { passive: true });
  }

  /** From now on, pointing at `node` or going to it by keyboard shows `entries`: words, and whose each are. */
  attach(node, entries) {
    node.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "touch") this.#later(DELAY, () => this.show(node, entries));
    });
    node.addEventListener("pointerleave", () => this.#hideSoon());
    node.addEventListener("focus", () => node.matches(":focus-visible") && this.show(node, entries));
    node.addEventListener("blur", () => this.hide());
    node.addEventListener("click", () => this.show(node, entries));
  }

  show(node, entries) {
    clearTimeout(this.#timer);
    this.#anchor?.removeAttribute("aria-describedby");
    this.#anchor = node;
    node.setAttribute("aria-describedby", this.#window.id);
    this.#window.replaceChildren(...entries.map(entryOf));
    this.#window.showPopover();
    this.#place(node);
    this.#light(node, entries);
  }

  hide() {
    clearTimeout(this.#timer);
    if (this.#anchor === null) return;
    this.#anchor.removeAttribute("aria-describedby");
    this.#anchor = null;
    this.#window.hidePopover();
    this.#light(null, []);
  }

  #hideSoon() {
    this.#later(GRACE, () => this.hide());
  }

  #later(milliseconds, act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, milliseconds);
  }

  /** It moves along with what it is about, and goes when that is out of sight. */
  #follow() {
    if (this.#anchor === null) return;
    const { top, bottom } = this.#anchor.getBoundingClientRect();
    if (bottom < 0 || top > innerHeight) this.hide();
    else this.#place(this.#anchor);
  }

  /** Above what it is about, or below where there is no room; never beyond the edge. */
  #place(node) {
    const about = node.getBoundingClientRect();
    const { width, height } = this.#window.getBoundingClientRect();
    const left = Math.min(Math.max(GAP, about.left), innerWidth - width - GAP);
    const top = about.top - height - GAP > 0 ? about.top - height - GAP : about.bottom + GAP;
    this.#window.style.left = `${left}px`;
    this.#window.style.top = `${top}px`;
  }
}

function entryOf({ number, name, host, arm, quotes }) {
  return element(
    "div",
    { class: arm },
    element("strong", {}, `${number} · ${name}`),
    element("small", {}, host),
    ...quotes.map((quote) => element("blockquote", {}, `“${quote}”`)),
  );
}
