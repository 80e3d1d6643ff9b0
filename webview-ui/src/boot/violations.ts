/** A breach of the page's content security policy. */
export interface Violation {
  readonly directive: string;
  readonly blocked: string;
}

/** Calls `report` for every breach of the page's policy, so that the host logs it and tests fail on it. */
export function watchViolations(report: (violation: Violation) => void): void {
  document.addEventListener('securitypolicyviolation', (event) => {
    const where = event.sourceFile ? ` (${event.sourceFile}:${event.lineNumber})` : '';
    report({ directive: event.effectiveDirective, blocked: `${event.blockedURI}${where}` });
  });
}
