// Dialogs: the browser's own <dialog>, which keeps the focus inside and gives it back.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Store, store, useStore } from '../core/store.ts';

export function Modal({ title, onClose, id, children, wide }: {
  title: string; onClose: () => void; id: string; children: ComponentChildren; wide?: boolean;
}): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current!;
    const before = document.activeElement as HTMLElement | null;
    if (!dialog.open) dialog.showModal();
    dialog.querySelector<HTMLElement>('[autofocus]')?.focus();
    return () => {
      // Back to where one was; where that is gone or has no more use, to the page.
      const back = before?.isConnected && before !== document.body && !before.matches(':disabled') ? before : document.getElementById('main');
      back?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={element} class={wide ? 'wide' : ''} aria-labelledby={id + '-title'} data-testid={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <div class="dialog-body">
        <h2 id={id + '-title'}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

export interface Question {
  title: string;
  body: ComponentChildren;
  /** The verb on the button. */
  verb: string;
  danger?: boolean;
  /** What must be typed first: for what cannot be undone and is large. */
  typed?: string;
  /** False as long as the body has not got what the verb needs. */
  ready?: Store<boolean>;
  resolve: (yes: boolean) => void;
}

const question = store<Question | null>(null);

/** Asks, and answers false when the dialog is closed in any other way than by its verb. */
export function ask(what: Omit<Question, 'resolve'>): Promise<boolean> {
  return new Promise((resolve) => question.set({ ...what, resolve }));
}

export function QuestionDialog(): JSX.Element | null {
  const now = useStore(question);
  return now && <QuestionBody key={now.title} now={now} />;
}

const always = store(true);

function QuestionBody({ now }: { now: Question }): JSX.Element {
  const [typed, setTyped] = useState('');
  const answer = (yes: boolean): void => {
    question.set(null);
    now.resolve(yes);
  };
  const filled = useStore(now.ready ?? always);
  const ready = filled && (!now.typed || typed === now.typed);
  return (
    <Modal title={now.title} onClose={() => answer(false)} id="confirm">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) answer(true);
        }}
      >
        <div>{now.body}</div>
        {now.typed && (
          <label>
            <span>Type <code>{now.typed}</code> to go on</span>
            <input value={typed} autofocus spellcheck={false} autocomplete="off" data-testid="confirm-typed" onInput={(event) => setTyped(event.currentTarget.value)} />
          </label>
        )}
        <div class="row end">
          <button type="button" data-testid="confirm-no" autofocus={!!now.danger && !now.typed} onClick={() => answer(false)}>Cancel</button>
          <button type="submit" class={now.danger ? 'danger' : 'primary'} data-testid="confirm-yes" autofocus={!now.danger} disabled={!ready}>{now.verb}</button>
        </div>
      </form>
    </Modal>
  );
}
