using System.Globalization;
using System.Text;

namespace NnService.Api.Tests;

/// <summary>Intervals, baselines and verdict beside the metrics of a job and of an evaluation.</summary>
[Collection(SharedService.Name)]
public sealed class HonestFigureTests(TestService service)
{
    private const double Rounding = 1e-12; // of sums in another order
    private const double Fit = 1e-4; // scikit-learn's solver and ours stop at slightly different points

    private readonly Wire _wire = service.Wire;

    // The linear figures are those of scikit-learn 1.2.1, LogisticRegression(C=1) and Ridge(1.0) on standardised columns, trained on the rows whose index is no
    // multiple of 5.
    [Fact]
    public async Task The_linear_baseline_of_a_classification_is_logistic_regression()
    {
        await _wire.Upload("honest-iris", "iris.csv");

        var metrics = (await _wire.Train("""{"dataset":"honest-iris","target":"species","split":{"testEvery":5,"validation":0},"epochs":20}"""))["metrics"]!;

        var linear = metrics["baselines"]!["linear"]!;
        Assert.Equal(0.9666666666666667, (double)linear["accuracy"]!, 1e-12);
        Assert.Equal(0.11225584212148026, (double)linear["logLoss"]!, Fit);
        var trivial = metrics["baselines"]!["trivial"]!;
        Assert.Equal(1.0 / 3, (double)trivial["accuracy"]!, 1e-12);
        Assert.Equal(1.0986122886681098, (double)trivial["logLoss"]!, 1e-12);
        Assert.Equal(0.5, (double)trivial["rocAuc"]!);
    }

    [Fact]
    public async Task The_baselines_know_nothing_of_label_smoothing()
    {
        await _wire.Upload("honest-smooth", "iris.csv");
        async Task<string> Baselines(double smoothing) => (await _wire.Train($$"""
            {"dataset":"honest-smooth","target":"species","labelSmoothing":{{smoothing.ToString(CultureInfo.InvariantCulture)}},"epochs":5,"recipe":"fast"}
            """))["metrics"]!["baselines"]!.ToJsonString();

        Assert.Equal(await Baselines(0), await Baselines(0.5));
    }

    // Newton's method of scikit-learn 1.2.1 on the columns as they are (solver newton-cholesky); its L-BFGS takes 2,018 steps to 0.14193.
    [Fact]
    public async Task The_linear_baseline_is_found_where_columns_are_not_scaled()
    {
        await _wire.Upload("honest-cancer", "breast_cancer.csv");

        var metrics = (await _wire.Train("""
            {"dataset":"honest-cancer","target":"diagnosis","split":{"testEvery":5,"validation":0},"preprocessing":{"numeric":"none"},"epochs":2}
            """))["metrics"]!;

        Assert.Equal(0.14210707826259755, (double)metrics["baselines"]!["linear"]!["logLoss"]!, 0.003);
        Assert.Equal(0.9385964912280702, (double)metrics["baselines"]!["linear"]!["accuracy"]!, 0.01);
    }

    [Fact]
    public async Task The_linear_baseline_of_a_regression_is_ridge_and_the_trivial_one_the_mean()
    {
        await _wire.Upload("honest-diabetes", "diabetes.csv");

        var metrics = (await _wire.Train(
            """{"dataset":"honest-diabetes","target":"progression","split":{"testEvery":5,"validation":0},"epochs":5}"""))["metrics"]!;

        var linear = metrics["baselines"]!["linear"]!;
        Assert.Equal(0.5199616564554452, (double)linear["r2"]!, Fit);
        Assert.Equal(52.63657784198817, (double)linear["rootMeanSquaredError"]!, 0.01);
        Assert.Equal(38.8925017777745, (double)linear["medianAbsoluteError"]!, 0.05);
        Assert.Equal(0.373782215905717, (double)linear["meanAbsolutePercentageError"]!, Fit);
        Assert.Equal(76.39356481501866, (double)metrics["baselines"]!["trivial"]!["rootMeanSquaredError"]!, 1e-9);
    }

