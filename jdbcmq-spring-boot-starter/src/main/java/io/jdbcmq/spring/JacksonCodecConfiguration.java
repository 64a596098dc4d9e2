package io.jdbcmq.spring;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.jdbcmq.jackson2.Jackson2Codec;
import io.jdbcmq.jackson3.Jackson3Codec;
import io.jdbcmq.spi.PayloadCodec;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/**
 * Payloads are written by the mapper of the application. Without one, by the only codec on the
 * class path.
 */
final class JacksonCodecConfiguration {
  private JacksonCodecConfiguration() {}

  /** First, because a Spring Boot 4 that has both works with Jackson 3. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({JsonMapper.class, Jackson3Codec.class})
  static class OfJackson3 {
    @Bean
    @ConditionalOnSingleCandidate(JsonMapper.class)
    @ConditionalOnMissingBean(PayloadCodec.class)
    PayloadCodec jdbcmqJackson3Codec(JsonMapper mapper) {
      return new Jackson3Codec(mapper);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({ObjectMapper.class, Jackson2Codec.class})
  static class OfJackson2 {
    @Bean
    @ConditionalOnSingleCandidate(ObjectMapper.class)
    @ConditionalOnMissingBean(PayloadCodec.class)
    PayloadCodec jdbcmqJackson2Codec(ObjectMapper mapper) {
      return new Jackson2Codec(mapper);
    }
  }

  /** Without a mapper of the application: this one, if there are two. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({JsonMapper.class, Jackson3Codec.class})
  static class OfItsOwn {
    @Bean
    @ConditionalOnMissingBean(PayloadCodec.class)
    PayloadCodec jdbcmqCodec() {
      return new Jackson3Codec();
    }
  }
}
