// Loaded before the page is drawn: the light or dark that was chosen, else what the system prefers.

const KEY = "earshot-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

function chosen(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is switched off: the system's preference holds
  }
}

function apply(): void {
  document.documentElement.dataset.bsTheme = chosen() ?? (dark.matches ? "dark" : "light");
}

apply();
dark.addEventListener("change", apply);

document.addEventListener("click", (event) => {
  if (!(event.target as Element).closest("[data-theme-switch]")) return;
  const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // it holds for this page only
  }
  document.documentElement.dataset.bsTheme = next;
  document.dispatchEvent(new Event("earshot:theme"));
});
