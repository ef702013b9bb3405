package io.blockofenergy.cloud.topic;

import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.UnavailableException;
import java.time.Duration;

/**
 * What becomes of a delivery.
 *
 * @param outcome see {@link Outcome}
 * @param delay for which the receiver keeps the message before it gives it back; zero when accepted
 * @param reason why it was not accepted, for the operator; never a payload
 */
public record Settlement(Outcome outcome, Duration delay, String reason) {
  /** The AMQP 1.0 outcomes that are used (amqp-core-messaging 3.4). */
  public enum Outcome {
    /** Done and durable elsewhere: the broker may forget it. */
    ACCEPT,
    /** Not now: it comes again, as often as it takes. */
    RELEASE,
    /** Unexpected failure: it comes again, and the broker dead-letters it after its limit. */
    FAIL,
    /** Never: the broker dead-letters it at once. */
    REJECT
  }

  private static final Duration RETRY = Duration.ofSeconds(1);

  public static Settlement accept() {
    return new Settlement(Outcome.ACCEPT, Duration.ZERO, "");
  }

  public static Settlement release(Duration delay, String reason) {
    return new Settlement(Outcome.RELEASE, delay, reason);
  }

  public static Settlement reject(String reason) {
    return new Settlement(Outcome.REJECT, Duration.ZERO, reason);
  }

  /**
   * The type decides: {@link UnavailableException} releases, {@link MalformedReadingException}
   * rejects, anything else counts as a failed attempt.
   */
  public static Settlement of(Throwable failure) {
    String reason = String.valueOf(failure.getMessage());
    if (failure instanceof UnavailableException) {
      return release(RETRY, reason);
    }
    if (failure instanceof MalformedReadingException) {
      return reject(reason);
    }
    return new Settlement(Outcome.FAIL, RETRY, failure.toString());
  }
}
