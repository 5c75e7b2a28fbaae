// What is going on, and what needs somebody now.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { get } from '../core/api.ts';
import { coarse, count, duration, octets, percent, rate, short } from '../core/format.ts';
import { lastSample, overview, takeOverview } from '../core/live.ts';
import { usePoll } from '../core/poll.ts';
import { keep, place } from '../core/router.ts';
import { binned, extend, timed, type Traffic, trimmed } from '../core/series.ts';
import { useStore } from '../core/store.ts';
import type { History, Overview } from '../core/types.ts';
import { AttentionCard } from '../ui/attention.tsx';
import { Chart, type ChartSeries } from '../ui/chart.tsx';
import { Ago, Card, Figure, Loading, Meter } from '../ui/parts.tsx';

/** Five minutes of seconds, an hour of minutes. */
const leastPoints = { hour: 300, day: 60 };

export function OverviewPage(): JSX.Element {
  const now = useStore(overview);
  useEffect(() => {
    if (!overview.get()) get<Overview>('/overview').then(takeOverview, () => undefined);
  }, []);
  return (
    <div class="page overview">
      <h1 class="hidden">Overview</h1>
      <Figures now={now} />
      <AttentionCard items={now?.attention ?? null} />
      <Traffics />
      {now && <Room now={now} />}
    </div>
  );
}

function Figures({ now }: { now: Overview | null }): JSX.Element {
  const sample = useStore(lastSample);
  const minute = now?.lastMinute;
  const perSecond = (value: number | undefined): string => (value === undefined ? '–' : rate(value / 60));
  const tried = minute ? minute.delivered + minute.deferred + minute.bounced : 0;
  return (
    <div class="figures" data-testid="figures">
      <Figure
        id="figure-queued" name="Recipients queued" value={short(sample?.queued ?? now?.queuedRecipients)}
        note={now && `${short(now.queues)} ${now.queues === 1 ? 'queue' : 'queues'}, ${octets(now.queuedOctets)}`}
      />
      <Figure id="figure-accepted" name="Accepted/s" value={perSecond(minute?.accepted)} note={now && `${short(now.lastHour.accepted)} in the last hour`} />
      <Figure id="figure-delivered" name="Delivered/s" value={perSecond(minute?.delivered)} note={now && `${short(now.lastHour.delivered)} in the last hour`} />
      <Figure id="figure-deferred" name="Deferred/s" value={perSecond(minute?.deferred)} note={minute && tried > 0 ? `${percent(minute.deferred / tried)} of attempts` : now && 'none in the last minute'} />
      <Figure id="figure-bounced" name="Bounced/s" value={perSecond(minute?.bounced)} note={minute && tried > 0 ? `${percent(minute.bounced / tried)} of attempts` : now && 'none in the last minute'} />
      <Figure id="figure-p50" name="Time to deliver" value={duration(now?.timeToDeliver.p50)} note={now && `p99 ${duration(now.timeToDeliver.p99)}`} />
    </div>
  );
}

/** @param never whether being full is no bad sign */
function Bar({ name, share, never, children }: { name: string; share: number; never?: boolean; children: ComponentChildren }): JSX.Element {
  const marks = never ? { warn: 2, bad: 2 } : {};
  return <div><dt>{name}</dt><dd><Meter share={share} label={name} {...marks} /><span class="num">{children}</span></dd></div>;
}

function Room({ now }: { now: Overview }): JSX.Element {
  const { spool } = now;
  const used = spool.diskTotal > 0 ? 1 - spool.diskFree / spool.diskTotal : NaN;
  const files = spool.filesInUse + spool.filesFree;
  return (
    <Card title="Room" id="room">
      <dl class="meters">
        <Bar name="Connections in" share={now.connectionsIn / now.connectionsInMax}>{count(now.connectionsIn)} of {count(now.connectionsInMax)}</Bar>
        <Bar name="Connections out" share={now.connectionsOut / now.connectionsOutMax}>{count(now.connectionsOut)} of {count(now.connectionsOutMax)}</Bar>
        <Bar name="Disk of the spool" share={used}>{octets(spool.diskFree)} free{spool.minFreeSpace > 0 ? `, stops at ${octets(spool.minFreeSpace)}` : ''}</Bar>
        <Bar name="Spool files" share={files > 0 ? spool.filesInUse / files : 0} never>{count(spool.filesInUse)} in use, {octets(spool.octets)}</Bar>
      </dl>
      <p class="dim foot">Started <Ago time={now.started} />; {short(now.total.delivered)} delivered since, {short(now.total.bounced)} bounced.</p>
    </Card>
  );
}

