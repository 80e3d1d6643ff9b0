import { InterpError } from '../core/errors.ts';
import type { Port } from '../protocol/rpc.ts';

/** The engine's end of the channel to the process that forked it. @throws request/invalid when there is none */
export function parentPort(): Port {
  const send = process.send?.bind(process) as ((frame: unknown) => boolean) | undefined;
  if (!send) throw new InterpError('request/invalid', 'The engine must be forked with an IPC channel.');
  return {
    send: (frame) => void send(frame),
    listen: (onFrame, onClose) => {
      const closed = (): void => onClose('the host closed the channel');
      process.on('message', onFrame);
      process.on('disconnect', closed);
      return () => {
        process.off('message', onFrame);
        process.off('disconnect', closed);
      };
    },
  };
}
