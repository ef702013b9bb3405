/**
 * Ways out to people and their programs: mail and signed webhooks, taken out of an outbox in the
 * store, so that what is to be sent survives a crash and is sent on.
 */
package io.blockofenergy.cloud.delivery;
