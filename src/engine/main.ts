import { join } from 'node:path';
import type { EngineContract, EngineEvents } from '../protocol/engineContract.ts';
import { serve } from '../protocol/rpc.ts';
import { ortSessions } from '../runtime/ort/ortSessions.ts';
import { parentPort } from './ipcPort.ts';
import { createJobs, defaultThreads } from './jobs.ts';

/** The engine process. Its one argument is the folder of embedded models; it ends with its host. */
function main(): void {
  const threads = Number(process.env['UNDERGLASS_THREADS']) || defaultThreads();
  const sessions = ortSessions({ threads });
  const jobs = createJobs({
    sessions,
    embeddedFolder: process.argv[2] ?? join(__dirname, '..', 'models'),
    // Replaced by the build with package.json's version.
    version: process.env.UNDERGLASS_VERSION ?? 'development',
    runtimeVersion: () => sessions.version(),
    threads,
    emit: (name, payload) => server.emit(name, payload),
  });
  const server = serve<EngineContract, EngineEvents>(parentPort(), jobs.handlers);
  process.on('disconnect', () => process.exit(0));
  server.emit('engine/didLog', {
    level: 'info',
    message: `engine started with ${threads} threads`,
  });
}

main();
