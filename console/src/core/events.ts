// Events that the answer to a POST brings, one by one. An EventSource can only GET, and a GET changes nothing on the server.

import { ApiError, root, session } from './api.ts';

/** Calls back for each event until the answer ends, which it does by itself or by the signal. Throws an ApiError when there is none. */
export async function postForEvents(path: string, signal: AbortSignal, tell: (name: string, data: string) => void): Promise<void> {
  const token = session.get()?.csrfToken;
  const response = await fetch(root + path, {
    method: 'POST',
    headers: { Accept: 'text/event-stream', ...(token ? { 'X-CSRF-Token': token } : {}) },
    credentials: 'same-origin',
    cache: 'no-store',
    signal,
  });
  if (!response.ok || !response.body) {
    const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string };
    throw new ApiError(response.status, problem.title ?? `HTTP ${response.status}`, problem.detail ?? `The server answered ${response.status}.`);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string => block.split('\n').find((line) => line.startsWith(name + ': '))?.slice(name.length + 2) ?? '';
      if (field('event') !== '') tell(field('event'), field('data'));
    }
  }
}
