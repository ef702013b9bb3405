package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.ledger.Cosignatures;
import io.blockofenergy.cloud.ledger.LogCheckpoint;
import io.blockofenergy.cloud.ledger.LogReader;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The transparency log as c2sp.org/tlog-tiles serves it, under {@code /log/}. */
final class LogRoutes {
  /**
   * {@code <L>/<N>[.p/<W>]}, N in groups of three digits of which all but the last begin with x.
   */
  private static final Pattern TILE =
      Pattern.compile(
          "/log/tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\\.p/([0-9]{1,3}))?");

  private static final int FULL_WIDTH = 256;
  private static final String IMMUTABLE = "public, max-age=31536000, immutable";

  private final LogReader log;
  private final Cosignatures cosignatures;

  LogRoutes(LogReader log, Cosignatures cosignatures) {
    this.log = log;
    this.cosignatures = cosignatures;
  }

  void mount(Router router) {
    router.get("/log/checkpoint").handler(this::checkpoint);
    router.getWithRegex("/log/tile/.+").handler(this::tile);
  }

  private void checkpoint(RoutingContext context) {
    log.newest()
        .map(found -> found.orElseThrow(() -> Problem.notFound("the log has no checkpoint yet")))
        .compose(cosignatures::cosigned)
        .map(LogCheckpoint::note)
        .onSuccess(
            note ->
                context
                    .response()
                    .putHeader("Content-Type", "text/plain; charset=utf-8")
                    .putHeader("Cache-Control", "no-cache")
                    .end(note))
        .onFailure(context::fail);
  }

  private void tile(RoutingContext context) {
    Matcher path = TILE.matcher(context.request().path());
    if (!path.matches()) {
      throw Problem.notFound("not the path of a tile");
    }
    long n = Long.parseLong(path.group(2).replace("x", "").replace("/", ""));
    int width = path.group(3) == null ? FULL_WIDTH : Integer.parseInt(path.group(3));
    boolean canonical = index(n).equals(path.group(2));
    if (!canonical || width == 0 || width > FULL_WIDTH || path.group(3) != null && width == 256) {
      throw Problem.notFound("not the path of a tile");
    }
    boolean entries = path.group(1).equals("entries");
    (entries ? log.entries(n, width) : log.tile(Integer.parseInt(path.group(1)), n, width))
        .map(data -> data.orElseThrow(() -> Problem.notFound("the log has no such tile yet")))
        .onSuccess(
            data ->
                context
                    .response()
                    .putHeader("Content-Type", "application/octet-stream")
                    .putHeader("Cache-Control", IMMUTABLE)
                    .end(Buffer.buffer(data)))
        .onFailure(context::fail);
  }

  private static String index(long n) {
    StringBuilder text = new StringBuilder(String.format("%03d", n % 1000));
    for (long rest = n / 1000; rest > 0; rest /= 1000) {
      text.insert(0, String.format("x%03d/", rest % 1000));
    }
    return text.toString();
  }
}
