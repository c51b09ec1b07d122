import { z } from 'zod';

/** A page of any list; `results` is checked by the caller's row schema. */
export function page<T>(row: z.ZodType<T>) {
  return z.object({
    results: z.array(row),
    next_page_results: z.boolean(),
    next_cursor: z.string(),
  });
}

/** A state's group; `triage` exists on the server and never reaches a work item of ours. */
const StateGroup = z.enum(['backlog', 'unstarted', 'started', 'completed', 'cancelled']);

/** A work item read with `expand=state,labels`. Labels that came unexpanded are unreadable: null. */
export const WorkItem = z.object({
  id: z.string(),
  name: z.string(),
  description_html: z.string().nullish(),
  sequence_id: z.number().int(),
  priority: z.string().nullish(),
  created_by: z.string().nullable(),
  updated_at: z.string(),
  state: z.object({ id: z.string(), name: z.string(), group: StateGroup }),
  labels: z
    .array(z.object({ name: z.string() }))
    .nullable()
    .catch(null),
});
export type WorkItem = z.infer<typeof WorkItem>;

/** One entry of an item's activity log; `field` is null for its creation. */
export const Activity = z.object({
  id: z.string(),
  created_at: z.string(),
  field: z.string().nullable(),
  new_value: z.string().nullish(),
  new_identifier: z.string().nullish(),
  actor: z.string().nullish(),
});
export type Activity = z.infer<typeof Activity>;

/** A state of a project. */
export const State = z.object({
  id: z.string(),
  name: z.string(),
  group: z.string(),
  sequence: z.number(),
});

/** A user, as members and `/users/me/` show it. */
export const User = z.object({ id: z.string(), display_name: z.string().nullish() });

/** A comment of a work item. */
export const Comment = z.object({
  id: z.string(),
  comment_html: z.string().nullish(),
  created_at: z.string(),
  actor: z.string().nullish(),
  created_by: z.string().nullish(),
});
