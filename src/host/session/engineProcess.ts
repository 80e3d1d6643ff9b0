import { fork, type ChildProcess } from 'node:child_process';
import * as vscode from 'vscode';
import { cancelled, InterpError, isInterpError } from '../../core/errors.ts';
import { speedText, speedVariables, type SpeedChoice, type SpeedInUse } from '../../core/speed.ts';
import type { EngineContract, EngineEvents } from '../../protocol/engineContract.ts';
import { connect, type Client, type Port } from '../../protocol/rpc.ts';
import type { Folders } from '../../protocol/recordsContract.ts';
import type { EngineEnvironment } from './engineEnvironment.ts';
import type { Engine, EngineState } from './session.ts';

export interface EngineOptions {
  /** The bundled entry. */
  readonly entry: string;
  /** Folder of embedded models. */
  readonly embeddedFolder: string;
  readonly log: vscode.LogOutputChannel;
  /** Of a process that is started now. */
  environment(): EngineEnvironment;
  /** Where computed and shared things lie now. */
  folders(): Folders;
  /** What settings ask of the next process. */
  speed(): SpeedChoice;
  /** A request without answer or progress for so long means a hung engine. Milliseconds. */
  timeout(): number;
}

/** After so many crashes in a row the engine stays down until a person restarts it. */
const MAX_CRASHES = 3;
const BACK_OFF_MS = [200, 1000, 3000];

/** They wait for hosts and for other windows, with time limits of their own. */
const UNWATCHED: ReadonlySet<keyof EngineContract> = new Set(['hub/find', 'hub/add'] as const);
/** Reads of what was run, and of what lies on this machine: nothing is in their way. */
const READS =
  /^(trace\/(?!run)|models?\/(?!open)|engine\/|folders\/|tokens\/|hub\/(?!add)|explain\/list|sae\/unmeasured|unit\/(list|summary))/u;
const UNWATCHING = { expired: false, alive: () => {}, stop: () => {} };

/** Forks the engine on first use, restarts it after a crash, kills it when it hangs. */
export class EngineProcess implements Engine {
  private readonly options: EngineOptions;
  private readonly stateEmitter = new vscode.EventEmitter<EngineState>();
  private readonly restartEmitter = new vscode.EventEmitter<void>();
  private readonly speedEmitter = new vscode.EventEmitter<SpeedInUse>();
  private readonly heard = new Map<keyof EngineEvents, Set<(payload: unknown) => void>>();
  private child: ChildProcess | null = null;
  private client: Client<EngineContract> | null = null;
  private pending = 0;
  /** What is run while nobody waits for anything. */
  private readonly aside = new Set<AbortController>();
  private crashes = 0;
  private starting: NodeJS.Timeout | null = null;
  private disposed = false;

  readonly onDidChangeState = this.stateEmitter.event;
  readonly onDidRestart = this.restartEmitter.event;
  readonly onDidLearnSpeed = this.speedEmitter.event;
  speed: SpeedInUse | null = null;
  state: EngineState = 'stopped';
  detail: string | null = null;
  generation = 0;

