export const stylesheet = ''
