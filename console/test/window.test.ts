import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxHeight, pagesOf, scrollFor, windowOf } from '../src/core/window.ts';

test('Only the rows on the screen and some around them are drawn', () => {
  const view = windowOf(100_000, 30, 30_000, 600, 8);
  assert.deepEqual([view.first, view.last], [992, 1028]);
  assert.equal(view.height, 3_000_000);
  assert.equal(view.top, 992 * 30);
});

test('A short list is drawn whole and an empty one not at all', () => {
  assert.deepEqual([windowOf(5, 30, 0, 600).first, windowOf(5, 30, 0, 600).last], [0, 5]);
  assert.deepEqual([windowOf(0, 30, 0, 600).first, windowOf(0, 30, 0, 600).last], [0, 0]);
});

test('The end of the scroll bar shows the last row, however long the list', () => {
  for (const total of [100, 100_000, 1_000_000, 50_000_000]) {
    const view = windowOf(total, 30, Number.MAX_SAFE_INTEGER, 600, 0);
    assert.equal(view.last, total);
    assert.ok(view.height <= maxHeight);
    // The last row ends where the list ends.
    assert.ok(Math.abs(view.top + (total - view.first) * 30 - view.height) < 0.01, `${total}: ${view.top}`);
  }
});

test('A row can be scrolled to in a list of any length, and is then on the screen', () => {
  for (const total of [1000, 1_000_000, 50_000_000]) {
    for (const row of [0, 1, 499, total - 2, total - 1]) {
      const at = scrollFor(row, total, 30, 12_345, 600);
      const view = windowOf(total, 30, at, 600, 1);
      assert.ok(view.first <= row && row < view.last, `${row} of ${total}`);
    }
  }
});

test('A row that is seen already moves nothing', () => {
  assert.equal(scrollFor(10, 1000, 30, 150, 600), 150);
});

test('Pages cover the rows', () => {
  assert.deepEqual(pagesOf(0, 1, 100), [0]);
  assert.deepEqual(pagesOf(95, 101, 100), [0, 1]);
  assert.deepEqual(pagesOf(200, 300, 100), [2]);
});
