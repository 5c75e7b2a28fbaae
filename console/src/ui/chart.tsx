// A chart of figures over time. uPlot draws; the legend is ours, so that it reads in both themes and its width is reserved.

import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { dateTime, short } from '../core/format.ts';
import { useStore } from '../core/store.ts';
import { themeTurn } from '../core/theme.ts';

export interface ChartSeries {
  label: string;
  /** Name of the custom property that holds the colour: "--delivered". */
  color: string;
  values: (number | null)[];
  /** Dashes tell lines apart without colour. */
  dash?: number[];
}

export interface ChartProps {
  /** Seconds since 1970, one for each value. */
  times: number[];
  series: ChartSeries[];
  /** What is drawn, for those who do not see it. */
  label: string;
  format?: (value: number | null) => string;
  /** For the axis, where room is short; as `format` when it is left out. */
  axis?: (value: number) => string;
  height?: number;
  /** Charts with the same name move their cursors together. */
  sync?: string;
}

export function Chart({ times, series, label, format = short, axis: axisFormat = format, height = 180, sync }: ChartProps): JSX.Element {
  const turn = useStore(themeTurn);
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const data = useMemo<uPlot.AlignedData>(() => (times.length < 2 ? [[], ...series.map(() => [])] : [times, ...series.map((line) => line.values)]), [times, series]);
  const latest = useRef({ data, axisFormat });
  latest.current = { data, axisFormat };
  const shape = series.map((line) => line.label + line.color).join('|');

  useEffect(() => {
    const element = holder.current!;
    const style = getComputedStyle(document.documentElement);
    const color = (name: string): string => style.getPropertyValue(name).trim();
    const axis = { stroke: color('--dim'), font: '11px system-ui, sans-serif', grid: { stroke: color('--grid'), width: 1 }, ticks: { show: false } };
    const options: uPlot.Options = {
      width: Math.max(100, element.clientWidth),
      height,
      padding: [8, 16, 4, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false }, ...(sync ? { sync: { key: sync } } : {}) },
      scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] } },
      axes: [
        { ...axis, space: 70, size: 26, values: axisTimes },
        { ...axis, space: 34, size: 48, values: (_, splits) => splits.map((value) => latest.current.axisFormat(value)) },
      ],
      series: [
        {},
        ...series.map((line) => ({ label: line.label, stroke: color(line.color), width: 1.5, points: { show: isSparse, size: 5 }, ...(line.dash ? { dash: line.dash } : {}) })),
      ],
      hooks: { setCursor: [(own) => setAt(own.cursor.idx ?? null)] },
    };
    const made = new uPlot(options, latest.current.data, element);
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: Math.max(100, element.clientWidth), height }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, height, sync, turn]);

  useEffect(() => plot.current?.setData(data), [data]);

  const last = times.length - 1;
  const index = at !== null && at >= 0 && at <= last ? at : null;
  const shownValue = (line: ChartSeries): number | null => (index !== null ? line.values[index] : lastOf(line.values)) ?? null;
  return (
    <figure class="chart" data-testid="chart">
      <figcaption class="legend">
        {series.map((line) => (
          <span key={line.label} class="legend-item">
            <i style={{ background: `var(${line.color})` }} />
            {line.label} <b class="num">{format(shownValue(line))}</b>
          </span>
        ))}
        <span class="legend-time num">{index !== null ? dateTime(times[index]! * 1000) : last >= 0 ? 'latest' : ''}</span>
      </figcaption>
      <div ref={holder} class="chart-plot" role="img" aria-label={describe(label, series, format)} style={{ height: height + 'px' }}>
        {times.length < 2 && <span class="chart-wait"><b>Collecting …</b></span>}
      </div>
    </figure>
  );
}

/** A line of one point is none: what has just begun is drawn as dots. */
function isSparse(plot: uPlot, series: number): boolean {
  return Array.from(plot.data[series] as ArrayLike<number | null | undefined>).filter((value) => value !== null && value !== undefined).length < 3;
}

function describe(label: string, series: ChartSeries[], format: (value: number | null) => string): string {
  return `${label}. Latest: ${series.map((line) => `${line.label} ${format(lastOf(line.values))}`).join(', ')}.`;
}

function lastOf(values: (number | null)[]): number | null {
  for (let i = values.length - 1; i >= 0; i--) {
    if (values[i] !== null && values[i] !== undefined) return values[i]!;
  }
  return null;
}

/** Clock times; the date where a day begins. */
function axisTimes(_: uPlot, splits: number[]): string[] {
  const step = splits.length > 1 ? splits[1]! - splits[0]! : 60;
  return splits.map((seconds) => {
    const text = dateTime(seconds * 1000);
    if (text.endsWith(' 00:00:00')) return text.slice(5, 10);
    return step < 60 ? text.slice(11) : text.slice(11, 16);
  });
}
