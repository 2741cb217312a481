// The form of a flow without WebAssembly: for browsers that do not run it (lockdown and enhanced security modes) and
// for connections on which the app does not arrive. Loaded only then. The form is sent as an ordinary one; the server
// answers with a redirect to this page or to wherever the flow leads.

const KINDS = ["login", "registration", "recovery", "verification", "settings"];
const PASSED_ON = ["return_to", "refresh", "aal", "via", "login_challenge", "organization", "identity_schema"];

const ask = (path) => fetch(new Request(path, { headers: { Accept: "application/json" }, credentials: "same-origin" }));

// The address that the server names is one of this origin: the policy of the page lets forms go nowhere else.
function own(address) {
  const url = new URL(address, location.href);
  return url.pathname + url.search;
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== undefined && value !== null && value !== false) made.setAttribute(key, String(value));
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

async function flowOf(kind, query) {
  if (query.get("flow")) {
    const answer = await ask(`/self-service/${kind}/flows?id=${encodeURIComponent(query.get("flow"))}`);
    if (answer.ok) return answer.json();
  }
  const passed = new URLSearchParams([...query].filter(([key, value]) => PASSED_ON.includes(key) && value));
  const answer = await ask(`/self-service/${kind}/browser${passed.size ? `?${passed}` : ""}`);
  const body = await answer.json();
  if (answer.ok) return body;
  const id = body.error && body.error.id;
  if (id === "session_already_available") return null;
  throw new Error((body.error && (body.error.reason || body.error.message)) || `status ${answer.status}`);
}

const message = (text) => element("p", { class: text.type === "error" ? "fault" : "muted" }, text.text);

function hint(kind, input) {
  if (input.autocomplete) return input.autocomplete;
  if (input.name === "identifier") return "username";
  if (input.type === "password") return kind === "login" ? "current-password" : "new-password";
  if (input.name === "code" || input.name === "totp_code") return "one-time-code";
  return input.type === "email" ? "email" : null;
}

function input(kind, node) {
  const own = node.attributes;
  const label = (node.meta.label || own.label || { text: own.name.split(".").pop() }).text;
  const shared = { name: own.name, value: own.value, disabled: own.disabled };
  if (own.type === "hidden") return element("input", { ...shared, type: "hidden" });
  if (own.type === "button") return null; // needs the server's script
  if (own.type === "submit") {
    return element("button", { ...shared, type: "submit", class: "button button-wide" }, label);
  }
  const id = `plain-${own.name}`;
  const faults = (node.messages || []).map(message);
  const described = faults.length ? { "aria-invalid": "true", "aria-describedby": `${id}-fault` } : {};
  const box = own.type === "checkbox";
  const field = element("input", {
    ...shared,
    ...described,
    id,
    type: own.type,
    class: box ? null : "input",
    value: box ? "true" : own.value,
    checked: box && own.value === true,
    maxlength: own.maxlength,
    minlength: own.minlength,
    autocomplete: hint(kind, own),
    inputmode: hint(kind, own) === "one-time-code" ? "numeric" : null,
    autocapitalize: "none",
    spellcheck: "false",
  });
  const below = element("div", { id: `${id}-fault` }, ...faults);
  return element("div", { class: "field" }, element("label", { class: "label", for: id }, label), field, below);
}

function drawn(kind, node) {
  const own = node.attributes;
  switch (own.node_type) {
    case "input":
      return input(kind, node);
    case "text":
      return element("p", { id: own.id }, own.text.text);
    case "img":
      return element("img", { src: own.src, alt: node.meta.label ? node.meta.label.text : "", width: own.width });
    case "a":
      return /^(https?:|\/)/.test(own.href) ? element("a", { href: own.href }, own.title.text) : null;
    default:
      return null;
  }
}

// One form for each method, so that each sends its own fields only.
function forms(flow, kind) {
  const nodes = flow.ui.nodes || [];
  const shared = nodes.filter((node) => node.group === "default");
  const groups = [...new Set(nodes.map((node) => node.group))].filter((group) => group !== "default");
  return groups.map((group) => {
    const own = nodes.filter((node) => node.group === group);
    const isButton = (node) => node.attributes.type === "submit";
    // A provider's button needs none of the fields that the others share.
    const plain = group === "oidc" ? shared.filter((node) => node.attributes.type === "hidden") : shared;
    const all = [...plain, ...own].sort((one, other) => isButton(one) - isButton(other));
    return element(
      "form",
      { class: "form", method: "post", action: own_action(flow), "data-group": group },
      ...all.map((node) => drawn(kind, node)),
    );
  });
}

const own_action = (flow) => own(flow.ui.action);

async function signedIn() {
  const answer = await ask("/self-service/logout/browser");
  const links = [];
  if (answer.ok) {
    const { logout_url } = await answer.json();
    links.push(element("p", {}, "You are signed in."));
    links.push(element("p", {}, element("a", { href: "/settings" }, "Settings")));
    links.push(element("p", {}, element("a", { href: own(logout_url) }, "Sign out")));
  } else {
    links.push(element("p", {}, element("a", { href: "/login" }, "Sign in")));
  }
  return links;
}

/// Draws the form of the page that is open, or what else can be done there.
export async function show(root) {
  const kind = KINDS.find((kind) => location.pathname.startsWith(`/${kind}`));
  const query = new URLSearchParams(location.search);
  try {
    const flow = kind ? await flowOf(kind, query) : null;
    if (!flow) {
      root.replaceChildren(...(await signedIn()));
      return;
    }
    const messages = (flow.ui.messages || []).map(message);
    const faults = messages.length ? [element("div", { role: "alert", class: "stack" }, ...messages)] : [];
    const others = ["login", "registration", "recovery"].filter((other) => other !== kind && kind !== "settings");
    const names = { login: "Sign in", registration: "Create an account", recovery: "Recover your account" };
    const links = others.map((other) => element("p", {}, element("a", { href: `/${other}` }, names[other])));
    root.replaceChildren(...faults, ...forms(flow, kind), ...links);
  } catch (error) {
    root.replaceChildren(element("p", { class: "fault" }, `The form could not be had: ${error.message}`));
  }
}
