const BAR_WIDTH = 24;
const DEFAULT_COLUMNS = 110;
const REDRAW_MS = 100;

/** The part of a terminal (or file) that progress is written to. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A bar with what is being done, redrawn in place on a terminal; elsewhere a line for each thing begun. */
export class Progress {
  /** Stands before each label. */
  preface = '';
  private readonly screen: Screen;
  private readonly steps: number;
  private readonly units: string;
  private done = 0;
  private label = '';
  private drawnAt = 0;

  /** `units`: what `tick` counts. */
  constructor(screen: Screen, steps: number, units = 'bills') {
    this.screen = screen;
    this.steps = steps;
    this.units = units;
  }

  begin(label: string): void {
    this.label = this.preface + label;
    if (this.screen.isTTY === true) this.draw(0, '');
    else this.screen.write(`[${this.done + 1}/${this.steps}] ${this.label}\n`);
  }

  /** `part` of `whole` of the step in hand; seldom drawn, and so cheap to call. */
  tick(part: number, whole: number): void {
    if (this.screen.isTTY !== true || performance.now() - this.drawnAt < REDRAW_MS) return;
    this.draw(whole === 0 ? 0 : part / whole, `, ${part} of ${whole} ${this.units}`);
  }

  /** So many steps are over, also where they were left out. */
  end(steps = 1): void {
    this.done += steps;
  }

  clear(): void {
    if (this.screen.isTTY === true) this.screen.write('\r\u001b[K');
  }

  private draw(fraction: number, count: string): void {
    this.drawnAt = performance.now();
    const filled = Math.round((Math.min(this.done + fraction, this.steps) / this.steps) * BAR_WIDTH);
    const bar = '█'.repeat(filled) + '·'.repeat(BAR_WIDTH - filled);
    const line = `[${bar}] ${Math.min(this.done + 1, this.steps)}/${this.steps} ${this.label}${count}`;
    this.screen.write(`\r\u001b[K${line.slice(0, (this.screen.columns || DEFAULT_COLUMNS) - 1)}`);
  }
}
