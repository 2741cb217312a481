// Starts the app. A file of its own, because the content security policy allows no inline script. The names of the
// app's two files carry their hashes; Trunk writes them, with their integrity, into preload links.

const PATIENCE_MS = 8000;

function fail(code) {
  const problem = document.getElementById("boot-problem");
  // The app has taken the skeleton's place, so it runs.
  if (!problem) return;
  document.getElementById("boot-wait")?.remove();
  document.getElementById("boot-code").textContent = code;
  problem.hidden = false;
  document.title = "Error: Nexus Auth";
}

const timer = setTimeout(() => fail("BOOT-TIMEOUT"), PATIENCE_MS);
try {
  if (typeof WebAssembly !== "object") throw new Error("WEBASSEMBLY");
  const script = document.querySelector('link[rel="modulepreload"]');
  const program = document.querySelector('link[rel="preload"][as="fetch"]');
  const { default: init } = await import(script.href);
  const options = { credentials: "same-origin" };
  if (program.integrity) options.integrity = program.integrity;
  await init({ module_or_path: fetch(program.href, options) });
} catch (error) {
  console.error(error);
  fail(error instanceof Error && error.message === "WEBASSEMBLY" ? "BOOT-WEBASSEMBLY" : "BOOT-LOAD");
} finally {
  clearTimeout(timer);
}
