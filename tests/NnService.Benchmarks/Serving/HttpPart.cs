using System.Globalization;
using System.Text;

namespace NnService.Benchmarks.Serving;

/// <summary>Single-row predictions, as many as the server can answer, in turn with a bare endpoint, an endpoint over ONNX Runtime, and FastAPI.</summary>
internal sealed class HttpPart(Stage stage, ServingOptions options)
{
    private const string Python = "/usr/bin/python3";
    private const int WarmRounds = 4;
    private const int WarmSeconds = 4;
    private static readonly TimeSpan WarmPause = TimeSpan.FromSeconds(1); // on a core that never rests the runtime does not get round to compiling for good
    private const string NoRuntime =
        "ONNX Runtime is left out: its library is neither in NODE_PATH nor to be had from npm (`npm install --ignore-scripts onnxruntime-node`).";

    private static readonly string[] s_fastApi = ["torch", "sklearn"];

    public void Measure(StringBuilder text)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $$"""

            ## One row a request

            `{"columns":[…],"rows":[[…]]}` over 16 connections, {{options.Seconds}} s in turn. Ratios are of requests for each second of processor time.
            The bare endpoint is Kestrel alone: it reads the same body and answers a constant. The endpoint over ONNX Runtime parses the body with `Utf8JsonReader` into a tensor that stays, passes over the names of columns, runs the same network on one thread, and answers the bare numbers.
            """);
        var runtime = OrtLibrary.Find(stage.Folder);
        if (runtime is null)
        {
            text.AppendLine(NoRuntime);
            Console.Error.WriteLine(NoRuntime);
        }

        foreach (var asked in Case.All)
            Compare(asked, runtime, text);
    }

    private void Compare(Case asked, string? runtime, StringBuilder text)
    {
        var script = stage.Script(asked);
        var ours = stage.Predicting(asked);
        using var bare = Server.Start(new Launch("bare endpoint", "/", Environment.ProcessPath!, "serving", "bare", "PORT"));
        var peers = s_fastApi.Select(kind => StartFastApi(kind, asked))
            .Prepend(runtime is null ? null : OrtPeer.Start(stage, asked, runtime)).OfType<Server>().ToList();
        Server[] servers = [ours, bare, .. peers];
        var measured = servers.ToDictionary(server => server, _ => new List<Throughput>());
        foreach (var server in servers)
        {
            for (var round = 0; round < WarmRounds; round++)
            {
                Load.Most(server, script, WarmSeconds);
                Thread.Sleep(WarmPause);
            }
        }

        for (var round = 0; round < options.Rounds; round++)
            foreach (var server in servers)
                measured[server].Add(Load.Most(server, script, options.Seconds));
        peers.ForEach(peer => peer.Dispose());

        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"### {asked.Inputs} features ({asked.Name}, {asked.Body().Length:N0} bytes)");
        text.AppendLine();
        text.AppendLine("| | requests/s | for each s of processor time | ours to it | target |");
        text.AppendLine("|---|---|---|---|---|");
        foreach (var server in servers)
        {
            var ratios = measured[ours].Zip(measured[server], (us, them) => us.PerProcessorSecond / them.PerProcessorSecond);
            text.AppendLine(
                $"| {server.Name} | {Spread.Of(measured[server].Select(one => one.PerSecond), "0")} | "
                    + $"{Spread.Of(measured[server].Select(one => one.PerProcessorSecond), "0")} " +
                $"| {(server == ours ? "" : Spread.Of(ratios, "0.00"))} | {Target(asked, server.Name)} |");
        }
    }

    private static string Target(Case asked, string server) => server switch
    {
        "NnService" => $"≥ {asked.Target:N0}/s",
        "bare endpoint" => $"≥ {asked.TargetShare:0.00}",
        OrtPeer.Name when asked.TargetOverOrt is { } over => $"≥ {over}",
        "FastAPI + torch" when asked.TargetOverTorch is { } over => $"≥ {over}",
        _ => "",
    };

    private static Server? StartFastApi(string kind, Case asked)
    {
        var numbers = new[] { asked.Inputs, asked.Hidden, asked.Outputs }.Select(number => number.ToString(CultureInfo.InvariantCulture));
        try
        {
            return Server.Start(
                new Launch($"FastAPI + {kind}", "/predict",
                [Python, Path.Combine(AppContext.BaseDirectory, "Serving", "serving_peer.py"), kind, "PORT", .. numbers]));
        }
        catch (InvalidOperationException absent)
        {
            Console.Error.WriteLine(absent.Message);
            return null;
        }
    }
}
