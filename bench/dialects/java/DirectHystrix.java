package com.netflix.hystrix;

import com.netflix.hystrix.HystrixCommandProperties.ExecutionIsolationStrategy;
import com.netflix.hystrix.strategy.properties.HystrixPropertiesFactory;
import tripcurve.bench.DialectsBench.Subject;

/**
 * What a command does with its breaker and its metrics, without the command: they are the package's
 * own.
 */
public final class DirectHystrix {
  private static final HystrixCommandKey command = HystrixCommandKey.Factory.asKey("measured");
  private static final HystrixCommandGroupKey group =
      HystrixCommandGroupKey.Factory.asKey("measured");
  private static final HystrixThreadPoolKey pool = HystrixThreadPoolKey.Factory.asKey("measured");

  private DirectHystrix() {}

  public static Subject make() {
    HystrixCommandProperties properties =
        HystrixPropertiesFactory.getCommandProperties(command, HystrixCommandProperties.Setter());
    HystrixCommandMetrics metrics =
        HystrixCommandMetrics.getInstance(command, group, pool, properties);
    HystrixCircuitBreaker breaker =
        HystrixCircuitBreaker.Factory.getInstance(command, group, properties, metrics);
    return succeeds -> {
      if (!breaker.allowRequest()) {
        return false;
      }
      metrics.markCommandStart(command, pool, ExecutionIsolationStrategy.SEMAPHORE);
      if (succeeds) {
        breaker.markSuccess();
      }
      HystrixEventType end = succeeds ? HystrixEventType.SUCCESS : HystrixEventType.FAILURE;
      metrics.markCommandDone(ExecutionResult.from(end), command, pool, true);
      return true;
    };
  }
}
