// Lists by keyboard: j and k move the focus from row to row, Enter follows the row's link, p plays it.
import { busy } from "./keys";

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-rows] [data-row]")];
}

function move(by: number): void {
  const all = rows();
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + by))];
  const link = next?.querySelector<HTMLAnchorElement>("a[data-open]");
  link?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

export function watchLists(): void {
  document.addEventListener("keydown", (event) => {
    if (busy(event) || rows().length === 0) return;
    if (event.key === "j" || event.key === "ArrowDown") move(1);
    else if (event.key === "k" || event.key === "ArrowUp") move(-1);
    else if (event.key === "p") {
      const row = rows().find((one) => one.contains(document.activeElement));
      row?.querySelector<HTMLButtonElement>("[data-play]")?.click();
    } else return;
    event.preventDefault();
  });
  // The whole row of a list is its link; text can still be selected and buttons pressed.
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const row = target.closest<HTMLElement>("[data-rows] [data-row]");
    if (!row || target.closest("a, button, input, select, label, summary") || getSelection()?.toString()) return;
    row.querySelector<HTMLAnchorElement>("a[data-open]")?.click();
  });
}
