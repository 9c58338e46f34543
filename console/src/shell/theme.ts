import { signal } from '@preact/signals'

type Theme = 'light' | 'dark'

const system = matchMedia('(prefers-color-scheme: dark)')
const chosen = () => document.documentElement.dataset['theme'] as Theme | undefined

/** The colours that show: the person's choice, else the system's. */
export const theme = signal<Theme>(chosen() ?? (system.matches ? 'dark' : 'light'))
system.addEventListener('change', () => { theme.value = chosen() ?? (system.matches ? 'dark' : 'light') })

/** Turns light into dark and back, and keeps it for this browser. */
export function toggleTheme () {
  theme.value = theme.value === 'dark' ? 'light' : 'dark'
  document.documentElement.dataset['theme'] = theme.value
  localStorage.setItem('parley-theme', theme.value)
}
