package io.jdbcmq;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What the code of the core keeps to.
 *
 * <p>Each rule has a violation planted in the package {@code io.jdbcmq.planted} plus the rule's
 * name without underscores, and {@link ArchitectureRulesTest} asserts that the rule sees it.
 */
enum ArchitectureRule {
  PACKAGES_WITHOUT_CYCLES {
    @Override
    ArchRule within(String root) {
      return slices().assignedFrom(EACH_PACKAGE).should().beFreeOfCycles();
    }
  },

  IMPORTS_RUN_DOWNWARDS {
    @Override
    ArchRule within(String root) {
      var architecture =
          layeredArchitecture()
              .consideringOnlyDependenciesInLayers()
              .ensureAllClassesAreContainedInArchitecture();
      var layers = BELOW_ROOT.stream().map(name -> root + name).toList();
      for (var layer : layers) {
        architecture = architecture.optionalLayer(layer).definedBy(layer);
      }
      for (int i = 0; i < layers.size(); i++) {
        var lower = architecture.whereLayer(layers.get(i));
        architecture =
            i == 0
                ? lower.mayNotBeAccessedByAnyLayer()
                : lower.mayOnlyBeAccessedByLayers(layers.subList(0, i).toArray(String[]::new));
      }
      return architecture;
    }
  },

  PUBLIC_SIGNATURES_WITHOUT_INTERNALS {
    @Override
    ArchRule within(String root) {
      return classes()
          .that()
          .resideInAnyPackage(root, root + ".job", root + ".spi", root + ".annotation")
          .and()
          .arePublic()
          .should(new NotExpose(root + ".internal"))
          .allowEmptyShould(true);
    }
  },

  PACKAGES_ARE_NULL_MARKED {
    @Override
    ArchRule within(String root) {
      return classes().should(new BeNullMarked());
    }
  },

  NO_JAVA_SERIALIZATION {
    @Override
    ArchRule within(String root) {
      return noClasses()
          .should()
          .dependOnClassesThat()
          .areAssignableTo(ObjectInputStream.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(ObjectOutputStream.class)
          .because("payloads are written by a codec that the user chose");
    }
  },

  NO_SLEEPING {
    @Override
    ArchRule within(String root) {
      return noClasses()
          .should()
          .accessTargetWhere(uses("sleep", Thread.class, TimeUnit.class))
          .because("a wait is for a signal, with a bound");
    }
  },

  NO_CLIENT_CLOCK {
    @Override
    ArchRule within(String root) {
      return noClasses()
          .that()
          .doNotHaveSimpleName("UuidV7") // its time makes ids sort by age, and decides nothing
          .should()
          .accessTargetWhere(uses("currentTimeMillis", System.class))
          .orShould()
          .accessTargetWhere(
              uses(
                  "now|system.*|tick.*",
                  Clock.class,
                  Instant.class,
                  LocalDate.class,
                  LocalDateTime.class,
                  LocalTime.class,
                  OffsetDateTime.class,
                  ZonedDateTime.class))
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Date.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Calendar.class)
          .because("the clock of the database decides");
    }
  },

  NO_REFLECTION {
    @Override
    ArchRule within(String root) {
      return noClasses()
          .that()
          .doNotHaveSimpleName("HandlerThreads")
          .should()
          .dependOnClassesThat(
              resideInAPackage("java.lang.reflect..").and(not(DESCRIPTION_OF_A_TYPE)))
          .orShould()
          .accessTargetWhere(uses("forName", Class.class))
          .because("the core has to run where classes cannot be looked up, as in native images");
    }
  },

  NO_HOOKS {
    @Override
    ArchRule within(String root) {
      return noClasses()
          .should()
          .accessTargetWhere(uses("addShutdownHook|exit|halt", Runtime.class, System.class))
          .orShould()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "javax.management..", "java.lang.management..", "java.lang.instrument.."))
          .because("the application decides how its process ends and who looks into it");
    }
  },

  NO_PRINTING {
    @Override
    ArchRule within(String root) {
      return noClasses()
          .should(ACCESS_STANDARD_STREAMS)
          .because("the application decides where log messages go");
    }
  };

  /** The layers from top to bottom, as names of packages below the root. */
  private static final List<String> BELOW_ROOT =
      List.of(
          "",
          ".internal.runner",
          ".internal.maintenance",
          ".internal.notify",
          ".internal.sql",
          ".internal.events",
          ".spi",
          ".annotation",
          ".job");

  private static final DescribedPredicate<JavaClass> DESCRIPTION_OF_A_TYPE =
      type(Type.class).or(type(Type[].class)).or(type(ParameterizedType.class));

  private static final SliceAssignment EACH_PACKAGE =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
          return SliceIdentifier.of(javaClass.getPackageName());
        }

        @Override
        public String getDescription() {
          return "packages";
        }
      };

  /** The rule for the code below a package, which has the layout of the core. */
  abstract ArchRule within(String root);

  /** Package of the classes that break this rule on purpose. */
  String planted() {
    return "io.jdbcmq.planted." + name().toLowerCase(Locale.ROOT).replace("_", "");
  }

  /** Calls and method references. */
  private static DescribedPredicate<JavaAccess<?>> uses(String names, Class<?>... owners) {
    return DescribedPredicate.describe(
        names + " of " + Arrays.toString(owners),
        access ->
            access.getName().matches(names)
                && Arrays.stream(owners).anyMatch(access.getTargetOwner()::isEquivalentTo));
  }
}
