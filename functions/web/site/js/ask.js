// The page that asks: it sends the question, and shows each event of the stream as it comes.

import { ApiError } from "./api.js";
import { Answer, prepareRendering, rendered, showDisagreement } from "./answer.js";
import { Cards } from "./cards.js";
import { byId, element, show } from "./dom.js";
import { eventsOf } from "./events.js";
import { forgetHistory, remember, remembered } from "./history.js";
import { ask, isMember, read } from "./session.js";
import { announce } from "./shell.js";
import { clock, counted, milliseconds, percent, troubleInWords, waiting } from "./wording.js";

const LONGEST = 2_000;
const TELL_FROM = 1_800;

const form = byId("ask");
const field = byId("question");
const cards = new Cards(byId("cards"), byId("arms-count"));
const answer = new Answer(byId("answer"), cards);

/** What is being asked right now, or null. */
let running = null;

/** A question keeps its key until it is answered, so that asking it again after a break is not charged again. */
let unanswered = { question: "", key: "" };

form.addEventListener("submit", (event) => {
  event.preventDefault();
  start(field.value);
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
field.addEventListener("input", tellRoom);
field.addEventListener("focus", prepareRendering, { once: true });
byId("stop").addEventListener("click", () => running?.abort());
byId("forget").addEventListener("click", () => {
  forgetHistory();
  showHistory();
  field.focus();
});
for (const example of byId("examples").querySelectorAll("button")) {
  example.addEventListener("click", () => {
    field.value = example.textContent;
    form.requestSubmit();
  });
}

async function start(given) {
  const question = given.trim();
  if (question === "" || running !== null) return;
  begin(question);
  if (unanswered.question !== question) unanswered = { question, key: crypto.randomUUID() };
  running = new AbortController();
  try {
    await follow(question, await ask(question, unanswered.key, running.signal));
  } catch (failure) {
    if (running.signal.aborted) stopped(question);
    else if (failure instanceof ApiError) refused(failure, question);
    else broken(question);
  } finally {
    running = null;
    answer.stop();
    setRunning(false);
  }
}

function begin(question) {
  document.body.classList.add("is-asked");
  setRunning(true);
  for (const id of ["fault", "answer-trouble", "disagreement", "after", "route"]) show(byId(id));
  byId("result").hidden = false;
  byId("asked").textContent = question;
  byId("route").hidden = false;
  byId("route").textContent = "Finding out who knows about this…";
  cards.clear();
  answer.clear(true);
  announce("Asking.");
}

function setRunning(isRunning) {
  byId("send").hidden = isRunning;
  byId("stop").hidden = !isRunning;
  if (isRunning) byId("stop").focus();
  else if (document.activeElement === document.body || document.activeElement === byId("stop")) field.focus();
}

async function follow(question, response) {
  const landed = [];
  let isFinal = false;
  for await (const event of eventsOf(response)) {
    if (event.type === "agent") landed.push(event.data);
    if (event.type === "final") isFinal = true;
    await tell(event, question, landed);
  }
  if (!isFinal) throw new Error("The stream broke off.");
}

async function tell(event, question, landed) {
  switch (event.type) {
    case "quota":
      showQuota(event.data);
      break;
    case "category":
      showRoute(event);
      break;
    case "agent":
      cards.land(event.data, rendered);
      announce(cards.summary());
      break;
    case "agents":
      for (const one of event.data) cards.land(one, rendered);
      if (event.data.length === 0) cards.clear();
      answer.expectSources(event.data);
      announce(`${cards.summary()} Writing the answer.`);
      break;
    case "delta":
      answer.append(event.data);
      break;
    case "error":
      if (event.data.code === "model_restarted") answer.restart();
      else showTrouble(troubleInWords(event.data.code, event.data.detail));
      break;
    case "final":
      unanswered = { question: "", key: "" };
      await finish(question, event, landed);
      break;
  }
}

async function finish(question, final, landed) {
  await showFinal(final);
  if (final.data !== "") {
    remember(question, landed, final);
    showHistory();
    announce(`The answer is complete. ${counted((final.sources ?? []).length, "source", "sources")}.`);
  }
}

async function showFinal(final) {
  const sources = final.sources ?? [];
  await answer.finish(final);
  if (final.disagreement?.length) showDisagreement(byId("disagreement"), final.disagreement, sources, cards);
  const { usage = {} } = final;
  const parts = [
    sources.length > 0 ? counted(sources.length, "source", "sources") : "No agent’s words are in this answer",
    usage.model && usage.model !== "none" ? `written by ${usage.model}` : null,
    usage.ms === undefined ? null : milliseconds(usage.ms),
  ];
  const copy = element("button", { class: "button quiet small", type: "button" }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(answer.text);
    copy.textContent = "Copied";
    announce("Copied.");
  });
  const isPartlyOurs = sources.length > 0 && usage.unsupported?.length > 0;
  const remark = element("span", {}, element("span", { class: "unsupported" }, "Dotted"), ": in no agent’s answer");
  const summary = element("span", {}, parts.filter(Boolean).join(" · "));
  show(byId("after"), final.data === "" ? null : copy, summary, isPartlyOurs ? remark : null);
}

function showRoute({ categories, confidence }) {
  if (categories.length === 0) {
    show(byId("route"), "No agent is known for this, so the model answers by itself.");
    cards.expect("No agent is asked.");
    return;
  }
  const chips = categories.map((name) => element("span", { class: "chip" }, name));
  const sure = element("span", {}, `${percent(confidence)} sure`);
  show(byId("route"), element("span", {}, "Asked about"), ...chips, sure);
  cards.expect("Waiting for the first agent…");
  announce(`Asking agents about ${categories.join(", ")}.`);
}

function showQuota({ remaining, max, resets_at: resetsAt }) {
  const more = remaining > 0 ? "" : ` · new ones from ${clock(resetsAt)}`;
  const link = remaining > 0 || isMember() ? "" : element("a", { href: "/signup" }, "Sign up for more");
  byId("quota").replaceChildren(`${remaining} of ${max} questions left today${more}`, link && " · ", link);
}

function showTrouble(text, ...more) {
  show(byId("answer-trouble"), element("p", { class: "notice warn", role: "alert" }, text, ...more));
}

function stopped(question) {
  showTrouble("You stopped this. ", again(question, "Ask again"), " without being charged again.");
  announce("Stopped.");
}

function broken(question) {
  showTrouble("The connection broke before the answer was whole. ", again(question, "Pick it up again"), " at no charge.");
}

function again(question, label) {
  return element("button", { class: "plain", type: "button", onclick: () => start(question) }, label);
}

function refused(failure, question) {
  byId("result").hidden = true;
  const links = [];
  let text = failure.violations[0]?.detail ?? failure.message;
  if (failure.kind === "quota-spent") {
    text = `Today’s questions are used. There are new ones in ${waiting(failure.retryAfter ?? 3_600)}.`;
    if (!isMember()) links.push(" ", element("a", { href: "/signup" }, "Sign up"), " to ask more a day.");
  } else if (failure.status === 429) {
    text = `That was a little fast. Try again in ${waiting(failure.retryAfter ?? 60)}.`;
  } else if (failure.hasEnded) {
    links.push(" ", element("a", { href: "/login" }, "Log in"));
  } else if (failure.status === 409) {
    text = "This question is still being answered from before. Try again in a moment.";
  }
  show(byId("fault"), text, ...links);
  field.value = question;
  if (failure.status !== 409 && failure.status !== 0) unanswered = { question: "", key: "" };
}

function tellRoom() {
  const length = Array.from(field.value).length;
  show(byId("room"), length >= TELL_FROM ? `${LONGEST - length} characters left` : "");
}

function showHistory() {
  const entries = remembered();
  byId("history").hidden = entries.length === 0;
  byId("past").replaceChildren(
    ...entries.map((entry) =>
      element(
        "li",
        {},
        element(
          "button",
          { type: "button", onclick: () => showAgain(entry) },
          element("span", {}, entry.question),
          element("time", { datetime: entry.at }, clock(entry.at)),
        ),
      ),
    ),
  );
}

async function showAgain({ question, answers, final, at }) {
  if (running !== null) return;
  begin(question);
  setRunning(false);
  byId("route").textContent = `Asked ${clock(at)}`;
  for (const one of answers) cards.land(one, rendered);
  await showFinal(final);
  byId("asked").focus();
}

read("/v1/me/quota")
  .then(showQuota)
  .catch(() => show(byId("quota"), "\u00a0"));
showHistory();
