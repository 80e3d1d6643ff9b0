/** Prints how long each phase took when VERBOSE=1; VERBOSE=2 adds VS Code's own log. */
export function phaseTimer(what: string): (phase: string) => void {
  const started = performance.now();
  let last = started;
  return (phase) => {
    const now = performance.now();
    const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
    if (process.env['VERBOSE'] !== undefined)
      console.log(`${what}: ${phase} ${seconds(now - last)} (${seconds(now - started)})`);
    last = now;
  };
}
