// What one queue or destination did in the last hour or day, where the server keeps it; else what this page has seen since it was opened.

import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { rate, short } from '../core/format.ts';
import { keep, place } from '../core/router.ts';
import { timed, trimmed } from '../core/series.ts';
import { store, type Store, useStore } from '../core/store.ts';
import type { ThingHistory } from '../core/types.ts';
import { Chart, type ChartProps, type ChartSeries } from './chart.tsx';
import { Card } from './parts.tsx';

export type Range = 'hour' | 'day';

const ranges: { range: Range; title: string }[] = [{ range: 'hour', title: 'Last hour' }, { range: 'day', title: 'Last day' }];

/** A quarter of an hour, and three hours: a thing that has just begun does not stand at the right edge of an empty chart. */
const leastPoints: Record<Range, number> = { hour: 15, day: 18 };

/** As the address of the page says, so that a reload shows the same. */
export function startRange(): Store<Range> {
  return store<Range>(place.get().params.get('range') === 'day' ? 'day' : 'hour');
}

export function RangeSwitch({ range }: { range: Store<Range> }): JSX.Element {
  const now = useStore(range);
  return (
    <span class="switch" role="group" aria-label="Time shown">
      {ranges.map((entry) => (
        <button
          key={entry.range} type="button" aria-pressed={now === entry.range} data-testid={'range-' + entry.range}
          onClick={() => {
            range.set(entry.range);
            keep({ range: entry.range === 'day' ? 'day' : '' });
          }}
        >
          {entry.title}
        </button>
      ))}
    </span>
  );
}

/** @param otherwise what is drawn where the server keeps no history of it */
export function HistoryCard({ history, range, id, about, otherwise }: {
  history: ThingHistory | null | undefined; range: Store<Range>; id: string; about: string; otherwise: ComponentChildren;
}): JSX.Element {
  const now = useStore(range);
  const drawn = useMemo(() => history && chartsOf(history, now), [history?.start, history?.step, now]);
  return (
    <Card title="Traffic" id={id} aside={(drawn || now !== 'hour') && <RangeSwitch range={range} />}>
      {drawn
        ? (
          <div class="charts">
            <Titled title="Recipients per minute" times={drawn.times} series={drawn.rates} format={rate} height={150} sync={about} />
            <div class="pair">
              <Titled title="Recipients waiting" times={drawn.times} series={drawn.queued} format={short} height={110} sync={about} />
              <Titled title="Connections" times={drawn.times} series={drawn.connections} format={short} height={110} sync={about} />
            </div>
          </div>
        )
        : otherwise}
    </Card>
  );
}

function Titled({ title, ...chart }: { title: string } & Omit<ChartProps, 'label'>): JSX.Element {
  return <div><h3>{title}</h3><Chart label={title} {...chart} /></div>;
}

function chartsOf(history: ThingHistory, range: Range): Record<'rates' | 'queued' | 'connections', ChartSeries[]> & { times: number[] } {
  const { step, times, series } = trimmed(timed(history), leastPoints[range]);
  const minutes = step / 60;
  const line = (name: 'delivered' | 'deferred' | 'bounced', dash?: number[]): ChartSeries => (
    { label: name, color: '--' + name, values: series[name].map((value) => (value === null ? null : value / minutes)), ...(dash ? { dash } : {}) }
  );
  return {
    times,
    rates: [line('delivered'), line('deferred', [6, 3]), line('bounced', [2, 3])],
    queued: [{ label: 'waiting', color: '--queued', values: series.queued }],
    connections: [{ label: 'out', color: '--accepted', values: series.connections }],
  };
}
