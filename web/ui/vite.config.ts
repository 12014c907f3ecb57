import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// `npm run dev` serves the front end from source and asks a running langbiang for the rest.
const server = process.env.LANGBIANG ?? 'http://127.0.0.1:8080';
const proxied = ['/api', '/tiles', '/styles', '/fonts', '/sprite', '/parcels', '/thua', '/tra-cuu', '/static'];

export default defineConfig({
  plugins: [svelte()],
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
