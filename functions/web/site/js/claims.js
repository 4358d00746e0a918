// Which words of an answer are whose. The answer's spans are counted in code points of its text; the text is rendered
// in between, so each border is marked by a character of the private use area, which survives that, and is taken out
// again when the pieces between the borders are wrapped.

import { element } from "./dom.js";

const FIRST = 0xe000;
const LAST = 0xf8ff;
const BORDER = /([\uE000-\uF8FF])/u;
const CITATION = /\[(\d{1,2})\]/;
const BLOCK_START = /^(?:[ \t]*(?:[-*+]|\d{1,3}[.)]|#{1,6}|>)[ \t]+|[ \t]+)/;

/** The text with its borders marked, and what each border begins: the numbers of the sources, and whether none. */
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

/** Wraps the pieces of a rendered answer, and makes a button of each citation; `cite(number)` gives it, or null. */
export function attribute(root, pieces, cite, armOf) {
  let current = null;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    const isCode = node.parentElement?.closest("code, pre") !== null && node.parentElement !== null;
    const parts = [];
    for (const part of node.data.split(BORDER)) {
      if (BORDER.test(part)) current = pieces[part.codePointAt(0) - FIRST] ?? null;
      else if (part) parts.push(wrapped(isCode ? [part] : cited(part, cite), current, armOf));
    }
    node.replaceWith(...parts.flat());
  }
}

/** Where no agent was heard at all, that an agent has not said it tells nothing of any one sentence. */
function spansOf(final) {
  const claims = (final.sources ?? []).flatMap(({ number, claims: own }) =>
    (own ?? []).map(({ start, end }) => ({ start, end, number })),
  );
  const unsupported = final.sources?.length > 0 ? (final.usage?.unsupported ?? []) : [];
  return [...claims, ...unsupported.map(({ start, end }) => ({ start, end, number: null }))];
}

function pieceAt(place, spans) {
  const covering = spans.filter(({ start, end }) => start <= place && place < end);
  const numbers = [...new Set(covering.map(({ number }) => number).filter((number) => number !== null))];
  return { numbers, isUnsupported: covering.some(({ number }) => number === null) };
}

/** A border before a list's bullet or the like would be taken for text, and the list for none. */
function behindBlockStart(characters, place) {
  if (place > 0 && characters[place - 1] !== "\n") return place;
  const line = characters.slice(place, place + 16).join("").split("\n")[0];
  return place + (BLOCK_START.exec(line)?.[0].length ?? 0);
}

function wrapped(nodes, piece, armOf) {
  if (!piece || (piece.numbers.length === 0 && !piece.isUnsupported)) return nodes;
  if (piece.numbers.length === 0) {
    const title = "Found in no agent’s answer";
    return [element("span", { class: "unsupported", title }, ...nodes)];
  }
  const classes = `claim ${armOf(piece.numbers[0])}`;
  return [element("span", { class: classes, "data-numbers": piece.numbers.join(" ") }, ...nodes)];
}

function cited(text, cite) {
  const parts = text.split(CITATION);
  return parts
    .map((part, index) => (index % 2 === 0 ? part : (cite(Number(part)) ?? `[${part}]`)))
    .filter((part) => part !== "");
}
