// Runs scripts of events from stdin through the real YARP, one destination behind it, and prints the traces.
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.TestHost;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Recorders;

public sealed class Recorder : IForwarderHttpClientFactory
{
    private static readonly JsonSerializerOptions Json =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly FakeTime time = new();
    private readonly Upstream upstream = new();
    private WebApplication app = null!;

    public static async Task Main()
    {
        while (Console.In.ReadLine() is { } line)
        {
            var script = JsonNode.Parse(line)!.AsObject();
            var recorder = new Recorder();
            await recorder.Start(script["config"]!.AsObject());
            var trace = new JsonObject
            {
                ["id"] = script["id"]!.DeepClone(),
                ["dialect"] = script["dialect"]!.DeepClone(),
                ["library"] = "Yarp.ReverseProxy 2.3.0",
            };
            if (script["note"] is { } note)
            {
                trace["note"] = note.DeepClone();
            }
            trace["config"] = script["config"]!.DeepClone();
            trace["steps"] = recorder.Play(script["events"]!.AsArray());
            Console.Out.WriteLine(trace.ToJsonString(Json));
            await recorder.app.DisposeAsync();
        }
    }

    private sealed class Upstream : HttpMessageHandler
    {
        public TaskCompletionSource<HttpResponseMessage>? Arrived { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancelled)
        {
            Arrived = new TaskCompletionSource<HttpResponseMessage>();
            return Arrived.Task;
        }
    }

    public HttpMessageInvoker CreateClient(ForwarderHttpClientContext context) => new(upstream, disposeHandler: false);

    private async Task Start(JsonObject config)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton<TimeProvider>(time);
        var period = config["ReactivationPeriod"] is { } reactivation ? Settings.Duration(reactivation) : (TimeSpan?)null;
        var metadata = config["TransportFailureRateHealthPolicy.RateLimit"] is { } limit
            ? new Dictionary<string, string> { ["TransportFailureRateHealthPolicy.RateLimit"] = limit.ToJsonString() }
            : null;
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "route", ClusterId = "cluster", Match = new RouteMatch { Path = "{**all}" } }],
            [
                new ClusterConfig
                {
                    ClusterId = "cluster",
                    Metadata = metadata,
                    Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = "http://upstream/" } },
                    HealthCheck = new HealthCheckConfig
                    {
                        AvailableDestinationsPolicy = (string?)config["AvailableDestinationsPolicy"],
                        Passive = new PassiveHealthCheckConfig
                        {
                            Enabled = true, Policy = HealthCheckConstants.PassivePolicy.TransportFailureRate, ReactivationPeriod = period,
                        },
                    },
                },
            ]);
        builder.Services.AddSingleton<IForwarderHttpClientFactory>(this);
        builder.Services.Configure<TransportFailureRateHealthPolicyOptions>(options =>
        {
            foreach (var (key, value) in config)
            {
                switch (key)
                {
                    case "DetectionWindowSize":
                        options.DetectionWindowSize = Settings.Duration(value!);
                        break;
                    case "MinimalTotalCountThreshold":
                        options.MinimalTotalCountThreshold = (int)value!;
                        break;
                    case "DefaultFailureRateLimit":
                        options.DefaultFailureRateLimit = (double)value!;
                        break;
                    case "AvailableDestinationsPolicy":
                    case "ReactivationPeriod":
                    case "TransportFailureRateHealthPolicy.RateLimit":
                        break;
                    default:
                        throw new ArgumentException($"no such key: {key}");
                }
            }
        });
        app = builder.Build();
        app.MapReverseProxy();
        await app.StartAsync();
        Pool.Settle();
    }

    private JsonArray Play(JsonArray events)
    {
        var client = app.GetTestClient();
        var destination = app.Services.GetRequiredService<IProxyStateLookup>().GetClusters().Single().Destinations["one"];
        var running = new Dictionary<string, (Task<HttpResponseMessage> Call, TaskCompletionSource<HttpResponseMessage> Work)>();
        var steps = new JsonArray();
        foreach (var element in events)
        {
            var step = element!.DeepClone().AsArray();
            var at = (long)step[0]!;
            while (time.Next() is var next && next.At <= at)
            {
                time.FireNext();
                Pool.Settle();
            }
            time.Now = at;
            string? error = null;
            switch ((string)step[1]!)
            {
                case "start":
                    upstream.Arrived = null;
                    var call = Task.Run(() => client.GetAsync("http://proxy/"));
                    Pool.Settle();
                    if (upstream.Arrived is { } work)
                    {
                        running[step[2]!.ToJsonString()] = (call, work);
                        step.Add("admitted");
                    }
                    else
                    {
                        if (call.Result.StatusCode != HttpStatusCode.ServiceUnavailable)
                        {
                            throw new InvalidOperationException($"rejected with {call.Result.StatusCode}");
                        }
                        step.Add("rejected");
                        error = "NoAvailableDestinations";
                    }
                    break;
                case "end":
                    if (!running.Remove(step[2]!.ToJsonString(), out var ending))
                    {
                        continue;
                    }
                    switch ((string)step[3]!)
                    {
                        case "success":
                            ending.Work.SetResult(new HttpResponseMessage(HttpStatusCode.OK));
                            break;
                        case "failure":
                            ending.Work.SetException(new HttpRequestException("failure"));
                            break;
                        default:
                            throw new ArgumentException($"unknown outcome: {step[3]}");
                    }
                    ending.Call.Wait();
                    Pool.Settle();
                    break;
                case "read":
                    break;
                default:
                    throw new ArgumentException($"unknown event: {step.ToJsonString()}");
            }
            step.Add(destination.Health.Passive == DestinationHealth.Unhealthy ? "open" : "closed");
            if (error is not null)
            {
                step.Add(error);
            }
            steps.Add(step);
        }
        return steps;
    }
}
