package io.blockofenergy.edge.simulator;

/**
 * What meters on a campus measure.
 *
 * @param name part of a device's name; {@code [a-z-]+}
 * @param variants shapes that there are of the load; meters of one variant have the same busy days
 * @param smallW size of the smallest such load, in W at level 1
 * @param largeW size of the largest
 * @param powerFactor over 0, at most 1
 */
record Use(
    String name,
    Load load,
    int variants,
    double smallW,
    double largeW,
    double powerFactor,
    Rhythm.Kind rhythm) {}
