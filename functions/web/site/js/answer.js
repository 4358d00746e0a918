// The answer: text that streams in, and in the end shows whose words it is made of.

import { attribute, withBorders } from "./claims.js";
import { nameOf } from "./cards.js";
import { element, show } from "./dom.js";
import { disagreementInWords, hostOf } from "./wording.js";
import { Words } from "./words.js";

const QUOTE = 320;

let markdown = null;

/** Loads what renders text; nobody waits for it before there is text. */
export function prepareRendering() {
  markdown ??= import("./markdown.js");
  return markdown;
}

export async function rendered(text) {
  return (await prepareRendering()).rendered(text);
}

export class Answer {
  #node;
  #cards;
  #words;
  #text = "";
  #sources = new Map();
  #isDue = false;
  #turn = 0;

  constructor(node, cards) {
    this.#node = node;
    this.#cards = cards;
    this.#words = new Words((node, entries) => this.#light(node, entries));
  }

  get text() {
    return this.#text;
  }

  /** Nothing yet: lines that breathe, until the first words come. */
  clear(isWaiting) {
    this.#turn += 1;
    this.#words.hide();
    this.#text = "";
    this.#sources.clear();
    this.#node.classList.remove("is-live");
    const lines = element("div", { class: "waiting" }, element("i"), element("i"), element("i"));
    this.#node.replaceChildren(...(isWaiting ? [lines] : []));
  }

  /** The agents are in: from now on their numbers can be told in the text. */
  expectSources(answers) {
    this.#know(this.#cards.provisionalSources(answers));
  }

  append(piece) {
    this.#text += piece;
    if (this.#isDue) return;
    this.#isDue = true;
    const turn = this.#turn;
    requestAnimationFrame(async () => {
      this.#isDue = false;
      const { rendered: render } = await prepareRendering();
      if (turn === this.#turn) this.#draw(render(this.#text), [], true);
    });
  }

  /** What was streamed is void: it starts again. */
  restart() {
    this.clear(true);
  }

  /** The whole answer with its sources. */
  async finish(final) {
    this.#turn += 1;
    const turn = this.#turn;
    this.#text = final.data;
    this.#know(final.sources ?? []);
    for (const source of this.#sources.values()) this.#cards.number(source);
    const { text, pieces } = withBorders(final.data, final);
    const fragment = await rendered(text);
    if (turn === this.#turn) this.#draw(fragment, pieces, false);
  }

  /** It ends here, whole or not. */
  stop() {
    this.#turn += 1;
    this.#node.classList.remove("is-live");
    this.#node.querySelector(".waiting")?.remove();
  }

  #draw(fragment, pieces, isLive) {
    attribute(fragment, pieces, {
      claim: (piece, nodes) => this.#claim(piece, nodes),
      cite: (number, piece) => this.#citation(number, piece),
    });
    this.#words.hide();
    this.#node.replaceChildren(fragment);
    this.#node.classList.toggle("is-live", isLive);
  }

  #know(sources) {
    this.#sources.clear();
    for (const source of sources) {
      const card = this.#cards.of(source);
      this.#sources.set(source.number, {
        ...source,
        name: nameOf(source),
        arm: card?.arm ?? "",
        host: source.agent_url ? hostOf(source.agent_url) : "No agent was asked for this",
        answer: card?.answer.result?.answer ?? "",
      });
    }
  }

  #claim({ claims }, nodes) {
    const entries = claims.map(({ number, quote }) => this.#entry(number, [quote])).filter(Boolean);
    const span = element("span", { class: `claim ${entries[0]?.arm ?? ""}` }, ...nodes);
    if (entries.length > 0) this.#words.attach(span, entries);
    return span;
  }

  #citation(number, piece) {
    const quotes = (piece?.claims ?? []).filter((claim) => claim.number === number).map(({ quote }) => quote);
    const entry = this.#entry(number, quotes);
    if (entry === null) return null;
    const label = `Source ${number}: ${entry.name}`;
    const button = element("button", { class: `cite ${entry.arm}`, type: "button", "aria-label": label }, String(number));
    this.#words.attach(button, [entry]);
    return button;
  }

  /** A source with these words of its answer, or with its beginning where it is not told which. */
  #entry(number, quotes) {
    const source = this.#sources.get(number);
    return source ? { ...source, quotes: quotedFrom(source.answer, quotes) } : null;
  }

  #light(node, entries) {
    for (const lit of this.#node.querySelectorAll(".is-lit")) lit.classList.remove("is-lit");
    node?.closest(".claim")?.classList.add("is-lit");
    node?.classList.add("is-lit");
    this.#cards.light(entries);
  }
}

function quotedFrom(answer, quotes) {
  const characters = Array.from(answer);
  const words = quotes
    .filter(Boolean)
    .map(({ start, end }) => characters.slice(start, end).join("").trim())
    .filter((text) => text !== "");
  if (words.length > 0) return [...new Set(words)];
  const beginning = characters.length > QUOTE ? `${characters.slice(0, QUOTE).join("")}…` : answer;
  return beginning === "" ? [] : [beginning];
}

/** What the agents do not agree on, each side with its name. */
export function showDisagreement(node, disagreements, sources, cards) {
  const byAgent = new Map(sources.map((source) => [source.number, source]));
  show(
    node,
    ...disagreements.map(({ kind, claims = [] }) =>
      element(
        "section",
        { class: "disagreement" },
        element("h3", {}, disagreementInWords(kind)),
        element(
          "ul",
          {},
          ...claims.map(({ number, text }) => {
            const source = byAgent.get(number);
            const arm = source ? (cards.of(source)?.arm ?? "") : "";
            return element("li", { class: arm }, element("strong", {}, source ? `${nameOf(source)}: ` : ""), text ?? "");
          }),
        ),
      ),
    ),
  );
}
