// The answer: text that streams in, and in the end shows whose words it is made of.

import { attribute, withBorders } from "./claims.js";
import { nameOf } from "./cards.js";
import { element, show } from "./dom.js";
import { hostOf } from "./wording.js";
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
    this.#words = new Words((number) => this.#light(number));
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
    attribute(fragment, pieces, (number) => this.#citation(number), (number) => this.#armOf(number));
    for (const claim of fragment.querySelectorAll(".claim")) {
      const source = this.#sources.get(Number(claim.dataset.numbers.split(" ")[0]));
      if (source) this.#words.attach(claim, source);
    }
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
        quotes: quotesOf(source, card?.answer.result?.answer ?? ""),
      });
    }
  }

  #citation(number) {
    const source = this.#sources.get(number);
    if (!source) return null;
    const label = `Source ${number}: ${source.name}`;
    const classes = `cite ${source.arm}`;
    const button = element("button", { class: classes, type: "button", "aria-label": label, "data-numbers": number }, String(number));
    this.#words.attach(button, source);
    return button;
  }

  #armOf(number) {
    return this.#sources.get(number)?.arm ?? "";
  }

  #light(number) {
    for (const node of this.#node.querySelectorAll("[data-numbers]")) {
      node.classList.toggle("is-lit", number !== null && node.dataset.numbers.split(" ").includes(String(number)));
    }
    this.#cards.light(number === null ? null : this.#sources.get(number));
  }
}

/** The agent's own words that its sentences rest on, or the beginning of its answer where it is not told which. */
function quotesOf(source, answer) {
  const characters = Array.from(answer);
  const quoted = (source.claims ?? [])
    .filter(({ quote }) => quote)
    .map(({ quote }) => characters.slice(quote.start, quote.end).join("").trim())
    .filter((quote) => quote !== "");
  const whole = characters.length > QUOTE ? `${characters.slice(0, QUOTE).join("")}…` : answer;
  return quoted.length > 0 ? [...new Set(quoted)] : [whole].filter((text) => text !== "");
}

/** What the agents do not agree on, each side with its name. */
export function showDisagreement(node, disagreements, sources, cards) {
  const byAgent = new Map(sources.map((source) => [source.number, source]));
  show(
    node,
    ...disagreements.map(({ claims = [] }) =>
      element(
        "section",
        { class: "disagreement" },
        element("h3", {}, "The agents do not agree"),
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
