package io.blockofenergy.cloud.storage;

/**
 * An energy counter within one quarter hour.
 *
 * @param first by time and id
 * @param last by time and id, may be the same
 * @param leastKwh the lowest that it showed
 * @param greatestKwh the highest that it showed
 */
public record CounterRange(
    CounterPoint first, CounterPoint last, double leastKwh, double greatestKwh) {}
