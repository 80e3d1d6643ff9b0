import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { ALLOCATOR_VARIABLES } from '../../src/core/speed.ts';
import type { EngineContract } from '../../src/protocol/engineContract.ts';
import { connect, type Client, type Port } from '../../src/protocol/rpc.ts';

const ENGINE = join(import.meta.dirname, '..', '..', 'dist', 'engine.cjs');

export interface EngineChild {
  readonly client: Client<EngineContract>;
  readonly child: ChildProcess;
}

/** Forks the built engine as the extension does; `models` is its folder of embedded models. Kill the child after use. */
export function forkEngine(models: string, environment: Readonly<Record<string, string>> = {}): EngineChild {
  const child = fork(ENGINE, [models], {
    serialization: 'advanced',
    execArgv: [],
    env: { ...ALLOCATOR_VARIABLES, ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return { client: connect<EngineContract>(childPort(child)), child };
}

function childPort(child: ChildProcess): Port {
  return {
    send: (frame) => void child.send(frame as object),
    listen: (onFrame, onClose) => {
      child.on('message', onFrame);
      child.once('exit', (code, signal) => onClose(`the engine ended (${signal ?? code})`));
      return () => void child.off('message', onFrame);
    },
  };
}