const ranges = [{ range: 'hour', title: 'Last hour' }, { range: 'day', title: 'Last day' }] as const;

/** A day's points are a minute apart, an hour's are drawn every ten seconds: a line of 3,600 points is noise. */
const hourBin = 10;

const chartHeight = 150;

function Traffics(): JSX.Element {
  const params = useStore(place).params;
  const [range, setRange] = useState<'hour' | 'day'>(params.get('range') === 'day' ? 'day' : 'hour');
  const history = usePoll<History>(`/history?range=${range}`, 60_000);
  const traffic = useTraffic(history.value, range);
  const drawn = useMemo(() => (traffic ? binned(trimmed(traffic, leastPoints[range]), range === 'hour' ? hourBin : traffic.step) : null), [traffic, range]);
  const choose = (next: 'hour' | 'day'): void => {
    setRange(next);
    keep({ range: next === 'day' ? 'day' : '' });
  };
  const charts = useMemo(() => drawn && chartsOf(drawn), [drawn]);
  return (
    <Card
      title="Traffic" id="traffic" className="charts-grid"
      aside={(
        <span class="switch" role="group" aria-label="Time shown">
          {ranges.map((entry) => (
            <button key={entry.range} type="button" aria-pressed={range === entry.range} data-testid={'range-' + entry.range} onClick={() => choose(entry.range)}>{entry.title}</button>
          ))}
        </span>
      )}
    >
      {charts
        ? (
          <div class="four">
            {charts.map((chart) => (
              <div key={chart.title}>
                <h3>{chart.title}</h3>
                <Chart
                  times={drawn!.times} series={chart.series} label={chart.title} format={chart.format} axis={chart.axis ?? chart.format} height={chartHeight} sync="overview"
                />
              </div>
            ))}
          </div>
        )
        : history.error ? <p class="stale">{history.error.message}</p> : <div class="charts-blank"><Loading lines={6} /></div>}
    </Card>
  );
}

function chartsOf(drawn: Traffic): { title: string; series: ChartSeries[]; format: (value: number | null) => string; axis?: (value: number) => string }[] {
  const line = (name: keyof Traffic['series'], label: string, color: string, dash?: number[]): ChartSeries => (
    { label, color, values: drawn.series[name], ...(dash ? { dash } : {}) }
  );
  return [
    {
      title: 'Recipients per second', format: rate,
      series: [line('accepted', 'accepted', '--accepted'), line('delivered', 'delivered', '--delivered'), line('deferred', 'deferred', '--deferred', [6, 3]), line('bounced', 'bounced', '--bounced', [2, 3])],
    },
    { title: 'Recipients queued', format: short, series: [line('queued', 'queued', '--queued')] },
    { title: 'Connections', format: short, series: [line('connectionsIn', 'in', '--accepted'), line('connectionsOut', 'out', '--delivered', [6, 3])] },
    { title: 'Time to deliver', format: duration, axis: (value) => (value < 60 ? duration(value) : coarse(value)), series: [line('p50', 'p50', '--queued'), line('p99', 'p99', '--deferred', [6, 3])] },
  ];
}

/** The history as asked for, and behind it the samples of each second since. */
function useTraffic(history: History | null, range: string): Traffic | null {
  const [traffic, setTraffic] = useState<Traffic | null>(null);
  const kept = useRef<Traffic | null>(null);
  const sample = useStore(lastSample);
  useEffect(() => {
    kept.current = history ? timed(history) : null;
    setTraffic(kept.current);
  }, [history]);
  useEffect(() => {
    if (!sample || !kept.current || range !== 'hour') return;
    const longer = extend(kept.current, sample);
    if (longer === kept.current) return;
    kept.current = longer;
    setTraffic(longer);
  }, [sample, range]);
  return traffic;
}
