/** Raised when scanning computes or stores something else: every older index is stale then. */
export const SCAN_VERSION = 1;
