package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.ledger.Cosignatures;
import io.blockofenergy.cloud.ledger.LogCheckpoint;
import io.blockofenergy.cloud.ledger.LogReader;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
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
          "/log/tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\\.p/([1-9][0-9]{0,2}))?");

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
    router.head("/log/checkpoint").handler(this::checkpoint);
    router.getWithRegex("/log/tile/.+").handler(this::tile);
    router.headWithRegex("/log/tile/.+").handler(this::tile);
  }

  private void checkpoint(RoutingContext context) {
    log.newest()
        .map(found -> found.orElseThrow(() -> Problem.notFound("the log has no checkpoint yet")))
        .compose(cosignatures::cosigned)
        .map(LogCheckpoint::note)
        .onSuccess(
            note -> answer(context, "text/plain; charset=utf-8", "no-cache", Buffer.buffer(note)))
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
    if (!canonical || width > FULL_WIDTH || path.group(3) != null && width == FULL_WIDTH) {
      throw Problem.notFound("not the path of a tile");
    }
    boolean entries = path.group(1).equals("entries");
    (entries ? log.entries(n, width) : log.tile(Integer.parseInt(path.group(1)), n, width))
        .map(data -> data.orElseThrow(() -> Problem.notFound("the log has no such tile yet")))
        .onSuccess(
            data -> answer(context, "application/octet-stream", IMMUTABLE, Buffer.buffer(data)))
        .onFailure(context::fail);
  }

  private static void answer(RoutingContext context, String type, String caching, Buffer body) {
    HttpServerResponse response =
        context
            .response()
            .putHeader("Content-Type", type)
            .putHeader("Cache-Control", caching)
            // Compressed when the client asks for it: a cache must keep the two apart.
            .putHeader("Vary", "Accept-Encoding");
    if (context.request().method().equals(HttpMethod.HEAD)) {
      // Over HTTP/2 the server would send the body all the same.
      response.putHeader("Content-Length", Integer.toString(body.length())).end();
    } else {
      response.end(body);
    }
  }

  private static String index(long n) {
    StringBuilder text = new StringBuilder(String.format("%03d", n % 1000));
    for (long rest = n / 1000; rest > 0; rest /= 1000) {
      text.insert(0, String.format("x%03d/", rest % 1000));
    }
    return text.toString();
  }
}
