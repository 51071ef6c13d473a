// One field of the form, whatever it is: its shape follows from its schema. A fault stands at its field.

import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import type { Fault } from '../api'
import { spoken } from '../words'
import { beginning, choices, kindOf, ofKind, part, resolved, type Schema, shapeOf, types } from './schema'

interface Form {
  root: Schema
  /** Examples of the catalogue by kind. */
  examples: Map<string, any>
  summaries: Map<string, string>
  faults: Fault[]
  /** Makes an axis of the sweep that varies what lies at a pointer. */
  vary: (pointer: string, values: unknown[]) => void
  varied: Set<string>
}

export const FormContext = createContext<Form>(null!)

interface Props {
  schema: Schema
  name: string
  pointer: string
  value: any
  isNeeded?: boolean
  change: (value: any) => void
}

/** Where a sweep may change something. */
const VARIABLE = /^\/(dataset|network|regularizers|training|estimators)\b/

export function Field(props: Props) {
  const { root } = useContext(FormContext)
  const schema = resolved(props.schema, root)
  const shape = shapeOf(schema, root)
  const own = { ...props, schema }
  switch (shape) {
    case 'family': case 'object': return <Group {...own} />
    case 'list': return <List {...own} />
    case 'choice': return <Choice {...own} />
    case 'boolean': return <Truth {...own} />
    default: return <Typed {...own} shape={shape} />
  }
}

const useFaults = (pointer: string, isDeep: boolean) =>
  useContext(FormContext).faults.filter((fault) => fault.pointer === pointer || (isDeep && fault.pointer.startsWith(`${pointer}/`)))

const Faults = ({ of, id }: { of: Fault[]; id: string }) => (of.length ? <ul class="faults" id={id}>{of.map((fault, i) => <li key={i}>{fault.detail}</li>)}</ul> : null)

