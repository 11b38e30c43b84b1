import type { $ZodObject, input } from 'zod/v4/core'
import type { SchemaIssue } from '../schema/schema.ts'
import type { SessionData } from '../session/types.ts'
import type { Adopt, RevocationOptions, SessionSchemaOption, TypedSessionOptions } from './option-types.ts'

// What is said of an option in `TypedSessionOptions` is what editors and the API pages show of it here.

// Properties and not methods: a parameter that is annotated with another type is then an error.
type Subject<Schema extends $ZodObject, Result> = ((data: SessionData<Schema>) => Result) | undefined

type Adopted<Schema extends $ZodObject> = (input<Schema> & { readonly _permanent?: boolean | undefined }) | null | undefined

type TypedAdopt<Schema extends $ZodObject> = (...given: Parameters<Adopt>) => Adopted<Schema> | Promise<Adopted<Schema>>

type SubjectResult = NonNullable<TypedSessionOptions['subject']> extends (data: never) => infer Result ? Result : never

/** The options of `revocation`, typed by the schema. */
export interface TypedRevocation<Schema extends $ZodObject> extends RevocationOptions {
  readonly subject?: Subject<Schema, SubjectResult>
}

/** The options of the plugin, with functions that are typed by the schema. */
export interface SessionDefinition<Schema extends SessionSchemaOption, Description = unknown> extends TypedSessionOptions {
  schema: Schema
  migrate?: ((data: Record<string, unknown>, issues: readonly SchemaIssue[]) => input<Schema> | undefined) | undefined
  adopt?: TypedAdopt<Schema> | ReadonlyArray<TypedAdopt<Schema>> | undefined
  adoptInto?: ((data: SessionData<Schema>) => boolean) | undefined
  subject?: Subject<Schema, SubjectResult>
  describe?: ((data: SessionData<Schema>) => Description) | undefined
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
