package io.blockofenergy.edge.simulator;

/**
 * What a device publishes.
 *
 * @param payload UTF-8 when it goes out
 */
record Message(String topic, String payload) {}
