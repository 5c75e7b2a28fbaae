// The configuration: read it, change it under the checker's eyes, see what changes, save and take into effect.

import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiError, atLeast, change, get, query, session, sessionEnded } from '../core/api.ts';
import { diffLines, fold } from '../core/diff.ts';
import { count, dateTime, octets, plural } from '../core/format.ts';
import { usePageKeys } from '../core/keys.ts';
import { usePoll } from '../core/poll.ts';
import { keep, place, unsaved } from '../core/router.ts';
import { useStore } from '../core/store.ts';
import type { CheckAnswer, ConfigContent, ConfigFiles, Problem } from '../core/types.ts';
import { ask } from '../ui/dialog.tsx';
import { Editor } from '../ui/editor.tsx';
import { failed, notice } from '../ui/notices.tsx';
import { Ago, Badge, Card, Empty, Failure, Loading, NeedsLevel, useDelayed } from '../ui/parts.tsx';

/** After the last key. A check of a large configuration takes a moment of the server. */
const checkAfterMs = 600;

export function ConfigPage(): JSX.Element {
  const now = useStore(session);
  const ended = useStore(sessionEnded);
  const may = atLeast(now?.level, 'operator');
  const reader = useRef({ user: '', turn: 0, was: false });
  // What was typed outlives a session that has ended, for the one who typed it. What was merely loaded, with its secrets, does not.
  if (may && reader.current.user !== now!.user) reader.current = { user: now!.user, turn: reader.current.turn + 1, was: true };
  if (may) reader.current.was = true;
  else if (ended === '' || unsaved.get() === '') reader.current.was = false;
  return (
    <>
      {!may && (
        <div class="page">
          <div class="bar"><h1>Configuration</h1></div>
          <div class="card"><Empty title="The configuration is for operators"><NeedsLevel what="Reading the configuration" level="operator" /></Empty></div>
        </div>
      )}
      {(may || reader.current.was) && <div key={reader.current.turn} class="kept" hidden={!may}><Files /></div>}
    </>
  );
}

function Files(): JSX.Element {
  const files = usePoll<ConfigFiles>('/config/files', 0);
  const params = useStore(place).params;
  const [name, setName] = useState(params.get('file') ?? '');
  const shown = name || files.value?.main || '';
  const choose = (next: string): void => {
    if (unsaved.get() !== '' && !confirm(unsaved.get())) return;
    unsaved.set('');
    setName(next);
    keep({ file: next === files.value?.main ? '' : next });
  };
  if (files.error && !files.value) return <div class="page"><div class="bar"><h1>Configuration</h1></div><Failure error={files.error} retry={files.refresh} /></div>;
  if (!files.value) return <div class="page"><div class="bar"><h1>Configuration</h1></div><Loading lines={12} /></div>;
  return (
    <div class="page full config">
      <div class="bar">
        <h1>Configuration</h1>
        {files.value.files.length > 1
          ? (
            <select value={shown} aria-label="File" data-testid="file" onChange={(event) => choose(event.currentTarget.value)}>
              {files.value.files.map((file) => <option key={file.name} value={file.name}>{file.name}{file.name === files.value!.main ? ' (main)' : ''}, {octets(file.octets)}</option>)}
            </select>
          )
          : <code>{shown}</code>}
        <span class="dim num total">version {count(files.value.version)}, in effect since {dateTime(files.value.loaded)}</span>
      </div>
      <FileEditor key={shown} name={shown} since={files.value.loaded} loaded={files.refresh} />
    </div>
  );
}

type View = 'edit' | 'difference';

