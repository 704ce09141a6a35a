// The page: it starts the worker that runs Python, hands it the text, and shows what comes back.

const get = (id) => document.getElementById(id);
const form = get("form");
let worker = null;
let ready = false;
let waiting = null; // what is to be checked, until its answer is shown

function say(text, busy = false) {
  get("status").textContent = text;
  get("progress").hidden = !busy;
  get("stop").hidden = !waiting;
  get("check").disabled = Boolean(waiting) && ready; // one text at a time
}

async function start() {
  ready = false;
  say("Loading the program.", true);
  try {
    // A worker made here obeys the policy of this page; one loaded from an address would obey none.
    const source = await (await fetch("worker.mjs")).blob();
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    worker = new Worker(address, { type: "module" });
    URL.revokeObjectURL(address);
  } catch (error) {
    fail(`The program could not be loaded (${error.message}): reload the page to try again.`);
    return;
  }
  worker.addEventListener("message", (event) => hear(event.data));
  worker.addEventListener("error", (event) => fail(`The program ended (${event.message || "no reason given"}): press Check to try again.`));
  worker.postMessage({ base: new URL(".", location.href).href });
}

function fail(text) {
  worker?.terminate();
  worker = null;
  waiting = null;
  say(text);
}

function hear({ stage, answer, error }) {
  if (error) fail(`${error}: press Check to try again.`);
  else if (stage === "ready") {
    ready = true;
    if (waiting) ask();
    else say("Ready.");
  } else if (stage) say(stage, true);
  else show(answer);
}

function ask() {
  say("Checking.", true);
  worker.postMessage({ question: waiting });
}

function show(answer) {
  waiting = null;
  get("cleaned").value = answer.text;
  get("copied").textContent = "";
  get("result").hidden = false; // first, as the report looks how wide it is
  get("report").srcdoc = answer.page;
  say(answer.summary);
  get("report-heading").focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  // JSON keeps what strings of Python and JavaScript do not share: halves of characters.
  waiting = JSON.stringify({ text: form.text.value, level: form.level.value });
  if (!worker) start();
  else if (ready) ask();
  else say(get("status").textContent, true);
});
get("stop").addEventListener("click", () => {
  fail("Stopped.");
  start();
});
get("example").addEventListener("click", async () => {
  form.text.value = await (await fetch("example.txt")).text();
  form.text.focus();
});
get("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(get("cleaned").value);
    get("copied").textContent = "Copied.";
  } catch {
    get("cleaned").select();
    get("copied").textContent = "The browser did not allow it; the text is selected, so that you can copy it.";
  }
});
start();
