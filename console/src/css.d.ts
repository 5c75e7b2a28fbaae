// esbuild takes style sheets out of the bundle; to TypeScript they are modules without content.
declare module '*.css';
