package io.blockofenergy.cloud.ingestion;

import com.mongodb.ErrorCategory;
import com.mongodb.MongoServerException;
import io.blockofenergy.telemetry.UnavailableException;

/** The one place that turns the driver's failures into outcomes. */
final class MongoFailures {
  private MongoFailures() {}

  static boolean isDuplicate(Throwable failure) {
    return failure instanceof MongoServerException server
        && ErrorCategory.fromErrorCode(server.getCode()) == ErrorCategory.DUPLICATE_KEY;
  }

  /**
   * Whatever the store answers to these few plain commands besides a duplicate (no connection, not
   * primary, request rate too large) has nothing to do with the batch, so it may pass.
   */
  static UnavailableException unavailable(Throwable failure) {
    return failure instanceof UnavailableException known
        ? known
        : new UnavailableException("the store does not answer: " + failure.getMessage(), failure);
  }
}
