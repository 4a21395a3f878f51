import type { Definition } from './definition.ts';
import type { DefinitionChange } from './projects.ts';
export const diffDefinitions = (
  _a: Definition | undefined,
  _b: Definition,
): DefinitionChange[] => [];
type L = { reach?: string; floor?: string };
export const narrowedViews = (
  _a: Definition | undefined,
  _b: Definition,
): { view: string; before: L; after: L }[] => [];
