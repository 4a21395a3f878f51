/** Where there is little room: filters and most frequent values in one sheet. */
import type { ReactNode } from 'react';
import { Button } from '../look/button.tsx';
import { Dialog } from '../look/popup.tsx';
import { useReader } from '../reader.tsx';

export function Sheet({
  open,
  onOpenChange,
  children,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  children: ReactNode;
}) {
  const { words } = useReader();
  return (
    <>
      <Button onClick={() => onOpenChange(true)}>{words.filters}</Button>
      <Dialog
        title={words.filters}
        closeLabel={words.close}
        open={open}
        onOpenChange={onOpenChange}
        className="w-[calc(100vw-16px)]"
      >
        <div className="flex flex-col gap-4">{children}</div>
      </Dialog>
    </>
  );
}
