// Requests to /api/v1. A refusal becomes an ApiError whose message is the server's own sentence for the operator.

import { store } from './store.ts';
import type { Level, Session } from './types.ts';

export const root = '/api/v1';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    message: string,
    /** What the server sent beside the sentence, problems of a configuration for instance. */
    readonly body: Record<string, unknown> = {},
  ) {
    super(message);
  }

  /** No answer at all: the server is down or restarting. */
  get unreachable(): boolean {
    return this.status === 0;
  }
}

export const session = store<Session | null>(null);

/** Whose session has ended under the open page; empty when none has, or when he may do as much without. */
export const sessionEnded = store('');

/** Asked for when the server says that nobody is signed in (any more). */
export const signInWanted = store(false);

const ranks: Record<Level, number> = { none: 0, monitor: 1, operator: 2, admin: 3 };

export function atLeast(have: Level | undefined, need: Level): boolean {
  return ranks[have ?? 'none'] >= ranks[need];
}

/** Longer than any answer takes; an operation that lasts answers at once and is followed by its resource. */
const timeoutMs = 30_000;

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return send<T>('GET', path, undefined, signal);
}

export async function change<T>(method: string, path: string, body?: unknown): Promise<T> {
  try {
    return await send<T>(method, path, body);
  } catch (error) {
    // A restarted server has forgotten the session that the token belonged to: learn the new one, and try once more.
    if (error instanceof ApiError && error.status === 403) {
      const before = session.get()?.csrfToken;
      const now = await loadSession();
      if (now.csrfToken !== before && atLeast(now.level, 'operator')) return send<T>(method, path, body);
    }
    throw error;
  }
}

export async function loadSession(): Promise<Session> {
  const answer = await send<Session>('GET', '/session');
  const before = session.get();
  session.set(answer);
  if (answer.user) sessionEnded.set('');
  else if (before?.user && !leaving && !atLeast(answer.level, before.level)) sessionEnded.set(before.user);
  return answer;
}

/** Who signs out knows that his session ends. */
let leaving = false;

export async function signIn(user: string, password: string): Promise<void> {
  const answer = await send<Session | null>('POST', '/session', { user, password });
  if (answer?.level) {
    session.set(answer);
    sessionEnded.set('');
  } else {
    await loadSession();
  }
}

export async function signOut(): Promise<void> {
  leaving = true;
  sessionEnded.set('');
  try {
    await send<unknown>('DELETE', '/session');
    await loadSession();
  } finally {
    leaving = false;
  }
}

/** Path of a queue's resource: both halves are segments of their own, so each is encoded whole. */
export function queuePath(name: string): string {
  const cut = name.lastIndexOf('/');
  return `/queues/${encodeURIComponent(name.slice(0, cut))}/${encodeURIComponent(name.slice(cut + 1))}`;
}

/** "?a=1&b=2" without what is empty. */
export function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const parts = Object.entries(values)
    .filter(([, value]) => value !== '' && value !== null && value !== undefined && value !== false)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`);
  return parts.length > 0 ? '?' + parts.join('&') : '';
}

async function send<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined && body !== null) headers['Content-Type'] = 'application/json';
  const token = session.get()?.csrfToken;
  if (method !== 'GET' && token) headers['X-CSRF-Token'] = token;
  const late = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    response = await fetch(path.startsWith('/api/') ? path : root + path, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, late]) : late,
      ...(body !== undefined && body !== null ? { body: JSON.stringify(body) } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'No answer', late.aborted ? 'The server did not answer within 30 s.' : 'The server does not answer. Is godwitd running?');
  }
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  const answer = parse(text);
  if (response.ok) return answer as T;
  const problem = (answer && typeof answer === 'object' ? answer : {}) as Record<string, unknown>;
  const sentence = (problem['detail'] ?? problem['message'] ?? problem['title'] ?? (text.length < 300 ? text.trim() : '')) as string;
  if (response.status === 401 && path !== '/session') signInWanted.set(true);
  if (response.status === 403 && method === 'GET') lookWhoIsHere();
  throw new ApiError(response.status, String(problem['title'] ?? `HTTP ${response.status}`), sentence || `The server answered ${response.status}.`, problem);
}

/** A session that has ended is told by a refusal only. Not more often than once in a while: a page asks for many things at once. */
const lookAgainMs = 5_000;

let looked = 0;

function lookWhoIsHere(): void {
  if (!session.get()?.user || Date.now() - looked < lookAgainMs) return;
  looked = Date.now();
  loadSession().catch(() => undefined);
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
