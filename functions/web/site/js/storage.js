// What is kept in this browser. Storage may be full or forbidden, which must never break a page.

const PREFIX = "oqtopus.";

export function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name));
  } catch {
    return null;
  }
}

/** Whether it could be kept. */
export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function erase(name) {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // Then there is nothing kept either.
  }
}