function FileEditor({ name, since, loaded }: { name: string; since: string | null; loaded: () => void }): JSX.Element {
  const now = useStore(session);
  const mayWrite = atLeast(now?.level, 'admin');
  const [file, setFile] = useState<ConfigContent | null>(null);
  const [text, setText] = useState('');
  const [error, setError] = useState<ApiError | null>(null);
  const [check, setCheck] = useState<CheckAnswer | null>(null);
  const [checking, setChecking] = useState(false);
  const [view, setView] = useState<View>('edit');
  const [busy, setBusy] = useState('');
  const [goTo, setGoTo] = useState<{ line: number; column: number; turn: number } | null>(null);
  const late = useDelayed(text, checkAfterMs);
  const latest = useRef(text);
  latest.current = text;
  const read = useRef(file);
  read.current = file;
  const changed = file !== null && text !== file.content;
  // A text with masks in the place of secrets has no etag. It is never edited: saved, it would take the secrets' place.
  const mayEdit = mayWrite && file !== null && file.etag !== null;

  const load = useCallback(async () => {
    try {
      const answer = await get<ConfigContent>('/config/file' + query({ name }));
      setFile(answer);
      setText(answer.content);
      setError(null);
      setView('edit');
    } catch (trouble) {
      setError(trouble instanceof ApiError ? trouble : new ApiError(0, 'Trouble', String(trouble)));
    }
  }, [name]);
  // Whoever signs in as an admin gets the text itself; who may write no longer keeps what was typed, to copy it.
  useEffect(() => {
    if (!read.current || (mayWrite && read.current.etag === null)) void load();
  }, [load, mayWrite]);

  useEffect(() => {
    unsaved.set(changed ? `The changes of ${name} are not saved. Leave without them?` : '');
    return () => unsaved.set('');
  }, [changed, name]);

  useEffect(() => {
    // Where secrets are masked, the text is not what the server has, and what the checker says of it would be wrong.
    if (!file || !mayEdit || late !== latest.current) return;
    let stale = false;
    setChecking(true);
    change<CheckAnswer>('POST', '/config/check', { name, content: late })
      .then(
        (answer) => {
          if (!stale) setCheck(answer);
        },
        (trouble: unknown) => {
          if (!stale) setCheck({ ok: false, changes: [], problems: [{ file: name, line: 1, column: 1, severity: 'warning', message: 'Not checked: ' + (trouble instanceof Error ? trouble.message : String(trouble)) }] });
        },
      )
      .finally(() => {
        if (!stale) setChecking(false);
      });
    return () => {
      stale = true;
    };
  }, [late, name, file, mayEdit]);

  const own = useMemo(() => (check?.problems ?? []).filter((problem) => problem.file === name || problem.file === ''), [check, name]);
  const errors = check?.problems.filter((problem) => problem.severity === 'error').length ?? 0;

  const warnings = check?.problems.filter((problem) => problem.severity === 'warning').length ?? 0;
  const notes = (check?.problems.length ?? 0) - errors - warnings;

  const save = useCallback(async (): Promise<boolean> => {
    if (!file || file.etag === null) return false;
    setBusy('save');
    try {
      const answer = await change<{ message: string; problems: Problem[] }>('PUT', '/config/file', { name, content: text, etag: file.etag });
      notice('ok', `Saved. ${answer.message}`);
      setFile(await get<ConfigContent>('/config/file' + query({ name })));
      return true;
    } catch (trouble) {
      if (trouble instanceof ApiError && trouble.status === 422 && Array.isArray(trouble.body['problems'])) {
        setCheck({ ok: false, problems: trouble.body['problems'] as Problem[], changes: [] });
        notice('bad', 'Not saved: the checker finds errors. They are listed below the text.');
      } else if (trouble instanceof ApiError && trouble.status === 412) {
        const over = await ask({
          title: 'Somebody else has changed the file', verb: 'Load theirs', danger: true,
          body: <p>The file on disk is no longer the one that you began with. Loading theirs gives up your changes; cancel keeps them here so that you can copy them.</p>,
        });
        if (over) await load();
      } else {
        failed(trouble);
      }
      return false;
    } finally {
      setBusy('');
    }
  }, [file, text, name, load]);

  const reload = async (): Promise<void> => {
    const yes = await ask({ title: 'Take the configuration into effect?', verb: 'Reload', body: <p>The files on disk are read and checked. Mail goes on; with an error, everything stays as it is.</p> });
    if (!yes) return;
    setBusy('reload');
    try {
      const answer = await change<{ reloaded: boolean; version: number; problems: Problem[]; remarks: string[] }>('POST', '/config/reload');
      if (answer.reloaded) notice('ok', [`Version ${count(answer.version)} is in effect.`, ...(answer.remarks ?? [])].join(' '));
      else notice('bad', `Not reloaded: ${answer.problems[0]?.message ?? 'the configuration has errors'}`);
      loaded();
    } catch (trouble) {
      failed(trouble);
    } finally {
      setBusy('');
    }
  };

  usePageKeys([{ key: 'Ctrl + S', does: 'save the file' }], []);

  if (error) return <Failure error={error} retry={() => void load()} />;
  if (!file) return <Loading lines={12} />;
  return (
    <div
      class="editor-page"
      onKeyDown={(event) => {
        if ((event.ctrlKey || event.metaKey) && event.key === 's') {
          event.preventDefault();
          if (mayEdit && changed && errors === 0) void save();
        }
      }}
    >
      <div class="bar sub">
        <span class="switch" role="group" aria-label="View">
          <button type="button" aria-pressed={view === 'edit'} data-testid="view-edit" onClick={() => setView('edit')}>Text</button>
          <button type="button" aria-pressed={view === 'difference'} data-testid="view-difference" disabled={!changed} onClick={() => setView('difference')}>Difference</button>
        </span>
        {mayWrite
          ? (
            <>
              <button type="button" class="small primary" data-testid="save" disabled={!mayEdit || !changed || errors > 0 || busy !== ''} onClick={() => void save()}>{busy === 'save' ? 'Saving …' : 'Save'}</button>
              <button type="button" class="small" data-testid="revert" disabled={!changed} onClick={() => setText(file.content)}>Revert</button>
              <button type="button" class="small" data-testid="reload" disabled={busy !== ''} onClick={() => void reload()}>{busy === 'reload' ? 'Reloading …' : 'Reload …'}</button>
            </>
          )
          : <NeedsLevel what="Changing the configuration" level="admin" />}
        {mayWrite && !mayEdit && <button type="button" class="small" data-testid="load-whole" onClick={() => void load()}>Load with its secrets</button>}
        <span class="dim total" role="status" data-testid="check-state">
          {checking ? 'Checking …' : check ? (check.problems.length === 0 ? 'The checker finds nothing.' : [errors > 0 && plural(errors, 'error'), warnings > 0 && plural(warnings, 'warning'), notes > 0 && plural(notes, 'note')].filter(Boolean).join(', ')) : ''}
          {check && check.problems.length > 0 && !checking ? '. ' : ' '}{changed ? 'Not saved.' : <>Written <Ago time={file.modified} />{since && file.modified && Date.parse(file.modified) > Date.parse(since) ? ', not in force before a reload' : ''}.</>}
        </span>
      </div>
      {view === 'edit'
        ? <Editor text={text} onInput={setText} readOnly={!mayEdit} problems={own} goTo={goTo} />
        : <Difference before={file.content} after={text} />}
      <div class="below">
        <Card title="Problems" id="problems" aside={check ? count(check.problems.length) : ''}>
          <Problems
            name={name} problems={check?.problems ?? []}
            open={(problem) => {
              setView('edit');
              setGoTo({ line: problem.line, column: problem.column, turn: Date.now() });
            }}
          />
        </Card>
        <Card title="What would change" id="changes" aside={check && check.changes.length > 0 ? count(check.changes.length) : ''}>
          {check && check.changes.length > 0
            ? <ul class="events">{check.changes.slice(0, 100).map((entry, i) => <li key={i}>{entry.queue && <code>{entry.queue} </code>}{entry.text}</li>)}</ul>
            : <Empty title={changed ? 'No virtual MTA, pool or listener comes or goes; values change as the difference shows' : 'Nothing: the text is as it is saved'} />}
        </Card>
      </div>
    </div>
  );
}

