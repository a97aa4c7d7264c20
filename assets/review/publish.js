// Publishing: what would change, the button, and what the run says while it works.

import { at, bdi, el, fill } from "./dom.js";

const page = document.body.dataset;
const OFTEN_MS = 1000;

async function asked(path, method = "GET") {
  const answer = await fetch(path, { method, credentials: "include", headers: { accept: "application/json", "x-csrf-token": page.token } });
  if (answer.status === 401) location.assign("/enter?back=/publish");
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.detail ?? `The server answered ${answer.status}.`);
  return told;
}

const row = (words) => el("li", {}, bdi(words));

async function look() {
  at("difference").setAttribute("aria-busy", "true");
  let changes = 0;
  try {
    const { lines } = await asked("/api/publish/difference");
    changes = lines.length;
    fill(at("difference"), changes ? lines.map(row) : el("li", { class: "soft" }, "Nothing: what is approved is published."));
  } catch (error) {
    fill(at("difference"), el("li", { class: "why" }, error.message));
  }
  at("difference").setAttribute("aria-busy", "false");
  at("publish").disabled = page.may !== "1" || changes === 0;
}

function show(run) {
  at("run").hidden = !run.by;
  fill(at("run-said"), run.running ? "Publishing, begun by " : run.failed ? "Not published, tried by " : "Published by ", bdi(run.by));
  at("run").className = run.running ? "busy" : run.failed ? "failed" : "good";
  fill(at("lines"), run.lines.map(row));
}

async function follow() {
  let run = await asked("/api/publish");
  show(run);
  if (!run.running) return;
  at("publish").disabled = true;
  while (run.running) {
    await new Promise((done) => setTimeout(done, OFTEN_MS));
    run = await asked("/api/publish");
    show(run);
  }
  await look();
}

at("publish").addEventListener("click", async () => {
  at("publish").disabled = true;
  try {
    await asked("/api/publish", "POST");
    await follow();
  } catch (error) {
    fill(at("difference"), el("li", { class: "why" }, error.message));
  }
});
await look();
await follow();
page.ready = "1";
