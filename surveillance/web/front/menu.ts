// The navigation on a narrow screen, and menus that close when one looks elsewhere.

export function watchMenu(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-menu]");
  const menu = document.getElementById("menu");
  button?.addEventListener("click", () => {
    const open = menu?.classList.toggle("show") ?? false;
    button.setAttribute("aria-expanded", String(open));
  });
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll<HTMLDetailsElement>("details.dropdown[open]")) {
      if (!open.contains(event.target as Node)) open.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector<HTMLDetailsElement>("details.dropdown[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary")?.focus();
  });
}
