// What the desk can do with a script, and does without where there is none.

// `/` searches, `j` and `k` go through the rows of a table, Enter follows the row.
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "j" || event.key === "k") {
    const rows = [...document.querySelectorAll(".desk-table tbody th a")];
    const here = rows.indexOf(document.activeElement);
    const next = rows[event.key === "j" ? here + 1 : Math.max(here - 1, 0)];
    next?.focus();
  }
});

// Times are written in UTC; here they are shown in the reader's zone, the exact one on hover.
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export const localTimes = (root) => {
  for (const time of root.querySelectorAll("time[data-moment]")) {
    const moment = new Date(time.dateTime);
    time.textContent = short.format(moment);
    time.title = `${time.dateTime} (UTC)`;
  }
};

localTimes(document);
