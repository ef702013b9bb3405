package io.blockofenergy.cloud.report;

import java.util.Optional;

/**
 * Which report is wanted.
 *
 * @param date as {@link Period#parse} has it; empty: the current period
 * @param site whose devices it is of; empty: all, or the device's
 * @param device the only one that it is of
 */
public record ReportRequest(
    ReportKind kind, Optional<String> date, Optional<String> site, Optional<String> device) {}
