// What happened to a job, the latest first.

import type { Sent } from '../api'
import type { Cell } from '../cell'
import { Empty, useFirst } from '../ui'
import { brief, count, span } from '../words'

const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

export function Events({ of, isEnded }: { of: Cell<Sent[]>; isEnded: boolean }) {
  const events = of.use()
  const [shown, more] = useFirst([...events].reverse(), 200)
  if (!events.length) return <Empty title={isEnded ? 'No events' : 'Nothing has happened yet'}><p>{isEnded ? 'The events of this job are not stored any more.' : 'Events appear here as they come.'}</p></Empty>
  return (
    <section aria-labelledby="events">
      <h2 id="events">Events</h2>
      <p class="note">The last {events.length}, the latest first{isEnded ? '' : '; new ones appear by themselves'}.</p>
      <ol class="events" reversed>
        {shown.map((event, i) => (
          <li key={event.id ?? i}><time dateTime={event.data.at}>{TIME.format(new Date(event.data.at))}</time><b>{event.kind}</b><span>{told(event.data.details)}</span></li>
        ))}
      </ol>
      {more}
    </section>
  )
}

function told(details: any): string {
  const { trial, state, seconds, done, of, ...rest } = details ?? {}
  const known = [
    trial !== undefined && `trial ${trial}${state ? ` ${state}` : ''}${typeof seconds === 'number' ? ` in ${span(seconds)}` : ''}`,
    trial === undefined && state, done !== undefined && `${count(done)} of ${count(of)}`,
  ].filter(Boolean)
  return [...known, others(rest)].filter(Boolean).join(', ')
}

const others = (details: unknown) =>
  details && typeof details === 'object' ? Object.entries(details).filter(([, value]) => value !== null).map(([name, value]) => `${name.replace(/_/g, ' ')} ${brief(value)}`).join(', ') : brief(details ?? '')
