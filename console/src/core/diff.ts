// The difference between two texts, line by line (Myers' greedy algorithm). Equal heads and tails are cut off first, so an edit of a long file costs
// what the edit costs.

export interface DiffLine {
  kind: 'same' | 'removed' | 'added';
  /** Line number in the old text, from 1; 0 for an added line. */
  before: number;
  /** Line number in the new text, from 1; 0 for a removed line. */
  after: number;
  text: string;
}

/** Edits beyond which a block is shown as replaced whole: the search grows with the square of them. */
const maxEdits = 1500;

export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.split('\n');
  const b = after.split('\n');
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const result: DiffLine[] = [];
  for (let i = 0; i < head; i++) result.push({ kind: 'same', before: i + 1, after: i + 1, text: a[i]! });
  middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail), head, result);
  for (let i = tail; i > 0; i--) {
    result.push({ kind: 'same', before: a.length - i + 1, after: b.length - i + 1, text: a[a.length - i]! });
  }
  return result;
}

/** Changed lines with some unchanged ones around them; null stands where lines are left out. */
export function fold(lines: DiffLine[], context = 3): (DiffLine | null)[] {
  const keep = new Uint8Array(lines.length);
  lines.forEach((line, i) => {
    if (line.kind === 'same') return;
    keep.fill(1, Math.max(0, i - context), Math.min(lines.length, i + context + 1));
  });
  const result: (DiffLine | null)[] = [];
  lines.forEach((line, i) => {
    if (keep[i]) result.push(line);
    else if (i === 0 || keep[i - 1]) result.push(null);
  });
  return result;
}

function middle(a: string[], b: string[], offset: number, result: DiffLine[]): void {
  const steps = shortest(a, b);
  let x = 0;
  let y = 0;
  for (const step of steps) {
    if (step === '=') result.push({ kind: 'same', before: offset + ++x, after: offset + ++y, text: b[y - 1]! });
    else if (step === '-') result.push({ kind: 'removed', before: offset + ++x, after: 0, text: a[x - 1]! });
    else result.push({ kind: 'added', before: 0, after: offset + ++y, text: b[y - 1]! });
  }
}

/** The shortest way from a to b: "=" keeps a line, "-" drops one of a, "+" takes one of b. */
function shortest(a: string[], b: string[]): string[] {
  const max = a.length + b.length;
  const furthest = new Map<number, number>([[1, 0]]);
  const trail: Map<number, number>[] = [];
  for (let d = 0; d <= Math.min(max, maxEdits); d++) {
    trail.push(new Map(furthest));
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && get(furthest, k - 1) < get(furthest, k + 1)) ? get(furthest, k + 1) : get(furthest, k - 1) + 1;
      let y = x - k;
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x++;
        y++;
      }
      furthest.set(k, x);
      if (x >= a.length && y >= b.length) return walkBack(trail, a, b);
    }
  }
  return [...a.map(() => '-'), ...b.map(() => '+')];
}

function walkBack(trail: Map<number, number>[], a: string[], b: string[]): string[] {
  const steps: string[] = [];
  let x = a.length;
  let y = b.length;
  for (let d = trail.length - 1; d >= 0; d--) {
    const furthest = trail[d]!;
    const k = x - y;
    const from = k === -d || (k !== d && get(furthest, k - 1) < get(furthest, k + 1)) ? k + 1 : k - 1;
    const fromX = get(furthest, from);
    const fromY = fromX - from;
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      steps.push('=');
      x--;
      y--;
    }
    if (d > 0) {
      steps.push(x === fromX ? '+' : '-');
      x = fromX;
      y = fromY;
    }
  }
  return steps.reverse();
}

function get(map: Map<number, number>, key: number): number {
  return map.get(key) ?? -1;
}
