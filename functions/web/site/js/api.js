// The API over HTTP: JSON in, JSON out, and every refusal as one kind of error.

/** A refusal (a problem document), or no reply at all (`status` 0). */
export class ApiError extends Error {
  constructor(status, problem = {}, retryAfter = null) {
    super(problem.detail || problem.title || "Something went wrong.");
    this.status = status;
    this.kind = (problem.type || "").replace("urn:oqtopus:problem:", "");
    this.violations = problem.errors || [];
    this.instance = problem.instance || "";
    this.retryAfter = retryAfter;
  }
}

/** Sends a request and gives the response, whose body is not read yet; an `ApiError` if it is refused. */
export async function send(method, path, { body, headers = {}, signal, withCookie = false } = {}) {
  const sent = { Accept: "application/json", ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const response = await fetch(path, {
    method,
    headers: sent,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
    // A guest sends no cookie: a session that has ended would be refused, where a guest is welcome.
    credentials: withCookie ? "same-origin" : "omit",
    cache: "no-store",
    redirect: "error",
  }).catch((failure) => {
    if (signal?.aborted) throw failure;
    throw new ApiError(0, { detail: "The server cannot be reached. Check your connection and try again." });
  });
  if (response.ok) return response;
  throw new ApiError(response.status, await problemOf(response), secondsOf(response));
}

/** The body of a response, or null where it has none. */
export async function contentOf(response) {
  return response.status === 204 ? null : response.json();
}

async function problemOf(response) {
  try {
    return await response.json();
  } catch {
    return { title: "The server did not answer as it must. Try again in a moment." };
  }
}

function secondsOf(response) {
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return Number.isFinite(seconds) ? seconds : null;
}
