package io.jdbcmq;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.stream.Stream;

/** What a user of a class sees may not name a type of the given package, nor of one below it. */
final class NotExpose extends ArchCondition<JavaClass> {
  private final String hidden;

  NotExpose(String hidden) {
    super("not name a type of " + hidden + " in their public signatures");
    this.hidden = hidden;
  }

  @Override
  public void check(JavaClass item, ConditionEvents events) {
    item.getSuperclass().ifPresent(type -> report(item, item.getName(), type, events));
    item.getInterfaces().forEach(type -> report(item, item.getName(), type, events));
    for (var field : item.getFields()) {
      if (isVisible(field)) {
        report(item, field.getFullName(), field.getType(), events);
      }
    }
    for (var unit : item.getCodeUnits()) {
      if (isVisible(unit)) {
        Stream.of(List.of(unit.getReturnType()), unit.getParameterTypes(), unit.getExceptionTypes())
            .flatMap(List::stream)
            .forEach(type -> report(item, unit.getFullName(), type, events));
      }
    }
  }

  private static boolean isVisible(JavaMember member) {
    return member.getModifiers().contains(JavaModifier.PUBLIC)
        || member.getModifiers().contains(JavaModifier.PROTECTED);
  }

  private void report(JavaClass item, String where, JavaType type, ConditionEvents events) {
    for (var involved : type.getAllInvolvedRawTypes()) {
      var itsPackage = involved.getPackageName();
      if (itsPackage.equals(hidden) || itsPackage.startsWith(hidden + ".")) {
        events.add(SimpleConditionEvent.violated(item, where + " exposes " + involved.getName()));
      }
    }
  }
}
