package io.blockofenergy.cloud;

import io.blockofenergy.cloud.api.ApiVerticle;
import io.blockofenergy.cloud.api.Reporting;
import io.blockofenergy.cloud.api.StatusReport;
import io.blockofenergy.cloud.audit.Audit;
import io.blockofenergy.cloud.audit.AuditState;
import io.blockofenergy.cloud.audit.AuditVerticle;
import io.blockofenergy.cloud.audit.ContractReader;
import io.blockofenergy.cloud.audit.EvmNode;
import io.blockofenergy.cloud.audit.alert.Alerts;
import io.blockofenergy.cloud.ingestion.IngestionVerticle;
import io.blockofenergy.cloud.ledger.AnchorKey;
import io.blockofenergy.cloud.ledger.ChainAnchor;
import io.blockofenergy.cloud.ledger.EvmChain;
import io.blockofenergy.cloud.ledger.LedgerVerticle;
import io.blockofenergy.cloud.ledger.LogReader;
import io.blockofenergy.cloud.ledger.MongoLogStore;
import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.local.BrokerHubEvents;
import io.blockofenergy.cloud.local.BusEnrolment;
import io.blockofenergy.cloud.local.LocalBroker;
import io.blockofenergy.cloud.local.LocalChain;
import io.blockofenergy.cloud.local.LocalHub;
import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.report.forecast.ForecastVerticle;
import io.blockofenergy.cloud.report.pack.PacksVerticle;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.cloud.storage.MongoConfig;
import io.blockofenergy.cloud.storage.StorageVerticle;
import io.blockofenergy.cloud.topic.Addresses;
import io.blockofenergy.cloud.topic.AmqpConfig;
import io.blockofenergy.cloud.topic.TopicSender;
import io.blockofenergy.telemetry.ManagementEndpoint;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The roles of one process and, as far as configured, the stand-ins that they talk to. Started and
 * closed by blocking calls of one thread each.
 */
