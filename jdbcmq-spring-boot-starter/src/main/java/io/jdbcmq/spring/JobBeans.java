package io.jdbcmq.spring;

import io.jdbcmq.JobBindings;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.annotation.Job;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/** Finds the beans whose classes have {@link Job} methods. */
final class JobBeans {
  /** What depends on them, so that they are destroyed after it. */
  private final String dependentBean;

  private final ConfigurableListableBeanFactory beans;

  JobBeans(ConfigurableListableBeanFactory beans, String dependentBean) {
    this.beans = beans;
    this.dependentBean = dependentBean;
  }

  /** Binds the handlers of all of them. */
  void bindAll(JobRegistry.Builder registry) {
    Map<Class<?>, String> owners = new LinkedHashMap<>();
    for (String name : beans.getBeanNamesForType(Object.class, true, false)) {
      for (Class<?> handlers : handlerClasses(name)) {
        String other = owners.putIfAbsent(handlers, name);
        if (other != null) {
          throw new JobsException(
              "The beans %s and %s both have the @Job methods of %s, and a job can have one handler only."
                  .formatted(other, name, handlers.getName()),
              "Make one bean of it, or annotate methods of different classes.");
        }
        registry.bind(bindings(name, handlers));
      }
    }
  }

  /** The classes in which the job methods of a bean are written. */
  private Set<Class<?>> handlerClasses(String name) {
    Class<?> type = ScopedProxyUtils.isScopedTarget(name) ? null : targetType(name);
    if (type == null
        || !AnnotationUtils.isCandidateClass(type, Job.class)
        || ClassUtils.isLambdaClass(type)) {
      return Set.of();
    }
    Map<Method, Boolean> methods =
        MethodIntrospector.selectMethods(
            type,
            (MethodIntrospector.MetadataLookup<Boolean>)
                method -> method.isAnnotationPresent(Job.class) ? Boolean.TRUE : null);
    return methods.keySet().stream()
        .map(Method::getDeclaringClass)
        .collect(
            Collectors.toCollection(
                () -> new TreeSet<>(java.util.Comparator.comparing(Class::getName))));
  }

  /** The class behind proxies; null if nobody knows it. */
  private @Nullable Class<?> targetType(String name) {
    Class<?> type = AutoProxyUtils.determineTargetClass(beans, name);
    if (type != null && ScopedObject.class.isAssignableFrom(type)) {
      Class<?> target =
          AutoProxyUtils.determineTargetClass(beans, ScopedProxyUtils.getTargetBeanName(name));
      type = target == null ? type : target;
    }
    return type == null ? null : ClassUtils.getUserClass(type);
  }

  private JobBindings bindings(String name, Class<?> handlers) {
    if (beans.containsBeanDefinition(name) && beans.isPrototype(name)) {
      throw new JobsException(
          "The bean %s (%s) has @Job methods, but is a prototype, of which every user has an instance of its own."
              .formatted(name, handlers.getName()),
          "Make it a singleton, or a bean of another scope with proxyMode = TARGET_CLASS.");
    }
    Method method = generatedMethod(name, handlers);
    boolean isStatic = method.getParameterCount() == 0;
    Object[] arguments = isStatic ? new Object[0] : new Object[] {target(name, handlers)};
    ReflectionUtils.makeAccessible(method);
    Object bindings = ReflectionUtils.invokeMethod(method, null, arguments);
    if (bindings instanceof JobBindings made) {
      return made;
    }
    throw missing(name, handlers, method.getDeclaringClass().getName());
  }

  /** The proxy rather than what is behind it, so that its advice is applied. */
  private Object target(String name, Class<?> handlers) {
    Object bean = beans.getBean(name);
    beans.registerDependentBean(name, dependentBean);
    if (!handlers.isInstance(bean)) {
      throw new JobsException(
          "The bean %s has @Job methods in %s, but is behind a proxy that is not of this class: %s."
              .formatted(name, handlers.getName(), bean.getClass().getName()),
          "Let it be proxied by class: spring.aop.proxy-target-class=true is the default of Spring"
              + " Boot, and @EnableTransactionManagement, @EnableAsync and their like have the"
              + " attribute proxyTargetClass.");
    }
    return bean;
  }

  private static Method generatedMethod(String name, Class<?> handlers) {
    String generated = generatedName(handlers);
    try {
      Class<?> type = ClassUtils.forName(generated, handlers.getClassLoader());
      for (Method method : type.getDeclaredMethods()) {
        if (method.getName().equals("bindings")
            && Modifier.isStatic(method.getModifiers())
            && method.getParameterCount() <= 1) {
          return method;
        }
      }
    } catch (ClassNotFoundException e) {
      throw missing(name, handlers, generated);
    }
    throw missing(name, handlers, generated);
  }

  /** {@code Outer.Inner} has {@code Outer_InnerJobs} in the same package. */
  private static String generatedName(Class<?> handlers) {
    return handlers.getName().replace('$', '_') + "Jobs";
  }

  private static JobsException missing(String name, Class<?> handlers, String generated) {
    return new JobsException(
        "The bean %s has @Job methods in %s, but the class %s, which the annotation processor of jdbcmq generates for it, is not there."
            .formatted(name, handlers.getName(), generated),
        "Add io.jdbcmq:jdbcmq-processor to the annotationProcessorPaths of the maven-compiler-plugin, or to"
            + " annotationProcessor of Gradle, and compile again. Without the processor, as in Kotlin,"
            + " leave @Job out and declare a bean of type io.jdbcmq.JobBindings.");
  }
}
