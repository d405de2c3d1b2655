"use strict";
const tables = [...document.querySelectorAll("table")];

// What a cell is sorted by: numbers inside ids count as numbers.
const order = new Intl.Collator("en", { numeric: true });
const key = (row, column) => {
  const cell = row.cells[column];
  return cell ? cell.dataset.sort ?? cell.textContent.trim() : "";
};

for (const table of tables) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    head.tabIndex = 0;
    const sort = () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => order.compare(key(a, column), key(b, column)) * (up ? 1 : -1));
      table.tBodies[0].append(...rows);
    };
    head.addEventListener("click", sort);
    head.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        sort();
      }
    });
  });
}

// Every word of the filter must stand in a row.
const filter = document.getElementById("filter");
const show = () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const table of tables) {
    let shown = 0;
    const rows = [...table.tBodies[0].rows];
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    const count = table.closest("section").querySelector(".count");
    count.textContent = words.length ? `${shown} of ${rows.length}` : `${rows.length}`;
  }
};
filter.addEventListener("input", show);
show();

// A link to a row that the filter hides shows it again.
const reveal = () => {
  const row = document.getElementById(location.hash.slice(1));
  if (row && row.hidden) {
    filter.value = "";
    show();
  }
  if (row) row.scrollIntoView();
};
addEventListener("hashchange", reveal);
reveal();

const unfold = document.getElementById("unfold");
unfold.addEventListener("click", () => {
  const open = unfold.textContent === "Unfold all";
  for (const each of document.querySelectorAll("#requirements details")) each.open = open;
  unfold.textContent = open ? "Fold all" : "Unfold all";
});
