// Makes what every test needs: the program, built if need be, and the demonstration
// city served by it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program, serve } from './server';

export default async function setup(): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'langbiang-e2e-'));
  const store = join(dir, 'demo.gpkg');
  const made = spawnSync(program(), ['demo', '--store', store], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`langbiang demo: ${made.stderr}`);
  const key = spawnSync(program(), ['key', 'create', '--store', store, '--role', 'planner', '--name', 'e2e'], { encoding: 'utf8' });
  if (key.status !== 0) throw new Error(`langbiang key create: ${key.stderr}`);
  process.env['LANGBIANG_KEY'] = key.stdout.trim().split('\n').at(-1)!;
  const server = await serve(store);
  process.env['LANGBIANG_URL'] = server.url;
  return async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}
