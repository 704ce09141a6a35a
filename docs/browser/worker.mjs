// The worker: Python, off the page's own thread, so that the page answers while a text is judged.

let answer = null;

async function load(base) {
  const { loadPyodide } = await import(`${base}pyodide/pyodide.mjs`);
  postMessage({ stage: "Loading Python." });
  const python = await loadPyodide({ indexURL: `${base}pyodide/` });
  postMessage({ stage: "Loading dedupe." });
  await python.loadPackage("paradedupe", { messageCallback: () => {} });
  postMessage({ stage: "Starting dedupe." });
  const program = await fetch(`${base}answer.py`);
  if (!program.ok) throw new Error(`answer.py: ${program.status}`);
  await python.runPythonAsync(await program.text());
  answer = python.globals.get("answer");
  postMessage({ stage: "ready" });
}

addEventListener("message", async ({ data }) => {
  try {
    if (data.base) await load(data.base);
    else postMessage({ answer: JSON.parse(answer(data.question)) });
  } catch (error) {
    const reason = String(error.message ?? error).trim().split("\n").pop();
    postMessage({ error: `${data.base ? "The program could not be loaded" : "The program failed on this text"} (${reason})` });
  }
});
