/**
 * OCSP responses as OpenSSL 3.0 makes them (`openssl ocsp -index index.txt -CA ca.pem -rsigner ca.pem -rkey ca.key -reqin …
 * -respout … -ndays 7`), for certificates of one issuer, asked for with SHA-256.
 */
export const issuer = {
  hashAlgorithm: 'SHA256',
  issuerNameHash: 'cc3c4c2bcac7e9fa86c2982412a507b864f892d2002e4e6cd091e7efb7174be4',
  issuerKeyHash: '9b2db6e7f51cc44377d298027056c7e14b90193885b79d41bfe3255e4b326101',
};

/** thisUpdate and nextUpdate of all of them. */
export const thisUpdate = '2026-11-22T20:24:45.000Z';
export const nextUpdate = '2026-11-29T20:24:45.000Z';

/** 0A1B is good. */
export const good =
  'MIIBKwoBAKCCASQwggEgBgkrBgEFBQcwAQEEggERMIIBDTCBtKEdMBsxGTAXBgNVBAMMEEV4YW1wbGUgVjJHIHJvb3QYDzIwMjYxMTIyMjAyNDQ1' +
  'WjCBgTB/MFcwDQYJYIZIAWUDBAIBBQAEIMw8TCvKx+n6hsKYJBKlB7hk+JLSAC5ObNCR5++3F0vkBCCbLbbn9RzEQ3fSmAJwVsfhS5AZOIW3nUG/' +
  '4yVeSzJhAQICChuAABgPMjAyNjExMjIyMDI0NDVaoBEYDzIwMjYxMTI5MjAyNDQ1WjAKBggqhkjOPQQDAgNIADBFAiBmwdaUE81K/L+Oku7eekTc' +
  'Qqgk9DeNiucdcxZs5IkkuQIhAL9y2Otkplx4wEvqecesvWkTj/ukq1si8O5no54qBgqv';

/** C3 is revoked. */
export const revoked =
  'MIIBQgoBAKCCATswggE3BgkrBgEFBQcwAQEEggEoMIIBJDCBy6EdMBsxGTAXBgNVBAMMEEV4YW1wbGUgVjJHIHJvb3QYDzIwMjYxMTIyMjAyNDQ1' +
  'WjCBmDCBlTBXMA0GCWCGSAFlAwQCAQUABCDMPEwrysfp+obCmCQSpQe4ZPiS0gAuTmzQkefvtxdL5AQgmy225/UcxEN30pgCcFbH4UuQGTiFt51B' +
  'v+MlXksyYQECAgDDoRYYDzIwMjYwMTAxMDAwMDAwWqADCgEBGA8yMDI2MTEyMjIwMjQ0NVqgERgPMjAyNjExMjkyMDI0NDVaMAoGCCqGSM49BAMC' +
  'A0gAMEUCIDav1c75Mi3vwmKz6A3y4uJPt5dn6m8qEZJID6eAo8nwAiEA4wU0D106zYyuVeAf6e52lFCW2QmXS5lOSZrnkf1oscI=';

/** 7F00 is not known. */
export const unknown =
  'MIIBLAoBAKCCASUwggEhBgkrBgEFBQcwAQEEggESMIIBDjCBtKEdMBsxGTAXBgNVBAMMEEV4YW1wbGUgVjJHIHJvb3QYDzIwMjYxMTIyMjAyNDQ1' +
  'WjCBgTB/MFcwDQYJYIZIAWUDBAIBBQAEIMw8TCvKx+n6hsKYJBKlB7hk+JLSAC5ObNCR5++3F0vkBCCbLbbn9RzEQ3fSmAJwVsfhS5AZOIW3nUG/' +
  '4yVeSzJhAQICfwCCABgPMjAyNjExMjIyMDI0NDVaoBEYDzIwMjYxMTI5MjAyNDQ1WjAKBggqhkjOPQQDAgNJADBGAiEAkAzwiXqJvGPmNPySpwcH' +
  'eI4WAz6VNZtV+V6jScvTtP8CIQCFIIDb/ItI7u2Tld1MgzUDaRVU4YRvk9BGd4oM8tnQKw==';

