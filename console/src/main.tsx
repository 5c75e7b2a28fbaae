// Where the console begins: who is here, what page, what is live.

import { render, type JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, loadSession, session, sessionEnded, signInWanted } from './core/api.ts';
import { startKeys } from './core/keys.ts';
import { startLive, stopLive } from './core/live.ts';
import { address, place, startRouter, unsaved } from './core/router.ts';
import { useStore } from './core/store.ts';
import { startTab } from './core/tab.ts';
import { startTheme } from './core/theme.ts';
import { ConfigPage } from './pages/config.tsx';
import { DestinationPage, DestinationsPage } from './pages/destinations.tsx';
import { JobPage, JobsPage } from './pages/jobs.tsx';
import { LogsPage } from './pages/logs.tsx';
import { OperationsPage, UnclassifiedPage } from './pages/others.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { QueuePage } from './pages/queue.tsx';
import { QueuesPage } from './pages/queues.tsx';
import { RecipientsPage } from './pages/recipients.tsx';
import { VirtualMtaPage, VirtualMtasPage } from './pages/vmtas.tsx';
import { QuestionDialog } from './ui/dialog.tsx';
import { Notices } from './ui/notices.tsx';
import { Empty, Failure, Loading } from './ui/parts.tsx';
import { Shell, watchRestarts } from './ui/shell.tsx';
import { SignInDialog, SignInPage, signInShown } from './ui/signin.tsx';
import './style/all.css';

function App(): JSX.Element {
  const now = useStore(session);
  const [error, setError] = useState<ApiError | null>(null);
  const begin = (): void => {
    setError(null);
    loadSession().catch((trouble: unknown) => setError(trouble instanceof ApiError ? trouble : new ApiError(0, 'Trouble', String(trouble))));
  };
  useEffect(begin, []);
  const level = now?.level;
  useEffect(() => {
    if (level && level !== 'none') startLive();
    else stopLive();
  }, [level]);
  useEffect(() => signInWanted.watch((wanted) => {
    if (!wanted) return;
    signInWanted.set(false);
    // What this visitor may do now decides what is shown.
    loadSession().catch(() => undefined);
  }), []);
  useEffect(() => sessionEnded.watch((user) => {
    if (user && session.get()?.signIn && session.get()?.level !== 'none') signInShown.set(true);
  }), []);
  const shut = now?.level === 'none';
  const left = useRef({ user: '', shut: true, turn: 0 });
  if (error && !now) return <main class="sign-in-page"><Failure error={error} retry={begin} /></main>;
  if (!now) return <main class="sign-in-page"><Loading /></main>;
  // Whose session has ended finds what he had typed; what was merely loaded goes, because others may come to this screen, and is loaded again.
  if (!shut) {
    if (left.current.shut && left.current.user !== now.user) left.current.turn++;
    left.current = { ...left.current, user: now.user, shut: false };
  } else {
    left.current.shut = true;
  }
  return (
    <>
      {shut && <SignInPage />}
      {(!shut || (sessionEnded.get() !== '' && unsaved.get() !== '')) && <div key={left.current.turn} hidden={shut}><Shell><Page /></Shell></div>}
      {!shut && (
        <>
          <Notices />
          <QuestionDialog />
          <SignInDialog />
        </>
      )}
    </>
  );
}

function Page(): JSX.Element {
  const at = useStore(place);
  switch (at.page) {
    case 'overview': return <OverviewPage />;
    case 'queues': return at.name ? <QueuePage key={at.name} name={at.name} /> : <QueuesPage key={at.visit} />;
    case 'destinations': return at.name ? <DestinationPage key={at.name} name={at.name} /> : <DestinationsPage key={at.visit} />;
    case 'virtual-mtas': return at.name ? <VirtualMtaPage key={at.name} name={at.name} /> : <VirtualMtasPage key={at.visit} />;
    case 'jobs': return at.name ? <JobPage key={at.name} name={at.name} /> : <JobsPage key={at.visit} />;
    case 'recipients': return <RecipientsPage key={at.visit} />;
    case 'config': return <ConfigPage key={at.visit} />;
    case 'logs': return <LogsPage key={at.visit} />;
    case 'unclassified': return <UnclassifiedPage />;
    case 'operations': return <OperationsPage />;
    default: return <div class="page"><div class="bar"><h1>Not found</h1></div><Empty title="There is no such page">Go to the <a href={address('overview')}>overview</a>.</Empty></div>;
  }
}

startTheme();
startRouter();
startKeys();
startTab();
watchRestarts();
render(<App />, document.getElementById('app')!);
