// What the browser's tab says, also of a page that is not in front: page and server, alarms that stand, and that the server is gone.

import { session } from './api.ts';
import { places } from './keys.ts';
import { link, overview } from './live.ts';
import { type Place, place } from './router.ts';

export function startTab(): void {
  for (const each of [session, link, overview, place]) each.watch(show);
  show();
}

/** "(2) gmail.com/v1 · Queues · mx1.example · Godwit": what differs from tab to tab stands first. */
export function titleOf(at: Place, host: string, alarms: number, lost: boolean): string {
  const page = places.find((entry) => entry.page === at.page)?.title ?? '';
  const mark = lost ? 'No connection · ' : alarms > 0 ? `(${alarms}) ` : '';
  return mark + [at.name, page, host, 'Godwit'].filter(Boolean).join(' · ');
}

function show(): void {
  const now = session.get();
  const admitted = now !== null && now.level !== 'none';
  const alarms = admitted ? overview.get()?.attention.filter((item) => item.severity === 'alarm').length ?? 0 : 0;
  const title = admitted ? titleOf(place.get(), now.host, alarms, link.get() === 'lost') : 'Sign in · Godwit';
  if (document.title !== title) document.title = title;
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  const file = icon?.dataset[alarms > 0 ? 'alarm' : 'calm'];
  if (icon && file && icon.getAttribute('href') !== file) icon.href = file;
}
