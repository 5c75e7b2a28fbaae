// Signing in, for levels above the one that a visitor has.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError, loadSession, session, sessionEnded, signIn } from '../core/api.ts';
import { store, useStore } from '../core/store.ts';
import { Modal } from './dialog.tsx';

export const signInShown = store(false);

export function SignInDialog(): JSX.Element | null {
  const shown = useStore(signInShown);
  const ended = useStore(sessionEnded);
  const close = (): void => signInShown.set(false);
  if (!shown) return null;
  return (
    <Modal title={ended ? 'Sign in again' : 'Sign in'} onClose={close} id="sign-in-dialog">
      {ended && <p>The session of {ended} has ended. The page stays as it is; sign in to go on.</p>}
      <SignInForm done={close} cancel={close} />
    </Modal>
  );
}

/** The whole page, where a visitor may see nothing yet. */
export function SignInPage(): JSX.Element {
  const now = useStore(session);
  const ended = useStore(sessionEnded);
  return (
    <main class="sign-in-page" data-testid="sign-in-page">
      <div class="card">
        <h1>Godwit on {now?.host || location.hostname}</h1>
        {now?.signIn
          ? (
            <>
              {ended
                ? <p>The session of {ended} has ended. Sign in again to go on where you were.</p>
                : <p class="dim">You need to sign in to see this server.</p>}
              <SignInForm done={() => undefined} />
            </>
          )
          : <NoWayIn />}
      </div>
    </main>
  );
}

/** Where no password would help: what the operator of the machine has to do. */
function NoWayIn(): JSX.Element {
  const port = location.port || (location.protocol === 'https:' ? '443' : '80');
  return (
    <>
      <p>Your address may not see this server, and nobody can sign in from it: <code>http-access</code> in the configuration does not let it in.</p>
      <ul class="hints">
        <li>
          On the machine itself the console is open: <code>{location.protocol}//127.0.0.1:{port}/</code>, from elsewhere
          through <code>ssh -L {port}:127.0.0.1:{port} {location.hostname}</code>.
        </li>
        <li>
          Let the address in with <code>http-access ADDRESS monitor</code>, then <code>godwit reload</code>. With
          an <code>&lt;http-user NAME&gt;</code> people can sign in from there for more.
        </li>
      </ul>
      <div class="row end"><button type="button" data-testid="look-again" onClick={() => void loadSession().catch(() => undefined)}>Look again</button></div>
    </>
  );
}

function SignInForm({ done, cancel }: { done: () => void; cancel?: () => void }): JSX.Element {
  const [user, setUser] = useState(sessionEnded.get());
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
      <label>
        User
        <input data-testid="user" value={user} autocomplete="username" autofocus={user === ''} onInput={(event) => setUser(event.currentTarget.value)} />
      </label>
      <label>
        Password
        <input
          data-testid="password" type="password" value={password} autocomplete="current-password" required autofocus={user !== '' && user === sessionEnded.get()}
          onInput={(event) => setPassword(event.currentTarget.value)}
        />
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
