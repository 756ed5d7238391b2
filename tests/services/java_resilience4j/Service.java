// A service whose calls to its dependency go through resilience4j, for `tripcurve probe` and `run
// --through`: PORT that it listens on, DEPENDENCY that it calls. INERT=1 has the mistake that makes a
// breaker do nothing: it ignores the exception that its client throws. /metrics has what Micrometer
// makes of the breaker for Prometheus.
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;

public final class Service {
  static final class BadAnswer extends IOException {
    BadAnswer(int status) {
      super("the dependency answered " + status);
    }
  }

  public static void main(String[] arguments) throws Exception {
    final var port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8080"));
    final var dependency = URI.create(System.getenv("DEPENDENCY"));
    final var config =
        CircuitBreakerConfig.custom()
            .slidingWindowSize(10)
            .minimumNumberOfCalls(5)
            .failureRateThreshold(50)
            .waitDurationInOpenState(Duration.ofSeconds(2))
            .permittedNumberOfCallsInHalfOpenState(2);
    if ("1".equals(System.getenv("INERT"))) {
      config.ignoreExceptions(IOException.class);
    }
    final var registry = CircuitBreakerRegistry.of(config.build());
    final var breaker = registry.circuitBreaker("dependency");
    final var metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(registry).bindTo(metrics);

    final var client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(1))
            .build();
    final var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 1024);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/metrics", exchange -> answer(exchange, 200, metrics.scrape()));
    server.createContext(
        "/",
        exchange -> {
          try {
            final var request = HttpRequest.newBuilder(dependency).timeout(Duration.ofSeconds(1));
            // Passes on who calls, as tracing libraries do.
            final var traced = exchange.getRequestHeaders().getFirst("traceparent");
            if (traced != null) {
              request.header("traceparent", traced);
            }
            breaker.executeCallable(
                () -> {
                  final var got = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
                  if (got.statusCode() >= 500) {
                    throw new BadAnswer(got.statusCode());
                  }
                  return got;
                });
            answer(exchange, 200, "ok\n");
          } catch (Exception error) {
            answer(exchange, 503, error + "\n");
          }
        });
    server.start();
    System.out.println("listening");
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    final var body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }
}
