/** A thread that formats blocks of rows, so that the event loop does not wait for it. */
import { answerRequests } from '../thread.ts';
import { type FormatCalls, formatBlock } from './format.ts';

answerRequests<FormatCalls>({
  format: ({ block, lens, form }) => {
    const result = formatBlock(block, lens, form);
    return { result, blocks: [result.text.buffer] };
  },
});
