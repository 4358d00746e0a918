// Elements by functions. Text is always text here: nothing in this project is made from a string of HTML but what
// markdown.js sanitises.

/** An element with attributes (`on…` are listeners, true is an empty attribute, null and false are none) and children. */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for parts of a drawing. */
export function drawn(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

export function byId(id) {
  return document.getElementById(id);
}

/** Shows the element with new content, or hides it when there is none. */
export function show(node, ...children) {
  const content = children.filter((child) => child !== null && child !== undefined && child !== "");
  node.replaceChildren(...content);
  node.hidden = content.length === 0;
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}
