// The questions that were asked in this browser, with their answers. They are kept nowhere else.

import { erase, keep, kept } from "./storage.js";

const MOST = 30;
const LONGEST_ANSWER = 8_000;

function place() {
  return `history.${kept("member")?.id ?? "guest"}`;
}

/** The newest first. */
export function remembered() {
  const entries = kept(place());
  return Array.isArray(entries) ? entries : [];
}

/** Keeps an answered question with what is needed to show it again; old ones make room. */
export function remember(question, answers, final) {
  const slim = answers.map((answer) =>
    answer.result
      ? { ...answer, result: { answer: answer.result.answer.slice(0, LONGEST_ANSWER), sources: answer.result.sources } }
      : answer,
  );
  const entry = { question, at: new Date().toISOString(), answers: slim, final };
  let entries = [entry, ...remembered().filter((old) => old.question !== question)].slice(0, MOST);
  while (entries.length > 0 && !keep(place(), entries)) entries = entries.slice(0, Math.floor(entries.length / 2));
}

export function forgetHistory() {
  erase(place());
}
