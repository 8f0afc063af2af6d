using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Mime;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using NnService.Api.Datasets;

namespace NnService.Api.Startup;

/// <summary>
/// At the first request to the API, drives a second service in the same process as a user would, on a scratch folder and over a Unix socket, and throws it
/// away.
/// By then the runtime has compiled and optimised the way of a job from the request to its model, and the database layer has its queries: the first
/// job of 1,000 epochs takes 86 ms instead of 815, the first prediction 6 ms instead of 53 (decision 43). <c>WarmUp:Enabled=false</c> leaves it out.
/// A service that nobody asks anything stays small: what the practice compiles is a third of the memory. One of several nodes practises when it starts, and is
/// not ready before: the balancer in front of it has others to send requests to.
/// </summary>
internal sealed class WarmUp(IHostApplicationLifetime lifetime, ILogger<WarmUp> log)
{
    // The runtime optimises a method after 30 calls and a pause of 100 ms without new ones; a few rounds see all of it.
    private const int Rounds = 6;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(120);

    private static readonly string[] Jobs =
    [
        """{"dataset":"heights","target":"gender","features":["weight","height"],"epochs":60,"batchSize":1"""
            + ""","precision":"float64","loss":"meanSquaredError","optimizer":"sgd"}""",
        """{"dataset":"heights","target":"gender","features":["weight","height"],"epochs":60,"split":{"train":0.5,"validation":0.5,"test":0}}""",
        """{"dataset":"heights","target":"name","features":["weight","height"],"epochs":60,"optimizer":"adam"}""",
        """{"dataset":"heights","target":"weight","task":"regression","features":["height"],"epochs":60}""",
    ];

    private static readonly TimeSpan s_mostPatience = TimeSpan.FromSeconds(30); // a node on a machine without time for it serves all the same

    private int _hasBegun;
    private volatile bool _isAwaited;
    private Action _practice = () => { };
    private long _begun;

    /// <summary>Whether it has begun.</summary>
    public bool HasBegun => Volatile.Read(ref _hasBegun) != 0;

    /// <summary>Why the service is not ready because of it; null where it is.</summary>
    public string? Obstacle => _isAwaited && (!HasBegun || Stopwatch.GetElapsedTime(Volatile.Read(ref _begun)) < s_mostPatience)
        ? "The node is warming up, so that its first answers are as quick as later ones." : null;

    /// <summary>The service is not ready until it has ended.</summary>
    /// <param name="practice">What is asked behind it of the database that the service is to use, for the way to it.</param>
    public void Await(Action practice)
    {
        _practice = practice;
        _isAwaited = true;
    }

    /// <summary>Begins, in the background; not a second time, for what is warm stays warm.</summary>
    public void Begin()
    {
        if (Interlocked.Exchange(ref _hasBegun, 1) != 0)
            return;
        Volatile.Write(ref _begun, Stopwatch.GetTimestamp());
        using (ExecutionContext.SuppressFlow()) // a host that tests have put around the first service must not catch the second one
            _ = Task.Run(Rehearse);
    }

    private async Task Rehearse()
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var folder = Directory.CreateTempSubdirectory("nnservice-warm-up-");
            try
            {
                await using var stage = Service.Rehearsal(folder.FullName, Path.Combine(folder.FullName, "socket"));
                await stage.StartAsync(lifetime.ApplicationStopping);
                await Play(Path.Combine(folder.FullName, "socket"), lifetime.ApplicationStopping);
                await stage.StopAsync(CancellationToken.None);
            }
            finally
            {
                folder.Delete(recursive: true);
            }

            _practice();
            // An idle service should not hold what the rehearsal needed
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            log.LogInformation("Warmed up in {Seconds:0.0} s: from now on the first job is as fast as later ones",
                Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
        }
        catch (Exception failure)
        {
            log.LogWarning(failure, "The warm-up failed; the first jobs will be slower");
        }
        finally
        {
            _isAwaited = false;
        }
    }

    // Large enough to be read as large ones are: in pieces, by several threads. Each round another, or nothing would be read again.
    private static string Table(int round)
    {
        const int Rows = 3_000;
        const int Numbers = 12;
        var table = new StringBuilder(Rows * (Numbers + 1) * 9);
        table.AppendJoin(',', Enumerable.Range(0, Numbers).Select(column => $"x{column}")).Append(",word\n");
        var random = new Random(round);
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Numbers; column++)
                table.Append(CultureInfo.InvariantCulture, $"{random.NextDouble():0.00000},");
            table.Append("word ").Append(random.Next(10)).Append('\n');
        }

        return table.ToString();
    }

    private static async Task Play(string socket, CancellationToken cancellation)
    {
        using var handler = new SocketsHttpHandler { ConnectCallback = async (_, token) => await Connect(socket, token) };
        using var http = new HttpClient(handler) { BaseAddress = new Uri("http://localhost/api/v1/") };
        http.DefaultRequestHeaders.Add("Prefer", "wait=10");
        await Post("datasets?name=heights", DatasetExamples.Csv, MediaTypeNames.Text.Csv);
        for (var round = 0; round < Rounds; round++)
        {
            await Post($"datasets?name=table-{round}", Table(round), MediaTypeNames.Text.Csv);
            foreach (var job in Jobs)
                await Train(job);
            await Get("training-jobs/latest");
            await Get("training-jobs/latest/history");
            await Post("models/heights/predict", """{"rows":[{"height":63}]}""");
            await Task.Delay(Pause, cancellation);
        }

        // To its end, however long that takes on a busy machine: what comes next needs its model.
        async Task Train(string job)
        {
            if (await Post("training-jobs", job) == HttpStatusCode.OK)
                return;
            while (JsonNode.Parse(await http.GetStringAsync("training-jobs/latest", cancellation))!["endedAt"] is null)
                await Task.Delay(Pause, cancellation);
        }

        async Task<HttpStatusCode> Post(string path, string body, string type = MediaTypeNames.Application.Json)
        {
            using var content = new StringContent(body, Encoding.UTF8, type);
            using var answer = await http.PostAsync(path, content, cancellation);
            answer.EnsureSuccessStatusCode();
            return answer.StatusCode;
        }

        async Task Get(string path)
        {
            using var answer = await http.GetAsync(path, cancellation);
            answer.EnsureSuccessStatusCode();
        }
    }

    private static async Task<Stream> Connect(string socket, CancellationToken cancellation)
    {
        var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
        return new NetworkStream(connection, ownsSocket: true);
    }
}

/// <summary>Of an endpoint: the first request to it begins the warm-up.</summary>
internal sealed record StartsWarmUp;

/// <summary>Begins the warm-up with a request.</summary>
internal static class WarmUpSetup
{
    public static TBuilder StartsWarmUp<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new StartsWarmUp());

    /// <summary>Has it begin with the first request; or with the service, which is ready when it has ended.</summary>
    /// <param name="app">The service.</param>
    /// <param name="practice">For the latter: what is asked of the service's own database behind it.</param>
    public static void UseWarmUp(this WebApplication app, Action? practice)
    {
        var warmUp = app.Services.GetRequiredService<WarmUp>();
        if (practice is not null)
        {
            warmUp.Await(practice);
            app.Lifetime.ApplicationStarted.Register(warmUp.Begin);
            return;
        }

        app.Use(next => context =>
        {
            if (!warmUp.HasBegun && context.GetEndpoint()?.Metadata.GetMetadata<StartsWarmUp>() is not null)
                warmUp.Begin();
            return next(context);
        });
    }
}
