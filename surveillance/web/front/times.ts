// Times are kept and shown in UTC; beside it the reader's own clock.

const LOCAL = new Intl.DateTimeFormat(undefined, {
  year: "numeric",
  month: "short",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});

function fill(root: ParentNode): void {
  for (const place of root.querySelectorAll<HTMLTimeElement>("time[data-local]")) {
    place.textContent = LOCAL.format(new Date(place.dateTime));
  }
  for (const place of root.querySelectorAll<HTMLTimeElement>("time[data-hint]")) {
    place.title = `${LOCAL.format(new Date(place.dateTime))} (your clock)`;
  }
}

export function watchTimes(): void {
  fill(document);
  document.addEventListener("htmx:afterSwap", () => fill(document));
}

/** Seconds as 1:05 or 1:02:05. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const rest = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}
