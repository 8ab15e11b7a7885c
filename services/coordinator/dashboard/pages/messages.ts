// The messages of a job as they lie on the topics. Finding them takes a moment, so they have a page of their own, which the
// job's page takes in.
import { qaIdentifierOf } from '../../../../core/mod.ts';
import { access } from '../../../platform/auth/index.ts';
import { messageList } from '../components/message-list.ts';
import { foreign, html } from '../html.ts';
import type { Page } from '../page.ts';
import { jobPath } from '../paths.ts';
import type { JobReply, MessagesReply } from '../replies.ts';

export const messagesPage: Page = {
  path: '/ui/jobs/:workflowId/messages',
  access: access('bill-reader', 'run-starter'),
  show: async ({ api, params }) => {
    const { workflowId = '' } = params;
    const path = `/jobs/${encodeURIComponent(workflowId)}`;
    const found = await api.get<MessagesReply>(`${path}/messages`);
    const job = await api.get<JobReply>(path);
    return {
      title: `Messages of ${workflowId}`,
      main: html`<p class="crumb"><a href="/ui/jobs">Jobs</a> › <a href="${jobPath(workflowId)}">${foreign(workflowId)}</a></p>
<div class="title"><h1>Messages</h1></div>
<section aria-labelledby="messages-title"><h2 class="unseen" id="messages-title">On the topics</h2>
<div data-fragment-content>${messageList(found, openQuestions(job))}</div></section>`,
    };
  },
};

/** The identifiers of questions that have no answer on record, as JSON has them. */
function openQuestions({ workflowType, workflowId, waitsFor }: JobReply): readonly string[] {
  if (workflowType === undefined) return [];
  return waitsFor.flatMap((each) =>
    each.kind === 'answer'
      ? [JSON.stringify(qaIdentifierOf({ workflowType, workflowId, step: each.step }))]
      : [],
  );
}
