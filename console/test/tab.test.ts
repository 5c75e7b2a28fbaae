import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePlace } from '../src/core/router.ts';
import { titleOf } from '../src/core/tab.ts';

test('the title begins with what differs from tab to tab', () => {
  assert.equal(titleOf(parsePlace('/ui/queues/a.example/v1', ''), 'mx1', 0, false), 'a.example/v1 · Queues · mx1 · Godwit');
  assert.equal(titleOf(parsePlace('/', ''), 'mx1', 0, false), 'Overview · mx1 · Godwit');
});

test('alarms and a lost connection stand before everything', () => {
  assert.equal(titleOf(parsePlace('/ui/logs', ''), 'mx1', 3, false), '(3) Logs · mx1 · Godwit');
  assert.equal(titleOf(parsePlace('/ui/logs', ''), 'mx1', 3, true), 'No connection · Logs · mx1 · Godwit');
});
