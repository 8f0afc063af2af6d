using NnService.Engine.Schedules;

namespace NnService.Engine.Tests.Schedules;

public sealed class ScheduleTests
{
    [Fact]
    public void A_constant_rate_stays() => Rates(new ConstantScheduleSpec(), 0.1, 3).Is(0.1, 0.1, 0.1);

    [Fact]
    public void A_step_falls_every_few_epochs() =>
        Rates(new StepScheduleSpec { EveryEpochs = 2, Gamma = 0.5 }, 0.8, 7).Is(0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.1);

    [Fact]
    public void An_exponential_falls_every_epoch() =>
        Rates(new ExponentialScheduleSpec { Gamma = 0.5 }, 1, 5).Is(1, 0.5, 0.25, 0.125, 0.0625);

    // A thousand factors carry a thousand roundings.
    [Fact]
    public void A_power_of_many_epochs_is_exact_enough() =>
        Assert.Equal(0.36769542477096373, new ExponentialScheduleSpec { Gamma = 0.999 }.Build(1, 2000).LearningRate(1000), 1e-13);

    [Fact]
    public void A_cosine_falls_over_all_epochs() =>
        Rates(new CosineScheduleSpec { MinLearningRate = 0.1 }, 0.5, 4).Is(0.5, 0.44142135623730953, 0.3, 0.15857864376269047);

    // PyTorch's OneCycleLR(max_lr=0.1, total_steps=10), one step an epoch.
    [Fact]
    public void One_cycle_rises_and_falls_as_PyTorch_has_it() =>
        Rates(new OneCycleScheduleSpec { MaxLearningRate = 0.1 }, 0.7, 10).Is(
            0.004, 0.052, 0.1, 0.09504846320134738, 0.0811745653949763, 0.06112620219362893,
            0.03887419780637107, 0.0188258346050237, 0.004951936798652629, 4e-7);

    [Fact]
    public void One_cycle_without_a_peak_of_its_own_takes_the_optimizers_rate_and_bears_few_epochs()
    {
        Rates(new OneCycleScheduleSpec(), 0.5, 1).Is(0.5);
        Rates(new OneCycleScheduleSpec(), 0.5, 2).Is(0.5, 0.5 / 25 / 1e4);
        Rates(new OneCycleScheduleSpec { WarmupFraction = 1 }, 0.5, 3).Is(0.5 / 25, 0.26, 0.5);
        Rates(new OneCycleScheduleSpec { WarmupFraction = 0 }, 0.5, 3).Is(0.5, 0.5 * (0.5 + (0.5 / 25e4)), 0.5 / 25e4);
    }

