// The small player of lists: plays a call from a hit without leaving the page.
import { Ears } from "./ears";
import { clock } from "./times";

const LEAD = 1; // seconds of run-up before a hit

export function watchSmallPlayer(): void {
  const bar = document.getElementById("small-player");
  const sound = bar?.querySelector("audio");
  if (!bar || !sound) return;
  const ears = new Ears(sound);
  const title = bar.querySelector<HTMLElement>("[data-title]");
  const at = bar.querySelector<HTMLElement>("[data-at]");
  const open = bar.querySelector<HTMLAnchorElement>("a");
  const toggle = bar.querySelector<HTMLButtonElement>("[data-toggle]");
  const fault = bar.querySelector<HTMLElement>("[data-fault]");
  let playing = "";

  const show = (): void => {
    if (at) at.textContent = clock(sound.currentTime);
    bar.dataset.state = sound.paused ? "paused" : "playing";
    toggle?.setAttribute("aria-label", sound.paused ? "Play" : "Pause");
    for (const button of document.querySelectorAll<HTMLElement>("[data-play]")) {
      button.setAttribute("aria-pressed", String(!sound.paused && button.dataset.play === playing));
    }
    if (open && playing) open.href = `${playing.split("#")[0]}?t=${sound.currentTime.toFixed(1)}`;
  };
  for (const name of ["play", "pause", "timeupdate", "ended", "seeked"]) sound.addEventListener(name, show);
  sound.addEventListener("error", () => {
    if (fault) fault.hidden = false;
  });

  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-play]");
    if (!button?.dataset.play) return;
    event.preventDefault();
    if (button.dataset.play === playing && !sound.paused) return sound.pause();
    const [call = "", second = "0"] = button.dataset.play.split("#");
    if (!playing.startsWith(`${call}#`)) {
      ears.attend(call);
      sound.src = `${call}/sound`;
    }
    playing = button.dataset.play;
    if (fault) fault.hidden = true;
    if (title) title.textContent = button.dataset.title ?? "";
    bar.hidden = false;
    sound.currentTime = Math.max(0, Number(second) - LEAD);
    sound.play().catch(() => undefined); // the error event says why
  });
  toggle?.addEventListener("click", () => void (sound.paused ? sound.play().catch(() => undefined) : sound.pause()));
  for (const step of bar.querySelectorAll<HTMLButtonElement>("[data-step]")) {
    step.addEventListener("click", () => (sound.currentTime += Number(step.dataset.step)));
  }
  bar.querySelector("[data-close]")?.addEventListener("click", () => {
    sound.pause();
    bar.hidden = true;
  });
}
