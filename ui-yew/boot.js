// Starts the app, and offers a plain form when it cannot be started. Kept out of the page so that the content security
// policy can forbid inline scripts.
(() => {
  "use strict";
  const PATIENCE = 8000;
  const code = document.querySelector("link[rel=modulepreload]");
  const wasm = document.querySelector("link[rel=preload][as=fetch]");
  const trouble = document.getElementById("trouble");
  const plain = document.getElementById("plain");
  const folder = document.currentScript.src;
  let started = false;
  let isUsed = false;

  // The id tells what failed and which build it was, for whoever is asked for help.
  function show(what) {
    const build = /-([0-9a-f]{8})/.exec(code ? code.href : "");
    document.getElementById("trouble-id").textContent = "NX-" + what + (build ? "-" + build[1] : "");
    trouble.hidden = false;
    document.getElementById("app").hidden = true;
    document.title = "Error: Nexus Auth";
    import(new URL("plain.js", folder).href)
      .then((form) => form.show(plain))
      .catch((error) => console.error(error));
  }

  function hide() {
    // Whoever has begun to fill in the plain form is not to lose it.
    if (isUsed) return;
    trouble.hidden = true;
    document.getElementById("app").hidden = false;
  }

  plain.addEventListener("input", () => (isUsed = true));
  document.getElementById("trouble-retry").addEventListener("click", () => location.reload());

  // A panic ends the app without a word: WebAssembly stops with a RuntimeError.
  function crashed(error) {
    if (started && error instanceof WebAssembly.RuntimeError) show("CRASH");
  }
  addEventListener("error", (event) => crashed(event.error));
  addEventListener("unhandledrejection", (event) => crashed(event.reason));

  if (typeof WebAssembly !== "object" || !code || !wasm) {
    show("NO-WASM");
    return;
  }
  const timer = setTimeout(() => show("TIMEOUT"), PATIENCE);
  const bytes = fetch(wasm.href, { integrity: wasm.integrity, credentials: "same-origin" });
  import(code.href)
    .then((app) => app.default({ module_or_path: bytes }))
    .then(
      () => {
        started = true;
        clearTimeout(timer);
        hide();
      },
      (error) => {
        clearTimeout(timer);
        console.error(error);
        show(error instanceof TypeError ? "LOAD" : "START");
      },
    );
})();
