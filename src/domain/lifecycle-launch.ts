/** A node without a server: ask for it once, and after an unknown outcome look for it instead of asking again. */
import type { Draft } from './lifecycle-draft.ts';
import type { NodeAction } from './lifecycle-types.ts';

export function decideLaunch(draft: Draft): NodeAction {
  const { seen, status } = draft;
  if (seen.launching) {
    draft.waitsFor = 'the cloud has not answered yet';
    return { do: 'None' };
  }
  if (seen.node.spec.adopts !== undefined) return nothingToAdopt(draft);
  if (status.requested === undefined) {
    if (!seen.cloud.fresh) {
      // stale data permit nothing constructive
      draft.waitsFor = seen.cloud.problem ?? 'the cloud has not been listed yet';
      return { do: 'None' };
    }
    return { do: 'Launch' };
  }
  if (draft.since('requested') > seen.settings.findWindow) {
    const message = 'the answer to the create was lost and no server with its tag has appeared';
    draft.fail('LostAnswer', message);
    draft.event('Warning', 'CreateUnanswered', `${message}; another node takes its place`);
    draft.leave(message);
    draft.lookAgainIn(0);
    return { do: 'None' };
  }
  draft.waitsFor = 'the answer to the create is unknown: looking for the server by its tag';
  draft.lookAgainIn(5_000);
  return { do: 'Find' };
}

/** It was made for a server that is there already. Another is never asked for: the one it was made for may only not be seen now. */
function nothingToAdopt(draft: Draft): NodeAction {
  const { cloud } = draft.seen;
  if (cloud.fresh) {
    draft.leave('there is no server that this record may take over');
    draft.lookAgainIn(0);
  } else draft.waitsFor = cloud.problem ?? 'the cloud has not been listed yet';
  return { do: 'None' };
}
