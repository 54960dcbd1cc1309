// When the emulated board runs: in step with the clock on the wall, or as fast as it can.

const EFFORT = 400_000; // cycles between two looks at the console: some milliseconds
const BEHIND_MS = 100; // further behind than this, real time is given up and starts afresh
const NAP_MS = 10;

export class RunLoop {
  /** fast: skip idle time. exitAfter: emulated nanoseconds, or Infinity. onEnd(): called when they are over. */
  constructor(board, { fast, exitAfter, onEnd }) {
    this.board = board;
    this.fast = fast;
    this.exitAfter = exitAfter;
    this.onEnd = onEnd;
    this.next = null; // what is to be called, and how to call it off
    this.step = this.step.bind(this);
  }

  start() {
    this.anchor();
    this.schedule(0);
  }

  /** Real time is counted from here. */
  anchor() {
    this.wallStart = performance.now();
    this.emulatedStart = this.board.nanos;
  }

  /** There is input: do not wait any longer. */
  wake() {
    if (this.next?.immediate) return;
    clearTimeout(this.next?.timer);
    this.schedule(0);
  }

  stop() {
    clearTimeout(this.next?.timer);
    clearImmediate(this.next?.immediate);
    this.stopped = true;
  }

  schedule(ms) {
    if (this.stopped) return;
    this.next = ms > 0 ? { timer: setTimeout(this.step, ms) } : { immediate: setImmediate(this.step) };
  }

  step() {
    this.next = null;
    const wait = this.fast ? this.stepFast() : this.stepRealTime();
    if (this.board.nanos >= this.exitAfter) this.onEnd();
    else if (wait !== null) this.schedule(wait);
  }

  /** Time stands still while the board waits for input: null, until wake(). */
  stepFast() {
    return this.board.run(this.exitAfter, EFFORT) ? 0 : null;
  }

  stepRealTime() {
    const { board } = this;
    const now = this.emulatedStart + (performance.now() - this.wallStart) * 1e6;
    board.run(Math.min(now, this.exitAfter), EFFORT);
    const behind = (now - board.nanos) / 1e6;
    if (behind > BEHIND_MS) this.anchor();
    if (behind > 0) return 0;
    return Math.min(Math.max(board.chip.idleNanos / 1e6, 1), NAP_MS);
  }
}
