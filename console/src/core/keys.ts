// Keys of the whole console. A page adds its own while it is shown.

import { useEffect } from 'preact/hooks';
import { store } from './store.ts';
import { address, go } from './router.ts';
import { nextTheme } from './theme.ts';

export interface PageKey {
  key: string;
  /** For the table of keys. */
  does: string;
  run?: () => void;
}

export const helpShown = store(false);
export const pageKeys = store<PageKey[]>([]);

export const places: { key: string; page: string; title: string }[] = [
  { key: 'o', page: 'overview', title: 'Overview' },
  { key: 'q', page: 'queues', title: 'Queues' },
  { key: 'd', page: 'destinations', title: 'Destinations' },
  { key: 'v', page: 'virtual-mtas', title: 'Virtual MTAs' },
  { key: 'j', page: 'jobs', title: 'Jobs' },
  { key: 'r', page: 'recipients', title: 'Recipients' },
  { key: 'c', page: 'config', title: 'Configuration' },
  { key: 'l', page: 'logs', title: 'Logs' },
  { key: 'u', page: 'unclassified', title: 'Unclassified' },
  { key: 'p', page: 'operations', title: 'Operations' },
];

/** Between "g" and the second letter. */
const sequenceMs = 1_500;

let goUntil = 0;

export function startKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('dialog[open]')) return;
    if (Date.now() < goUntil) {
      goUntil = 0;
      const to = places.find((place) => place.key === event.key);
      if (to) {
        event.preventDefault();
        go(address(to.page));
        return;
      }
    }
    const own = pageKeys.get().find((entry) => entry.key === event.key && entry.run);
    if (own) {
      event.preventDefault();
      own.run!();
    } else if (event.key === 'g') {
      goUntil = Date.now() + sequenceMs;
    } else if (event.key === '/') {
      const filter = document.querySelector<HTMLInputElement>('[data-filter]');
      if (filter) {
        event.preventDefault();
        filter.focus();
        filter.select();
      }
    } else if ((event.key === 'ArrowDown' || event.key === 'j') && isNowhere()) {
      const first = document.querySelector<HTMLElement>('.grid, .table-box tbody a, .table-box tbody button');
      if (first) {
        event.preventDefault();
        first.focus();
      }
    } else if (event.key === 'u') {
      [...document.querySelectorAll<HTMLElement>('.notice .undo')].at(-1)?.click();
    } else if (event.key === '?') {
      event.preventDefault();
      helpShown.set(true);
    } else if (event.key === 't') {
      nextTheme();
    }
  });
}

/** Keys of a page, as long as it is shown. */
export function usePageKeys(keys: PageKey[], dependencies: unknown[]): void {
  useEffect(() => {
    pageKeys.set(keys);
    return () => pageKeys.set([]);
  }, dependencies);
}

/** Nothing has the focus that could want the key itself. */
function isNowhere(): boolean {
  const active = document.activeElement;
  return active === null || active === document.body || active.id === 'main';
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && (target as HTMLInputElement).type !== 'checkbox');
}
