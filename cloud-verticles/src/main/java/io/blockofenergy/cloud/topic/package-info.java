/**
 * Where the cloud's stages meet: AMQP 1.0 addresses, messages, and links that come back by
 * themselves. The same code talks to Azure Service Bus, to an Event Hubs-compatible endpoint and to
 * the embedded broker; which one is configuration.
 */
package io.blockofenergy.cloud.topic;
