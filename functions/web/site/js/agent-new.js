// Registering an agent.

import { adviseOnUrl, agentChecks, agentOf, offerCategories } from "./agent-form.js";
import { byId, show } from "./dom.js";
import { inWords, onSubmit } from "./forms.js";
import { change, requireMember } from "./session.js";
import "./shell.js";

const form = byId("register");

if (requireMember()) {
  offerCategories(form).catch((failure) => show(byId("categories-fault"), inWords(failure)));
  adviseOnUrl(form);
  onSubmit(
    form,
    async ({ orchestrator_id: orchestratorId }) => {
      const agent = agentOf(form);
      if (agent === null) return;
      const { id } = await change("POST", "/v1/agents", { ...agent, orchestrator_id: orchestratorId });
      location.assign(`/agents/${id}`);
    },
    agentChecks,
  );
}
