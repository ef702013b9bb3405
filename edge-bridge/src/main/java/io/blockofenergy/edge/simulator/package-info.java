/**
 * Plugs and meters that do not exist: for trying the system out, for demonstrations and for tests.
 * A profile says which there are: a household, or a campus of mixed makes. Every reading is a pure
 * function of seed and instant, so a history that is published later and a live stream that was
 * interrupted carry the same, continuous energy counters.
 *
 * <p>It meets the rest of the bridge only over MQTT, as a device would.
 */
package io.blockofenergy.edge.simulator;
