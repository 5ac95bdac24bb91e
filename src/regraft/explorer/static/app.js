// What moves: a job's progress, the day of a person, copying and printing. Everything else works without this file.
"use strict";
document.documentElement.classList.add("script");

// ---------------------------------------------------------------- a job, asked three times a second
const job = document.getElementById("job");
if (job) {
  const said = document.getElementById("said"), bar = document.getElementById("bar"), gone = document.getElementById("gone");
  const ask = async () => {
    let wait = 300;
    try {
      const answer = await fetch(job.dataset.state, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      const now = await answer.json();
      gone.hidden = true;
      if (now.state === "done" || now.state === "failed") { location.replace(job.dataset.up + now.back); return; }
      if (now.state === "cancelled") { location.reload(); return; }
      bar.value = now.done;
      const text = now.state === "running" ? `${now.done} of ${now.total} done.`
        : now.compiling ? "Waiting until the model is compiled."
        : now.before > 1 ? `Waiting: ${now.before - 1} before this.` : "Waiting to begin.";
      if (said.textContent !== text) said.textContent = text;
    } catch { gone.hidden = false; wait = 2000; }
    setTimeout(ask, wait);
  };
  ask();
}

// ---------------------------------------------------------------- the day of a person: no question to the server
const days = document.getElementById("days");
if (days) {
  const data = JSON.parse(days.textContent), slider = document.getElementById("day");
  const cells = [...document.querySelectorAll("#values tbody td:nth-child(2)")];
  const cursors = [...document.querySelectorAll("#curves .cursor")];
  const steps = [...document.querySelectorAll(".steps a")], words = document.getElementById("step-said");
  const show = () => {
    const day = Number(slider.value), at = day - data.first, place = `${(100 * at) / Math.max(1, data.last - data.first)}%`;
    for (const line of cursors) { line.setAttribute("x1", place); line.setAttribute("x2", place); }
    cells.forEach((cell, row) => { cell.textContent = data.rows[row][at]; });
    document.getElementById("day-said").textContent = day;
    document.getElementById("day-table").textContent = day;
    slider.setAttribute("aria-valuetext", `day ${day}`);
    words.replaceChildren();
    for (const step of data.steps) {
      if (step.day > day || day > step.until) continue;
      const name = document.createElement("b");
      name.textContent = `${step.heading}. `;
      words.append(name, `${data.words[step.key].join(" ")} `);
    }
    for (const link of steps) {
      const here = Number(link.dataset.day) <= day && day <= Number(link.dataset.until);
      if (here) link.setAttribute("aria-current", "step"); else link.removeAttribute("aria-current");
    }
  };
  const keep = () => {
    const here = new URL(location.href);
    here.searchParams.set("day", slider.value);
    history.replaceState(null, "", here);
  };
  slider.addEventListener("input", show);
  slider.addEventListener("change", keep);
  slider.addEventListener("keydown", (event) => {
    const jump = { PageUp: 10, PageDown: -10 }[event.key];
    if (!jump) return;
    event.preventDefault();
    slider.value = Number(slider.value) + jump;
    show(); keep();
  });
  for (const link of steps) link.addEventListener("click", (event) => {
    event.preventDefault();
    slider.value = link.dataset.day;
    show(); keep();
  });
  show();
}

// ---------------------------------------------------------------- copy, print, drop
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = button.closest("p").previousElementSibling.textContent;
    try { await navigator.clipboard.writeText(text); button.textContent = "Copied"; }
    catch { button.textContent = "Select the text and copy it"; }
  });
}
for (const button of document.querySelectorAll("button.print")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
const drop = document.querySelector("form.drop"), files = drop && drop.querySelector("input[type=file]");
if (drop && files) {
  const over = (event, on) => { event.preventDefault(); drop.classList.toggle("over", on); };
  document.addEventListener("dragover", (event) => over(event, true));
  document.addEventListener("dragleave", (event) => over(event, false));
  document.addEventListener("drop", (event) => { over(event, false); if (event.dataTransfer.files.length) files.files = event.dataTransfer.files; });
}
// another protocol has other usual values below the fields
const protocol = document.getElementById("f-protocol"), hints = document.getElementById("hints");
if (protocol && hints) {
  const all = JSON.parse(hints.textContent);
  protocol.addEventListener("change", () => {
    for (const [name, text] of Object.entries(all[protocol.value])) document.getElementById(`h-${name}`).textContent = text;
  });
}
