package io.blockofenergy.cloud.storage;

import com.mongodb.ErrorCategory;
import com.mongodb.MongoException;
import com.mongodb.MongoServerException;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import org.bson.BSONException;

/** Turns the driver's failures into outcomes. */
public final class MongoFailures {
  private MongoFailures() {}

  /** Whatever a store answers to these plain commands, besides a duplicate, may pass. */
  static <T> Future<T> unavailable(Throwable failure) {
    return Future.failedFuture(
        failure instanceof UnavailableException known
            ? known
            : new UnavailableException(
                "the store does not answer: " + failure.getMessage(), failure));
  }

  /** Whether there is a document with that id, or in that place of a unique index, already. */
  public static boolean isDuplicate(Throwable failure) {
    return failure instanceof MongoServerException server
        && ErrorCategory.fromErrorCode(server.getCode()) == ErrorCategory.DUPLICATE_KEY;
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
