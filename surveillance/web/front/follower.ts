// The transcript follows the sound: the word now heard is lit, its turn kept in sight.

const REST = 4000; // ms the reader's own scrolling is left alone

export class Follower {
  private readonly words: HTMLElement[];
  private readonly starts: number[];
  private readonly turns: HTMLElement[];
  private lit: HTMLElement[] = [];
  private turn: HTMLElement | null = null;
  private touched = 0;
  private following = true;

  constructor(
    private readonly place: HTMLElement | null,
    private readonly sound: HTMLAudioElement,
  ) {
    const second = (word: HTMLElement): number => Number(word.dataset.s);
    this.words = [...(place?.querySelectorAll<HTMLElement>("[data-s]") ?? [])].sort((a, b) => second(a) - second(b));
    this.starts = this.words.map(second);
    this.turns = [...(place?.querySelectorAll<HTMLElement>("[data-turn]") ?? [])];
    for (const kind of ["wheel", "touchmove"]) {
      place?.addEventListener(kind, () => (this.touched = Date.now()), { passive: true });
    }
    document.querySelector("[data-follow]")?.addEventListener("click", () => this.toggle());
    sound.addEventListener("seeked", () => this.light());
    const tick = (): void => {
      if (!sound.paused) this.light();
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  toggle(): void {
    this.following = !this.following;
    document.querySelector("[data-follow]")?.setAttribute("aria-pressed", String(this.following));
    if (this.following) this.keepInSight();
  }

  /** The second where the turn after (or before) the one at `second` begins. */
  turnFrom(second: number, by: number): number {
    const starts = this.turns.map((turn) => Number(turn.dataset.turn));
    const next = by > 0 ? starts.find((start) => start > second + 0.1) : starts.findLast((start) => start < second - 1);
    return next ?? (by > 0 ? second : 0);
  }

  private light(): void {
    const now = this.sound.currentTime;
    const sounding = this.at(now);
    for (const word of this.lit) if (!sounding.includes(word)) word.classList.remove("now");
    for (const word of sounding) word.classList.add("now");
    this.lit = sounding;
    const turn = sounding[0]?.closest<HTMLElement>("[data-turn]") ?? null;
    if (!turn || turn === this.turn) return;
    this.turn?.classList.remove("now");
    turn.classList.add("now");
    this.turn = turn;
    if (this.following && Date.now() - this.touched > REST) this.keepInSight();
  }

  /** The words that sound at a moment; with two people talking at once there are two. */
  private at(now: number): HTMLElement[] {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? 0) <= now) low = middle + 1;
      else high = middle;
    }
    return this.words.slice(Math.max(0, low - 8), low).filter((word) => Number(word.dataset.e) > now);
  }

  private keepInSight(): void {
    if (!this.place || !this.turn) return;
    const box = this.place.getBoundingClientRect();
    const turn = this.turn.getBoundingClientRect();
    if (turn.top >= box.top + 8 && turn.bottom <= box.bottom - box.height / 4) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.place.scrollTo({
      top: this.place.scrollTop + turn.top - box.top - box.height / 4,
      behavior: calm ? "auto" : "smooth",
    });
  }
}