    // NumPy's figures of the formulas: η ½ (1 − cos(2π log₂(1 + 15 t))), and η up to ½, then η ½ (1 + cos(π (2t − 1))).
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0.01, 0.35038126160131144, 1)]
    [InlineData(0.1, 0.7183546884620604, 1)]
    [InlineData(0.25, 0.49348927546479743, 1)]
    [InlineData(0.5, 0.07361893418585591, 1)]
    [InlineData(0.75, 0.8756577310807727, 0.5)]
    [InlineData(0.9, 0.18620080012567708, 0.09549150281252627)]
    public void Stepwise_schedules_follow_the_share_of_all_steps(double share, double coslog4, double flatCosine)
    {
        var (waves, flat) = (new CosLog4ScheduleSpec().Build(0.2, 10), new FlatCosineScheduleSpec().Build(0.2, 10));
        var (epoch, done) = ((int)(share * 10), (share * 10) - (int)(share * 10));

        Assert.True(waves.IsStepwise && flat.IsStepwise);
        Assert.Equal(0.2 * coslog4, waves.LearningRate(epoch, done), 1e-14);
        Assert.Equal(0.2 * flatCosine, flat.LearningRate(epoch, done), 1e-14);
    }

    [Fact]
    public void A_stepwise_schedule_starts_behind_its_warm_up()
    {
        var schedule = new FlatCosineScheduleSpec { WarmupEpochs = 2 }.Build(0.3, 6);

        var rates = new (int Epoch, double Done)[] { (0, 0), (0, 0.5), (1, 0.9), (2, 0.5), (3, 0.9) }.Select(at => schedule.LearningRate(at.Epoch, at.Done));
        Assert.Equal([0.1, 0.1, 0.2, 0.3, 0.3], rates.Select(rate => Math.Round(rate, 12)));
        Assert.Equal(0.15, schedule.LearningRate(5, 0), 1e-14);
        Assert.StartsWith(
            "coslog4 starts at a learning rate of 0", new CosLog4ScheduleSpec { WarmupEpochs = 1 }.Contradiction(0.1, 5), StringComparison.Ordinal);
    }

    [Fact]
    public void A_plateau_lowers_the_rate_after_more_than_patience_epochs_without_improvement()
    {
        var schedule = new ReduceOnPlateauScheduleSpec { Patience = 2, Factor = 0.5 }.Build(1, 100);
        double[] losses = [5, 4, 4, 3.9999, 4.1, 3, 3, 3, 3];
        double[] rates = [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25];
        for (var epoch = 0; epoch < losses.Length; epoch++)
        {
            schedule.Observe(epoch, losses[epoch]);
            Assert.Equal(rates[epoch], schedule.LearningRate(epoch + 1));
        }
    }

    [Fact]
    public void A_plateau_written_back_goes_on_as_before()
    {
        var spec = new ReduceOnPlateauScheduleSpec { Patience = 1, Factor = 0.5, WarmupEpochs = 1 };
        var (first, second) = (spec.Build(1, 100), spec.Build(1, 100));
        foreach (var epoch in (int[])[0, 1, 2])
            first.Observe(epoch, 7);
        first.Scalars.CopyTo(second.Scalars, 0);
        second.Observe(3, 7);
        Assert.Equal(0.5, second.LearningRate(4));
    }

    [Fact]
    public void A_warm_up_rises_in_equal_steps_to_the_start_of_the_schedule()
    {
        Rates(new ConstantScheduleSpec { WarmupEpochs = 3 }, 1, 5).Is(0.25, 0.5, 0.75, 1, 1);
        Rates(new CosineScheduleSpec { WarmupEpochs = 1 }, 1, 5).Is(0.5, 1, 0.8535533905932737, 0.5, 0.14644660940672627);
        Rates(new ExponentialScheduleSpec { WarmupEpochs = 5, Gamma = 0.5 }, 1, 2).Is(1 / 3.0, 2 / 3.0);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.05, 0.98768834059513777)]
    [InlineData(0.25, 0.70710678118654752)]
    [InlineData(0.3, 0.58778525229247312)]
    [InlineData(0.5, 0)]
    [InlineData(0.7, -0.58778525229247312)]
    [InlineData(0.75, -0.70710678118654752)]
    [InlineData(0.99, -0.99950656036573155)]
    [InlineData(1, -1)]
    public void The_cosine_is_right_to_1e15(double x, double cosine) => Assert.Equal(cosine, CosineFunction.OfPiTimes(x), 1e-15);

    [Fact]
    public void The_cosine_agrees_with_the_library_everywhere()
    {
        for (var i = 0; i <= 10_000; i++)
            Assert.Equal(Math.Cos(Math.PI * (i / 10_000.0)), CosineFunction.OfPiTimes(i / 10_000.0), 1e-15);
    }

    // Of half a cosine over n epochs the rates of all add up to (n + 1) / 2.
    [Theory]
    [InlineData("constant", 100, 34, 34)]
    [InlineData("step", 100, 34, 34)]
    [InlineData("reduceOnPlateau", 100, 34, 34)]
    [InlineData("cosine", 300, 34, 67)]
    [InlineData("cosine", 300, 300, 300)]
    [InlineData("cosine", 300, 299, 300)]
    [InlineData("cosine", 1, 1, 1)]
    public void A_shorter_run_learns_as_much_as_the_first_epochs_of_a_longer_one(string type, int epochs, int first, int expected)
    {
        var schedule = ScheduleSpec.Known.Members.Single(spec => spec.Type == type);

        Assert.Equal(expected, schedule.EpochsOfEqualRates(0.01, epochs, first));
    }

    private static double[] Rates(ScheduleSpec spec, double learningRate, int epochs)
    {
        var schedule = spec.Build(learningRate, epochs);
        return [.. Enumerable.Range(0, epochs).Select(epoch => schedule.LearningRate(epoch))];
    }
}

internal static class RateAssertions
{
    public static void Is(this double[] actual, params double[] expected)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var epoch = 0; epoch < expected.Length; epoch++)
            Assert.Equal(expected[epoch], actual[epoch], 1e-15);
    }
}
