package io.blockofenergy.cloud;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.vertx.core.VerticleBase;

@AnalyzeClasses(packages = "io.blockofenergy", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule stagesHaveNoCycles =
      slices().matching("io.blockofenergy.cloud.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule stagesNeverImportEachOthersVerticles =
      slices()
          .matching("io.blockofenergy.cloud.(*)..")
          .should()
          .notDependOnEachOther()
          .ignoreDependency(
              DescribedPredicate.alwaysTrue(),
              DescribedPredicate.not(
                  DescribedPredicate.<JavaClass>describe(
                      "a verticle", type -> type.isAssignableTo(VerticleBase.class))));

  @ArchTest
  static final ArchRule nobodyKnowsTheStandInsButTheMainClass =
      noClasses()
          .that()
          .resideInAPackage("io.blockofenergy.cloud..")
          .and()
          .resideOutsideOfPackages("io.blockofenergy.cloud", "io.blockofenergy.cloud.local..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.blockofenergy.cloud.local..");

  @ArchTest
  static final ArchRule theAuditorSharesNoCodeWithTheLedger =
      noClasses()
          .that()
          .resideInAPackage("io.blockofenergy.cloud.audit..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.blockofenergy.cloud.ledger..");

  @ArchTest
  static final ArchRule telemetryKnowsNeitherSide =
      noClasses()
          .that()
          .resideInAPackage("io.blockofenergy.telemetry..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.blockofenergy.cloud..", "io.blockofenergy.edge..");

  @ArchTest
  static final ArchRule theCloudDoesNotKnowTheEdge =
      noClasses()
          .that()
          .resideInAPackage("io.blockofenergy.cloud..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.blockofenergy.edge..");

  @ArchTest
  static final ArchRule packagesAreNamedForWhatTheyDo =
      noClasses()
          .should()
          .resideInAnyPackage("..util..", "..common..", "..impl..", "..service..", "..helper..");
}
