// Charts of what a page has seen since it was opened, for things whose history the server does not keep.

import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { rate, short } from '../core/format.ts';
import { serverNow } from '../core/live.ts';
import { Chart, type ChartSeries } from './chart.tsx';

/** Counts since any time. */
export interface Totals {
  delivered: number;
  deferred: number;
  bounced: number;
  waiting: number;
}

/** Where there are no counts: a rate, as the server tells it. */
export interface Pace {
  perMinute: number;
  waiting: number;
}

type Point = (Totals | Pace) & { time: number };

/** Half an hour of two-second steps. */
const longest = 900;

/** @param turn changes with each answer; @param about another thing begins another chart */
export function SinceOpened({ now, turn, about }: { now: Totals | Pace | null; turn: unknown; about: string }): JSX.Element {
  const [points, setPoints] = useState<Point[]>([]);
  useEffect(() => setPoints([]), [about]);
  useEffect(() => {
    if (now) setPoints((before) => [...before, { ...now, time: serverNow() / 1000 }].slice(-longest));
  }, [turn]);
  const drawn = useMemo(() => {
    const shown = points.slice(1);
    return { times: shown.map((point) => point.time), rates: ratesOf(points), waiting: [{ label: 'waiting', color: '--queued', values: shown.map((point) => point.waiting) }] };
  }, [points]);
  return (
    <div class="pair">
      <div><h3>Per second, since this page was opened</h3><Chart times={drawn.times} series={drawn.rates} label="Recipients per second" format={rate} height={130} sync={about} /></div>
      <div><h3>Recipients waiting</h3><Chart times={drawn.times} series={drawn.waiting} label="Recipients waiting" format={short} height={130} sync={about} /></div>
    </div>
  );
}

function ratesOf(points: Point[]): ChartSeries[] {
  const last = points.at(-1);
  if (last && 'perMinute' in last) {
    return [{ label: 'left', color: '--delivered', values: points.slice(1).map((point) => ('perMinute' in point ? point.perMinute / 60 : null)) }];
  }
  const line = (label: 'delivered' | 'deferred' | 'bounced', dash?: number[]): ChartSeries => ({
    label, color: '--' + label, ...(dash ? { dash } : {}),
    values: points.slice(1).map((point, i) => {
      const before = points[i]!;
      if ('perMinute' in point || 'perMinute' in before) return null;
      // A restarted server counts from nothing again: no figure for that step.
      const more = point[label] - before[label];
      return more < 0 || point.time <= before.time ? null : more / (point.time - before.time);
    }),
  });
  return [line('delivered'), line('deferred', [6, 3]), line('bounced', [2, 3])];
}
