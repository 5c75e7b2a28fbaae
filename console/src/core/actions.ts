// What an operator may do to queues, jobs and source addresses, each as one request; with the undo that the server offers.

import { ApiError, change, get, queuePath } from './api.ts';
import { plural } from './format.ts';
import type { ActionAnswer, Operation, Undo } from './types.ts';
import { failed, follow, notice } from '../ui/notices.tsx';

export type QueueVerb = 'pause' | 'resume' | 'backoff' | 'normal' | 'schedule';

export const queueVerbs: { verb: QueueVerb; title: string; done: string; explain: string }[] = [
  { verb: 'pause', title: 'Pause', done: 'paused', explain: 'No new connection is opened; mail stays and waits.' },
  { verb: 'resume', title: 'Resume', done: 'resumed', explain: 'Delivery goes on.' },
  { verb: 'backoff', title: 'Backoff', done: 'set to backoff mode', explain: 'The slower rates of backoff mode apply until it ends.' },
  { verb: 'normal', title: 'Normal', done: 'set to normal mode', explain: 'The usual rates apply at once.' },
  { verb: 'schedule', title: 'Retry now', done: 'scheduled', explain: 'What waits for its next attempt is tried at once.' },
];

/** Requests under way at once when many queues are meant: enough to be quick, few enough to stay a guest. */
const lanes = 6;

export async function actOnQueues(names: string[], verb: QueueVerb, after: () => void): Promise<void> {
  const undos: Undo[] = [];
  const troubles: ApiError[] = [];
  let message = '';
  await inLanes(names, async (name) => {
    try {
      const answer = await change<ActionAnswer>('POST', `${queuePath(name)}/${verb}`);
      message = answer?.message ?? '';
      if (answer?.undo) undos.push(answer.undo);
    } catch (error) {
      troubles.push(error instanceof ApiError ? error : new ApiError(0, 'Trouble', String(error)));
    }
  });
  after();
  const words = queueVerbs.find((entry) => entry.verb === verb)!.done;
  const well = names.length - troubles.length;
  if (well > 0) notice('ok', well === 1 ? `${names[0]}: ${message || words}` : `${plural(well, 'queue')} ${words}.`, undoAll(undos, after));
  if (troubles.length > 0) notice('bad', troubles.length === 1 ? troubles[0]!.message : `${plural(troubles.length, 'queue')} refused. The first reason: ${troubles[0]!.message}`);
}

export async function actOnce(path: string, body: unknown, after: () => void): Promise<void> {
  try {
    const answer = await change<ActionAnswer>('POST', path, body);
    after();
    notice('ok', answer?.message ?? 'Done.', undoAll(answer?.undo ? [answer.undo] : [], after));
  } catch (error) {
    failed(error);
  }
}

/** Begins a long operation and shows it; returns when it has ended. */
export async function operate(body: Record<string, unknown>, after: () => void, undo?: () => Promise<void>): Promise<void> {
  try {
    const begun = await change<Operation>('POST', '/operations', body);
    await follow(begun.state ? begun : await get<Operation>(`/operations/${begun.id}`), after, undo);
  } catch (error) {
    failed(error);
  }
}

/** Queues that the server takes in one order. */
export const mostNamed = 5000;

/** The names of queues, in as few orders as the server takes them. */
export function orders(rows: { name: string }[]): string[][] {
  return Array.from({ length: Math.ceil(rows.length / mostNamed) }, (_, i) => rows.slice(i * mostNamed, (i + 1) * mostNamed).map((row) => row.name));
}

function undoAll(undos: Undo[], after: () => void): (() => Promise<void>) | undefined {
  if (undos.length === 0) return undefined;
  return async () => {
    await inLanes(undos, (undo) => change(undo.method, undo.path, undo.body ?? undefined));
    after();
    notice('note', undos.length === 1 ? 'Undone.' : `Undone for ${plural(undos.length, 'queue')}.`);
  };
}

async function inLanes<T>(items: T[], work: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
}