final class Cloud implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Cloud.class);
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration STOP = Duration.ofSeconds(15);
  private static final Duration RECEIPT_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration RECEIPT_POLL = Duration.ofMillis(100);

  private final CloudConfig config;
  private final Clock clock = Clock.systemUTC();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Vertx vertx = Vertx.vertx();
  private final ManagementEndpoint management = new ManagementEndpoint(vertx, registry);

  /** What is to be closed, the latest first. */
  private final Deque<AutoCloseable> running = new ArrayDeque<>();

  private boolean closed;

  Cloud(CloudConfig config) {
    this.config = config;
  }

  /** Starts everything; what was started before a failure is closed by {@link #close}. */
  synchronized void start() throws Exception {
    Instant startedAt = clock.instant();
    MongoClient mongo = startStore().createClient(vertx);
    running.push(() -> await(mongo.close(), STOP));
    AmqpConfig amqp = startBroker();
    if (config.roles().contains(Role.INGESTION)) {
      IngestionVerticle ingestion =
          new IngestionVerticle(config.ingestion(), amqp, mongo, registry, clock);
      deploy(ingestion);
      management.addReadinessCheck("ingestion", ingestion::problem);
    }
    if (config.roles().contains(Role.STORAGE)) {
      StorageVerticle storage = new StorageVerticle(config.storage(), amqp, mongo, registry, clock);
      deploy(storage);
      management.addReadinessCheck("storage", storage::problem);
    }
    if (!config.roles().contains(Role.LEDGER) && !Files.exists(keys().resolve("log.key"))) {
      // A key drawn here would be another log's, and every check against it would fail.
      throw new IllegalStateException(
          "there is no log.key in "
              + keys()
              + ": set ledger.directory to where the ledger keeps it");
    }
    SigningKey logKey = LedgerVerticle.signingKey(config.ledger());
    VerifierKey verifier = new VerifierKey(config.ledger().origin(), logKey.publicKey());
    startEvidence(mongo, amqp, logKey, verifier);
    startReports(mongo, verifier, startedAt);
    if (config.localHub()) {
      startHub(amqp);
    }
    int port = await(management.listen(config.management(), "BOE_MANAGEMENT_PORT"), START);
    LOG.info(
        "Ready after {} ms, management on port {}",
        Duration.between(startedAt, clock.instant()).toMillis(),
        port);
  }

  private Path keys() {
    return config.ledger().directory();
  }

  private MongoConfig startStore() {
    if (!config.mongo().isEmbedded()) {
      return config.mongo();
    }
    LocalMongo store = LocalMongo.start(config.data().resolve("mongo"), config.mongo().port());
    running.push(store);
    return config.mongo().withPort(store.port());
  }

  private AmqpConfig startBroker() throws Exception {
    if (!config.localBroker()) {
      return config.amqp();
    }
    LocalBroker broker = new LocalBroker(config.data(), config.broker());
    running.push(broker);
    broker.start();
    return broker.clientConfig(config.amqp());
  }

  /** The chain and the two roles that use it. */
  private void startEvidence(
      MongoClient mongo, AmqpConfig amqp, SigningKey logKey, VerifierKey verifier)
      throws Exception {
    boolean ledgerRole = config.roles().contains(Role.LEDGER);
    boolean auditRole = config.roles().contains(Role.AUDIT);
    if (!ledgerRole && !auditRole) {
      return;
    }
    if (!ledgerRole && config.chain().contract().isEmpty() && !config.chain().hasKey(keys())) {
      // A key drawn here would be another one's, whose contract is not where the anchors are.
      throw new IllegalStateException(
          "the audit does not know the contract: set chain.contract, or ledger.directory to where the"
              + " ledger keeps anchor.key");
    }
    AnchorKey anchorKey = config.chain().key(keys());
    String rpcUrl = config.rpcUrl();
    if (config.localChain()) {
      LocalChain chain =
          new LocalChain(
              LocalChain.findAnvil(), config.data().resolve("chain"), config.chainPort());
      running.push(chain);
      chain.start();
      chain.fund(anchorKey.address());
      rpcUrl = chain.rpcUrl();
    }
    if (ledgerRole) {
      ChainAnchor anchors =
          new ChainAnchor(rpcUrl, anchorKey, config.chain(), RECEIPT_TIMEOUT, RECEIPT_POLL);
      running.push(anchors);
      LedgerVerticle ledger =
          new LedgerVerticle(
              config.ledger(),
              amqp,
              mongo,
              logKey,
              new EvmChain(anchors),
              config.witnesses(),
              clock,
              registry);
      deploy(ledger);
      management.addReadinessCheck("ledger", ledger::problem);
    }
    if (auditRole) {
      ContractReader contract =
          new ContractReader(
              new EvmNode(rpcUrl), config.chain().contract().orElseGet(anchorKey::contractAddress));
      AuditState state = AuditState.open(config.audit().directory());
      running.push(state);
      AuditVerticle audit =
          new AuditVerticle(
              config.audit(),
              live ->
                  new Audit(
                      mongo, contract, verifier, state, config.audit(), clock, registry, live),
              mongo,
              clock,
              new Alerts(vertx, mongo, config.alerts(), clock, registry));
      deploy(audit);
      management.addReadinessCheck("audit", audit::problem);
    }
  }

  /** The roles that show what is stored. */
  private void startReports(MongoClient mongo, VerifierKey verifier, Instant startedAt)
      throws Exception {
    boolean apiRole = config.roles().contains(Role.API);
    boolean packsRole = config.roles().contains(Role.PACKS);
    if (!apiRole && !packsRole) {
      return;
    }
    LogReader log = new LogReader(new MongoLogStore(mongo));
    Receipts receipts = new Receipts(log, mongo, verifier);
    WorkerExecutor learners =
        vertx.createSharedWorkerExecutor("forecast", config.forecast().workers());
    running.push(() -> await(learners.close(), STOP));
    Reporting reporting =
        new Reporting(
            vertx,
            mongo,
            receipts,
            config.report(),
            config.packs(),
            config.forecast(),
            learners,
            verifier.toString(),
            clock,
            registry);
    if (apiRole) {
      StatusReport.Identity identity =
          new StatusReport.Identity(
              Optional.ofNullable(Cloud.class.getPackage().getImplementationVersion())
                  .orElse("development"),
              startedAt,
              config.roles().stream().map(role -> role.name().toLowerCase(Locale.ROOT)).toList(),
              config.ledger().origin(),
              verifier.toString());
      ApiVerticle api = new ApiVerticle(config.api(), mongo, log, receipts, identity, reporting);
      deploy(api);
      api.bindTo(registry);
      // Whoever shows anomalies looks for them: several that do find the same.
      deploy(
          new ForecastVerticle(
              reporting.forecasts(),
              reporting.anomalies(),
              new DeviceStore(mongo),
              config.forecast(),
              clock,
              registry));
    }
    if (packsRole) {
      deploy(
          new PacksVerticle(
              config.packs(), mongo, reporting.receipts(), reporting.packMaker(), clock, registry));
    }
  }

  private void startHub(AmqpConfig amqp) throws Exception {
    TopicSender events =
        new TopicSender(
            vertx, amqp.withMaxInFlightBytes(config.hub().maxHeldBytes()), Addresses.HUB_EVENTS);
    events.start();
    running.push(() -> await(events.close(), STOP));
    LocalHub hub =
        new LocalHub(
            vertx,
            config.hub(),
            new BrokerHubEvents(events, clock),
            new BusEnrolment(vertx),
            registry,
            clock);
    await(hub.start(), START);
    running.push(() -> await(hub.stop(), STOP));
  }

  private void deploy(VerticleBase verticle) throws Exception {
    String id = await(vertx.deployVerticle(verticle), START);
    running.push(() -> await(vertx.undeploy(id), STOP));
  }

  /** Closes everything in the reverse order of its start. Does nothing the second time. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    while (!running.isEmpty()) {
      try {
        running.pop().close();
      } catch (Exception e) {
        // Nothing acknowledged is at stake: each part recovers at the next start.
        LOG.warn("A part did not stop in order: {}", e.toString());
      }
    }
    try {
      await(vertx.close(), STOP);
    } catch (Exception e) {
      LOG.warn("Vert.x did not stop in order: {}", e.toString());
    }
  }

  private static <T> T await(Future<T> future, Duration limit) throws Exception {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
