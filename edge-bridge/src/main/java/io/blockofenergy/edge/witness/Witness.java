package io.blockofenergy.edge.witness;

import io.blockofenergy.telemetry.DurableDirectory;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.Cosignature;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cosigns checkpoints of the configured logs, each only if it extends the one cosigned before. What
 * was cosigned last is kept, as the cosigned note, in a file a log, and is durable before its
 * cosignature leaves this class: a crash in between costs the log one more request, and never makes
 * the witness sign two histories. Safe for any thread; its methods block for a sync of the disk.
 */
final class Witness {
  private static final Logger LOG = LoggerFactory.getLogger(Witness.class);
  private static final String SUFFIX = ".checkpoint";

  /**
   * @param body of the HTTP response
   */
  record Answer(Verdict verdict, String body) {}

  private record Seen(Checkpoint head, String note) {}

  private final WitnessConfig config;
  private final Clock clock;
  private final SigningKey key;
  private final VerifierKey verifier;
  private final Map<String, VerifierKey> logs = new HashMap<>();

  /** By origin. Read by any thread, written under this object's lock. */
  private final Map<String, Seen> seen = new ConcurrentHashMap<>();

  /** Origins of logs whose last submission did not follow. */
  private final Set<String> doubted = new HashSet<>();

  /** Origins of logs of which nothing is cosigned: such a log is not in {@link #seen}. */
  private final Set<String> damaged = new HashSet<>();

  /**
   * Loads the witness's key, or makes one, writes its verifier key beside it as {@code
   * witness.pub}, and reads what was cosigned. A file of the latter that cannot be read stops the
   * witness for that log only: to begin again at nothing is the operator's decision, by deleting
   * it.
   *
   * @throws IOException when the key cannot be used
   */
  Witness(WitnessConfig config, Clock clock) throws IOException {
    this.config = config;
    this.clock = clock;
    DurableDirectory.create(config.directory());
    key = SigningKey.loadOrCreate(keyFile());
    verifier = new VerifierKey(config.name(), VerifierKey.Use.COSIGNATURE, key.publicKey());
    DurableDirectory.replace(
        config.directory().resolve("witness.pub"), StandardCharsets.UTF_8.encode(verifier + "\n"));
    for (VerifierKey log : config.logs()) {
      logs.put(log.name(), log);
      recover(log);
    }
  }

  private void recover(VerifierKey log) {
    try {
      read(log).ifPresent(last -> seen.put(log.name(), last));
    } catch (IOException | MalformedProofException e) {
      damaged(log.name(), e.toString());
    }
  }

  /**
   * What is kept of a log. Only a directory that can be read, and has no such file, says that
   * nothing was cosigned; that the file is not found says nothing of a card that is not mounted.
   */
  private Optional<Seen> read(VerifierKey log) throws IOException {
    String note;
    try {
      note = Files.readString(file(log.name()));
    } catch (NoSuchFileException e) {
      // The key was read from here or made here: where it is not, this is another place by now.
      Files.readAttributes(keyFile(), BasicFileAttributes.class);
      return Optional.empty();
    }
    SignedNote signed = SignedNote.parse(note);
    Checkpoint head = Checkpoint.parseExtended(signed.text());
    // By the witness's own key: the log's may have been changed by the operator.
    if (signed.cosignatures(List.of(verifier)).isEmpty() || !head.origin().equals(log.name())) {
      throw new MalformedProofException("it is not what this witness has cosigned");
    }
    return Optional.of(new Seen(head, note));
  }

  /** From here on nothing of the log is cosigned, until a restart finds a file that can be read. */
  private void damaged(String origin, String why) {
    seen.remove(origin);
    damaged.add(origin);
    LOG.error("The witness cosigns nothing of {}: {}: {}", origin, file(origin), why);
  }

  /** The key by which its cosignatures verify. */
  VerifierKey verifierKey() {
    return verifier;
  }

  /** Size of the tree that was cosigned last, by origin. */
  Map<String, Long> sizes() {
    Map<String, Long> sizes = new TreeMap<>();
    logs.keySet().forEach(origin -> sizes.put(origin, size(origin)));
    return sizes;
  }

  private long size(String origin) {
    Seen last = seen.get(origin);
    return last == null ? 0 : last.head().size();
  }

  /**
   * The cosigned note of the log whose origin has this hash; empty when there is none.
   *
   * @param originHash SHA-256 of the origin, 64 lower-case hex digits
   */
  Optional<String> checkpoint(String originHash) {
    return seen.entrySet().stream()
        .filter(each -> hash(each.getKey()).equals(originHash))
        .map(each -> each.getValue().note())
        .findFirst();
  }

