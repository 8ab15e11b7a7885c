// Where things are: pages here, and what the REST interface serves to people as it is.

const part = encodeURIComponent;

export const runPath = (runId: string): string => `/ui/runs/${part(runId)}`;
/** Until jobs have a page of their own, what the REST interface says of one. */
export const jobPath = (workflowId: string): string => `/jobs/${part(workflowId)}`;
export const billPath = (workflowId: string, format: 'html' | 'pdf' | 'txt'): string =>
  `/bills/${part(workflowId)}.${format}`;
