// Light, dark, or as the system says. The choice is put onto <html> before anything is drawn (src/early.ts).

import { savedTheme, type Theme, themeKey } from './saved.ts';
import { store } from './store.ts';

export const theme = store<Theme>('system');

/** Counts changes of what is seen, by choice or by the system; charts draw with colours that they must read anew. */
export const themeTurn = store(0);

export function startTheme(): void {
  theme.set(savedTheme());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => themeTurn.set(themeTurn.get() + 1));
}

export function nextTheme(): void {
  const order: Theme[] = ['system', 'light', 'dark'];
  const next = order[(order.indexOf(theme.get()) + 1) % order.length]!;
  theme.set(next);
  if (next === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = next;
  try {
    if (next === 'system') localStorage.removeItem(themeKey);
    else localStorage.setItem(themeKey, next);
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
    return;
  } finally {
    themeTurn.set(themeTurn.get() + 1);
  }
}
