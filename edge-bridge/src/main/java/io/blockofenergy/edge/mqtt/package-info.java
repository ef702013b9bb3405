/** The bridge's own MQTT server: takes the sensors' messages and acknowledges what is durable. */
package io.blockofenergy.edge.mqtt;