  /** Answers the body of a request to add-checkpoint, by the order of checks of the protocol. */
  synchronized Answer addCheckpoint(String body) {
    Submission submission;
    try {
      submission = Submission.parse(body);
    } catch (MalformedProofException e) {
      return new Answer(Verdict.MALFORMED, e.getMessage() + "\n");
    }
    Checkpoint head = submission.head();
    VerifierKey log = logs.get(head.origin());
    if (log == null) {
      return new Answer(Verdict.UNKNOWN_LOG, "no such log is known here\n");
    }
    try {
      submission.signed().verify(log);
    } catch (MalformedProofException e) {
      return new Answer(Verdict.UNSIGNED, e.getMessage() + "\n");
    }
    if (submission.oldSize() > head.size()) {
      return new Answer(Verdict.MALFORMED, "the old size is larger than the checkpoint's\n");
    }
    if (damaged.contains(log.name())) {
      return new Answer(Verdict.FAILED, "what was cosigned last cannot be relied on\n");
    }
    if (submission.oldSize() != size(log.name())) {
      return new Answer(Verdict.CONFLICT, size(log.name()) + "\n");
    }
    Seen last = seen.get(log.name());
    byte[] root = last == null ? MerkleTree.emptyRoot() : last.head().root();
    if (submission.oldSize() == head.size() && !Arrays.equals(root, head.root())) {
      convict(submission, last);
      return new Answer(Verdict.FORKED, head.size() + "\n");
    }
    if (!MerkleTree.verifyConsistency(
        submission.oldSize(), root, head.size(), head.root(), submission.proof())) {
      doubt(submission);
      return new Answer(Verdict.INCONSISTENT, "the proof does not lead to this checkpoint\n");
    }
    return cosign(submission);
  }

  /**
   * The log's key signed this, so it may be a forked log; but anybody may send a public checkpoint
   * with a wrong proof, so it is said once, until the log is cosigned again.
   */
  private void doubt(Submission submission) {
    Checkpoint head = submission.head();
    if (doubted.add(head.origin())) {
      LOG.warn(
          "{} has signed a tree of {} entries that is not shown to extend the {} cosigned before",
          head.origin(),
          head.size(),
          submission.oldSize());
    }
  }

  /**
   * Two roots for one size are no matter of proofs: the two notes together convict the log, to
   * anybody who has its key. The first two are kept.
   *
   * @param last null when nothing was cosigned, and another root is claimed for the empty tree
   */
  private void convict(Submission submission, Seen last) {
    String origin = submission.head().origin();
    Path evidence = config.directory().resolve(hash(origin) + ".fork");
    if (Files.exists(evidence)) {
      return;
    }
    LOG.error(
        "{} has signed two trees of {} entries: {}", origin, submission.head().size(), evidence);
    String notes = (last == null ? "" : last.note() + '\n') + logsOwn(submission, logs.get(origin));
    try {
      DurableDirectory.replace(evidence, StandardCharsets.UTF_8.encode(notes));
    } catch (IOException e) {
      LOG.error("What convicts {} cannot be kept: {}", origin, e.toString());
    }
  }

  private Answer cosign(Submission submission) {
    Checkpoint head = submission.head();
    String text = submission.signed().text();
    Cosignature cosignature = Cosignature.sign(text, config.name(), key, clock.instant());
    // The log's own signature only: what others have signed was not verified here.
    String kept = logsOwn(submission, logs.get(head.origin()));
    String note = SignedNote.append(kept, List.of(cosignature.line()));
    if (!keep(logs.get(head.origin()), new Seen(head, note))) {
      return new Answer(Verdict.FAILED, "the checkpoint cannot be kept\n");
    }
    doubted.remove(head.origin());
    return new Answer(Verdict.COSIGNED, cosignature.line() + "\n");
  }

  /** Puts it in the place of what was seen last; false when that cannot be done durably. */
  private boolean keep(VerifierKey log, Seen next) {
    Optional<Seen> last = Optional.ofNullable(seen.get(log.name()));
    try {
      if (!note(read(log)).equals(note(last))) {
        damaged(log.name(), "it is not what was written last");
        return false;
      }
      DurableDirectory.replace(file(log.name()), StandardCharsets.UTF_8.encode(next.note()));
      seen.put(log.name(), next);
      return true;
    } catch (IOException | MalformedProofException e) {
      LOG.error("The witness cannot keep what it cosigns: {}", e.toString());
      seeAgain(log, last, next);
      return false;
    }
  }

  /** After a write that failed it may or may not be in its place: what is there decides. */
  private void seeAgain(VerifierKey log, Optional<Seen> last, Seen next) {
    try {
      Optional<Seen> there = read(log);
      if (note(there).equals(Optional.of(next.note()))) {
        seen.put(log.name(), next);
      } else if (!note(there).equals(note(last))) {
        damaged(log.name(), "it is not what was written last");
      }
    } catch (IOException | MalformedProofException e) {
      damaged(log.name(), e.toString());
    }
  }

  private static Optional<String> note(Optional<Seen> seen) {
    return seen.map(Seen::note);
  }

  private static String logsOwn(Submission submission, VerifierKey log) {
    List<String> lines =
        submission.signed().signatures().stream()
            .filter(signature -> signature.isBy(log))
            .map(SignedNote.Signature::line)
            .limit(1)
            .toList();
    return SignedNote.append(submission.signed().text() + '\n', lines);
  }

  private Path keyFile() {
    return config.directory().resolve("witness.key");
  }

  private Path file(String origin) {
    return config.directory().resolve(hash(origin) + SUFFIX);
  }

  private static String hash(String origin) {
    return Sha256.hex(origin.getBytes(StandardCharsets.UTF_8));
  }
}
