package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.log.MalformedProofException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A statement and the entries of the log that it follows from, as one file: {@code boe.bundle.v1}
 * of docs/formats.md.
 *
 * @param statement an object whose {@code schema} says what it is
 * @param checkpoint the signed note of the tree that holds all inputs
 * @param anchor where that checkpoint is on the chain; null when it is not
 * @param inputs by rising index
 */
record Bundle(Map<String, Object> statement, String checkpoint, Anchor anchor, List<Input> inputs) {
  static final String SCHEMA = "boe.bundle.v1";

  private static final String WHAT = "the bundle";
  private static final Set<String> MEMBERS =
      Set.of("anchor", "checkpoint", FileChecksum.MEMBER, "inputs", "schema", "statement");
  private static final Set<String> INPUT_MEMBERS =
      Set.of("index", "path", LoggedRecord.READING, LoggedRecord.ACT);
  private static final int MAX_INPUTS = 10_000;
  private static final int MAX_HASHES = 63;

  /**
   * An entry and its proof.
   *
   * @param index the entry's place in the log, from 0
   * @param path the audit path, from the leaf up, 32 bytes each
   */
  record Input(LoggedRecord entry, long index, List<byte[]> path) {
    private Map<String, Object> members() {
      Map<String, Object> members = new TreeMap<>();
      members.put("index", index);
      members.put("path", path.stream().map(Base64.getEncoder()::encodeToString).toList());
      members.put(entry.kind(), StrictJson.parse(entry.canonical(), "the input"));
      return members;
    }
  }

  /** The file, UTF-8. */
  byte[] bytes() {
    Map<String, Object> members = new TreeMap<>();
    if (anchor != null) {
      members.put("anchor", anchor.members());
    }
    members.put("checkpoint", checkpoint);
    members.put("inputs", inputs.stream().map(Input::members).toList());
    members.put("schema", SCHEMA);
    members.put("statement", statement);
    members.put(FileChecksum.MEMBER, FileChecksum.of(members, ""));
    return StrictJson.canonical(members, WHAT);
  }

  /**
   * Parses the file's object; nothing is verified.
   *
   * @param members as {@link StrictJson#parse} gives them
   * @throws MalformedProofException saying what is not of its form
   * @throws io.blockofenergy.telemetry.MalformedReadingException when an input is no reading
   */
  static Bundle parse(Map<String, Object> members) {
    String schema = StrictJson.member(members, "schema", String.class, WHAT);
    if (!schema.equals(SCHEMA)) {
      throw new MalformedProofException("the bundle's schema is not " + SCHEMA);
    }
    StrictJson.onlyMembers(members, MEMBERS, WHAT);
    Anchor anchor =
        members.containsKey("anchor")
            ? Anchor.parse(StrictJson.object(members, "anchor", WHAT))
            : null;
    List<Map<String, Object>> objects = StrictJson.objects(members, "inputs", WHAT);
    if (objects.isEmpty() || objects.size() > MAX_INPUTS) {
      throw new MalformedProofException("the bundle has none or more than 10,000 inputs");
    }
    List<Input> inputs = new ArrayList<>();
    long before = -1;
    for (Map<String, Object> object : objects) {
      Input input = input(object, "input " + inputs.size());
      if (input.index() <= before) {
        throw new MalformedProofException("the bundle's inputs are not by rising index");
      }
      before = input.index();
      inputs.add(input);
    }
    return new Bundle(
        StrictJson.object(members, "statement", WHAT),
        StrictJson.member(members, "checkpoint", String.class, WHAT),
        anchor,
        inputs);
  }

  private static Input input(Map<String, Object> object, String what) {
    StrictJson.onlyMembers(object, INPUT_MEMBERS, what);
    long index = StrictJson.member(object, "index", Long.class, what);
    List<byte[]> path = new ArrayList<>();
    for (Object hash : StrictJson.member(object, "path", List.class, what)) {
      path.add(hash(hash, what));
    }
    if (path.size() > MAX_HASHES) {
      throw new MalformedProofException(what + " has more than " + MAX_HASHES + " hashes");
    }
    return new Input(LoggedRecord.carriedBy(object, what), index, path);
  }

  private static byte[] hash(Object base64, String what) {
    if (base64 instanceof String text) {
      try {
        byte[] hash = Base64.getDecoder().decode(text);
        if (hash.length == 32 && Base64.getEncoder().encodeToString(hash).equals(text)) {
          return hash;
        }
      } catch (IllegalArgumentException e) {
        // Falls through to the one message.
      }
    }
    throw new MalformedProofException(what + " has a hash that is not 32 bytes in base64");
  }
}
