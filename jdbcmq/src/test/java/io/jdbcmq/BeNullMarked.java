package io.jdbcmq;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;

/** Classes of other packages are skipped by the compiler's check of nulls. */
final class BeNullMarked extends ArchCondition<JavaClass> {

  BeNullMarked() {
    super("be in a package that is @NullMarked");
  }

  @Override
  public void check(JavaClass item, ConditionEvents events) {
    if (!item.getPackage().isAnnotatedWith(NullMarked.class)) {
      events.add(
          SimpleConditionEvent.violated(
              item, item.getPackageName() + " of " + item.getName() + " is not @NullMarked"));
    }
  }
}
