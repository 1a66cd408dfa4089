/** Shows the API reference, from this gateway alone: no fonts, proxies or services of others. */
window.Scalar.createApiReference('#reference', {
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  showDeveloperTools: 'never',
  hideClientButton: true,
  agent: { disabled: true },
  mcp: { disabled: true },
  metaData: { title: 'EVSEBridge API' },
  authentication: {
    preferredSecurityScheme: 'key',
    // The key that the start page of this tab keeps.
    securitySchemes: { key: { token: sessionStorage.getItem('evsebridge.key') ?? '' } },
  },
});
