package io.blockofenergy.telemetry.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.SigningKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LogFormatsTest {
  private static final HexFormat HEX = HexFormat.of();
  private final SigningKey key = SigningKey.generate();
  private final VerifierKey verifier = new VerifierKey("example.org/log", key.publicKey());

  @Test
  void theHashesAreThoseOfThePublishedTestVectors() {
    // The eight leaves and the root that the Certificate Transparency implementations share.
    List<byte[]> leaves =
        Stream.of(
                "",
                "00",
                "10",
                "2021",
                "3031",
                "40414243",
                "5051525354555657",
                "606162636465666768696a6b6c6d6e6f")
            .map(HEX::parseHex)
            .toList();
    assertThat(HEX.formatHex(MerkleTree.leafHash(leaves.get(0))))
        .isEqualTo("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    assertThat(HEX.formatHex(root(leaves)))
        .isEqualTo("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
  }

  @Test
  void proofsHoldForEveryIndexAndSizeAndForNoOther() {
    List<byte[]> entries = new ArrayList<>();
    for (int size = 1; size <= 40; size++) {
      entries.add(new byte[] {(byte) size});
      byte[] root = root(entries);
      for (int index = 0; index < size; index++) {
        List<byte[]> proof = inclusion(entries, index);
        byte[] leaf = MerkleTree.leafHash(entries.get(index));
        assertThat(MerkleTree.verifyInclusion(leaf, index, size, proof, root)).isTrue();
        assertThat(MerkleTree.verifyInclusion(leaf, index + 1, size, proof, root)).isFalse();
        assertThat(MerkleTree.verifyInclusion(root, index, size, proof, root)).isEqualTo(size == 1);
        List<byte[]> longer = new ArrayList<>(proof);
        longer.add(root);
        assertThat(MerkleTree.verifyInclusion(leaf, index, size, longer, root)).isFalse();
      }
      for (int old = 1; old < size; old++) {
        byte[] oldRoot = root(entries.subList(0, old));
        List<byte[]> proof = consistency(entries, old, true);
        assertThat(MerkleTree.verifyConsistency(old, oldRoot, size, root, proof)).isTrue();
        assertThat(MerkleTree.verifyConsistency(old, root, size, root, proof)).isFalse();
        assertThat(MerkleTree.verifyConsistency(old, oldRoot, size, oldRoot, proof)).isFalse();
      }
    }
  }

  @Test
  void aVerifierKeyOfAPublicLogIsReadAndWritten() {
    String goSumDatabase = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    assertThat(VerifierKey.parse(goSumDatabase)).hasToString(goSumDatabase);
    assertThatThrownBy(() -> VerifierKey.parse(goSumDatabase.replace("033de0ae", "033de0af")))
        .isInstanceOf(MalformedProofException.class);
  }

  @Test
  void aProofIsReadBackAndAnyChangedCharacterIsNoticed() {
    List<byte[]> entries =
        List.of(Sha256.hash(), Sha256.hash(new byte[1]), Sha256.hash(new byte[2]));
    Checkpoint head = new Checkpoint("example.org/log", 3, root(entries));
    String note = SignedNote.sign(head.text(), "example.org/log", key);
    InclusionProof proof = new InclusionProof("extra".getBytes(), 1, inclusion(entries, 1), note);
    String text = proof.text();
    assertThat(InclusionProof.parse(text).text()).isEqualTo(text);
    assertThat(InclusionProof.parse(text).verify(entries.get(1), verifier)).isEqualTo(head);

    int extraLine = text.indexOf("extra ");
    int extraEnd = text.indexOf('\n', extraLine);
    for (int i = 0; i < text.length(); i++) {
      if (i >= extraLine && i < extraEnd) {
        continue; // what the extra line says is for the application to verify
      }
      String changed = text.substring(0, i) + (char) (text.charAt(i) ^ 1) + text.substring(i + 1);
      assertThatThrownBy(() -> InclusionProof.parse(changed).verify(entries.get(1), verifier))
          .as("character %d", i)
          .isInstanceOf(MalformedProofException.class);
    }
  }

  @Test
  void aProofThatIsCutOffAnywhereIsRefused() {
    List<byte[]> entries = List.of(Sha256.hash(), Sha256.hash(new byte[1]));
    Checkpoint head = new Checkpoint("example.org/log", 2, root(entries));
    String note = SignedNote.sign(head.text(), "example.org/log", key);
    String text = new InclusionProof(new byte[1], 1, inclusion(entries, 1), note).text();
    for (int length = 0; length < text.length(); length++) {
      String cut = text.substring(0, length);
      assertThatThrownBy(() -> InclusionProof.parse(cut).verify(entries.get(1), verifier))
          .as("cut off after %d characters", length)
          .isInstanceOf(MalformedProofException.class);
    }
  }

  @Test
  void aNoteBySomebodyElseIsRefused() {
    String note = SignedNote.sign("text\n", "example.org/log", SigningKey.generate());
    assertThatThrownBy(() -> SignedNote.verify(note, verifier))
        .isInstanceOf(MalformedProofException.class);
  }

  /** RFC 6962 section 2.1, as plainly as it is written there. */
  private static byte[] root(List<byte[]> entries) {
    if (entries.isEmpty()) {
      return MerkleTree.emptyRoot();
    }
    if (entries.size() == 1) {
      return MerkleTree.leafHash(entries.get(0));
    }
    int k = Integer.highestOneBit(entries.size() - 1);
    return MerkleTree.nodeHash(
        root(entries.subList(0, k)), root(entries.subList(k, entries.size())));
  }

  private static List<byte[]> inclusion(List<byte[]> entries, int index) {
    if (entries.size() == 1) {
      return List.of();
    }
    int k = Integer.highestOneBit(entries.size() - 1);
    List<byte[]> left = entries.subList(0, k);
    List<byte[]> right = entries.subList(k, entries.size());
    List<byte[]> path =
        new ArrayList<>(index < k ? inclusion(left, index) : inclusion(right, index - k));
    path.add(index < k ? root(right) : root(left));
    return path;
  }

  private static List<byte[]> consistency(List<byte[]> entries, int old, boolean whole) {
    int size = entries.size();
    if (old == size) {
      return whole ? List.of() : List.of(root(entries));
    }
    int k = Integer.highestOneBit(size - 1);
    List<byte[]> left = entries.subList(0, k);
    List<byte[]> right = entries.subList(k, size);
    List<byte[]> path = new ArrayList<>();
    if (old <= k) {
      path.addAll(consistency(left, old, whole));
      path.add(root(right));
    } else {
      path.addAll(consistency(right, old - k, false));
      path.add(root(left));
    }
    return path;
  }

  @Test
  void aHashInAnotherBase64FormIsRefused() {
    String text = new Checkpoint("o", 1, new byte[32]).text();
    assertThat(Checkpoint.parse(text).root()).isEqualTo(new byte[32]);
    assertThatThrownBy(() -> Checkpoint.parse(text.replace("AAA=", "AAB=")))
        .isInstanceOf(MalformedProofException.class);
    assertThatThrownBy(() -> Checkpoint.parse(text.replace("\n1\n", "\n01\n")))
        .isInstanceOf(MalformedProofException.class);
    assertThat(Arrays.asList(text.split("\n"))).hasSize(3);
  }
}
