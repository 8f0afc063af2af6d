namespace NnService.Benchmarks.Scale;

/// <summary>Trainings that grow: units, epochs and minibatches.</summary>
internal static class TrainingAxes
{
    private const string Whole = "\"split\":{\"train\":1,\"validation\":0,\"test\":0},\"historyLoss\":\"running\"";

    public static readonly Axis Units = new(
        "units", "Units of two dense layers behind 20 inputs; an epoch of 2,000 rows in minibatches of 128. The weights grow with the square.",
        [64, 256, 1_024, 4_096], [], (measured, units) => Epoch(
            measured, 2_000, $$"""
            "batchSize":128,"network":{"layers":[{"type":"dense","units":{{units}},"activation":"relu"},{"type":"dense","units":{{units}},"activation":"relu"},{"type":"dense"}]}
            """));

    public static readonly Axis Minibatch = new(
        "minibatch", "Rows of a minibatch; an epoch of 65,536 rows with a dense layer of 64 units.",
        [1, 16, 256, 4_096, 65_536], [], (measured, rows) => Epoch(
            measured, 65_536, $$"""
            "batchSize":{{rows}},"network":{"layers":[{"type":"dense","units":64,"activation":"relu"},{"type":"dense"}]}
            """));

    public static readonly Axis Epochs = new(
        "epochs", "Epochs of a job on four rows (2-2-1), each with its point in the history; the history is asked for with 1,000 points, as a chart does.",
        [100, 1_000, 10_000, 100_000], [1_000_000], History);

    private static IEnumerable<(string Curve, string Unit, double Figure)> Epoch(ServiceUnderMeasurement measured, int rows, string settings)
    {
        measured.Upload("table", writer => TableAxes.Numbers(writer, rows, 21));
        var jobs = Enumerable.Range(0, 3).Select(_ => measured.Train($$"""
            {"dataset":"table","target":"y",{{Whole}},"epochs":3,"recipe":"fast","earlyStopping":{"patience":0},{{settings}}}
            """)).ToList();
        yield return ("an epoch", "s", jobs.Select(job => job.Training / 3).Order().ElementAt(1));
    }

    private static IEnumerable<(string Curve, string Unit, double Figure)> History(ServiceUnderMeasurement measured, int epochs)
    {
        measured.Upload("xor", writer => writer.Write("a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"));
        var job = JobOf(1);
        measured.Train(job);
        var before = Bytes();
        var times = measured.Train(JobOf(epochs));
        yield return ("the job, from claim to end", "s", times.All);
        yield return ("bytes of the database that it adds", "kB", Math.Max(0, Bytes() - before) / 1e3);
        yield return ("its history of 1,000 points", "ms", 1e3 * ServiceUnderMeasurement.Median(
            () => measured.Service.Send(HttpMethod.Get, $"training-jobs/{times.Id}/history?maxPoints=1000")));

        double Bytes() => Directory.GetFiles(measured.Service.Folder, "nnservice.db*").Sum(file => new FileInfo(file).Length);

        static string JobOf(int epochs) => $$"""
            {"dataset":"xor","target":"y",{{Whole}},"epochs":{{epochs}},"batchSize":4,"recipe":"fast",
             "network":{"layers":[{"type":"dense","units":2,"activation":"sigmoid"},{"type":"dense"}]} }
            """;
    }
}
