// The frame around every page: where one is, how the server is, who one is.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { session, signOut } from '../core/api.ts';
import { coarse, dateTime, zone } from '../core/format.ts';
import { helpShown, pageKeys, places } from '../core/keys.ts';
import { lostSince, link, overview, reconnectNow, restarted } from '../core/live.ts';
import { address, place } from '../core/router.ts';
import { useStore } from '../core/store.ts';
import { nextTheme, theme } from '../core/theme.ts';
import { Modal } from './dialog.tsx';
import { Icon, type IconName } from './icon.tsx';
import { failed, notice } from './notices.tsx';
import { tick } from './parts.tsx';
import { signInShown } from './signin.tsx';

export function Shell({ children }: { children: ComponentChildren }): JSX.Element {
  const at = useStore(place);
  const now = useStore(session);
  const [open, setOpen] = useState(false);
  const attention = useStore(overview)?.attention ?? [];
  const alarms = attention.filter((item) => item.severity === 'alarm').length;
  useEffect(() => setOpen(false), [at]);
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>Skip to the page</a>
      <header class="top">
        <button type="button" class="quiet menu" aria-label="Menu" aria-expanded={open} aria-controls="nav" data-testid="menu" onClick={() => setOpen(!open)}><Icon name="menu" /></button>
        <a class="brand" href="/ui/overview">Godwit</a>
        <span class="host" title={now?.host}>{now?.host}</span>
        <LinkState />
        <span class="spring" />
        <ThemeButton />
        <button type="button" class="quiet" aria-label="Keys" title="Keys (?)" data-testid="keys" onClick={() => helpShown.set(true)}><Icon name="keys" /></button>
        <Person />
      </header>
      <nav id="nav" class={open ? 'open' : ''} aria-label="Pages">
        <ul>
          {places.map((entry) => (
            <li key={entry.page}>
              <a href={address(entry.page)} aria-current={at.page === entry.page ? 'page' : undefined} aria-keyshortcuts={'g ' + entry.key} data-testid={'nav-' + entry.page}>
                <Icon name={entry.page as IconName} /> {entry.title}
                {entry.page === 'overview' && alarms > 0 && <span class="count" title={`${alarms} alarms`}>{alarms}</span>}
              </a>
            </li>
          ))}
        </ul>
        <p class="dim foot">Godwit {now?.version}<br />Times are {zone(Date.now())}</p>
      </nav>
      <main id="main" tabIndex={-1} onClick={() => open && setOpen(false)}>
        <Banners />
        {children}
      </main>
      <KeyHelp />
    </div>
  );
}

function LinkState(): JSX.Element {
  const state = useStore(link);
  const words = { connecting: 'connecting', live: 'live', lost: 'no connection', resting: 'resting' };
  return <span class={'link-state ' + state} role="status" data-testid="link-state"><i aria-hidden="true" />{words[state]}</span>;
}

function Banners(): JSX.Element {
  const state = useStore(link);
  const since = useStore(lostSince);
  const now = useStore(overview);
  useStore(tick);
  return (
    <div class="banners">
      {state === 'lost' && since !== null && (
        <div class="banner bad" role="alert" data-testid="connection-lost">
          <span><strong>No connection to the server</strong> for {coarse((Date.now() - since) / 1000)}. Figures are as they were; trying again.</span>
          <button type="button" class="small" onClick={reconnectNow}>Try now</button>
        </div>
      )}
      {state === 'live' && now && !now.ready && (
        <div class="banner warn" role="alert" data-testid="not-ready"><span><strong>Not accepting mail:</strong> {now.notReady}</span></div>
      )}
    </div>
  );
}

/** Says once that the server was restarted under the page. The page goes on: everything is asked for anew. */
export function watchRestarts(): void {
  restarted.watch((started) => {
    if (started) notice('note', `The server was restarted at ${dateTime(started)}. Counts begin anew.`);
  });
  let version: string | null = null;
  overview.watch((now) => {
    if (!now) return;
    if (version !== null && version !== now.version) {
      notice('note', `Godwit is now version ${now.version}. Load the page again to get its console.`, async () => location.reload());
    }
    version = now.version;
  });
}

function ThemeButton(): JSX.Element {
  const now = useStore(theme);
  const words = { system: 'as the system', light: 'light', dark: 'dark' };
  return (
    <button type="button" class="quiet" aria-label={`Colours: ${words[now]}`} title={`Colours: ${words[now]} (t)`} data-testid="theme" onClick={nextTheme}>
      <Icon name={now === 'system' ? 'auto' : now === 'light' ? 'sun' : 'moon'} />
    </button>
  );
}

function Person(): JSX.Element | null {
  const now = useStore(session);
  if (!now) return null;
  if (now.user) {
    return (
      <span class="person" data-testid="person">
        <span class="person-name" title={`${now.user}, ${now.level}`}>{now.user}</span> <span class="dim">{now.level}</span>
        <button type="button" class="small" data-testid="sign-out" onClick={() => void signOut().catch(failed)}>Sign out</button>
      </span>
    );
  }
  return (
    <span class="person" data-testid="person">
      <span class="dim">{now.level}</span>
      {now.signIn && now.level !== 'admin' && <button type="button" class="small" data-testid="open-sign-in" onClick={() => signInShown.set(true)}>Sign in</button>}
    </span>
  );
}

function KeyHelp(): JSX.Element | null {
  const shown = useStore(helpShown);
  const own = useStore(pageKeys);
  if (!shown) return null;
  return (
    <Modal title="Keys" onClose={() => helpShown.set(false)} id="key-help">
      <dl class="keys">
        <Key keys={['/']} does="filter" />
        {places.map((entry) => <Key key={entry.key} keys={['g', entry.key]} does={entry.title} />)}
        <Key keys={['↑', '↓']} does="move in a list" />
        <Key keys={['Enter']} does="open" />
        {own.map((entry) => <Key key={entry.key} keys={[entry.key]} does={entry.does} />)}
        <Key keys={['u']} does="undo what was done last" />
        <Key keys={['t']} does="light, dark, as the system" />
        <Key keys={['?']} does="this table" />
      </dl>
      <div class="row end"><button type="button" autofocus onClick={() => helpShown.set(false)}>Close</button></div>
    </Modal>
  );
}

function Key({ keys, does }: { keys: string[]; does: string }): JSX.Element {
  return <><dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt><dd>{does}</dd></>;
}
