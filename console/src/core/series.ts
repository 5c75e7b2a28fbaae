// Figures over time, as charts want them. Pure.

import type { Sample, SeriesName } from './types.ts';

export interface Traffic<N extends string = SeriesName> {
  /** Seconds between two points. */
  step: number;
  /** Seconds since 1970. */
  times: number[];
  series: Record<N, (number | null)[]>;
}

/** Times for values that come a step apart; `start` is the end of the first step. */
export function timed<N extends string>(history: { step: number; start: string; series: Record<N, (number | null)[]> }): Traffic<N> {
  const start = Date.parse(history.start) / 1000;
  const length = Math.max(0, ...Object.values<(number | null)[]>(history.series).map((values) => values.length));
  return { step: history.step, times: Array.from({ length }, (_, i) => start + i * history.step), series: history.series };
}

/** These are counted over a step; the others are what was so at its end. */
const counted: ReadonlySet<SeriesName> = new Set<SeriesName>(['accepted', 'delivered', 'deferred', 'bounced']);

/** An hour of seconds is kept; what is older leaves at the head. */
const longest = 3600;

/** One more second at the end; the same object when the sample is not newer than what is there. */
export function extend(traffic: Traffic, sample: Sample): Traffic {
  const at = Math.floor(Date.parse(sample.time) / 1000);
  const last = traffic.times.at(-1) ?? 0;
  if (traffic.step !== 1 || !Number.isFinite(at) || at <= last) return traffic;
  const cut = Math.max(0, traffic.times.length + 1 - longest);
  const series = {} as Traffic['series'];
  for (const [name, values] of Object.entries(traffic.series) as [SeriesName, (number | null)[]][]) {
    const value = (sample as unknown as Record<string, unknown>)[name];
    // Times to deliver are not part of a sample: the last known ones stand until the history is asked for again.
    series[name] = [...values.slice(cut), typeof value === 'number' ? value : values.at(-1) ?? null];
  }
  return { step: 1, times: [...traffic.times.slice(cut), at], series };
}

/** Without what lies before the first figure, but never shorter than `least` points: a server that has just started fills its charts. */
export function trimmed<N extends string>(traffic: Traffic<N>, least: number): Traffic<N> {
  const all = Object.values<(number | null)[]>(traffic.series);
  let first = traffic.times.findIndex((_, i) => all.some((values) => values[i] !== null && values[i] !== undefined));
  first = Math.min(first < 0 ? traffic.times.length : first, traffic.times.length - least);
  if (first <= 0) return traffic;
  const series = {} as Traffic<N>['series'];
  for (const [name, values] of Object.entries(traffic.series) as [N, (number | null)[]][]) series[name] = values.slice(first);
  return { step: traffic.step, times: traffic.times.slice(first), series };
}

/** Points every `seconds`: counts become a rate per second, levels their mean. Bins lie on round times, so that a line does not tremble as it grows. */
export function binned(traffic: Traffic, seconds: number): Traffic {
  const bins: number[] = [];
  const of: number[] = [];
  for (const time of traffic.times) {
    const bin = Math.floor(time / seconds) * seconds;
    if (bins.at(-1) !== bin) bins.push(bin);
    of.push(bins.length - 1);
  }
  // The last bin is not over yet: half of its seconds would look like a fall.
  const whole = traffic.step < seconds && bins.length > 1 ? bins.length - 1 : bins.length;
  const series = {} as Traffic['series'];
  for (const [name, values] of Object.entries(traffic.series) as [SeriesName, (number | null)[]][]) {
    const sums = new Array<number>(whole).fill(0);
    const seen = new Array<number>(whole).fill(0);
    values.forEach((value, i) => {
      const bin = of[i]!;
      if (value === null || value === undefined || bin === undefined || bin >= whole) return;
      sums[bin]! += value;
      seen[bin]!++;
    });
    series[name] = sums.map((sum, i) => (seen[i] === 0 ? null : counted.has(name) ? sum / (seen[i]! * traffic.step) : sum / seen[i]!));
  }
  return { step: seconds, times: bins.slice(0, whole), series };
}
