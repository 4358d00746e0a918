// The member's own agents.

import { byId, show } from "./dom.js";
import { inWords } from "./forms.js";
import { read, requireMember } from "./session.js";
import "./shell.js";
import { tileOf } from "./tiles.js";

if (requireMember()) {
  read("/v1/agents?owner=me")
    .then(({ agents }) => {
      byId("none").hidden = agents.length > 0;
      byId("tiles").replaceChildren(...agents.map((agent) => tileOf(agent, true)));
    })
    .catch((failure) => show(byId("trouble"), inWords(failure)));
}
