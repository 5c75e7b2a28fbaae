import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coarse, count, dateTime, duration, octets, percent, plural, rate, relative, short, shortTime } from '../src/core/format.ts';

test('Digits are grouped by three', () => {
  assert.equal(count(0), '0');
  assert.equal(count(999), '999');
  assert.equal(count(1234567), '1,234,567');
  assert.equal(count(-1234), '−1,234');
  assert.equal(count(-0.2), '0');
});

test('What is no number is a dash and never NaN', () => {
  for (const write of [count, short, rate, octets, percent, duration]) {
    assert.equal(write(null), '–');
    assert.equal(write(undefined), '–');
    assert.equal(write(NaN), '–');
  }
});

test('Large figures keep three digits', () => {
  assert.equal(short(9999), '9,999');
  assert.equal(short(12_345), '12.3 k');
  assert.equal(short(1_940_000), '1.94 M');
  assert.equal(short(2_000_000), '2 M');
});

test('A rate keeps what matters and shows that it is not nothing', () => {
  assert.equal(rate(0), '0');
  assert.equal(rate(0.001), '<0.01');
  assert.equal(rate(7), '7');
  assert.equal(rate(7.25), '7.25');
  assert.equal(rate(48.44), '48.4');
  assert.equal(rate(48.02), '48');
  assert.equal(rate(4870.4), '4,870');
});

test('Sizes count in powers of 1024', () => {
  assert.equal(octets(0), '0 B');
  assert.equal(octets(1023), '1,023 B');
  assert.equal(octets(1024), '1 KiB');
  assert.equal(octets(1024 * 1024 * 1.5), '1.5 MiB');
  assert.equal(octets(61e9), '56.8 GiB');
});

test('Almost all is not all, and almost nothing is not nothing', () => {
  assert.equal(percent(0), '0 %');
  assert.equal(percent(0.0001), '<0.1 %');
  assert.equal(percent(0.05), '5.0 %');
  assert.equal(percent(0.5), '50 %');
  assert.equal(percent(0.99996), '>99.9 %');
  assert.equal(percent(1), '100 %');
});

test('Durations have two units at most', () => {
  assert.equal(duration(0.25), '250 ms');
  assert.equal(duration(4.2), '4.2 s');
  assert.equal(duration(59.9), '59 s');
  assert.equal(duration(60), '1 min');
  assert.equal(duration(200), '3 min 20 s');
  assert.equal(duration(18_600), '5 h 10 min');
  assert.equal(duration(187_200), '2 d 4 h');
  assert.equal(duration(-5), '0 ms');
  assert.equal(coarse(3700), '1 h');
  assert.equal(coarse(0.4), '0 s');
});

test('Ages and waits are told from the clock that is handed in', () => {
  const now = Date.parse('2026-11-28T05:00:00Z');
  assert.equal(relative('2026-11-28T04:59:48Z', now), '12 s ago');
  assert.equal(relative('2026-11-28T05:04:30Z', now), 'in 4 min');
  assert.equal(relative('2026-11-28T05:00:01Z', now), 'now');
  assert.equal(relative(null, now), '–');
  assert.equal(relative('nonsense', now), '–');
});

test('Dates are ISO, and the day is left out today only', () => {
  const at = new Date(2026, 10, 28, 5, 7, 9).getTime();
  assert.equal(dateTime(at), '2026-11-28 05:07:09');
  assert.equal(shortTime(at, at + 3_600_000), '05:07:09');
  assert.equal(shortTime(at, at + 86_400_000), '2026-11-28 05:07:09');
});

test('One is not many', () => {
  assert.equal(plural(1, 'queue'), '1 queue');
  assert.equal(plural(1200, 'queue'), '1,200 queues');
  assert.equal(plural(0, 'address', 'addresses'), '0 addresses');
});
