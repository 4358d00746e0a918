// Which words of an answer are whose. The answer's spans are counted in code points of its text; the text is rendered
// in between, so each border is marked by a character of the private use area, which survives that, and is taken out
// again when the pieces between the borders are wrapped.

import { element } from "./dom.js";

const FIRST = 0xe000;
const LAST = 0xf8ff;
const BORDER = /([\uE000-\uF8FF])/u;
const CITATION = /\[(\d{1,2})\]/;
const BLOCK_START = /^(?:[ \t]*(?:[-*+]|\d{1,3}[.)]|#{1,6}|>)[ \t]+|[ \t]+)/;

/** The text with its borders marked, and what each border begins: the claims there, and whether nobody said it. */
export function withBorders(text, final) {
  const spans = spansOf(final);
  const characters = Array.from(text, (character) => (BORDER.test(character) ? "\uFFFD" : character));
  const borders = [...new Set(spans.flatMap(({ start, end }) => [start, end]))]
    .filter((place) => Number.isInteger(place) && place >= 0 && place <= characters.length)
    .sort((one, other) => one - other);
  if (borders.length > LAST - FIRST) return { text, pieces: [] };
  const pieces = borders.map((place) => pieceAt(place, spans));
  const starts = borders.map((place) => behindBlockStart(characters, place));
  for (let index = borders.length - 1; index >= 0; index -= 1) {
    characters.splice(starts[index], 0, String.fromCharCode(FIRST + index));
  }
  return { text: characters.join(""), pieces };
}

/** Wraps the pieces of a rendered answer: `claim(piece, nodes)` and `cite(number, piece)` give elements, or null. */
export function attribute(root, pieces, { claim, cite }) {
  let current = null;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    const isCode = Boolean(node.parentElement?.closest("code, pre"));
    const parts = [];
    for (const part of node.data.split(BORDER)) {
      if (BORDER.test(part)) current = pieces[part.codePointAt(0) - FIRST] ?? null;
      else if (part) parts.push(wrapped(isCode ? [part] : cited(part, current, cite), current, claim));
    }
    node.replaceWith(...parts.flat());
  }
}

/** Where no agent was heard at all, that an agent has not said it tells nothing of any one sentence. */
function spansOf(final) {
  const claims = (final.sources ?? []).flatMap(({ number, claims: own }) =>
    (own ?? []).map(({ start, end, quote }) => ({ start, end, number, quote })),
  );
  const unsupported = final.sources?.length > 0 ? (final.usage?.unsupported ?? []) : [];
  return [...claims, ...unsupported.map(({ start, end }) => ({ start, end, number: null }))];
}

function pieceAt(place, spans) {
  const covering = spans.filter(({ start, end }) => start <= place && place < end);
  return {
    claims: covering.filter(({ number }) => number !== null),
    isUnsupported: covering.some(({ number }) => number === null),
  };
}

/** A border before a list's bullet or the like would be taken for text, and the list for none. */
function behindBlockStart(characters, place) {
  if (place > 0 && characters[place - 1] !== "\n") return place;
  const line = characters.slice(place, place + 16).join("").split("\n")[0];
  return place + (BLOCK_START.exec(line)?.[0].length ?? 0);
}

function wrapped(nodes, piece, claim) {
  if (piece?.claims.length > 0) return [claim(piece, nodes)];
  if (piece?.isUnsupported) return [element("span", { class: "unsupported", title: "In no agent’s answer" }, ...nodes)];
  return nodes;
}

function cited(text, piece, cite) {
  const parts = text.split(CITATION);
  return parts
    .map((part, index) => (index % 2 === 0 ? part : (cite(Number(part), piece) ?? `[${part}]`)))
    .filter((part) => part !== "");
}
