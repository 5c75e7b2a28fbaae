import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binned, extend, timed, type Traffic, trimmed } from '../src/core/series.ts';
import type { Sample, SeriesName } from '../src/core/types.ts';

const names: SeriesName[] = ['accepted', 'delivered', 'deferred', 'bounced', 'queued', 'connectionsIn', 'connectionsOut', 'p50', 'p99'];

function traffic(step: number, values: (number | null)[], start = 1000): Traffic {
  return { step, times: values.map((_, i) => start + i * step), series: Object.fromEntries(names.map((name) => [name, [...values]])) as Traffic['series'] };
}

function sample(seconds: number, value: number): Sample {
  return { time: new Date(seconds * 1000).toISOString(), accepted: value, delivered: value, deferred: value, bounced: value, queued: value, connectionsIn: value, connectionsOut: value };
}

test('Counts of a minute become a rate per second, levels stay', () => {
  const drawn = binned(traffic(60, [600, 1200]), 60);
  assert.deepEqual(drawn.series.accepted, [10, 20]);
  assert.deepEqual(drawn.series.queued, [600, 1200]);
});

test('Seconds are gathered on round times, and the bin that is not over is left out', () => {
  const drawn = binned(traffic(1, Array.from({ length: 25 }, () => 4), 1000), 10);
  assert.deepEqual(drawn.times, [1000, 1010]);
  assert.deepEqual(drawn.series.delivered, [4, 4]);
});

test('Where nothing was sampled there is a gap and no zero', () => {
  const drawn = binned(traffic(60, [null, 60]), 60);
  assert.deepEqual(drawn.series.accepted, [null, 1]);
});

test('A newer second is added, an older one is not', () => {
  const before = traffic(1, [1, 2, 3], 1000);
  assert.equal(extend(before, sample(1002, 9)), before);
  const after = extend(before, sample(1003, 9));
  assert.deepEqual(after.series.accepted, [1, 2, 3, 9]);
  assert.deepEqual(after.series.p50, [1, 2, 3, 3]);
});

test('An hour is kept and no more', () => {
  let long = traffic(1, Array.from({ length: 3600 }, () => 1), 1000);
  long = extend(long, sample(4600, 2));
  assert.equal(long.times.length, 3600);
  assert.equal(long.times[0], 1001);
});

test('What lies before the first figure is cut off, down to a least length', () => {
  const values = [null, null, null, null, 5, 6];
  assert.deepEqual(trimmed(traffic(1, values), 2).series.accepted, [5, 6]);
  assert.deepEqual(trimmed(traffic(1, values), 4).series.accepted, [null, null, 5, 6]);
  assert.deepEqual(trimmed(traffic(1, values), 9).series.accepted, values);
  assert.deepEqual(trimmed(traffic(1, [null, null]), 1).times.length, 1);
});

test('a history of steps has the time of each step', () => {
  const { step, times, series } = timed({ step: 60, start: '2026-11-28T10:00:00Z', series: { delivered: [1, null, 3] } });
  assert.deepEqual([step, times[0], times[2], series.delivered], [60, Date.parse('2026-11-28T10:00:00Z') / 1000, Date.parse('2026-11-28T10:02:00Z') / 1000, [1, null, 3]]);
});
