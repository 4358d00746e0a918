// The public catalogue, searched by text and category; what is searched for is part of the address.

import { byId, element, show } from "./dom.js";
import { inWords } from "./forms.js";
import { read } from "./session.js";
import { announce } from "./shell.js";
import { showTiles } from "./tiles.js";
import { counted } from "./wording.js";

const PAUSE = 200;

const text = byId("text");
const category = byId("category");
let timer = 0;
let latest = 0;

async function search() {
  const wanted = new URLSearchParams();
  if (text.value.trim() !== "") wanted.set("q", text.value.trim());
  if (category.value !== "") wanted.set("category", category.value);
  history.replaceState(null, "", wanted.size > 0 ? `/catalogue?${wanted}` : "/catalogue");
  latest += 1;
  const turn = latest;
  try {
    const { agents } = await read(wanted.size > 0 ? `/v1/agents?${wanted}` : "/v1/agents");
    if (turn === latest) showAgents(agents);
  } catch (failure) {
    show(byId("trouble"), inWords(failure));
  }
}

function showAgents(agents) {
  show(byId("trouble"));
  byId("none").hidden = agents.length > 0;
  showTiles(byId("tiles"), agents, false);
  const found = counted(agents.length, "agent", "agents");
  byId("count").textContent = found;
  announce(`${found} found.`);
}

async function offerCategories() {
  const { categories } = await read("/v1/categories");
  category.append(...categories.map(({ name }) => element("option", { value: name }, name)));
}

async function begin() {
  const asked = new URLSearchParams(location.search);
  text.value = asked.get("q") ?? "";
  await Promise.all([offerCategories(), asked.has("category") ? null : search()]);
  if (asked.has("category")) {
    category.value = asked.get("category");
    await search();
  }
}

byId("filters").addEventListener("submit", (event) => event.preventDefault());
text.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, PAUSE);
});
category.addEventListener("change", search);
begin().catch((failure) => show(byId("trouble"), inWords(failure)));
