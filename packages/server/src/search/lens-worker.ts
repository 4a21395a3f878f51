/** A thread that looks at blocks of rows, so that the event loop does not wait for it. */
import { transferables } from '../columns.ts';
import { answerRequests } from '../thread.ts';
import { type LensCalls, matchBlock } from './lenses.ts';
import { tallyBlock } from './tally.ts';

answerRequests<LensCalls>({
  match: ({ block, lens }) => {
    const rows = matchBlock(block, lens);
    return { result: { block, rows }, blocks: [...transferables(block.columns), rows.buffer] };
  },
  tally: ({ block, lens, spec, indexed }) => ({ result: tallyBlock(block, lens, spec, indexed) }),
});
