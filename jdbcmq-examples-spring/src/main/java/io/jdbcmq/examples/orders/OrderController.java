package io.jdbcmq.examples.orders;

import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Orders over HTTP. */
@RestController
@RequestMapping("/orders")
class OrderController {
  private final OrderService orders;

  OrderController(OrderService orders) {
    this.orders = orders;
  }

  /** What a customer sends; what it refuses is answered with status 400. */
  record NewOrder(@Nullable String item, int quantity) {
    NewOrder {
      if (item == null || item.isBlank() || quantity < 1) {
        throw new IllegalArgumentException("an order has an item, and a quantity of 1 or more");
      }
    }
  }

  @PostMapping
  ResponseEntity<Order> place(@RequestBody NewOrder wanted) {
    Order order = orders.place(String.valueOf(wanted.item()), wanted.quantity());
    return ResponseEntity.created(URI.create("/orders/" + order.id())).body(order);
  }

  @GetMapping("/{id}")
  ResponseEntity<Order> find(@PathVariable UUID id) {
    return ResponseEntity.of(orders.find(id));
  }

  @ExceptionHandler
  ProblemDetail outOfStock(OutOfStockException e) {
    return ProblemDetail.forStatusAndDetail(HttpStatus.CONFLICT, String.valueOf(e.getMessage()));
  }
}
