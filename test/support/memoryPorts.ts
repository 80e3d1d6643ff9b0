import type { Port } from '../../src/protocol/rpc.ts';

/** Two connected ends of a channel in this process; frames are cloned, as a real channel does. */
export function memoryPorts(): { near: Port; far: Port; close(reason: string): void } {
  const near = memoryEnd();
  const far = memoryEnd();
  near.other = far;
  far.other = near;
  return {
    near: near.port,
    far: far.port,
    close: (reason) => {
      for (const end of [near, far]) for (const onClose of [...end.closers]) onClose(reason);
    },
  };
}

interface MemoryEnd {
  other: MemoryEnd | null;
  readonly listeners: Set<(frame: unknown) => void>;
  readonly closers: Set<(reason: string) => void>;
  readonly port: Port;
}

function memoryEnd(): MemoryEnd {
  const end: MemoryEnd = {
    other: null,
    listeners: new Set(),
    closers: new Set(),
    port: {
      send: (frame) => {
        const copy: unknown = structuredClone(frame);
        queueMicrotask(() => end.other?.listeners.forEach((listener) => listener(copy)));
      },
      listen: (onFrame, onClose) => {
        end.listeners.add(onFrame);
        end.closers.add(onClose);
        return () => {
          end.listeners.delete(onFrame);
          end.closers.delete(onClose);
        };
      },
    },
  };
  return end;
}
