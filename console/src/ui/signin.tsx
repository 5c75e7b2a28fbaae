// Signing in, for levels above the one that a visitor has.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError, session, signIn } from '../core/api.ts';
import { store, useStore } from '../core/store.ts';
import { Modal } from './dialog.tsx';

export const signInShown = store(false);

export function SignInDialog(): JSX.Element | null {
  const shown = useStore(signInShown);
  if (!shown) return null;
  return (
    <Modal title="Sign in" onClose={() => signInShown.set(false)} id="sign-in-dialog">
      <SignInForm done={() => signInShown.set(false)} cancel={() => signInShown.set(false)} />
    </Modal>
  );
}

/** The whole page, where a visitor may see nothing yet. */
export function SignInPage(): JSX.Element {
  const now = useStore(session);
  return (
    <main class="sign-in-page" data-testid="sign-in-page">
      <div class="card">
        <h1>Godwit on {now?.host || location.hostname}</h1>
        {now?.signIn
          ? <><p class="dim">You need to sign in to see this server.</p><SignInForm done={() => undefined} /></>
          : (
            <p>
              This address may not see the server. Let it in with <code>http-access ADDRESS monitor</code> in the configuration,
              or open the console on the machine itself.
            </p>
          )}
      </div>
    </main>
  );
}

function SignInForm({ done, cancel }: { done: () => void; cancel?: () => void }): JSX.Element {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setTrouble('');
    try {
      await signIn(user, password);
      setPassword('');
      done();
    } catch (error) {
      setPassword('');
      setTrouble(error instanceof ApiError ? words(error) : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="form" onSubmit={(event) => void submit(event)}>
      <label>User<input data-testid="user" value={user} autocomplete="username" autofocus onInput={(event) => setUser(event.currentTarget.value)} /></label>
      <label>
        Password
        <input data-testid="password" type="password" value={password} autocomplete="current-password" required onInput={(event) => setPassword(event.currentTarget.value)} />
      </label>
      {local && <p class="dim">No user yet? On the machine itself leave the user empty and give the token from the file that <code>godwit</code> reads (<a href="/control" target="_blank">where it is</a>).</p>}
      <p class="trouble" role="alert">{trouble}</p>
      <div class="row end">
        {cancel && <button type="button" onClick={cancel}>Cancel</button>}
        <button type="submit" class="primary" data-testid="sign-in" disabled={busy}>{busy ? 'Signing in …' : 'Sign in'}</button>
      </div>
    </form>
  );
}

/** The token counts on the server's own machine only. */
const local = /^(localhost|127\.|\[::1\])/.test(location.hostname);

function words(error: ApiError): string {
  if (error.status === 401) return 'User or password is wrong.';
  return error.message;
}
