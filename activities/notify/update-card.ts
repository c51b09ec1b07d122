import { createHash } from 'node:crypto';
import { mayHaveArrived } from '../clients/telegram/client.ts';
import type { ChatPorts } from './chat-port.ts';
import { postText } from './post-text.ts';

/** What became of the card. `doubtful` = too many sends of unknown outcome: another could be a duplicate. */
export type CardOutcome = 'ok' | 'not_modified' | 'failed' | 'doubtful';

/**
 * Shows `text` on the life's one card: edits its message when the text changed, sends a new one only when it has none or it is gone.
 * Never throws for the chat. A send cut off between the chat's acceptance and our note of its id is repeated once: it leaves one
 * silent orphan at worst. Source: I15, ORCH-087.
 */
export async function updateCard(
  ports: ChatPorts,
  card: { life: string; taskId: string; text: string },
): Promise<CardOutcome> {
  const textHash = createHash('sha256').update(card.text).digest('hex');
  const shown = await ports.ledger.claimCard(card);
  if (shown.messageId === null) return sendCard(ports, card, textHash);
  if (shown.textHash === textHash) return 'not_modified';
  const { messageId } = shown;
  try {
    const outcome = await postText(ports, card.text, (text) => ports.chat.edit(messageId, text));
    if (outcome === 'gone') return await sendCard(ports, card, textHash);
    await ports.ledger.saveCard(card.life, { messageId, textHash });
    return outcome;
  } catch (error) {
    return reportFailure(ports, card, error);
  }
}

async function sendCard(
  ports: ChatPorts,
  card: { life: string; taskId: string; text: string },
  textHash: string,
): Promise<CardOutcome> {
  if (!(await ports.ledger.beginCardSend(card.life))) return 'doubtful';
  let messageId: number;
  try {
    messageId = await postText(ports, card.text, (text) => ports.chat.send(text, { silent: true }));
  } catch (error) {
    if (!mayHaveArrived(error)) await ports.ledger.cancelCardSend(card.life);
    return reportFailure(ports, card, error);
  }
  await ports.ledger.saveCard(card.life, { messageId, textHash });
  return 'ok';
}

function reportFailure(
  ports: ChatPorts,
  { life, taskId }: { life: string; taskId: string },
  error: unknown,
): 'failed' {
  ports.log.warn({ life, taskId, err: error }, 'the card could not be updated');
  ports.failed('card');
  return 'failed';
}
