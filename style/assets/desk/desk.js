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

// On a small screen the links are one line that goes on beyond the edge: where one is, is seen at once, and
// still when the screen is turned.
const links = document.querySelector(".desk-bar nav ul");
const current = links?.querySelector("[aria-current]");
if (current) {
  const center = () => {
    const before = current.offsetLeft - links.offsetLeft;
    links.scrollLeft = before - (links.clientWidth - current.offsetWidth) / 2;
  };
  new ResizeObserver(center).observe(links);
}

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

// What lives is asked for anew every few seconds, while somebody looks. What was opened stays open, and
// nothing is taken from under a keyboard.
const every = 5000;

const renew = async () => {
  const live = document.querySelector("[data-live]");
  if (!live || document.hidden || live.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => undefined);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(live.id);
  if (!fresh || live.contains(document.activeElement)) return;
  for (const open of live.querySelectorAll("details[open][id]")) {
    fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
  }
  localTimes(fresh);
  if (fresh.innerHTML !== live.innerHTML) live.replaceChildren(...fresh.childNodes);
};

if (document.querySelector("[data-live]")) setInterval(renew, every);

// A long upload tells how far it is. Its answer is a page: the run, or the form with what is wrong.
const upload = document.querySelector("form[data-upload]");

upload?.addEventListener("submit", (event) => {
  event.preventDefault();
  const [bar, button] = ["progress", "button"].map((name) => upload.querySelector(name));
  const request = new XMLHttpRequest();
  request.upload.onprogress = ({ loaded, total }) => {
    bar.value = loaded / total;
  };
  request.onload = () => {
    if (request.status === 200) {
      location.assign(request.responseURL);
      return;
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const wrong = page.querySelector("[role='alert']");
    upload.previousElementSibling?.matches("[role='alert']") && upload.previousElementSibling.remove();
    if (wrong) upload.before(wrong);
    bar.hidden = true;
    button.disabled = false;
  };
  request.onerror = () => upload.submit();
  request.open("POST", upload.action);
  bar.hidden = false;
  button.disabled = true;
  request.send(new FormData(upload));
});
