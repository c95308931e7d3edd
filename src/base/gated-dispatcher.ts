/** The last place before the network at which a request can be stopped. */
import type { Dispatcher } from 'undici';

export interface Gated {
  dispatcher: Dispatcher;
  /** What `mayGo` threw: then nothing of the request was written, whatever it failed with. */
  refusal: () => unknown;
}

/**
 * For one request. Calls `mayGo` when a connection is there and the request is about to be written on it, which may be long after it was asked
 * for: it waits for a connection, for TLS, or for its turn.
 */
export function gated(dispatcher: Dispatcher, mayGo: () => void): Gated {
  let refusal: unknown;
  const ask = (): void => {
    try {
      mayGo();
    } catch (error) {
      refusal = error;
      throw error;
    }
  };
  const composed = dispatcher.compose((dispatch) => (options, handler) => {
    return dispatch(options, {
      onRequestStart: (controller, context: unknown) => {
        ask();
        handler.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
      onResponseStart: (...args) => handler.onResponseStart?.(...args),
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
      onResponseError: (...args) => handler.onResponseError?.(...args),
    });
  });
  return { dispatcher: composed, refusal: () => refusal };
}