  constructor(options: EngineOptions) {
    this.options = options;
    this.on('engine/didLog', ({ level, message }) => this.options.log[level](message));
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Starts the engine when needed. A crash rejects with engine/crashed, a hang with engine/hung. */
  readonly request: Engine['request'] = async (method, params, options = {}) => {
    this.ensure();
    if (!isRead(method)) for (const job of this.aside) job.abort();
    this.pending++;
    this.setState(this.state === 'ready' ? 'busy' : this.state);
    try {
      return await this.ask(method, params, options);
    } finally {
      this.pending--;
      if (this.pending === 0 && this.state === 'busy') this.setState('ready');
    }
  };

  readonly requestAside: Engine['request'] = async (method, params, options = {}) => {
    if (this.pending > 0) throw cancelled();
    const job = new AbortController();
    const abort = (): void => job.abort();
    options.signal?.addEventListener('abort', abort);
    this.aside.add(job);
    try {
      return await this.ask(method, params, { ...options, signal: job.signal });
    } finally {
      this.aside.delete(job);
      options.signal?.removeEventListener('abort', abort);
    }
  };

  private readonly ask: Engine['request'] = async (method, params, options = {}) => {
    const client = this.ensure();
    const { generation } = this;
    const watch = UNWATCHED.has(method) ? UNWATCHING : this.watchdog(method);
    try {
      const result = await client.request(method, params, {
        ...options,
        onProgress: (progress) => {
          watch.alive();
          options.onProgress?.(progress);
        },
      });
      this.didSucceed(method);
      return result;
    } catch (error) {
      if (watch.expired) throw hung(method, this.options.timeout(), error);
      if (isInterpError(error, 'closed') && generation !== this.generation) throw crashed(error);
      throw error;
    } finally {
      watch.stop();
    }
  };

  on<N extends keyof EngineEvents>(name: N, listener: (payload: EngineEvents[N]) => void): vscode.Disposable {
    const known = this.heard.get(name);
    const heard = known ?? new Set<(payload: unknown) => void>();
    const hear = (payload: unknown): void => listener(payload as EngineEvents[N]);
    heard.add(hear);
    if (!known) {
      this.heard.set(name, heard);
      this.client?.on(name, (payload) => {
        for (const each of heard) each(payload);
      });
    }
    return new vscode.Disposable(() => heard.delete(hear));
  }

  /** After a start, and when the workspace or its trust is another one. */
  tellFolders(): void {
    void this.client?.request('folders/set', this.options.folders()).catch((error: unknown) => {
      this.options.log.warn(`the engine was not told its folders: ${String(error)}`);
    });
  }

  /** Kills the process, whatever it does, and starts another. */
  restart(reason: string): void {
    this.options.log.info(`engine restart: ${reason}`);
    this.crashes = 0;
    this.detail = null;
    const { child } = this;
    if (child) child.kill('SIGKILL');
    else this.startAgain(0);
  }

  dispose(): void {
    this.disposed = true;
    if (this.starting) clearTimeout(this.starting);
    this.client?.close('the extension was stopped');
    this.child?.kill('SIGKILL');
    this.stateEmitter.dispose();
    this.restartEmitter.dispose();
    this.speedEmitter.dispose();
  }

  private ensure(): Client<EngineContract> {
    if (this.client) return this.client;
    if (this.disposed) throw new InterpError('closed', 'The extension was stopped.');
    if (this.crashes >= MAX_CRASHES) {
      throw new InterpError(
        'engine/crashed',
        `The engine ended ${this.crashes} times in a row. Restart it by "Underglass: Restart Engine".`,
      );
    }
    return this.starting ? this.startedAgain() : this.start();
  }

  private start(): Client<EngineContract> {
    this.setState('loading');
    const { log, entry, embeddedFolder } = this.options;
    const { env, execArgv } = this.options.environment();
    const child = fork(entry, [embeddedFolder], {
      serialization: 'advanced',
      execArgv: [...execArgv],
      env: { ...env, ...speedVariables(this.options.speed()) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child.stdout?.on('data', (data: Buffer) => log.info(`engine: ${data.toString().trimEnd()}`));
    child.stderr?.on('data', (data: Buffer) => log.warn(`engine: ${data.toString().trimEnd()}`));
    child.once('error', (error) => log.error(`engine could not be started: ${error.message}`));
    const client = connect<EngineContract>(childPort(child, (reason) => this.didEnd(child, reason)));
    this.child = child;
    this.client = client;
    for (const [name, heard] of this.heard) {
      client.on(name, (payload) => {
        for (const listener of heard) listener(payload);
      });
    }
    this.tellFolders();
    client.request('engine/status', {}).then(
      (status) => {
        log.info(`engine ready: ${status.runtime}, ${speedText(status.speed)}`);
        for (const note of status.speed.notes) log.warn(note);
        this.speed = status.speed;
        this.speedEmitter.fire(status.speed);
        if (this.client === client) this.setState(this.pending > 0 ? 'busy' : 'ready');
      },
      () => {},
    );
    return client;
  }

  private didEnd(child: ChildProcess, reason: string): void {
    if (this.child !== child) return;
    this.child = null;
    this.client = null;
    this.generation++;
    if (this.disposed) return;
    this.crashes++;
    this.detail = reason;
    this.options.log.warn(`engine: ${reason}`);
    if (this.crashes >= MAX_CRASHES) this.setState('stopped');
    else this.startAgain(BACK_OFF_MS[this.crashes - 1] ?? 0);
  }

  private startAgain(delay: number): void {
    this.setState('degraded');
    if (this.starting) clearTimeout(this.starting);
    this.starting = setTimeout(() => {
      if (!this.disposed) this.startedAgain();
    }, delay);
  }

  /** After the back-off, or sooner when somebody asks: whoever showed a result of the old process is told either way. */
  private startedAgain(): Client<EngineContract> {
    if (this.starting) clearTimeout(this.starting);
    this.starting = null;
    const client = this.start();
    queueMicrotask(() => this.restartEmitter.fire());
    return client;
  }

  /** A finished run proves that the engine works again. */
  private didSucceed(method: string): void {
    if (method !== 'trace/run' && method !== 'debug/open') return;
    this.crashes = 0;
    this.detail = null;
  }

  private watchdog(method: string): { expired: boolean; alive(): void; stop(): void } {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      timer = setTimeout(() => {
        watch.expired = true;
        this.options.log.error(
          `engine: ${method} did not answer in ${this.options.timeout()} ms; the process is ended`,
        );
        this.child?.kill('SIGKILL');
      }, this.options.timeout());
    };
    const watch = {
      expired: false,
      alive: () => {
        clearTimeout(timer);
        arm();
      },
      stop: () => clearTimeout(timer),
    };
    arm();
    return watch;
  }

  private setState(state: EngineState): void {
    if (state === this.state) return;
    this.state = state;
    this.stateEmitter.fire(state);
  }
}

function isRead(method: string): boolean {
  return READS.test(method);
}

function childPort(child: ChildProcess, onEnd: (reason: string) => void): Port {
  return {
    send: (frame) => {
      if (!child.connected) throw new InterpError('closed', 'The engine is not running.');
      // One that has just been killed takes nothing more: its exit, which is heard next, says so better.
      child.send(frame as object, () => {});
    },
    listen: (onFrame, onClose) => {
      let ended = false;
      const end = (reason: string): void => {
        if (ended) return;
        ended = true;
        onEnd(reason);
        onClose(reason);
      };
      child.on('message', onFrame);
      child.once('exit', (code, signal) =>
        end(`the engine process ended (${signal ?? `exit code ${code}`})`),
      );
      child.once('error', (error) => end(`the engine process could not be started: ${error.message}`));
      return () => void child.off('message', onFrame);
    },
  };
}

function crashed(cause: InterpError): InterpError {
  return new InterpError('engine/crashed', `The engine stopped in the middle of this: ${cause.message}.`, {
    cause,
  });
}

function hung(method: string, timeout: number, cause: unknown): InterpError {
  return new InterpError(
    'engine/hung',
    `The engine did not answer ${method} within ${timeout / 1000} s and was ended.`,
    { cause },
  );
}
