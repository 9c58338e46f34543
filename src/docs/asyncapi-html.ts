import type { AsyncapiDocument } from './asyncapi-types.ts'
export const renderPage = (d: AsyncapiDocument) => d.info.title
