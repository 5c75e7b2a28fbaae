// A chart of what a page has seen since it was opened, for things whose history the server does not keep.

import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { rate, short } from '../core/format.ts';
import { serverNow } from '../core/live.ts';
import { Chart } from './chart.tsx';

export interface Totals {
  delivered: number;
  deferred: number;
  bounced: number;
  waiting: number;
}

interface Point extends Totals {
  time: number;
}

/** Half an hour of two-second steps. */
const longest = 900;

/** @param totals counts since any time; @param turn changes with each answer; @param about another thing begins another chart */
export function SinceOpened({ totals, turn, about }: { totals: Totals | null; turn: unknown; about: string }): JSX.Element {
  const [points, setPoints] = useState<Point[]>([]);
  useEffect(() => setPoints([]), [about]);
  useEffect(() => {
    if (totals) setPoints((before) => [...before, { ...totals, time: serverNow() / 1000 }].slice(-longest));
  }, [turn]);
  const drawn = useMemo(() => {
    const rateOf = (pick: (point: Point) => number) => points.slice(1).map((point, i) => {
      const before = points[i]!;
      // A restarted server counts from nothing again: no figure for that step.
      const more = pick(point) - pick(before);
      return more < 0 || point.time <= before.time ? null : more / (point.time - before.time);
    });
    return {
      times: points.slice(1).map((point) => point.time),
      rates: [
        { label: 'delivered', color: '--delivered', values: rateOf((point) => point.delivered) },
        { label: 'deferred', color: '--deferred', values: rateOf((point) => point.deferred), dash: [6, 3] },
        { label: 'bounced', color: '--bounced', values: rateOf((point) => point.bounced), dash: [2, 3] },
      ],
      waiting: [{ label: 'waiting', color: '--queued', values: points.slice(1).map((point) => point.waiting) }],
    };
  }, [points]);
  return (
    <div class="pair">
      <div><h3>Per second, since this page was opened</h3><Chart times={drawn.times} series={drawn.rates} label="Recipients per second" format={rate} height={130} sync={about} /></div>
      <div><h3>Recipients waiting</h3><Chart times={drawn.times} series={drawn.waiting} label="Recipients waiting" format={short} height={130} sync={about} /></div>
    </div>
  );
}
