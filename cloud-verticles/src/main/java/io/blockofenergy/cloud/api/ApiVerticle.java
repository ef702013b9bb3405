package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.ledger.Cosignatures;
import io.blockofenergy.cloud.ledger.LogReader;
import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.storage.ActStore;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.cloud.storage.ErasureStore;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.StaticHandler;
import java.net.BindException;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves REST, the log, the live events and the dashboard on one port. */
public final class ApiVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(ApiVerticle.class);
  private static final long STATUS_INTERVAL_MS = 5_000;

  /** For a hundred devices, with names as long as most are. */
  private static final int MAX_REQUEST_LINE_BYTES = 16 << 10;

  /** In the jar only: a relative name that exists would be served from the disk instead. */
  static final String WEBROOT = "io/blockofenergy/cloud/webroot";

  private static final Map<String, String> SECURITY_HEADERS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'self'; connect-src 'self' ws: wss:; frame-ancestors 'none'",
          "X-Content-Type-Options",
          "nosniff",
          "Referrer-Policy",
          "no-referrer");

  private final ApiConfig config;
  private final MongoClient mongo;
  private final LogReader log;
  private final Receipts receipts;
  private final StatusReport.Identity identity;
  private final Reporting reporting;
  private final VerifyPage verifyPage = VerifyPage.load();
  private final Clock clock = Clock.systemUTC();
  private final JsonObject document = ApiDocument.load(ApiDocument.PARTS);
  private final LiveEvents events;
  private LiveStreams live;
  private HttpServer server;

  public ApiVerticle(
      ApiConfig config,
      MongoClient mongo,
      LogReader log,
      Receipts receipts,
      StatusReport.Identity identity,
      Reporting reporting) {
    this.config = config;
    this.mongo = mongo;
    this.log = log;
    this.receipts = receipts;
    this.identity = identity;
    this.reporting = reporting;
    this.events = new LiveEvents(config.sockets(), System::nanoTime);
  }

  /** Shows how many browsers are connected. */
  public void bindTo(MeterRegistry meters) {
    Gauge.builder("boe.cloud.api.sockets", events, LiveEvents::open)
        .description("browsers connected to the live events")
        .register(meters);
    FunctionCounter.builder("boe.cloud.api.sockets.refused", events, LiveEvents::refused)
        .description("browsers that could not connect because there were too many")
        .register(meters);
    FunctionCounter.builder("boe.cloud.api.sockets.cut", events, LiveEvents::cut)
        .description("browsers that were cut off because they did not read")
        .register(meters);
  }

  @Override
  public Future<?> start() {
    ReadingStore readings = new ReadingStore(mongo);
    EvidenceStore evidence = new EvidenceStore(mongo);
    FindingStore findings = new FindingStore(mongo);
    StatusReport status = new StatusReport(identity, readings, evidence, findings);

    Map<String, Handler<RoutingContext>> operations = new HashMap<>();
    DeviceStore devices = new DeviceStore(mongo);
    operations.putAll(
        new SettingsRoutes(devices, reporting.settings, reporting.tariffs).operations());
    operations.putAll(new TariffRoutes(vertx, reporting.tariffs, reporting.settings).operations());
    operations.putAll(reporting.operations());
    operations.putAll(new ReadingRoutes(readings, devices, receipts).operations());
    operations.putAll(new EvidenceRoutes(vertx, evidence, findings).operations());
    operations.putAll(
        new ActRoutes(vertx, new ActStore(mongo), new ErasureStore(mongo, clock), receipts)
            .operations());
    operations.putAll(new DeadLetterRoutes(mongo).operations());
    operations.putAll(new SystemRoutes(document, status).operations());

    vertx.setPeriodic(
        STATUS_INTERVAL_MS,
        timer ->
            status
                .report()
                .onSuccess(report -> vertx.eventBus().publish(LiveEvents.STATUS, report))
                .onFailure(failure -> LOG.debug("no status: {}", failure.getMessage())));
    live = new LiveStreams(vertx, config.liveStreams());
    live.start();
    operations.putAll(live.operations());
    return new DocumentedRouter(vertx, document, new IdempotencyKeys(mongo, clock), operations)
        .create()
        .compose(api -> listen(router(api)));
  }

  /** Clients with a live stream see it end; the server is closed with the verticle. */
  @Override
  public Future<?> stop() {
    live.close();
    return Future.succeededFuture();
  }

  private Router router(Router api) {
    Router router = Router.router(vertx);
    router.route().handler(this::guard);
    router.route("/eventbus*").subRouter(events.router(vertx));
    router
        .route(ApiDocument.BASE + "/*")
        .handler(
            new RateLimiter(config.requestsPerSecond(), config.requestBurst(), System::nanoTime));
    router.route(ApiDocument.BASE + "/*").subRouter(api);
    router
        .route(ApiDocument.BASE + "/*")
        .handler(context -> context.fail(Problem.notFound("nothing is served at this path")));
    new LogRoutes(log, new Cosignatures(mongo)).mount(router);
    verifyPage.mount(router);
    router
        .route()
        .method(HttpMethod.GET)
        .method(HttpMethod.HEAD)
        .handler(StaticHandler.create(WEBROOT).setCachingEnabled(false).setIncludeHidden(false));
    router.route().failureHandler(Problem::answer);
    for (int status4xx : new int[] {400, 404, 405, 413}) {
      router.errorHandler(status4xx, Problem::answer);
    }
    router.errorHandler(500, Problem::answer);
    return router;
  }

  private Future<HttpServer> listen(Router router) {
    server =
        vertx.createHttpServer(
            new HttpServerOptions()
                .setHost(config.host())
                .setPort(config.port())
                .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
                // An answer to the request that upgrades was seen broken off, and no browser does
                // so.
                .setHttp2ClearTextEnabled(false)
                .setCompressionSupported(true));
    return server
        .requestHandler(router)
        .invalidRequestHandler(Problem::answerUnreadable)
        .listen()
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof BindException
                        ? new IllegalStateException(
                            "the API cannot listen on "
                                + config.host()
                                + ":"
                                + config.port()
                                + ": the port is taken; choose another with BOE_HTTP_PORT",
                            failure)
                        : failure));
  }

  /** The port it listens on, once deployed. */
  public int actualPort() {
    return server.actualPort();
  }

  /**
   * A page of another site must not reach this one through the visitor's browser: neither by a name
   * that it made resolve to loopback, nor by a WebSocket, which browsers open across origins.
   */
  private void guard(RoutingContext context) {
    HostAndPort authority = context.request().authority();
    if (authority == null || !ApiConfig.LOOPBACK.contains(authority.host())) {
      context.fail(421);
      return;
    }
    String origin = context.request().getHeader("Origin");
    if (origin != null && !origin.equals("http://" + authority)) {
      context.fail(Problem.forbidden("requests of other origins are not served"));
      return;
    }
    SECURITY_HEADERS.forEach(context.response()::putHeader);
    context.next();
  }
}
