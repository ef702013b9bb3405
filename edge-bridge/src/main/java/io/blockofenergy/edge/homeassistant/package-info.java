/** Shows the meters in Home Assistant by MQTT discovery. */
package io.blockofenergy.edge.homeassistant;