const hint = (schema: Schema) => {
  const text = schema.description?.replace(/\n+/g, ' ').replace(/`/g, '') ?? ''
  const range = schema.minimum !== undefined && schema.maximum !== undefined && schema.maximum < 1e9 ? ` From ${schema.minimum} to ${schema.maximum}.` : ''
  return text + range
}

/** Whether the values of a list are words, which need no quotes. */
const isWords = (schema: Schema) => types(schema.items ?? {})[0] === 'string'

/** A value as one types it, and back. */
const shown = (value: unknown, schema: Schema = {}) => (isWords(schema) && Array.isArray(value) ? value.join(', ') : value === undefined || value === null ? '' : typeof value === 'string' ? value : Array.isArray(value) ? JSON.stringify(value).slice(1, -1).replace(/,(?=\S)/g, ', ') : JSON.stringify(value))

function typed(text: string, shape: string, schema: Schema): unknown {
  if (text.trim() === '') return undefined
  if (shape === 'values' && isWords(schema)) return text.split(',').map((word) => word.trim()).filter(Boolean)
  if (shape === 'values') {
    try {
      return JSON.parse(`[${text}]`)
    } catch {
      return text.split(',').map((word) => word.trim()).filter(Boolean)
    }
  }
  if (shape === 'number' || shape === 'json' || schema.oneOf) {
    try {
      return JSON.parse(text)
    } catch {
      return text
    }
  }
  return text
}

/** Numbers around one, to vary it by. */
function around(value: unknown, schema: Schema): unknown[] {
  if (typeof value !== 'number') return [value]
  if (value === 0) return [0, 0.1, 0.2]
  const all = [value / 2, value, value * 2].map((one) => (types(schema)[0] === 'integer' ? Math.round(one) : one))
  return [...new Set(all)].filter((one) => one >= (schema.minimum ?? -Infinity) && one <= (schema.maximum ?? Infinity))
}

function Typed({ schema, name, pointer, value, isNeeded, change, shape }: Props & { shape: string }) {
  const form = useContext(FormContext)
  const [text, set] = useState(shown(value, schema))
  const faults = useFaults(pointer, true)
  useEffect(() => {
    if (JSON.stringify(typed(text, shape, schema)) !== JSON.stringify(value)) set(shown(value, schema))
  }, [JSON.stringify(value)])
  const input = (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => {
    set(event.currentTarget.value)
    const read = typed(event.currentTarget.value, shape, schema)
    change(read === undefined && isNeeded && shape === 'text' ? '' : read)
  }
  const preset = schema.default
  const common = {
    id: `f${pointer}`, value: text, onInput: input, 'aria-invalid': faults.length > 0, 'aria-describedby': faults.length ? `e${pointer}` : undefined, title: hint(schema),
    placeholder: preset !== undefined && preset !== null ? shown(preset) : isNeeded ? 'needed' : shape === 'values' ? 'a, b, c' : '', spellcheck: false, autocomplete: 'off',
  }
  const isLong = shape === 'text' && (schema.maxLength ?? 0) > 250
  const isPointer = /pointer/i.test(schema.description ?? '') && shape === 'text'
  const canVary = VARIABLE.test(pointer) && !/\/(\d+)$/.test(pointer) && value !== undefined && (shape === 'number' || shape === 'values') && !form.varied.has(pointer)
  return (
    <div class={`field is-${shape}`}>
      <label for={`f${pointer}`} title={hint(schema)}>{spoken(name)}</label>
      {isLong || shape === 'json' ? <textarea {...common} rows={2} /> : <input type="text" inputMode={shape === 'number' ? 'decimal' : undefined} list={isPointer ? 'pointers' : undefined} {...common} />}
      {canVary && <button type="button" class="vary quiet" title={`Measure several values of ${spoken(name)}: an axis of the sweep`} onClick={() => form.vary(pointer, shape === 'number' ? around(value, schema) : [value])}>Vary<span class="unseen"> {spoken(name)}</span></button>}
      <Faults of={faults} id={`e${pointer}`} />
    </div>
  )
}

function Choice({ schema, name, pointer, value, isNeeded, change }: Props) {
  const faults = useFaults(pointer, true)
  const options = choices(schema)
  const preset = schema.default === undefined ? '' : ` (${spoken(String(schema.default))})`
  return (
    <div class="field">
      <label for={`f${pointer}`} title={hint(schema)}>{spoken(name)}</label>
      <select id={`f${pointer}`} value={value ?? ''} title={options.find(([key]) => key === value)?.[1] ?? hint(schema)} aria-invalid={faults.length > 0} onChange={(event) => change(event.currentTarget.value || undefined)}>
        {!isNeeded && <option value="">default{preset}</option>}
        {options.map(([key, meaning]) => <option key={key} value={key} title={meaning}>{spoken(key)}</option>)}
      </select>
      <Faults of={faults} id={`e${pointer}`} />
    </div>
  )
}

function Truth({ schema, name, pointer, value, change }: Props) {
  const faults = useFaults(pointer, true)
  const preset = schema.default === undefined ? '' : schema.default ? ' (yes)' : ' (no)'
  return (
    <div class="field">
      <label for={`f${pointer}`} title={hint(schema)}>{spoken(name)}</label>
      <select id={`f${pointer}`} value={value === undefined ? '' : String(value)} title={hint(schema)} aria-invalid={faults.length > 0} onChange={(event) => change(event.currentTarget.value === '' ? undefined : event.currentTarget.value === 'true')}>
        <option value="">default{preset}</option><option value="true">yes</option><option value="false">no</option>
      </select>
      <Faults of={faults} id={`e${pointer}`} />
    </div>
  )
}

/** Fields of an object, or of the kind that is chosen. */
function Group({ schema, name, pointer, value, isNeeded, change }: Props) {
  const form = useContext(FormContext)
  const kinds = schema.oneOf
  const kind = kinds?.find((one) => kindOf(one) === value?.kind)
  const own = kinds ? kind : schema
  const faults = useFaults(pointer, !own || value === undefined)
  const chosen = value?.kind ?? ''
  const choose = (next: string) => change(next ? ofKind(kinds!.find((one) => kindOf(one) === next)!, form.root, form.examples, value ?? {}) : undefined)
  const about = kind ? (form.summaries.get(chosen) ?? kind.description) : schema.description
  const set = (field: string) => (next: unknown) => {
    const { [field]: _, ...rest } = value ?? {}
    const changed = next === undefined ? rest : { ...(value ?? {}), [field]: next }
    change(Object.keys(changed).length === 0 && !isNeeded ? undefined : changed)
  }
  const all = Object.entries(own?.properties ?? {}).filter(([field]) => field !== 'kind')
  const isOpen = (field: string, inner: Schema) => value?.[field] !== undefined || own!.required?.includes(field) || !isNested(inner, form.root)
  const fields = all.filter(([field, inner]) => isOpen(field, inner)).sort((a, b) => rank(a, own!, form.root) - rank(b, own!, form.root))
  const closed = all.filter(([field, inner]) => !isOpen(field, inner))
  // a family of which nothing is chosen takes no more room than its choice
  if (kinds && !kind && !isNeeded) {
    return (
      <div class="field">
        <label for={`f${pointer}`} title={hint(schema)}>{spoken(name)}</label>
        <select id={`f${pointer}`} value="" onChange={(event) => choose(event.currentTarget.value)} title={hint(schema)} aria-invalid={faults.length > 0}>
          <option value="">{schema.default === undefined || schema.default === null ? 'not set' : `default (${spoken(String((schema.default as any).kind))})`}</option>
          {kinds.map((one) => <option key={kindOf(one)} value={kindOf(one)} title={one.description}>{spoken(kindOf(one)!)}</option>)}
        </select>
        <Faults of={faults} id={`e${pointer}`} />
      </div>
    )
  }
  return (
    <fieldset class="group" id={`f${pointer}`}>
      <legend>{spoken(name)}</legend>
      {kinds && (
        <div class="field kind">
          <label for={`k${pointer}`}>kind</label>
          <select id={`k${pointer}`} value={chosen} onChange={(event) => choose(event.currentTarget.value)} aria-invalid={faults.length > 0}>
            {(!isNeeded || !kind) && <option value="">{isNeeded ? 'choose one' : 'none'}</option>}
            {kinds.map((one) => <option key={kindOf(one)} value={kindOf(one)} title={one.description}>{spoken(kindOf(one)!)}</option>)}
          </select>
        </div>
      )}
      {about && <p class="about">{about.replace(/`/g, '')}</p>}
      {fields.map(([field, inner]) => <Field key={`${chosen}${field}`} schema={inner} name={field} pointer={`${pointer}/${part(field)}`} value={value?.[field]} isNeeded={own!.required?.includes(field)} change={set(field)} />)}
      {closed.length > 0 && <div class="buttons">{closed.map(([field, inner]) => <button key={field} type="button" class="quiet" title={hint(resolved(inner, form.root))} onClick={() => set(field)(first(inner, form))}>+ {spoken(field)}</button>)}</div>}
      {!isNeeded && !kinds && value !== undefined && pointer.split('/').length > 2 && <div class="buttons"><button type="button" class="quiet" onClick={() => change(undefined)}>Leave out<span class="unseen"> {spoken(name)}</span></button></div>}
      <Faults of={faults} id={`e${pointer}`} />
    </fieldset>
  )
}

