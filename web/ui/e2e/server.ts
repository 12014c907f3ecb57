// Runs the built program.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// program is the path of the binary under test.
export function program(): string {
  const path = process.env['LANGBIANG_BIN'] ?? fileURLToPath(new URL('../../../bin/langbiang', import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is not there: make build`);
  return path;
}

// run runs one command to its end and gives what it printed.
export function run(...args: string[]): { status: number; out: string } {
  const r = spawnSync(program(), args, { encoding: 'utf8' });
  return { status: r.status ?? -1, out: r.stdout + r.stderr };
}

export interface Server {
  url: string;
  stop(): Promise<void>;
}

// serve starts a server on a free port of this machine.
export function serve(store: string, ...args: string[]): Promise<Server> {
  const child = spawn(program(), ['serve', '--store', store, '--addr', '127.0.0.1:0', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  let said = '';
  child.stderr.on('data', (b: Buffer) => (said += b.toString()));
  return new Promise((ready, failed) => {
    child.once('error', failed);
    child.once('exit', (code) => failed(new Error(`langbiang serve ended with ${code}: ${said}`)));
    child.stdout.on('data', (b: Buffer) => {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(b.toString())?.[0];
      if (url)
        ready({
          url,
          stop: async () => {
            child.kill('SIGTERM');
            await ended;
          },
        });
    });
  });
}
