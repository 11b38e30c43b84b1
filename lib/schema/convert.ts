import { $ZodAsyncError, decode, safeEncode, safeParse, type $ZodIssue, type $ZodType } from 'zod/v4/core'
import { InvalidDataError, InvalidSchemaError } from '../util/errors.ts'
import { asyncSchema, type SchemaTraits } from './analysis.ts'
import { instancesIn } from './fillers.ts'

/**
 * A value as it is written. Throws FST_TYPED_SESSION_INVALID_DATA if it does not fit. Where a function of the app's throws,
 * zod does not say at which path: `locate` may throw what names more of it.
 */
export function convert (schema: $ZodType, traits: SchemaTraits, value: unknown, path: readonly string[], locate = () => {}): unknown {
  let result
  try {
    result = write(schema, traits, value)
  } catch (cause) {
    if (cause instanceof $ZodAsyncError) throw asyncSchema()
    locate()
    // Its message may quote a value, and loggers print causes.
    throw new InvalidDataError(`${pathText(path)} (a codec, a refinement or a getter threw)`)
  }
  if (result.success) return result.data
  throw new InvalidDataError(describeIssues(result.error.issues, path))
}

/** A value as it would be written, or as it is if it cannot be. */
export function tryConvert (schema: $ZodType, traits: SchemaTraits, value: unknown): unknown {
  try {
    const result = write(schema, traits, value)
    return result.success ? result.data : value
  } catch {
    return value
  }
}

/**
 * A decoded value without objects that other sessions may have too: those of a class are made once more, by their codec.
 * Throws FST_TYPED_SESSION_INVALID_SCHEMA if nothing can make them.
 */
export function ownInstances (schema: $ZodType, traits: SchemaTraits, value: unknown): unknown {
  const instances = instancesIn(value)
  if (instances.length === 0) return value
  const own = decode(schema, convert(schema, traits, value, []) as never)
  if (!instancesIn(own).some((instance) => instances.includes(instance))) return own
  throw new InvalidSchemaError('`schema` has a `.catch()` that fills in an object that all sessions would share. Make a new one each time, in a function without parameters')
}

/** The paths and codes of what is wrong, without messages: those might quote a value. */
export function describeIssues (issues: readonly $ZodIssue[], path: readonly string[] = []): string {
  return issues.flatMap((issue) => pathsOf(issue).map((at) => `${pathText([...path, ...at])} (${issue.code})`)).join(', ')
}

// Encoding costs ten times what parsing does, and comes to the same unless there is a codec, or data to catch.
function write (schema: $ZodType, { hasCodec, hasCatch }: SchemaTraits, value: unknown) {
  return hasCodec || hasCatch ? safeEncode(schema, value as never) : safeParse(schema, value)
}

// A strict object tells of all the keys that it does not know at once.
function pathsOf (issue: $ZodIssue): readonly PropertyKey[][] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]
}

function pathText (path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the session as a whole' : path.map(String).join('.')
}
