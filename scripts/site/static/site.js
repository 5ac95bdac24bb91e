// Filters the rows of a page's tables, and lets the keyboard reach what scrolls. Without it every row stands there.
"use strict";

function filterRows(box) {
  const field = box.querySelector("input");
  const said = box.querySelector("output");
  const rows = [...document.querySelectorAll("article table.docutils tbody tr")].map((row) => [row, row.textContent.toLowerCase()]);
  const sections = [...document.querySelectorAll("article section section")];
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      count += row.hidden ? 0 : 1;
    }
    for (const section of sections) section.hidden = !section.querySelector("tbody tr:not([hidden])");
    said.textContent = String(count);
  };
  field.addEventListener("input", filter);
  box.hidden = false;
  filter();
}

function reachable() {
  for (const one of document.querySelectorAll(".table-wrapper, article pre")) {
    if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
  }
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".filter-rows").forEach(filterRows);
  reachable();
  addEventListener("resize", reachable);
});
