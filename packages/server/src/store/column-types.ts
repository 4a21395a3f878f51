/** What the dialects call the types of our columns. Text is compared by its bytes in both. */
export const columnTypes = (dialect: 'sqlite' | 'postgres') =>
  dialect === 'sqlite'
    ? { text: 'text', time: 'integer', big: 'integer', bytes: 'blob' }
    : { text: 'text COLLATE "C"', time: 'bigint', big: 'bigint', bytes: 'bytea' };
