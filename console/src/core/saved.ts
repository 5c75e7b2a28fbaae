// The chosen colours as the browser keeps them. Without imports: src/early.ts runs before anything else and must stay tiny.

export type Theme = 'system' | 'light' | 'dark';

export const themeKey = 'godwit.theme';

export function savedTheme(): Theme {
  try {
    const value = localStorage.getItem(themeKey);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}
