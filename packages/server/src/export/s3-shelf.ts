/**
 * Files in a bucket of S3, or of what speaks its protocol. Owns how a file gets there in parts and
 * how a browser is led to it. Promises as every shelf; what was begun and not finished is no file,
 * and is thrown away with its name. The client is loaded when a bucket is used.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import type { S3Config } from '../config.ts';
import { Fault } from '../fault.ts';
import type { Kept, Linked, Shelf } from './shelf.ts';

/** Of one part. A file has at most 10,000 of them, so up to 78 GiB. */
const PART_BYTES = 8 * 1_024 * 1_024;
/** Parts on their way at once. */
const PARTS_AT_ONCE = 2;
/** How long a link leads to its file. */
const LINK_SECONDS = 300;

type Encryption = Pick<PutObjectCommandInput, 'ServerSideEncryption' | 'SSEKMSKeyId'>;

/** `AES256`, `aws:kms`, or the id of a key of KMS. */
function encryptionOf({ encryption }: S3Config): Encryption {
  if (encryption === undefined) return {};
  if (encryption === 'AES256') return { ServerSideEncryption: 'AES256' };
  const ofKey = encryption === 'aws:kms' ? {} : { SSEKMSKeyId: encryption };
  return { ServerSideEncryption: 'aws:kms', ...ofKey };
}

async function clientOf(config: S3Config): Promise<S3Client> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const { region, endpoint, accessKeyId, secretAccessKey } = config;
  return new S3Client({
    region,
    // Servers that are not Amazon's have no host name for each bucket, nor all of its checksums.
    ...(endpoint === undefined
      ? {}
      : {
          ...{ endpoint, forcePathStyle: true },
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
        }),
    // Without a key of its own: as the machine or the environment says.
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey } }),
  });
}

/** Some servers do not list what was begun. There a rule of the bucket has to throw it away. */
function orNothing(error: unknown): { readonly Uploads?: [] } {
  if (error instanceof Error && error.name === 'NotImplemented') return {};
  throw error;
}

export class S3Shelf implements Shelf {
  readonly #config: S3Config;
  #client: Promise<S3Client> | undefined;

  constructor(config: S3Config) {
    this.#config = config;
  }

  #connected(): Promise<S3Client> {
    this.#client ??= clientOf(this.#config);
    return this.#client;
  }

  #place(name: string) {
    const { bucket, prefix } = this.#config;
    return { Bucket: bucket, Key: `${prefix}${name}` };
  }

  async write(name: string, body: Readable, signal: AbortSignal): Promise<Kept> {
    const { Upload } = await import('@aws-sdk/lib-storage');
    const hash = createHash('sha256');
    let bytes = 0;
    const pieces = async function* () {
      for await (const piece of body as AsyncIterable<Uint8Array>) {
        signal.throwIfAborted();
        hash.update(piece);
        bytes += piece.length;
        yield piece;
      }
    };
    const upload = new Upload({
      client: await this.#connected(),
      params: {
        ...this.#place(name),
        ...encryptionOf(this.#config),
        Body: Readable.from(pieces(), { objectMode: false }),
      },
      ...{ partSize: PART_BYTES, queueSize: PARTS_AT_ONCE },
    });
    try {
      await upload.done();
    } catch (error) {
      body.destroy();
      signal.throwIfAborted();
      throw error;
    }
    if (signal.aborted) await this.remove(name);
    signal.throwIfAborted();
    return { bytes, sha256: hash.digest('hex') };
  }

  async read(name: string): Promise<Readable> {
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    const client = await this.#connected();
    const { Body } = await client.send(new GetObjectCommand(this.#place(name)));
    if (Body instanceof Readable) return Body;
    throw new Fault('storage_unavailable', 'The bucket has answered without a file.');
  }

  async remove(name: string): Promise<void> {
    const s3 = await import('@aws-sdk/client-s3');
    const client = await this.#connected();
    const { Bucket, Key } = this.#place(name);
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key }));
    const begun = await client
      .send(new s3.ListMultipartUploadsCommand({ Bucket, Prefix: Key }))
      .catch(orNothing);
    for (const { Key: of, UploadId } of begun.Uploads ?? []) {
      if (of !== Key) continue;
      await client.send(new s3.AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    }
  }

  async link(name: string, { fileName, contentType }: Linked): Promise<string | undefined> {
    if (!this.#config.links) return undefined;
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
    const command = new GetObjectCommand({
      ...this.#place(name),
      ResponseContentDisposition: `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`,
      ResponseContentType: contentType,
    });
    return await getSignedUrl(await this.#connected(), command, { expiresIn: LINK_SECONDS });
  }

  async close(): Promise<void> {
    (await this.#client)?.destroy();
  }
}