function Problems({ name, problems, open }: { name: string; problems: Problem[]; open: (problem: Problem) => void }): JSX.Element {
  if (problems.length === 0) return <Empty title="None" />;
  return (
    <ul class="problems">
      {problems.slice(0, 200).map((problem, i) => {
        const here = problem.file === name || problem.file === '';
        return (
          <li key={i}>
            <Badge tone={problem.severity === 'error' ? 'bad' : problem.severity === 'warning' ? 'warn' : 'note'}>{problem.severity}</Badge>
            {problem.line === 0
              ? <span class="dim">as a whole</span>
              : here
                ? <button type="button" class="link num" onClick={() => open(problem)}>line {problem.line}</button>
                : <code>{problem.file}:{problem.line}</code>}
            <span>{problem.message}</span>
          </li>
        );
      })}
    </ul>
  );
}

function Difference({ before, after }: { before: string; after: string }): JSX.Element {
  const lines = useMemo(() => fold(diffLines(before, after)), [before, after]);
  return (
    <div class="difference" tabIndex={0} role="region" aria-label="Difference" data-testid="difference">
      <table>
        <tbody>
          {lines.map((line, i) => (line === null
            ? <tr key={i} class="gap"><td colSpan={4}>⋯</td></tr>
            : (
              <tr key={i} class={line.kind}>
                <td class="num">{line.before || ''}</td>
                <td class="num">{line.after || ''}</td>
                <td class="sign">{line.kind === 'added' ? '+' : line.kind === 'removed' ? '−' : ''}</td>
                <td class="text">{line.text}</td>
              </tr>
            )))}
        </tbody>
      </table>
    </div>
  );
}
