import type { $ZodObject, input } from 'zod/v4/core'
import type { SchemaIssue } from '../schema/schema.ts'
import type { SessionData } from '../session/types.ts'
import type { Adopt, RevocationOptions, SessionSchemaOption, TypedSessionOptions } from './option-types.ts'

// Properties and not methods: a parameter that is annotated with another type is then an error.
type Subject<Schema extends $ZodObject, Result> = ((data: SessionData<Schema>) => Result) | undefined

type Adopted<Schema extends $ZodObject> = (input<Schema> & { readonly _permanent?: boolean | undefined }) | null | undefined

type TypedAdopt<Schema extends $ZodObject> = (...given: Parameters<Adopt>) => Adopted<Schema> | Promise<Adopted<Schema>>

type SubjectResult = NonNullable<TypedSessionOptions['subject']> extends (data: never) => infer Result ? Result : never

/** The options of `revocation`, typed by the schema. */
export interface TypedRevocation<Schema extends $ZodObject> extends Omit<RevocationOptions, 'subject'> {
  /** Returns the id of the user a session belongs to. See `RevocationOptions`. */
  readonly subject?: Subject<Schema, SubjectResult>
}

/** The options of the plugin, with functions that are typed by the schema. See `TypedSessionOptions`. */
export interface SessionDefinition<Schema extends SessionSchemaOption, Description = unknown>
  extends Omit<TypedSessionOptions, 'schema' | 'migrate' | 'adopt' | 'adoptInto' | 'subject' | 'describe' | 'revocation'> {
  /** A zod object schema that accepts an empty session: each key is optional or has a default. */
  schema: Schema
  /** Gets the data of a valid cookie that the schema refuses, and returns data that fit it, or undefined. */
  migrate?: ((data: Record<string, unknown>, issues: readonly SchemaIssue[]) => input<Schema> | undefined) | undefined
  /** Continues sessions of another library: returns their data in the form of the schema, or undefined. */
  adopt?: TypedAdopt<Schema> | ReadonlyArray<TypedAdopt<Schema>> | undefined
  /** With `adopt`: returns whether it is asked too if the browser has a session of this plugin, with these data. */
  adoptInto?: ((data: SessionData<Schema>) => boolean) | undefined
  /** With `store`: returns the id of the user a session belongs to. */
  subject?: Subject<Schema, SubjectResult>
  /** Returns what `listSubject()` tells of a session, for the user to see. */
  describe?: ((data: SessionData<Schema>) => Description) | undefined
  /** Keeps the data in the cookie, and asks a store whether the session was ended. */
  revocation?: TypedRevocation<Schema> | undefined
}

/**
 * Returns the options that it is given, and types their functions by the schema. Give the result to `app.register`, to
 * `Register` and to `createSessionManager`.
 *
 * @example
 * ```ts
 * export const session = defineSession({ schema, secret, store, subject: (data) => data.userId })
 * await app.register(fastifyTypedSession, session)
 * declare module 'fastify-typed-session' {
 *   interface Register { session: typeof session }
 * }
 * ```
 */
export function defineSession<Schema extends SessionSchemaOption, Description = unknown> (
  options: SessionDefinition<Schema, Description>
): SessionDefinition<Schema, Description> {
  return options
}
