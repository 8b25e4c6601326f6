// The call page: two lanes of sound, the words that follow it, the marks on both, and the keys.
import WaveSurfer from "wavesurfer.js";
import Regions from "wavesurfer.js/plugins/regions";
import { Ears } from "./ears";
import { Follower } from "./follower";
import { busy } from "./keys";
import { clock } from "./times";

interface Mark {
  id: number;
  category: string;
  label: string;
  start: number;
  end: number;
  channel: number;
}

interface Outline {
  duration: number;
  channels: number[][];
}

const LEAD = 0.6; // seconds of run-up before a hit
const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];
const LANE = 56; // px

const css = (name: string, of: Element = document.documentElement): string =>
  getComputedStyle(of).getPropertyValue(name).trim();

/** The colour a class gives its text: canvas and regions cannot read custom properties by themselves. */
function colour(className: string): string {
  const probe = document.createElement("i");
  probe.className = className;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

class CallPage {
  private readonly call: string;
  private readonly duration: number;
  private readonly follower: Follower;
  private readonly marks: Mark[];
  private wave: WaveSurfer | null = null;
  private drawn = false;

  constructor(
    private readonly player: HTMLElement,
    private readonly sound: HTMLAudioElement,
  ) {
    this.call = player.dataset.call ?? "";
    this.duration = Number(player.dataset.duration);
    this.marks = JSON.parse(document.getElementById("marks")?.textContent ?? "[]") as Mark[];
    this.follower = new Follower(document.getElementById("transcript"), sound);
    const ears = new Ears(sound);
    ears.attend(this.call);
    ears.told = (seconds) => this.showHeard(seconds);
    this.watchSound();
    this.watchButtons();
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("earshot:theme", () => this.wave?.setOptions({ splitChannels: this.lanes() }));
    void this.draw();
    const wanted = new URLSearchParams(location.search).get("t");
    if (wanted !== null && Number.isFinite(Number(wanted))) this.playFrom(Number(wanted));
  }

  playFrom(second: number): void {
    this.sound.currentTime = Math.min(Math.max(0, second), Math.max(0, this.duration - 0.05));
    this.sound.play().catch(() => undefined); // refused without a gesture, or the error event says why
  }

  private toggle(): void {
    if (this.sound.paused) this.sound.play().catch(() => undefined);
    else this.sound.pause();
  }

  private step(seconds: number): void {
    this.sound.currentTime = Math.min(this.duration, Math.max(0, this.sound.currentTime + seconds));
  }

  private lanes(): { height: number; waveColor: string; progressColor: string }[] {
    const count = Number(this.player.dataset.channels);
    return Array.from({ length: count }, (_, lane) => ({
      height: LANE,
      waveColor: colour(`lane-ink lane-${lane % 4}`),
      progressColor: colour(`lane-ink-done lane-${lane % 4}`),
    }));
  }

  private async draw(): Promise<void> {
    const place = document.getElementById("wave");
    const waiting = document.getElementById("wave-waiting");
    if (!place) return;
    try {
      const answer = await fetch(`${this.call}/peaks`);
      if (!answer.ok) throw new Error(String(answer.status));
      const outline = (await answer.json()) as Outline;
      this.wave = WaveSurfer.create({
        container: place,
        media: this.sound,
        peaks: outline.channels,
        duration: outline.duration,
        height: LANE,
        splitChannels: this.lanes(),
        maxPeak: outline.channels.flat().reduce((most, peak) => Math.max(most, Math.abs(peak)), 0.02),
        cursorColor: css("--tblr-body-color"),
        cursorWidth: 2,
        barWidth: 2,
        barGap: 1,
        barRadius: 1,
        dragToSeek: true,
        cspNonce: this.player.dataset.nonce,
      });
      const regions = this.wave.registerPlugin(Regions.create());
      this.wave.once("ready", () => this.mark(regions));
      if (waiting) waiting.hidden = true;
    } catch {
      if (waiting) waiting.textContent = "The outline of this sound could not be drawn. It can still be played.";
    }
  }

  private mark(regions: ReturnType<typeof Regions.create>): void {
    if (this.drawn) return;
    this.drawn = true;
    for (const mark of this.marks) {
      const region = regions.addRegion({
        id: String(mark.id),
        start: mark.start,
        end: Math.max(mark.end, mark.start + 0.3),
        channelIdx: mark.channel,
        color: colour(`mark-ink cat-${mark.category}`),
        drag: false,
        resize: false,
      });
      region.element?.setAttribute("title", `${mark.label}, ${clock(mark.start)}`);
      region.on("click", (event) => {
        event.stopPropagation();
        this.playFrom(mark.start - LEAD);
      });
    }
  }

  private watchSound(): void {
    const seek = this.player.querySelector<HTMLInputElement>("[data-seek]");
    const at = this.player.querySelector<HTMLElement>("[data-at]");
    const toggle = this.player.querySelector<HTMLElement>("[data-toggle]");
    const fault = document.getElementById("sound-fault");
    const show = (): void => {
      const now = this.sound.currentTime;
      if (at) at.textContent = clock(now);
      if (seek) {
        seek.value = String(now);
        seek.setAttribute("aria-valuetext", `${clock(now)} of ${clock(this.duration)}`);
      }
      this.player.dataset.state = this.sound.paused ? "paused" : "playing";
      toggle?.setAttribute("aria-label", this.sound.paused ? "Play" : "Pause");
    };
    for (const name of ["play", "pause", "timeupdate", "ended", "seeking"]) this.sound.addEventListener(name, show);
    seek?.addEventListener("input", () => (this.sound.currentTime = Number(seek.value)));
    this.sound.addEventListener("error", () => {
      if (fault) fault.hidden = false;
    });
  }

  private watchButtons(): void {
    this.player.querySelector("[data-toggle]")?.addEventListener("click", () => this.toggle());
    for (const button of this.player.querySelectorAll<HTMLElement>("[data-step]")) {
      button.addEventListener("click", () => this.step(Number(button.dataset.step)));
    }
    for (const button of document.querySelectorAll<HTMLElement>("[data-second-to]")) {
      const into = document.getElementById(button.dataset.secondTo ?? "") as HTMLInputElement | null;
      button.addEventListener("click", () => into && (into.value = this.sound.currentTime.toFixed(1)));
    }
    const speed = this.player.querySelector<HTMLSelectElement>("[data-speed]");
    speed?.addEventListener("change", () => (this.sound.playbackRate = Number(speed.value)));
    document.addEventListener("click", (event) => {
      const from = (event.target as Element).closest<HTMLElement>("[data-from]");
      if (from) return this.playFrom(Number(from.dataset.from) - LEAD);
      const word = (event.target as Element).closest<HTMLElement>("[data-s]");
      if (word && !getSelection()?.toString()) this.playFrom(Number(word.dataset.s));
    });
  }

  private faster(by: number): void {
    const speed = this.player.querySelector<HTMLSelectElement>("[data-speed]");
    const next = SPEEDS[SPEEDS.indexOf(this.sound.playbackRate) + by];
    if (!next) return;
    this.sound.playbackRate = next;
    if (speed) speed.value = String(next);
  }

  private hit(by: number): void {
    const starts = [...new Set(this.marks.map((mark) => mark.start))].sort((a, b) => a - b);
    const now = this.sound.currentTime;
    const next =
      by > 0 ? starts.find((start) => start > now + LEAD + 0.1) : starts.findLast((start) => start < now - 1.5);
    if (next !== undefined) this.playFrom(next - LEAD);
  }

  private showHeard(seconds: number): void {
    for (const place of document.querySelectorAll("[data-heard]")) place.textContent = clock(seconds);
    for (const bar of document.querySelectorAll<HTMLProgressElement>("progress[data-heard-share]")) {
      bar.value = this.duration ? Math.min(1, seconds / this.duration) : 0;
    }
  }

  private key(event: KeyboardEvent): void {
    if (busy(event)) return;
    const target = event.target as Element;
    // Space on a focused button presses that button.
    if (event.key === " " && target.closest("button, summary, a, input")) return;
    const deeds: Record<string, () => void> = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.step(-5),
      ArrowRight: () => this.step(5),
      "]": () => this.hit(1),
      "[": () => this.hit(-1),
      ">": () => this.faster(1),
      "<": () => this.faster(-1),
      j: () => this.playFrom(this.follower.turnFrom(this.sound.currentTime, 1)),
      k: () => this.playFrom(this.follower.turnFrom(this.sound.currentTime, -1)),
      f: () => this.follower.toggle(),
      r: () => document.querySelector<HTMLTextAreaElement>("#reason")?.focus(),
      n: () => document.querySelector<HTMLAnchorElement>("a[data-next-call]")?.click(),
    };
    const deed = /^[1-9]$/.test(event.key) ? () => this.choose(Number(event.key)) : deeds[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  }

  private choose(nth: number): void {
    const choice = document.querySelectorAll<HTMLInputElement>('#decision input[name="action"]')[nth - 1];
    if (!choice) return;
    choice.checked = true;
    choice.focus();
  }
}

document.addEventListener("DOMContentLoaded", () => {
  const player = document.getElementById("player");
  const sound = player?.querySelector<HTMLAudioElement>("audio");
  if (player && sound) new CallPage(player, sound);
  // Beside the words there is room for every finding; below them only for the first.
  if (matchMedia("(min-width: 1001px)").matches) {
    for (const more of document.querySelectorAll<HTMLDetailsElement>("details[data-more]")) more.open = true;
  }
  // Control+Enter in the reason sends the decision.
  document.getElementById("reason")?.addEventListener("keydown", (event) => {
    const key = event as KeyboardEvent;
    if (key.key === "Enter" && (key.ctrlKey || key.metaKey)) {
      (event.target as HTMLTextAreaElement).form?.requestSubmit();
    }
  });
});
