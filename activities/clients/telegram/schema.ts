import { z } from 'zod';

/** The answer to a method that returns a message. */
export const MessageAnswer = z.object({
  ok: z.literal(true),
  result: z.object({ message_id: z.number().int() }),
});

/** The answer to `getMe`. */
export const BotAnswer = z.object({
  ok: z.literal(true),
  result: z.object({ username: z.string() }),
});

/** Body of a refusal. */
export const Refusal = z.object({
  description: z.string(),
  parameters: z.object({ retry_after: z.number().optional() }).optional(),
});
export type Refusal = z.infer<typeof Refusal>;
