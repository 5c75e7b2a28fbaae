import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DiffLine, diffLines, fold } from '../src/core/diff.ts';

/** What the difference says both texts were. */
function sides(lines: DiffLine[]): [string, string] {
  return [
    lines.filter((line) => line.kind !== 'added').map((line) => line.text).join('\n'),
    lines.filter((line) => line.kind !== 'removed').map((line) => line.text).join('\n'),
  ];
}

function brief(lines: DiffLine[]): string {
  return lines.map((line) => (line.kind === 'same' ? '=' : line.kind === 'added' ? '+' : '-')).join('');
}

test('Equal texts have no difference', () => {
  assert.equal(brief(diffLines('a\nb\nc', 'a\nb\nc')), '===');
  assert.equal(fold(diffLines('a\nb\nc', 'a\nb\nc')).filter((line) => line !== null).length, 0);
});

test('A changed line is a removed and an added one, with the numbers of each text', () => {
  const lines = diffLines('a\nb\nc', 'a\nx\nc');
  assert.equal(brief(lines), '=-+=');
  assert.deepEqual(lines.map((line) => [line.before, line.after]), [[1, 1], [2, 0], [0, 2], [3, 3]]);
});

test('An inserted line leaves the lines around it alone', () => {
  assert.equal(brief(diffLines('a\nb\nc', 'a\nnew\nb\nc')), '=+==');
  assert.equal(brief(diffLines('a\nb', 'a\nb\nc')), '==+');
  assert.equal(brief(diffLines('a\nb\nc', 'b\nc')), '-==');
});

test('Any difference gives both texts back', () => {
  let seed = 7;
  const below = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
  const text = (): string => Array.from({ length: below(12) }, () => 'abcd'[below(4)]).join('\n');
  for (let i = 0; i < 3000; i++) {
    const [a, b] = [text(), text()];
    assert.deepEqual(sides(diffLines(a, b)), [a, b], JSON.stringify([a, b]));
  }
});

test('It is the shortest difference', () => {
  const changed = (a: string, b: string): number => diffLines([...a].join('\n'), [...b].join('\n')).filter((line) => line.kind !== 'same').length;
  assert.equal(changed('ABCABBA', 'CBABAC'), 5);
  assert.equal(changed('abcdef', 'abXdef'), 2);
});

test('A text that is another one altogether ends in time and gives both back', () => {
  const a = Array.from({ length: 4000 }, (_, i) => 'a' + i).join('\n');
  const b = Array.from({ length: 4000 }, (_, i) => 'b' + i).join('\n');
  assert.deepEqual(sides(diffLines(a, b)), [a, b]);
});

test('Folding keeps some lines around a change and says where lines are left out', () => {
  const a = Array.from({ length: 40 }, (_, i) => 'line ' + i).join('\n');
  const folded = fold(diffLines(a, a.replace('line 20', 'other')), 2);
  assert.equal(folded[0], null);
  assert.equal(folded.at(-1), null);
  assert.deepEqual(folded.slice(1, -1).map((line) => line?.text), ['line 18', 'line 19', 'line 20', 'other', 'line 21', 'line 22']);
});
