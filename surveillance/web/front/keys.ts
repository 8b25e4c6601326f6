// Keys of every page: ? for help, / for the search box, g and a letter to go somewhere.

const PLACES: Record<string, string> = { q: "queue", s: "search", c: "calls", i: "intake", l: "ledger" };

/** Is the reader typing, or holding a modifier that belongs to the browser? */
export function busy(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  if (document.querySelector("dialog[open]")) return true;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

export function watchKeys(): void {
  const help = document.querySelector<HTMLDialogElement>("#help");
  for (const button of document.querySelectorAll("[data-help]")) {
    button.addEventListener("click", () => help?.showModal());
  }
  help?.addEventListener("click", (event) => {
    if (event.target === help) help.close();
  });
  let waiting = 0;
  document.addEventListener("keydown", (event) => {
    if (busy(event)) return;
    if (event.key === "?") {
      help?.showModal();
    } else if (event.key === "/") {
      const box = document.querySelector<HTMLInputElement>("#query");
      if (box) box.select();
      else document.querySelector<HTMLAnchorElement>('#menu a[data-go="search"]')?.click();
    } else if (event.key === "g") {
      waiting = Date.now();
      return;
    } else if (Date.now() - waiting < 1200 && PLACES[event.key]) {
      document.querySelector<HTMLAnchorElement>(`#menu a[data-go="${PLACES[event.key]}"]`)?.click();
    } else {
      return;
    }
    waiting = 0;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
}
