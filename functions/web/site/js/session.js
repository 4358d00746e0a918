// Who uses this browser. The session itself is in a cookie that no script can read; what is kept here is only the name,
// so that a page knows at once whether anybody is logged in.

import { ApiError, contentOf, send } from "./api.js";
import { erase, keep, kept } from "./storage.js";

const MEMBER = "member";

let csrfToken = null;
let asked = null;
let isForMembers = false;

export function isMember() {
  return kept(MEMBER) !== null;
}

/** The name to greet by, or null for a guest. */
export function memberName() {
  return kept(MEMBER)?.name ?? null;
}

/** The account, asked for once a page; an `ApiError` of status 401 if the session has ended. */
export function me() {
  asked ??= answered(send("GET", "/v1/me", { withCookie: true })).then((document) => {
    csrfToken = document.csrf_token ?? null;
    keep(MEMBER, { name: document.account.username, id: document.account.id });
    return document.account;
  });
  return asked;
}

/** Reads something, as the member if there is one. */
export function read(path) {
  return answered(send("GET", path, { withCookie: isMember() }));
}

/** Changes something in the member's name. */
export async function change(method, path, body) {
  return answered(send(method, path, { body, withCookie: true, headers: await proof() }));
}

/** Sends what needs nobody's name, such as asking for a mail. */
export function tell(path, body) {
  return answered(send("POST", path, { body }));
}

/** Asks; gives the response, whose body is a stream. */
export async function ask(query, key, signal) {
  const headers = { ...(await proof()), Accept: "application/x-ndjson", "Idempotency-Key": key };
  return noticed(send("POST", "/v1/search", { body: { query }, headers, signal, withCookie: isMember() }));
}

export async function logIn(email, password) {
  const body = { email, password, cookie: true };
  const document = await contentOf(await send("POST", "/v1/sessions", { body, withCookie: true }));
  csrfToken = document.csrf_token;
  keep(MEMBER, { name: document.account.username, id: document.account.id });
}

/** Ends the session, and with it whatever this browser has kept of it. */
export async function logOut() {
  try {
    await change("DELETE", "/v1/sessions/current");
  } catch (failure) {
    if (!(failure instanceof ApiError && failure.status === 401)) throw failure;
  }
  forget();
}

/** What the browser has kept of a member goes when the session does. */
export function forget() {
  const id = kept(MEMBER)?.id;
  if (id) erase(`history.${id}`);
  erase(MEMBER);
  csrfToken = null;
}

/** For a page that is for members only: sends anyone else to log in, now or when the session ends, and back here. */
export function requireMember() {
  isForMembers = true;
  if (!isMember()) goAndLogIn();
  return isMember();
}

function goAndLogIn() {
  location.replace(`/login?next=${encodeURIComponent(location.pathname)}`);
}

async function proof() {
  if (!isMember()) return {};
  if (csrfToken === null) await noticed(me());
  return { "X-CSRF-Token": csrfToken ?? "" };
}

async function answered(sending) {
  return contentOf(await noticed(sending));
}

/** A session that has ended makes a guest of the member, and the error goes on. */
async function noticed(sending) {
  try {
    return await sending;
  } catch (failure) {
    if (failure instanceof ApiError && failure.status === 401 && isMember()) {
      erase(MEMBER);
      delete document.documentElement.dataset.member;
      failure.message = "Your session has ended. Log in again, or go on as a guest.";
      failure.hasEnded = true;
      if (isForMembers) goAndLogIn();
    }
    throw failure;
  }
}
