// Text of agents and models as elements, by marked and DOMPurify. It has no image, no HTML of its own, no heading that
// would get between ours, and no link but to https, which shows its host: showing it asks nobody for anything.

import { element } from "./dom.js";
import { Marked } from "./marked.esm.js";
import "./purify.min.js";

const LONGEST = 20_000;

const RULES = {
  ALLOWED_TAGS: [
    ..."a b blockquote br code del em hr li ol p pre s strong".split(" "),
    ..."table tbody td th thead tr ul".split(" "),
  ],
  ALLOWED_ATTR: ["href", "start"],
  ALLOWED_URI_REGEXP: /^https:\/\/[^\s/]/i,
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

const parser = new Marked({ breaks: true, gfm: true });
parser.use({
  // Links that are defined elsewhere in the text hide where they lead.
  tokenizer: { def: () => undefined },
  renderer: {
    html: ({ text }) => escaped(text),
    image: ({ text }) => escaped(text),
    checkbox: () => "",
    heading({ tokens }) {
      return `<p><strong>${this.parser.parseInline(tokens)}</strong></p>`;
    },
  },
});

/** A fragment to append. Text that is too deeply nested to be parsed is shown as it is. */
export function rendered(text) {
  const source = text.slice(0, LONGEST);
  try {
    const fragment = globalThis.DOMPurify.sanitize(parser.parse(source), RULES);
    fragment.querySelectorAll("a").forEach(dressLink);
    return fragment;
  } catch (failure) {
    if (!(failure instanceof RangeError)) throw failure;
    return plain(source);
  }
}

/** The text as one paragraph, for while this module is on its way and for text that defeats it. */
function plain(text) {
  const fragment = new DocumentFragment();
  fragment.append(element("p", {}, text));
  return fragment;
}

function dressLink(link) {
  if (!URL.canParse(link.href) || new URL(link.href).protocol !== "https:") {
    link.replaceWith(...link.childNodes);
    return;
  }
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow ugc";
  const { host } = new URL(link.href);
  if (link.textContent !== host) link.append(element("span", { class: "host" }, ` (${host})`));
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
