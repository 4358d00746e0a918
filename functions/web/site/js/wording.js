// What the API says in words of its own, said to people.

const FAILURES = {
  blocked: "Its address cannot be called.",
  unreachable: "It could not be reached.",
  timeout: "It did not answer in time.",
  too_large: "It answered with far too much.",
  redirect: "It sent us elsewhere, and we do not follow.",
  bad_status: "It did not accept the question.",
  bad_media_type: "Its answer was not in a form we can read.",
  bad_encoding: "Its answer was not in a form we can read.",
  bad_json: "Its answer was not in a form we can read.",
  bad_shape: "Its answer was not in a form we can read.",
  protocol: "The connection to it broke.",
  tls: "It could not be reached safely.",
};

const TROUBLES = {
  no_answer: "Nobody could answer this time. The question is given back to you.",
  declined: "The model declined to answer this question.",
  synthesis_failed: "No model could write one answer this time. What the agents wrote is quoted instead.",
  internal: "Something failed on our side. The question is given back to you.",
};

const DISAGREEMENTS = {
  number: "The agents give different figures",
  value: "The agents name different things",
  negation: "One agent says what another denies",
};

export const CONDITIONS = {
  healthy: ["Healthy", "good"],
  degraded: ["Sometimes fails", "warn"],
  failing: ["Failing", "bad"],
  unproven: ["Not proven yet", ""],
};

export const STATES = {
  active: ["Active", "good"],
  pending: ["Waiting to be verified", "warn"],
  suspended: ["Suspended", "bad"],
  blocked: ["Blocked by the operators", "bad"],
};

export function failureInWords(reason) {
  return FAILURES[reason] ?? "It could not answer.";
}

export function disagreementInWords(kind) {
  return DISAGREEMENTS[kind] ?? "The agents do not agree";
}

export function troubleInWords(code, detail) {
  return TROUBLES[code] ?? detail;
}

export function milliseconds(ms) {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

export function counted(number, one, many) {
  return `${number} ${number === 1 ? one : many}`;
}

/** A share as people say it; only what is whole is called so. */
export function percent(share) {
  return `${share < 1 ? Math.min(99, Math.round(share * 100)) : 100} %`;
}

/** The host of an agent's address; what is no address is shown as it is. */
export function hostOf(url) {
  return URL.canParse(url) ? new URL(url).host : url;
}

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

export function day(time) {
  return DAY.format(new Date(time));
}

export function moment(time) {
  return MOMENT.format(new Date(time));
}

/** The time of day, with the day where it is not today. */
export function clock(time) {
  const date = new Date(time);
  return date.toDateString() === new Date().toDateString() ? TIME.format(date) : MOMENT.format(date);
}

/** How long to wait, for people. */
export function waiting(seconds) {
  if (seconds < 90) return counted(Math.max(1, seconds), "second", "seconds");
  if (seconds < 5_400) return counted(Math.round(seconds / 60), "minute", "minutes");
  return `about ${counted(Math.round(seconds / 3_600), "hour", "hours")}`;
}
