// What a screen reader is told of something that changes 18 times a second: at most once a second.

/**
 * Call `write` with the newest values at once, and then at most every `gap` milliseconds; the last
 * values are always written in the end. Returns { run, end }.
 */
export function slowly(write, gap = 1000) {
  let last = -Infinity;
  let waiting = null;
  let values = [];
  const now = () => {
    waiting = null;
    last = performance.now();
    write(...values);
  };
  return {
    run(...newest) {
      values = newest;
      if (waiting !== null) return;
      const left = last + gap - performance.now();
      if (left <= 0) now();
      else waiting = setTimeout(now, left);
    },
    end() {
      clearTimeout(waiting);
      waiting = null;
    },
  };
}
