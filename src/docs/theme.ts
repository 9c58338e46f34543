const css = `
/* The first screen shows the name, the five steps and the button they speak of; there is only one server to choose. */
body { background: #fff }
.swagger-ui .wrapper { max-width: 1100px }
.swagger-ui .information-container .info { margin: 32px 0 8px }
.swagger-ui .info hgroup.main a, .swagger-ui .info .info__license { display: none }
.swagger-ui .info .title { font-size: 34px; color: #1d3557 }
.swagger-ui .info .title small { background: #1d3557 }
.swagger-ui .info .title small.version-stamp { background: #457b9d }
.swagger-ui .info h3 { margin: 20px 0 4px; font-size: 20px; color: #1d3557 }
.swagger-ui .info p, .swagger-ui .info li { font-size: 15px; line-height: 1.6; margin: 6px 0 }
.swagger-ui .info ol { margin: 8px 0; padding: 12px 16px 12px 40px; background: #f1f6fa; border-left: 4px solid #457b9d; border-radius: 4px }
.swagger-ui .info li { margin: 2px 0 }
.swagger-ui .markdown code, .swagger-ui .renderedMarkdown code { color: #1d3557; background: #e3ecf3; font-weight: 600 }
.swagger-ui .scheme-container { padding: 12px 0; margin: 0 0 8px; box-shadow: none; border-bottom: 1px solid #dde5ec }
.swagger-ui .scheme-container .servers-title, .swagger-ui .scheme-container .servers { display: none }
.swagger-ui .scheme-container .schemes { justify-content: flex-end }
.swagger-ui .opblock-tag { font-size: 20px }
.swagger-ui .opblock-tag > a { text-transform: capitalize }
.swagger-ui .opblock-tag[data-tag="ai"] > a { text-transform: uppercase }
/* What may be answered takes less room than what was answered; ReDoc shows it at length. */
.swagger-ui .responses-table:not(.live-responses-table) .headers-wrapper, .swagger-ui .response-col_links { display: none }
.swagger-ui .responses-table:not(.live-responses-table) .highlight-code > pre { max-height: 180px; overflow: auto }
.swagger-ui textarea.body-param__text { min-height: 160px; height: 160px }
/* The cursor starts in the last form: the first one must not be scrolled away by fields that are accepted and not looked at. */
.swagger-ui .auth-container .wrapper:has(> label[for^=client_]), .swagger-ui .auth-container .wrapper:has(> label[for=password_type]) { display: none }
.swagger-ui .auth-container .scope-def, .swagger-ui .auth-container h5, .swagger-ui .auth-container p:has(> code) { display: none }
`

/** How /docs looks. */
export const theme = {
  title: 'Parley: the API',
  css: [{ filename: 'parley.css', content: css }]
}
