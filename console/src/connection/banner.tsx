import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { retryNow, status } from './link.ts'
import { refusal } from './refusal.ts'
import { reasonOf, secondsLeft } from './words.ts'

/** How the connection is, in words; nothing while all is well. */
export function Banner () {
  const now = useSignal(Date.now())
  const { value } = status
  useEffect(() => {
    now.value = Date.now()
    if (value.state !== 'waiting') return
    const timer = setInterval(() => { now.value = Date.now() }, 250)
    return () => { clearInterval(timer) }
  }, [value])
  const reason = refusal.value ?? reasonOf(value)
  const seconds = value.retryAt === undefined ? undefined : secondsLeft(value.retryAt, now.value)
  return (
    <div class={`banner ${value.state}`}>
      <p role='status'>{value.state === 'waiting' || value.state === 'closed' ? reason : ''}</p>
      {value.state === 'waiting' && <p class='again'>Trying again{seconds ? ` in ${seconds} s` : ' …'} <button type='button' class='small' onClick={retryNow}>Now</button></p>}
    </div>
  )
}
