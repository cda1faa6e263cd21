// Package e2e has no code of its own: its tests run the published npm client of the Backend API, @clerk/backend, and this
// module's own client side against one issuer over HTTP, and fail where the two disagree; and the npm package dpop against the
// middleware. They need Node.js 20 and npm.
package e2e
