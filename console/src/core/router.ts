// Addresses of pages. All lie below /ui/: the paths beside it belong to PowerMTA's machine formats. "/" is the overview.

import { store } from './store.ts';

export interface Place {
  /** First word behind /ui/: "queues". */
  page: string;
  /** What the page is about: "bigmail.example/vmta1"; empty for a list. */
  name: string;
  /** The part behind "?". */
  params: URLSearchParams;
  /** Another number for each visit: a list that is gone to again begins as its address says. */
  visit: number;
}

/** A page with work that would be lost says so here; leaving asks first. */
export const unsaved = store('');

let visits = 0;

export function parsePlace(path: string, search: string): Place {
  const parts = path.replace(/^\/ui\/?/, '').split('/').filter((part) => part !== '');
  const name = parts.slice(1).map(decode).join('/');
  return { page: path === '/' || parts.length === 0 ? 'overview' : parts[0]!, name, params: new URLSearchParams(search), visit: ++visits };
}

/** The address of a page. A queue's name is two segments, so its slash stays one. */
export function address(page: string, name = '', params: Record<string, string> = {}): string {
  const segments = name === '' ? '' : '/' + name.split('/').map(encodeURIComponent).join('/');
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== '')).toString();
  return `/ui/${page}${segments}${query ? '?' + query : ''}`;
}

export const place = store<Place>(parsePlace(globalThis.location?.pathname ?? '/', globalThis.location?.search ?? ''));

let shown = globalThis.location?.href ?? '';

export function go(to: string, replace = false): void {
  if (!mayLeave()) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  show();
  if (replace) return;
  scrollTo(0, 0);
  // Where a reader with a keyboard or a screen reader goes on.
  document.getElementById('main')?.focus({ preventScroll: true });
}

/** Writes the state of a list into the address without a new entry of history, so that a reload or a shared link shows the same. */
export function keep(params: Record<string, string>): void {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== '')).toString();
  history.replaceState(null, '', location.pathname + (query ? '?' + query : ''));
  shown = location.href;
}

export function startRouter(): void {
  addEventListener('popstate', () => {
    // Back where one was: the way back from a leaving that was called off.
    if (location.href === shown) return;
    if (mayLeave()) show();
    else history.forward();
  });
  addEventListener('beforeunload', (event) => {
    if (unsaved.get() !== '') event.preventDefault();
  });
  // One listener for all links: an <a> stays a link that opens in a new tab.
  addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.('a[href]');
    const href = link?.getAttribute('href');
    if (!href || link?.hasAttribute('target') || (!href.startsWith('/ui/') && href !== '/')) return;
    event.preventDefault();
    go(href);
  });
}

function show(): void {
  shown = location.href;
  place.set(parsePlace(location.pathname, location.search));
}

function mayLeave(): boolean {
  if (unsaved.get() === '') return true;
  if (!confirm(unsaved.get())) return false;
  unsaved.set('');
  return true;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
