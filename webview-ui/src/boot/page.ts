import { OPENING_ID, readOpening } from '../../../src/protocol/opening.ts';
import { connect, type Client, type Port } from '../../../src/protocol/rpc.ts';

/** What VS Code gives a webview page, once. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** A page's link to its host: typed requests and events, and the ids that outlive a reload. */
export interface Page<C> {
  readonly client: Client<C>;
  /** What `writeState` kept, unvalidated; undefined on a first visit. */
  readState(): unknown;
  writeState(state: unknown): void;
  /**
   * What the host wrote into the page's HTML to start with; undefined where it did not. A page that VS Code shows once
   * more has the HTML of its first visit, and asks the host instead.
   */
  readonly opening: unknown;
}

/** The only place that calls acquireVsCodeApi, which may be called once per page. */
export function openPage<C>(): Page<C> {
  const api = acquireVsCodeApi();
  return {
    client: connect<C>(hostPort(api)),
    readState: () => api.getState(),
    writeState: (state) => api.setState(state),
    opening: api.getState() === undefined ? openingOf(document) : undefined,
  };
}

function openingOf(page: Document): unknown {
  const data = page.getElementById(OPENING_ID)?.textContent;
  return data === undefined || data === null ? undefined : readOpening(data);
}

function hostPort(api: VsCodeApi): Port {
  return {
    send: (frame) => api.postMessage(frame),
    listen: (onFrame, onClose) => {
      const receive = (event: MessageEvent<unknown>): void => onFrame(event.data);
      const leave = (): void => onClose('The page was closed.');
      window.addEventListener('message', receive);
      window.addEventListener('pagehide', leave);
      return () => {
        window.removeEventListener('message', receive);
        window.removeEventListener('pagehide', leave);
      };
    },
  };
}
