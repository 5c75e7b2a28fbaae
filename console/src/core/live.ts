// The live stream: one EventSource for the page, opened again whenever it breaks. What it brings stands in stores that pages watch.
// A hidden tab lets go of its connection after a while: a forgotten page costs the server nothing.

import { loadSession, query, root, session } from './api.ts';
import { store } from './store.ts';
import type { LogLine, Overview, Sample } from './types.ts';

export type Link = 'connecting' | 'live' | 'lost' | 'resting';

export const link = store<Link>('connecting');
export const lostSince = store<number | null>(null);
export const overview = store<Overview | null>(null);
export const lastSample = store<Sample | null>(null);

/** Set when the server's start time has changed under the open page. */
export const restarted = store<string | null>(null);

/** The server's clock minus this browser's, in milliseconds: ages are told by the server's clock. */
export const clockSkew = store(0);

/** One sample a second and an overview every five: silence for so long is a dead connection that nobody has closed. */
const silenceMs = 20_000;

const firstWaitMs = 1_000;
const longestWaitMs = 8_000;
const restAfterMs = 5 * 60_000;

let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;
let silence: ReturnType<typeof setTimeout> | undefined;
let rest: ReturnType<typeof setTimeout> | undefined;
let waitMs = firstWaitMs;
let wasLost = false;
let watching = false;

export function startLive(): void {
  if (source) return;
  open();
  if (watching) return;
  watching = true;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(rest);
    if (document.hidden) {
      rest = setTimeout(() => {
        close();
        link.set('resting');
      }, restAfterMs);
    } else if (link.get() === 'resting') {
      link.set('connecting');
      open();
    }
  });
}

export function stopLive(): void {
  close();
}

export function serverNow(): number {
  return Date.now() + clockSkew.get();
}

/** At once, for somebody who does not want to wait for the next try. */
export function reconnectNow(): void {
  waitMs = firstWaitMs;
  close();
  open();
}

function open(): void {
  close();
  source = new EventSource(root + '/stream' + query({ topics: 'sample,overview' }));
  source.addEventListener('open', heard);
  source.addEventListener('sample', (event) => {
    heard();
    const sample = read<Sample>(event);
    if (sample) lastSample.set(sample);
  });
  source.addEventListener('overview', (event) => {
    heard();
    const next = read<Overview>(event);
    if (next) takeOverview(next);
  });
  source.addEventListener('error', fail);
  listenForSilence();
}

export function takeOverview(next: Overview): void {
  const before = overview.get();
  if (before && before.started !== next.started) restarted.set(next.started);
  const now = Date.parse(next.now);
  if (Number.isFinite(now)) clockSkew.set(Math.abs(now - Date.now()) < 2_000 ? 0 : now - Date.now());
  overview.set(next);
}

function heard(): void {
  waitMs = firstWaitMs;
  listenForSilence();
  if (link.get() === 'live') return;
  link.set('live');
  lostSince.set(null);
  if (wasLost) {
    wasLost = false;
    // A server that was restarted has forgotten sessions and tokens. When it refuses, the next request says so.
    loadSession().catch(() => undefined);
  }
}

function fail(): void {
  close();
  if (link.get() !== 'lost') {
    link.set('lost');
    lostSince.set(Date.now());
    wasLost = true;
  }
  // The stream says nothing of why. Where the server answers, the session tells whether this visitor may still look.
  loadSession().catch(() => undefined);
  retry = setTimeout(open, waitMs);
  waitMs = Math.min(waitMs * 2, longestWaitMs);
}

function close(): void {
  clearTimeout(retry);
  clearTimeout(silence);
  source?.close();
  source = null;
}

function listenForSilence(): void {
  clearTimeout(silence);
  silence = setTimeout(fail, silenceMs);
}

export function read<T>(event: Event): T | null {
  try {
    return JSON.parse((event as MessageEvent<string>).data) as T;
  } catch {
    return null;
  }
}

/** The log as it is written, until the returned function is called. The state tells whether lines can arrive. */
export function followLog(filter: string, level: string, take: (line: LogLine) => void, state: (live: boolean) => void): () => void {
  let log: EventSource | null = null;
  let again: ReturnType<typeof setTimeout> | undefined;
  const begin = (): void => {
    if (session.get()?.level === 'none') {
      again = setTimeout(begin, 2_000);
      return;
    }
    log = new EventSource(root + '/stream' + query({ topics: 'log', logFilter: filter, logLevel: level }));
    log.addEventListener('open', () => state(true));
    log.addEventListener('log', (event) => {
      const line = read<LogLine>(event);
      if (line) take(line);
    });
    log.addEventListener('error', () => {
      log?.close();
      state(false);
      again = setTimeout(begin, 2_000);
    });
  };
  begin();
  return () => {
    clearTimeout(again);
    log?.close();
  };
}
