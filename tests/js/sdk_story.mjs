// The official JavaScript SDK, as a native app and as a single-page app use it.
// node sdk_story.mjs BASE_URL EMAIL PASSWORD; NEXUS_ORY_CLIENT names the folder that has @ory/client.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.NEXUS_ORY_CLIENT, "package.json"));
const { Configuration, FrontendApi } = require("@ory/client");
const [basePath, email, password] = process.argv.slice(2);

async function status(promise) {
  try {
    return (await promise).status;
  } catch (error) {
    if (!error.response) throw error;
    return error.response.status;
  }
}

// A native app: tokens, no cookies.
{
  const api = new FrontendApi(new Configuration({ basePath }));
  const { data: registration } = await api.createNativeRegistrationFlow();
  const { data: registered } = await api.updateRegistrationFlow({
    flow: registration.id,
    updateRegistrationFlowBody: { method: "password", password, traits: { email } },
  });
  assert.equal(registered.identity.traits.email, email);
  console.log("registered");

  const { data: login } = await api.createNativeLoginFlow();
  const { data: signedIn } = await api.updateLoginFlow({
    flow: login.id,
    updateLoginFlowBody: { method: "password", identifier: email, password },
  });
  const token = signedIn.session_token;
  assert.equal(signedIn.session.identity.id, registered.identity.id);
  console.log("signed in");

  const { data: session } = await api.toSession({ xSessionToken: token });
  assert.equal(session.identity.id, registered.identity.id);
  assert.equal(session.active, true);
  console.log("whoami");

  await api.performNativeLogout({ performNativeLogoutBody: { session_token: token } });
  assert.equal(await status(api.toSession({ xSessionToken: token })), 401);
  console.log("signed out");
}

// A single-page app: cookies and the CSRF token of the flow.
{
  const jar = new Map();
  const api = new FrontendApi(new Configuration({ basePath }));
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  const keep = (answer) => {
    for (const line of answer.headers["set-cookie"] ?? []) {
      const [pair] = line.split(";");
      const at = pair.indexOf("=");
      jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer.data;
  };
  const value = (flow, name) => flow.ui.nodes.find((node) => node.attributes.name === name).attributes.value;

  const flow = keep(await api.createBrowserRegistrationFlow({}, { headers: { accept: "application/json" } }));
  const registered = keep(
    await api.updateRegistrationFlow({
      flow: flow.id,
      cookie: cookie(),
      updateRegistrationFlowBody: {
        method: "password",
        password,
        traits: { email: `spa-${email}` },
        csrf_token: value(flow, "csrf_token"),
      },
    }),
  );
  const session = keep(await api.toSession({ cookie: cookie() }));
  assert.equal(session.identity.id, registered.identity.id);
  console.log("browser registered");

  const logout = keep(await api.createBrowserLogoutFlow({ cookie: cookie() }));
  const answer = await api.updateLogoutFlow(
    { token: logout.logout_token, cookie: cookie() },
    { headers: { accept: "application/json" } },
  );
  assert.equal(answer.status, 204);
  assert.equal(await status(api.toSession({ cookie: cookie() })), 401);
  console.log("browser signed out");
}
