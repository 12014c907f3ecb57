import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// `npm run dev` serves the front end from source and asks a running langbiang for the rest.
const server = process.env.LANGBIANG ?? 'http://127.0.0.1:8080';
const proxied = ['/api', '/tiles', '/styles', '/fonts', '/sprite', '/parcels', '/thua', '/tra-cuu', '/static'];

// What the page will need soon is named in its head: the map, and the letters of the
// language. (A worker cannot be: browsers take no such preload for it.)
function soon(): Plugin {
  return {
    name: 'soon',
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle }) {
        const files = Object.keys(bundle ?? {});
        const named = (start: string, end: string): string[] => files.filter((f) => f.startsWith(`assets/${start}`) && f.endsWith(end)).map((f) => `/${f}`);
        const link = (attrs: Record<string, string>) => ({ tag: 'link', attrs, injectTo: 'head' as const });
        return [
          ...named('city-', '.js').map((href) => link({ rel: 'modulepreload', href, crossorigin: '', fetchpriority: 'low' })),
          ...['latin-400', 'vietnamese-400'].flatMap((n) => named(`be-vietnam-pro-${n}`, '.woff2')).map((href) => link({ rel: 'preload', href, as: 'font', type: 'font/woff2', crossorigin: '' })),
        ];
      },
    },
  };
}

export default defineConfig({
  plugins: [svelte(), soon()],
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    // Everything is a file of its own: the content policy allows no data: fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: { checks: { pluginTimings: false } },
    license: { fileName: 'licenses.md' },
  },
  worker: { format: 'es' },
  server: { host: '127.0.0.1', proxy: Object.fromEntries(proxied.map((p) => [p, server])) },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
