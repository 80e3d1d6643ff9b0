/** Prints how long each phase took when VERBOSE=1. */
export function phaseTimer(what: string): (phase: string) => void {
  const started = performance.now();
  let last = started;
  return (phase) => {
    const now = performance.now();
    const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
    if (process.env['VERBOSE'] === '1')
      console.log(`${what}: ${phase} ${seconds(now - last)} (${seconds(now - started)})`);
    last = now;
  };
}
