package io.blockofenergy.cloud.api;

import com.mongodb.MongoException;
import io.blockofenergy.cloud.ledger.ReceiptException;
import io.blockofenergy.cloud.report.tariff.MalformedTariffException;
import io.blockofenergy.cloud.storage.DamagedReadingException;
import io.blockofenergy.cloud.storage.ErasedReadingException;
import io.blockofenergy.cloud.storage.MalformedQueryException;
import io.blockofenergy.cloud.storage.MixedBridgesException;
import io.blockofenergy.telemetry.UnavailableException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A refusal in the form of RFC 9457; the one place that turns exceptions into answers. */
final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(Problem.class);
  private static final int RETRY_AFTER_SECONDS = 2;
  private static final String MEDIA_TYPE = "application/problem+json";

  private final int status;
  private final String type;
  private final String title;

  /** What goes with it, name and value. */
  private final transient Map<String, String> headers;

  private Problem(int status, String type, String title, String detail) {
    this(status, type, title, detail, Map.of());
  }

  private Problem(
      int status, String type, String title, String detail, Map<String, String> headers) {
    super(detail, null, false, false);
    this.status = status;
    this.type = type;
    this.title = title;
    this.headers = headers;
  }

  private Problem retriedAfter(long seconds) {
    return new Problem(
        status, type, title, getMessage(), Map.of("Retry-After", Long.toString(seconds)));
  }

  static Problem badRequest(String detail) {
    return new Problem(400, "bad-request", "The request is not valid", detail);
  }

  static Problem forbidden(String detail) {
    return new Problem(403, "forbidden", "This is not allowed", detail);
  }

  static Problem notFound(String detail) {
    return new Problem(404, "not-found", "There is no such thing", detail);
  }

  static Problem notYetLogged(String detail) {
    return new Problem(
            409, "not-yet-logged", "The reading is stored but in no checkpoint yet", detail)
        .retriedAfter(RETRY_AFTER_SECONDS);
  }

  static Problem conflict(String detail) {
    return new Problem(409, "conflict", "This cannot be done now", detail)
        .retriedAfter(RETRY_AFTER_SECONDS);
  }

  static Problem preconditionFailed(String detail) {
    return new Problem(412, "precondition-failed", "Somebody has changed it meanwhile", detail);
  }

  static Problem preconditionRequired(String detail) {
    return new Problem(428, "precondition-required", "This needs a condition", detail);
  }

  static Problem acknowledged(String detail) {
    return new Problem(409, "acknowledged", "This was acknowledged before", detail);
  }

  static Problem damaged(String detail) {
    return new Problem(410, "damaged", "The stored document is not what was written", detail);
  }

  static Problem erased(String detail) {
    return new Problem(410, "erased", "The reading was erased", detail);
  }

  static Problem unavailable(String detail) {
    return new Problem(503, "unavailable", "A part behind the API does not answer", detail)
        .retriedAfter(RETRY_AFTER_SECONDS);
  }

  /**
   * @param allowed the methods that are served, separated by commas
   */
  static Problem methodNotAllowed(String allowed) {
    return new Problem(
        405,
        "method-not-allowed",
        "This method is not served here",
        "served are " + allowed,
        Map.of("Allow", allowed));
  }

  static Problem notAcceptable(String detail) {
    return new Problem(406, "not-acceptable", "It is not served in this form", detail);
  }

  static Problem unsupportedMediaType(String detail) {
    return new Problem(
        415, "unsupported-media-type", "A body of this type is not taken here", detail);
  }

  static Problem keyReused(String detail) {
    return new Problem(422, "key-reused", "The key was used for another request", detail);
  }

  /**
   * @param seconds after which the next request is served
   */
  static Problem tooManyRequests(long seconds) {
    return new Problem(
            429,
            "too-many-requests",
            "There are too many requests",
            "try again in " + seconds + " s")
        .retriedAfter(seconds);
  }

  private static Problem of(Throwable cause, int status) {
    if (cause instanceof Problem problem) {
      return problem;
    }
    if (cause instanceof MalformedQueryException || cause instanceof MalformedTariffException) {
      return badRequest(cause.getMessage());
    }
    if (cause instanceof MongoException) {
      return unavailable("the store does not answer");
    }
    if (cause instanceof ErasedReadingException) {
      return erased(cause.getMessage());
    }
    if (cause instanceof MixedBridgesException) {
      return new Problem(
          409, "mixed-bridges", "There may be two meters of this name", cause.getMessage());
    }
    if (cause instanceof DamagedReadingException) {
      return damaged(cause.getMessage());
    }
    if (cause instanceof UnavailableException) {
      return unavailable(cause.getMessage());
    }
    if (cause instanceof ReceiptException noReceipt) {
      return switch (noReceipt.reason()) {
        case NOT_YET_LOGGED -> notYetLogged(noReceipt.getMessage());
        case NOT_AS_LOGGED -> damaged(noReceipt.getMessage());
      };
    }
    if (cause instanceof HttpException http) {
      return of(null, http.getStatusCode());
    }
    int code = cause == null ? status : 500;
    return switch (code) {
      case 400 -> badRequest("the request is malformed");
      case 404 -> notFound("nothing is served at this path");
      case 405 -> methodNotAllowed("GET, HEAD");
      case 413 -> new Problem(413, "too-large", "The request body is too large", null);
      case 414 -> new Problem(414, "uri-too-long", "The request line is too long", null);
      case 431 -> new Problem(431, "headers-too-large", "The headers are too large", null);
      case 421 ->
          new Problem(421, "misdirected", "This host name is not served here", "use 127.0.0.1");
      default ->
          code >= 400 && code < 500
              ? new Problem(code, "refused", "The request cannot be served", null)
              : new Problem(500, "internal", "The server failed", null);
    };
  }

  /** Answers a failed request. */
  static void answer(RoutingContext context) {
    Problem problem = of(context.failure(), context.statusCode());
    IdempotencyKeys.release(context);
    if (problem.status == 500) {
      LOG.error(
          "{} {} failed", context.request().method(), context.request().path(), context.failure());
    }
    if (context.response().headWritten()) {
      context.response().reset();
      return;
    }
    problem.headers.forEach(context.response()::putHeader);
    if (problem.status == 413) {
      // The rest of the body is not read, so nothing can follow it on this connection.
      context.response().putHeader("Connection", "close");
    }
    context
        .response()
        .setStatusCode(problem.status)
        .putHeader("Content-Type", MEDIA_TYPE)
        .end(problem.body(context.request().path()));
  }

  /** Answers what cannot even be read as a request, and closes: nothing can follow on it. */
  static void answerUnreadable(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    int status =
        cause instanceof TooLongHttpLineException
            ? 414
            : cause instanceof TooLongHttpHeaderException ? 431 : 400;
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", MEDIA_TYPE)
        .putHeader("Connection", "close")
        .end(of(null, status).body(null))
        .onComplete(sent -> request.connection().close());
  }

  private Buffer body(String path) {
    JsonObject body =
        new JsonObject()
            .put("type", "urn:block-of-energy:problem:" + type)
            .put("title", title)
            .put("status", status);
    if (path != null) {
      body.put("instance", path);
    }
    if (getMessage() != null) {
      body.put("detail", getMessage());
    }
    return body.toBuffer();
  }
}
