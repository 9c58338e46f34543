import { plain, type Schema } from './commands.ts'

interface Props {
  name: string
  schema: Schema
  isNeeded: boolean
  value: unknown
  fault: string | undefined
  /** Undefined takes the member out of the frame. */
  onChange: (value: unknown) => void
}

const isNumber = ({ type }: Schema) => type === 'integer' || type === 'number'
const shownValue = (value: unknown) => value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
const read = (schema: Schema, text: string): unknown => text === '' ? undefined : isNumber(schema) && Number.isFinite(Number(text)) ? Number(text) : text

function Input ({ name, schema, value, fault, isNeeded, onChange }: Props) {
  const common = { id: `field-${name}`, 'aria-invalid': fault !== undefined, 'aria-describedby': `about-${name}`, 'aria-required': isNeeded }
  const words = schema.enum ?? (schema.type === 'boolean' ? [true, false] : undefined)
  if (words) {
    return (
      <select {...common} value={shownValue(value)} onChange={event => { onChange(words.find(word => String(word) === event.currentTarget.value)) }}>
        <option value='' />
        {words.map(word => <option key={String(word)} value={String(word)}>{String(word)}</option>)}
      </select>
    )
  }
  const onInput = (event: { currentTarget: { value: string } }) => { onChange(read(schema, event.currentTarget.value)) }
  return (schema.maxLength ?? 0) > 1000
    ? <textarea {...common} rows={2} value={shownValue(value)} onInput={onInput} />
    : <input {...common} type='text' inputMode={isNumber(schema) ? 'numeric' : 'text'} autoComplete='off' spellcheck={false} value={shownValue(value)} onInput={onInput} />
}

/** One member of a frame: its name, what it is, a box for it, and what is wrong with it. */
export function Field (props: Props) {
  const { name, schema, isNeeded, fault } = props
  const about = plain(schema.description ?? '').split('. ')[0]!
  return (
    <div class={fault ? 'field faulty' : 'field'}>
      <label for={`field-${name}`}><code>{name}</code>{isNeeded && <span class='needed' aria-hidden='true'>*</span>}</label>
      <Input {...props} />
      <p id={`about-${name}`}>{fault ? <span class='fault'>{fault}</span> : <span class='about' title={plain(schema.description ?? '')}>{about}</span>}</p>
    </div>
  )
}
