// The chain of reasons why something still waits, nearest reason first, each with what could be done about it.

import type { JSX } from 'preact';
import type { Why } from '../core/types.ts';
import { Copy, Empty, For, Until } from './parts.tsx';

/** What is typed in a shell; the server names the verb. */
function command(fix: string): string {
  return fix.startsWith('godwit ') ? fix : 'godwit ' + fix;
}

export function WhyChain({ chain, idle }: { chain: (Why | string)[]; idle: string }): JSX.Element {
  if (chain.length === 0) return <Empty title={idle} />;
  return (
    <ol class="why" data-testid="why">
      {chain.map((entry, i) => {
        const why: Why = typeof entry === 'string' ? { text: entry, since: null, until: null, fix: '' } : entry;
        return (
          <li key={i} class={why.binding === false ? 'slows' : ''}>
            <div>{why.text}</div>
            {(why.since || why.until) && (
              <div class="dim">{why.since && <For time={why.since} />}{why.since && why.until && ', '}{why.until && <>ends <Until time={why.until} over="now" /></>}</div>
            )}
            {why.fix && <div class="fix"><code>{command(why.fix)}</code> <Copy text={command(why.fix)} /></div>}
          </li>
        );
      })}
    </ol>
  );
}
