// Runs before the first picture, so that a page that was made dark does not flash.
const chosen = localStorage.getItem('parley-theme')
if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset['theme'] = chosen
