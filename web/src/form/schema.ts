// JSON schemas as the form reads them: every kind of every family follows from what the service says of it.

export interface Schema {
  $ref?: string
  description?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  default?: unknown
  minimum?: number
  maximum?: number
  maxLength?: number
  minItems?: number
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  oneOf?: Schema[]
  anyOf?: Schema[]
  $defs?: Record<string, Schema>
}

/** How a value is edited. */
export type Shape = 'family' | 'choice' | 'object' | 'list' | 'values' | 'number' | 'boolean' | 'text' | 'json'

/** The schema itself: references followed, null left out, what stands beside a reference kept. */
export function resolved(schema: Schema, root: Schema): Schema {
  const own = schema.anyOf?.filter((one) => one.type !== 'null')
  if (own?.length === 1) return resolved({ ...schema, anyOf: undefined, ...pick(own[0]!), ...(schema.description ? { description: schema.description } : {}) }, root)
  if (!schema.$ref) return schema
  const { $ref, ...beside } = schema
  const target = root.$defs?.[$ref.slice($ref.lastIndexOf('/') + 1)] ?? {}
  return resolved({ ...target, ...beside }, root)
}

const pick = (schema: Schema) => schema

/** The name of the kind that an alternative is. */
export const kindOf = (schema: Schema) => schema.properties?.kind?.const as string | undefined

export const types = (schema: Schema) => [schema.type ?? []].flat().filter((type) => type !== 'null')

export function shapeOf(schema: Schema, root: Schema): Shape {
  if (schema.oneOf?.every((one) => kindOf(one) !== undefined)) return 'family'
  if (schema.oneOf?.every((one) => one.const !== undefined) || schema.enum) return 'choice'
  const [type] = types(schema)
  if (schema.properties) return 'object'
  if (type === 'array') {
    const items = resolved(schema.items ?? {}, root)
    return ['family', 'object'].includes(shapeOf(items, root)) ? 'list' : 'values'
  }
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'boolean') return 'boolean'
  if (type === 'string') return 'text'
  // a word or a number
  return schema.oneOf ? 'text' : 'json'
}

/** The choices of a schema with what each means. */
export function choices(schema: Schema): [string, string][] {
  return (schema.oneOf ?? schema.enum?.map((one) => ({ const: one }) as Schema) ?? []).map((one) => [String(one.const), one.description ?? ''])
}

/** A value that a new field begins with: the example of its kind where the catalogue has one. */
export function beginning(schema: Schema, root: Schema, examples: Map<string, any>): unknown {
  const own = resolved(schema, root)
  if (own.default !== undefined && own.default !== null) return own.default
  if (own.const !== undefined) return own.const
  switch (shapeOf(own, root)) {
    case 'family': return ofKind(own.oneOf![0]!, root, examples, {})
    case 'choice': return choices(own)[0]?.[0]
    case 'object': return Object.fromEntries((own.required ?? []).map((name) => [name, beginning(own.properties![name]!, root, examples)]))
    case 'list': case 'values': return []
    case 'number': return Math.max(own.minimum ?? 1, Math.min(1, own.maximum ?? 1))
    case 'boolean': return false
    case 'text': return ''
    default: return types(own)[0] === 'object' ? {} : null
  }
}

/** A value of another kind: what it needs, from the old value where that has it, else from the catalogue's example. */
export function ofKind(kind: Schema, root: Schema, examples: Map<string, any>, old: Record<string, unknown>): Record<string, unknown> {
  const name = kindOf(kind)!
  const example = examples.get(name) ?? {}
  const value: Record<string, unknown> = { kind: name }
  for (const field of Object.keys(kind.properties!)) {
    if (field === 'kind') continue
    const isNeeded = kind.required?.includes(field)
    if (field in old && JSON.stringify(shapeOf(resolved(kind.properties![field]!, root), root)) && (isNeeded || typeof old[field] !== 'object')) value[field] = old[field]
    else if (isNeeded) value[field] = example[field] ?? beginning(kind.properties![field]!, root, examples)
  }
  return value
}

/** A part of a pointer (RFC 6901). */
export const part = (name: string | number) => String(name).replace(/~/g, '~0').replace(/\//g, '~1')

/** The order of the parts of a spec, for those who read one from the top. */
export const ORDER = ['name', 'question', 'tags', 'dataset', 'network', 'regularizers', 'training', 'estimators', 'sweep', 'search', 'seeds', 'seed', 'claims', 'reuse', 'budget']

export const ordered = (spec: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(spec).sort(([a], [b]) => (ORDER.indexOf(a) + 99) % 99 - (ORDER.indexOf(b) + 99) % 99))

/** Every pointer into a value. */
export function pointers(value: unknown, at = ''): string[] {
  if (value === null || typeof value !== 'object') return [at]
  const inside = Object.entries(value).flatMap(([name, one]) => (name === 'kind' ? [] : pointers(one, `${at}/${part(name)}`)))
  return at ? [at, ...inside] : inside
}

/** The merge patch (RFC 7396) that makes one document of another. */
export function patch(from: any, to: any): any {
  const isObject = (value: unknown) => value !== null && typeof value === 'object' && !Array.isArray(value)
  if (!isObject(from) || !isObject(to)) return to
  const changes: Record<string, unknown> = {}
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (!(name in to)) changes[name] = null
    else if (!(name in from)) changes[name] = to[name]
    else if (JSON.stringify(from[name]) !== JSON.stringify(to[name])) changes[name] = patch(from[name], to[name])
  }
  return changes
}