/** 0A1B is good and C3 revoked. */
export const both =
  'MIIBxAoBAKCCAb0wggG5BgkrBgEFBQcwAQEEggGqMIIBpjCCAU2hHTAbMRkwFwYDVQQDDBBFeGFtcGxlIFYyRyByb290GA8yMDI2MTEyMjIwMjQ0' +
  'NVowggEZMH8wVzANBglghkgBZQMEAgEFAAQgzDxMK8rH6fqGwpgkEqUHuGT4ktIALk5s0JHn77cXS+QEIJsttuf1HMRDd9KYAnBWx+FLkBk4hbed' +
  'Qb/jJV5LMmEBAgIKG4AAGA8yMDI2MTEyMjIwMjQ0NVqgERgPMjAyNjExMjkyMDI0NDVaMIGVMFcwDQYJYIZIAWUDBAIBBQAEIMw8TCvKx+n6hsKY' +
  'JBKlB7hk+JLSAC5ObNCR5++3F0vkBCCbLbbn9RzEQ3fSmAJwVsfhS5AZOIW3nUG/4yVeSzJhAQICAMOhFhgPMjAyNjAxMDEwMDAwMDBaoAMKAQEY' +
  'DzIwMjYxMTIyMjAyNDQ1WqARGA8yMDI2MTEyOTIwMjQ0NVowCgYIKoZIzj0EAwIDRwAwRAIgOhMu4BRvQU0JgHw+Rk3525OO2ysuy+oNPGKDAihA' +
  'npUCIG5DxH4Cr+EMbQK/ENaQgBHoxELTZNcZHW5gUMlLBjCD';

/** 0A1B is good; with the certificate of the responder, its key hash for its name, and no nextUpdate. */
export const withoutNextUpdate =
  'MIICqAoBAKCCAqEwggKdBgkrBgEFBQcwAQEEggKOMIICijCBmaIWBBSloS81J3jt+smveNCkmLo9BV4+YhgPMjAyNjExMjIyMDI0NDVaMG4wbDBX' +
  'MA0GCWCGSAFlAwQCAQUABCDMPEwrysfp+obCmCQSpQe4ZPiS0gAuTmzQkefvtxdL5AQgmy225/UcxEN30pgCcFbH4UuQGTiFt51Bv+MlXksyYQEC' +
  'AgobgAAYDzIwMjYxMTIyMjAyNDQ1WjAKBggqhkjOPQQDAgNHADBEAiB5kaQjcT5zn79f34+MExoZqsy5P53yxwFzhkFnPXppHgIgSsaDzgD8A0Nv' +
  'q/mCBqnNtHB19xXKNZl7kkIv9gCM4jKgggGVMIIBkTCCAY0wggEzoAMCAQICFB4uutT5x2OIb3J8v/LeTYBU4AjlMAoGCCqGSM49BAMCMBsxGTAX' +
  'BgNVBAMMEEV4YW1wbGUgVjJHIHJvb3QwIBcNMjYxMTIyMjAyNDQ0WhgPMjEyNjEwMjkyMDI0NDRaMBsxGTAXBgNVBAMMEEV4YW1wbGUgVjJHIHJv' +
  'b3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASO9osU07C1HXTusckZgplz0+WpjMYbVZ+DQuFoo/5pCXofE04J3YyXBqJcg1y7Nn/ft/G25t8p' +
  'bdh3esPEPy+Io1MwUTAdBgNVHQ4EFgQUpaEvNSd47frJr3jQpJi6PQVePmIwHwYDVR0jBBgwFoAUpaEvNSd47frJr3jQpJi6PQVePmIwDwYDVR0T' +
  'AQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA8hmDoEYZNlQbJTuqWlG47vg+8hM86YLEWbzsHMAEljYCIAIaEKlfzgLGYxN+7Vpta9U8qfrt' +
  'FZn/BTBoRpCU4g+z';

/** Not successful: tryLater (3). */
export const tryLater = 'MAMKAQM=';
