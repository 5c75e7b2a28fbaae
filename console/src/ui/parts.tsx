// Small parts that every page is made of.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type ApiError, session } from '../core/api.ts';
import { coarse, dateTime, millis, relative } from '../core/format.ts';
import { link, serverNow } from '../core/live.ts';
import { store, useStore } from '../core/store.ts';
import { signInShown } from './signin.tsx';

/** Turns every second: ages and countdowns are drawn anew. */
export const tick = store(Date.now());
setInterval(() => {
  if (!document.hidden) tick.set(Date.now());
}, 1000);

/** An age or a wait; the full time stands in its title. */
export function Ago({ time, none = '–' }: { time: string | null | undefined; none?: string }): JSX.Element {
  useStore(tick);
  return millis(time) === null ? <span class="dim">{none}</span> : <time dateTime={time!} title={dateTime(time)}>{relative(time, serverNow())}</time>;
}

/** How long something has lasted: "for 3 min". */
export function For({ time }: { time: string | null | undefined }): JSX.Element | null {
  useStore(tick);
  const at = millis(time);
  return at === null ? null : <time dateTime={time!} title={dateTime(time)}>for {coarse(Math.max(0, (serverNow() - at) / 1000))}</time>;
}

export function Until({ time, over = 'due now' }: { time: string | null | undefined; over?: string }): JSX.Element | null {
  useStore(tick);
  const at = millis(time);
  if (at === null) return null;
  const seconds = (at - serverNow()) / 1000;
  return <time dateTime={time!} title={dateTime(time)}>{seconds <= 1 ? over : 'in ' + coarse(seconds)}</time>;
}

export type Tone = 'ok' | 'warn' | 'bad' | 'note' | 'plain';

export function Badge({ tone = 'plain', title, children }: { tone?: Tone; title?: string; children: ComponentChildren }): JSX.Element {
  return <span class={'badge ' + tone} title={title}>{children}</span>;
}

export function Card({ title, aside, id, children, className = '' }: {
  title: ComponentChildren; aside?: ComponentChildren; id: string; children: ComponentChildren; className?: string;
}): JSX.Element {
  return (
    <section class={'card ' + className} aria-labelledby={id} data-testid={id}>
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        {aside && <div class="card-aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

/** A figure with its name. The width is reserved: a figure that grows moves nothing. */
export function Figure({ name, value, note, tone, id }: { name: string; value: ComponentChildren; note?: ComponentChildren; tone?: Tone; id?: string }): JSX.Element {
  return (
    <div class="figure" data-testid={id}>
      <div class="figure-name">{name}</div>
      <div class={'figure-value ' + (tone ?? '')}>{value}</div>
      <div class="figure-note" title={typeof note === 'string' ? note.trim() || undefined : undefined}>{note ?? ' '}</div>
    </div>
  );
}

/** How full something is. Beyond the marks it says so in colour, and always in words beside it. */
export function Meter({ share, warn = 0.8, bad = 0.95, label }: { share: number; warn?: number; bad?: number; label: string }): JSX.Element {
  const part = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0));
  const tone = part >= bad ? 'bad' : part >= warn ? 'warn' : '';
  return (
    <div class={'meter ' + tone} role="meter" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(part * 100)} aria-label={label}>
      <span style={{ width: (part * 100).toFixed(1) + '%' }} />
    </div>
  );
}

export function Progress({ share, label }: { share: number; label: string }): JSX.Element {
  const part = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0));
  return (
    <div class="meter progress" role="progressbar" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(part * 100)} aria-label={label}>
      <span style={{ width: (part * 100).toFixed(1) + '%' }} />
    </div>
  );
}

/** Nothing here, why, and what one could do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty" data-testid="empty">
      <strong>{title}</strong>
      {children && <p>{children}</p>}
    </div>
  );
}

export function Failure({ error, retry }: { error: ApiError; retry?: () => void }): JSX.Element {
  const forbidden = error.status === 401 || error.status === 403;
  return (
    <div class="failure" role="alert" data-testid="failure">
      <strong>{error.status === 404 ? 'Not found' : error.unreachable ? 'No answer' : forbidden ? 'Not allowed' : error.title}</strong>
      <p>{error.message}</p>
      <p class="row">
        {retry && <button type="button" onClick={retry}>Try again</button>}
        {forbidden && session.get()?.signIn && <button type="button" class="primary" onClick={() => signInShown.set(true)}>Sign in</button>}
      </p>
    </div>
  );
}

/** Old figures must not pass for new ones: says that the last request failed and since when nothing came. */
export function Stale({ error }: { error: ApiError | null }): JSX.Element | null {
  const state = useStore(link);
  if (!error || state === 'lost') return null; // A lost connection has its own line at the head of the page.
  return <p class="stale" role="status">Figures are not up to date: {error.message}</p>;
}

export function Loading({ lines = 4 }: { lines?: number }): JSX.Element {
  return (
    <div class="loading" aria-busy="true" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => <span key={i} />)}
    </div>
  );
}

/** Offers what a level may do; says why when it may not. */
export function NeedsLevel({ what, level }: { what: string; level: 'operator' | 'admin' }): JSX.Element {
  const now = useStore(session);
  return (
    <span class="needs" data-testid="needs-level">
      {what} {level === 'admin' ? 'needs the admin level' : 'needs the operator level'}; you have {now?.level === 'none' || !now ? 'none' : now.level}.
      {now?.signIn && <> <button type="button" class="link" onClick={() => signInShown.set(true)}>Sign in</button></>}
    </span>
  );
}

export function Copy({ text, label = 'Copy' }: { text: string; label?: string }): JSX.Element {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <button type="button" class="small" aria-label={`${label}: ${text}`} onClick={() => void navigator.clipboard?.writeText(text).then(() => setDone(true))}>
      {done ? 'Copied' : label}
    </button>
  );
}

/** Whether the page is as narrow as a telephone. */
export function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(() => matchMedia(narrowQuery).matches);
  useEffect(() => {
    const media = matchMedia(narrowQuery);
    const turn = (): void => setNarrow(media.matches);
    media.addEventListener('change', turn);
    return () => media.removeEventListener('change', turn);
  }, []);
  return narrow;
}

/** The same bound as in style/layout.css. */
const narrowQuery = '(max-width: 760px)';

export function useDelayed<T>(value: T, ms: number): T {
  const [late, setLate] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLate(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return late;
}

export function FilterBox({ value, onInput, label, placeholder, id = 'filter' }: {
  value: string; onInput: (value: string) => void; label: string; placeholder?: string; id?: string;
}): JSX.Element {
  return (
    <input
      class="filter" type="search" value={value} aria-label={label} placeholder={placeholder ?? label} data-filter data-testid={id} spellcheck={false} autocomplete="off"
      aria-keyshortcuts="/"
      onInput={(event) => onInput(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur();
      }}
    />
  );
}
