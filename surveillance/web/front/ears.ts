// Tells the server what was played: where each play began, and every stretch that sounded.
// FINRA 3110.07: opening is not reviewing, so what counts is sound that went by, not the page.

const BEAT = 5000; // ms between reports while the sound runs

function token(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

export class Ears {
  private from: number | null = null;
  private last = 0;
  private line: Promise<void> = Promise.resolve();
  /** Called with the seconds of this recording the reader has heard so far, all visits together. */
  told: (seconds: number) => void = () => undefined;
  private recording = "";

  constructor(private readonly sound: HTMLMediaElement) {
    sound.addEventListener("playing", () => this.begin());
    sound.addEventListener("pause", () => this.end());
    sound.addEventListener("ended", () => this.end());
    sound.addEventListener("seeking", () => this.end());
    sound.addEventListener("seeked", () => {
      if (!sound.paused) this.begin();
    });
    sound.addEventListener("timeupdate", () => {
      if (this.from !== null && !sound.seeking) this.last = sound.currentTime;
    });
    setInterval(() => this.beat(), BEAT);
    addEventListener("pagehide", () => this.end());
  }

  /** The recording that the sound element holds from now on: the address of its call page. */
  attend(recording: string): void {
    this.end();
    this.recording = recording;
  }

  private begin(): void {
    if (this.from !== null || !this.recording) return;
    this.from = this.last = this.sound.currentTime;
    this.say("played", { position: this.from });
  }

  private beat(): void {
    if (this.from === null || this.last - this.from < 0.2) return;
    this.say("heard", { start: this.from, end: this.last });
    this.from = this.last;
  }

  private end(): void {
    this.beat();
    this.from = null;
  }

  // One after the other: the server weighs each stretch against the time since the report before it.
  private say(what: string, numbers: Record<string, number>): void {
    const recording = this.recording;
    const body = new URLSearchParams(Object.entries(numbers).map(([name, n]) => [name, n.toFixed(3)]));
    this.line = this.line
      .then(() =>
        fetch(`${recording}/${what}`, {
          method: "POST",
          body,
          headers: { "X-CSRFToken": token() },
          keepalive: true,
        }),
      )
      .then(async (answer) => {
        if (what === "heard" && answer.ok) this.told(((await answer.json()) as { seconds: number }).seconds);
      })
      .catch(() => undefined); // a lost report makes the count too low, never too high
  }
}
