package io.blockofenergy.edge.mqtt;

/**
 * What is published for a client that goes without a word (MQTT 5, 3.1.2.5).
 *
 * @param delaySeconds how long the client may come back before, from 0
 */
record Will(int delaySeconds, Message message) {}
