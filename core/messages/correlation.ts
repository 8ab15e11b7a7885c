import { isWellFormed } from './utf8.ts';

/** Which step of which workflow a question belongs to, and its answer. */
export interface QuestionRef {
  readonly workflowType: string;
  readonly workflowId: string;
  /** The step's index in the job, from 0. */
  readonly step: number;
}

/**
 * The `qaIdentifier` of a question: workflow-type, workflow-id and step, each percent-encoded, joined by '/'.
 * Nothing else goes in, so asking again asks the same question (invariant 2), and no two questions share one.
 */
export function qaIdentifierOf(ref: QuestionRef): string {
  return `${escaped(ref.workflowType)}/${escaped(ref.workflowId)}/${ref.step}`;
}

/** Nearly all types and ids have nothing to escape, which is seen faster than done. */
const escaped = (part: string): string => (/^[\w.~-]*$/.test(part) ? part : encodeURIComponent(part));
const unescaped = (part: string): string => (part.includes('%') ? decodeURIComponent(part) : part);

/** Reads a `qaIdentifier` back; null where it is not one of ours. Only the one canonical spelling is accepted. */
export function parseQaIdentifier(text: string): QuestionRef | null {
  const parts = text.split('/');
  const [type, id, step] = parts;
  if (parts.length !== 3 || !type || !id || step === undefined || !/^(0|[1-9]\d{0,3})$/.test(step))
    return null;
  try {
    const ref = {
      workflowType: unescaped(type),
      workflowId: unescaped(id),
      step: Number(step),
    };
    return isWellFormed(ref.workflowId) && qaIdentifierOf(ref) === text ? ref : null;
  } catch {
    return null; // decodeURIComponent throws URIError for a malformed escape: then it is not one of ours
  }
}
