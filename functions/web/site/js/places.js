// Where one goes next: only ever within this site.

/** The page that was asked for before logging in, if it is one of ours. */
export function nextPage() {
  const next = new URLSearchParams(location.search).get("next") ?? "";
  return /^\/[A-Za-z0-9/_-]*$/.test(next) && !next.startsWith("//") ? next : "/";
}

/** The secret of a mail's link, which is in the fragment so that no server sees it, and taken out of the address here. */
export function linkSecret() {
  addEventListener("hashchange", () => location.reload());
  const secret = location.hash.slice(1);
  if (secret !== "") history.replaceState(null, "", location.pathname);
  return /^oqm_[A-Za-z0-9_-]{1,60}$/.test(secret) ? secret : null;
}
