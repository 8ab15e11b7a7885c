// Where things are: pages here, and what the REST interface serves to people as it is.

const part = encodeURIComponent;

export const runPath = (runId: string): string => `/ui/runs/${part(runId)}`;
export const jobPath = (workflowId: string): string => `/ui/jobs/${part(workflowId)}`;
export const messagesPath = (workflowId: string): string => `/ui/jobs/${part(workflowId)}/messages`;
/** A bill's page; `billPath` is the bill itself. */
export const billPagePath = (workflowId: string): string => `/ui/bills/${part(workflowId)}`;
export const billPath = (workflowId: string, format: 'html' | 'pdf' | 'txt' | 'json'): string =>
  `/bills/${part(workflowId)}.${format}`;

/** A path of ours, or that of the first page: nobody is sent elsewhere. */
export function ownPath(path: string): string {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? path : '/';
}

export const ordersPath = (customerId?: string): string =>
  customerId === undefined ? '/ui/orders' : `/ui/orders?customer=${part(customerId)}`;
export const orderPath = (id: string): string => `/ui/orders/${part(id)}`;
export const billsOfRunPath = (runId: string): string => `/ui/bills?run=${part(runId)}`;
