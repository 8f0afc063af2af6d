namespace NnService.Benchmarks.Scale;

/// <summary>Trainings that grow: units, epochs and minibatches.</summary>
internal static class TrainingAxes
{
    private const string Whole = "\"split\":{\"train\":1,\"validation\":0,\"test\":0},\"historyLoss\":\"running\"";

    private const string AnEpoch = "an epoch";
    private const string AJob = "the job, from claim to end";
    private const int Inputs = 20;

    private const string InTorch = "Against the same training in torch, on rows in memory, with AdamW.";

    public static readonly Axis Units = new(
        "units", "Units of two dense layers behind 20 inputs; an epoch of 2,000 rows in minibatches of 128. The weights grow with the square.",
        [64, 256, 1_024, 4_096], [8_192], (measured, units) => Epoch(measured, 2_000, 128, units, units))
    {
        Peers = InTorch,
        Reasons = new Dictionary<string, string> { [AnEpoch] = "the weights grow with the square, so 2 is linear in them" },
    };

    public static readonly Axis Minibatch = new(
        "minibatch", "Rows of a minibatch; an epoch of 65,536 rows with a dense layer of 64 units.",
        [1, 16, 256, 4_096, 65_536], [], (measured, rows) => Epoch(measured, 65_536, rows, 64))
    {
        Peers = InTorch,
    };

    public static readonly Axis Epochs = new(
        "epochs", "Epochs of a job on four rows (2-2-1), each with its point in the history; the history is asked for with 1,000 points, as a chart does.",
        [100, 1_000, 10_000, 100_000], [1_000_000], History)
    {
        Peers = InTorch + " A database of histories is MLflow's, which no package of the distribution has.",
    };

    private static IEnumerable<Figure> Epoch(ServiceUnderMeasurement measured, int rows, int batch, params int[] units)
    {
        measured.Upload("table", writer => TableAxes.Numbers(writer, rows, Inputs + 1));
        var hidden = string.Concat(units.Select(width => $$"""{"type":"dense","units":{{width}},"activation":"relu"},"""));
        var jobs = Enumerable.Range(0, 3).Select(_ => measured.Train($$"""
            {"dataset":"table","target":"y",{{Whole}},"epochs":3,"recipe":"fast","earlyStopping":{"patience":0},"batchSize":{{batch}},
             "network":{"layers":[{{hidden}}{"type":"dense"}]} }
            """)).ToList();
        yield return new(AnEpoch, "s", jobs.Select(job => job.Training / 3).Order().ElementAt(1));
        foreach (var figure in Peer(AnEpoch, rows, Inputs, string.Join(',', units), batch, 1, "relu"))
            yield return figure;
    }

    private static IEnumerable<Figure> History(ServiceUnderMeasurement measured, int epochs)
    {
        measured.Upload("xor", writer => writer.Write("a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"));
        var job = JobOf(1);
        measured.Train(job);
        var before = Bytes();
        var times = measured.Train(JobOf(epochs));
        yield return new(AJob, "s", times.All);
        yield return new("bytes of the database that it adds", "kB", Math.Max(0, Bytes() - before) / 1e3);
        yield return new("its history of 1,000 points", "ms", 1e3 * ServiceUnderMeasurement.Median(
            () => measured.Service.Send(HttpMethod.Get, $"training-jobs/{times.Id}/history?maxPoints=1000")));
        foreach (var figure in Peer(AJob, 4, 2, 2, 4, epochs, "sigmoid"))
            yield return figure;

        double Bytes() => Directory.GetFiles(measured.Service.Folder, "nnservice.db*").Sum(file => new FileInfo(file).Length);

        static string JobOf(int epochs) => $$"""
            {"dataset":"xor","target":"y",{{Whole}},"epochs":{{epochs}},"batchSize":4,"recipe":"fast",
             "network":{"layers":[{"type":"dense","units":2,"activation":"sigmoid"},{"type":"dense"}]} }
            """;
    }

    private static IEnumerable<Figure> Peer(params object[] arguments) => new PeerScript("epoch_peer.py").Run(arguments);
}
