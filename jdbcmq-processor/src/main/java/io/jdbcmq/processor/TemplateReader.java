package io.jdbcmq.processor;

import io.jdbcmq.processor.Attributes.Written;
import io.jdbcmq.processor.Properties.PropertyException;
import io.jdbcmq.processor.TemplateParser.Property;
import io.jdbcmq.processor.TemplateParser.SyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.lang.model.type.TypeMirror;

/** Reads templates and resolves their properties. */
final class TemplateReader {
  private final Properties properties;
  private final Problems problems;

  TemplateReader(Properties properties, Problems problems) {
    this.properties = properties;
    this.problems = problems;
  }

  /**
   * The template, unless there is something wrong with it.
   *
   * @param payload type of the payload; empty if there is none, or none that is text or JSON
   */
  Optional<Template> read(
      String what, Written<String> written, Optional<TypeMirror> payload, int minBytes) {
    try {
      Template template = resolve(written.value(), payload);
      int least = template.isConstant() ? minBytes : 0;
      Optional<String> wrong = Ranges.text(what, template.literal(), least, Ranges.MAX_KEY_BYTES);
      wrong.ifPresent(message -> problems.add(written.place(), message));
      return wrong.isEmpty() ? Optional.of(template) : Optional.empty();
    } catch (SyntaxException | PropertyException e) {
      problems.add(written.place(), what + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private Template resolve(String source, Optional<TypeMirror> payload)
      throws SyntaxException, PropertyException {
    List<Template.Part> parts = new ArrayList<>();
    for (TemplateParser.Piece piece : TemplateParser.parse(source)) {
      if (piece instanceof Property property) {
        TypeMirror type =
            payload.orElseThrow(
                () ->
                    new PropertyException(
                        "template \"%s\" names a property, but the job has no JSON payload: leave the property out, or write {{ and }} for braces"
                            .formatted(source)));
        parts.add(new Template.Access(properties.path(type, property.names())));
      } else {
        parts.add(new Template.Literal(((TemplateParser.Text) piece).text()));
      }
    }
    return new Template(source, parts);
  }
}
