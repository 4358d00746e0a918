// The agents of one search, each a card with a colour of its own, filled when its answer lands.

import { element, show } from "./dom.js";
import { counted, failureInWords, hostOf, milliseconds } from "./wording.js";

const COLOURS = 8;
const GIST = 400;
const OWN_KNOWLEDGE = "The model’s own knowledge";

export class Cards {
  #list;
  #count;
  #cards = new Map();
  #slowest = 1;

  constructor(list, count) {
    this.#list = list;
    this.#count = count;
  }

  clear() {
    this.#cards.clear();
    this.#slowest = 1;
    this.#list.replaceChildren();
    show(this.#count);
  }

  /** Says that agents are being asked, until the first one lands. */
  expect(text) {
    this.#list.replaceChildren(element("li", {}, element("div", { class: "card is-pending" }, text)));
  }

  /** An agent has answered or failed; `rendered` makes elements of its text. The same agent lands once. */
  land(answer, rendered) {
    const key = keyOf(answer);
    if (this.#cards.has(key)) return;
    if (this.#cards.size === 0) this.#list.replaceChildren();
    const arm = `arm-${(this.#cards.size % COLOURS) + 1}`;
    const node = cardOf(answer, arm, rendered);
    this.#cards.set(key, { answer, arm, node });
    this.#list.append(element("li", {}, node));
    this.#scale(answer.ms);
    show(this.#count, this.summary());
  }

  /** How many agents answered, in words. */
  summary() {
    const cards = [...this.#cards.values()].filter(({ answer }) => answer.agent_id !== null);
    const good = cards.filter(({ answer }) => answer.result).length;
    if (cards.length === 0) return "";
    return good === cards.length ? counted(good, "answer", "answers") : `${good} of ${cards.length} answered`;
  }

  /** What is known of the agent that a source of the answer is. */
  of(source) {
    return this.#cards.get(keyOf(source)) ?? null;
  }

  /** The sources that the answer's numbers will most likely stand for: those that answered, in the order given. */
  provisionalSources(answers) {
    return answers.filter((answer) => answer.result).map((answer, index) => ({ ...answer, number: index + 1 }));
  }

  number(source) {
    const place = this.of(source)?.node.querySelector(".number");
    if (place) place.textContent = `${source.number} `;
  }

  /** Lights up the cards of these sources, and no other. */
  light(sources) {
    const lit = new Set(sources.map((source) => this.of(source)));
    for (const card of this.#cards.values()) card.node.classList.toggle("is-lit", lit.has(card));
  }

  #scale(ms) {
    this.#slowest = Math.max(this.#slowest, ms);
    for (const { answer, node } of this.#cards.values()) {
      node.style.setProperty("--share", (answer.ms / this.#slowest).toFixed(3));
    }
  }
}

export function nameOf(answer) {
  return answer.agent_id === null ? OWN_KNOWLEDGE : answer.name;
}

function keyOf(answer) {
  return answer.agent_id ?? "";
}

function cardOf(answer, arm, rendered) {
  const title = element("h4", {}, element("span", { class: "number" }), nameOf(answer));
  const head = element("header", {}, title, element("time", {}, milliseconds(answer.ms)));
  const host = answer.agent_url ? element("span", { class: "host" }, hostOf(answer.agent_url)) : null;
  const bar = element("div", { class: "bar", "aria-hidden": "true" });
  if (!answer.result) {
    const words = element("p", { class: "failed" }, failureInWords(answer.error));
    return element("article", { class: "card is-failed" }, head, host, words);
  }
  const gist = element("p", { class: "gist" }, answer.result.answer.slice(0, GIST));
  return element("article", { class: `card ${arm}` }, head, host, bar, gist, wholeAnswer(answer, rendered));
}

/** The whole answer, rendered when it is first opened. */
function wholeAnswer(answer, rendered) {
  const prose = element("div", { class: "prose" });
  const fill = async () => prose.replaceChildren(await rendered(answer.result.answer));
  const sources = (answer.result.sources ?? []).map((reference) => element("li", {}, referenceOf(reference)));
  return element(
    "details",
    { ontoggle: fill },
    element("summary", {}, "The whole answer", element("span", { class: "visually-hidden" }, ` of ${nameOf(answer)}`)),
    prose,
    sources.length ? element("ul", { class: "sources" }, ...sources) : null,
  );
}

/** What an agent names as where its answer comes from: a link if it is https, and then with its host. */
export function referenceOf({ title, url }) {
  if (!url || !URL.canParse(url) || new URL(url).protocol !== "https:") return document.createTextNode(title);
  const link = element("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, title || url);
  link.append(element("span", { class: "host" }, ` (${hostOf(url)})`));
  return link;
}
