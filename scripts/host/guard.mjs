/**
 * Runs a command in this process's group and ends the whole group as soon as its parent is gone, however it went:
 * the parent holds the other end of standard input. A server would else outlive a killed test run for hours.
 *   node guard.mjs COMMAND ARGS...
 */
import { spawn } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
const endAll = () => process.kill(-process.pid, 'SIGKILL');
process.stdin.once('end', endAll).once('error', endAll).resume();
process.on('SIGINT', () => {});

const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.once('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.once('exit', (code) => process.exit(code ?? 1));