/** Whether a field needs a box of its own. */
const isNested = (schema: Schema, root: Schema) => ['object', 'list', 'json'].includes(shapeOf(resolved(schema, root), root))

/** What is needed comes first, boxes last. */
const rank = ([name, schema]: [string, Schema], own: Schema, root: Schema) => {
  const shape = shapeOf(resolved(schema, root), root)
  return (own.required?.includes(name) ? 0 : 2) + (shape === 'family' || isNested(schema, root) ? 4 : 0)
}

/** What an optional part begins with: one item of a list. */
function first(schema: Schema, form: Form): unknown {
  const own = resolved(schema, form.root)
  const value = beginning(schema, form.root, form.examples)
  return Array.isArray(value) && !value.length && own.items ? [beginning(own.items, form.root, form.examples)] : value
}

/** Several objects in a row. */
function List({ schema, name, pointer, value, change }: Props) {
  const form = useContext(FormContext)
  const faults = useFaults(pointer, false)
  const all: any[] = Array.isArray(value) ? value : []
  const items = resolved(schema.items!, form.root)
  const isFamily = shapeOf(items, form.root) === 'family'
  const canVary = isFamily && VARIABLE.test(pointer) && all.length > 0 && !form.varied.has(pointer)
  const single = name === 'sweep' ? 'axis' : spoken(name).replace(/s$/, '')
  return (
    <fieldset class="group list-of" id={`f${pointer}`}>
      <legend title={hint(schema)}>{spoken(name)}</legend>
      {all.length === 0 && <p class="about">{hint(schema)}</p>}
      {all.map((one, i) => (
        <div class="one" key={i}>
          <Field schema={items} name={`${single} ${i + 1}`} pointer={`${pointer}/${i}`} value={one} isNeeded change={(next) => change(all.map((old, j) => (j === i ? next : old)))} />
          <button type="button" class="quiet remove" onClick={() => change(all.length === 1 ? undefined : all.filter((_, j) => j !== i))}>Remove<span class="unseen"> {single} {i + 1}</span></button>
        </div>
      ))}
      <div class="buttons">
        <button type="button" onClick={() => change([...all, beginning(items, form.root, form.examples)])}>Add {/^[aeiou]/.test(single) ? 'an' : 'a'} {single}</button>
        {canVary && <button type="button" onClick={() => form.vary(pointer, [[], all])} title="An axis of the sweep: once with none, once with these">Compare with none</button>}
      </div>
      <Faults of={faults} id={`e${pointer}`} />
    </fieldset>
  )
}
