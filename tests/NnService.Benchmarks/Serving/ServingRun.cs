using System.Globalization;
using System.Text;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Serving;

/// <summary><c>serving [--rounds N] [--seconds N] [--write]</c>: single-row predictions over HTTP, the server on one core and the client on the other, in turn with a bare endpoint and with FastAPI.</summary>
internal sealed class ServingRun(int rounds, int seconds, string folder)
{
    private const string Python = "/usr/bin/python3";
    private const int PacedRate = 2_000;
    private const int PacedSeconds = 5;
    private const double TargetPacedMilliseconds = 0.3;
    private const double TargetReadyMilliseconds = 400;
    private const double TargetIdleMebibytes = 90;

    private static readonly string[] s_peers = ["torch", "sklearn"];

    /// <summary>Parses the arguments, runs, prints. Returns the exit code.</summary>
    public static int FromCommandLine(ReadOnlySpan<string> arguments)
    {
        var (rounds, seconds, write) = (3, 5, false);
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "bare" when i + 1 < arguments.Length: // what a run starts, in a process of its own
                    return BareServer.Run(arguments[i + 1]);
                case "--rounds" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out var number) && number > 0:
                    (rounds, i) = (number, i + 1);
                    break;
                case "--seconds" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out var number) && number > 0:
                    (seconds, i) = (number, i + 1);
                    break;
                case "--write":
                    write = true;
                    break;
                default:
                    Console.Error.WriteLine($"{arguments[i]} is no option of serving.");
                    return 2;
            }
        }

        var folder = Directory.CreateTempSubdirectory("serving");
        try
        {
            var report = new ServingRun(rounds, seconds, folder.FullName).Measure();
            Console.WriteLine(report);
            if (write)
                File.WriteAllText(Path.Combine(Machine.Repository ?? ".", "docs", "benchmarks", "serving.md"), report);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private string Measure()
    {
        var text = new StringBuilder();
        text.AppendLine("# Serving predictions");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Measured on {Machine.Processor}; {DateTime.UtcNow:yyyy-MM-dd}, commit {Machine.Commit}, .NET {Environment.Version}; load of the machine before: {Machine.Load:0.0}.");
        text.AppendLine("Written by `dotnet run --project tests/NnService.Benchmarks --configuration Release -- serving --write`; wrk, python3-fastapi, python3-uvicorn, python3-torch and python3-sklearn are Debian's.");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"One row a request, `{{\"columns\":[…],\"rows\":[[…]]}}`, 16 connections, the server on the first core and wrk on the second, both warm; {rounds} rounds of {seconds} s in turn. Median, least and greatest.");
        text.AppendLine("The bare endpoint is Kestrel alone: it reads the same body and answers a constant. A request per second of the server's processor time is what the core would do were it not shared; where it is far above the first figure, the machine was busy.");
        using var service = StartService("data");
        foreach (var asked in Case.All)
            Compare(asked, service, text);
        Steady(service, text);
        Start(text);
        return text.ToString().ReplaceLineEndings("\n");
    }

    private void Compare(Case asked, Server running, StringBuilder text)
    {
        var script = Path.Combine(folder, $"{asked.Name}.lua");
        File.WriteAllText(script, $"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = [==[{asked.Body()}]==]\n");
        Post(new Uri($"http://127.0.0.1:{running.Port}/api/v1/models"), asked.Model());
        var ours = running.At($"/api/v1/models/m{asked.Inputs}/predict");
        using var bare = Server.Start("bare endpoint", "/", Environment.ProcessPath!, "serving", "bare", "PORT");
        var peers = s_peers.Select(kind => StartPeer(kind, asked)).ToList();
        Server[] servers = [ours, bare, .. peers.OfType<Server>()];
        var measured = servers.ToDictionary(server => server, _ => new List<Throughput>());
        foreach (var server in servers)
            Load.Most(server, script, Math.Max(seconds, 8)); // until everything is compiled for good
        for (var round = 0; round < rounds; round++)
            foreach (var server in servers)
                measured[server].Add(Load.Most(server, script, seconds));
        peers.ForEach(peer => peer?.Dispose());

        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"## {asked.Inputs} features ({asked.Name}, {asked.Body().Length:N0} bytes)");
        text.AppendLine();
        text.AppendLine("| | requests/s | for each s of processor time | ours to it | target |");
        text.AppendLine("|---|---|---|---|---|");
        foreach (var server in servers)
        {
            var ratios = measured[ours].Zip(measured[server], (us, them) => us.PerProcessorSecond / them.PerProcessorSecond);
            var target = server == ours ? $"≥ {asked.Target:N0}/s" : server == bare ? $"≥ {asked.TargetShare:0.00}" : asked.Inputs > 500 && server.Name.Contains("torch", StringComparison.Ordinal) ? "≥ 13" : "";
            text.AppendLine(
                $"| {server.Name} | {Spread(measured[server].Select(one => one.PerSecond), "0")} | {Spread(measured[server].Select(one => one.PerProcessorSecond), "0")} " +
                $"| {(server == ours ? "" : Spread(ratios, "0.00"))} | {target} |");
        }

        var paced = Load.Paced(ours, asked.Body(), PacedRate, PacedSeconds);
        text.AppendLine();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"At {PacedRate:N0} requests/s: p50 {paced[paced.Length / 2]:0.000} ms (target at most {TargetPacedMilliseconds}), p99 {paced[paced.Length * 99 / 100]:0.00} ms.");
    }

    private void Steady(Server service, StringBuilder text)
    {
        const double Many = 1e6;
        var ours = service.At($"/api/v1/models/m{Case.All[0].Inputs}/predict");
        var (before, sent) = (service.Mebibytes, 0.0);
        while (sent < Many)
            sent += Load.Most(ours, Path.Combine(folder, $"{Case.All[0].Name}.lua"), seconds).Requests;
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Over another {sent:N0} requests resident memory went from {before:0.0} to {service.Mebibytes:0.0} MiB.");
    }

    private void Start(StringBuilder text)
    {
        var (ready, idle) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            using var service = StartService($"start{round}");
            ready.Add(service.ReadyAfter.TotalMilliseconds);
            Thread.Sleep(TimeSpan.FromSeconds(20)); // the warm-up is through
            idle.Add(service.Mebibytes);
        }

        text.AppendLine();
        text.AppendLine("## Start");
        text.AppendLine();
        text.AppendLine($"From the launch to the first connection taken, on an empty data folder and one core: {Spread(ready, "0")} ms (target below {TargetReadyMilliseconds}); resident memory idle after the warm-up: {Spread(idle, "0")} MiB (target below {TargetIdleMebibytes}).");
    }

    private Server StartService(string data) => Server.Start(
        "NnService", "", "dotnet", Path.Combine(AppContext.BaseDirectory, "NnService.Api.dll"), $"--Data:Path={Path.Combine(folder, data)}", "--urls=http://127.0.0.1:PORT");

    private static Server? StartPeer(string kind, Case asked)
    {
        var numbers = new[] { asked.Inputs, asked.Hidden, asked.Outputs }.Select(number => number.ToString(CultureInfo.InvariantCulture));
        try
        {
            return Server.Start($"FastAPI + {kind}", "/predict", [Python, Path.Combine(AppContext.BaseDirectory, "Serving", "serving_peer.py"), kind, "PORT", .. numbers]);
        }
        catch (InvalidOperationException absent)
        {
            Console.Error.WriteLine(absent.Message);
            return null;
        }
    }

    private static void Post(Uri address, string json)
    {
        using var http = new HttpClient();
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = http.PostAsync(address, content).Result;
        answer.EnsureSuccessStatusCode();
    }

    private static string Spread(IEnumerable<double> numbers, string form)
    {
        double[] all = [.. numbers.Order()];
        var median = (all[all.Length / 2] + all[(all.Length - 1) / 2]) / 2;
        return string.Create(CultureInfo.InvariantCulture, $"{median.ToString(form)} ({all[0].ToString(form)}–{all[^1].ToString(form)})");
    }
}
