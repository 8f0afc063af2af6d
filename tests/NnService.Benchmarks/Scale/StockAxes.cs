using NnService.Benchmarks.Accuracy;

namespace NnService.Benchmarks.Scale;

/// <summary>What a service collects: jobs, models and connections.</summary>
internal static class StockAxes
{
    private const string Job = """
        {"dataset":"small","target":"y","epochs":1,"recipe":"fast","batchSize":4,"network":{"layers":[{"type":"dense"}]},"model":"NAME"}
        """;

    private const string NextModel = "a row of the next model";
    private const string AllOfOne = "GET of the model with all its aliases";

    /// <summary>A row of that table.</summary>
    public const string Row = """{"rows":[{"a":1,"b":0}]}""";

    public static readonly Axis Jobs = new(
        "jobs", "Jobs in the database, copies of one that was trained; the first page of the list, a page in the middle and a new job.",
        [100, 1_000, 10_000], [100_000], ListJobs)
    {
        Peers = "A list of runs in a database is MLflow's, which no package of the distribution has.",
    };

    public static readonly Axis Models = new(
        "models", "Models of one weight for each input; single rows, each of the next model in turn. The cost of one stays the same where the exponent is 0. "
        + "Against Kestrel alone, which reads the same body and answers a constant.",
        [10, 100, 1_000], [10_000], PredictInTurn);

    public static readonly Axis Aliases = new(
        "aliases", "Aliases in the database: that many copies of a trained model with one each, and that many of the one model. Predictions ask by the copies' aliases in turn.",
        [10, 100, 1_000, 10_000], [], ByAlias)
    {
        Peers = "A registry of models is MLflow's, which no package of the distribution has.",
        Reasons = new Dictionary<string, string> { [AllOfOne] = "the answer has each of them" },
    };

    public static readonly Axis Events = new(
        "events", "Entries of the audit log, which keeps every change; its first page, a page in the middle, and a change more.",
        [100, 1_000, 10_000, 100_000], [], ListEvents)
    {
        Peers = "None of the services that a user would pick instead keeps such a log.",
    };

    private static IEnumerable<Figure> ListJobs(ServiceUnderMeasurement measured, int jobs)
    {
        Begin(measured);
        measured.Restart(folder => DatabaseCopies.Jobs(folder, jobs));
        var service = measured.Service;
        for (var i = 0; i < 20; i++)
            service.Send(HttpMethod.Get, "training-jobs?limit=50");
        var next = (string?)service.Send(HttpMethod.Get, "training-jobs?limit=50")["nextCursor"];
        yield return new("first page of 50", "ms", Milliseconds(() => service.Send(HttpMethod.Get, "training-jobs?limit=50")));
        if (next is not null)
            yield return new("next page of 50", "ms", Milliseconds(
                () => service.Send(HttpMethod.Get, $"training-jobs?limit=50&cursor={Uri.EscapeDataString(next)}")));
        yield return new("first page of 50 by a loss", "ms", FirstPage("sort=validationLoss"));
        yield return new("first page of 50 by a metric", "ms", FirstPage("sort=-train.r2"));
        yield return new("the same of a dataset that all have", "ms", FirstPage("sort=-train.r2&dataset=small"));
        yield return new("POST of a job", "ms", Milliseconds(
            () => service.Send(HttpMethod.Post, "training-jobs", ServiceUnderTest.Json(Job.Replace("NAME", "more", StringComparison.Ordinal)))));

        double FirstPage(string query) => Milliseconds(() => service.Send(HttpMethod.Get, $"training-jobs?limit=50&{query}"));
    }

