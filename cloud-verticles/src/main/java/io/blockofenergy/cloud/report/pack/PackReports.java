package io.blockofenergy.cloud.report.pack;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/** What packs are made of. Safe for any thread. */
public interface PackReports {
  /**
   * A site's report, {@code boe.report.v1}.
   *
   * @return fails with the report's own refusal when there is no such site
   */
  Future<JsonObject> report(String kind, String date, String site);

  /**
   * The receipt of a report that {@link #report} has just given.
   *
   * @return nothing when none of its energy follows from readings, as when all is estimated. Fails
   *     when it cannot be had yet, as when the last readings are not in a checkpoint
   */
  Future<Optional<Buffer>> receipt(JsonObject report);
}
