package io.blockofenergy.cloud.storage;

import com.mongodb.MongoException;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import org.bson.BSONException;

/** The one place of this stage that turns the driver's failures into outcomes. */
final class MongoFailures {
  private MongoFailures() {}

  /** Whatever a store answers to these plain commands, besides a duplicate, may pass. */
  static <T> Future<T> unavailable(Throwable failure) {
    return Future.failedFuture(
        failure instanceof UnavailableException known
            ? known
            : new UnavailableException(
                "the store does not answer: " + failure.getMessage(), failure));
  }

  /** Whether the client could not make sense of a document, of a type that no reading has. */
  static boolean isUndecodable(Throwable failure) {
    return !(failure instanceof MongoException)
        && (failure instanceof BSONException
            || failure instanceof UnsupportedOperationException
            || failure instanceof IllegalArgumentException
            || failure instanceof ClassCastException);
  }
}
