using System.Net;

namespace NnService.Api.Tests;

/// <summary>Settings that contradict each other are taken as they are, and said: a rate that is never reached, a step that never comes.</summary>
public sealed class ScheduleWarningTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("""{"type":"constant","warmupEpochs":20}""",
        "The warm-up takes 20 epochs (schedule.warmupEpochs) and the training has 8: the learning rate never comes to 0.01. Warm up for fewer epochs, "
        + "or train for more.")]
    [InlineData("""{"type":"cosine","warmupEpochs":8}""",
        "The warm-up takes 8 epochs (schedule.warmupEpochs) and the training has 8: the learning rate never comes to 0.01. Warm up for fewer epochs, "
        + "or train for more.")]
    [InlineData("""{"type":"oneCycle","maxLearningRate":0.5,"warmupEpochs":9}""",
        "The warm-up takes 9 epochs (schedule.warmupEpochs) and the training has 8: the learning rate never comes to 0.5. Warm up for fewer epochs, "
        + "or train for more.")]
    [InlineData("""{"type":"cosine","minLearningRate":0.1}""",
        "The learning rate rises from 0.01 to 0.1: schedule.minLearningRate is above the optimizer's learningRate. Lower the one or raise the other.")]
    [InlineData("""{"type":"oneCycle","maxLearningRate":0.001}""",
        "The learning rate of oneCycle peaks at 0.001 (schedule.maxLearningRate), below the optimizer's learningRate, 0.01, which it does not use. "
        + "Leave maxLearningRate out, or raise it.")]
    [InlineData("""{"type":"step","everyEpochs":100}""",
        "The learning rate never falls: schedule.everyEpochs is 100 and the training has 8 epochs. Take fewer epochs between two steps, or train for more.")]
    [InlineData("""{"type":"step","everyEpochs":8}""",
        "The learning rate never falls: schedule.everyEpochs is 8 and the training has 8 epochs. Take fewer epochs between two steps, or train for more.")]
    [InlineData("""{"type":"step","everyEpochs":5,"warmupEpochs":3}""",
        "The learning rate never falls: schedule.everyEpochs is 5 and the training has 5 epochs after its warm-up. Take fewer epochs between two steps, "
        + "or train for more.")]
    [InlineData("""{"type":"reduceOnPlateau","patience":8}""",
        "The learning rate can never fall: schedule.patience is 8 and the training has 8 epochs. Bear fewer epochs without improvement, or train for more.")]
    [InlineData("""{"type":"reduceOnPlateau","patience":6}""",
        "The learning rate can never fall: schedule.patience is 6 and the training has 8 epochs. Bear fewer epochs without improvement, or train for more.")]
    [InlineData("""{"type":"exponential","gamma":1e-9}""",
        "The learning rate falls to a millionth of its start, or less, after 1 of 8 epochs: schedule.gamma is 1E-09. "
        + "The rest of the training hardly changes anything; raise gamma, or train for less.")]
    [InlineData("""{"type":"exponential","gamma":0.03}""",
        "The learning rate falls to a millionth of its start, or less, after 4 of 8 epochs: schedule.gamma is 0.03. "
        + "The rest of the training hardly changes anything; raise gamma, or train for less.")]
    [InlineData("""{"type":"exponential","gamma":1e-9,"warmupEpochs":3}""",
        "The learning rate falls to a millionth of its start, or less, after 1 of 5 epochs after its warm-up: schedule.gamma is 1E-09. "
        + "The rest of the training hardly changes anything; raise gamma, or train for less.")]
    [InlineData("""{"type":"step","everyEpochs":2,"gamma":1e-5}""",
        "The learning rate falls to a millionth of its start, or less, after 4 of 8 epochs: schedule.gamma is 1E-05. "
        + "The rest of the training hardly changes anything; raise gamma, or train for less.")]
    [InlineData("""{"type":"reduceOnPlateau","patience":2,"factor":1e-9}""",
        "The first fall of the learning rate ends the training: schedule.factor is 1E-09, and at that share of the rate hardly anything changes. Raise factor, "
        + "or let earlyStopping end the training.")]
    [InlineData("""{"type":"oneCycle","warmupFraction":1}""",
        "The learning rate of oneCycle never comes down: schedule.warmupFraction is 1 and the training has 8 epochs. Lower warmupFraction, or train for more.")]
    [InlineData("""{"type":"oneCycle","warmupEpochs":7}""",
        "The learning rate of oneCycle never comes down: schedule.warmupFraction is 0.3 and the training has 1 epoch after its warm-up. Lower warmupFraction, "
        + "or train for more.")]
    public async Task A_schedule_that_never_arrives_is_named(string schedule, string warning)
    {
        await UploadLine();

        Assert.Equal([warning], await ScheduleWarnings($$""" "schedule":{{schedule}} """));
    }

    [Theory]
    [InlineData("""{"type":"constant","warmupEpochs":7}""")]
    [InlineData("""{"type":"cosine","warmupEpochs":7}""")]
    [InlineData("""{"type":"cosine","minLearningRate":0.01}""")]
    [InlineData("""{"type":"oneCycle","maxLearningRate":0.01}""")]
    [InlineData("""{"type":"oneCycle"}""")]
    [InlineData("""{"type":"step","everyEpochs":7}""")]
    [InlineData("""{"type":"step","everyEpochs":4,"warmupEpochs":3}""")]
    [InlineData("""{"type":"reduceOnPlateau","patience":5}""")]
    [InlineData("""{"type":"exponential"}""")]
    [InlineData("""{"type":"exponential","gamma":0.06}""")]
    [InlineData("""{"type":"step","everyEpochs":3,"gamma":1e-5}""")]
    [InlineData("""{"type":"reduceOnPlateau","patience":2,"factor":1e-5}""")]
    [InlineData("""{"type":"oneCycle","warmupFraction":0.99}""")]
    public async Task A_schedule_that_has_its_turn_is_not(string schedule)
    {
        await UploadLine();

        Assert.Empty(await ScheduleWarnings($$""" "schedule":{{schedule}} """));
    }

    [Fact]
    public async Task The_earliest_fall_on_a_plateau_is_the_one_the_warning_reckons_with()
    {
        await UploadLine();

        // With a rate of next to nothing no epoch improves on the first by the 10⁻⁴ that count: the rate falls as early as it can.
        var job = await _wire.Train(
            Job(""" "schedule":{"type":"reduceOnPlateau","patience":5},"optimizer":{"type":"sgd","learningRate":1e-12},"earlyStopping":{"patience":0} """));

        var rates = (await _wire.Get($"training-jobs/{job["id"]}/history")).Json["points"]!.AsArray()
            .Select(point => (double)point!["learningRate"]!).ToArray();
        Assert.Equal([1e-12, 1e-12, 1e-12, 1e-12, 1e-12, 1e-12, 1e-12, 1e-12], rates[..8]);
        Assert.Equal(1e-13, rates[8], 1e-20);
    }

    [Fact]
    public async Task Early_stopping_that_comes_before_the_rate_can_fall_is_named()
    {
        await UploadLine();

        const string Warning = "Early stopping ends the training after 3 epochs without improvement, before reduceOnPlateau lowers the learning rate, "
            + "after more than 3. "
            + "Give the schedule less patience than earlyStopping.";
        Assert.Equal([Warning], await ScheduleWarnings(""" "schedule":{"type":"reduceOnPlateau","patience":3},"earlyStopping":{"patience":3} """));
        Assert.Empty(await ScheduleWarnings(""" "schedule":{"type":"reduceOnPlateau","patience":2},"earlyStopping":{"patience":5} """));
        Assert.Empty(await ScheduleWarnings(""" "schedule":{"type":"reduceOnPlateau","patience":3},"earlyStopping":{"patience":0} """));
    }

    [Fact]
    public async Task Early_stopping_that_can_do_nothing_is_named()
    {
        await UploadLine();

        const string Warning = "earlyStopping does nothing: its patience is 8, the training has 8 epochs, and restoreBest is false.";
        Assert.Contains(Warning, await Warnings(""" "earlyStopping":{"patience":8,"restoreBest":false} """));
        Assert.DoesNotContain(Warning, await Warnings(""" "earlyStopping":{"patience":8} """)); // the best epoch is kept
        Assert.DoesNotContain(Warning, await Warnings(""" "earlyStopping":{"patience":7,"restoreBest":false} """));
    }

    [Fact]
    public async Task The_job_carries_the_warning_too_and_trains()
    {
        await UploadLine();

        var job = await _wire.Train(Job(""" "schedule":{"type":"step","everyEpochs":100} """));

        Assert.Contains(job["warnings"]!.AsArray(), warning => ((string)warning!).StartsWith("The learning rate never falls", StringComparison.Ordinal));
    }

    private static string Job(string members)
    {
        var optimizer = members.Contains("optimizer", StringComparison.Ordinal) ? "" : """ "optimizer":"sgd", """;
        return $$"""{"dataset":"line","target":"y","epochs":8,{{optimizer}}{{members}}}""";
    }

    private async Task<string[]> ScheduleWarnings(string members) =>
        [.. (await Warnings(members)).Where(warning => warning.Contains("learning rate", StringComparison.Ordinal))];

    private async Task<string[]> Warnings(string members)
    {
        var answer = await _wire.Post("training-jobs?validateOnly=true", Job(members));
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return [.. answer.Json["warnings"]!.AsArray().Select(warning => (string)warning!)];
    }

    private Task<Answer> UploadLine() =>
        _wire.PostCsv("datasets?name=line",
            "x,y\n" + string.Concat(Enumerable.Range(0, 30).Select(i => FormattableString.Invariant($"{i * 0.5},{i * 1.25}\n"))));
}
