// A resource that is asked for again and again while its page is open and seen. What was there stays when a request fails: stale figures with a
// note serve better than an empty page.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, get, session } from './api.ts';
import { link } from './live.ts';

export interface Polled<T> {
  value: T | null;
  error: ApiError | null;
  /** Ask now, after a change for instance. */
  refresh: () => void;
}

/**
 * @param path null asks for nothing
 * @param everyMs 0 asks once
 * @param about what is asked about: as long as it is the same, an old answer stays until there is one to the new address
 */
export function usePoll<T>(path: string | null, everyMs: number, about = path): Polled<T> {
  const [state, setState] = useState<{ about: string | null; value: T | null; error: ApiError | null }>({ about, value: null, error: null });
  const again = useRef<() => void>(() => undefined);
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let busy = false;
    const ask = async (): Promise<void> => {
      if (busy) return;
      busy = true;
      clearTimeout(timer);
      try {
        if ((!document.hidden || everyMs === 0) && session.get()?.level !== 'none') {
          const value = await get<T>(path, stop.signal);
          setState({ about, value, error: null });
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        const shown = error instanceof ApiError ? error : new ApiError(0, 'Trouble', String(error));
        setState((before) => ({ about, value: before.about === about ? before.value : null, error: shown }));
      } finally {
        busy = false;
      }
      if (everyMs > 0 && !stop.signal.aborted) timer = setTimeout(ask, everyMs);
    };
    again.current = () => void ask();
    void ask();
    // Back from a lost connection, or back in sight: at once, not after the rest of the interval.
    const unwatch = link.watch((state) => {
      if (state === 'live') void ask();
    });
    const seen = (): void => {
      if (!document.hidden) void ask();
    };
    document.addEventListener('visibilitychange', seen);
    return () => {
      stop.abort();
      clearTimeout(timer);
      unwatch();
      document.removeEventListener('visibilitychange', seen);
    };
  }, [path, everyMs]);
  const refresh = useCallback(() => again.current(), []);
  // What was said of something else is no answer.
  return state.about === about ? { value: state.value, error: state.error, refresh } : { value: null, error: null, refresh };
}
