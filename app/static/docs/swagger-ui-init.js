"use strict";
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  filter: true,
  docExpansion: "none",
  validatorUrl: null, // the default sends the description to validator.swagger.io
  persistAuthorization: false, // a token must not outlive the tab on a shared school computer
});
