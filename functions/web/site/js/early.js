// Runs before the first paint: the colours that were chosen, and whose links the head shows.
(() => {
  try {
    const theme = localStorage.getItem("oqtopus.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    if (localStorage.getItem("oqtopus.member")) document.documentElement.dataset.member = "";
  } catch {
    // Storage may be forbidden; the page then looks as the system does, to a guest.
  }
})();
