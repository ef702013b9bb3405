/** Tells people what audits find: which findings are news, an outbox, and the ways out of it. */
package io.blockofenergy.cloud.audit.alert;