    private static IEnumerable<Figure> PredictInTurn(ServiceUnderMeasurement measured, int models)
    {
        Begin(measured);
        foreach (var some in Enumerable.Range(0, models).Chunk(500)) // as the queue has its end
        {
            var ids = some.Select(i => measured.Service.Send(
                HttpMethod.Post, "training-jobs", ServiceUnderTest.Json(Job.Replace("NAME", $"m{i}", StringComparison.Ordinal)))["id"]!.ToString()).ToList();
            foreach (var id in ids)
                while ((string)measured.Service.Send(HttpMethod.Get, $"training-jobs/{id}")["state"]! is "queued" or "running")
                    Thread.Sleep(10);
        }

        for (var round = 0; round < Math.Max(2, 1_000 / models); round++)
            All();
        yield return new(NextModel, "ms", 1e3 * ServiceUnderMeasurement.Median(All, 3) / models);
        using var bare = Caller.Bare();
        using var client = bare.Connect();
        for (var round = 0; round < Math.Max(2, 1_000 / models); round++)
            AllOfBare();
        yield return new(NextModel, "ms", 1e3 * ServiceUnderMeasurement.Median(AllOfBare, 3) / models, Caller.BareName);

        void All()
        {
            for (var i = 0; i < models; i++)
                measured.Service.Send(HttpMethod.Post, $"models/m{i}/predict", ServiceUnderTest.Json(Row));
        }

        void AllOfBare()
        {
            for (var i = 0; i < models; i++)
                bare.Ask(client);
        }
    }

    private static IEnumerable<Figure> ByAlias(ServiceUnderMeasurement measured, int aliases)
    {
        Begin(measured);
        measured.Restart(folder => DatabaseCopies.Aliases(folder, aliases));
        var service = measured.Service;
        for (var i = 0; i < 20; i++)
            service.Send(HttpMethod.Get, "models?limit=50");
        yield return new("first page of 50 models", "ms", Milliseconds(() => service.Send(HttpMethod.Get, "models?limit=50")));
        yield return new(AllOfOne, "ms", Milliseconds(() => service.Send(HttpMethod.Get, "models/one")));
        var asked = Math.Min(aliases, 1_000);
        for (var round = 0; round < Math.Max(2, 1_000 / asked); round++)
            All();
        yield return new("a row by the next alias", "ms", 1e3 * ServiceUnderMeasurement.Median(All, 3) / asked);
        var moved = 0;
        yield return new("PUT of an alias", "ms", Milliseconds(() => Move($"a{(moved++ * 7919 % aliases) + 1}")));
        yield return new("PUT of one more", "ms", Milliseconds(() => Move($"b{moved++}")));

        void All()
        {
            for (var i = 1; i <= asked; i++)
                service.Send(HttpMethod.Post, $"models/copy{i}/versions/champion/predict", ServiceUnderTest.Json(Row));
        }

        void Move(string alias) => service.Send(HttpMethod.Put, $"models/one/aliases/{alias}", ServiceUnderTest.Json("""{"version":1}"""));
    }

    private static IEnumerable<Figure> ListEvents(ServiceUnderMeasurement measured, int events)
    {
        Begin(measured);
        measured.Service.Send(HttpMethod.Get, "audit"); // seals what was done
        measured.Restart(folder => DatabaseCopies.Events(folder, events));
        var service = measured.Service;
        for (var i = 0; i < 20; i++)
            service.Send(HttpMethod.Get, "audit?limit=50");
        yield return new("first page of 50", "ms", Milliseconds(() => service.Send(HttpMethod.Get, "audit?limit=50")));
        var middle = $"audit?limit=50&cursor={Uri.EscapeDataString((string)service.Send(HttpMethod.Get, $"audit?limit={Math.Min(500, events / 2)}")["nextCursor"]!)}";
        yield return new("next page of 50", "ms", Milliseconds(() => service.Send(HttpMethod.Get, middle)));
        yield return new("PUT of an alias, with its entry", "ms", Milliseconds(
            () => service.Send(HttpMethod.Put, "models/one/aliases/a", ServiceUnderTest.Json("""{"version":1}"""))));
    }

    private static double Milliseconds(Action action) => 1e3 * ServiceUnderMeasurement.Median(action, 21);

    /// <summary>A small table, and the model "one" of it.</summary>
    public static void Begin(ServiceUnderMeasurement measured)
    {
        measured.Upload("small", writer => writer.Write("a,b,y\n0,0,0.5\n0,1,1.5\n1,0,1.2\n1,1,0.1\n"));
        measured.Train(Job.Replace("NAME", "one", StringComparison.Ordinal));
    }
}