    [Fact]
    public async Task Every_test_metric_has_an_interval_around_it_and_the_verdict_says_what_follows()
    {
        await _wire.Upload("honest-iris", "iris.csv");

        var job = await _wire.Train("""{"dataset":"honest-iris","target":"species","split":{"testEvery":5},"model":"honest-verdict"}""");

        var (test, intervals) = (job["metrics"]!["test"]!, job["metrics"]!["intervals"]!.AsObject());
        Assert.Equal(
            ["accuracy", "balancedAccuracy", "logLoss", "rocAuc", "averagePrecision", "macroF1", "matthewsCorrelation", "calibrationError"],
            intervals.Select(interval => interval.Key));
        foreach (var (name, interval) in intervals)
            Assert.InRange((double)test[name]!, (double)interval![0]! - Rounding, (double)interval[1]! + Rounding);
        Assert.True((double)intervals["accuracy"]![0]! < (double)intervals["accuracy"]![1]!);
        var verdict = (string)job["metrics"]!["verdict"]!;
        Assert.StartsWith($"On 30 rows the network's accuracy is {((double)test["accuracy"]!).ToString("0.###", CultureInfo.InvariantCulture)} (95 % interval ",
            verdict, StringComparison.Ordinal);
        Assert.Contains("It beats the most frequent label (0.333) beyond the interval.", verdict, StringComparison.Ordinal);
        Assert.Contains("It does not beat the linear model beyond the interval (0.967).", verdict, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_that_is_worse_is_called_worse()
    {
        await _wire.Upload("honest-diabetes", "diabetes.csv");

        var job = await _wire.Train("""
            {"dataset":"honest-diabetes","target":"progression","split":{"testEvery":5,"validation":0},"epochs":1,"optimizer":{"type":"sgd","learningRate":1e-9},"network":{"layers":[{"type":"dense","initializer":{"type":"constant","value":3}}]}}
            """);

        var verdict = (string)job["metrics"]!["verdict"]!;
        Assert.Contains("It is worse than the mean (76.394), beyond the interval.", verdict, StringComparison.Ordinal);
        Assert.Contains("It is worse than the linear model (52.63", verdict, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_test_part_the_verdict_says_that_nothing_is_known()
    {
        await _wire.Upload("honest-iris", "iris.csv");

        var job = await _wire.Train("""{"dataset":"honest-iris","target":"species","split":{"test":0},"epochs":3,"model":"honest-no-test"}""");

        Assert.Equal(["train", "validation", "verdict"], job["metrics"]!.AsObject().Select(part => part.Key));
        Assert.StartsWith("There is no test part", (string)job["metrics"]!["verdict"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_evaluation_compares_with_the_same_baselines_on_new_rows()
    {
        await _wire.Upload("honest-iris", "iris.csv");
        var lines = Wire.Sample("iris.csv").TrimEnd('\n').Split('\n');
        await _wire.PostCsv("datasets?name=honest-iris-test", string.Join('\n', lines.Where((_, i) => i == 0 || (i - 1) % 5 == 0)) + "\n");
        var job = await _wire.Train("""{"dataset":"honest-iris","target":"species","split":{"testEvery":5},"epochs":20,"model":"honest-evaluated"}""");

        var answer = (await _wire.Post("models/honest-evaluated/evaluate?interval=0.9", """{"dataset":"honest-iris-test"}""")).Json;

        Assert.Equal(30, (int)answer["rows"]!);
        Assert.Equal(job["metrics"]!["test"]!.ToJsonString(), answer["metrics"]!.ToJsonString());
        Assert.Equal(job["metrics"]!["intervals"]!.ToJsonString(), answer["intervals"]!.ToJsonString());
        Assert.Equal(job["metrics"]!["baselines"]!.ToJsonString(), answer["baselines"]!.ToJsonString());
        Assert.Equal((string?)job["metrics"]!["verdict"], (string?)answer["verdict"]);
    }

    [Fact]
    public async Task A_model_made_from_weights_has_intervals_and_no_baselines()
    {
        await _wire.PostCsv("datasets?name=honest-line", "x1,y\n1,2\n2,4\n3,7\n");
        await _wire.Post("models", """{"name":"honest-line","network":{"layers":[{"type":"dense","weights":[[2]],"bias":[0]}]}}""");

        var answer = (await _wire.Post("models/honest-line/evaluate", """{"dataset":"honest-line"}""")).Json;

        Assert.Equal([0, 1], Wire.Numbers(answer["intervals"]!["meanAbsoluteError"]));
        Assert.Null(answer["baselines"]);
        Assert.StartsWith("The model was not trained here", (string)answer["verdict"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_evaluation_of_many_rows_goes_piece_by_piece_and_leaves_none_out()
    {
        const int Rows = 20_000; // several pieces, of which some rows have no target
        var csv = new StringBuilder("x1,y\n");
        for (var row = 0; row < Rows; row++)
            csv.Append(row % 100).Append(',').Append(row % 4 == 3 ? "" : $"{(2 * (row % 100)) + (row < 15_000 ? 1 : 3)}").Append('\n');
        await _wire.PostCsv("datasets?name=honest-pieces", csv.ToString());
        await _wire.Post("models", """{"name":"honest-pieces","network":{"layers":[{"type":"dense","weights":[[2]],"bias":[0]}]}}""");

        var answer = (await _wire.Post("models/honest-pieces/evaluate", """{"dataset":"honest-pieces"}""")).Json;

        Assert.Equal(Rows / 4 * 3, (int)answer["rows"]!);
        Assert.Equal(3.0, (double)answer["loss"]!, 12); // three quarters of the errors are 1, the others 3
        Assert.Equal(1.5, (double)answer["metrics"]!["meanAbsoluteError"]!, 12);
    }

    [Fact]
    public async Task The_job_reports_the_losses_of_the_epoch_its_model_is_from()
    {
        await _wire.Upload("honest-iris", "iris.csv");

        var job = await _wire.Train("""
            {"dataset":"honest-iris","target":"species","epochs":2000,"optimizer":{"type":"adam","learningRate":0.02},"earlyStopping":{"patience":5},"model":"honest-epoch"}
            """);

        var points = (await _wire.Get($"training-jobs/{job["id"]}/history")).Json["points"]!.AsArray();
        var best = points.MinBy(point => (double)point!["validationLoss"]!)!;
        Assert.True((int)best["epoch"]! < (int)job["epoch"]!);
        Assert.Equal((double)best["validationLoss"]!, (double)job["validationLoss"]!);
        Assert.Equal((double)best["trainLoss"]!, (double)job["trainLoss"]!);
    }
}
