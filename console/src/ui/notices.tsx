// What came of an action: a line at the foot of the page, with its undo where there is one. Long operations show how far they are.

import type { JSX } from 'preact';
import { ApiError, change, get } from '../core/api.ts';
import { count } from '../core/format.ts';
import { store, useStore } from '../core/store.ts';
import type { Operation } from '../core/types.ts';
import { Progress } from './parts.tsx';

export interface Notice {
  id: number;
  tone: 'ok' | 'bad' | 'note';
  text: string;
  undo?: () => Promise<void>;
  operation?: Operation;
}

/** Long enough to read two lines and to reach the undo; an error stays until it is put away. */
const shownMs = 12_000;

/** More would cover the page. The oldest give way, but none that somebody must see: what went wrong, and what runs. */
const mostShown = 4;

function kept(all: Notice[]): Notice[] {
  let over = all.length - mostShown;
  return all.filter((entry) => entry.tone === 'bad' || entry.operation?.state === 'running' || entry === all.at(-1) || over-- <= 0);
}

const notices = store<Notice[]>([]);
let lastId = 0;

export function notice(tone: Notice['tone'], text: string, undo?: () => Promise<void>): number {
  const id = ++lastId;
  notices.set(kept([...notices.get(), { id, tone, text, ...(undo ? { undo } : {}) }]));
  if (tone !== 'bad') setTimeout(() => dismiss(id), shownMs);
  return id;
}

export function failed(error: unknown): void {
  notice('bad', error instanceof ApiError ? error.message : String(error));
}

/** Between two looks at an operation: most are over at once. */
const firstLookMs = 100;
const longestLookMs = 800;

/**
 * Shows an operation of the server; returns when it has ended.
 * @param undo offered when it has done its work
 */
export async function follow(operation: Operation, ended?: () => void, undo?: () => Promise<void>): Promise<void> {
  const id = ++lastId;
  const put = (now: Operation): void => {
    const rest = notices.get();
    const own: Notice = { id, tone: now.state === 'failed' ? 'bad' : now.state === 'done' ? 'ok' : 'note', text: now.what, operation: now };
    if (undo && now.state === 'done' && now.done > 0) own.undo = undo;
    notices.set(rest.some((entry) => entry.id === id) ? rest.map((entry) => (entry.id === id ? own : entry)) : kept([...rest, own]));
  };
  put(operation);
  for (let wait = firstLookMs, now = operation; now.state === 'running'; wait = Math.min(wait * 2, longestLookMs)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      now = await get<Operation>(`/operations/${operation.id}`);
    } catch (error) {
      if (error instanceof ApiError && error.unreachable) continue;
      dismiss(id);
      throw error;
    }
    put(now);
    if (now.state === 'done') setTimeout(() => dismiss(id), shownMs);
  }
  ended?.();
}

function dismiss(id: number): void {
  notices.set(notices.get().filter((entry) => entry.id !== id));
}

export function Notices(): JSX.Element {
  const now = useStore(notices);
  return (
    <div class="notices" role="status" aria-live="polite" data-testid="notices">
      {now.map((entry) => <Line key={entry.id} entry={entry} />)}
    </div>
  );
}

function Line({ entry }: { entry: Notice }): JSX.Element {
  const operation = entry.operation;
  return (
    <div class={'notice ' + entry.tone} data-testid="notice">
      <div class="notice-text">
        {entry.text}
        {operation && (
          <div class="notice-more">
            <Progress share={operation.total > 0 ? operation.done / operation.total : operation.state === 'running' ? 0 : 1} label="Progress" />
            <span class="num">{operation.state === 'running' ? `${count(operation.done)} of ${count(operation.total)}` : operation.message || `${operation.state}: ${count(operation.done)}`}</span>
          </div>
        )}
      </div>
      {operation?.state === 'running' && (
        <button type="button" class="small" onClick={() => void change('DELETE', `/operations/${operation.id}`).catch(failed)}>Stop</button>
      )}
      {entry.undo && (
        <button
          type="button" class="small undo" data-testid="undo" aria-keyshortcuts="u" title="Undo (u)"
          onClick={() => {
            dismiss(entry.id);
            entry.undo!().catch(failed);
          }}
        >
          Undo
        </button>
      )}
      <button type="button" class="small quiet" aria-label="Put away" onClick={() => dismiss(entry.id)}>✕</button>
    </div>
  );
}
